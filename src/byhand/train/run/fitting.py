"""One run from data to a trained network: made ready, started or taken up again, judged, and explained where it diverged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from time import perf_counter

from byhand.compile.step import TrainingStep
from byhand.lang.errors import ByhandError
from byhand.run.arrays import Array
from byhand.train.data.table import Table
from byhand.train.model.model import Model
from byhand.train.model.start import initial_values
from byhand.train.run.checkpoint import Checkpoint, check_same
from byhand.train.run.events import Report, silent
from byhand.train.run.history import History
from byhand.train.run.judge import Judge
from byhand.train.run.loop import Diverging, Run, Saving, Stopped
from byhand.train.run.machines import Make, machine
from byhand.train.run.ready import Expected, Ready, ready
from byhand.train.run.settings import Settings


@dataclass(frozen=True, slots=True)
class Fitted:
    """What training came to. ``values`` are the parameters: those of the best epoch where ``patience`` was set, else the last ones.

    ``judge`` is what judged the epochs, made ready already.
    """

    model: Model
    settings: Settings
    values: Mapping[str, Array]
    history: History
    expected: Expected
    stopped: Stopped
    engine: str
    seconds: float
    checkpoint: Checkpoint
    judge: Judge | None = None


class Diverged(ByhandError):
    """The loss went beyond all bounds; ``fitted`` is what was there before the epoch in which it did."""

    def __init__(self, message: str, fitted: Fitted) -> None:
        super().__init__(message)
        self.fitted = fitted


def fit(
    model: Model,
    data: Table,
    settings: Settings | None = None,
    *,
    saving: Saving | None = None,
    resume: Checkpoint | None = None,
    weights: Array | None = None,
    report: Report = silent,
) -> Fitted:
    """Train a model on data. ``saving`` says where checkpoints go, ``resume`` is one to go on from, ``weights`` how much each sample counts.

    Raises ``ByhandError`` where data, sheet and settings do not fit, and ``Diverged`` with the learning rates that would have done.
    """
    chosen = settings or Settings()
    return fit_ready(ready(model, data, chosen, weights), chosen, saving=saving, resume=resume, report=report)


def fit_ready(
    prepared: Ready,
    settings: Settings,
    *,
    saving: Saving | None = None,
    resume: Checkpoint | None = None,
    report: Report = silent,
    make: Make = machine,
    step: TrainingStep | None = None,
) -> Fitted:
    """The same from data that are ready; ``make`` makes the machines that take the steps, ``step`` are their formulas if they are there already."""
    settings = settings.settled(prepared.rows)
    first = initial_values(prepared.plain, prepared.sizes, settings.seed, settings.dtype, settings.initialiser)
    run = Run.of(prepared, settings, first, saving, report, make, step)
    if resume is not None:
        path = saving.path if saving is not None else None
        check_same(str(path or "the checkpoint"), resume, settings, prepared.about, {name: array.shape for name, array in run.values.items()})
        run.go_on_from(resume)
    begun = perf_counter()
    try:
        run.go()
    except Diverging as found:
        run.stopped = "diverged"
        message = str(import_module("byhand.train.diverged.message").diverged(run, found))
        run.save()
        raise Diverged(message, _fitted(run, perf_counter() - begun)) from None
    return _fitted(run, perf_counter() - begun)


def _fitted(run: Run, seconds: float) -> Fitted:
    parameters = [one.name for one in run.step.parameters]
    values = {name: run.best.get(name, run.values[name]) for name in parameters}
    engine = run.machines.engine_name
    noted = tuple(run.history)
    return Fitted(run.ready.plain, run.settings, values, noted, run.ready.expected, run.stopped, engine, seconds, run.checkpoint(), run.judge)
