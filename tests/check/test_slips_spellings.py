"""Slips as a teacher meets them: the same numbers in every spelling, words that differ, settings that would be passed over, variants in Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from catalogues import exercise
from slip_sheets import COLUMNS, ROWS, VECTOR

from byhand.app.api import sheet
from byhand.app.slips import slips
from byhand.app.solving import solve_text
from byhand.check.exercise.build import exercise_of
from byhand.check.settings import settings_of
from byhand.check.slips.catalogue import catalogue_of, mutations_of
from byhand.check.slips.separate import separating, share
from byhand.lang.errors import ByhandError
from byhand.run.arrays import Array

SMALL = "x = [1, 2]\nt = [0, 1]\nW = [[1, 2], [0, -1]]\nz = W @ x\np = softmax(z)\nL = -sum(t*log(p))\ndL/dz, dL/dW"

POOR = """---
vary:
  x: -3 to 3
  W: -2 to 2
---
```byhand
x = [1, 1]
t = [0, 1]
W = [[0, 0], [0, 0]]
z = W @ x
h = relu(z)
L = sum((h - t)**2)
dL/dz, dL/dW
```
"""


def test_variants_that_tell_slips_apart_in_python() -> None:
    """The same numbers as the command writes."""
    made = [one.source for one in sheet(POOR).variants(2, separate=0.9)]
    assert all(share(list(separating(exercise_of(solve_text(text), text)).here())) >= 0.9 for text in map(str, made))
    with pytest.raises(ByhandError, match="the share is a number from 0 to 1"):
        sheet(POOR).variants(2, separate=95)


def test_what_is_not_the_same_is_not_said_in_the_same_words() -> None:
    """S27 as an outer product and entry by entry, ½ of one term or of all, samples in columns or in rows."""
    for text in (ROWS, COLUMNS, VECTOR, PENALTY):
        of = exercise_of(solve_text(text), text)
        for name, found in mutations_of(of).items():
            said = [(one.id, one.message) for one in found if one.id.startswith("S") and one.rank <= 2]
            assert len(said) == len(set(said)), (name, said)


PENALTY = """---
title: Weight decay
---
```byhand
x = [1, 2]
t = [1, 0]
W = [[0.5, -1], [0.3, 0.8]]
b = [0.1, -0.2]
lam = 0.1
z = W @ x + b
y = sigmoid(z)
L = 0.5 * sum((y - t)**2) + lam / 2 * sum(W**2)
dL/dW, dL/db
```
"""

SOFTMAX = "x = [1, 2]\nt = [0, 1, 0]\nW = [[1, 2], [0.5, -1], [0, 1]]\nb = [0.5, 0, -1]\nz = W @ x + b\np = {}\nL = {}\ndL/dz, dL/dW"
LOGISTIC = "x = [1, 2]\nt = [0, 1]\nW = [[1, 2], [0.5, -1]]\nb = [0.5, 0]\nz = W @ x + b\np = {}\nL = {}\ndL/dz, dL/dW"
BY_HAND = "-sum(t*log(p) + (1 - t)*log(1 - p)) / 2"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (SOFTMAX.format("softmax(z)", "-sum(t * log(p))"), "S14 S15 S17 S18 S19 S36"),
        (SOFTMAX.format("exp(z) / sum(exp(z))", "-sum(t * log(p))"), "S14 S15 S17 S18 S19 S36"),
        (LOGISTIC.format("sigmoid(z)", BY_HAND), "S14 S15 S19 S32 S33 S36"),
        (LOGISTIC.format("sigmoid(z)", "binary_cross_entropy(p, t)"), "S14 S15 S19 S32 S33 S36"),
        (LOGISTIC.format("1 / (1 + exp(-z))", BY_HAND), "S14 S15 S19 S32 S33 S36"),
        (LOGISTIC.format("1 / (1 + exp(-z))", "0.5 * sum((p - t)**2)"), "S14 S16 S21 S32 S33 S36"),
    ],
)
def test_the_same_numbers_in_every_spelling(text: str, ids: str) -> None:
    """Whether a function is a rule or written out, and a loss a rule or a formula: the slips have the same numbers."""
    found = mutations_of(exercise(text))
    assert {one.id for one in found["dL/dz"]} >= set(ids.split())
    back = "S16" if "S16" in ids else "S19"
    assert back in {one.id for one in found["dL/dW"]}
    assert {"S03", "S04"} <= {one.id for one in found["p"]}


def test_squares_alone_are_no_weight_decay() -> None:
    found = mutations_of(exercise("x = 3\nf = 5 * x**2 + 2\ndf/dx"))
    assert "S21" in {one.id for one in found["df/dx"]}
    assert "S46" not in {one.id for name in ("f", "df/dx") for one in found[name]}


@pytest.mark.parametrize(
    ("front", "message"),
    [
        ("slips:\n- dL/dz = t - p: the sign", "line 4: slips: the line '- dL/dz = t - p: the sign' is not indented"),
        ("slips:\ndL/dz = t - p: the sign", "line 4: slips: the line 'dL/dz = t - p: the sign' is not indented"),
        ("check:\ndigits: 3", "line 4: check: the line 'digits: 3' is not indented"),
        ("Check:\n  digits: 3", "line 3: there is no setting Check: at the top of a sheet. Did you mean check:?"),
        ("slip:\n  dL/dz = t - p: the sign", "line 3: there is no setting slip: at the top of a sheet. Did you mean slips:?"),
        ("check:\n  digits: 3\n  digits: 4", "line 5: check: digits is said twice, in line 4 as well."),
        ("check:\n  tolerance: 1%", "line 4: check: tolerance is a difference that is accepted, such as 0.01; it cannot be a percentage, 1%."),
        ("check:\n  digits: 3\n  marks: L: 2, Q: 3", "line 5: check: marks are given for Q, which is no quantity of this sheet."),
    ],
)
def test_what_would_be_passed_over_is_said(front: str, message: str) -> None:
    text = f"---\ntitle: A sheet\n{front}\n---\n```byhand\n{SMALL}\n```\n"
    with pytest.raises(ByhandError) as found:
        catalogue_of(exercise_of(solve_text(text), text))
    assert str(found.value).startswith(message)


def test_a_list_of_own_slips() -> None:
    assert [one.formula for one in settings_of("---\nslips:\n  - dL/dz = t - p: the sign\n---\n").own] == ["t - p"]


@pytest.mark.parametrize(
    ("value", "loss"),
    [
        ("softmax(z)", "-sum(t * log(p))"),
        ("exp(z) / sum(exp(z))", "-sum(t * log(p))"),
        ("softmax(z)", "cross_entropy(z, t)"),
    ],
)
def test_who_has_other_probabilities_goes_on_with_them(value: str, loss: str) -> None:
    """p − t is what follows from p, however the sheet writes p out, and though its loss may be made of z."""
    p = np.array([0.2, 0.5, 0.3])
    error = p - [0, 1, 0]
    text = f"```byhand\n{SOFTMAX.format(value, loss)}\n```\n"
    found = sheet(text).check({"p": p.tolist(), "L": -float(np.log(0.5)), "dL/dz": error.tolist(), "dL/dW": np.outer(error, [1, 2]).tolist()})
    assert [found[name].status for name in ("p", "L", "dL/dz", "dL/dW")] == ["wrong", "follows", "follows", "follows"]


@pytest.mark.parametrize(
    ("value", "slope"),
    [
        ("1 / (1 + exp(-z))", lambda p: p * (1 - p)),
        ("(exp(z) - exp(-z)) / (exp(z) + exp(-z))", lambda p: 1 - p**2),
        ("maximum(z, 0)", lambda p: p > 0),
    ],
)
def test_who_has_other_activations_goes_on_with_them(value: str, slope: Callable[[Array], Array]) -> None:
    p = np.array([0.2, 0.5])
    error = (p - [0, 1]) * slope(p)
    text = f"```byhand\n{LOGISTIC.format(value, '0.5 * sum((p - t)**2)')}\n```\n"
    found = sheet(text).check({"p": p.tolist(), "dL/dz": error.tolist(), "dL/dW": np.outer(error, [1, 2]).tolist()})
    assert [found[name].status for name in ("p", "dL/dz", "dL/dW")] == ["wrong", "follows", "follows"]


def test_a_long_list_is_cut(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[2] / "examples" / "d3-softmax-network.md").read_text(encoding="utf-8")
    path = tmp_path / "sheet.md"
    path.write_text(text, encoding="utf-8")
    short, whole = (str(slips(path, every=every)) for every in (False, True))
    assert "more; --all lists them." in short
    assert "more; --all lists them." not in whole
