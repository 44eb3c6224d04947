"""Small pieces of trees: numbers, powers, superscripts and subscripts."""

from __future__ import annotations

from collections.abc import Container
from fractions import Fraction

from byhand.read.alphabet import spellings
from byhand.read.cursor import STARTS, Cursor, at, fail
from byhand.read.derivatives import joined
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


def starred(cursor: Cursor, base: Name | Subscripted, known: Container[str]) -> Name | Subscripted | None:
    """w* or w^{*}, the name of a solution, with the star read; ``None`` where the star is a sign between factors.

    ``known`` are names with a star. Such a name is meant by ``w* x`` and ``w*[0]``, but not by ``w*x``; any name by a star that no factor follows.
    """
    raised = cursor.token.is_op("^")
    braced = raised and cursor.ahead().is_op("{")
    star, after = cursor.ahead(raised + braced), cursor.ahead(raised + braced + 1)
    if not star.is_op("*") or cursor.token.spaced or (braced and not after.is_op("}")):
        return None
    factor = after.kind in ("number", "name", "string") or after.is_op("+", "-", *STARTS)
    if factor and not raised and not ((after.spaced or after.is_op("[")) and _is_star(base, known)):
        return None
    cursor.pos += 1 + raised + 2 * braced
    return Name(f"{base.name}*", base.at) if isinstance(base, Name) else Subscripted(base.base, f"{base.text}*", base.at)


def _is_star(base: Name | Subscripted, known: Container[str]) -> bool:
    if isinstance(base, Subscripted):
        return isinstance(base.base, Name) and _is_star(Name(joined(base.base.name, base.text), base.at), known)
    return any(spelling in known for spelling in spellings(f"{base.name}*"))
