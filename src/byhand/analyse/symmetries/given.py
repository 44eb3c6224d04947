"""What the numbers of the parameters add: units that are alike, or that do nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import factorial, prod
from typing import Literal, TypeAlias

import numpy as np

from byhand.analyse.symmetries.axes import Axis, found
from byhand.analyse.symmetries.changes import which
from byhand.analyse.symmetries.found import Layer, Symmetries
from byhand.analyse.symmetries.grading import Slot, Structure
from byhand.lang.sizes import Poly
from byhand.lang.walk import postorder
from byhand.run.bind import Value

What: TypeAlias = Literal["equal", "same incoming", "no outgoing", "no incoming"]
MOST_UNITS = 200


@dataclass(frozen=True, slots=True)
class Alike:
    """Units of one layer, counted from 0, that the given numbers make special."""

    layer: Layer
    units: tuple[int, ...]
    what: What


@dataclass(frozen=True, slots=True)
class Given:
    """What is special about the given numbers; ``stabiliser``: how many of the permutations and flips change none of them."""

    alike: tuple[Alike, ...]
    stabiliser: int


def look(symmetries: Symmetries, data: Mapping[str, Value], sizes: Mapping[str, int]) -> Given | None:
    """``None`` without numbers for all the parameters of some layer."""
    looks = [_layer(symmetries.structure, layer, data, sizes) for layer in symmetries.layers]
    seen = [one for one in looks if one is not None]
    if not seen:
        return None
    return Given(tuple(alike for one in seen for alike in one.alike), prod(one.stabiliser for one in seen))


def _layer(structure: Structure, layer: Layer, data: Mapping[str, Value], sizes: Mapping[str, int]) -> Given | None:
    parameters = [slot[0] for slot in layer.slots]
    if any(one.name not in data for one in parameters) or len(set(parameters)) < len(parameters):
        return None
    units = {slot: unit_by_unit(structure, slot, np.asarray(data[slot[0].name]), sizes) for slot in layer.slots}
    count = len(next(iter(units.values())))
    if count > MOST_UNITS:
        return None
    signs = [one.powers for one in layer.generators if one.kind == "flip"]
    together = _groups(units, signs, count) if layer.permutes else [(j,) for j in range(count)]
    idle = sum(_is_zero({slot: units[slot] for slot in flip}, j) for flip in signs for j in range(count))
    alike = [Alike(layer, group, "equal") for group in together if len(group) > 1]
    return Given((*alike, *_idle(structure, layer, units, signs, together)), prod(factorial(len(group)) for group in together) * 2**idle)


def unit_by_unit(structure: Structure, slot: Slot, array: Value, sizes: Mapping[str, int]) -> Value:
    """The entries of a parameter as one row for each unit."""
    parameter, axis, leaf = slot
    return _rows(structure.letters[parameter][axis], leaf, np.moveaxis(array, axis, 0), sizes)


def _rows(axis: Axis, leaf: int, array: Value, sizes: Mapping[str, int]) -> Value:
    top = found(axis)
    if not top.parts:
        return np.asarray(array.reshape((array.shape[0], -1)))
    lengths = [int(Poly.of(found(part).size).at(sizes)) for part in top.parts]
    part, inner = which(top, leaf)
    if top.kind == "product":
        array = np.moveaxis(array.reshape((*lengths, *array.shape[1:])), part, 0)
    else:
        start = sum(lengths[:part])
        array = array[start : start + lengths[part]]
    return _rows(top.parts[part], inner, np.asarray(array), sizes)


def _groups(units: Mapping[Slot, Value], signs: list[Mapping[Slot, Fraction]], count: int) -> list[tuple[int, ...]]:
    """The units in groups of those that are equal up to sign flips."""
    groups: list[list[int]] = []
    for j in range(count):
        home = next((group for group in groups if _equal(units, signs, group[0], j)), None)
        if home is None:
            groups.append([j])
        else:
            home.append(j)
    return [tuple(group) for group in groups]


def _equal(units: Mapping[Slot, Value], signs: list[Mapping[Slot, Fraction]], j: int, k: int) -> bool:
    """Whether two units have the same numbers, or would have after one of the sign flips."""
    return any(all(bool(np.all(rows[j] == (-rows[k] if slot in flip else rows[k]))) for slot, rows in units.items()) for flip in ({}, *signs))


def _is_zero(units: Mapping[Slot, Value], j: int) -> bool:
    return all(not bool(np.any(rows[j])) for rows in units.values())


def _idle(structure: Structure, layer: Layer, units: Mapping[Slot, Value], signs: list[Mapping[Slot, Fraction]], equal: list[tuple[int, ...]]) -> list[Alike]:
    """Units that have the same incoming weights but are not equal, and units without incoming or outgoing weights."""
    incoming = incoming_of(structure, layer)
    below = {slot: rows for slot, rows in units.items() if slot in incoming}
    above = {slot: rows for slot, rows in units.items() if slot not in incoming}
    if not below or not above:
        return []
    count = len(next(iter(units.values())))
    dead = [j for j in range(count) if _is_zero(above, j)]
    still = [j for j in range(count) if _is_zero(below, j)]
    same = [group for group in _groups(below, signs, count) if len(group) > 1 and group not in equal and not set(group) <= set(still)]
    alike = [Alike(layer, group, "same incoming") for group in same]
    alike += [Alike(layer, tuple(dead), "no outgoing")] if dead else []
    return [*alike, *([Alike(layer, tuple(still), "no incoming")] if still else [])]


def incoming_of(structure: Structure, layer: Layer) -> frozenset[Slot]:
    """The places of parameters from which a layer's activations are computed."""
    arguments = [z for node in structure.order() if (z := structure.argument(node)) is not None and structure.places(node, layer.axis)]
    below = frozenset(postorder(*arguments))
    return frozenset(slot for slot in layer.slots if slot[0] in below)
