"""The task ``compare(E, C, at=z, wrt=[W, b])``: what the sheet wrote, and what comes back in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import hypot

from byhand.analyse.compare.analysis import Comparison, Side, check_losses, compared, cut, score
from byhand.analyse.compare.limits import Beyond, Case, Limit, Setting, follow
from byhand.analyse.compare.page import MOST_CURVES, Found, blocks_of
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var
from byhand.lang.names import Name as Quantity
from byhand.lang.walk import spelled_out
from byhand.read.statements import Task
from byhand.read.syntax import Listed, Name, Tree
from byhand.run.bind import Value
from byhand.run.claim import Verdict
from byhand.run.prove import prove
from byhand.sheets import solution as s
from byhand.sheets.answer import to_json
from byhand.sheets.gradients import gradient_item
from byhand.sheets.workspace import Workspace
from byhand.show.conventions import Conventions
from byhand.show.notation import notation
from byhand.show.picture import Point
from byhand.show.plain import plain, plain_number

RIGHT = "compare takes two or more losses, as in compare(E, C) or compare(E, C, at=z, wrt=[W, b])"
SCORES = [k / 10 for k in range(-60, 61)]


def task(space: Workspace, task: Task) -> list[s.Item]:
    """``compare(E, C)``: the output error of each, worked out, and all that is said of them together."""
    losses = check_losses([_quantity(space, tree) for tree in _listed(task.args)])
    at, wrt = _options(space, task)
    wanted = frozenset[str]().union(*(space.wanted.get(str(loss.name), frozenset()) for loss in losses))
    found = compared(losses, at, wrt, wanted, space.derivation, _data(space, losses), space.bound())
    found = replace(found, parameters=tuple(sorted(found.parameters, key=[*space.names.values()].index)))
    state = space.count([node for side in found.sides for node in (side.loss, *(error for error, _ in side.errors), *side.gradients.values())])
    page = _found(space, found, state)
    errors = [gradient_item(space, side.loss, found.at) for side in found.sides] if found.at is not None else []
    answered = s.Answered(
        task.text,
        lambda writer: blocks_of(writer, page),
        state,
        answer=_answer(space, page, state),
        claims=tuple(_claims(space, page)),
    )
    return [*errors, answered]


# ------------------------------------------------------------------------------------------------- the call


def _listed(trees: Sequence[Tree]) -> Sequence[Tree]:
    """compare([E, C]) is compare(E, C)."""
    return trees[0].items if len(trees) == 1 and isinstance(trees[0], Listed) else trees


def _quantity(space: Workspace, tree: Tree) -> Named | Var:
    if not isinstance(tree, Name):
        raise ByhandError(f"{RIGHT}: names, not formulas. Give a formula a name on a line of its own.", tree.at.line, tree.at.column)
    return space.known(tree.name)


def _options(space: Workspace, task: Task) -> tuple[Named | Var | None, list[Named | Var] | None]:
    names = [name for name, _ in task.options]
    unknown = next((name for name in names if name not in ("at", "wrt")), None)
    if unknown is not None or len(set(names)) < len(names):
        raise ByhandError(f"compare has no option {unknown}; {RIGHT}." if unknown is not None else f"compare is given {names[0]} twice; {RIGHT}.")
    options = dict(task.options)
    at = _quantity(space, options["at"]) if "at" in options else None
    if "wrt" not in options:
        return at, None
    tree = options["wrt"]
    listed = [_quantity(space, one) for one in (tree.items if isinstance(tree, Listed) else (tree,))]
    if not listed or len(set(listed)) < len(listed):
        raise ByhandError(f"wrt= lists the quantities whose gradients are compared, each once; {RIGHT}.")
    return at, listed


# ------------------------------------------------------------------------------------------------- numbers


def _data(space: Workspace, losses: Sequence[Named]) -> dict[str, Value]:
    """The givens, and the numbers of everything computed from them, by name."""
    numbers = space.count(losses).numbers
    return {str(name): value for name, value in numbers.items() if isinstance(name, str)} | space.data


def _found(space: Workspace, found: Comparison, state: s.State) -> Found:
    verdicts = tuple(_verdict(found, side) for side in found.sides) if found.at is not None else ()
    norms = {one.name: _norms(found.sides, one.name, state) for one in found.parameters}
    counted = {name: [value for value in values if value is not None] for name, values in norms.items() if None not in values}
    followed = next((case for case in found.cases if case.target != "right"), None)
    curves = _curves(space, found, followed) if followed is not None else ()
    return Found(found, verdicts, counted, curves, followed if curves else None)


def _verdict(found: Comparison, side: Side) -> Verdict:
    """Whether the output error is what its formula in full says, whatever is computed before."""
    assert found.at is not None
    error, formula = side.errors[-1]
    return prove(cut(error, found.at), cut(formula, found.at))


def _curves(space: Workspace, found: Comparison, case: Case) -> tuple[tuple[Point, ...], ...]:
    """Both output errors over the score, for a target that is wrong at one end."""
    if found.at is None or len(found.sides) > MOST_CURVES:
        return ()
    setting = Setting(score(found.at), found.target, _data(space, [side.loss for side in found.sides]), space.bound())
    values = follow([cut(side.errors[-1][1], found.at) for side in found.sides], setting, case, SCORES)
    return tuple(tuple(zip(SCORES, one)) for one in values or ())


def _norms(sides: Sequence[Side], name: Quantity, state: s.State) -> list[float | None]:
    return [_norm(state.numbers.get(side.gradients[name].name)) for side in sides]


def _norm(value: Value | None) -> float | None:
    """Euclidean, of matrices Frobenius."""
    return None if value is None else hypot(*map(float, value.ravel().tolist()))


# -------------------------------------------------------------------------------------------------- answers


def _claims(space: Workspace, page: Found) -> Iterator[tuple[str, Verdict]]:
    for side, verdict in zip(page.comparison.sides, page.verdicts):
        error, formula = side.errors[-1]
        yield f"{error.name} == {_text(space, formula)}", verdict


def _text(space: Workspace, formula: Expr) -> str:
    """The formula in the sheet's own names, as NumPy could run it."""
    own = spelled_out([formula], lambda name: name in space.names)[formula]
    return plain(notation(own, Conventions(names=frozenset(map(str, space.names)))))


