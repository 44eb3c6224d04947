"""Names of quantities as identifiers of Python: W1' as W1_new, dL/dz as dL_dz, ε as epsilon."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from byhand.lang.names import Grad, Name, Updated
from byhand.show.names import GREEK, member

_SPELLED = {greek: letters for letters, (greek, _) in reversed(GREEK.items())}
_RESERVED = frozenset(dir(builtins)) | frozenset(keyword.kwlist) | frozenset({"np", "math", "found", "wanted", "checks", "name"})


@dataclass(slots=True)
class Identifiers:
    """Hands out each identifier once."""

    taken: set[str] = field(default_factory=lambda: set(_RESERVED))

    def fresh(self, wanted: str) -> str:
        """The identifier that was wanted, or that with a number."""
        found = next(name for name in _tries(wanted) if name not in self.taken)
        self.taken.add(found)
        return found


def _tries(wanted: str) -> Iterator[str]:
    yield f"{wanted}_" if wanted in _RESERVED else wanted
    yield from (f"{wanted}_{k}" for k in count(2))


def identifier(name: Name) -> str:
    """What a quantity would like to be called."""
    match name:
        case Grad():
            return "_".join(map(_word, str(name).split("/")))
        case Updated(stem, times):
            return f"{_word(stem)}_new{times if times > 1 else ''}"
        case str():
            return _word(name)


def _word(name: str) -> str:
    """Letters of other alphabets spelled out, w* as w_star, z[2] as z_2; anything that is a formula and no name is called ``value``."""
    if name.endswith("*"):
        return f"{_word(name[:-1])}_star"
    inside = member(name)
    if inside is not None:
        return "_".join([_word(inside[0]), *re.findall(r"\w+", inside[1])])
    if not re.fullmatch(r"[^\W\d]\w*'*", name):
        return "value"
    spelled = "".join(_SPELLED.get(c, c if c.isascii() else f"u{ord(c):x}") for c in name.rstrip("'"))
    primes = len(name) - len(name.rstrip("'"))
    return spelled + (f"_new{primes if primes > 1 else ''}" if primes else "")
