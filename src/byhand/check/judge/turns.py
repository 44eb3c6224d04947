"""Formulas for gradients that can be moved to either side of a kink.

A small number is added to what the kinked function is applied to: just above 0 and just below it the derivative is the one of that side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from byhand.lang.expr import Call, Expr, Map, Pick, Var, intern, scale, split_factor
from byhand.lang.sizes import Poly
from byhand.lang.walk import children, postorder, substitute


@dataclass(frozen=True, slots=True)
class Turn:
    """``added``: what is added to ``arg``, which is called ``what``; ``ties``: whether the largest entry of that is looked for, and not its sign."""

    added: Var
    arg: Expr
    what: str
    ties: bool


@dataclass(frozen=True, slots=True)
class Turning:
    """A formula with something added to every argument at which its value jumps."""

    step: Expr
    turns: tuple[Turn, ...]


def turning(step: Expr, name: str) -> Turning:
    """The formula of the gradient ``name``, which is over names of quantities, with something added wherever it jumps."""
    opened = _opened(step)
    found = list(_turns(opened, name))
    moved: dict[Expr, Expr] = {}
    for arg, factor, turn in found:
        moved[arg] = moved.get(arg, arg) + scale(factor, turn.added)
    return Turning(substitute(opened, moved), tuple(dict.fromkeys(turn for _, _, turn in found)))


def _opened(step: Expr) -> Expr:
    """The formula with the definitions of those rules put in that jump somewhere."""
    calls: dict[Expr, Expr] = {node: node.body for node in postorder(step) if isinstance(node, Call) and any(map(_jumps, postorder(node.body, below=_inside)))}
    return _opened(substitute(step, calls)) if calls else step


def _inside(node: Expr) -> tuple[Expr, ...]:
    return (*node.args, node.body) if isinstance(node, Call) else children(node)


def _jumps(node: Expr) -> bool:
    return isinstance(node, Pick) or (isinstance(node, Map) and node.leaf.kinked)


def _turns(step: Expr, name: str) -> Iterator[tuple[Expr, Poly, Turn]]:
    """Each argument at which the formula jumps, and how much of what is added belongs there: what is added to x is taken away from −x."""
    known: dict[tuple[Expr, bool], Turn] = {}
    seen: set[tuple[Expr, bool]] = set()
    for node in filter(_jumps, postorder(step)):
        assert isinstance(node, (Map, Pick))
        ties, arg = isinstance(node, Pick), node.arg if isinstance(node, Pick) else node.args[0]
        factor, core = split_factor(arg)
        if (scale(-1, core), ties) in known:
            factor, core = -factor, scale(-1, core)
        if (core, ties) not in known:
            added = intern(Var, f"beside {name} {len(known)}", core.shape, frozenset[str]())
            what = core.name if isinstance(core, Var) else f"what {'max' if isinstance(node, Pick) else node.leaf.name} is applied to"
            known[core, ties] = Turn(added, core, what, ties)
        if (arg, ties) not in seen:
            seen.add((arg, ties))
            yield arg, factor, known[core, ties]
