"""Trained networks for other programs: what goes from data as it is measured to what ``predict`` says, as one ONNX graph."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from math import prod
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from byhand.compile.lower import lowered
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var, var
from byhand.lang.functions import reshape
from byhand.lang.sizes import Shape
from byhand.lang.walk import substitute
from byhand.run.algebra import Measure
from byhand.run.arrays import Array
from byhand.train.data.standardise import Standardise
from byhand.train.model.model import Model
from byhand.train.run.files import put, why, writable
from byhand.train.saved import Trained

Kind: TypeAlias = Literal["probabilities", "scores", "numbers"]
NEEDS_ONNX = 'an ONNX file is written with the package onnx, which is not installed: pip install "byhand[onnx]".'


def to_onnx(path: Path, model: Model, trained: Trained, dtype: str | None = None) -> None:
    """Write the network to an ONNX file, whole or not at all; ``ByhandError`` where that cannot be."""
    writable(path)
    data = onnx_bytes(model, trained, dtype)
    try:
        put(path, data)
    except OSError as error:
        raise ByhandError(f"cannot write the network to {path}: {why(error)}.") from None


def onnx_bytes(model: Model, trained: Trained, dtype: str | None = None) -> bytes:
    """The network as the bytes of an ONNX file: the inputs of the sheet as they are measured, samples first, to one output.

    The output is called after what it is: ``probabilities`` (n, classes), ``numbers`` on the target's own scale, or ``scores`` of classes. ``dtype``
    is ``float64`` or ``float32``; ``None`` for that of training. The properties of the file tell the classes and columns as JSON.
    """
    check_onnx()
    kind = dtype or trained.settings.dtype
    if kind not in ("float64", "float32"):
        raise ByhandError(f"an ONNX file has numbers of the type float64 or float32, not {str(dtype)[:40]!r}.")
    said = _Said(model, trained)
    formula, what = said.formula()
    name = next(one for one in (what, f"{what}_1") if all(one != node.name for node in model.inputs))
    given = {**model.given, **trained.values, **said.numbers}
    graph = import_module("byhand.compile.export.onnx_graph")  # with the package onnx, an extra
    made = graph.onnx_graph(lowered([formula]), [name], given, model.batch, trained.expected.sizes, model.title, np.dtype(kind))
    for key, value in _properties(model, trained, what).items():
        made.metadata_props.add(key=key, value=value)
    return made.SerializeToString()


def check_onnx() -> None:
    """``ByhandError`` where the package that writes ONNX files is missing."""
    if find_spec("onnx") is None:
        raise ByhandError(NEEDS_ONNX)


def _properties(model: Model, trained: Trained, what: Kind) -> dict[str, str]:
    """What the file says of itself beside its formulas."""
    expected = trained.expected
    found = {"title": model.title, "output": what, "sheet": model.text}
    if expected.columns:
        found["columns"] = json.dumps(expected.columns, ensure_ascii=False)
    if expected.target_name is not None:
        found["target"] = expected.target_name
    if expected.classes is not None:
        found["classes"] = json.dumps(expected.classes, ensure_ascii=False)
    return found


@dataclass(slots=True)
class _Said:
    """What ``predict`` and ``predict_proba`` say, as a formula of data as it is measured; ``numbers`` has those of scales by name."""

    model: Model
    trained: Trained
    numbers: dict[str, Array] = field(default_factory=dict[str, Array])

    def formula(self) -> tuple[Expr, Kind]:
        scales = self.trained.expected.scales
        scaled: dict[Expr, Expr] = {one: self._scaled(one, scales[one.name]) for one in self.model.inputs if scales[one.name].scaling != "none"}
        told = substitute(self.model.prediction, scaled, enter_named=True)
        if self.model.classes is None or self.trained.expected.classes is None:
            return self._back(told), "numbers"
        match self.model.chances:
            case "rows":
                return told, "probabilities"
            case "zero_one":
                return self._both(told, (-1.0, 1.0), (1.0, 0.0)), "probabilities"
            case "signs":
                return self._both(told, (-0.5, 0.5), (0.5, 0.5)), "probabilities"
            case None:
                return told, "scores"

    def _number(self, name: str, numbers: Array, shape: Shape) -> Var:
        self.numbers[name] = numbers
        return var(name, shape)

    def _scaled(self, node: Var, scale: Standardise) -> Expr:
        shape = node.shape[1:]
        return (node - self._number(f"shift of {node.name}", scale.shift, shape)) / self._number(f"scale of {node.name}", scale.scale, shape)

    def _both(self, told: Expr, factors: tuple[float, float], first: tuple[float, float]) -> Expr:
        """The probabilities of both classes, from one number for each sample."""
        each = reshape(told, (*told.shape[:1], 1))
        return each * self._number("factors", np.array(factors), (2,)) + self._number("first", np.array(first), (2,))

    def _back(self, told: Expr) -> Expr:
        """Numbers on the scale of the target; one for each sample as (n,) where the target had one."""
        expected, samples = self.trained.expected, told.shape[:1]
        scale = expected.target_scale
        if scale is not None:
            same = len(scale.shift.shape) == len(told.shape) - 1
            shape = told.shape[1:] if same else scale.shift.shape
            turned = told if same else reshape(told, (*samples, *shape))
            told = turned * self._number("target scale", scale.scale, shape) + self._number("target shift", scale.shift, shape)
        single = prod(Measure(expected.sizes).dims(told.shape[1:])) == 1
        return reshape(told, samples) if expected.flat and single and len(told.shape) > 1 else told
