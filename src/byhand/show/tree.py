"""The notation tree: one formula as people write it, before any of its spellings.

``notation.py`` makes trees from expressions; ``plain.py``, ``unicode.py``, ``latex.py``, ``mathml.py`` and the terminal's
boxes are tables over this one closed union.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from byhand.lang.names import Name
from byhand.lang.sizes import Poly, Shape, Size


@dataclass(frozen=True, slots=True)
class Sym:
    """A quantity by its name. ``delta``: a gradient to be spelled δ_z rather than ∂L/∂z."""

    name: Name
    delta: bool = False


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
    """Numbers put in for a name: already formatted entries, as rows. A vector is one column or one row."""

    rows: tuple[tuple[str, ...], ...]
    kind: Literal["scalar", "column", "row", "matrix", "elided"] = "matrix"


@dataclass(frozen=True, slots=True)
class Filled:
    """An array with one number everywhere: ones carry their size."""

    value: Poly
    shape: Shape


@dataclass(frozen=True, slots=True)
class Identity:
    size: Size


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms with their signs: (negative?, term)."""

    terms: tuple[tuple[bool, Tree], ...]


@dataclass(frozen=True, slots=True)
class Product:
    """``scale``: a scalar times anything. ``dot`` and ``outer`` are of vectors; rows or columns as the conventions say."""

    kind: Literal["matmul", "hadamard", "scale", "dot", "outer"]
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
class Reduced:
    """A sum over axes in matrix notation: all of them, or some, kept as axes of size 1 (rowsum, colsum) or not."""

    body: Tree
    axes: tuple[int, ...]
    rank: int
    keepdims: bool


@dataclass(frozen=True, slots=True)
class Sigma:
    """A sum over index letters, its body in index notation."""

    letters: tuple[str, ...]
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
    """NumPy's indexing by fixed numbers: x[0], X[1:3, :], W[[0, 2]]."""

    base: Tree
    at: str


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
    | Reduced
    | Sigma
    | Entry
    | Comprehension
    | Kronecker
    | Subscript
)
