"""Every update rule against an implementation that nobody here wrote: PyTorch's optimisers, in 64-bit floats."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from byhand.app.solving import solve_text
from byhand.lang.expr import var
from byhand.rules.updates import BY_NAME, UPDATE_RULES
from byhand.sheets.answer import answer

torch = pytest.importorskip("torch")
STEPS = 5
SHEET = """```byhand
X = [[1, 2], [-1, 1], [0.5, -0.5]]
Y = [[1, 0], [0, 1], [1, 0]]
W = [[0.1, -0.1], [0.2, 0.3]]
b = [0, 0.5]
gamma = 0.7
P = softmax(X @ W + b)
L = -mean(sum(Y * log(P), axis=1)) + 0.05 * sum(W**2)
{}
```
"""
Optimiser = Callable[[Iterable[Any]], Any]
O = torch.optim
CASES: list[tuple[str, Optimiser]] = [
    ("rate=0.3", lambda p: O.SGD(p, lr=0.3)),
    ("rate=0.3, rule=sgd, weight_decay=0.1", lambda p: O.SGD(p, lr=0.3, weight_decay=0.1)),
    ("rate=0.3, rule=momentum", lambda p: O.SGD(p, lr=0.3, momentum=0.9)),
    ("rate=0.3, rule=momentum, beta=0.5, weight_decay=0.1", lambda p: O.SGD(p, lr=0.3, momentum=0.5, weight_decay=0.1)),
    ("rate=0.3, rule=momentum, momentum=gamma", lambda p: O.SGD(p, lr=0.3, momentum=0.7)),
    ("rate=0.2, rule=nesterov", lambda p: O.SGD(p, lr=0.2, momentum=0.9, nesterov=True)),
    ("rate=0.2, rule=nag, beta=0.6, weight_decay=0.3", lambda p: O.SGD(p, lr=0.2, momentum=0.6, nesterov=True, weight_decay=0.3)),
    ("rate=0.1, rule=adagrad", lambda p: O.Adagrad(p, lr=0.1)),
    ("rate=0.1, rule=adagrad, epsilon=0.01, weight_decay=0.2", lambda p: O.Adagrad(p, lr=0.1, eps=0.01, weight_decay=0.2)),
    ("rate=0.01, rule=rmsprop", lambda p: O.RMSprop(p, lr=0.01)),
    ("rate=0.01, rule=RMSProp, decay=0.9, eps=0.001, weight_decay=0.2", lambda p: O.RMSprop(p, lr=0.01, alpha=0.9, eps=0.001, weight_decay=0.2)),
    ("rate=0.001, rule=adam", lambda p: O.Adam(p, lr=0.001)),
    ('rate=0.1, rule="Adam", beta1=0.5, beta2=0.9, eps=0.001, weight_decay=0.1', lambda p: O.Adam(p, lr=0.1, betas=(0.5, 0.9), eps=0.001, weight_decay=0.1)),
    ("rate=0.1, rule=adamw", lambda p: O.AdamW(p, lr=0.1)),
    ("rate=0.1, rule=adamw, weight_decay=0.3, beta1=0.8", lambda p: O.AdamW(p, lr=0.1, weight_decay=0.3, betas=(0.8, 0.999))),
]


def by_torch(make: Optimiser) -> list[dict[str, np.ndarray]]:
    X = torch.tensor([[1, 2], [-1, 1], [0.5, -0.5]], dtype=torch.float64)
    Y = torch.tensor([[1, 0], [0, 1], [1, 0]], dtype=torch.float64)
    W = torch.tensor([[0.1, -0.1], [0.2, 0.3]], dtype=torch.float64, requires_grad=True)
    b = torch.tensor([0, 0.5], dtype=torch.float64, requires_grad=True)
    optimiser = make([W, b])
    found = []
    for _ in range(STEPS):
        optimiser.zero_grad()
        (torch.nn.functional.cross_entropy(X @ W + b, Y) + 0.05 * (W**2).sum()).backward()
        optimiser.step()
        found.append({"W": W.detach().numpy().copy(), "b": b.detach().numpy().copy()})
    return found


@pytest.mark.parametrize(("options", "make"), CASES, ids=[options for options, _ in CASES])
def test_it_steps_as_torch_does(options: str, make: Optimiser) -> None:
    values = answer(solve_text(SHEET.format(f"step(L, [W, b], {options}, times={STEPS})")))["values"]
    for count, expected in enumerate(by_torch(make), 1):
        for name, value in expected.items():
            np.testing.assert_allclose(values[name + "'" * count], value, rtol=1e-12, atol=1e-12, err_msg=f"{name}, step {count}")


@pytest.mark.parametrize("rule", ["momentum", "adam"])
def test_steps_one_after_another_remember(rule: str) -> None:
    """Three lines take the steps that one line takes."""
    together = answer(solve_text(SHEET.format(f"step(L, [W, b], rate=0.1, rule={rule}, times=4)")))["values"]
    line = f"step(L, [W, b], rate=0.1, rule={rule}"
    apart = answer(solve_text(SHEET.format(f"{line})\n{line}, times=2)\n{line})")))["values"]
    assert apart["W''''"] == together["W''''"]


def test_every_rule_is_compared() -> None:
    """But those that torch does not have, which have tests of their own in tests/sheets/test_steps.py."""
    compared = {BY_NAME[options.partition("rule=")[2].partition(",")[0].strip('"').lower() or "sgd"].name for options, _ in CASES}
    assert {rule.name for rule in UPDATE_RULES} - compared == {"heavy_ball", "newton", "perceptron"}


def test_the_two_forms_of_momentum() -> None:
    """With one learning rate they take the same steps; the velocity of one is −η times that of the other."""
    a = answer(solve_text(SHEET.format("step(L, [W, b], rate=0.25, rule=momentum, times=3)")))["values"]
    b = answer(solve_text(SHEET.format("step(L, [W, b], rate=0.25, rule=heavy_ball, times=3)")))["values"]
    np.testing.assert_allclose(a["W'''"], b["W'''"], rtol=1e-13)
    np.testing.assert_allclose(-0.25 * np.array(a["v_W'''"]), b["v_W'''"], rtol=1e-12)


@pytest.mark.parametrize("rule", UPDATE_RULES, ids=lambda rule: rule.name)
def test_its_lines_are_formulas_of_what_it_declares(rule: Any) -> None:
    """Over symbolic sizes every line can be built, keeps the shape of the parameter, and renews each state once."""
    shape = ("m", "n")
    q: dict[str, Any] = {"w": var("w", shape), "g": var("g", shape), "eta": var("eta"), "t": var("t")}
    q |= {one.symbol: var(one.symbol) for one in rule.hyperparameters} | {one.name: var(one.name, shape) for one in rule.states}
    renewed = []
    for line in rule.lines:
        made = line.build(q)
        assert made.shape == q["w"].shape
        assert line.because
        assert line.title
        q[f"{line.of}'"] = made
        renewed.append(line.of)
    assert renewed[-1] == "w"
    assert [one.name for one in rule.states] == [of for of in renewed if of in {one.name for one in rule.states}]
    assert len(renewed) == len(set(renewed))
    assert all(line.only_with in {"", *(one.name for one in rule.hyperparameters)} for line in rule.lines)
