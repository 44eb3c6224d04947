"""Law 4: the derivation shown is the log of the derivation that ran. Each gradient is put together again from its steps alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations, islice

from expressions import Network, networks, symbolic_networks
from hypothesis import given, settings
from hypothesis import strategies as st

from byhand.derive import Derivation, Step, derive
from byhand.lang.expr import Expr, Named, add
from byhand.lang.names import Grad, Name
from byhand.run.prove import prove

IDENTITIES = ("sum over all uses", "simplify", "insert", "fact")
"""Steps that change how a gradient is written; all others are messages from where a quantity is used."""


def replayed(derivation: Derivation, name: Name, seen: Counter[str]) -> Expr:
    """The gradient as its steps give it: messages added up, then one identity after another."""
    steps = derivation.steps_of(name)
    messages = [step for step in steps if step.rule not in IDENTITIES]
    assert tuple(messages) == steps[: len(messages)], "messages come first"
    for step in messages:
        check_message(derivation, step)
    body = add([step.after for step in messages])
    for step in steps[len(messages) :]:
        assert step.before is body, f"{step.rule} goes on from what stands there"
        assert is_equal(step.before, step.after), f"{name}: {step.rule} changes the value"
        seen[step.rule] += 1
        body = step.after
    return body


def check_message(derivation: Derivation, step: Step) -> None:
    """It comes from the gradient of the quantity it went through, along its inner steps."""
    consumer = step.through
    assert isinstance(consumer, Named)
    assert consumer in derivation.forward
    at_loss = consumer is derivation.loss
    assert at_loss or step.before is derivation.gradients[consumer.name]
    reached = [step.before]
    for inner in step.inner:
        assert inner.before in reached or is_sum_of_some(inner.before, reached), f"{inner.rule} goes on from inner steps before it"
        reached.append(inner.after)
    assert not step.inner or step.after in reached or is_sum_of_some(step.after, reached)
    assert step.because


def is_sum_of_some(node: Expr, parts: Sequence[Expr]) -> bool:
    """Messages that meet at one place are added."""
    fitting = [part for part in parts if part.shape == node.shape]
    return any(add(some) is node for count in range(2, len(fitting) + 1) for some in islice(combinations(fitting, count), 5000))


def is_equal(left: Expr, right: Expr) -> bool:
    return left is right or prove(left, right).verdict == "holds"


def test_every_gradient_is_what_its_steps_come_to() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=400)
    @given(st.one_of(networks(), symbolic_networks()))
    def check(network: Network) -> None:
        derivation = derive(network.loss, network.variables)
        logged = {step.of for step in derivation.steps}
        for name, gradient in derivation.gradients.items():
            if name == derivation.loss.name:
                assert gradient.body.shape == ()
            elif Grad(str(derivation.loss.name), str(name)) in logged:
                assert replayed(derivation, gradient.name, seen) is gradient.body
        assert logged <= {gradient.name for gradient in derivation.gradients.values()}

    check()
    assert set(seen) == set(IDENTITIES), seen
