"""The kernels as text to be pasted: the headers that the extension is built from, as they are."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "kernels"
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([\w.]+)"[^\n]*\n', re.M)


@cache
def kernels(products: bool, sums: bool) -> str:
    """Vectors and functions, with the products and sums where they are called for."""
    names = ["vector.h", "functions.h", *(["tile.h", "product.h"] if products else []), *(["reduce.h"] if sums else [])]
    return "\n".join(f"/* ---- {name} ---- */\n\n{_text(name)}" for name in names)


def _text(name: str) -> str:
    """A header with those that it includes put in their places."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return _INCLUDE.sub(lambda found: _text(found[1]), text)
