"""Derivatives as they are spelled: dL/dW, ∂L/∂W, \\frac{\\partial L}{\\partial W}, ∇_W L; second ones: d^2L/dw^2, ∂²L/∂w∂b.

A second derivative is kept as ``d2L/dw2`` has it: of ``2L`` with respect to ``w2``, or to ``wdb``.
"""

from __future__ import annotations

from byhand.read.cursor import Cursor, at, fail, shown
from byhand.read.syntax import Derivative
from byhand.read.tokens import Token


def slashed(cursor: Cursor, token: Token) -> Derivative | None:
    """``dL/dW`` without spaces, after ``dL``."""
    slash, below = cursor.token, cursor.ahead()
    of, wrt = token.text[1:], below.text[1:]
    if token.text[0] != "d" or not slash.is_op("/") or below.kind != "name" or below.text[0] != "d" or slash.spaced or below.spaced or not of or not wrt:
        return None
    before = cursor.tokens[cursor.pos - 2] if cursor.pos > 1 else token
    cursor.pos += 2
    primes = "'" * cursor.eat_primes() if cursor.token.is_op("'") else ""
    return Derivative(of, wrt + primes, True, before.is_op("/", "@", "**", "^"), at(token))


def second(cursor: Cursor, token: Token) -> Derivative | None:
    """``d^2L/dw^2`` and ``d²L/dwdb``, after ``d``."""
    start = cursor.pos
    if token.text == "d" and not cursor.token.spaced and squared(cursor):
        of, slash, below = cursor.next(), cursor.next(), cursor.next()
        wrt = below.text[1:]
        if of.kind == below.kind == "name" and below.text[0] == "d" and slash.is_op("/") and not slash.spaced and not below.spaced:
            wrt += "2" if squared(cursor) else ""
            if wrt.endswith("2") or "d" in wrt[1:]:
                return Derivative(f"2{of.text}", wrt, False, False, at(token))
    cursor.pos = start
    return None


def squared(cursor: Cursor) -> bool:
    """Reads ², ^2 or ^{2}."""
    braced = cursor.ahead().is_op("{")
    two = cursor.ahead(1 + braced)
    if cursor.token.kind == "sup" and cursor.token.text == "2":
        cursor.pos += 1
    elif cursor.token.is_op("^") and two.kind == "number" and two.text == "2" and (not braced or cursor.ahead(3).is_op("}")):
        cursor.pos += 2 + 2 * braced
    else:
        return False
    return True


def partial(cursor: Cursor, token: Token) -> Derivative:
    twice = squared(cursor)
    of = quantity(cursor)
    cursor.expect("/", "after ∂ and a name")
    cursor.expect("∂", "under the fraction line")
    wrt = quantity(cursor)
    if twice:
        of, wrt = f"2{of}", f"{wrt}2" if squared(cursor) else f"{wrt}d{_other(cursor)}"
    return Derivative(of, wrt, False, False, at(token))


def _other(cursor: Cursor) -> str:
    cursor.expect("∂", "for the second quantity, as in ∂²L/∂w∂b")
    return quantity(cursor)


def nabla(cursor: Cursor, token: Token) -> Derivative:
    if cursor.token.kind != "sub":
        raise fail("∇ needs the name that the gradient is taken for as its subscript, as in ∇_W L.", token)
    wrt = cursor.next().text
    return Derivative(quantity(cursor), wrt, False, False, at(token))


def quantity(cursor: Cursor) -> str:
    """A name with the subscripts and primes that belong to it."""
    opened = cursor.take("{", "(")
    token = cursor.next()
    if token.kind != "name":
        raise fail(f"a name is expected, but {shown(token)} stands here.", token)
    text = token.text
    while cursor.token.kind == "sub":
        text = joined(text, cursor.next().text)
    while cursor.take("'"):
        text += "'"
    if opened:
        cursor.expect("}" if opened.text == "{" else ")", "after the name")
    return text


def derivative_fraction(cursor: Cursor, token: Token) -> Derivative | None:
    if not (cursor.token.is_op("{") and (cursor.ahead().is_op("∂") or cursor.ahead().text[:1] == "d")):
        return None
    parts = [d_part(cursor), d_part(cursor)]
    if parts[0] is None or parts[1] is None or parts[0][0].startswith("2") != parts[1][2]:
        return None
    sure = parts[0][1] or parts[1][1]
    return Derivative(parts[0][0], parts[1][0], not sure, False, at(token))


def d_part(cursor: Cursor) -> tuple[str, bool, bool] | None:
    r"""The name in {\partial L}, {dL}, {d L} or {\partial^2 L}; whether it can be nothing but a derivative, and whether it names what one is taken by twice."""
    if not cursor.take("{"):
        return None
    mark = cursor.next()
    if mark.is_op("∂") or (mark.kind == "name" and mark.text == "d"):
        twice = squared(cursor)
        text, sure = f"{'2' * twice}{cursor.token.text}", True
    elif mark.kind == "name" and mark.text[:1] == "d":
        text, sure, cursor.pos = mark.text[1:], False, cursor.pos - 1
    else:
        return None
    if cursor.next().kind != "name":
        return None
    while cursor.token.kind == "sub":
        text = joined(text, cursor.next().text)
    while cursor.take("'"):
        text += "'"
    below = squared(cursor)
    text += "2" * below
    if cursor.token.is_op("∂"):
        text, below = f"{text}d{_other(cursor)}", True
    return (text, sure, below) if cursor.take("}") else None


def joined(name: str, subscript: str) -> str:
    """W1 for W with subscript 1, h_out for h with subscript out."""
    return name + subscript if subscript[:1].isdigit() else f"{name}_{subscript}"
