"""Numbers in what is said of an answer."""

from __future__ import annotations

from byhand.run.arrays import Array


def array_text(value: Array) -> str:
    """Numbers to six significant digits, as a person would type them."""
    if not value.ndim:
        return f"{float(value):.6g}"
    return f"[{', '.join(array_text(part) for part in value)}]"
