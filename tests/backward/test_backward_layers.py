"""Layers and losses as people write them: right ones pass, and of wrong ones the first wrong gradient is named, with the slip where one is known."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from backward_layers import LAYERS, Layer

from byhand.check.backward.check import examined
from byhand.check.backward.inputs import read_inputs
from byhand.check.backward.pairs import Pair
from byhand.check.backward.problem import Problem, problem_of
from byhand.check.backward.result import BackwardCheck

NAMES = {layer.name: layer for layer in LAYERS}
WRONG = [(layer.name, mistake) for layer in LAYERS for mistake in layer.wrong]


@cache
def problem(name: str) -> Problem:
    layer = NAMES[name]
    return problem_of(layer.formula, read_inputs(layer.inputs), layer.options.get("wrt"))


def checked(layer: Layer, backward: Callable[..., Any]) -> BackwardCheck:
    return examined(problem(layer.name), Pair(layer.name, lambda *given: layer.forward(np, *given), backward))


@pytest.mark.parametrize("name", NAMES)
def test_a_right_layer_passes(name: str) -> None:
    found = checked(NAMES[name], NAMES[name].right)
    assert found.ok, str(found)
    assert set(found.trial.problem.wanted) <= set(found.trial.backward)
    assert len(found.trial.cases) >= 3


@pytest.mark.parametrize(("name", "mistake"), WRONG)
def test_a_wrong_layer_is_caught(name: str, mistake: str) -> None:
    wrong = NAMES[name].wrong[mistake]
    found = checked(NAMES[name], wrong.backward)
    assert not found.ok
    assert found.stage == "backward"
    assert found.first_wrong == wrong.first, str(found)
    assert wrong.words in found.message
    assert not wrong.slip or (found.slip is not None and found.slip.id == wrong.slip), str(found)


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_value_is_told_from_a_wrong_gradient(name: str) -> None:
    layer = NAMES[name]
    caller = Pair(name, lambda *given: layer.forward(np, *given) * 1.001, layer.right)
    found = examined(problem(name), caller)
    assert (found.ok, found.stage, found.first_wrong) == (False, "forward", found.trial.problem.output)


def test_every_layer_has_two_mistakes_at_least() -> None:
    assert all(len(layer.wrong) >= 2 for layer in LAYERS)
