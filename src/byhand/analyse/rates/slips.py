"""Wrong intervals of learning rates that people give, beside the right one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from byhand.sheets.solution import Slipped


def slips_of(answer: Mapping[str, object]) -> tuple[Slipped, ...]:
    """What becomes of the interval of an answer by each slip; none where there is no interval."""
    high = answer.get("high")
    return tuple(_slips(high, answer)) if isinstance(high, str) else ()


def _slips(high: str, answer: Mapping[str, object]) -> Iterator[Slipped]:
    curved = answer.get("lambda_max")
    plain = "momentum" not in answer
    if plain:
        yield Slipped(
            "S50",
            "1/λ_max is taken for the end of the interval: steps shrink up to 2/λ_max, where λ_max is the largest curvature",
            {"high": _times(high, "1/2")},
        )
        yield Slipped("S50", "the curvature of x² is taken as 1: it is 2, the second derivative", {"high": _times(high, "2")})
        if isinstance(curved, str):
            yield Slipped("S50", "λ_max itself is taken for the end of the interval: it is 2/λ_max", {"high": curved})
            yield Slipped("S50", "1/(2 λ_max) is taken for the end of the interval: it is 2/λ_max", {"high": _times(high, "1/4")})
    elif isinstance(curved, str):
        yield Slipped("S50", "the momentum is left out: 2/λ_max is the end without it", {"high": _divided("2", curved)})
    if answer.get("high_open") is True:
        yield Slipped("S50", "the upper end is counted in (≤ for <): there the iterates jump to and fro and do not come nearer", {"high_open": False})
        yield Slipped("S50", "both ends are counted in (≤ for <): at neither of them do the iterates come nearer", {"high_open": False, "low_open": False})
    if answer.get("low_open") is True:
        yield Slipped("S50", "the lower end is counted in (≤ for <): with η = 0 nothing moves", {"low_open": False})


def _times(high: str, factor: str) -> str:
    number = _number(high)
    return str(number * Fraction(factor)) if number is not None else f"{factor} * ({high})"


def _divided(top: str, below: str) -> str:
    number = _number(below)
    return str(Fraction(top) / number) if number else f"{top} / ({below})"


def _number(text: str) -> Fraction | None:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None
