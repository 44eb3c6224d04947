"""Names that are products, such as (w3)^T delta3 where the sheet asks for W3.T @ dE/dz3."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

Factors = tuple[tuple[str, bool], ...]
"""Each factor with whether it is transposed."""
_SIGN = re.compile(r"\s*(?:@|·|⋅|×|\*(?!\*)|\\cdot)\s*|\s+")
_TRANSPOSED = re.compile(r"(.+?)(?:\.T|\^\{?(?:T|⊤|\\top|top)\}?|ᵀ|⊤)$")


def factors(name: str, find: Callable[[str], str | None]) -> Factors | None:
    """The factors of a product under the names of their quantities; ``None`` where it is none, or something in it means nothing."""
    parts = [part for part in _SIGN.split(name.strip()) if part]
    if not 1 < len(parts) <= 4:
        return None
    found: list[tuple[str, bool]] = []
    for part in parts:
        match = _TRANSPOSED.match(part)
        core = (match[1] if match is not None else part).strip()
        core = core[1:-1] if core[:1] == "(" and core[-1:] == ")" else core
        quantity = find(core)
        if quantity is None:
            return None
        found.append((quantity, match is not None))
    return tuple(found)


def product(name: str, asked: Iterable[str], find: Callable[[str], str | None]) -> str | None:
    """The product that the sheet asks for and this name means."""
    known = [one for one in asked if _SIGN.search(one)]
    mine = factors(name, find) if known else None
    return None if mine is None else next((one for one in known if factors(one, find) == mine), None)
