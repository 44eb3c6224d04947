"""Which data is the target: what enters last, when most has been computed from parameters and other data."""

from __future__ import annotations

from collections.abc import Iterable

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Call, Expr, Named, Var
from byhand.lang.walk import children, postorder
from byhand.train.model.names import TARGET_NAME


def target_of(loss: Named, parameters: Iterable[Var], data: tuple[Var, ...]) -> Var | None:
    """The data that enters last: of all the data that before which most is computed from parameters and other data.

    ``None`` where one kind of data is all there is, as when a network learns its own input.
    """
    learned = depending(loss, parameters)
    stated = _stated_targets(loss, learned, data)
    if len(stated) == 1:
        return stated[0]
    on_data = depending(loss, data)
    computed = [node for node in learned & on_data if not isinstance(node, Var)]
    before = {one: _untouched(computed, depending(loss, (one,))) for one in data}
    if len(data) == 1 and before[data[0]] == 0:
        return None
    named_so = [one for one in data if TARGET_NAME.match(one.name) and before[one]]
    last = named_so if len(named_so) == 1 else [one for one in named_so or data if before[one] == max(before.values())]
    if len(last) > 1:
        names = ", ".join(one.name for one in last)
        raise ByhandError(f"cannot tell the target of {loss.name} from its inputs: {names} enter alike; say it at the top: train: {{target: {last[-1].name}}}.")
    return last[0]


def depending(root: Expr, on: Iterable[Var]) -> set[Expr]:
    wanted = set(on)
    found: set[Expr] = set()
    for node in postorder(root):
        if node in wanted or any(part in found for part in children(node)):
            found.add(node)
    return found


def _untouched(nodes: Iterable[Expr], touched: set[Expr]) -> int:
    return sum(node not in touched for node in nodes)


def _stated_targets(loss: Named, learned: set[Expr], data: tuple[Var, ...]) -> list[Var]:
    """The data in what a loss takes for its target, where that is computed from no parameter."""
    found: dict[Var, None] = {}
    for node in postorder(loss):
        stated = node.rule.prediction if isinstance(node, Call) else None
        if isinstance(node, Call) and stated is not None:
            goal = dict(zip((one.name for one in node.rule.arguments), node.args))[stated.target]
            if goal not in learned:
                found.update({one: None for one in data if one in set(postorder(goal))})
    return list(found)
