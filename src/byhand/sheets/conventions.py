"""The notation of one sheet: rows or columns as its formulas have them, ∂L/∂W for what is given."""

from __future__ import annotations

from collections import Counter

from byhand.lang.expr import Named, Var
from byhand.lang.walk import postorder
from byhand.sheets import solution as s
from byhand.show.conventions import Conventions, detect


def conventions_of(solution: s.Solution, digits: int = 6) -> Conventions:
    items = [item for part in solution.parts for item in part.items]
    quantities = [item.quantity for item in items if isinstance(item, s.Defined)]
    given = frozenset(item.variable.name for item in items if isinstance(item, s.Given))
    names = given | {str(node.name) for node in postorder(*quantities) if isinstance(node, (Named, Var))}
    sweeps = [item if isinstance(item, (s.GradientOf, s.Stepped)) else item.worked for item in items if isinstance(item, (s.GradientOf, s.Stepped, s.Answered))]
    losses = [str(sweep.derivation.loss.name) for sweep in sweeps if sweep is not None]
    return Conventions(vectors=detect([q.body for q in quantities]), parameters=given, digits=digits, names=names, loss=_main(losses))


def _main(losses: list[str]) -> str | None:
    """The loss that most gradients are asked of; the first of several that are asked for alike."""
    return Counter(losses).most_common(1)[0][0] if losses else None
