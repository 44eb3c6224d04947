"""What models share: sums and products with a symbolic number of terms, and what was found in a region before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from byhand.lang.expr import Expr, Var
from byhand.lang.sizes import Poly, Shape
from byhand.read.syntax import Tree
from byhand.sheets.families.indices import Bound, Env, Index, Region
from byhand.sheets.families.system import Equation

if TYPE_CHECKING:
    from byhand.sheets.families.model import Model


@dataclass(frozen=True, slots=True)
class Atom:
    """A sum or a product with a symbolic number of terms: ``term`` gives the one at an index, in a region for the letter."""

    kind: str
    bound: Bound
    term: Callable[[Model, Poly], Expr]
    key: Callable[[Poly], str]
    body: Tree | None = None
    env: Env = field(default_factory=dict[str, Poly])
    shape: Shape | None = None


Values = tuple[tuple[str, Poly], ...]


@dataclass(slots=True)
class View:
    """Members and formulas seen from one layer, apart from those with gradients; trees are kept, so that no other one gets their ``id``."""

    known: dict[tuple[str, Index], Expr] = field(default_factory=dict[tuple[str, Index], Expr])
    formulas: dict[tuple[int, Values], tuple[Tree, Expr]] = field(default_factory=dict[tuple[int, Values], tuple[Tree, Expr]])
    atoms: dict[Var, Atom] = field(default_factory=dict[Var, Atom])
    keys: dict[str, Var] = field(default_factory=dict[str, Var])


@dataclass(slots=True)
class Memo:
    """What was found in one region before. ``inner``: the same for regions with more letters."""

    views: dict[str, View] = field(default_factory=dict[str, View])
    nodes: dict[tuple[str, Index], Var] = field(default_factory=dict[tuple[str, Index], Var])
    matches: dict[tuple[str, Index], tuple[Equation, Env]] = field(default_factory=dict[tuple[str, Index], tuple[Equation, Env]])
    shapes: dict[str, Shape] = field(default_factory=dict[str, Shape])
    inner: dict[int, tuple[Region, Memo]] = field(default_factory=dict[int, "tuple[Region, Memo]"])

    def view(self, stance: str) -> View:
        return self.views.setdefault(stance, View())

    def within(self, region: Region) -> Memo:
        return self.inner.setdefault(id(region), (region, Memo()))[1]


Opaque = Callable[[str, Index], bool]
Gradients = Callable[["Model", str, str, Index], Expr]


Policy = Callable[[Poly], tuple[Opaque, Gradients]]
"""What stands for itself, given where one looks from."""