def _answer(space: Workspace, page: Found, state: s.State) -> dict[str, object]:
    comparison = page.comparison
    sides = {str(side.loss.name): _side(space, page, k, state) for k, side in enumerate(comparison.sides)}
    certainty = "exact" if comparison.exact else "float"
    return {"at": None if comparison.at is None else str(comparison.at.name), "losses": sides, "certainty": certainty if comparison.cases else None}


def _side(space: Workspace, page: Found, k: int, state: s.State) -> dict[str, object]:
    side = page.comparison.sides[k]
    found: dict[str, object] = {}
    if side.errors:
        error, formula = side.errors[-1]
        value = state.numbers.get(error.name)
        found = {"error": _text(space, formula), "value": None if value is None else to_json(value)}
        found["limits"] = {case_key(case): {"error": limit_json(one[k].error), "loss": limit_json(one[k].loss)} for case, one in page.comparison.cases.items()}
    loss = state.numbers.get(side.loss.name)
    norms = {str(name): values[k] for name, values in page.norms.items()}
    return found | {"loss": None if loss is None else to_json(loss), "norms": norms}


def case_key(case: Case) -> str:
    """Such as "+inf, wrong"."""
    return f"{'+' if case.up else '-'}inf" + ("" if case.target == "any" else f", {case.target}")


def limit_json(limit: Limit) -> str | None:
    """A number as text, "inf", "-inf", "finite" where it depends on the rest, or nothing where none was found."""
    if isinstance(limit, Beyond):
        return limit.value
    return None if limit is None else plain_number(limit)
