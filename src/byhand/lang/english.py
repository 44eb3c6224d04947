"""Names in a sentence."""

from __future__ import annotations

from collections.abc import Iterable


def listed(parts: Iterable[str]) -> str:
    """a, b and c; at least one."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
