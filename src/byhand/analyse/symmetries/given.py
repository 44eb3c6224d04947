"""What the numbers of the parameters add: units that are alike, or that do nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import factorial, prod
from typing import Literal, TypeAlias

import numpy as np

from byhand.analyse.symmetries.axes import Axis, found
from byhand.analyse.symmetries.changes import which
from byhand.analyse.symmetries.found import Layer, Symmetries
from byhand.analyse.symmetries.grading import Slot, Structure
from byhand.lang.expr import Add, Contract, Var
from byhand.lang.sizes import Poly
from byhand.lang.walk import children, postorder
from byhand.run.bind import Value

What: TypeAlias = Literal["equal", "same incoming", "no outgoing", "no incoming"]
UpTo: TypeAlias = Literal["", "sign", "a positive factor", "a factor"]
MOST_UNITS = 200


@dataclass(frozen=True, slots=True)
class Alike:
    """Units of one layer, counted from 0, that the given numbers make special; ``up_to``: what may be different in units that are alike."""

    layer: Layer
    units: tuple[int, ...]
    what: What
    up_to: UpTo = ""


@dataclass(frozen=True, slots=True)
class Given:
    """What is special about the given numbers; ``stabiliser``: how many of the permutations and flips change none of them.

    Not counted, hence ``None``, where a parameter has the units on two axes, as W of h′ = f(W h) has.
    """

    alike: tuple[Alike, ...]
    stabiliser: int | None


def look(symmetries: Symmetries, data: Mapping[str, Value], sizes: Mapping[str, int]) -> Given | None:
    """``None`` without numbers for all the parameters of some layer."""
    looks = [_layer(symmetries.structure, layer, data, sizes) for layer in symmetries.layers]
    seen = [one for one in looks if one is not None]
    if not seen:
        return None
    stabilisers = [one.stabiliser for one in seen if one.stabiliser is not None]
    return Given(tuple(alike for one in seen for alike in one.alike), prod(stabilisers) if len(stabilisers) == len(seen) else None)


def _layer(structure: Structure, layer: Layer, data: Mapping[str, Value], sizes: Mapping[str, int]) -> Given | None:
    parameters = [slot[0] for slot in layer.slots]
    if any(one.name not in data for one in parameters):
        return None
    if len(set(parameters)) < len(parameters):
        return _tied(structure, layer, data)
    units = {slot: unit_by_unit(structure, slot, np.asarray(data[slot[0].name]), sizes) for slot in layer.slots}
    count = len(next(iter(units.values())))
    if count > MOST_UNITS:
        return None
    signs = [one.powers for one in layer.generators if one.kind == "flip"]
    together = _groups(units, signs, count) if layer.permutes else [(j,) for j in range(count)]
    idle = sum(_is_zero({slot: units[slot] for slot in flip}, j) for flip in signs for j in range(count))
    alike = [Alike(layer, group, "equal", "sign" if signs else "") for group in together if len(group) > 1]
    return Given((*alike, *_idle(structure, layer, units, signs, together)), prod(factorial(len(group)) for group in together) * 2**idle)


def _tied(structure: Structure, layer: Layer, data: Mapping[str, Value]) -> Given | None:
    """Units that may be exchanged with no number changing, on all axes at once."""
    if not layer.permutes or any(len(structure.leaves(parameter, axis)) > 1 for parameter, axis, _ in layer.slots):
        return None
    arrays = [np.asarray(data[parameter.name]) for parameter, _, _ in layer.slots]
    count = arrays[0].shape[layer.slots[0][1]]
    if count > MOST_UNITS:
        return None
    axes = {parameter.name: [axis for other, axis, _ in layer.slots if other is parameter] for parameter, _, _ in layer.slots}
    groups = _in_groups(count, lambda j, k: all(_is_kept(np.asarray(data[name]), own, j, k) for name, own in axes.items()))
    return Given(tuple(Alike(layer, group, "equal") for group in groups if len(group) > 1), None)


def _is_kept(array: Value, axes: Sequence[int], j: int, k: int) -> bool:
    """Whether an array stays as it is when places j and k are exchanged on all these axes."""
    after = array
    for axis in axes:
        order = list(range(array.shape[axis]))
        order[j], order[k] = k, j
        after = np.take(after, order, axis=axis)
    return bool(np.all(after == array))


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
    return _in_groups(count, lambda j, k: _equal(units, signs, j, k))


def _in_groups(count: int, alike: Callable[[int, int], bool]) -> list[tuple[int, ...]]:
    groups: list[list[int]] = []
    for j in range(count):
        home = next((group for group in groups if alike(group[0], j)), None)
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
    weights = {slot: rows for slot, rows in below.items() if not _is_bias(structure, slot[0])}
    dead = [j for j in range(count) if _is_zero(above, j)]
    still = [j for j in range(count) if weights and _is_zero(weights, j)]
    directions, scaled = _directions(layer, below)
    up_to: UpTo = ("a factor" if signs else "a positive factor") if scaled else "sign" if signs else ""
    same = [group for group in _groups(directions, signs, count) if len(group) > 1 and group not in equal and not set(group) <= set(still)]
    alike = [Alike(layer, group, "same incoming", up_to) for group in same]
    alike += [Alike(layer, tuple(dead), "no outgoing")] if dead else []
    return [*alike, *([Alike(layer, tuple(still), "no incoming")] if still else [])]


def _is_bias(structure: Structure, parameter: Var) -> bool:
    """Whether it is only added to something: a unit of which nothing else is left is constant."""
    users = [node for node in structure.function.order if parameter in children(node)]
    return all(isinstance(node, Add) or (isinstance(node, Contract) and len(node.args) == 1) for node in users)


def _directions(layer: Layer, below: Mapping[Slot, Value]) -> tuple[Mapping[Slot, Value], bool]:
    """The incoming weights of each unit without their size, where a factor in front of all of them can be handed on."""
    scales = [{one.powers.get(slot, 0) for slot in below} for one in layer.generators if one.kind == "scale"]
    if not any(len(powers) == 1 and 0 not in powers for powers in scales):
        return below, False
    largest = [np.abs(rows).max(axis=1, keepdims=True) for rows in below.values()]
    size = np.maximum.reduce(largest)
    return {slot: rows / np.where(size == 0, 1, size) for slot, rows in below.items()}, True


def incoming_of(structure: Structure, layer: Layer) -> frozenset[Slot]:
    """The places of parameters from which a layer's activations are computed."""
    arguments = [z for node in structure.order() if (z := structure.argument(node)) is not None and structure.places(node, layer.axis)]
    below = frozenset(postorder(*arguments))
    return frozenset(slot for slot in layer.slots if slot[0] in below)
