"""What should have been done where the first mistake is: the step with the person's own numbers put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from byhand.check.engine import variables_of
from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.mark import Mark, Report
from byhand.check.report.written import value
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Named, Var
from byhand.lang.names import Name
from byhand.lang.walk import postorder
from byhand.run.bind import Value
from byhand.run.evaluate import evaluate
from byhand.sheets.lines import Writer
from byhand.sheets.solution import State
from byhand.show.document import Line


def step_at(exercise: Exercise, report: Report, mark: Mark) -> Line | None:
    """name = formula = the person's numbers put in = what comes out; ``None`` for what is given, or has no step.

    Where the slip lies in the step to another quantity, which was left out, it is that step. Of answers that are right the unrounded
    values are put in, so that the true value comes out where no mistake was made before.
    """
    quantity = exercise.quantities.get(mark.at or mark.name)
    if quantity is None or not isinstance(quantity.node, Named) or not quantity.steps:
        return None
    known = _values(exercise, report, quantity)
    numbers: dict[Name, Value] = {}
    parents = variables_of(quantity.steps[0])
    for node in postorder(quantity.node.body, enter_named=False):
        if isinstance(node, (Named, Var)) and (parent := _parent(str(node.name), parents)) in known:
            numbers[node.name] = known[parent]
    if quantity.name in known and len(numbers) == len(parents):
        numbers[quantity.node.name] = known[quantity.name]
    return Writer(exercise.conventions, State(quantity.state.taken, numbers, quantity.state.run)).quantity(quantity.node)


def _parent(name: str, parents: Sequence[str]) -> str:
    """Which quantity of the exercise a name in a formula means: itself, or itself after so many steps, or with other inputs."""
    plain = name.rstrip("'")
    return name if name in parents else next((parent for parent in parents if _plain(parent) == plain), "")


def _plain(name: str) -> str:
    return name.removeprefix("at(").partition(", ")[0] if name.startswith("at(") else name.partition(" (")[0].rstrip("'")


def _values(exercise: Exercise, report: Report, wanted: Quantity) -> dict[str, Value]:
    """Numbers of a quantity and of what it is made of: as written; what was left out follows from what was written."""
    written = _written(exercise, report)
    known: dict[str, Value] = {}
    changed: set[str] = set()
    for name in sorted(exercise.below(wanted.name), key=exercise.place.__getitem__):
        quantity = exercise.quantities[name]
        if name in written and name != wanted.name:
            known[name] = written[name]
            changed.add(name)
        elif quantity.steps and not changed.isdisjoint(quantity.parents):
            worked_out = _worked_out(quantity, known)
            if worked_out is not None:
                known[name] = worked_out
                changed.add(name)
        elif quantity.truth is not None:
            known[name] = quantity.truth
    return known


def _written(exercise: Exercise, report: Report) -> Mapping[str, Value]:
    """What was written that is not the true value, where it has the shape that it should have."""
    found: dict[str, Value] = {}
    for mark in report.marks:
        quantity = exercise.quantities.get(mark.name)
        if quantity is None or mark.read_as is None or mark.status not in ("follows", "slip", "wrong"):
            continue
        own = value(mark.read_as)
        if own is not None and own.shape == quantity.dims:
            found[mark.name] = own
    return found


def _worked_out(quantity: Quantity, known: Mapping[str, Value]) -> Value | None:
    parents = variables_of(quantity.steps[0])
    if not all(parent in known for parent in parents):
        return None
    try:
        return evaluate([quantity.steps[0]], {parent: known[parent] for parent in parents}).roots[0]
    except ByhandError:
        return None
