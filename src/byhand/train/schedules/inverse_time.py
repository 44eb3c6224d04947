"""A learning rate that shrinks like one over the time: slow enough to get anywhere, fast enough to settle."""

from __future__ import annotations

from byhand.train.schedules.schedule import Number, Schedule

INVERSE_TIME = Schedule(
    name="inverse_time",
    title="One over the time",
    formula="η = η₀ / (1 + k e)",
    factor=lambda course, numbers: 1 / (1 + numbers["decay"] * course.epoch),
    source="Robbins and Monro, A stochastic approximation method, 1951: Σ η = ∞ and Σ η² < ∞",
    numbers=(Number("decay", 0.1, "k, how soon the rate is halved: after 1/k epochs"),),
)
