"""The files that ``byhand train`` writes at the end: the network, the learning curve, the report."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from byhand.app.files import deliver
from byhand.app.pictures import pictures_beside
from byhand.compile.step import TrainingStep
from byhand.lang.errors import ByhandError
from byhand.run.arrays import Array
from byhand.train.interchange import check_onnx, to_onnx
from byhand.train.model.model import Model
from byhand.train.run.checkpoint import Checkpoint, Position, write
from byhand.train.run.files import why, writable
from byhand.train.run.fitting import Fitted
from byhand.train.run.history import History
from byhand.train.run.ready import Ready
from byhand.train.saved import Trained
from byhand.train.written import document, learning_curve

PAGES = {".html": "html", ".md": "md", ".tex": "tex", ".pdf": "pdf", ".txt": "text"}


def check_places(save: Path | None, onnx: Path | None, plot: Path | None, report: Path | None) -> None:
    """``ByhandError`` for a file that could not be written at the end, before anything is computed."""
    for path in (save, onnx, plot, report):
        if path is not None:
            writable(path)
    if onnx is not None:
        check_onnx()
    if plot is not None and plot.suffix.lower() not in (".svg", ".png"):
        raise ByhandError(f"cannot draw the learning curve to {plot}: its name ends in .svg or .png.")
    if plot is not None and plot.suffix.lower() == ".png" and find_spec("typst") is None:
        raise ByhandError('a PNG is drawn with the package typst, which is not installed: pip install "byhand[pdf]"; .svg needs nothing.')
    if report is not None and report.suffix.lower() not in PAGES:
        raise ByhandError(f"cannot write a report to {report}: its name ends in {', '.join(PAGES)}.")


def save_network(path: Path, fitted: Fitted) -> str:
    """Write the network, to this file or, where that has become impossible, to one that is possible; a sentence says which."""
    run = fitted.checkpoint
    network = Checkpoint(run.settings, Position(len(run.history)), run.history, fitted.values, {}, run.about, run.scales)
    try:
        write(path, network)
    except OSError as error:
        for folder in (Path.cwd(), Path(tempfile.gettempdir())):
            other = folder / f"byhand-{path.stem[:60]}-saved.safetensors"
            with contextlib.suppress(OSError):
                write(other, network)
                return f"cannot save the network to {path}: {why(error)}. It is in {other} instead."
        raise ByhandError(f"cannot save the network to {path}: {why(error)}, and nowhere else either.") from None
    return f"The network is in {path}."


def write_onnx(path: Path, model: Model, fitted: Fitted) -> str:
    """Write the network for other runtimes."""
    to_onnx(path, model, Trained.of(fitted))
    return f"The network for ONNX runtimes is in {path}."


def write_plot(path: Path, model: Model, history: History) -> str:
    """Draw the learning curve."""
    if not history:
        raise ByhandError("there is no learning curve to draw: no epoch was finished.")
    picture = learning_curve(model, history)
    if path.suffix.lower() == ".png":
        deliver(import_module("byhand.show.png").png(picture), path)
    else:
        deliver(import_module("byhand.show.svg").svg(picture), path)
    return f"The learning curve is in {path}."


def write_report(path: Path, prepared: Ready, fitted: Fitted, step: TrainingStep, decided: Sequence[tuple[str, str]], matrix: Array | None) -> str:
    """A page with the formulas that ran, the course and the confusion matrix."""
    from byhand.app.render import page  # its pages bring libraries of their own

    confusion = None if matrix is None or prepared.expected.classes is None else (matrix, prepared.expected.classes)
    made = document(prepared.plain, step, fitted.history, decided=decided, confusion=confusion)
    to = PAGES[path.suffix.lower()]
    deliver(pictures_beside(page(made, to), to, path), path)
    return f"The report is in {path}."
