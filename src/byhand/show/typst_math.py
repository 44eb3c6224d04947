"""A notation tree as Typst mathematics: signs as the characters they are, words as strings, commas escaped since functions have arguments."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import assert_never

from byhand.lang.names import Grad, Updated
from byhand.lang.sizes import Monomial, Poly, Shape, Size
from byhand.show.brackets import Place, needs_brackets, starts_with_digit
from byhand.show.names import GREEK, MOST_PRIMES, is_bare, member, parts, under_hat
from byhand.show.numbers import in_order, top_and_bottom
from byhand.show.quantities import quantities
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
from byhand.show.typst_text import literal, words

COMMA = "\\, "
THIN = " thin "


def typst_words(text: str) -> str:
    """Plain text, with the quantities in it as mathematics."""
    return "".join(words(piece) if isinstance(piece, str) else f"${typst_math(piece)}$" for piece in quantities(text))


def typst_math(tree: Tree) -> str:
    """Mathematics, without the dollars; its brackets are balanced."""
    match tree:
        case Sym():
            return typst_name(tree)
        case Numeral(value):
            return _number(value)
        case Constant(name):
            return "π" if name == "pi" else "upright(e)"
        case Array(rows, kind):
            return _cell(rows[0][0]) if kind == "scalar" else _matrix(rows)
        case Filled(value, shape):
            return f"{'𝟏' if value else '𝟎'}_({_shape(shape)})"
        case Identity(size):
            return f"I_({_size(size)})"
        case Sum(terms):
            return _sum(terms)
        case Product(kind, left, right):
            return _product(kind, left, right)
        case Quotient(top, bottom):
            return f"frac({typst_math(top)}, {typst_math(bottom)})"
        case Power(base, exponent):
            return f"{_at(base, Place.BASE)}^({_exponent(exponent)})"
        case Transposed(base):
            return _transposed(mathematical(base))
        case Inverted(base):
            return f"{_at(base, Place.BASE)}^(−1)"
        case Function():
            return _function(tree)
        case Sigma(letters, body):
            return f"∑_({' '.join(letters)}) {_at(body, Place.TERM)}"
        case Ranged(kind, letter, low, high, body):
            return f"{'sum' if kind == 'sum' else 'product'}_({letter} = {_number(low, bars=False)})^({_number(high, bars=False)}) {_at(body, Place.TERM)}"
        case Entry(base, at):
            return f"{_indexed(mathematical(base))}_({_indices(at)})"
        case Comprehension(body, letters):
            return f"[{typst_math(body)}]_({_indices(letters)})"
        case Kronecker(left, right):
            return f"δ_({_indices((left, right))})"
        case Subscript(base, at):
            return f"{_at(base, Place.BASE)} [{literal(at)}]"
        case Member(base, shape, facts):
            said = "".join(literal(f", {fact}") for fact in facts)
            return f"{typst_math(base)} ∈ ℝ{f'^({_shape(shape)})' if shape else ''}{said}"
        case Listing(items):
            return f"[{COMMA.join(map(typst_math, items))}]"
        case Setting(text):
            return literal(text)
        case Forms(_, math):
            return typst_math(math)
        case _:
            assert_never(tree)


def bracketed(inside: str) -> str:
    """Brackets grow by themselves."""
    return f"({inside})"


def _at(tree: Tree, place: Place) -> str:
    return bracketed(typst_math(tree)) if needs_brackets(tree, place, fractions=True) else typst_math(tree)


def _sum(terms: tuple[tuple[bool, Tree], ...]) -> str:
    (negative, first), *rest = terms
    done = [("−" if negative else "") + _at(first, Place.TERM)]
    return " ".join(done + [f"{'−' if minus else '+'} {_at(term, Place.TERM)}" for minus, term in rest])


def _product(kind: str, left: Tree, right: Tree) -> str:
    if kind == "hadamard":
        return f"{_at(left, Place.HADAMARD_LEFT)} ⊙ {_at(right, Place.HADAMARD_RIGHT)}"
    if kind == "matmul":
        return f"{_at(left, Place.MATRIX_LEFT)}{THIN}{_at(right, Place.MATRIX_RIGHT)}"
    sign = " ⋅ " if starts_with_digit(right) and not isinstance(mathematical(right), Quotient) else THIN
    return f"{_at(left, Place.SCALE_LEFT)}{sign}{_at(right, Place.SCALE_RIGHT)}"


def _exponent(exponent: Tree) -> str:
    """Numbers in an exponent stay on one line."""
    exponent = mathematical(exponent)
    return _number(exponent.value, bars=False) if isinstance(exponent, Numeral) else typst_math(exponent)


def _transposed(base: Tree) -> str:
    if isinstance(base, Array) and base.kind in ("column", "row"):
        return _matrix(turned(base.rows))
    return f"{_at(base, Place.BASE)}^⊤"


def _function(tree: Function) -> str:
    settings = [f"upright({literal(key)}) = {literal(value)}" for key, value in tree.options]
    inside = COMMA.join([*map(typst_math, tree.args), *settings])
    if tree.name in ("sqrt", "abs"):
        return f"{tree.name}({inside})"
    if tree.name == "factorial":
        return f"{_at(tree.args[0], Place.BASE)} !"
    if tree.symbol:
        letters, _, foot = tree.symbol[0].partition("_")
        name = letters if len(letters) == 1 else f"op({literal(letters)})"
        return f"{name}{f'_{literal(foot)}' if foot else ''} {bracketed(inside)}"
    return f"op({literal(tree.name)}) {bracketed(inside)}"


def _indexed(base: Tree) -> str:
    bare = is_bare(base) if isinstance(base, Sym) else isinstance(base, Function) and base.name not in ("abs", "sqrt")
    return typst_math(base) if bare else bracketed(typst_math(base))


def _indices(at: tuple[str, ...]) -> str:
    """Letters stand together; slices and computed indices are kept apart by commas."""
    alone = all(len(index) == 1 and index.isalpha() for index in at)
    return (" " if alone else "\\,").join(index if len(index) == 1 and index.isalnum() else literal(index) for index in at)


# -------------------------------------------------------------------------------------------------- names


def typst_name(sym: Sym) -> str:
    match sym.name:
        case str(name):
            return _name(name)
        case Updated(name, times):
            return f"{_name(name)}^({'′' * times if times <= MOST_PRIMES else f'({times})'})"
        case Grad(of, wrt):
            if sym.name.twice is not None:
                of, first = map(_name, sym.name.twice)
                below = f"{first}^2" if first == _name(wrt) else f"{first} ∂{_name(wrt)}"
                return f"frac(∂^2 {of}, ∂{below})"
            if sym.gradient == "delta":
                return f"δ_({_name(wrt)})"
            return _name(wrt, bar=True) if sym.gradient == "bar" else f"frac(∂{_name(of)}, ∂{_name(wrt)})"


def _name(name: str, bar: bool = False) -> str:
    if name.endswith("*"):
        return f"{_name(name[:-1], bar)}^(*)"
    inside = member(name)
    if inside is not None:
        return f"{_name(inside[0], bar)}_({COMMA.join(_index(part) for part in inside[1].split(','))})"
    spelled = parts(name)
    if spelled is None:
        return _barred(f"italic({literal(name)})", bar)
    letters = GREEK.get(spelled.letters, (spelled.letters,))[0]
    under = under_hat(letters) if not bar else ""
    base = f"hat({under})" if under else _barred(letters if len(letters) == 1 else f"italic({literal(letters)})", bar)
    foot = spelled.digits or spelled.tail
    return f"{base}_({foot if foot.isdigit() else literal(foot)})" if foot else base


def _index(text: str) -> str:
    """An index such as l − 1; nothing of it is a word of Typst's."""
    parts = re.findall(r"\w+|\W", text.replace("-", "−"))
    return " ".join(part if part.isdigit() or (len(part) == 1 and (part.isalpha() or part in "−+")) else literal(part) for part in parts)


