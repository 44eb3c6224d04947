"""What a trained network expects of data, and how its scales stand in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.lang.sizes import Poly
from byhand.run.arrays import Array
from byhand.train.data.match import Wanted, wanted
from byhand.train.data.standardise import Standardise
from byhand.train.data.table import Label
from byhand.train.model.model import Model

_START = "scale"


@dataclass(frozen=True, slots=True)
class Expected:
    """``scales`` are those of the inputs, by name; ``target_scale`` that of a target of numbers, ``None`` where it is as it was.

    ``sizes`` has a number for every size letter but that of the samples; ``flat``: whether a target of numbers was one number a sample.
    """

    columns: tuple[str, ...]
    target_name: str | None
    classes: tuple[Label, ...] | None
    scales: Mapping[str, Standardise]
    target_scale: Standardise | None
    sizes: Mapping[str, int]
    flat: bool = True


def inputs_wanted(model: Model) -> list[Wanted]:
    """What the sheet says of each input."""
    return [wanted(one, model.batch, model.lines.get(one.name)) for one in model.inputs]


def scale_arrays(expected: Expected) -> dict[str, Array]:
    """For a file: shift and scale of each input, and of the target, under names that no quantity has."""
    found: dict[str, Array] = {}
    for name, one in (*expected.scales.items(), *((("", expected.target_scale),) if expected.target_scale is not None else ())):
        found[f"{_START}.{one.scaling}.{name}.shift"] = np.asarray(one.shift, dtype=np.float64)
        found[f"{_START}.{one.scaling}.{name}.scale"] = np.asarray(one.scale, dtype=np.float64)
    return found


def scales_from(arrays: Mapping[str, Array]) -> tuple[dict[str, Standardise], Standardise | None]:
    """What ``scale_arrays`` made, from a file; ``ByhandError`` for anything else."""
    found: dict[str, Standardise] = {}
    for key in arrays:
        kind, name, what = (*key.removeprefix(f"{_START}.").split("."), "", "")[:3]
        other = arrays.get(f"{_START}.{kind}.{name}.scale")
        if what == "shift" and kind in ("none", "standard", "minmax") and other is not None and other.shape == arrays[key].shape:
            found[name] = Standardise(kind, arrays[key], other)
        elif what != "scale":
            raise ByhandError(f"its array {key[:60]} is none that training writes.")
    return {name: one for name, one in found.items() if name}, found.get("")


def check_shapes(model: Model, expected: Expected, values: Mapping[str, Array]) -> None:
    """``ByhandError`` unless every parameter has the shape that the sheet says."""
    for one in model.parameters:
        dims = tuple(int(Poly.of(axis).at(expected.sizes)) for axis in one.shape)
        if values[one.name].shape != dims or values[one.name].dtype.kind != "f":
            raise ByhandError(f"its array {one.name} has shape {values[one.name].shape}, and the sheet in it says {dims}.")
