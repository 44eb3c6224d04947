"""Derivatives as they are spelled: dL/dW, ∂L/∂W, \\frac{\\partial L}{\\partial W}, ∇_W L."""

from __future__ import annotations

from byhand.read.cursor import Cursor, at, fail, shown
from byhand.read.syntax import Derivative
from byhand.read.tokens import Token


def partial(cursor: Cursor, token: Token) -> Derivative:
    of = quantity(cursor)
    cursor.expect("/", "after ∂ and a name")
    cursor.expect("∂", "under the fraction line")
    return Derivative(of, quantity(cursor), False, False, at(token))


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
    if parts[0] is None or parts[1] is None:
        return None
    sure = parts[0][1] or parts[1][1]
    return Derivative(parts[0][0], parts[1][0], not sure, False, at(token))


def d_part(cursor: Cursor) -> tuple[str, bool] | None:
    r"""The name in {\partial L}, {dL} or {d L}, and whether it can be nothing but a derivative."""
    if not cursor.take("{"):
        return None
    mark = cursor.next()
    if mark.is_op("∂") or (mark.kind == "name" and mark.text == "d"):
        text, sure = cursor.token.text, True
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
    return (text, sure) if cursor.take("}") else None


def joined(name: str, subscript: str) -> str:
    """W1 for W with subscript 1, h_out for h with subscript out."""
    return name + subscript if subscript[:1].isdigit() else f"{name}_{subscript}"
