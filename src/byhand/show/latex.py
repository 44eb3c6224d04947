"""A notation tree as LaTeX mathematics, for MathJax, KaTeX, GitHub and pdflatex with amsmath."""

from __future__ import annotations

from fractions import Fraction
from typing import assert_never

from byhand.lang.sizes import Monomial, Poly, Shape, Size
from byhand.show.brackets import Place, needs_brackets, starts_with_digit
from byhand.show.names import is_bare, latex_name
from byhand.show.numbers import in_order, top_and_bottom
from byhand.show.plain import plain_number
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
from byhand.show.unicode import indices

OPERATORS = frozenset({"exp", "log", "sin", "cos", "tanh", "max", "min"})
TALL = (r"\frac", r"\sum", r"\prod", r"\begin", r"\left")


def latex(tree: Tree) -> str:
    """LaTeX, without the dollars."""
    match tree:
        case Sym():
            return latex_name(tree)
        case Numeral(value):
            return latex_number(value)
        case Constant(name):
            return r"\pi" if name == "pi" else name
        case Array():
            return _array(tree)
        case Filled(value, shape):
            return rf"\mathbf{{{value}}}_{{{_shape(shape)}}}"
        case Identity(size):
            return f"I_{{{_size(size)}}}"
        case Sum(terms):
            return _sum(terms)
        case Product(kind, left, right):
            return _product(kind, left, right)
        case Quotient(top, bottom):
            return rf"\frac{{{latex(top)}}}{{{latex(bottom)}}}"
        case Power(base, exponent):
            return f"{_at(base, Place.BASE)}^{{{_exponent(exponent)}}}"
        case Transposed(base):
            return _transposed(mathematical(base))
        case Inverted(base):
            return f"{_at(base, Place.BASE)}^{{-1}}"
        case Function():
            return _function(tree)
        case Sigma(letters, body):
            return rf"\sum_{{{''.join(letters)}}} {_at(body, Place.TERM)}"
        case Ranged(kind, letter, low, high, body):
            return rf"\{kind}_{{{letter}={_size(low)}}}^{{{_size(high)}}} {_at(body, Place.TERM)}"
        case Entry(base, at):
            return f"{_indexed(mathematical(base))}_{{{_foot(at)}}}"
        case Comprehension(body, letters):
            return rf"\left[{latex(body)}\right]_{{{indices(letters)}}}"
        case Kronecker(left, right):
            return rf"\delta_{{{indices((left, right))}}}"
        case Subscript(base, at):
            return f"{_at(base, Place.BASE)}[{_setting(at)}]"
        case Member(base, shape, facts):
            words = "".join(rf"\text{{, {fact}}}" for fact in facts)
            return rf"{latex(base)} \in \mathbb{{R}}{f'^{{{_shape(shape)}}}' if shape else ''}{words}"
        case Listing(items):
            return _listing(items)
        case Setting(words):
            return _setting(words)
        case Forms(_, math):
            return latex(math)
        case _:
            assert_never(tree)


def bracketed(inside: str) -> str:
    return rf"\left({inside}\right)"


def _at(tree: Tree, place: Place) -> str:
    return bracketed(latex(tree)) if needs_brackets(tree, place, fractions=True) else latex(tree)


def _sum(terms: tuple[tuple[bool, Tree], ...]) -> str:
    (negative, first), *rest = terms
    parts = [("-" if negative else "") + _at(first, Place.TERM)]
    return " ".join(parts + [f"{'-' if minus else '+'} {_at(term, Place.TERM)}" for minus, term in rest])


def _product(kind: str, left: Tree, right: Tree) -> str:
    if kind == "hadamard":
        return rf"{_at(left, Place.HADAMARD_LEFT)} \odot {_at(right, Place.HADAMARD_RIGHT)}"
    if kind == "matmul":
        return rf"{_at(left, Place.MATRIX_LEFT)}\,{_at(right, Place.MATRIX_RIGHT)}"
    sign = r" \cdot " if starts_with_digit(right) and not isinstance(mathematical(right), Quotient) else r"\,"
    return f"{_at(left, Place.SCALE_LEFT)}{sign}{_at(right, Place.SCALE_RIGHT)}"


