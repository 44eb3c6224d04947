"""Schedules of learning rates: the numbers of PyTorch's, or of the formula in the textbook."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.lang.errors import ByhandError
from byhand.train.schedules import SCHEDULES, planned

EPOCHS, STEPS = 6, 5


def all_rates(text: str, warmup: float = 0.0, losses: tuple[float, ...] = (), epochs: int = EPOCHS) -> np.ndarray:
    plan = planned(text, warmup)
    return np.concatenate([plan.rates(0.4, epoch, STEPS, epochs, losses[:epoch]) for epoch in range(epochs)])


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("constant", lambda e: 1.0),
        ("step:every=2,factor=0.5", lambda e: 0.5 ** int(e / 2 + 1e-9)),
        ("exponential:factor=0.9", lambda e: 0.9**e),
        ("inverse_time:decay=0.3", lambda e: 1 / (1 + 0.3 * e)),
        ("cosine:final=0.1", lambda e: 0.1 + 0.9 * (1 + np.cos(np.pi * e / EPOCHS)) / 2),
    ],
)
def test_formulas(text: str, factor: object) -> None:
    expected = [0.4 * factor(k / STEPS) for k in range(EPOCHS * STEPS)]  # type: ignore[operator]
    np.testing.assert_allclose(all_rates(text), expected, rtol=1e-12)


def test_against_torch() -> None:
    torch = pytest.importorskip("torch")
    kinds = torch.optim.lr_scheduler
    for text, make in (
        ("step:every=2,factor=0.3", lambda o: kinds.StepLR(o, 2, 0.3)),
        ("exponential:factor=0.8", lambda o: kinds.ExponentialLR(o, 0.8)),
        ("cosine", lambda o: kinds.CosineAnnealingLR(o, EPOCHS)),
    ):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.4)
        schedule = make(optimizer)
        for epoch in range(EPOCHS):
            assert all_rates(text)[epoch * STEPS] == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9), text
            optimizer.step()
            schedule.step()


def test_a_plateau_is_found_where_torch_finds_it() -> None:
    torch = pytest.importorskip("torch")
    losses = (5.0, 4.0, 4.0, 4.1, 4.2, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 2.0)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.4)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)
    found = all_rates("plateau:factor=0.5,patience=2", losses=losses, epochs=len(losses))
    for epoch, loss in enumerate(losses):
        assert found[epoch * STEPS] == pytest.approx(optimizer.param_groups[0]["lr"])
        schedule.step(loss)
    assert found[-1] < 0.2


def test_warm_up_grows_evenly_and_then_the_schedule_begins() -> None:
    found = all_rates("cosine", warmup=2.0)
    np.testing.assert_allclose(found[: 2 * STEPS], 0.4 * np.arange(1, 2 * STEPS + 1) / (2 * STEPS))
    np.testing.assert_allclose(found[2 * STEPS :], [0.4 * (1 + np.cos(np.pi * k / STEPS / 4)) / 2 for k in range(4 * STEPS)])


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda one: one.name)
def test_what_it_is_written_like_can_be_read(schedule: object) -> None:
    plan = planned(schedule.takes())  # type: ignore[attr-defined]
    assert plan.schedule is schedule
    assert plan.numbers == {one.name: one.default for one in plan.schedule.numbers}
    assert plan.rates(1.0, 0, 4, 10, ())[0] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("linear", "there is no schedule 'linear'; there are constant"),
        ("step:evry=3", "has no number 'evry': it is written step:every=10,factor=0.1"),
        ("step:every=soon", "every=soon of the schedule step is no number"),
        ("exponential:factor=1.5", "has to be a number from 0 to 1"),
        ("step:every=-1", "has to be a number of at least 1e-06"),
    ],
)
def test_messages(text: str, said: str) -> None:
    with pytest.raises(ByhandError, match=r".") as caught:
        planned(text)
    assert said in str(caught.value)
