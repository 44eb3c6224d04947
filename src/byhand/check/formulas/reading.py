"""Formulas as people write them, read with the names of an exercise; what could be meant besides is read too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from byhand.check.exercise.quantity import Quantity
from byhand.check.formulas.chainrule import chained
from byhand.check.formulas.indices import whole_arrays
from byhand.check.formulas.scope import Scopes
from byhand.check.formulas.spelling import Spelling, tidied
from byhand.lang.errors import ByhandError, ShapeError
from byhand.lang.expr import Expr
from byhand.lang.names import Grad
from byhand.read.elaborate import elaborate
from byhand.read.parse import parse_formula
from byhand.read.scope import Scope
from byhand.read.syntax import Tree

MOST_CHARACTERS = 5_000
MOST_DELTAS = 8


@dataclass(frozen=True, slots=True)
class Understood:
    """One way to read a formula. ``guess``: it counts only if the formula turns out to be right in this sense, which ``remarks`` say."""

    expr: Expr
    read_as: str
    remarks: tuple[str, ...] = ()
    guess: bool = False


@dataclass
class Readings:
    """Reads formulas for the quantities of one exercise."""

    scopes: Scopes

    def of(self, quantity: Quantity, text: str) -> Iterator[Understood]:
        """All ways to read a formula, the plain one first. Raises ``ByhandError`` at the end if no plain one was found."""
        if len(text) > MOST_CHARACTERS:
            raise ByhandError(f"the formula has {len(text):,} characters; the limit for an answer is {MOST_CHARACTERS:,}.")
        scope = self.scopes.of(quantity)
        tree = _parsed(tidied(text), scope)
        deltas = self._deltas(quantity)
        problem: ByhandError | None = None
        try:
            yield from self._plain(tree, scope, quantity, deltas[:1])
        except ByhandError as error:
            problem = error
        for scope, kept, remark in self._senses(quantity, scope, deltas):
            try:
                for found in self._plain(tree, scope, quantity, kept):
                    yield replace(found, remarks=(*found.remarks, *((remark,) if remark else ())), guess=True)
            except ByhandError:
                pass
        if problem is not None:
            raise problem

    def _senses(self, quantity: Quantity, scope: Scope, deltas: list[Grad]) -> Iterator[tuple[Scope, list[Grad], str]]:
        """Other scopes in which the formula could be meant."""
        turned = replace(scope, vectors="rows" if scope.vectors == "columns" else "columns")
        yield turned, deltas[:1], f"read with vectors as {turned.vectors}"
        newest = self.scopes.newest(quantity)
        if newest is not None:
            yield newest, deltas[:1], "read with the names for their values after the step"
        yield from ((scope, [one], "") for one in deltas[1:MOST_DELTAS])

    def _plain(self, tree: Tree, scope: Scope, quantity: Quantity, deltas: list[Grad]) -> Iterator[Understood]:
        """The formula in one scope: as it stands, as a product of local derivatives, or as the entries of an array."""
        spelling = Spelling(scope, deltas[0] if deltas else None, self.scopes.layers)
        meant = spelling.tree(tree)
        product = chained(meant, scope)
        if product is not None:
            yield Understood(*product, tuple(spelling.remarks))
            return
        problem: ByhandError | None = None
        try:
            reading = elaborate(meant, spelling.whole)
            yield Understood(reading.expr, reading.read_as, tuple(spelling.remarks))
        except ByhandError as error:
            problem = error
        if problem is not None:
            yield from _entries(meant, spelling, quantity, problem)

    def _deltas(self, quantity: Quantity) -> list[Grad]:
        """What a bare δ may be the gradient of: what the step is made of first."""
        known = {name: one.node.name for name, one in self.scopes.exercise.quantities.items() if isinstance(one.node.name, Grad)}
        near = [known[name] for name in quantity.parents if name in known]
        far = [one for one in self.scopes.layers if one not in near]
        return [one for one in dict.fromkeys([*near, *reversed(far)]) if one != quantity.node.name]


def _parsed(text: str, scope: Scope) -> Tree:
    try:
        return parse_formula(text, 1, 1, scope.stars)
    except RecursionError:
        raise ByhandError("this formula is nested too deeply.") from None


def _entries(tree: Tree, spelling: Spelling, quantity: Quantity, problem: ByhandError) -> Iterator[Understood]:
    """A formula for entries as the formula of the array; raises the problem of the formula as it stands where that is impossible too."""
    found: list[Understood] = []
    for array in whole_arrays(tree, spelling.whole):
        try:
            reading = elaborate(array, spelling.whole)
        except ByhandError:
            continue
        found.append(Understood(reading.expr, reading.read_as, tuple(spelling.remarks)))
    if not found:
        raise problem
    fitting = [one for one in found if one.expr.shape == quantity.node.shape]
    yield fitting[0] if fitting else found[0]


def is_ill_shaped(problem: ByhandError) -> bool:
    """Whether a formula was understood, but its operands do not fit."""
    return isinstance(problem, ShapeError)
