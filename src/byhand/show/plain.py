"""A notation tree as NumPy would run it."""

from __future__ import annotations

from enum import IntEnum, auto
from fractions import Fraction
from typing import assert_never

from byhand.lang.sizes import Monomial, Poly, Shape, Size
from byhand.show.numbers import in_order, top_and_bottom
from byhand.show.tree import (
    Array,
    Comprehension,
    Constant,
    Entry,
    Filled,
    Forms,
    Function,
    Identity,
    Inverted,
    Kronecker,
    Listing,
    Member,
    Numeral,
    Power,
    Product,
    Quotient,
    Ranged,
    Setting,
    Sigma,
    Subscript,
    Sum,
    Sym,
    Transposed,
    Tree,
)


class Level(IntEnum):
    """Python's precedence."""

    SUM = auto()
    PRODUCT = auto()
    POWER = auto()
    ATOM = auto()


def plain(tree: Tree) -> str:
    """NumPy source, given the functions by their names; index notation, which NumPy lacks, as text has it."""
    match tree:
        case Sym(name):
            return str(name)
        case Numeral(value):
            return plain_number(value)
        case Constant(name):
            return name
        case Array(rows, kind):
            return _array(rows, kind)
        case Filled(value, shape):
            return f"{'ones' if value else 'zeros'}({plain_shape(shape) if len(shape) != 1 else plain_size(shape[0])})"
        case Identity(size):
            return f"eye({plain_size(size)})"
        case Sum(terms):
            return _sum(terms)
        case Product(kind, left, right):
            return _product(kind, left, right)
        case Quotient(top, bottom):
            return f"{_at(top, Level.PRODUCT)} / {_at(bottom, Level.POWER)}"
        case Power(base, exponent):
            return f"{_at(base, Level.ATOM)}**{_at(exponent, Level.POWER)}"
        case Transposed(base):
            return f"{_at(base, Level.ATOM)}.T"
        case Inverted(base):
            return f"inv({plain(base)})"
        case Function("factorial", (base,)):
            return f"{_at(base, Level.ATOM)}!"
        case Function(name, args, options):
            return f"{name}({', '.join([*map(plain, args), *(f'{key}={value}' for key, value in options)])})"
        case Subscript(base, at):
            return f"{_at(base, Level.ATOM)}[{at}]"
        case Member(base, shape, facts):
            return " ".join([f"{plain(base)} : {plain_shape(shape)}", *facts])
        case Listing(items):
            return f"[{', '.join(map(plain, items))}]"
        case Setting(text):
            return text
        case Forms(form, _):
            return plain(form)
        case Sigma(letters, body):
            return f"sum_{''.join(letters)}({plain(body)})"
        case Ranged(kind, letter, low, high, body):
            return f"{kind}({plain(body)} for {letter} in {plain_size(low).replace(' ', '')}..{plain_size(high).replace(' ', '')})"
        case Entry(base, at):
            return f"{_at(base, Level.ATOM)}[{', '.join(at)}]"
        case Comprehension(body, letters):
            return f"[{plain(body)}]_{''.join(letters)}"
        case Kronecker(left, right):
            return f"eye[{left}, {right}]"
        case _:
            assert_never(tree)


def level(tree: Tree) -> Level:
    match tree:
        case Sum():
            return Level.SUM
        case Product() | Quotient():
            return Level.PRODUCT
        case Power():
            return Level.POWER
        case Numeral(value):
            return _number_level(value)
        case Forms(form, _):
            return level(form)
        case Array(rows, "scalar"):
            return Level.SUM if rows[0][0].startswith("-") else Level.ATOM
        case _:
            return Level.ATOM


def _number_level(value: Poly) -> Level:
    if len(value.terms) > 1 or any(amount < 0 for _, amount in value.terms):
        return Level.SUM
    above, below = top_and_bottom(*value.terms[0]) if value.terms else ([("0", 1)], [])
    if below or len(above) > 1:
        return Level.PRODUCT
    return Level.POWER if above[0][1] != 1 else Level.ATOM


def _at(tree: Tree, least: Level) -> str:
    return plain(tree) if level(tree) >= least else f"({plain(tree)})"


def _sum(terms: tuple[tuple[bool, Tree], ...]) -> str:
    (negative, first), *rest = terms
    parts = [("-" if negative else "") + _at(first, Level.PRODUCT)]
    parts += [f"{'-' if minus else '+'} {_at(term, Level.PRODUCT)}" for minus, term in rest]
    return " ".join(parts)


def _product(kind: str, left: Tree, right: Tree) -> str:
    """``*`` and ``@`` bind alike and from the left, so what stands on the left needs brackets only for the eye."""
    sign = "@" if kind == "matmul" else "*"
    aside = kind == "matmul" and level(left) == Level.PRODUCT and not _is_matmul(left)
    first = f"({plain(left)})" if aside else _at(left, Level.PRODUCT)
    bare = _runs_on(kind, right)
    return f"{first} {sign} {plain(right) if bare else _at(right, Level.POWER)}"


def _runs_on(kind: str, right: Tree) -> bool:
    """Whether a product on the right means the same without its brackets."""
    right = _form(right)
    if kind == "scale":
        return isinstance(right, (Product, Quotient))
    return kind == "hadamard" and isinstance(right, Product) and right.kind == "hadamard" and not _begins_with_matmul(right)


def _begins_with_matmul(tree: Tree) -> bool:
    tree = _form(tree)
    if isinstance(tree, Quotient):
        return _begins_with_matmul(tree.top)
    return isinstance(tree, Product) and (tree.kind == "matmul" or _begins_with_matmul(tree.left) or (tree.kind == "scale" and _begins_with_matmul(tree.right)))


def _is_matmul(tree: Tree) -> bool:
    tree = _form(tree)
    return isinstance(tree, Product) and tree.kind == "matmul"


def _form(tree: Tree) -> Tree:
    while isinstance(tree, Forms):
        tree = tree.plain
    return tree


# ------------------------------------------------------------------------------------------------ numbers


def plain_number(value: Poly) -> str:
    if not value.terms:
        return "0"
    text = " + ".join(_plain_term(*term) for term in in_order(value))
    return text.replace("+ -", "- ")


def _plain_term(monomial: Monomial, value: Fraction) -> str:
    above, below = top_and_bottom(monomial, value)
    sign = "-" if value < 0 else ""
    text = "*".join(_plain_power(*factor) for factor in above)
    under = "*".join(_plain_power(*factor) for factor in below)
    return sign + text + (f"/({under})" if len(below) > 1 else f"/{under}" if below else "")


def _plain_power(base: str, power: int) -> str:
    return base if power == 1 else f"{base}**{power}"


def plain_size(size: Size) -> str:
    return plain_number(Poly.of(size))


def plain_shape(shape: Shape) -> str:
    """A shape as a tuple."""
    return f"({', '.join(map(plain_size, shape))}{',' if len(shape) == 1 else ''})"


def _array(rows: tuple[tuple[str, ...], ...], kind: str) -> str:
    if kind == "scalar":
        return rows[0][0]
    if kind == "column":
        return f"[{', '.join(row[0] for row in rows)}]"
    if kind == "row":
        return f"[{', '.join(rows[0])}]"
    listed = ", ".join(f"[{', '.join(row)}]" for row in rows)
    return f"[{listed}]"
