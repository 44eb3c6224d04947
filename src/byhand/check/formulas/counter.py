"""The smallest data that tell a wrong formula from the right one."""

from __future__ import annotations

from collections.abc import Mapping

from byhand.check.formulas.ground import Ground
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr
from byhand.run.claim import Certainty, Counterexample, claim
from byhand.run.counterexample import smallest
from byhand.run.mixed import is_exact
from byhand.sheets.answer import counterexample_json


def counterexample(ground: Ground, formula: Expr, right: Expr) -> tuple[Mapping[str, object] | None, Certainty]:
    """The counterexample as in the JSON answer, and how sure the difference is."""
    left, other = ground.spelled(formula), ground.spelled(right)
    if left is None or other is None or left.shape != other.shape:
        return None, "exact"
    try:
        found = smallest(claim(left, other))
    except ByhandError:
        found = None
    return (None, "float") if found is None else (counterexample_json(found), certainty(found))


def certainty(found: Counterexample) -> Certainty:
    return "exact" if is_exact(found.left) and is_exact(found.right) else "float"
