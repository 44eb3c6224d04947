"""Lines of mathematics: name = formula → numbers put in → result, from expressions and the numbers of one state."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from byhand.derive.simplify import cost
from byhand.lang.expr import Expr, Named, Var
from byhand.lang.names import Name, Updated
from byhand.run.bind import Value
from byhand.run.mixed import is_exact
from byhand.sheets.history import unprimed
from byhand.sheets.solution import State
from byhand.show.conventions import Conventions
from byhand.show.document import Line
from byhand.show.insert import with_numbers
from byhand.show.notation import notation
from byhand.show.numbers import array_of, format_number
from byhand.show.tree import Array, Numeral, Sym, Tree, rebuilt
from byhand.show.unicode import text

MOST_PUT_IN = 40
"""A name stands for its numbers only where these are no more than so many."""
MOST_SIGNS_PUT_IN = 150
"""And only in a formula that is no longer than this."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes lines in one notation with the numbers of one state."""

    conventions: Conventions
    state: State

    def name(self, name: Name) -> Tree:
        return self.primed(self.conventions.sym(name))

    def formula(self, expr: Expr) -> Tree:
        return self.primed(notation(expr, self.conventions))

    def primed(self, tree: Tree) -> Tree:
        """The tree with the primes that updated parameters carry by now."""
        return renamed(tree, self.state) if self.state.taken else tree

    def quantity(self, quantity: Named | Var, *first: Tree, as_name: Tree | None = None) -> Line:
        """A quantity's line, with whatever links go before its name."""
        value = self.state.numbers.get(quantity.name)
        name = self.name(quantity.name) if as_name is None else as_name
        if isinstance(quantity, Var):
            return self.chain((*first, name), value)
        tree = notation(quantity.body, self.conventions)
        put_in = with_numbers(tree, self._array) if cost(quantity.body) <= MOST_SIGNS_PUT_IN else tree
        is_new = value is not None and put_in not in (tree, with_numbers(tree, lambda _: None))
        links = (*first, name, self.primed(tree), *((self.primed(put_in),) if is_new else ()))
        return self.chain(links, value)

    def chain(self, links: tuple[Tree, ...], value: Value | None) -> Line:
        """Links, and the result where there is one that does not stand there already."""
        if value is None:
            return Line(links)
        result = self.array(value)
        stands_there = links[-1] == result or (isinstance(links[-1], Numeral) and text(links[-1]) == text(result))
        return Line(links if stands_there else (*links, result), self.is_rounded(value))

    def array(self, value: Value) -> Tree:
        return array_of(value.tolist(), value.shape, self.conventions.digits, self.conventions)

    def is_rounded(self, value: Value) -> bool:
        """Whether some entry is not exactly what is printed."""
        digits = self.conventions.digits
        if not is_exact(value):
            return any(Fraction(format_number(float(entry), digits)) != Fraction(float(entry)) for entry in value.ravel()[:200])
        return any(Fraction(format_number(entry, digits)) != entry for entry in value.ravel()[:200])

    def _array(self, name: Name) -> Tree | None:
        value = self.state.numbers.get(name)
        if value is None or value.size > MOST_PUT_IN or value.ndim > 2:
            return None
        tree = self.array(value)
        return tree if isinstance(tree, Array) and tree.kind != "elided" else None


def renamed(tree: Tree, state: State) -> Tree:
    """Names of updated parameters with their primes: those that mean the newest value, and those of values on the way."""
    if isinstance(tree, Sym) and isinstance(tree.name, str):
        seen = state.taken.get(tree.name)
        updated = Updated(tree.name, seen) if seen else unprimed(tree.name)
        return Sym(updated) if updated is not None else tree
    return rebuilt(tree, lambda part: renamed(part, state))
