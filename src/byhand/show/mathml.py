"""A notation tree as presentation MathML, which browsers draw themselves."""

from __future__ import annotations

from fractions import Fraction
from html import escape
from typing import assert_never

from byhand.lang.sizes import Monomial, Poly, Shape, Size
from byhand.show.brackets import Place, needs_brackets, starts_with_digit
from byhand.show.names import is_bare, mathml_name
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
    mathematical,
    turned,
)

TIMES = '<mo>&#x2062;</mo><mspace width="0.17em"/>'
APPLY = "<mo>&#x2061;</mo>"
COMMA = '<mo separator="true">,</mo>'


def mathml(tree: Tree) -> str:
    """What goes between ``<math>`` and ``</math>``: one element."""
    match tree:
        case Sym():
            return mathml_name(tree)
        case Numeral(value):
            return _number(value)
        case Constant(name):
            return "<mi>π</mi>" if name == "pi" else '<mi mathvariant="normal">e</mi>'
        case Array(rows, kind):
            return _cell(rows[0][0]) if kind == "scalar" else _matrix(rows)
        case Filled(value, shape):
            return f'<msub><mn mathvariant="bold">{"𝟏" if value else "𝟎"}</mn>{_shape(shape)}</msub>'
        case Identity(size):
            return f"<msub><mi>I</mi>{_size(size)}</msub>"
        case Sum(terms):
            return _sum(terms)
        case Product(kind, left, right):
            return _product(kind, left, right)
        case Quotient(top, bottom):
            return f"<mfrac>{mathml(top)}{mathml(bottom)}</mfrac>"
        case Power(base, exponent):
            return f"<msup>{_at(base, Place.BASE)}{mathml(exponent)}</msup>"
        case Transposed(base):
            return _transposed(mathematical(base))
        case Inverted(base):
            return f"<msup>{_at(base, Place.BASE)}{_row('<mo>−</mo>', '<mn>1</mn>')}</msup>"
        case Function():
            return _function(tree)
        case Sigma(letters, body):
            return _row(f"<munder><mo>∑</mo>{_indices(letters)}</munder>", _at(body, Place.TERM))
        case Ranged(kind, letter, low, high, body):
            sign = f"<mo>{'∑' if kind == 'sum' else '∏'}</mo>"
            return _row(f"<munderover>{sign}{_row(f'<mi>{letter}</mi><mo>=</mo>', _size(low))}{_size(high)}</munderover>", _at(body, Place.TERM))
        case Entry(base, at):
            return f"<msub>{_indexed(mathematical(base))}{_indices(at)}</msub>"
        case Comprehension(body, letters):
            return f"<msub>{bracketed(mathml(body), '[]')}{_indices(letters)}</msub>"
        case Kronecker(left, right):
            return f"<msub><mi>δ</mi>{_indices((left, right))}</msub>"
        case Subscript(base, at):
            return _row(_at(base, Place.BASE), bracketed(_setting(at), "[]"))
        case Member(base, shape, facts):
            space = f"<msup><mi>ℝ</mi>{_shape(shape)}</msup>" if shape else "<mi>ℝ</mi>"
            return _row(f"{mathml(base)}<mo>∈</mo>{space}" + "".join(_setting(f", {fact}") for fact in facts))
        case Listing(items):
            return bracketed(COMMA.join(map(mathml, items)), "[]")
        case Setting(words):
            return _setting(words)
        case Forms(_, math):
            return mathml(math)
        case _:
            assert_never(tree)


def _row(*parts: str) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"


def bracketed(inside: str, pair: str = "()") -> str:
    """Brackets that grow only where something tall is inside: browsers leave wide gaps around stretchy ones."""
    tall = inside.count("<mtr>") > 1 or any(mark in inside for mark in ("<mfrac", "<munder"))
    grows = f'stretchy="{str(tall).lower()}"'
    return _row(f'<mo form="prefix" {grows}>{pair[0]}</mo>', inside, f'<mo form="postfix" {grows}>{pair[1]}</mo>')


def _at(tree: Tree, place: Place) -> str:
    return bracketed(mathml(tree)) if needs_brackets(tree, place, fractions=True) else mathml(tree)


def _sum(terms: tuple[tuple[bool, Tree], ...]) -> str:
    (negative, first), *rest = terms
    parts = ['<mo form="prefix">−</mo>' if negative else "", _at(first, Place.TERM)]
    for minus, term in rest:
        parts += [f"<mo>{'−' if minus else '+'}</mo>", _at(term, Place.TERM)]
    return _row(*parts)


def _product(kind: str, left: Tree, right: Tree) -> str:
    if kind == "hadamard":
        return _row(_at(left, Place.HADAMARD_LEFT), "<mo>⊙</mo>", _at(right, Place.HADAMARD_RIGHT))
    if kind == "matmul":
        return _row(_at(left, Place.MATRIX_LEFT), TIMES, _at(right, Place.MATRIX_RIGHT))
    return _row(_at(left, Place.SCALE_LEFT), "<mo>·</mo>" if starts_with_digit(right) else TIMES, _at(right, Place.SCALE_RIGHT))


