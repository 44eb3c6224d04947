"""The notation tree: one formula as people write it, before any of its spellings.

``notation.py`` makes trees from expressions; ``plain.py``, ``unicode.py``, ``latex.py``, ``mathml.py`` and the terminal's
boxes are tables over this one closed union. Vectors have been made rows or columns already: a dot product is a
matrix product with a ``Transposed``. Where NumPy's spelling and mathematics' differ in more than signs, ``Forms`` holds both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

from byhand.lang.names import Name
from byhand.lang.sizes import Poly, Shape, Size

Gradients: TypeAlias = Literal["partial", "delta", "bar"]


@dataclass(frozen=True, slots=True)
class Sym:
    """A quantity by its name. ``gradient``: whether a gradient is spelled ∂L/∂z, δ_z or z̄."""

    name: Name
    gradient: Gradients = "partial"


@dataclass(frozen=True, slots=True)
class Numeral:
    """An exact number, possibly over sizes; never negative (``Sum`` carries signs) except alone."""

    value: Poly


@dataclass(frozen=True, slots=True)
class Constant:
    """π or e."""

    name: Literal["pi", "e"]


@dataclass(frozen=True, slots=True)
class Array:
    """Numbers put in for a name: already formatted entries, as rows. A vector is one column or one row.

    ``elided`` matrices have ``⋯``, ``⋮`` and ``⋱`` where rows and columns are left out.
    """

    rows: tuple[tuple[str, ...], ...]
    kind: Literal["scalar", "column", "row", "matrix", "elided"] = "matrix"


@dataclass(frozen=True, slots=True)
class Filled:
    """Ones or zeros with their shape."""

    value: Literal[0, 1]
    shape: Shape


@dataclass(frozen=True, slots=True)
class Identity:
    size: Size


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms with their signs: (negative?, term). A single negative term is −x."""

    terms: tuple[tuple[bool, Tree], ...]


@dataclass(frozen=True, slots=True)
class Product:
    """``scale``: a scalar times anything."""

    kind: Literal["matmul", "hadamard", "scale"]
    left: Tree
    right: Tree


@dataclass(frozen=True, slots=True)
class Quotient:
    """Elementwise, as in NumPy."""

    top: Tree
    bottom: Tree


@dataclass(frozen=True, slots=True)
class Power:
    """Elementwise, as in NumPy."""

    base: Tree
    exponent: Tree


@dataclass(frozen=True, slots=True)
class Transposed:
    base: Tree


@dataclass(frozen=True, slots=True)
class Inverted:
    base: Tree


@dataclass(frozen=True, slots=True)
class Function:
    """A function applied; ``symbol`` is (Unicode, LaTeX) where mathematics writes the name differently."""

    name: str
    args: tuple[Tree, ...]
    options: tuple[tuple[str, str], ...] = ()
    symbol: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Sigma:
    """A sum over index letters, its body in index notation."""

    letters: tuple[str, ...]
    body: Tree


@dataclass(frozen=True, slots=True)
class Ranged:
    """A sum or a product over an index with its range: ∏_{k=0}^{L−1} body, the factors in the order of the index."""

    kind: Literal["sum", "prod"]
    letter: str
    low: Poly
    high: Poly
    body: Tree


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, or with ``:`` one slice: base_{i,:}."""

    base: Tree
    at: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comprehension:
    """[body]_{ij}: the array whose entries the body gives in index notation."""

    body: Tree
    letters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kronecker:
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Subscript:
    """NumPy's indexing by fixed numbers: x[0], X[1:3, :], W[[0, 2]], v[:, None]."""

    base: Tree
    at: str


@dataclass(frozen=True, slots=True)
class Member:
    """What is declared of a quantity without numbers: X ∈ ℝ^{m×n}, and facts in words."""

    base: Tree
    shape: Shape
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Things in brackets with commas: the parts of a concatenation, the matrices of a stack."""

    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """A structural argument, such as a shape, the same in every spelling."""

    text: str


@dataclass(frozen=True, slots=True)
class Forms:
    """The same thing as NumPy writes it and as mathematics does."""

    plain: Tree
    math: Tree


Tree: TypeAlias = (
    Sym
    | Numeral
    | Constant
    | Array
    | Filled
    | Identity
    | Sum
    | Product
    | Quotient
    | Power
    | Transposed
    | Inverted
    | Function
    | Sigma
    | Ranged
    | Entry
    | Comprehension
    | Kronecker
    | Subscript
    | Member
    | Listing
    | Setting
    | Forms
)


_TURNED = {"⋯": "⋮", "⋮": "⋯"}


def turned(rows: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """The entries of a transpose; the dots of left-out entries turn with them."""
    columns: list[tuple[str, ...]] = list(zip(*rows))
    return tuple(tuple(_TURNED.get(cell, cell) for cell in column) for column in columns)


def mathematical(tree: Tree) -> Tree:
    """The tree as mathematics writes it, at its root."""
    while isinstance(tree, Forms):
        tree = tree.math
    return tree


def parts_of(tree: Tree) -> tuple[Tree, ...]:
    """The direct parts of a tree."""
    parts: list[Tree] = []

    def note(part: Tree) -> Tree:
        parts.append(part)
        return part

    rebuilt(tree, note)
    return tuple(parts)


def rebuilt(tree: Tree, change: Callable[[Tree], Tree]) -> Tree:
    """The same tree with each of its direct parts changed."""
    match tree:
        case Sym() | Numeral() | Constant() | Array() | Filled() | Identity() | Kronecker() | Setting():
            return tree
        case Sum(terms):
            return Sum(tuple((negative, change(term)) for negative, term in terms))
        case Product(kind, left, right):
            return Product(kind, change(left), change(right))
        case Quotient(top, bottom):
            return Quotient(change(top), change(bottom))
        case Power(base, exponent):
            return Power(change(base), change(exponent))
        case Transposed(base):
            return Transposed(change(base))
        case Inverted(base):
            return Inverted(change(base))
        case Function(name, args, options, symbol):
            return Function(name, tuple(map(change, args)), options, symbol)
        case Sigma(letters, body):
            return Sigma(letters, change(body))
        case Ranged(kind, letter, low, high, body):
            return Ranged(kind, letter, low, high, change(body))
        case Entry(base, at):
            return Entry(change(base), at)
        case Comprehension(body, letters):
            return Comprehension(change(body), letters)
        case Subscript(base, at):
            return Subscript(change(base), at)
        case Member(base, shape, facts):
            return Member(change(base), shape, facts)
        case Listing(items):
            return Listing(tuple(map(change, items)))
        case Forms(plain, math):
            return Forms(change(plain), change(math))
        case _:
            assert_never(tree)
