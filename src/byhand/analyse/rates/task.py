"""The task ``rates(f, x, momentum=beta)``: what the sheet wrote, and what is made of the answer."""

from __future__ import annotations

from collections.abc import Mapping

from byhand.analyse.hessian import hessian
from byhand.analyse.rates.analysis import Rates, analysed
from byhand.analyse.rates.answer import answer_of
from byhand.analyse.rates.course import course_of
from byhand.analyse.rates.letters import free_letter
from byhand.analyse.rates.method import Method
from byhand.analyse.rates.page import blocks_of
from byhand.analyse.rates.setting import Setting
from byhand.analyse.rates.slips import slips_of
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, describe, named
from byhand.lang.sizes import shape_text
from byhand.lang.walk import postorder
from byhand.read.elaborate import elaborate
from byhand.read.literal import data_of
from byhand.read.statements import Task
from byhand.read.syntax import Grouped, Listed, Name, Tree
from byhand.run.bind import Value, bind_sizes, to_array
from byhand.run.evaluate import evaluate
from byhand.sheets import solution as s
from byhand.sheets.gradients import needed_for
from byhand.sheets.workspace import Workspace
from byhand.show.conventions import Conventions
from byhand.show.notation import notation
from byhand.show.plain import plain

RIGHT = "as in rates(f, x), rates(f, [x, y]) or rates(f, x, momentum=0.9)"
OPTIONS = ("momentum", "nesterov", "at")


def rates(space: Workspace, task: Task) -> list[s.Item]:
    """``rates(f, x)``: the learning rates for which gradient descent on f converges to its minimum from every start."""
    f, unknowns = _quantities(space, task)
    options = _options(task)
    method = Method(_momentum(space, options), _nesterov(options))
    second = hessian(f, unknowns, taken=map(str, space.names))
    inside = {x.name for x in unknowns}
    data = {name: value for name, value in space.data.items() if name not in inside}
    start = {name: value for name, value in space.data.items() if name in inside}
    spelled = Conventions(names=frozenset(map(str, space.names)))
    setting = Setting(second, method, data, space.bound(), start, lambda expr: plain(notation(expr, spelled)), free_letter(space.names))
    found = analysed(setting, _at(space, options, unknowns))
    return [_answered(space, task, f, unknowns, found)]


def _answered(space: Workspace, task: Task, f: Named, unknowns: tuple[Var, ...], found: Rates) -> s.Answered:
    derivation = space.derivation(f, [x.name for x in unknowns])
    gradients = [gradient for x in unknowns if (gradient := derivation.gradients.get(x.name)) is not None]
    needed = needed_for(derivation, gradients)
    state = space.count([f, *needed])
    course = course_of(found)
    taken = frozenset(map(str, space.names)) | frozenset(space.sizes())
    answer = answer_of(found)
    return s.Answered(
        task.text,
        lambda writer: blocks_of(writer, found, course, taken),
        state,
        answer=answer,
        worked=s.Worked(derivation, needed) if needed else None,
        slips=slips_of(answer),
    )


# ------------------------------------------------------------------------------------------------- the call


def _quantities(space: Workspace, task: Task) -> tuple[Named, tuple[Var, ...]]:
    if len(task.args) != 2:
        raise ByhandError(f"rates takes a function and its unknowns, {RIGHT}.")
    f = _function(space, task.args[0])
    if f.shape:
        raise ByhandError(f"rates looks for the minimum of a single number, and {f.name} has shape {shape_text(f.shape)}; sum or average it first, {RIGHT}.")
    tree = task.args[1]
    unknowns = [_unknown(space, f, one) for one in (tree.items if isinstance(tree, (Listed, Grouped)) else (tree,))]
    if not unknowns:
        raise ByhandError(f"rates names no unknowns, {RIGHT}.")
    twice = next((x for k, x in enumerate(unknowns) if x in unknowns[:k]), None)
    if twice is not None:
        raise ByhandError(f"rates names {twice.name} twice; each unknown stands once, {RIGHT}.")
    return f, tuple(unknowns)


