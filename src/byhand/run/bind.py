"""Data as people hand it over: checked, turned into arrays, and the sizes it fixes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from numbers import Rational
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


def to_array(name: str, given: Given) -> Value:
    """Rationals where every entry came as an integer or a fraction, floats otherwise."""
    if isinstance(given, np.ndarray) and given.dtype.kind == "f":
        array = given.astype(np.float64)
        _refuse(name, ~np.isfinite(array), array)
        return array
    dims = _dims(name, given)
    entries = given.ravel().tolist() if isinstance(given, np.ndarray) else _flat(given)
    for position, entry in enumerate(entries):
        if isinstance(entry, bool) or not isinstance(entry, (Rational, float)):
            raise ByhandError(f"cannot use {entry!r} as {_entry(name, position, dims)}: it is not a number.")
    if all(isinstance(entry, Rational) for entry in entries) and len(entries) <= MOST_EXACT_ENTRIES:
        return from_list([Fraction(entry) for entry in entries], dims)
    try:
        array = np.array([float(entry) for entry in entries], dtype=np.float64).reshape(dims)
    except OverflowError:
        raise ByhandError(f"an entry of {name} is too large for a 64-bit float.") from None
    _refuse(name, ~np.isfinite(array), array)
    return array


def _refuse(name: str, spoilt: Array, array: Array) -> None:
    if spoilt.any():
        position = int(np.argmax(spoilt))
        raise ByhandError(f"{_entry(name, position, array.shape)} is {array.ravel()[position]}; only finite numbers can be computed with.")


def _entry(name: str, position: int, dims: Dims) -> str:
    return f"entry {entry_text(tuple(int(k) for k in np.unravel_index(position, dims)))} of {name}" if dims else name


def entry_text(entry: Dims) -> str:
    return f"[{', '.join(map(str, entry))}]"


def _dims(name: str, given: Given) -> Dims:
    if isinstance(given, np.ndarray):
        return given.shape
    if not isinstance(given, (list, tuple)):
        return ()
    inner = {_dims(name, part) for part in given}
    if len(inner) > 1:
        shapes = " and ".join(sorted(map(shape_text, inner))[:2])
        raise ByhandError(f"the data of {name} is ragged: parts of shapes {shapes} stand side by side; every row must have as many entries as the others.")
    return (len(given), *inner.pop()) if inner else (0,)


def _flat(given: Given) -> list[Any]:
    if not isinstance(given, (list, tuple)):
        return [given]
    parts = cast("Sequence[Given]", given)
    return [entry for part in parts for entry in (part.ravel().tolist() if isinstance(part, np.ndarray) else _flat(part))]


def bind_sizes(variables: Iterable[Var], data: Mapping[str, Given], sizes: Mapping[str, int] | None = None) -> dict[str, int]:
    """The value of every size letter that the data fixes, or ``ByhandError`` where it disagrees with a declared shape."""
    bound = dict(sizes or {})
    wanted = [(node, np.shape(cast(Any, data[node.name])) if isinstance(data[node.name], np.ndarray) else _dims(node.name, data[node.name])) for node in variables if node.name in data]
    for node, dims in wanted:
        if len(dims) != len(node.shape):
            raise ByhandError(f"the data of {node.name} has shape {shape_text(dims)}, but {node.name} is declared with shape {shape_text(node.shape)}.")
    owners: dict[str, str] = {}
    for node, dims in wanted:
        for axis, count in zip(node.shape, dims):
            _solve(Poly.of(axis), count, node.name, bound, owners)
    for node, dims in wanted:
        for axis, count in zip(node.shape, dims):
            _agree(node, Poly.of(axis), count, bound, owners)
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
    if axis.constant is not None:
        raise ByhandError(f"the data of {node.name} does not fit its shape {shape_text(node.shape)}: an axis of size {axis} has {count} entries in the data.")
    said = ", ".join(f"{letter} is {bound[letter]}" + (f" by the data of {owners[letter]}" if letter in owners else "") for letter in sorted(axis.letters))
    raise ByhandError(f"the data of {node.name} does not fit its shape {shape_text(node.shape)}: {said}, but the axis {axis} of {node.name} has {count} entries.")