def _exponent(exponent: Tree) -> str:
    """Numbers in an exponent stay on one line."""
    exponent = mathematical(exponent)
    return plain_number(exponent.value).replace("*", r"\,") if isinstance(exponent, Numeral) else latex(exponent)


def _transposed(base: Tree) -> str:
    if isinstance(base, Array) and base.kind in ("column", "row"):
        return _matrix(turned(base.rows))
    return rf"{_at(base, Place.BASE)}^{{\top}}"


def _function(tree: Function) -> str:
    settings = [rf"\mathrm{{{key}}}={_setting(value)}" for key, value in tree.options]
    inside = ", ".join([*map(latex, tree.args), *settings])
    if tree.name == "sqrt":
        return rf"\sqrt{{{inside}}}"
    if tree.name == "abs":
        return rf"\left|{inside}\right|"
    if tree.name == "factorial":
        return f"{_at(tree.args[0], Place.BASE)}!"
    name = tree.symbol[1] if tree.symbol else rf"\{tree.name}" if tree.name in OPERATORS else rf"\operatorname{{{_escaped(tree.name)}}}"
    return name + (bracketed(inside) if any(word in inside for word in TALL) else f"({inside})")


def _listing(items: tuple[Tree, ...]) -> str:
    inside = ", ".join(map(latex, items))
    return rf"\left[{inside}\right]"


def _indexed(base: Tree) -> str:
    bare = is_bare(base) if isinstance(base, Sym) else isinstance(base, Function) and base.name not in ("abs", "sqrt")
    return latex(base) if bare else bracketed(latex(base))


def _setting(words: str) -> str:
    return _escaped(words).replace("None", r"\mathrm{None}").replace("True", r"\mathrm{True}").replace("⋯", r"\cdots")


def _escaped(words: str) -> str:
    return words.replace("_", r"\_")


# ------------------------------------------------------------------------------------- numbers and sizes


def latex_number(value: Poly, times: str = r"\,") -> str:
    return " + ".join(_term(*term, times) for term in in_order(value)).replace("+ -", "- ") or "0"


def _term(monomial: Monomial, value: Fraction, times: str) -> str:
    above, below = top_and_bottom(monomial, value)
    sign = "-" if value < 0 else ""
    if not monomial and abs(value) * 2 == 1:
        return rf"{sign}\tfrac{{1}}{{2}}"
    top = _factors(above, times)
    return sign + (rf"\tfrac{{{top}}}{{{_factors(below, times)}}}" if below else top)


def _factors(factors: list[tuple[str, int]], times: str) -> str:
    return times.join(_base(base) + (f"^{{{power}}}" if power != 1 else "") for base, power in factors)


def _base(base: str) -> str:
    return latex_name(Sym(base)) if base[0].isalpha() else latex_cell(base)


def _foot(at: tuple[str, ...]) -> str:
    """Indices, or a word such as max."""
    return rf"\text{{{at[0]}}}" if len(at) == 1 and len(at[0]) > 1 and at[0].isalpha() else indices(at).replace("−", "-")


def latex_cell(cell: str) -> str:
    """A formatted number: ``1.2e-5`` as a power of ten."""
    mantissa, mark, exponent = cell.partition("e")
    if mark and exponent.lstrip("-").isdigit():
        return rf"{mantissa.removesuffix('1')}10^{{{exponent}}}" if mantissa in ("1", "-1") else rf"{mantissa} \cdot 10^{{{exponent}}}"
    return {"⋯": r"\cdots", "⋮": r"\vdots", "⋱": r"\ddots", "inf": r"\infty", "-inf": r"-\infty", "nan": r"\text{nan}"}.get(cell, cell)


def _size(size: Size) -> str:
    return latex_number(Poly.of(size), times="*")


def _shape(shape: Shape) -> str:
    sizes = list(map(_size, shape))
    return sizes[0] if len(sizes) == 1 else r"\times ".join(f"({size})" if " + " in size or " - " in size else size for size in sizes)


def _array(tree: Array) -> str:
    return latex_cell(tree.rows[0][0]) if tree.kind == "scalar" else _matrix(tree.rows)


def _matrix(rows: tuple[tuple[str, ...], ...]) -> str:
    body = r" \\ ".join(" & ".join(map(latex_cell, row)) for row in rows)
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"
