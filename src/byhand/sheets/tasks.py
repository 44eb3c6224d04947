"""What a sheet can ask for beyond names: derivatives, steps, other inputs, claims. One function for each task."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from byhand.derive import Derivation
from byhand.lang.errors import ByhandError, NotYetError
from byhand.lang.expr import Expr, Named, Var, describe, named, num
from byhand.lang.names import Grad, Updated
from byhand.lang.names import Name as Quantity
from byhand.lang.sizes import shape_text, volume
from byhand.lang.walk import postorder, size_letters, substitute
from byhand.read.elaborate import elaborate, elaborate_claim
from byhand.read.literal import data_of
from byhand.read.statements import Task
from byhand.read.syntax import Applied, Listed, Name, Number, Text, Tree
from byhand.run.bind import Value, bind_sizes, to_array
from byhand.run.claim import Verdict
from byhand.run.evaluate import evaluate
from byhand.run.prove import prove
from byhand.sheets import solution as s
from byhand.sheets.workspace import Workspace

MOST_STEPS = 1000
MOST_ENTRIES = 100_000
"""In a local derivative with numbers."""


# -------------------------------------------------------------------------------------------- derivatives


def gradient_item(space: Workspace, loss: Named, wrt: Named | Var) -> s.Item:
    """A gradient of a scalar with the gradients it is made of."""
    _check_dependence(space, loss, wrt)
    gradient, derivation = space.gradient(loss, wrt)
    return s.GradientOf(gradient, derivation, needed_for(derivation, [gradient]), space.count([*derivation.gradients.values(), gradient]))


def local_item(space: Workspace, y: Named, x: Named | Var) -> s.Item:
    """A local derivative: an array with the axes of y and then those of x."""
    _check_dependence(space, y, x)
    count = volume(y.shape + x.shape)
    if isinstance(count, int) and count > MOST_ENTRIES:
        raise ByhandError(
            f"d{y.name}/d{x.name} has {count:,} entries, one for each pair of an entry of {y.name} {shape_text(y.shape)} and one of {x.name} "
            f"{shape_text(x.shape)}; the limit is {MOST_ENTRIES:,}. Declare the shapes with letters to see the formula alone."
        )
    local = space.local(y, x)
    entries = named(Grad(str(y.name), str(x.name)), local.entries)
    return s.LocalOf(local, entries, space.count([entries]))


def _check_dependence(space: Workspace, y: Named, x: Named | Var) -> None:
    """``ByhandError`` for a derivative that would be zero only because of how the sheet uses x."""
    below = postorder(y)
    if isinstance(x, Named) and x is not y and x not in below and y in postorder(x):
        raise ByhandError(f"{y.name} does not depend on {x.name}: {x.name} is computed from {y.name}. Did you mean d{x.name}/d{y.name}?")
    if isinstance(x, Var) and x.name in space.counted and x not in below and space.mentions(str(y.name), x.name):
        raise ByhandError(
            f"there is no derivative with respect to {x.name}: it is used as whole numbers, such as rows to pick or sizes, which cannot vary a little."
        )


def needed_for(derivation: Derivation, gradients: Iterable[Named]) -> tuple[Named, ...]:
    """The gradients that these are made of or that their steps speak of, in the order of the sweep, themselves included."""
    wanted, waiting = set[Quantity](), list(gradients)
    while waiting:
        gradient = waiting.pop()
        if gradient.name not in wanted:
            wanted.add(gradient.name)
            spoken_of = [step.after for step in derivation.steps_of(gradient.name)]
            inside = postorder(gradient.body, *spoken_of, enter_named=False)
            waiting += [node for node in inside if isinstance(node, Named) and isinstance(node.name, Grad)]
    wanted.discard(Grad(str(derivation.loss.name), str(derivation.loss.name)))
    found = [gradient for gradient in derivation.gradients.values() if gradient.name in wanted]
    return (*found, *(gradient for gradient in gradients if gradient not in found))


# -------------------------------------------------------------------------------------------------- steps


def step(space: Workspace, task: Task) -> list[s.Item]:
    """``step(L, [W, b], rate=0.1, times=1)``: gradient descent on the parameters named, all from the old values."""
    loss, parameters, options = _step_arguments(space, task)
    rate, times = _rate(space, options), _times(options)
    derivation = space.derivation(loss, [parameter.name for parameter in parameters])
    gradients = {parameter: space.gradient(loss, parameter)[0] for parameter in parameters}
    _check_times(space, parameters, times)
    rounds: list[s.Round] = []
    held = space.held
    for number in range(times):
        if number == 1:
            space.hold((space.held - held) * (times - 1), book=False)
        state = space.count(list(gradients.values()))
        fresh = {parameter: _updated(space, parameter, rate, gradient) for parameter, gradient in gradients.items()}
        rounds.append(s.Round(tuple(s.Update(parameter, *one) for parameter, one in fresh.items()), state))
        space.update(fresh)
    return [s.Stepped(derivation, needed_for(derivation, gradients.values()), tuple(rounds))]


def _step_arguments(space: Workspace, task: Task) -> tuple[Named, list[Var], Mapping[str, Tree]]:
    options = dict(task.options)
    for option in options:
        if option not in ("rate", "times", "rule"):
            raise ByhandError(f"step has no option {option}; it takes rate, times and rule.")
    rule = options.pop("rule", None)
    wanted = rule.text if isinstance(rule, Text) else rule.name if isinstance(rule, Name) else None if rule is None else "that"
    if wanted not in (None, "sgd", "gradient_descent"):
        raise NotYetError(f"step with rule={wanted} is not there yet: so far step does plain gradient descent.")
    if len(task.args) != 2 or not isinstance(task.args[0], Name):
        raise ByhandError("step takes a loss and a list of parameters, as in step(L, [W, b], rate=0.1).")
    loss = space.known(task.args[0].name)
    if isinstance(loss, Var) or loss.shape:
        what = "given" if isinstance(loss, Var) else f"of shape {shape_text(loss.shape)}"
        raise ByhandError(f"cannot take a step on {loss.name}: a step goes down a scalar defined by a formula, and {loss.name} is {what}.")
    listed = task.args[1].items if isinstance(task.args[1], Listed) else (task.args[1],)
    parameters = [_parameter(space, one) for one in listed]
    twice = next((one for k, one in enumerate(parameters) if one in parameters[:k]), None)
    if twice is not None or not parameters:
        raise ByhandError(f"step names {twice.name} twice." if twice is not None else "step names no parameters; list them, as in step(L, [W, b], rate=0.1).")
    return loss, parameters, options


def _check_times(space: Workspace, parameters: Iterable[Var], times: int) -> None:
    """Steps in one go and steps one after another count alike."""
    for parameter in parameters:
        taken = space.state.taken.get(parameter.name, 0)
        if taken + times > MOST_STEPS:
            raise ByhandError(f"{parameter.name} would take {taken + times:,} steps on this sheet; the limit is {MOST_STEPS:,}.")


def _parameter(space: Workspace, tree: Tree) -> Var:
    found = space.known(tree.name) if isinstance(tree, Name) else None
    if isinstance(found, Var):
        return found
    what = f"{found.name} is computed by a formula" if found is not None else "this is no name"
    raise ByhandError(f"step changes parameters that are given or declared; {what}.", tree.at.line, tree.at.column)


def _rate(space: Workspace, options: Mapping[str, Tree]) -> Expr:
    if "rate" not in options:
        raise ByhandError("step needs a learning rate, as in step(L, [W, b], rate=0.1).")
    rate = elaborate(options["rate"], space.scope()).expr
    if rate.shape:
        raise ByhandError(f"the learning rate must be a single number; {describe(rate)} has shape {shape_text(rate.shape)}.")
    return rate


def _times(options: Mapping[str, Tree]) -> int:
    tree = options.get("times")
    if tree is None:
        return 1
    if not isinstance(tree, Number) or tree.value.denominator != 1 or not 1 <= tree.value <= MOST_STEPS:
        raise ByhandError(f"times must be a whole number from 1 to {MOST_STEPS}.", tree.at.line, tree.at.column)
    return int(tree.value)


def _updated(space: Workspace, parameter: Var, rate: Expr, gradient: Named) -> tuple[Named, Value | None]:
    """The parameter after one more step, as a formula of the old values and as numbers where there are some."""
    name = Updated(parameter.name, space.state.taken.get(parameter.name, 0) + 1)
    updated = named(name, parameter - rate * gradient)
    space.count([updated])
    return updated, space.state.numbers.get(name)


# ------------------------------------------------------------------------------------------- other inputs


def at(space: Workspace, task: Task) -> list[s.Item]:
    """``at(x2, x=[1, 0, 0])``: a value, or ``argmax`` of one, with other inputs."""
    if len(task.args) != 1 or not task.options:
        raise ByhandError("at takes a quantity and new inputs, as in at(y, x=[1, 0]).")
    what, argmax = _without_argmax(task.args[0])
    quantity = _quantity(space, what, task.text)
    names = [name for name, _ in task.options]
    twice = next((name for k, name in enumerate(names) if name in names[:k]), None)
    if twice is not None:
        raise ByhandError(f"at is given {twice} twice.")
    inputs = dict(_input(space, name, tree) for name, tree in task.options)
    data = {**space.data, **{variable.name: value for variable, value in inputs.items()}}
    changing = {letter for variable in inputs for letter in size_letters(variable)}
    sizes = {letter: count for letter, count in space.bound().items() if letter not in changing}
    _check_data(quantity, data, sizes.keys() | changing)
    evaluation = evaluate([quantity], data, sizes)
    numbers = {node.name: value for node, value in evaluation.values.items() if isinstance(node, (Named, Var))}
    space.kinks.update(dict.fromkeys(evaluation.kinks))
    value = evaluation.roots[0]
    return [s.At(task.text, quantity, inputs, _argmax(value, quantity) if argmax else value, argmax, s.State(space.state.taken, numbers))]


def argmax(space: Workspace, task: Task) -> list[s.Item]:
    """``argmax(y)``: the class, counted from 0."""
    if len(task.args) != 1 or task.options:
        raise ByhandError("argmax takes one quantity, as in argmax(y).")
    quantity = _quantity(space, task.args[0], task.text)
    _check_data(quantity, space.data, space.bound().keys())
    state = space.count([quantity])
    return [s.At(task.text, quantity, {}, _argmax(state.numbers[quantity.name], quantity), True, state)]


def _without_argmax(tree: Tree) -> tuple[Tree, bool]:
    if isinstance(tree, Applied) and isinstance(tree.function, Name) and tree.function.name == "argmax" and len(tree.args) == 1 and not tree.options:
        return tree.args[0], True
    return tree, False


def _quantity(space: Workspace, tree: Tree, text: str) -> Named:
    found = elaborate(tree, space.scope()).expr
    return found if isinstance(found, Named) else named(text, found)


def _input(space: Workspace, name: str, tree: Tree) -> tuple[Var, Value]:
    variable = space.known(name)
    if isinstance(variable, Named):
        raise ByhandError(f"at puts in other numbers for what is given; {name} is computed by a formula.", tree.at.line, tree.at.column)
    data = data_of(tree)
    if data is None:
        raise ByhandError(f"the new value of {name} must be numbers, as in {name}=[1, 0].", tree.at.line, tree.at.column)
    value = to_array(name, data.nested())
    bind_sizes([variable], {variable.name: value})
    return variable, value


def _check_data(quantity: Named, data: Mapping[str, Value], sizes: Iterable[str]) -> None:
    below = postorder(quantity)
    missing = [node.name for node in below if isinstance(node, Var) and node.name not in data]
    if missing:
        raise ByhandError(f"cannot give a number for {quantity.name}: no numbers are given for {', '.join(missing)}.")
    unknown = sorted({letter for node in below for letter in size_letters(node)} - {*sizes})
    if unknown:
        raise ByhandError(f"cannot give a number for {quantity.name}: no data says how large {' and '.join(unknown)} is.")


def _argmax(value: Value, quantity: Named) -> Value:
    if not value.ndim:
        what = quantity.body if isinstance(quantity.body, Var) else quantity
        raise ByhandError(f"argmax needs several entries to choose from; {what.name} is a single number.")
    return np.asarray(np.argmax(value, axis=-1))


# ------------------------------------------------------------------------------------------------- claims


def show(space: Workspace, task: Task) -> list[s.Item]:
    """``show(a == b)``: whether the claim holds for all values that the facts allow."""
    if len(task.args) != 1 or task.options:
        raise ByhandError("show takes one claim, as in show(dL/dz == p - ys).")
    claim = elaborate_claim(task.args[0], space.scope())
    if claim.op != "==":
        raise NotYetError(f"a claim with {claim.op} is not there yet: so far show decides equalities (==).")
    left, right = claim.left.expr, claim.right.expr
    verdict = prove(left, right)
    return [s.Claimed(task.text, left, right, (verdict.verdict == "fails" and _with_counts(space, left, right)) or verdict)]


def _with_counts(space: Workspace, left: Expr, right: Expr) -> Verdict | None:
    """Whether the claim holds once numbers such as K = 4 for four classes are what they are, and no variables."""
    inside = [node for node in postorder(left, right) if isinstance(node, Var)]
    sizes = {size for node in inside for size in node.shape}
    changing = {name for names in space.wanted.values() for name in names}
    counts = {node: space.data[node.name].item() for node in inside if not node.shape and node.name in space.data and node.name not in changing}
    counts = {node: value for node, value in counts.items() if value in sizes}
    if not counts:
        return None
    numbers: dict[Expr, Expr] = {node: num(value) for node, value in counts.items()}
    verdict = prove(substitute(left, numbers, enter_named=True), substitute(right, numbers, enter_named=True))
    if verdict.verdict != "holds":
        return None
    said = ", ".join(f"{node.name} = {value}" for node, value in counts.items())
    return replace(verdict, reason=f"with {said} as on the sheet, and for all other values.")


TaskFunction: TypeAlias = Callable[[Workspace, Task], list[s.Item]]
TASKS: Mapping[str, TaskFunction] = {"step": step, "at": at, "argmax": argmax, "show": show}
