"""Data as people hand it over: checked, turned into arrays, and the sizes it fixes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from numbers import Integral
from typing import Any, TypeAlias, cast

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Var
from byhand.lang.sizes import Poly, shape_text
from byhand.run.arrays import Array, Dims, from_list

Value: TypeAlias = Array
"""An array of rationals (dtype object) or of 64-bit floats."""
Given: TypeAlias = "Array | Sequence[Any] | Fraction | int | float"
"""A number, nested lists of numbers, or an array."""

MOST_EXACT_ENTRIES = 20_000
MOST_AXES = 16
LARGEST_FLOAT = Fraction(sys.float_info.max)


def to_array(name: str, given: Given) -> Value:
    """Rationals where every entry came as an integer or a fraction, floats otherwise."""
    if isinstance(given, np.ndarray) and given.dtype.kind == "f":
        array = given.astype(np.float64)
        _refuse(name, ~np.isfinite(array), array)
        return array
    dims = _dims(name, given)
    entries = [_number(entry, name, position, dims) for position, entry in enumerate(_flat(given))]
    refuse_huge(name, entries, dims)
    if len(entries) <= MOST_EXACT_ENTRIES and all(isinstance(entry, Fraction) for entry in entries):
        return from_list(entries, dims)
    array = np.array([float(entry) for entry in entries], dtype=np.float64).reshape(dims)
    _refuse(name, ~np.isfinite(array), array)
    return array


def refuse_huge(name: str, entries: Sequence[Fraction | float], dims: Dims) -> None:
    """``ByhandError`` for a rational that has no 64-bit float near it, so that no answer could print it as a number."""
    for position, entry in enumerate(entries):
        if isinstance(entry, Fraction) and entry.numerator.bit_length() - entry.denominator.bit_length() > 1022 and abs(entry) > LARGEST_FLOAT:
            raise ByhandError(f"{_entry(name, position, dims)} is too large for a 64-bit float, which holds numbers up to 1.8e308.")


def _number(entry: object, name: str, position: int, dims: Dims) -> Fraction | float:
    match entry:
        case bool():
            pass
        case Integral():
            return Fraction(int(entry))
        case Fraction():
            return entry
        case float() | np.floating():
            return float(cast(float, entry))
        case _:
            pass
    raise ByhandError(f"cannot use {entry!r} as {_entry(name, position, dims)}: it is not a number.")


def _refuse(name: str, spoilt: Array, array: Array) -> None:
    if spoilt.any():
        position = int(np.argmax(spoilt))
        raise ByhandError(f"{_entry(name, position, array.shape)} is {array.ravel()[position]}; only finite numbers can be computed with.")


def _entry(name: str, position: int, dims: Dims) -> str:
    return f"entry {entry_text(tuple(int(k) for k in np.unravel_index(position, dims)))} of {name}" if dims else name


def entry_text(entry: Dims) -> str:
    return f"[{', '.join(map(str, entry))}]"


def _dims(name: str, given: Given, depth: int = 0) -> Dims:
    if isinstance(given, np.ndarray):
        return given.shape
    if not isinstance(given, (list, tuple)):
        return ()
    if depth == MOST_AXES:
        raise ByhandError(f"the data of {name} is nested more than {MOST_AXES} levels deep.")
    inner = {_dims(name, part, depth + 1) for part in given}
    if len(inner) > 1:
        first, second = sorted(map(shape_text, inner))[:2]
        need = "every row must have as many entries as the others"
        raise ByhandError(f"the data of {name} is ragged: parts of shapes {first} and {second} stand side by side; {need}.")
    return (len(given), *inner.pop()) if inner else (0,)


def _flat(given: Given) -> list[object]:
    if isinstance(given, np.ndarray):
        return given.ravel().tolist()
    if not isinstance(given, (list, tuple)):
        return [given]
    return [entry for part in cast("Sequence[Given]", given) for entry in _flat(part)]


def bind_sizes(variables: Iterable[Var], data: Mapping[str, Given], sizes: Mapping[str, int] | None = None) -> dict[str, int]:
    """The value of every size letter that the data fixes, or ``ByhandError`` where it disagrees with a declared shape."""
    bound = dict(sizes or {})
    wanted = [(node, _dims(node.name, data[node.name])) for node in variables if node.name in data]
    for node, dims in wanted:
        if len(dims) != len(node.shape):
            raise ByhandError(f"the data of {node.name} has shape {shape_text(dims)}, but {node.name} is declared with shape {shape_text(node.shape)}.")
    owners: dict[str, str] = {}
    axes = [(node, Poly.of(axis), count) for node, dims in wanted for axis, count in zip(node.shape, dims)]
    for node, axis, count in sorted(axes, key=lambda one: len(one[1].letters)):
        _solve(axis, count, node.name, bound, owners)
    for node, axis, count in axes:
        _agree(node, axis, count, bound, owners)
    return bound


def _solve(axis: Poly, count: int, name: str, bound: dict[str, int], owners: dict[str, str]) -> None:
    """Bind the one unknown letter of an axis such as n or 2*h + 1."""
    unknown = [letter for letter in axis.letters if letter not in bound]
    if len(unknown) != 1:
        return
    at = [axis.at(bound | {unknown[0]: value}) for value in (0, 1, 2)] if all(p > 0 for m, _ in axis.terms for _, p in m) else []
    if not at or at[1] == at[0] or at[2] - at[1] != at[1] - at[0]:
        return
    value = (count - at[0]) / (at[1] - at[0])
    if value.denominator == 1 and value >= 0:
        bound[unknown[0]] = int(value)
        owners[unknown[0]] = name


def _agree(node: Var, axis: Poly, count: int, bound: Mapping[str, int], owners: Mapping[str, str]) -> None:
    if axis.letters - set(bound) or axis.at(bound) == count:
        return
    problem = f"the data of {node.name} does not fit its shape {shape_text(node.shape)}"
    if axis.constant is not None:
        raise ByhandError(f"{problem}: an axis of size {axis} has {count} entries in the data.")
    said = (f"{letter} is {bound[letter]}" + (f" by the data of {owners[letter]}" if letter in owners else "") for letter in sorted(axis.letters))
    raise ByhandError(f"{problem}: {', '.join(said)}, but the axis {axis} of {node.name} has {count} entries.")
