"""A network in Python: a sheet, trained on data, that predicts.

net = byhand.Network("digits.md").fit("digits")
net.predict(X)
net.save("digits.safetensors")
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from byhand.derive import Derivation
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr
from byhand.run.arrays import Array
from byhand.train.asked import asked_by
from byhand.train.data.labels import Task
from byhand.train.data.load import has_names, load
from byhand.train.data.source import Source
from byhand.train.data.standardise import Standardise
from byhand.train.data.table import Label
from byhand.train.interchange import to_onnx
from byhand.train.model.make import model_of
from byhand.train.model.model import Model
from byhand.train.model.text import network_text
from byhand.train.notated import formulas_of
from byhand.train.opening import opened, table_for, text_of
from byhand.train.run.course import course
from byhand.train.run.events import Report, silent
from byhand.train.run.files import save, why
from byhand.train.run.fitting import Diverged, fit
from byhand.train.run.history import History
from byhand.train.run.judge import PIECE, Forward, Judge, Verdict, codes_of
from byhand.train.run.ready import samples_of
from byhand.train.run.settings import known
from byhand.train.saved import Trained, keep, model_for, restored
from byhand.train.written import page_of


class Network:
    """A network given by a sheet: its text, its file, or the sizes of its layers, for which a sheet is written.

    ``task`` is ``classification`` or ``regression``; of a sheet it says whether whole numbers in the target are classes, which the data decides
    if it is ``None``. ``activation``, ``loss`` and ``l2`` are for sizes. Raises ``ByhandError``, with the line of the sheet,
    for a sheet that cannot be trained.
    """

    def __init__(
        self, sheet: str | Path | Sequence[int], *, activation: str = "relu", task: Task | None = None, loss: str | None = None, l2: float = 0
    ) -> None:
        if isinstance(sheet, (str, Path)):
            self.text, self.name = text_of(sheet)
        else:
            task = task or "classification"
            self.text, self.name = network_text([int(one) for one in sheet], activation, task, loss, l2), "network.md"
        self._task: Task | None = task
        self._model = model_of(self.text, self.name)
        self._trained: Trained | None = None
        self._forward: dict[str, Forward] = {}
        self._lock = threading.Lock()

    # ------------------------------------------------------------------------------------------------- formulas

    @property
    def model(self) -> Model:
        """The formulas over a batch, with the part that every quantity plays."""
        return self._model

    @property
    def derivation(self) -> Derivation:
        """The gradients that training runs, as formulas with their steps."""
        return self._model.derivation

    @property
    def formulas(self) -> dict[str, str]:
        """Every formula on the way forward and back, as text that NumPy could run, by name."""
        return formulas_of(self._model)

    # ------------------------------------------------------------------------------------------------- training

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        target: Any = None,
        sample_weight: Any = None,
        checkpoint: str | Path | None = None,
        every: float | None = None,
        resume: bool = False,
        report: Report = silent,
        **settings: Any,
    ) -> Network:
        """Train on samples X (n, …) with targets y (n,) or (n, k), or on data by name or file, whose column ``target`` is the target.

        ``settings`` are those of ``Settings``: epochs, batch, rule, rate, validation, patience, … With ``checkpoint`` the run is saved to this file
        after ``every`` epochs (if ``None`` after each that ends a second or more after the last time); ``resume=True`` goes on from it. Ctrl-C
        ends training early and keeps what there is. Raises ``ByhandError`` where data, sheet and settings do not fit, and ``Diverged`` where
        the loss does; the last good parameters are kept then.
        """
        reading = {} if target is None else {"target": target}
        model, table = opened(self.text, self.name, X if y is None else (X, y), task=self._task, **reading)
        saving, before, chosen = course(None if checkpoint is None else Path(checkpoint), every, resume, known(settings), asked_by(model, self.name))
        weights = None if sample_weight is None else np.asarray(sample_weight)
        try:
            fitted = fit(model, table, chosen, saving=saving, resume=before, weights=weights, report=report)
        except Diverged as error:
            self._set(model, Trained.of(error.fitted))
            raise
        self._set(model, Trained.of(fitted))
        return self

    def _set(self, model: Model, trained: Trained) -> None:
        self._model, self._trained, self._forward = model, trained, {}

    @property
    def trained(self) -> Trained:
        """What training left; ``ByhandError`` before any."""
        if self._trained is None:
            raise ByhandError(f"{self.name} has not been trained: call fit first, or load a file that was saved.")
        return self._trained

    @property
    def history(self) -> History:
        """What was noted of every epoch."""
        return self.trained.history

    @property
    def parameters(self) -> dict[str, Array]:
        """The parameters by name, as copies."""
        return {name: np.array(array) for name, array in self.trained.values.items()}

    @property
    def classes(self) -> tuple[Label, ...] | None:
        """What the classes are called, in the order of their codes; ``None`` for a target of numbers."""
        return self.trained.expected.classes

    # ----------------------------------------------------------------------------------------------- predicting

    def predict(self, X: Any) -> Array:
        """For each sample of X (n, …) its class as the data calls it, (n,), or numbers, (n,) or (n, k)."""
        told = self._told(X)
        expected = self.trained.expected
        if expected.classes is not None and self._model.classes is not None:
            return np.array(expected.classes)[codes_of(self._model, told)]
        found = told if expected.target_scale is None else _back(expected.target_scale, told)
        return found.reshape(len(found)) if expected.flat and found.size == len(found) else found

    def predict_proba(self, X: Any) -> Array:
        """For each sample the probabilities of the classes, (n, classes); ``ByhandError`` where the output is no probability."""
        if self.classes is None or self._model.classes is None:
            raise ByhandError(f"{self.name} predicts numbers: there are no probabilities of classes; call predict.")
        told, model = self._told(X), self._model
        match model.chances:
            case "rows":
                return told
            case "zero_one":
                return np.stack([1 - told.reshape(-1), told.reshape(-1)], axis=1)
            case "signs":
                return np.stack([(1 - told.reshape(-1)) / 2, (1 + told.reshape(-1)) / 2], axis=1)
            case None:
                said = f"the output {model.output.name} of {self.name} is a score and no probability"
                raise ByhandError(f"{said}; call predict, or train with a loss such as cross_entropy.")

    def evaluate(self, X: Any, y: Any = None) -> Verdict:
        """The loss on samples, and their score: the share of right classes, or R²."""
        trained, samples = self.trained, self._samples(X, y)
        judge = Judge(self._model, self._made("judge", (self._model.loss, self._model.prediction)))
        return judge(trained.values, samples.in_order(PIECE))

    def score(self, X: Any, y: Any = None) -> float:
        """The share of right classes, or R²; ``ByhandError`` for a target with which no score can be worked out."""
        found = self.evaluate(X, y).score
        if found is None:
            raise ByhandError("cannot score the predictions: there is no target beside them, or it is the same for all samples.")
        return found

    def gradients(self, X: Any, y: Any = None, *, per_example: bool = False) -> dict[str, Array]:
        """The gradient of the loss on these samples by each parameter; with ``per_example`` that of each sample's own loss, the samples in front.

        These are the formulas of ``derivation`` worked out with the trained parameters.
        """
        trained, samples = self.trained, self._samples(X, y)
        names = [one.name for one in self._model.parameters]
        roots: dict[str, Expr] = self._model.per_example() if per_example else {name: self._model.derivation.gradients[name] for name in names}
        pieces = list(samples.in_order(samples.rows))
        own = [name for name in pieces[0] if name not in self._model.given]
        together = {**pieces[0], **{name: np.concatenate([piece[name] for piece in pieces]) for name in own}}
        found = self._made(f"gradients {per_example}", tuple(roots.values()))(trained.values, together)
        return dict(zip(roots, found))

    def _told(self, X: Any) -> Array:
        """What the network predicts, samples first, before classes are chosen and scales undone."""
        trained = self.trained
        forward = self._made("prediction", (self._model.prediction,))
        pieces = self._features(X).in_order(PIECE)
        return np.concatenate([forward(trained.values, piece)[0] for piece in pieces])

    def _made(self, what: str, roots: tuple[Expr, ...]) -> Forward:
        """Formulas made ready, once for all calls."""
        with self._lock:
            if what not in self._forward:
                one = self.trained
                self._forward[what] = Forward(self._model, roots, one.expected.sizes, one.settings.dtype, one.settings.engine, one.settings.threads)
            return self._forward[what]

    def _features(self, X: Any) -> Source:
        expected = self.trained.expected
        columns = expected.columns if expected.columns and has_names(X) else None
        table = load(X, labelled=False, features=columns, expected=[one.name for one in self._model.inputs])
        return samples_of(self._model, replace(table, target=None), expected, self.trained.settings.dtype)

    def _samples(self, X: Any, y: Any) -> Source:
        expected = self.trained.expected
        reading: dict[str, Any] = {"classes": expected.classes}
        if has_names(X) and expected.columns:
            reading |= {"features": expected.columns} | ({"target": expected.target_name} if y is None else {})
        table = table_for(self._model, X if y is None else (X, y), **reading)
        return samples_of(self._model, table, expected, self.trained.settings.dtype)

    # ------------------------------------------------------------------------------------------- files and pages

    def save(self, path: str | Path) -> None:
        """Everything that predicting takes, in one safetensors file: parameters, sheet, scales, classes, settings, history."""
        keep(Path(path), self.trained)

    @classmethod
    def load(cls, path: str | Path) -> Network:
        """A network that was saved, or that of a checkpoint; ``ByhandError`` for any other file."""
        found = cls.__new__(cls)
        model, trained = restored(Path(path))
        found.__setstate__({"text": model.text, "name": str(path), "trained": trained})
        return found

    def to_safetensors(self, path: str | Path) -> None:
        """The parameters alone, by name, for other programs; their scale is that of the standardised data (``save`` keeps everything)."""
        try:
            save(Path(path), self.parameters, {"title": self._model.title})
        except OSError as error:
            raise ByhandError(f"cannot save the parameters to {path}: {why(error)}.") from None

    def to_onnx(self, path: str | Path, dtype: str | None = None) -> None:
        """The network as an ONNX file, for other runtimes: data X (n, …) as it is measured to what ``predict_proba`` says, or ``predict`` of numbers.

        The output is called ``probabilities``, ``numbers``, or ``scores`` where classes have none; scaling is part of the graph, and the number of
        samples stays open. The file's properties tell ``classes``, ``columns`` (JSON), the ``sheet``. ``dtype`` (``float64``, ``float32``): as trained.
        Raises ``ByhandError`` without the package onnx, and for what ONNX has no operator for.
        """
        to_onnx(Path(path), self._model, self.trained, dtype)

    def __getstate__(self) -> dict[str, Any]:
        return {"text": self.text, "name": self.name, "task": self._task, "trained": self._trained}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.text, self.name, self._task = state["text"], state["name"], state.get("task")
        self._forward, self._lock = {}, threading.Lock()
        self._trained = state["trained"]
        self._model = model_for(self.text, self.name, None if self._trained is None else self._trained.expected.classes)

    def __repr__(self) -> str:
        state = "not trained" if self._trained is None else f"trained for {len(self._trained.history)} epochs"
        return f"<Network {self._model.title!r}, {state}>"

    def _repr_html_(self) -> str:
        return page_of(self._model, self._trained.history if self._trained else ())


def _back(scale: Standardise, told: Array) -> Array:
    """Predictions on the scale of the target."""
    return scale.back(told.reshape(len(told), *scale.shift.shape))
