"""The syntax tree of a formula: what was written, before names and shapes give it a meaning."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class At:
    """A place in the sheet, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Number:
    value: Fraction
    text: str
    at: At


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    at: At


@dataclass(frozen=True, slots=True)
class Text:
    """A string, such as the settings of a function."""

    text: str
    at: At


@dataclass(frozen=True, slots=True)
class Listed:
    """[a, b, …]"""

    items: tuple[Tree, ...]
    at: At


@dataclass(frozen=True, slots=True)
class Grouped:
    """(a, b), (a,) or (): several things in round brackets."""

    items: tuple[Tree, ...]
    at: At


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms with their signs: (negative?, term)."""

    terms: tuple[tuple[bool, Tree, At], ...]
    at: At


@dataclass(frozen=True, slots=True)
class Chain:
    """Operators of one strength, from left to right: ``*``, ``/``, ``@``, ``·``, ``⊙``, ``⊗``."""

    first: Tree
    rest: tuple[tuple[str, Tree, At], ...]
    at: At


@dataclass(frozen=True, slots=True)
class Juxtaposed:
    """Factors side by side, as on paper."""

    factors: tuple[Tree, ...]
    at: At


@dataclass(frozen=True, slots=True)
class Negative:
    body: Tree
    at: At


@dataclass(frozen=True, slots=True)
class Raised:
    """``mark`` tells NumPy's ``**`` from the ``^`` of paper, which makes A^(-1) an inverse."""

    base: Tree
    exponent: Tree
    mark: Literal["**", "^"]
    at: At


@dataclass(frozen=True, slots=True)
class Transposed:
    """The transpose of paper: ᵀ, ^T, ^\\top."""

    base: Tree
    at: At


@dataclass(frozen=True, slots=True)
class Primed:
    """W′: a transpose, or W after a step."""

    base: Tree
    count: int
    at: At


@dataclass(frozen=True, slots=True)
class Attribute:
    base: Tree
    name: str
    at: At


@dataclass(frozen=True, slots=True)
class Applied:
    """f(a, b, option=c)."""

    function: Tree
    args: tuple[Tree, ...]
    options: tuple[tuple[str, Tree], ...]
    at: At


@dataclass(frozen=True, slots=True)
class Range:
    """start:stop:step inside an index."""

    start: Tree | None
    stop: Tree | None
    step: Tree | None
    at: At


@dataclass(frozen=True, slots=True)
class Indexed:
    """x[0], X[:, 1]."""

    base: Tree
    items: tuple[Tree, ...]
    at: At


@dataclass(frozen=True, slots=True)
class Subscripted:
    """A subscript that is either part of a name (W_1) or indices (Z_{i,:})."""

    base: Tree
    text: str
    at: At


@dataclass(frozen=True, slots=True)
class Bars:
    """|x|, or with double bars ‖x‖."""

    body: Tree
    double: bool
    at: At


@dataclass(frozen=True, slots=True)
class Sigma:
    """Σ over the indices in its subscript; without one, over all entries."""

    subscript: str
    upper: Tree | None
    body: Tree
    at: At


@dataclass(frozen=True, slots=True)
class Derivative:
    """dL/dW, ∂L/∂W. ``unsure``: spelled with d, so that it may turn out to be a quotient of names."""

    of: str
    wrt: str
    unsure: bool
    awkward: bool
    at: At


@dataclass(frozen=True, slots=True)
class Over:
    """An index letter with its range, ends included: ``k in 0..L-1``. A range whose upper end lies below the lower one is empty."""

    letter: str
    low: Tree
    high: Tree


@dataclass(frozen=True, slots=True)
class Ranged:
    """A sum or a product over ranges of indices: ``prod(W[k] for k in 1..L)``; the factors stand in the order of the index.

    ``all`` is a claim about every index: ``show(a[l] == b[l] for l in 1..L)``.
    """

    kind: Literal["sum", "prod", "all"]
    body: Tree
    over: tuple[Over, ...]
    at: At


@dataclass(frozen=True, slots=True)
class Comparison:
    op: str
    left: Tree
    right: Tree
    at: At


Tree: TypeAlias = (
    Number
    | Name
    | Text
    | Listed
    | Grouped
    | Sum
    | Chain
    | Juxtaposed
    | Negative
    | Raised
    | Transposed
    | Primed
    | Attribute
    | Applied
    | Range
    | Indexed
    | Subscripted
    | Bars
    | Sigma
    | Derivative
    | Ranged
    | Comparison
)


def parts(tree: Tree) -> list[Tree]:
    """The direct parts of arithmetic, from which sizes and index notation are made; other pieces count as whole."""
    match tree:
        case Juxtaposed(items) | Grouped(items):
            return list(items)
        case Sum(terms):
            return [term for _, term, _ in terms]
        case Chain(first, rest):
            return [first, *(part for _, part, _ in rest)]
        case Negative(body) | Bars(body) | Sigma(body=body):
            return [body]
        case Raised(base, exponent):
            return [base, exponent]
        case Applied(name, args):
            return [name, *args]
        case _:
            return []
