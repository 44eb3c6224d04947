"""Plain text in a Typst document: nothing but string literals, in which Typst looks for no commands."""

from __future__ import annotations

import re

_GREEK = re.compile(r"(?<![A-Za-z\u00c0-\u024f\u0370-\u03ff])([Α-ωϑϕϵ])(?![A-Za-z\u00c0-\u024f\u0370-\u03ff])")
"""A Greek letter alone, which is a quantity and no word."""


def literal(text: str) -> str:
    """A Typst string. The only way for words of a sheet into a document, so this is what keeps commands out of it."""
    kept = "".join(c if c.isprintable() else " " if c.isspace() else "" for c in text)
    return '"' + kept.replace("\\", "\\\\").replace('"', '\\"') + '"'


def words(text: str) -> str:
    """Text in markup, quantities with Greek names as mathematics. The semicolon ends an expression, so that what follows is markup again."""
    pieces = _GREEK.split(text)
    return "".join(f"${piece}$" if k % 2 else f"#{literal(piece)};" for k, piece in enumerate(pieces) if piece)


def raw(code: str, block: bool = False) -> str:
    """Code as it stands, lines included."""
    lines = "\\n".join(literal(line.expandtabs(4))[1:-1] for line in code.split("\n"))
    return f'#raw("{lines}", block: {str(block).lower()});'
