"""What an output predicts where no rule says it: the target at which the loss is lowest for that output.

The gradient of a loss in its output vanishes where the target is the mean that the output stands for: σ(z) − t for the logistic loss
written out, exp(f) − t for Poisson's, y − t for squares. So the ways in which losses turn scores into means are tried, and the one
for which this is proved is taken (the canonical link; McCullagh and Nelder, Generalized Linear Models, 1989, section 2.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from byhand.derive import derive
from byhand.derive.facts import sums_to_one
from byhand.lang.build import call
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Call, Expr, Map, Named, Var, filled, named, var
from byhand.lang.functions import total
from byhand.lang.leaf import LOG
from byhand.lang.leaves import EXP, exp
from byhand.lang.walk import postorder, substitute
from byhand.rules import RULES
from byhand.run.bounds import bounds
from byhand.run.prove import is_proved

Labels: TypeAlias = Literal["one_hot", "zero_one", "signs"]
Chances: TypeAlias = Literal["rows", "zero_one", "signs"]
PART = "the output"


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of the target that an output stands for, and how a class stands in the target, if the output tells."""

    formula: Expr
    labels: Labels | None = None


def mean_of(loss: Named, output: Named, target: Var | None, turned: Expr) -> Mean:
    """What an output predicts of the target, from the loss as it is written; itself where nothing else is proved. ``turned``: it, samples first."""
    if target is None:
        return Mean(output)
    if sums_to_one(turned):
        return Mean(output, "one_hot" if target.shape == turned.shape else None)
    if _between_zero_and_one(output):
        return Mean(output, "zero_one" if _takes_logarithms(loss) else None)
    if _is_logarithm(output):
        return Mean(exp(output), "one_hot")
    slope = _slope(loss, output)
    for mean, labels in _means() if slope is not None else ():
        if slope is not None and _vanishes(slope, target, mean):
            return Mean(mean(output), labels)
    return Mean(output)


def chances(prediction: Expr, labels: Labels | None) -> Chances | None:
    """How the probabilities of classes stand in a prediction: as rows (samples, classes), or as the mean of 0 and 1, or of −1 and 1; ``None`` in scores."""
    if labels == "one_hot":
        return "rows" if len(prediction.shape) == 2 and (sums_to_one(prediction) or _undoes_logarithm(prediction)) else None
    span = bounds(prediction)
    least = -1 if labels == "signs" else 0
    return labels if labels is not None and span.low >= least and span.high <= 1 else None


def _between_zero_and_one(node: Expr) -> bool:
    found = bounds(node)
    return found.low >= 0 and found.high <= 1


def _takes_logarithms(loss: Named) -> bool:
    return any(isinstance(node, Map) and node.leaf is LOG for node in postorder(loss))


def _is_logarithm(output: Named) -> bool:
    """Whether the exponentials sum to one whatever the scores are."""
    node = output.body
    if not isinstance(node, Call) or not node.shape:
        return False
    scores = [var(f"part {k}", arg.shape) if arg.shape else arg for k, arg in enumerate(node.args)]
    return is_proved(total(exp(call(node.rule, *scores, **dict(node.options))), -1), filled(1, node.shape[:-1]))


def _undoes_logarithm(node: Expr) -> bool:
    return isinstance(node, Map) and node.leaf is EXP and isinstance(node.args[0], Named) and _is_logarithm(node.args[0])


def _slope(loss: Named, output: Named) -> Expr | None:
    """The gradient of the loss in the output, which may then be anything."""
    free = var(PART, output.shape)
    told = substitute(loss.body, {output: free}, enter_named=True)
    if free not in set(postorder(told)):
        return None
    found = derive(named(loss.name, told), [free]).gradients.get(PART)
    return None if found is None else found.body


def _means() -> Iterator[tuple[Callable[[Expr], Expr], Labels | None]]:
    """The output itself, what losses declare, and the exponential."""
    yield lambda x: x, None
    for rule in RULES:
        if rule.prediction is not None and rule.prediction.labels != "signs":
            yield rule.prediction.mean, rule.prediction.labels
    yield exp, None


def _vanishes(slope: Expr, target: Var, mean: Callable[[Expr], Expr]) -> bool:
    free = next((node for node in postorder(slope) if isinstance(node, Var) and node.name == PART), None)
    if free is None:
        return False
    try:
        wanted = mean(free)
        return wanted.shape == target.shape and is_proved(substitute(slope, {target: wanted}, enter_named=True), filled(0, slope.shape))
    except ByhandError:
        return False
