"""The quantities of an exercise as variables of formulas, and what formulas become once names are replaced by their formulas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from byhand.check.exercise.over_names import put_in
from byhand.check.exercise.quantity import Exercise
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var
from byhand.lang.walk import postorder


def names_in(expr: Expr) -> tuple[str, ...]:
    """The names of the variables in a formula, in the order in which they come."""
    return tuple(dict.fromkeys(node.name for node in postorder(expr) if isinstance(node, Var)))


@dataclass(frozen=True)
class Ground:
    """Replaces names by formulas, down to what is given.

    ``instead`` puts other formulas in for single quantities: a person's own, or one with a slip.
    """

    exercise: Exercise
    _spelled: dict[tuple[tuple[str, Expr], ...], dict[str, Expr]] = field(default_factory=dict)

    @cached_property
    def variables(self) -> dict[str, Var]:
        return {name: quantity.variable for name, quantity in self.exercise.quantities.items()}

    def spelled(self, expr: Expr, instead: Mapping[str, Expr] | None = None) -> Expr | None:
        """The formula over what is given; ``None`` where formulas are made of each other."""
        known = self._spelled.setdefault(tuple(sorted((instead or {}).items(), key=lambda one: one[0])), {})
        names = names_in(expr)
        if not self._spell(names, instead or {}, known):
            return None
        return put_in(expr, known)

    def _spell(self, names: Iterable[str], instead: Mapping[str, Expr], known: dict[str, Expr]) -> bool:
        """Work out the names and all that they are made of, operands first; whether that was possible."""
        stack = [(name, False) for name in names]
        open_: set[str] = set()
        while stack:
            name, done = stack.pop()
            if name in known:
                continue
            body = self.body(name, instead)
            if body is None:
                known[name] = self.variables[name]
            elif done:
                open_.discard(name)
                known[name] = put_in(body, known)
            elif name in open_:
                return False
            else:
                open_.add(name)
                stack.append((name, True))
                stack += [(below, False) for below in names_in(body) if below not in known]
        return True

    def body(self, name: str, instead: Mapping[str, Expr]) -> Expr | None:
        """The formula of a quantity; ``None`` for what is given."""
        found = instead.get(name)
        steps = self.exercise.quantities[name].steps
        return found if found is not None else steps[0] if steps else None

    def reached(self, name: str, instead: Mapping[str, Expr]) -> Expr | None:
        """The formula of a quantity with other formulas for some that it is made of.

        ``None`` where it is made of none of them, or where one is of a shape that nothing can be made of.
        """
        bodies: dict[str, Expr] = {}
        for one in sorted(self.below(name), key=lambda one: self.exercise.place[one]):
            body = self.body(one, instead)
            if body is not None and (one in instead or any(below in bodies for below in names_in(body))):
                try:
                    bodies[one] = put_in(body, bodies)
                except (ByhandError, ValueError):
                    return None
        return bodies.get(name)

    def below(self, name: str) -> set[str]:
        """All that a quantity is made of, itself included."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                steps = self.exercise.quantities[one].steps
                waiting += names_in(steps[0]) if steps else ()
        return found

    def down_to(self, expr: Expr, kept: Iterable[str]) -> Expr:
        """The formula with all names replaced by their formulas, but for some that are kept."""
        names = set(kept)
        for _ in range(len(self.exercise.quantities)):
            rest = [name for name in names_in(expr) if name not in names and self.exercise.quantities[name].steps]
            if not rest:
                break
            expr = self.opened(expr, rest)
        return expr

    def opened(self, expr: Expr, names: Iterable[str]) -> Expr:
        """The formula with these names replaced by their formulas, once."""
        bodies = {name: self.exercise.quantities[name].steps[0] for name in names if self.exercise.quantities[name].steps}
        return put_in(expr, bodies)
