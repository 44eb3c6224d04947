"""The task ``minimise(L, w)`` of a sheet: its arguments, its page, its answer for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from byhand.analyse.matrix.conditions import Spell
from byhand.analyse.minimise.find import check, found
from byhand.analyse.minimise.outcome import Minimum
from byhand.analyse.minimise.page import blocks
from byhand.analyse.minimise.secondly import block_of, hessians
from byhand.analyse.minimise.slips import slips_of
from byhand.analyse.minimise.wording import condition_texts
from byhand.derive import Step
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, named, var
from byhand.lang.names import Grad
from byhand.lang.walk import spelled_out
from byhand.read.elaborate import elaborate
from byhand.read.statements import Task
from byhand.read.syntax import Listed, Name, Tree
from byhand.run.evaluate import evaluate
from byhand.sheets import solution as s
from byhand.sheets.answer import to_json
from byhand.sheets.gradients import needed_for
from byhand.sheets.workspace import Workspace
from byhand.show.conventions import Conventions
from byhand.show.latex import latex
from byhand.show.notation import notation, unwritable
from byhand.show.plain import plain

RIGHT = "minimise takes a scalar and what to vary, as in minimise(L, w) or minimise(L, [w, b])."


def minimise_task(space: Workspace, task: Task) -> list[s.Item]:
    """``minimise(L, w)``: the gradient set to zero and solved."""
    loss, unknowns = _arguments(space, task)
    check(loss, unknowns)
    taken = {str(name) for name in space.names} | set(space.later)
    derivation = space.derivation(loss, [x.name for x in unknowns])
    gradients = [space.gradient(loss, x)[0] for x in unknowns]
    result = found(loss, unknowns, space.data, space.bound(), taken)
    if any(space.names.get(one.star.name, one.star) is not one.star for one in result.solved):
        result = found(loss, unknowns, space.data, space.bound(), taken, str(loss.name))
    if not result.singular:
        space.names.update({one.star.name: one.star for one in result.solved})
    elif result.numbers is not None:
        for star, value in result.numbers.values.items():
            space.names[star] = found_value = var(str(star), value.shape)
            space.supply(found_value, value)
    sheet = {str(name) for name in space.names}
    result = replace(_with_least(space, result), named=tuple(node for node in derivation.forward if str(node.name) not in sheet and node is not loss))
    state = space.count(gradients)
    conventions = Conventions(vectors=space.scope().vectors, names=frozenset(map(str, space.names)))
    values = {str(name): value for name, value in result.numbers.values.items()} if result.numbers is not None else {}
    shown = [*(hessians(result.second) if result.why != "kinks" else ()), *(one.star for one in result.solved if not result.singular)]
    formulas = tuple(one for one in shown if not unwritable(_in_own_names(one.body, space)))
    return [
        s.Answered(
            task.text,
            lambda writer: blocks(result, writer),
            state,
            answer=answer_of(result, conventions, space),
            worked=s.Worked(derivation, needed_for(derivation, gradients)),
            values=values,
            formulas=formulas,
            steps=_steps(result),
            claims=tuple((proof.claim, proof.verdict) for proof in result.proofs),
            slips=tuple(slip for one in result.solved if not result.singular for slip in slips_of(one.star)),
        )
    ]


def _arguments(space: Workspace, task: Task) -> tuple[Named, tuple[Var, ...]]:
    if len(task.args) != 2 or task.options:
        raise ByhandError(RIGHT)
    listed: Sequence[Tree] = task.args[1].items if isinstance(task.args[1], Listed) else (task.args[1],)
    return _loss(space, task.args[0]), tuple(_unknown(space, tree) for tree in listed)


def _loss(space: Workspace, tree: Tree) -> Named:
    """A name of the sheet, or a formula on the spot."""
    if isinstance(tree, Name):
        known = space.known(tree.name)
        if isinstance(known, Var):
            raise ByhandError(f"cannot minimise {known.name}: it is given, and not computed from anything. {RIGHT}", tree.at.line, tree.at.column)
        return known
    expr = elaborate(tree, space.scope()).expr
    if isinstance(expr, Named):
        return expr
    taken = {str(name) for name in space.names} | set(space.later)
    return named(next(name for name in ("L", "loss", "f", "objective") if name not in taken), expr)


def _unknown(space: Workspace, tree: Tree) -> Var:
    if not isinstance(tree, Name):
        raise ByhandError(RIGHT, tree.at.line, tree.at.column)
    known = space.known(tree.name)
    if isinstance(known, Named):
        raise ByhandError(
            f"minimise varies what is given or declared; {known.name} is computed by a formula. Minimise over what it is computed from, or declare it.",
            tree.at.line,
            tree.at.column,
        )
    return known


def _with_least(space: Workspace, result: Minimum) -> Minimum:
    """The value of the loss at the solution."""
    count = result.numbers
    if count is None or not count.values or len(count.values) < len(result.unknowns):
        return result
    data = {**space.data, **{x.name: count.values[star] for x, star in zip(result.unknowns, result.stars)}}
    try:
        least = evaluate([result.loss], data, space.bound()).roots[0]
    except ByhandError:
        return result
    return replace(result, numbers=replace(count, least=least))


def _steps(result: Minimum) -> tuple[Step, ...]:
    """The named steps as programs get them."""
    found: list[Step] = []
    for solved in result.solved:
        x = solved.unknown
        gradient = result.second.gradients[result.unknowns.index(x)]
        of = Grad(str(result.loss.name), x.name)
        found.append(Step(of, "set the gradient to zero", "where the loss is smallest it changes in no direction", gradient, gradient))
        found.append(Step(solved.star.name, "collect the terms with " + x.name, "the gradient is affine in it", solved.matrix, solved.right))
        found.append(Step(solved.star.name, "solve", "the matrix has an inverse where it is definite", solved.right, solved.star.body))
    return tuple(found)


# ---------------------------------------------------------------------------------------------------------- JSON


def _in_own_names(body: Expr, space: Workspace) -> Expr:
    own = frozenset(name for name in space.names if not str(name).endswith("*"))
    return spelled_out([body], own.__contains__)[body]


def answer_of(result: Minimum, conventions: Conventions, space: Workspace) -> dict[str, object]:
    """What stands under ``answers``: for one unknown its formula, for several one for each."""

    def spell(expr: Expr) -> str:
        return plain(notation(expr, conventions))

    bent = result.curvature
    conditions = [] if result.unique else condition_texts(bent.unique_if, spell)
    if not conditions and result.ends == "open" and result.why is None:
        whole = result.second.matrices[0][0]
        whole = block_of(result.second, 0, 0) if len(whole.shape) == 2 else whole
        conditions = [f"{spell(whole) if len(result.unknowns) == 1 and len(whole.shape) == 2 else 'the Hessian'} is positive definite"]
    each = {str(one.unknown.name): _formula(_in_own_names(one.star.body, space), one.unknown, conventions) for one in result.solved if not result.singular}
    first = next(iter(each.values()), {})
    if len(result.unknowns) > 1 and each:
        first = {key: {x: one[key] for x, one in each.items()} for key in first}
    counted = result.numbers.values if result.numbers is not None else {}
    values = {x.name: to_json(counted[star]) for x, star in zip(result.unknowns, result.stars) if star in counted}
    found: dict[str, object] = {
        "text": None,
        **first,
        "name": result.stars[0] if len(result.stars) == 1 else list(result.stars),
        "unique": result.unique,
        "conditions": conditions,
        "closed_form": bool(result.solved) and not result.singular,
        "point": result.ends if result.why is None else "none",
        "definite": bent.kind,
        "hessian": _hessian(result, spell),
    }
    if values:
        found["value"] = next(iter(values.values())) if len(result.unknowns) == 1 else values
    if result.numbers is not None:
        found["rank"] = result.numbers.rank
        found["unknowns"] = result.numbers.count
        if result.numbers.least is not None:
            found["least"] = to_json(result.numbers.least)
    return found


def _formula(body: Expr, unknown: Var, conventions: Conventions) -> dict[str, object]:
    if unwritable(body):
        return {"text": None, "latex": None, "shape": [str(axis) for axis in unknown.shape]}
    tree = notation(body, conventions)
    return {"text": plain(tree), "latex": latex(tree), "shape": [str(axis) for axis in unknown.shape]}


def _hessian(result: Minimum, spell: Spell) -> object:
    """One formula, for several unknowns one for each pair of them."""
    second = result.second
    few = all(len(x.shape) < 2 for x in second.unknowns)
    shown = [[spell(block_of(second, i, j) if few else block) for j, block in enumerate(row)] for i, row in enumerate(second.matrices)]
    return shown[0][0] if len(shown) == 1 else shown
