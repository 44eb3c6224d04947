"""Names and shares in a sentence."""

from __future__ import annotations

from collections.abc import Iterable


def listed(parts: Iterable[str]) -> str:
    """a, b and c; at least one."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def percent(part: float) -> str:
    """A share in percent, rounded down, so that 100 % is said only where nothing is missing."""
    return f"{int(1000 * part + 1e-9) / 10:g} %"
