"""Formulas as answers: ``check_formula`` says what is found out about one, ``evaluated`` makes numbers of those without names."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from byhand.check.answers.entry import Formulas
from byhand.check.exercise.quantity import Exercise
from byhand.check.formulas.chain import check_chain
from byhand.check.formulas.checker import Checker
from byhand.check.formulas.found import Found
from byhand.check.formulas.values import evaluated
from byhand.check.slips.mutation import Slips
from byhand.lang.expr import Expr

__all__ = ["Found", "check_formula", "evaluated"]

MOST_KEPT = 5_000
MOST_EXERCISES = 4


def check_formula(exercise: Exercise, name: str, formula: Formulas, mutations: Slips = (), own: Mapping[str, Expr] | None = None) -> Found:
    """What is found out about a formula, or a chain of equalities, handed in for a quantity.

    ``mutations`` are slips that may explain it, ``own`` the person's own formulas for other quantities, as ``Found.expr`` has them.
    Nothing is raised for a formula that cannot be read: the verdict says so. The same formula handed in again is answered at once.
    """
    return _kept_for(exercise).check(name, formula.links, mutations, own or {})


@dataclass(slots=True)
class _Kept:
    """The checker of an exercise, and what it said of formulas before."""

    checker: Checker
    known: OrderedDict[object, Found] = field(default_factory=OrderedDict[object, Found])

    def check(self, name: str, links: tuple[str, ...], mutations: Slips, own: Mapping[str, Expr]) -> Found:
        key = (name, links, mutations, tuple(own.items()))
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = check_chain(self.checker, name, links, mutations, own)
            if len(self.known) > MOST_KEPT:
                self.known.popitem(last=False)
        return found


_KEPT: OrderedDict[int, _Kept] = OrderedDict()
"""For the last few exercises, by identity."""


def _kept_for(exercise: Exercise) -> _Kept:
    known = _KEPT.get(id(exercise))
    if known is None or known.checker.exercise is not exercise:
        known = _KEPT[id(exercise)] = _Kept(Checker(exercise))
        if len(_KEPT) > MOST_EXERCISES:
            _KEPT.popitem(last=False)
    return known
