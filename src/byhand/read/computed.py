"""Indices that are computed, as in x_{i+u,j} and x_{2i+1}: affine functions of index letters."""

from __future__ import annotations

from collections.abc import Sequence

from byhand.lang.errors import ByhandError
from byhand.lang.expr import describe, eye
from byhand.lang.functions import window
from byhand.lang.index import Affine
from byhand.lang.sizes import Poly, Size, shape_text, size
from byhand.read.factors import Factor
from byhand.read.parse import parse_formula
from byhand.read.static import number_of, sizes_only
from byhand.read.syntax import Tree
from byhand.read.value import Value


def computed_indices(text: str, bound: tuple[str, ...], sizes: dict[str, Size]) -> tuple[Poly, ...] | None:
    """Each index as a polynomial in index letters; ``None`` if the subscript is something else."""
    if not any(c in bound for c in text) or all(c.isalpha() or c in ",:" for c in text):
        return None
    reader = sizes_only(sizes | {letter: size(Poly.letter(letter)) for letter in bound})
    found: list[Poly] = []
    for part in text.split(","):
        try:
            poly = number_of(reader, parse_formula(part))
        except ByhandError:
            return None
        if poly is None or not all(_is_affine(monomial, value.denominator, bound) for monomial, value in poly.terms):
            return None
        found.append(poly)
    return tuple(found)


def _is_affine(monomial: tuple[tuple[str, int], ...], denominator: int, bound: tuple[str, ...]) -> bool:
    """Whether a term is an index letter times a whole number, or has no index letter at all."""
    with_index = [power for letter, power in monomial if letter in bound]
    return denominator == 1 and (not with_index or (with_index == [1] and len(monomial) == 1))


def letters_in(indices: Sequence[Poly], bound: tuple[str, ...]) -> tuple[str, ...]:
    """The index letters, in the order in which they come."""
    return tuple(dict.fromkeys(letter for poly in indices for monomial, _ in poly.terms for letter, _ in monomial if letter in bound))


def _strides(poly: Poly, bound: tuple[str, ...]) -> tuple[Poly, dict[str, int]]:
    """The offset, and the stride of each index letter."""
    strides = {monomial[0][0]: int(value) for monomial, value in poly.terms if monomial and monomial[0][0] in bound}
    offset = Poly(tuple((monomial, value) for monomial, value in poly.terms if not (monomial and monomial[0][0] in bound)))
    return offset, strides


def inferred(indices: Sequence[Poly], shape: Sequence[Size], bound: tuple[str, ...], sizes: dict[str, Size]) -> dict[str, Size]:
    """The sizes of letters that are alone unknown in an index: as many values as keep it inside the axis."""
    found: dict[str, Size] = {}
    for poly, axis in zip(indices, shape):
        offset, strides = _strides(poly, bound)
        unknown = [letter for letter in strides if letter not in sizes]
        if len(unknown) != 1 or min(strides.values()) < 1:
            continue
        others = ((Poly.of(sizes[letter]) - 1) * stride for letter, stride in strides.items() if letter != unknown[0])
        room = size(Poly.of(axis) - 1 - offset - sum(others, start=Poly.of(0)))
        stride = strides[unknown[0]]
        if isinstance(room, int) or stride == 1:
            found[unknown[0]] = room // stride + 1 if isinstance(room, int) else size(Poly.of(room) + 1)
    return found


def computed_entry(value: Value, indices: Sequence[Poly], bound: tuple[str, ...], sizes: dict[str, Size], tree: Tree) -> Factor:
    """An array read at computed indices: a window of it, with one axis for every letter; zero outside."""
    if value.rank != len(indices):
        message = f"{describe(value.expr)} has shape {shape_text(value.expr.shape)}, so it takes {value.rank} indices; it has {len(indices)} here."
        raise ByhandError(message, tree.at.line, tree.at.column)
    letters = letters_in(indices, bound)
    for letter in letters:
        if letter not in sizes:
            raise ByhandError(f"the size of the index {letter} is not known.", tree.at.line, tree.at.column)
    places = {letter: k for k, letter in enumerate(letters)}
    axes: list[Affine] = []
    for poly in indices:
        offset, strides = _strides(poly, bound)
        axes.append(Affine(size(offset), tuple(sorted((places[letter], stride) for letter, stride in strides.items()))))
    shape = tuple(sizes[letter] for letter in letters)
    settings = ", ".join(_axis_text(axis) for axis in axes)
    text = f"reindex({value.text}, {shape_text(shape)}, ({settings},))"
    return Factor(Value(window(value.expr, axes, shape), text), letters)


def computed_kronecker(indices: Sequence[Poly], bound: tuple[str, ...], sizes: dict[str, Size], tree: Tree) -> Factor:
    """δ_{i,j+1}, δ_{i,2}: an identity matrix at these indices, just large enough for the plainer of the two."""
    reach = next((reach for poly in indices if (reach := _reach(poly, bound, sizes)) is not None), None)
    if reach is None:
        message = "one of the indices of δ must be a single letter whose size is known here, or a number."
        raise ByhandError(message, tree.at.line, tree.at.column)
    return computed_entry(Value(eye(reach), f"eye({reach})"), indices, bound, sizes, tree)


def _reach(poly: Poly, bound: tuple[str, ...], sizes: dict[str, Size]) -> Size | None:
    """One more than the largest value of an index letter, or of a number."""
    letters = poly.letters & frozenset(bound)
    if not letters:
        return size(poly + 1)
    return next((sizes[letter] for letter in letters if letter in sizes and poly == Poly.letter(letter)), None)


def _axis_text(axis: Affine) -> str:
    return f"({', '.join([str(axis.offset), *(f'({place}, {stride})' for place, stride in axis.strides)])},)"
