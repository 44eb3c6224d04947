"""What a rule says about itself, proved against its definition: messages, stable forms, facts, and slips as wrong."""

from __future__ import annotations

import re

import numpy as np
import pytest

from byhand.derive.sweep import derive
from byhand.lang.expr import Expr, apply, filled, num, var
from byhand.lang.functions import total
from byhand.lang.leaf import Leaf, LeafSlip
from byhand.lang.leaves import LEAVES
from byhand.lang.names import Grad
from byhand.lang.rule import Rule, Slip, ValueSlip
from byhand.lang.update_rule import Formula, LineSlip, UpdateRule
from byhand.lang.walk import spelled_out
from byhand.rules import BY_NAME, RULES
from byhand.rules.updates import UPDATE_RULES
from byhand.run.evaluate import evaluate
from byhand.run.prove import prove
from support.rule_cases import CASES, TURNING, Case, data_for, sizes_for

STATED = [(case, name) for case in CASES for name in case.declared if name in case.rule.messages]
SLIPS = [(rule, slip) for rule in RULES for slip in rule.slips]
VALUE_SLIPS = [(rule, slip) for rule in RULES for slip in rule.value_slips]
LINE_SLIPS = [(rule, line, slip) for rule in UPDATE_RULES for line in rule.lines for slip in line.slips]
LEAF_SLIPS = [(leaf, slip) for leaf in LEAVES for slip in leaf.slips]


def _called(part: object) -> str:
    match part:
        case Slip() | ValueSlip() | LeafSlip() | LineSlip():
            return part.id
        case Formula(of):
            return of
        case UpdateRule(name):
            return name
        case _:
            return str(part)


def derived(case: Case, name: str) -> Expr:
    """The gradient of the sum of G ⊙ y, through the rule's definition."""
    (gradient,) = (g for q, g in derive(case.node.body, [case.declared[name]], seed=case.incoming).gradients.items() if q == name)
    return spelled_out([gradient.body], lambda name: not isinstance(name, Grad))[gradient.body]


@pytest.mark.parametrize(("case", "name"), STATED, ids=str)
def test_messages(case: Case, name: str) -> None:
    message = case.message(case.rule.messages[name].formula)
    assert message.shape == case.declared[name].shape
    verdict = prove(message, derived(case, name))
    assert verdict.verdict == "holds", str(verdict.counterexample)
    assert verdict.certainty == "exact" or case.rule.name in TURNING


@pytest.mark.parametrize("case", [case for case in CASES if case.rule.stable is not None], ids=str)
def test_stable_forms(case: Case) -> None:
    assert case.rule.stable is not None
    verdict = prove(case.rule.stable(*case.node.args, **case.options), case.node.body)
    assert verdict.verdict == "holds", str(verdict.counterexample)


@pytest.mark.parametrize("case", [case for case in CASES if "sums_to_one" in case.rule.facts], ids=str)
def test_sums_to_one(case: Case) -> None:
    sums = total(case.node, case.options.get("axis", -1))
    verdict = prove(sums, filled(1, sums.shape))
    assert (verdict.verdict, verdict.certainty) == ("holds", "exact"), str(verdict.counterexample)


@pytest.mark.parametrize("case", [case for case in CASES if {"positive", "nonnegative"} & set(case.rule.facts)], ids=str)
def test_signs(case: Case) -> None:
    operands = list(case.declared.values())
    for seed in range(5):
        value = evaluate([case.node], data_for(operands, seed), sizes_for(operands), exact=False).roots[0]
        assert np.all(value > 0 if "positive" in case.rule.facts else value >= 0)


@pytest.mark.parametrize(("rule", "slip"), SLIPS, ids=_called)
def test_slips_are_wrong(rule: Rule, slip: Slip) -> None:
    """In at least one example; some slips do no harm in a single sample."""
    tried = [case for case in CASES if case.rule is rule and slip.argument in case.declared]
    assert any(prove(case.message(slip.formula), derived(case, slip.argument)).verdict == "fails" for case in tried)


def test_slips_keep_the_shape() -> None:
    """A slip of another shape would be found without knowing it."""
    for rule, slip in SLIPS:
        for case in CASES:
            if case.rule is rule and slip.argument in case.declared:
                assert case.message(slip.formula).shape == case.declared[slip.argument].shape, f"{case}: {slip.id}"


@pytest.mark.parametrize(("rule", "slip"), VALUE_SLIPS, ids=_called)
def test_wrong_values_are_wrong(rule: Rule, slip: ValueSlip) -> None:
    """In at least one example, and of the shape of the right value in all."""
    verdicts: list[str] = []
    for case in (case for case in CASES if case.rule is rule):
        wrong = slip.formula(*case.node.args, **case.options)
        assert wrong.shape == case.node.shape, str(case)
        verdicts.append(prove(wrong, case.node.body).verdict)
    assert "fails" in verdicts


@pytest.mark.parametrize(("leaf", "slip"), LEAF_SLIPS, ids=_called)
def test_wrong_slopes_are_wrong(leaf: Leaf, slip: LeafSlip) -> None:
    x = var("x", ("n",))
    y = apply(leaf, x)
    (right,) = leaf.derivative(x, y)
    assert slip.slope(x, y).shape == right.shape
    assert prove(slip.slope(x, y), right).verdict == "fails"


@pytest.mark.parametrize(("rule", "line", "slip"), LINE_SLIPS, ids=_called)
def test_wrong_lines_of_updates_are_wrong(rule: UpdateRule, line: Formula, slip: LineSlip) -> None:
    """For all values of the hyperparameters, at the third step."""
    words = {f"{name}{prime}": var(f"{name}{prime}", ("n",)) for name in ("w", "g", "m", "v", "s", "mhat", "vhat", "d") for prime in ("", "'")}
    words |= {one.symbol: var(one.symbol, (), {"positive"}) for one in rule.hyperparameters} | {"eta": var("eta"), "t": num(3)}
    wrong, right = slip.build(words), line.build(words)
    assert wrong.shape == right.shape
    assert prove(wrong, right).verdict == "fails"


def test_slips_are_said_as_conditions() -> None:
    """They end the sentence "matches what you get if …", and name no operand that the rule does not have."""
    for rule in RULES:
        for slip in (*rule.slips, *rule.value_slips):
            assert not slip.message.endswith("."), slip.message
            assert not slip.message.startswith(("this ", "it ", "here ")), slip.message
            assert set(re.findall(r"\{(\w+)\}", slip.message)) <= {argument.name for argument in rule.arguments}, slip.message
    assert all(set(re.findall(r"\{(\w+)\}", slip.message)) <= {"x", "y"} for _, slip in LEAF_SLIPS)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_declarations(rule: Rule) -> None:
    names = [argument.name for argument in rule.arguments]
    assert set(rule.messages) <= set(names)
    assert {slip.argument for slip in rule.slips} <= set(names)
    assert all(re.fullmatch(r"[SR]\d\d", slip.id) for slip in (*rule.slips, *rule.value_slips))
    assert rule.summary.endswith(".")
    assert "\n" not in rule.summary
    assert rule.formula
    assert rule.source
    assert all(message.because and not message.because.endswith(".") for message in rule.messages.values())
    assert {len(arg.shape) for case in CASES if case.rule is rule for arg in case.declared.values()} - {0}, "an example with a vector or a matrix"


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(RULES)
    assert all(BY_NAME[rule.name] is rule for rule in RULES)