def _barred(letters: str, bar: bool) -> str:
    if not bar:
        return letters
    return f"macron({letters})" if len(letters) == 1 else f"overline({letters})"


# ------------------------------------------------------------------------------------- numbers and sizes


def _number(value: Poly, bars: bool = True) -> str:
    return " + ".join(_term(*term, bars) for term in in_order(value)).replace("+ −", "− ") or "0"


def _term(monomial: Monomial, value: Fraction, bars: bool) -> str:
    above, below = top_and_bottom(monomial, value)
    if bars and not monomial and abs(value) * 2 == 1:
        above, below = [("1", 1)], [("2", 1)]
    sign = "−" if value < 0 else ""
    top = _factors(above)
    if not below:
        return sign + top
    if bars:
        return f"{sign}inline(frac({top}, {_factors(below)}))"
    return f"{sign}{top}\\/{_factors(below) if len(below) == 1 else bracketed(_factors(below))}"


def _factors(factors: list[tuple[str, int]]) -> str:
    return THIN.join(_base(base) + (f"^({power})" if power != 1 else "") for base, power in factors)


def _base(base: str) -> str:
    return _name(base) if base[0].isalpha() else _cell(base)


def _cell(cell: str) -> str:
    """A formatted number: ``1.2e-5`` as a power of ten."""
    sign, size = ("−", cell[1:]) if cell.startswith("-") else ("", cell)
    mantissa, mark, exponent = size.partition("e")
    if mark and exponent.lstrip("-").isdigit():
        times = "" if mantissa == "1" else f"{mantissa} ⋅ "
        return f"{sign}{times}10^({exponent.replace('-', '−')})"
    return sign + (size if size[:1].isdigit() else {"inf": "∞", "⋯": "⋯", "⋮": "⋮", "⋱": "⋱"}.get(size) or literal(size))


def _size(size: Size) -> str:
    return _number(Poly.of(size), bars=False)


def _shape(shape: Shape) -> str:
    sizes = list(map(_size, shape))
    return sizes[0] if len(sizes) == 1 else " × ".join(f"({size})" if " + " in size or " − " in size else size for size in sizes)


def _matrix(rows: tuple[tuple[str, ...], ...]) -> str:
    body = "; ".join(", ".join(map(_cell, row)) for row in rows)
    return f'display(mat(delim: "[", {body}))'
