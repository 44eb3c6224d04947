"""Small pieces of trees: numbers, powers, superscripts and subscripts."""

from __future__ import annotations

from fractions import Fraction

from byhand.read.cursor import at, fail
from byhand.read.limits import exact_numeral
from byhand.read.syntax import Name, Negative, Number, Raised, Subscripted, Transposed, Tree
from byhand.read.tokens import Token


def number(token: Token) -> Number:
    if "/" in token.text:
        return Number(Fraction(token.text), token.text, at(token))
    return Number(exact_numeral(token.text, token.line, token.column), token.text, at(token))


def power(base: Tree, exponent: Tree, op: Token) -> Tree:
    return Raised(base, exponent, "**" if op.text == "**" else "^", at(op))


def superscript(base: Tree, token: Token) -> Tree:
    place, text = at(token), token.text
    if text.endswith("T"):
        inner = superscript(base, Token("sup", text[:-1], token.line, token.column, token.start)) if len(text) > 1 else base
        inner = power(base, Negative(Number(Fraction(1), "1", place), place), token) if text == "-T" else inner
        return Transposed(inner, place)
    digits = text.lstrip("+-")
    if digits == "n":
        exponent: Tree = Name("n", place)
    elif digits.isdigit():
        exponent = Number(exact_numeral(digits, place.line, place.column), digits, place)
    else:
        raise fail("this superscript is no exponent.", token)
    return power(base, Negative(exponent, place) if text[0] == "-" else exponent, token)


def subscripted(base: Tree, token: Token) -> Tree:
    """A subscript; behind a number in the exponent (x^2_i) it belongs to the base."""
    if isinstance(base, Raised) and isinstance(base.base, (Name, Subscripted)) and base.mark == "^" and isinstance(base.exponent, (Number, Negative)):
        return Raised(Subscripted(base.base, token.text, at(token)), base.exponent, "^", base.at)
    return Subscripted(base, token.text, at(token))
