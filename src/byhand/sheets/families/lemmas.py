"""Claims that were proved before, put in for the members that they speak of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr
from byhand.read.syntax import Tree
from byhand.sheets.families.indices import index_of, value
from byhand.sheets.families.model import Model


@dataclass(frozen=True, slots=True)
class Lemma:
    """A claim proved before: what a member is, or its gradient (of ``loss``), for the indices in ``points`` (depths first)."""

    loss: str
    name: str
    letters: tuple[str, ...]
    right: Tree
    points: frozenset[tuple[int, ...]]

    @property
    def begins(self) -> str:
        """How the variable that it speaks of is called where it stands for itself."""
        return f"{'∂' if self.loss else ''}{self.name}["

    def value(self, model: Model, depths: tuple[str, ...], name: str) -> Expr:
        """What it says of one member; ``ByhandError`` where it says nothing."""
        index = tuple(map(index_of, name[len(self.begins) : -1].split(",")))

        def known(point: Mapping[str, int]) -> bool:
            return (*(point[d] for d in depths), *(value(one, point) for one in index)) in self.points

        if len(index) != len(self.letters) or not model.region.always(known):
            raise ByhandError("nothing is known of this member.")
        return model.expr(self.right, dict(zip(self.letters, index)))
