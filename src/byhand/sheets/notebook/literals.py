"""Numbers as Python source: a scalar as a float, arrays as NumPy prints them, all of them without rounding."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite, prod

from byhand.run.bind import Value
from byhand.sheets.answer import to_json

FULL = 16
"""An array of more entries that are all the same is written by its shape."""
_LINE = 100


def literal(value: Value) -> str:
    """An expression for these numbers."""
    entries = [float(entry) for entry in to_json(value.reshape(-1))]
    if not value.ndim:
        return repr(entries[0])
    if not entries or (len(entries) > FULL and len(set(entries)) == 1):
        return f"np.full({value.shape}, {entries[0] if entries else 0.0!r})"
    return f"np.array({_nested(entries, value.shape, len('np.array('))})"


def is_finite(value: Value) -> bool:
    return all(isfinite(entry) for entry in to_json(value.reshape(-1)))


def _nested(entries: list[float], shape: tuple[int, ...], indent: int) -> str:
    """Brackets in brackets, each row on a line of its own."""
    if len(shape) == 1:
        return f"[{_filled(map(_number, entries), indent + 1)}]"
    step = prod(shape[1:])
    rows = [_nested(entries[k : k + step], shape[1:], indent + 1) for k in range(0, len(entries), step)]
    return "[" + (",\n" + " " * (indent + 1)).join(rows) + "]"


def _filled(numbers: Iterable[str], indent: int) -> str:
    """Numbers with commas, in lines that are not too long."""
    lines = [""]
    for number in numbers:
        if lines[-1] and len(lines[-1]) + len(number) + 2 + indent > _LINE:
            lines.append("")
        lines[-1] += f"{', ' if lines[-1] else ''}{number}"
    return (",\n" + " " * indent).join(lines)


def _number(entry: float) -> str:
    """NumPy's way: ``2.`` for a whole number."""
    written = repr(entry)
    return written.removesuffix("0") if written.endswith(".0") else written
