"""Quantities in the middle of a sentence: x_n, λ_max and w* are set there as in the formulas around it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from byhand.lang.names import Grad
from byhand.show.names import GREEK
from byhand.show.tree import Sym

_LETTERS = {greek: name for name, (greek, _) in reversed(GREEK.items())}
_QUANTITY = re.compile(
    r"(?<![\w\\{}$`.*'\"])"
    r"(?P<letter>[A-Za-zΑ-ω])(?P<number>[₀-₉]?)"
    r"(?:_(?P<tail>[A-Za-z0-9]{1,8}(?P<below>[₀-₉]{0,3}))|_\{(?P<index>[A-Za-z0-9+−,]{1,12})\}(?!\*))?"
    r"(?P<star>\*)?"
    r"(?![\w*{}\[\\$`'\"]|\*|[.(]\w)"
)
"""A single letter with something at its foot or head; what looks like code, such as f_x(z) or a_b.T, is left alone."""
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def quantities(text: str) -> Iterator[str | Sym]:
    """The sentence in pieces: words, and quantities as formulas have them."""
    place = 0
    for found in _QUANTITY.finditer(text):
        if not (found["tail"] or found["index"] or found["star"]) or (found["below"] and found["letter"] != "δ"):
            continue
        if found.start() > place:
            yield text[place : found.start()]
        yield Sym(Grad("", found["tail"].translate(_DIGITS)), "delta") if found["below"] else Sym(_name(found))
        place = found.end()
    if place < len(text):
        yield text[place:]


def _name(found: re.Match[str]) -> str:
    """Spelled as on a sheet: an index of one letter or in braces is a variable, a longer tail is a word."""
    stem = _LETTERS.get(found["letter"], found["letter"]) + found["number"].translate(_DIGITS)
    star = found["star"] or ""
    tail, index = found["tail"], found["index"]
    if index is not None or (tail is not None and tail.islower() and len(tail) == 1):
        return f"{stem}[{(index or tail).replace('−', '-')}]{star}"
    return f"{stem}_{tail}{star}" if tail else f"{stem}{star}"
