"""The kernels as text to be pasted: the headers that the extension is built from, as they are."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "kernels"
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([\w.]+)"[^\n]*\n', re.M)


@cache
def kernels() -> str:
    """Vectors, functions, products and sums, in the order in which ``kernels.h`` has them."""
    text = (FOLDER / "kernels.h").read_text(encoding="utf-8")
    names = [found[1] for found in _INCLUDE.finditer(text)]
    return "\n".join(f"/* ---- {name} ---- */\n\n{_text(name)}" for name in names)


def _text(name: str) -> str:
    """A header with those that it includes put in their places."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return _INCLUDE.sub(lambda found: _text(found[1]), text)
