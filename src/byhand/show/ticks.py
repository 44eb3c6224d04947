"""Numbers to write at an axis: few, round, and as short as they can be."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor, log10

from byhand.lang.sizes import Poly
from byhand.show.numbers import decimal
from byhand.show.tree import Numeral, Power, Tree

_LONGEST = 6
Range = tuple[float, float]


def ticks(span: Range, most: int = 6) -> tuple[Fraction, ...]:
    """Multiples of 1, 2 or 5 times a power of ten inside a range, at most so many.

    >>> [str(tick) for tick in ticks((-0.2, 1.1))]
    ['-1/5', '0', '1/5', '2/5', '3/5', '4/5', '1']
    """
    low, high = span
    rough = (high - low) / most
    power = Fraction(10) ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10, 20) if (high - low) / float(factor * power) <= most + 0.5)
    first, last = ceil(low / float(step) - 1e-9), floor(high / float(step) + 1e-9)
    return tuple(k * step for k in range(first, last + 1))


def log_ticks(span: Range, most: int = 6) -> tuple[Fraction, ...]:
    """Powers of ten in a range of positive numbers; between fewer than two of them 2 and 5 times these as well."""
    low, high = floor(log10(span[0]) + 1e-9), ceil(log10(span[1]) - 1e-9)
    every = max(1, ceil((high - low) / most))
    inside = [Fraction(10) ** k for k in range(low, high + 1) if k % every == 0]
    if log10(span[1] / span[0]) < 1.5:
        inside = sorted({factor * Fraction(10) ** k for k in range(low - 1, high + 1) for factor in (1, 2, 5)})
    return tuple(tick for tick in inside if span[0] * (1 - 1e-9) <= float(tick) <= span[1] * (1 + 1e-9))


def tick_label(name: str) -> Tree | str:
    """What ``tick_texts`` gave as a label: powers of ten as mathematics."""
    mantissa, mark, exponent = name.partition("10")
    if mark and not mantissa and exponent and not exponent[0].isascii():
        return Power(Numeral(Poly.of(10)), Numeral(Poly.of(int(exponent.translate(_LOW)))))
    return name


def tick_texts(values: Sequence[Fraction]) -> list[str]:
    """Decimals with proper minus signs; powers of ten where one of them would be long.

    >>> tick_texts([Fraction(1, 10**6), Fraction(1, 1000), Fraction(1)])
    ['10⁻⁶', '10⁻³', '1']
    """
    written = [decimal(value) for value in values]
    if all(one is not None and len(one) <= _LONGEST and "e" not in one for one in written):
        return [str(one).replace("-", "−") for one in written]
    return [_power(value) for value in values]


def _power(value: Fraction) -> str:
    if value == 0:
        return "0"
    exponent = floor(log10(abs(float(value))) + 1e-9)
    mantissa = format(float(value / Fraction(10) ** exponent), "g").replace("-", "−")
    power = f"10{str(exponent).translate(_HIGH)}" if exponent > 1 or exponent < 0 else ""
    if not power:
        return format(float(value), "g").replace("-", "−")
    return power if mantissa == "1" else f"{mantissa}·{power}"


_HIGH = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_LOW = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
