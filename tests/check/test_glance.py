"""Law: what is seen at first sight is what is found one by one; the short way changes no word of any report."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import numpy as np
import pytest

from byhand.app.checking import prepared
from byhand.check.answers.entry import HandIn
from byhand.check.answers.read import from_text
from byhand.check.judge.glance import Glance
from byhand.check.judge.judge import Judge
from byhand.run.arrays import Array

EXAMPLES = Path(__file__).parents[2] / "examples"
SHEETS = ("b1-two-layer-regression", "d1-sigmoid-network", "e2-label-smoothing-step")


def hand_in(judge: Judge, draw: Random) -> HandIn:
    """Right numbers, or a slip or two with what follows from them, to so many digits; now and then a cell that is anything, or an answer left out."""
    own: dict[str, Array] = dict(judge.truths)
    names = [name for name, quantity in judge.exercise.quantities.items() if quantity.steps and quantity.parents and name in own]
    places = draw.sample(names, draw.choice((0, 1, 1, 2)))
    for name in names:
        slips = judge.mutations.get(name, ()) if name in places else ()
        step = draw.choice(slips).step if slips else judge.exercise.quantities[name].steps[0]
        found = judge.engine.values([step], own)
        if found is not None and found[0].shape == own[name].shape and np.isfinite(found[0]).all():
            own[name] = np.array(found[0])
    if draw.random() < 0.2:
        own[draw.choice(names)] *= draw.choice((1 + 1e-5, 1.01, -1, 2))
    digits = draw.choice((2, 3, 4, 6, 6, 17))
    answers = {name: own[name][0].tolist() for name in names if draw.random() < 0.95}
    text = json.dumps({"answers": answers})
    return next(from_text(json.dumps(json.loads(text, parse_float=lambda one: float(f"{float(one):.{digits}g}"))), "x", "json"))


@pytest.mark.parametrize("name", SHEETS)
def test_first_sight_changes_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    judge, draw = prepared((EXAMPLES / f"{name}.md").read_text(), name), Random(3)
    some = [hand_in(judge, draw) for _ in range(120)]
    quick = [judge.mark(one) for one in some]
    statuses = {mark.status for report in quick for mark in report.marks}
    assert {"right", "follows", "slip"} <= statuses
    monkeypatch.setattr(Glance, "right", lambda *_: frozenset())
    monkeypatch.setattr(Glance, "following", lambda *_: {})
    assert quick == [judge.mark(one) for one in some]
