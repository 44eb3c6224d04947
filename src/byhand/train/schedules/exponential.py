"""A learning rate that shrinks by the same share in every epoch."""

from __future__ import annotations

from byhand.train.schedules.schedule import Number, Schedule

EXPONENTIAL = Schedule(
    name="exponential",
    title="Exponential decay",
    formula="η = η₀ · γᵉ",
    factor=lambda course, numbers: numbers["factor"] ** course.epoch,
    source="Goodfellow, Bengio and Courville, Deep Learning, section 8.3.1; e grows from step to step, not from epoch to epoch",
    numbers=(Number("factor", 0.95, "γ, what is left of the rate after an epoch", high=1.0),),
)
