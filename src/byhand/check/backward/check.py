"""A function of any framework against the derivation of its forward formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from byhand.check.backward.caller import Caller
from byhand.check.backward.explain import Slip, explained
from byhand.check.backward.findings import Finding
from byhand.check.backward.inputs import read_inputs
from byhand.check.backward.patterns import of_shapes
from byhand.check.backward.probes import probes
from byhand.check.backward.problem import Problem, problem_of
from byhand.check.backward.result import BackwardCheck
from byhand.check.backward.second import second
from byhand.check.backward.trial import Trial, findings, run
from byhand.check.backward.truth import Precision
from byhand.lang.errors import ByhandError

Twice: TypeAlias = Callable[[Problem], Caller]


def check_function(
    caller: Caller,
    formula: str,
    inputs: Mapping[str, object],
    *,
    wrt: Sequence[str] | None = None,
    output: str | None = None,
    exposed: Sequence[str] = (),
    precision: Precision | None = None,
    again: Twice | None = None,
) -> BackwardCheck:
    """The outcome for one function. ``ByhandError`` for a formula or inputs that cannot be read, or that have no value anywhere.

    ``again``: for a function whose second derivatives are compared as well, the caller of its gradients; it is asked where the first ones are right.
    ``precision``: of the numbers that the function gets; where it is not said, double, or single for a function that does not take double.
    """
    problem = problem_of(formula, read_inputs(inputs), wrt, output, exposed)
    found = examined(problem, caller, precision)
    return found if again is None or not found.ok else examined(second(problem), again(problem), precision)


def examined(problem: Problem, caller: Caller, precision: Precision | None = None) -> BackwardCheck:
    """The function at all points, then what a right one may still do wrong, or which mistake a wrong one has in it."""
    trial = run(problem, caller, precision)
    found = list(findings(trial))
    grave = [one for one in found if one.grave]
    if not grave:
        found += probes(trial)
        return BackwardCheck(trial, _sorted(found))
    return BackwardCheck(trial, _sorted(found), _slip(trial, grave))


def _sorted(found: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(found, key=lambda one: not one.grave))


def _slip(trial: Trial, grave: Sequence[Finding]) -> Slip | None:
    """The mistake behind the first finding, where that is about numbers or a shape."""
    first = grave[0]
    wrong = [one.quantity for one in grave if one.stage == first.stage]
    if first.shapes is not None:
        told = of_shapes(first.quantity, *first.shapes)
        return None if told is None else Slip(told.id, told.message, (first.quantity,))
    return explained(trial, wrong, first.stage == "forward") if first.kind in ("value", "shape", "none") and first.quantity else None


def order_of(order: int, plain: bool) -> int:
    """How often is differentiated: once or twice; ``plain``: the function is a pair of plain functions, whose gradients have no gradients."""
    if order not in (1, 2):
        raise ByhandError(f"cannot check derivatives of order {order}: it is 1 for gradients, or 2 for their gradients as well.")
    if order == 2 and plain:
        raise ByhandError("a pair of plain functions has no second derivatives: order=2 is for functions that the framework differentiates.")
    return order
