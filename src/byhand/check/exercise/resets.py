"""The slip of a sheet that goes back to its first values: to go on from the values of the steps before instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from byhand.check.exercise.over_names import put_in
from byhand.check.exercise.quantity import Quantity
from byhand.check.slips.mutation import Mutation
from byhand.lang.expr import Expr, Var, intern
from byhand.lang.walk import postorder, substitute

NOT_SET_BACK = "the parameters are not set back to their first values: it goes on from those of the steps before"


def not_set_back(found: Mapping[str, Quantity]) -> Iterator[Mutation]:
    """For what is made of first values after a ``reset()``: the same made of the last values before it, all the way down for updated parameters.

    ``found`` has operands before what is made of them.
    """
    opened: dict[str, Expr] = {}
    for quantity in found.values() if any(one.state.run > 1 for one in found.values()) else ():
        if not quantity.steps:
            continue
        whole = put_in(quantity.steps[0], opened)
        if quantity.kind != "updated":
            opened[quantity.name] = whole
        if quantity.state.run == 1:
            continue
        step, later = whole if quantity.kind == "updated" else quantity.steps[0], _last(found, quantity.state.run - 1)
        swaps: dict[Expr, Expr] = {}
        for node in postorder(step):
            if isinstance(node, Var) and node.name in later:
                swaps[node] = intern(Var, later[node.name], node.shape, frozenset[str]())
        if swaps:
            yield Mutation("reset", quantity.name, NOT_SET_BACK, substitute(step, swaps), rank=3)


def _last(found: Mapping[str, Quantity], run: int) -> dict[str, str]:
    """For each parameter what it is called after the last step of a run."""
    last: dict[str, str] = {}
    for quantity in found.values():
        if quantity.kind == "updated" and quantity.state.run == run:
            stem = quantity.name.removesuffix(f" (run {run})").rstrip("'")
            if stem in found:
                last[stem] = quantity.name
    return last
