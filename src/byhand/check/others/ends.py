"""Ends of an interval: numbers and short formulas, equal to the digits written or proved equal."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

from byhand.check.exercise.quantity import Exercise
from byhand.check.settings import Settings
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var, as_number, intern
from byhand.lang.names import Name
from byhand.lang.walk import postorder
from byhand.read.elaborate import read_formula
from byhand.read.scope import Scope, letters_of
from byhand.run.evaluate import evaluate
from byhand.run.prove import is_proved

INFINITE = re.compile(r"[+]?\s*(\\infty|inf(inity)?|∞|oo|unendlich)", re.IGNORECASE)
DECIMAL = re.compile(r"[+-]?\d*[.,]\d+")
MOST_CHARACTERS = 300


@dataclass(frozen=True)
class Ends:
    """Reads and compares ends of intervals over the quantities of one exercise."""

    exercise: Exercise
    scope: Scope = field(init=False)

    def __post_init__(self) -> None:
        nodes = [quantity.node for quantity in self.exercise.quantities.values()]
        names: dict[Name, Expr] = {str(node.name): intern(Var, str(node.name), node.shape, _facts(node)) for node in nodes if isinstance(node.name, str)}
        object.__setattr__(self, "scope", Scope(names=names, sizes=letters_of(*nodes), loose=True))

    def read(self, text: str) -> Expr | None:
        """An end as a formula; ``None`` for infinity. Raises ``ByhandError`` where it is none."""
        text = text.strip().strip("$").strip()
        if INFINITE.fullmatch(text):
            return None
        if len(text) > MOST_CHARACTERS:
            raise ByhandError(f"an end of an interval has at most {MOST_CHARACTERS} characters.")
        plain = text.replace(",", ".") if DECIMAL.fullmatch(text) else text
        found = read_formula(plain, self.scope)
        if found.shape:
            raise ByhandError("an end of an interval is a single number.")
        return found

    def same(self, written: str, right: str | None, settings: Settings) -> bool:
        """Whether an end is the right one: proved equal, equal at the sheet's data, or rounded from it."""
        mine = self.read(written)
        if mine is None or right is None:
            return mine is None and right is None
        theirs = self.read(right)
        if theirs is None:
            return False
        if is_proved(mine, theirs):
            return True
        left, value = self._number(mine), self._number(theirs)
        return left is not None and value is not None and abs(left - value) <= _half(written, settings) + settings.tolerance

    def _number(self, formula: Expr) -> Fraction | None:
        """The number that a formula is at the sheet's data."""
        exact = as_number(formula)
        if exact is not None and exact.constant is not None:
            return exact.constant
        data = {name: one.truth for name, one in self.exercise.quantities.items() if one.truth is not None}
        used = {node.name: data[node.name] for node in postorder(formula) if isinstance(node, Var) and node.name in data}
        try:
            value = evaluate([formula], used, self.exercise.sizes).roots[0]
        except ByhandError:
            return None
        return Fraction(value.item()) if value.size == 1 else None


def _half(text: str, settings: Settings) -> Fraction:
    """Half a unit of the last decimal written, at least so many decimals as the sheet wants; next to nothing for what was written exactly."""
    plain = text.strip()
    if not DECIMAL.fullmatch(plain):
        return Fraction(1, 10**12)
    decimals = len(plain.replace(",", ".").partition(".")[2])
    return Fraction(1, 2 * 10 ** max(decimals, settings.digits))


def _facts(node: Expr) -> frozenset[str]:
    return node.facts if isinstance(node, Var) else frozenset()
