"""How long a worked solution gets: refused at the statement that would make it longer than anybody reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from byhand.derive import Step
from byhand.derive.simplify import cost
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr
from byhand.sheets import solution as s
from byhand.show.notation import unwritable

MOST_SIGNS = 60_000
"""Names, numbers, functions and sum signs in all formulas together: some two hundred pages."""


@dataclass(slots=True)
class Length:
    """The formulas of a solution so far, each counted once."""

    seen: set[Expr] = field(default_factory=set[Expr])
    signs: int = 0

    def add(self, item: s.Item) -> None:
        """Count an item in; ``ByhandError`` where its formulas, or all together, are too long to be shown."""
        for formula in _formulas(item):
            if formula in self.seen:
                continue
            self.seen.add(formula)
            problem = unwritable(formula)
            if problem:
                raise ByhandError(f"a formula of this {problem}, more than can be shown: give names to parts of it, on lines of their own.")
            self.signs += cost(formula)
        if self.signs > MOST_SIGNS:
            raise ByhandError(
                f"the worked solution would have more than {MOST_SIGNS:,} signs from here on: ask for less on one sheet, "
                "or work with fewer layers; a network of many layers goes like one of a few."
            )


def _formulas(item: s.Item) -> Iterator[Expr]:
    """The formulas that an item puts on the page."""
    match item:
        case s.Defined(quantity):
            yield quantity.body
        case s.GradientOf(_, derivation, needed) | s.Stepped(derivation, needed):
            for gradient in needed:
                yield gradient.body
                for step in derivation.steps_of(gradient.name):
                    yield from _of_step(step)
            for step in item.steps if isinstance(item, s.Stepped) else ():
                yield from _of_step(step)
        case s.LocalOf(local):
            yield from (local.entries, local.matrix, local.message)
            for step in local.derivation.steps:
                yield from _of_step(step)
        case s.Claimed(_, left, right):
            yield from (left, right)
        case s.Answered(worked=worked, formulas=formulas, steps=steps):
            yield from (formula.body for formula in formulas)
            if worked is not None:
                yield from _formulas(s.Stepped(worked.derivation, worked.needed, ()))
            for step in steps:
                yield from _of_step(step)
        case _:
            pass


def _of_step(step: Step) -> Iterator[Expr]:
    yield from (step.before, step.after, *(one.after for one in step.inner))
