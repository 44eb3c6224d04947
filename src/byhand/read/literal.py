"""Data as people write it: exact numbers and nested lists, and the few functions that make arrays of numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from byhand.lang.errors import ByhandError
from byhand.read.limits import MAX_COUNTED, MAX_ENTRIES, MAX_GIVEN, check_axes, check_entries, check_power
from byhand.read.scope import Ints
from byhand.read.syntax import Applied, At, Attribute, Chain, Grouped, Listed, Name, Negative, Number, Raised, Sum, Transposed, Tree

Nested = Fraction | tuple["Nested", ...]


@dataclass(frozen=True, slots=True)
class Data:
    """Exact numbers in a shape, row by row."""

    shape: tuple[int, ...]
    entries: tuple[Fraction, ...]

    def nested(self) -> Nested:
        return _nested(self.shape, self.entries)

    def integers(self) -> Ints | None:
        """The same as nested integers, if all are."""
        if any(entry.denominator != 1 for entry in self.entries):
            return None
        return _ints(self.nested())


def _nested(shape: tuple[int, ...], entries: tuple[Fraction, ...]) -> Nested:
    if not shape:
        return entries[0]
    step = prod(shape[1:])
    return tuple(_nested(shape[1:], entries[k * step : (k + 1) * step]) for k in range(shape[0]))


def _ints(nested: Nested) -> Ints:
    return int(nested) if isinstance(nested, Fraction) else tuple(map(_ints, nested))


def data_of(tree: Tree) -> Data | None:
    """The exact value of a right side without names; ``None`` if it is a formula. Ill-formed data raises ``ByhandError``."""
    try:
        return _data_of(tree)
    except ByhandError as problem:
        raise problem.at(tree.at.line, tree.at.column) from None


def _data_of(tree: Tree) -> Data | None:
    match tree:
        case Number(value):
            return Data((), (value,))
        case Negative(body):
            return _each(data_of(body), lambda x: -x)
        case Listed():
            return _listed(tree)
        case Sum(terms):
            parts = [(minus, data_of(term)) for minus, term, _ in terms]
            return _folded([("-" if minus else "+", part) for minus, part in parts], tree.at)
        case Chain(first, rest):
            return _folded([("", data_of(first)), *((op, data_of(part)) for op, part, _ in rest)], tree.at)
        case Raised(base, exponent):
            return _power(data_of(base), data_of(exponent))
        case Transposed(base) | Attribute(base, "T"):
            return _transposed(data_of(base))
        case Applied():
            return _applied(tree)
        case _:
            return None


# -------------------------------------------------------------------------------------------------- lists


def _listed(tree: Listed) -> Data | None:
    """A list of numbers or of lists of one shape."""
    if not tree.items:
        raise ByhandError("this list is empty; an array needs at least one entry.", tree.at.line, tree.at.column)
    if all(isinstance(item, Number) for item in tree.items):
        check_entries(len(tree.items), MAX_ENTRIES)
        return Data((len(tree.items),), tuple(item.value for item in tree.items if isinstance(item, Number)))
    parts: list[Data] = []
    for item in tree.items:
        part = data_of(item)
        if part is None:
            return None
        parts.append(part)
        _same_shape(parts, item.at)
    check_entries(sum(len(part.entries) for part in parts), MAX_ENTRIES)
    return Data((len(parts), *parts[0].shape), tuple(entry for part in parts for entry in part.entries))


def _same_shape(parts: list[Data], at: At) -> None:
    first, last = parts[0].shape, parts[-1].shape
    if first != last:
        raise ByhandError(f"this list is ragged: its first entry has {_size(first)}, and entry {len(parts)} has {_size(last)}.", at.line, at.column)


def _size(shape: tuple[int, ...]) -> str:
    if not shape:
        return "no brackets (a single number)"
    return f"{shape[0]} entr{'y' if shape[0] == 1 else 'ies'}" if len(shape) == 1 else f"shape {shape}"


# --------------------------------------------------------------------------------------------- arithmetic


def _each(data: Data | None, change: Callable[[Fraction], Fraction]) -> Data | None:
    if data is None:
        return None
    if _is_filled(data):
        return Data(data.shape, (change(data.entries[0]),) * len(data.entries))
    return Data(data.shape, tuple(map(change, data.entries))) if len(data.entries) <= MAX_COUNTED else None


def _is_filled(data: Data) -> bool:
    """Whether all entries are one and the same, as full, zeros and ones make them; no other long lists are computed with."""
    return len(set(map(id, data.entries))) == 1


def _folded(parts: list[tuple[str, Data | None]], at: At) -> Data | None:
    """The parts joined from left to right."""
    found: Data | None = None
    for k, (op, part) in enumerate(parts):
        if part is None:
            return None
        found = (_each(part, lambda x: -x) if op == "-" else part) if k == 0 else _joined(op, found, part, at)
        if found is None:
            return None
    return found


def _joined(op: str, left: Data | None, right: Data, at: At) -> Data | None:
    """One operation between arrays of one shape or with a single number; ``None`` leaves it to the formulas."""
    if left is None or (left.shape and right.shape and left.shape != right.shape):
        return None
    both_numbers = not left.shape and not right.shape
    if op not in ("+", "-", "*", "/", "⊙") and not (op == "·" and both_numbers):
        return None
    if op == "/" and not all(right.entries):
        raise ByhandError("cannot divide a number by zero.", at.line, at.column)
    shape, operation = left.shape or right.shape, _OPERATIONS[op]
    if _is_filled(left) and _is_filled(right):
        return Data(shape, (operation(left.entries[0], right.entries[0]),) * prod(shape))
    if prod(shape) > MAX_COUNTED:
        return None
    first = left.entries if left.shape == shape else left.entries * prod(shape)
    second = right.entries if right.shape == shape else right.entries * prod(shape)
    return Data(shape, tuple(operation(a, b) for a, b in zip(first, second)))


_OPERATIONS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "·": lambda a, b: a * b,
    "⊙": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}


def _power(base: Data | None, exponent: Data | None) -> Data | None:
    """Integer powers of numbers; everything else is a formula."""
    if base is None or exponent is None or exponent.shape:
        return None
    power = exponent.entries[0]
    check_power(power)
    bits = max(max(x.numerator.bit_length(), x.denominator.bit_length()) for x in base.entries) * abs(power)
    if power.denominator != 1 or bits > 8192 or (power < 0 and (base.shape or not all(base.entries))):
        return None
    return _each(base, lambda x: x ** int(power))


def _transposed(data: Data | None) -> Data | None:
    if data is None or len(data.shape) < 2:
        return data
    if len(data.shape) > 2:
        return None
    rows, columns = data.shape
    return Data((columns, rows), tuple(data.entries[i * columns + j] for j in range(columns) for i in range(rows)))


# ---------------------------------------------------------------------------------------------- functions


def _applied(tree: Applied) -> Data | None:
    """full, zeros, ones, eye, arange, linspace, array, reshape of numbers."""
    function = tree.function
    if isinstance(function, Attribute) and isinstance(function.base, Name) and function.base.name == "np":
        return _made(function.name, list(tree.args), tree)
    if isinstance(function, Attribute) and function.name == "reshape":
        base = data_of(function.base)
        return None if base is None else _reshaped(base, [*tree.args])
    return _made(function.name, list(tree.args), tree) if isinstance(function, Name) else None


def _made(name: str, args: list[Tree], tree: Applied) -> Data | None:
    if tree.options or not args:
        return None
    match name:
        case "array" | "asarray" if len(args) == 1:
            return data_of(args[0])
        case "zeros" | "ones" if len(args) == 1:
            return _filled(args[0], Fraction(name == "ones"))
        case "full" if len(args) == 2:
            value = data_of(args[1])
            return None if value is None or value.shape else _filled(args[0], value.entries[0])
        case "eye" | "identity" if len(args) == 1:
            return _eye(args[0])
        case "arange" | "range":
            return _range(args)
        case "reshape" if len(args) == 2:
            base = data_of(args[0])
            return None if base is None else _reshaped(base, [args[1]])
        case _:
            return None


def _counts(args: list[Tree]) -> tuple[int, ...] | None:
    """Whole numbers, given one by one or in one bracket."""
    items = args[0].items if len(args) == 1 and isinstance(args[0], (Grouped, Listed)) else tuple(args)
    found = [data_of(item) for item in items]
    if any(one is None or one.shape or one.entries[0].denominator != 1 for one in found):
        return None
    return tuple(int(one.entries[0]) for one in found if one is not None)


def _check_shape(sizes: tuple[int, ...], tree: Tree) -> None:
    if any(axis < 1 for axis in sizes):
        raise ByhandError(f"an array cannot have the shape {sizes}: every size must be at least 1.", tree.at.line, tree.at.column)
    check_axes(len(sizes))
    check_entries(prod(sizes), MAX_GIVEN)


def _filled(shape: Tree, value: Fraction) -> Data | None:
    sizes = _counts([shape])
    if sizes is None:
        return None
    _check_shape(sizes, shape)
    return Data(sizes, (value,) * prod(sizes))


def _eye(size: Tree) -> Data | None:
    n = _counts([size])
    if n is None or len(n) != 1:
        return None
    _check_shape((n[0], n[0]), size)
    return Data((n[0], n[0]), tuple(Fraction(i == j) for i in range(n[0]) for j in range(n[0])))


def _range(args: list[Tree]) -> Data | None:
    bounds = _counts(args)
    if bounds is None or not 1 <= len(bounds) <= 3 or (len(bounds) == 3 and not bounds[2]):
        return None
    numbers = range(*bounds)
    check_entries(max(0, (numbers.stop - numbers.start) // numbers.step), MAX_GIVEN)
    if not numbers:
        raise ByhandError("this range is empty.", args[0].at.line, args[0].at.column)
    return Data((len(numbers),), tuple(map(Fraction, numbers)))


def _reshaped(data: Data, args: list[Tree]) -> Data | None:
    sizes = _counts(args)
    if sizes is None:
        return None
    known = prod(axis for axis in sizes if axis != -1)
    if sizes.count(-1) == 1 and known > 0:
        sizes = tuple(len(data.entries) // known if axis == -1 else axis for axis in sizes)
    _check_shape(sizes, args[0])
    if prod(sizes) != len(data.entries):
        raise ByhandError(f"cannot reshape {len(data.entries)} numbers into {sizes}.", args[0].at.line, args[0].at.column)
    return Data(sizes, data.entries)
