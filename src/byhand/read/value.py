"""What a piece of a formula means: an expression, how it would be written for NumPy, and which way a vector lies."""

from __future__ import annotations

from dataclasses import dataclass, replace

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Num, scale

COMPARE, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)
UNIT = "𝐈"
"""Stands in texts for an identity matrix until its size is known."""
_MAX_BITS = 8192
_MAX_TERMS = 400


@dataclass(frozen=True, slots=True)
class Value:
    """``text`` is the plain spelling and ``level`` how strongly it holds together.

    ``flipped``: a vector that was transposed; ``paper``: by a mark of paper notation, so that it must lie as marked.
    ``unit``: a multiple of an identity matrix whose size is not said; ``expr`` is the factor.
    """

    expr: Expr
    text: str
    level: int = ATOM
    flipped: bool = False
    paper: bool = False
    unit: bool = False

    def within(self, level: int) -> str:
        """The text as it stands inside something of this strength."""
        return self.text if self.level >= level else f"({self.text})"

    @property
    def rank(self) -> int:
        return len(self.expr.shape)

    def lying_as(self, other: Value) -> Value:
        """The same, with the direction of another vector."""
        return replace(self, flipped=other.flipped, paper=other.paper) if self.rank == 1 else self


def infix(op: str, left: Value, right: Value, expr: Expr) -> Value:
    return Value(expr, f"{left.within(PRODUCT)} {op} {right.within(SIGN)}", PRODUCT)


def called(name: str, *args: str, expr: Expr) -> Value:
    return Value(expr, f"{name}({', '.join(args)})")


def negative(value: Value) -> Value:
    text = f"-{value.within(POWER)}"
    return replace(value, expr=scale(-1, value.expr), text=text, level=SIGN)


def checked(expr: Expr) -> Expr:
    """Refuse numbers that have grown beyond any meaning."""
    if isinstance(expr, Num):
        terms = expr.value.terms
        if len(terms) > _MAX_TERMS or any(max(v.numerator.bit_length(), v.denominator.bit_length()) > _MAX_BITS for _, v in terms):
            raise ByhandError("a number in this formula grows too large to be written down.")
    return expr