def _function(space: Workspace, tree: Tree) -> Named:
    """A quantity of the sheet, or a formula that then is called f."""
    if isinstance(tree, Name):
        found: Expr = space.known(tree.name)
    else:
        found = elaborate(tree, space.scope()).expr
    if isinstance(found, Var):
        raise ByhandError(f"{found.name} is given and not computed by a formula, so it has no gradient; rates takes a function, {RIGHT}.")
    return found if isinstance(found, Named) else named("f" if "f" not in space.names else "f_0", found)


def _unknown(space: Workspace, f: Named, tree: Tree) -> Var:
    if not isinstance(tree, Name):
        raise ByhandError(f"rates takes the names of the unknowns, {RIGHT}.", tree.at.line, tree.at.column)
    found = space.known(tree.name)
    if isinstance(found, Named):
        what = f"{found.name} is computed by a formula"
        raise ByhandError(f"the unknowns of rates are given or declared, and {what}; declare it instead, as in {found.name} : (), {RIGHT}.")
    if found.name in space.counted and found not in postorder(f) and space.mentions(str(f.name), found.name):
        why = f"{found.name} is used as whole numbers in {f.name}, such as rows to pick or sizes, which cannot vary a little"
        raise ByhandError(f"{why}; declare it instead, as in {found.name} : ().")
    return found


def _options(task: Task) -> Mapping[str, Tree]:
    names = [name for name, _ in task.options]
    unknown = next((name for name in names if name not in OPTIONS), None)
    if unknown is not None:
        raise ByhandError(f"rates has no option {unknown}; it takes {', '.join(OPTIONS[:-1])} and {OPTIONS[-1]}, {RIGHT}.")
    twice = next((name for k, name in enumerate(names) if name in names[:k]), None)
    if twice is not None:
        raise ByhandError(f"rates is given {twice} twice.")
    return dict(task.options)


def _momentum(space: Workspace, options: Mapping[str, Tree]) -> Expr | None:
    if "momentum" not in options:
        if "nesterov" in options:
            raise ByhandError("nesterov= needs a momentum, as in rates(f, x, momentum=0.9, nesterov=true).")
        return None
    momentum = elaborate(options["momentum"], space.scope()).expr
    if momentum.shape:
        raise ByhandError(f"the momentum is a single number; {describe(momentum)} has shape {shape_text(momentum.shape)}. Write rates(f, x, momentum=0.9).")
    return momentum


def _nesterov(options: Mapping[str, Tree]) -> bool:
    tree = options.get("nesterov")
    if tree is None:
        return False
    word = tree.name.lower() if isinstance(tree, Name) else None
    if word not in ("true", "false"):
        raise ByhandError("nesterov= is true or false, as in rates(f, x, momentum=0.9, nesterov=true).", tree.at.line, tree.at.column)
    return word == "true"


# ------------------------------------------------------------------------------------------------ at a point


def _at(space: Workspace, options: Mapping[str, Tree], unknowns: tuple[Var, ...]) -> tuple[Value, ...] | None:
    """The values of the unknowns at the point named."""
    tree = options.get("at")
    if tree is None:
        return None
    trees: tuple[Tree, ...] = (tree,)
    if len(unknowns) > 1:
        trees = tree.items if isinstance(tree, (Listed, Grouped)) else ()
        if len(trees) != len(unknowns):
            raise ByhandError(f"at= gives one value for each unknown, in the order of {', '.join(x.name for x in unknowns)}, as in at=[1, 2].")
    return tuple(_value(space, x, one) for x, one in zip(unknowns, trees))


def _value(space: Workspace, x: Var, tree: Tree) -> Value:
    data = data_of(tree)
    if data is not None:
        value = to_array(x.name, data.nested())
    else:
        expr = elaborate(tree, space.scope()).expr
        missing = [node.name for node in postorder(expr) if isinstance(node, Var) and node.name not in space.data]
        if missing:
            raise ByhandError(f"at= gives numbers for {x.name}, and none are given for {', '.join(missing)}; write them out, as in rates(f, {x.name}, at=1).")
        value = evaluate([expr], space.data, space.bound()).roots[0]
    bind_sizes([x], {x.name: value}, space.bound())
    return value