def _transposed(base: Tree) -> str:
    if isinstance(base, Array) and base.kind in ("column", "row"):
        return _matrix(turned(base.rows))
    return f"<msup>{_at(base, Place.BASE)}<mo>⊤</mo></msup>"


def _function(tree: Function) -> str:
    settings = [_row(f"<mi>{escape(key)}</mi>", "<mo>=</mo>", _setting(value)) for key, value in tree.options]
    inside = COMMA.join([*map(mathml, tree.args), *settings])
    if tree.name == "sqrt":
        return f"<msqrt>{inside}</msqrt>"
    if tree.name == "abs":
        return bracketed(inside, "||")
    if tree.name == "factorial":
        return _row(_at(tree.args[0], Place.BASE), "<mo>!</mo>")
    name = tree.symbol[0] if tree.symbol else tree.name
    letters, _, foot = name.partition("_") if tree.symbol else (name, "", "")
    letter = f"<mi>{escape(letters)}</mi>" if len(letters) > 1 or foot else f'<mi mathvariant="normal">{escape(letters)}</mi>'
    return _row(f"<msub>{letter}<mi>{escape(foot)}</mi></msub>" if foot else letter, APPLY, bracketed(inside))


def _indexed(base: Tree) -> str:
    bare = is_bare(base) if isinstance(base, Sym) else isinstance(base, Function) and base.name not in ("abs", "sqrt")
    return mathml(base) if bare else bracketed(mathml(base))


def _indices(at: tuple[str, ...]) -> str:
    if all(len(index) == 1 and index.isalpha() for index in at):
        return _row(*(f"<mi>{index}</mi>" for index in at))
    return _row(COMMA.join(f"<mtext>{escape(index)}</mtext>" if len(index) > 1 else _symbol(index) for index in at))


def _symbol(index: str) -> str:
    return f"<mi>{index}</mi>" if index.isalpha() else f"<mn>{index}</mn>" if index.isdigit() else f"<mo>{escape(index)}</mo>"


def _setting(words: str) -> str:
    return f"<mtext>{escape(words)}</mtext>"


# ------------------------------------------------------------------------------------- numbers and sizes


def _number(value: Poly) -> str:
    if not value.terms:
        return "<mn>0</mn>"
    terms = in_order(value)
    parts = [_term(*terms[0], first=True)]
    parts += [_term(*term, first=False) for term in terms[1:]]
    return parts[0] if len(parts) == 1 else _row(*parts)


def _term(monomial: Monomial, value: Fraction, first: bool) -> str:
    above, below = top_and_bottom(monomial, value)
    if not monomial and abs(value) * 2 == 1:
        above, below = [("1", 1)], [("2", 1)]
    body = f"<mfrac>{_factors(above)}{_factors(below)}</mfrac>" if below else _factors(above)
    if first:
        return _row('<mo form="prefix">−</mo>', body) if value < 0 else body
    return f"<mo>{'−' if value < 0 else '+'}</mo>{body}"


def _factors(factors: list[tuple[str, int]]) -> str:
    parts = [_power(_base(base), power) for base, power in factors]
    return parts[0] if len(parts) == 1 else _row("<mo>&#x2062;</mo>".join(parts))


def _base(base: str) -> str:
    return mathml_name(Sym(base)) if base[0].isalpha() else _cell(base)


def _power(base: str, power: int) -> str:
    return base if power == 1 else f"<msup>{base}<mn>{power}</mn></msup>"


def _size(size: Size) -> str:
    return _number(Poly.of(size))


def _shape(shape: Shape) -> str:
    return _row("<mo>×</mo>".join(map(_size, shape)))


def _cell(cell: str) -> str:
    """A formatted number; its sign and a power of ten apart."""
    sign = '<mo form="prefix">−</mo>' if cell.startswith("-") else ""
    mantissa, mark, exponent = cell.lstrip("-").partition("e")
    if not mark:
        body = f"<mn>{mantissa}</mn>" if mantissa[0].isdigit() else f"<mtext>{escape(mantissa.replace('inf', '∞'))}</mtext>"
        return _row(sign, body) if sign else body
    power = _row('<mo form="prefix">−</mo>', f"<mn>{exponent[1:]}</mn>") if exponent.startswith("-") else f"<mn>{exponent}</mn>"
    times = "" if mantissa == "1" else f"<mn>{mantissa}</mn><mo>·</mo>"
    return _row(sign, times, f"<msup><mn>10</mn>{power}</msup>")


def _matrix(rows: tuple[tuple[str, ...], ...]) -> str:
    body = "".join(f"<mtr>{''.join(f'<mtd>{_cell(cell)}</mtd>' for cell in row)}</mtr>" for row in rows)
    return bracketed(f"<mtable>{body}</mtable>", "[]")
