"""Settings: integers, sizes and shapes, which must be known when a formula is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from byhand.lang.errors import ByhandError
from byhand.lang.rule import OptionValue
from byhand.lang.sizes import Poly, Size, size
from byhand.read.limits import check_entries, check_power
from byhand.read.literal import data_of
from byhand.read.scope import Ints, Scope
from byhand.read.syntax import Applied, Attribute, Chain, Grouped, Indexed, Juxtaposed, Listed, Name, Negative, Number, Raised, Sum, Text, Tree
from byhand.read.value import Value

NestedSizes: TypeAlias = Size | tuple["NestedSizes", ...]


class Reader(Protocol):
    """What the parts of the reader need from the whole: the scope, and the value of any piece."""

    @property
    def scope(self) -> Scope: ...

    def value(self, tree: Tree) -> Value: ...


class _SizesOnly:
    """Knows sizes and nothing else."""

    __slots__ = ("_scope",)

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    @property
    def scope(self) -> Scope:
        return self._scope

    def value(self, tree: Tree) -> Value:
        raise error("a size is made of whole numbers and letters.", tree)


def sizes_only(sizes: Mapping[str, Size]) -> Reader:
    """A reader for settings in which only these letters occur."""
    return _SizesOnly(Scope(sizes=sizes))


def error(message: str, tree: Tree) -> ByhandError:
    return ByhandError(message, tree.at.line, tree.at.column)


def number_of(reader: Reader, tree: Tree) -> Poly | None:
    """A number over sizes that is known when the formula is read; ``None`` if this is none."""
    match tree:
        case Number(value):
            return Poly.of(value)
        case Name(name):
            return _named(reader, name)
        case Negative(body):
            inner = number_of(reader, body)
            return None if inner is None else -inner
        case Sum(terms):
            return _folded(reader, [("-" if minus else "+", term) for minus, term, _ in terms])
        case Chain(first, rest):
            return _folded(reader, [("", first), *((op, term) for op, term, _ in rest)])
        case Juxtaposed(factors):
            return _folded(reader, [("*", factor) for factor in factors])
        case Raised(base, exponent):
            return _power(number_of(reader, base), number_of(reader, exponent))
        case Indexed(Attribute(base, "shape"), (item,)):
            return _axis(reader, base, item)
        case Applied(Name("len"), (base,), ()):
            return _axis(reader, base, None)
        case _:
            return None


def _named(reader: Reader, name: str) -> Poly | None:
    found = reader.scope.ints(name)
    if isinstance(found, int):
        return Poly.of(found)
    letter = reader.scope.size(name)
    return None if letter is None else Poly.of(letter)


def _axis(reader: Reader, base: Tree, item: Tree | None) -> Poly | None:
    shape = reader.value(base).expr.shape
    position = 0 if item is None else integer(reader, item, "an axis")
    if not -len(shape) <= position < len(shape):
        raise error(f"there is no axis {position} in an array with {len(shape)} axes.", base)
    return Poly.of(shape[position])


def _folded(reader: Reader, parts: list[tuple[str, Tree]]) -> Poly | None:
    found: Poly | None = None
    for k, (op, tree) in enumerate(parts):
        part = number_of(reader, tree)
        if part is None:
            return None
        found = (-part if op == "-" else part) if found is None or k == 0 else _joined(op, found, part)
        if found is None or len(found.terms) > 400:
            return None
    return found


def _joined(op: str, left: Poly, right: Poly) -> Poly | None:
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*" | "·":
            return left * right if len(left.terms) * len(right.terms) <= 400 else None
        case "/":
            inverse = right.inverse()
            return None if inverse is None else left * inverse
        case _:
            return None


def _power(base: Poly | None, exponent: Poly | None) -> Poly | None:
    if base is None or exponent is None or exponent.constant is None or exponent.constant.denominator != 1:
        return None
    check_power(exponent.constant)
    found = Poly.of(1)
    for _ in range(min(abs(int(exponent.constant)), 20)):
        found = found * base
    return found if abs(exponent.constant) <= 20 and exponent.constant >= 0 else None


# -------------------------------------------------------------------------------------------- as settings


def size_of(reader: Reader, tree: Tree, what: str = "a size") -> Size:
    found = number_of(reader, tree)
    if found is None:
        known = isinstance(tree, Name) and reader.scope.find(tree.name) is not None
        raise error(f"{what} must be a whole number or a size letter known here" + (", and the value of this name is no integer." if known else "."), tree)
    if any(value.denominator != 1 and not monomial for monomial, value in found.terms):
        raise error(f"{what} must be a whole number, and this is {found}.", tree)
    return size(found)


def integer(reader: Reader, tree: Tree, what: str) -> int:
    found = size_of(reader, tree, what)
    if not isinstance(found, int):
        raise error(f"{what} must be a whole number, and {found} is a symbolic size.", tree)
    if abs(found) > 10**12:
        raise error(f"{what} is far too large.", tree)
    return found


def integers(reader: Reader, tree: Tree, what: str) -> Ints:
    """A whole number, or nested lists of them, written out or given by name."""
    match tree:
        case Listed(items) | Grouped(items):
            return tuple(integers(reader, item, what) for item in items)
        case Name(name) if (found := reader.scope.ints(name)) is not None:
            return found
        case Applied(Name("range" | "arange") | Attribute(Name("np"), "arange")):
            return _range(reader, tree, what)
        case _:
            return integer(reader, tree, what)


def _range(reader: Reader, tree: Applied, what: str) -> Ints:
    data = data_of(tree)
    found = data.integers() if data is not None else None
    if found is not None:
        return found
    bounds = [integer(reader, arg, what) for arg in tree.args]
    if tree.options or not 1 <= len(bounds) <= 3 or (len(bounds) == 3 and not bounds[2]):
        raise error(f"{what} must be whole numbers; a range is range(stop) or range(start, stop, step).", tree)
    numbers = range(*bounds)
    check_entries(abs(numbers.stop - numbers.start), 10**6)
    return tuple(numbers)


def shape_of(reader: Reader, tree: Tree) -> tuple[Size, ...]:
    """A shape: sizes in brackets, or a single size."""
    items = tree.items if isinstance(tree, (Grouped, Listed)) else (tree,)
    if isinstance(tree, Attribute) and tree.name == "shape":
        return reader.value(tree.base).expr.shape
    return tuple(size_of(reader, item) for item in items)


def setting(reader: Reader, kind: str, tree: Tree, name: str) -> OptionValue:
    """An option's value by its declared kind: int, ints, str or pair."""
    if isinstance(tree, Name) and tree.name == "None":
        return None
    if isinstance(tree, Text):
        if kind == "str":
            return tree.text
        raise error(f"{name} takes {_KINDS.get(kind, 'whole numbers')}, and was given a text.", tree)
    if kind == "str":
        return _word(tree, name)
    if isinstance(tree, Name) and tree.name in ("True", "False"):
        return int(tree.name == "True")
    found = integers(reader, tree, name)
    if isinstance(found, int):
        return found
    if kind == "pair" and len(found) != 2:
        raise error(f"{name} takes one whole number or two, and was given {len(found)}.", tree)
    return _flat(found, name, tree)


_KINDS = {"int": "a whole number", "ints": "whole numbers", "pair": "one whole number or two", "str": "a text"}


def _word(tree: Tree, name: str) -> str:
    if isinstance(tree, Name):
        return tree.name
    raise error(f'{name} takes a text in quotation marks, such as "mean".', tree)


def _flat(found: tuple[Ints, ...], name: str, tree: Tree) -> tuple[int, ...]:
    if not all(isinstance(one, int) for one in found):
        raise error(f"{name} takes whole numbers, and was given lists of them.", tree)
    return tuple(one for one in found if isinstance(one, int))


def nested_sizes(reader: Reader, tree: Tree) -> NestedSizes:
    """Sizes in nested brackets, such as the widths of a padding."""
    if isinstance(tree, (Grouped, Listed)):
        return tuple(nested_sizes(reader, item) for item in tree.items)
    return size_of(reader, tree, "a number here")
