"""The letters of subscripts that are indices."""

from __future__ import annotations


def split_indices(text: str, bound: tuple[str, ...]) -> tuple[str, ...] | None:
    """The indices in a subscript, ``ij`` or ``i,:``; ``None`` if some part of it is no index."""
    parts = tuple(text.split(",")) if "," in text else tuple(text)
    if not parts or not all(part == ":" or part in bound for part in parts):
        return None
    return parts
