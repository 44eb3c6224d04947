"""A notation tree as one line of Unicode text."""

from __future__ import annotations

from fractions import Fraction
from typing import assert_never

from byhand.lang.sizes import Monomial, Poly, Shape, Size
from byhand.show.brackets import Place, needs_brackets, starts_with_digit
from byhand.show.names import is_bare, text_name
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
)

HIGH = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
HALF = "½"


def text(tree: Tree) -> str:
    """One line for the terminal."""
    match tree:
        case Sym():
            return text_name(tree)
        case Numeral(value):
            return text_number(value)
        case Constant(name):
            return "π" if name == "pi" else name
        case Array():
            return _array(tree)
        case Filled(value, shape):
            return f"{'𝟏' if value else '𝟎'}{text_foot(text_shape(shape))}"
        case Identity(size):
            return f"I{text_foot(text_size(size))}"
        case Sum(terms):
            return _sum(terms)
        case Product(kind, left, right):
            return _product(kind, left, right)
        case Quotient(top, bottom):
            return f"{_at(top, Place.TOP)} / {_at(bottom, Place.BOTTOM)}"
        case Power(base, exponent):
            return _at(base, Place.BASE) + text_exponent(exponent)
        case Transposed(base):
            return _at(base, Place.BASE) + "ᵀ"
        case Inverted(base):
            return _at(base, Place.BASE) + "⁻¹"
        case Function():
            return _function(tree)
        case Sigma(letters, body):
            return f"Σ{text_foot(''.join(letters))} {_at(body, Place.TERM)}"
        case Ranged(body=body):
            return f"{text_ranged(tree)} {_at(body, Place.TERM)}"
        case Entry(base, at):
            return text_indexed(base) + text_foot(indices(at))
        case Comprehension(body, letters):
            return f"[{text(body)}]_{{{indices(letters)}}}"
        case Kronecker(left, right):
            return f"δ_{{{indices((left, right))}}}"
        case Subscript(base, at):
            return f"{_at(base, Place.BASE)}[{at}]"
        case Member(base, shape, facts):
            power = text_shape(shape)
            space = f"ℝ^{power}" if power.isalnum() else f"ℝ^({power})" if shape else "ℝ"
            return ", ".join([f"{text(base)} ∈ {space}", *facts])
        case Listing(items):
            return f"[{', '.join(map(text, items))}]"
        case Setting(words):
            return words
        case Forms(_, math):
            return text(math)
        case _:
            assert_never(tree)


def _at(tree: Tree, place: Place) -> str:
    return f"({text(tree)})" if needs_brackets(tree, place, fractions=False) else text(tree)


def _sum(terms: tuple[tuple[bool, Tree], ...]) -> str:
    (negative, first), *rest = terms
    parts = [("−" if negative else "") + _at(first, Place.TERM)]
    return " ".join(parts + [f"{'−' if minus else '+'} {_at(term, Place.TERM)}" for minus, term in rest])


def _product(kind: str, left: Tree, right: Tree) -> str:
    if kind == "hadamard":
        return f"{_at(left, Place.HADAMARD_LEFT)} ⊙ {_at(right, Place.HADAMARD_RIGHT)}"
    if kind == "matmul":
        return f"{_at(left, Place.MATRIX_LEFT)} {_at(right, Place.MATRIX_RIGHT)}"
    sign = " · " if starts_with_digit(right) else " "
    return f"{_at(left, Place.SCALE_LEFT)}{sign}{_at(right, Place.SCALE_RIGHT)}"


def _function(tree: Function) -> str:
    inside = ", ".join([*map(text, tree.args), *(f"{key}={value}" for key, value in tree.options)])
    if tree.name == "abs":
        return f"|{inside}|"
    if tree.name == "factorial":
        return f"{_at(tree.args[0], Place.BASE)}!"
    return f"{tree.symbol[0] if tree.symbol else tree.name}({inside})"


def text_indexed(base: Tree) -> str:
    """What an index stands at: a bare name, an application, or brackets."""
    base = mathematical(base)
    bare = is_bare(base) if isinstance(base, Sym) else isinstance(base, Function) and base.name not in ("abs", "sqrt")
    return text(base) if bare else f"({text(base)})"


def text_foot(index: str) -> str:
    return f"_{index}" if index.isalnum() and (len(index) == 1 or index.isdigit()) else f"_{{{index}}}"


def text_ranged(tree: Ranged) -> str:
    """The sign with the range of its index."""
    low, high = (text_size(end).replace(" ", "") for end in (tree.low, tree.high))
    return f"{'Σ' if tree.kind == 'sum' else '∏'}_{{{tree.letter}={low}}}^{high if high.isalnum() else f'{{{high}}}'}"


def text_exponent(exponent: Tree) -> str:
    written = text(exponent)
    whole = mathematical(exponent)
    if written.isalpha() and (isinstance(whole, Numeral) or (isinstance(whole, Sym) and len(written) == 1 and written != "T")):  # x^T is a transpose
        return f"^{written}"
    return written.translate(HIGH) if all(c in "0123456789-*" for c in written) else f"^({written})"


def indices(at: tuple[str, ...]) -> str:
    """Letters stand together; slices and computed indices are kept apart by commas."""
    return ("" if all(len(index) == 1 and index.isalpha() for index in at) else ",").join(at)


# ------------------------------------------------------------------------------------- numbers and sizes


def text_number(value: Poly, times: str = " ") -> str:
    return " + ".join(_term(*term, times) for term in in_order(value)).replace("+ −", "− ") or "0"


def _term(monomial: Monomial, value: Fraction, times: str) -> str:
    above, below = top_and_bottom(monomial, value)
    sign = "−" if value < 0 else ""
    if not monomial and abs(value) * 2 == 1:
        return sign + HALF
    top, bottom = _factors(above, times), _factors(below, times)
    if len(above) > 1 and below:
        top = f"({top})"
    return f"{sign}{top}" + (f"/({bottom})" if len(below) > 1 else f"/{bottom}" if below else "")


def _factors(factors: list[tuple[str, int]], times: str) -> str:
    return times.join(text_name(Sym(base)) + (str(power).translate(HIGH) if power != 1 else "") for base, power in factors)


def text_size(size: Size) -> str:
    """A size, as it stands at the foot of 𝟏 and I: 2*n + 1."""
    return text_number(Poly.of(size), times="*")


def text_shape(shape: Shape) -> str:
    sizes = list(map(text_size, shape))
    return sizes[0] if len(sizes) == 1 else "×".join(f"({size})" if " " in size else size for size in sizes)


def _array(tree: Array) -> str:
    rows = [[cell.replace("-", "−") if not cell[1:].count("e") else cell for cell in row] for row in tree.rows]
    match tree.kind:
        case "scalar":
            return rows[0][0]
        case "column":
            return f"[{', '.join(row[0] for row in rows)}]"
        case "row":
            return f"[{', '.join(rows[0])}]"
        case "matrix" | "elided":
            listed = ", ".join(f"[{', '.join(row)}]" for row in rows)
            return f"[{listed}]"
        case _:
            assert_never(tree.kind)
