"""What losses say they compare: every loss says it, and the scores it is lowest at are those that predict the target."""

from __future__ import annotations

import pytest

from byhand.derive.sweep import derive
from byhand.lang.expr import Expr, Var, as_number, named
from byhand.lang.functions import mean
from byhand.lang.rule import Rule
from byhand.lang.walk import substitute
from byhand.rules import LOSSES, RULES
from byhand.run.prove import prove
from support.rule_cases import CASES, Case

STATED = [rule for rule in RULES if rule.prediction is not None]
STATING = [(case, case.rule.prediction) for case in CASES if case.rule.prediction is not None and len(case.declared) == 2]
MEANS = [case for case, said in STATING if said.labels != "signs" and case.declared[said.target].shape == case.declared[said.scores].shape]
"""Without smoothed targets, which are other targets, and without one target for all scores."""


def test_every_loss_with_a_target_says_what_it_predicts() -> None:
    with_labels = [rule for rule in RULES if any(argument.classes for argument in rule.arguments)]
    with_reduction = [rule for rule in RULES if any(option.name == "reduction" for option in rule.options)]
    assert {*with_labels, *with_reduction} <= set(STATED) <= set(LOSSES)


@pytest.mark.parametrize("rule", STATED, ids=lambda rule: rule.name)
def test_scores_and_target_are_arguments_of_the_rule(rule: Rule) -> None:
    assert rule.prediction is not None
    arguments = {argument.name: argument for argument in rule.arguments}
    assert {rule.prediction.scores, rule.prediction.target} <= arguments.keys()
    assert not arguments[rule.prediction.target].classes or rule.prediction.labels == "one_hot"


@pytest.mark.parametrize("case", MEANS, ids=str)
def test_the_loss_is_lowest_where_the_target_is_the_prediction(case: Case) -> None:
    """The gradient of the scores vanishes there; for distributions it is the same for all entries, whose sum is given."""
    stated = case.rule.prediction
    assert stated is not None
    scores, target = case.declared[stated.scores], case.declared[stated.target]
    wanted = stated.mean(scores)
    total = case.node if not case.node.shape else mean(case.node)
    gradient = derive(named("L", total), [scores]).gradients[scores.name].body
    body = _spelled(gradient, target, wanted)
    distribution = "sums_to_one" in scores.facts and stated.labels is None
    left = body - mean(body, axis=-1, keepdims=True) if distribution else body
    assert prove(left, 0 * left).verdict == "holds"


def _spelled(gradient: Expr, target: Var, wanted: Expr) -> Expr:
    found = substitute(gradient, {target: wanted}, enter_named=True)
    assert as_number(found) is None or not as_number(found).terms  # type: ignore[union-attr]
    return found


def test_hinge_scores_are_margins() -> None:
    hinge = next(rule for rule in STATED if rule.prediction is not None and rule.prediction.labels == "signs")
    node = next(case for case in CASES if case.rule is hinge).declared["f"]
    assert hinge.prediction is not None
    assert hinge.prediction.mean(node) is node
