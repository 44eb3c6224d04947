"""Constant factors that people lose or gain, for one quantity of an exercise: 2, the number of samples, the learning rate, logarithms to another base."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import log
from typing import Literal, TypeAlias

from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.numbers.axes import samples
from byhand.lang.expr import Contract, Num, Var
from byhand.lang.names import Grad
from byhand.lang.walk import postorder

Role: TypeAlias = Literal["loss", "gradient", "updated", "other"]


@dataclass(frozen=True, slots=True)
class Factor:
    """``of_step``: what is said where the step of an update has this factor. ``digits``: how many an answer must have to be recognised by it."""

    value: float
    id: str
    message: str
    of_step: str
    digits: int = 2


@lru_cache(maxsize=4096)
def role(quantity: Quantity, exercise: Exercise) -> Role:
    """What a quantity is for those that come after it."""
    if quantity.kind in ("gradient", "updated"):
        return "gradient" if quantity.kind == "gradient" else "updated"
    scalars = {one.node.name.of for one in exercise.quantities.values() if isinstance(one.node.name, Grad)}
    return "loss" if quantity.kind == "defined" and str(quantity.node.name) in scalars else "other"


@lru_cache(maxsize=4096)
def factors(quantity: Quantity, exercise: Exercise) -> tuple[Factor, ...]:
    """The factors that can be meant, each with the slip that brings it; of equal value the likeliest first."""
    found: dict[tuple[float, str], Factor] = {}
    for one in _all(quantity, exercise):
        if abs(one.value - 1) > 1e-12 and one.value > 0:
            found.setdefault((round(one.value, 12), one.id), one)
    return tuple(found.values())


def _all(quantity: Quantity, exercise: Exercise) -> Iterator[Factor]:
    what = role(quantity, exercise)
    whole = quantity.name if quantity.dims == () else f"every entry of {quantity.name}"
    two = "S09" if what == "loss" else "S21" if what in ("gradient", "updated") else "factor"
    yield Factor(2.0, two, f"{whole} is twice as large: a factor ½ is left out, or a 2 too many", "is twice as large")
    yield Factor(0.5, two, f"{whole} is half as large: a factor 2 is left out, or a ½ too many", "is half as large")
    for m in sorted(samples(exercise)):
        flat = quantity.dims is not None and len(quantity.dims) <= 1
        sum_for_mean = f"is {m} times as large: the sum over the {m} samples stands for their mean"
        yield Factor(m, _more(what), f"{whole} {sum_for_mean}", sum_for_mean)
        yield Factor(1 / m, _less(what, flat), f"{whole} is divided by the {m} samples once more", f"is divided by the {m} samples once more")
    for rate in _rates(exercise) if what in ("gradient", "updated") else ():
        yield Factor(1 / rate, "S45", f"{whole} is divided by {rate:g}, the learning rate", f"is taken without the learning rate {rate:g}")
        yield Factor(rate, "S45", f"{whole} is multiplied by {rate:g}, the learning rate", f"has the learning rate {rate:g} in it twice")
    yield from _rarer(whole, what)
    for size in sorted(_sizes(exercise) - samples(exercise)):
        yield Factor(size, "factor", f"{whole} is {size} times as large", f"is {size} times as large", 3)
        yield Factor(1 / size, "factor", f"{whole} is divided by {size}", f"is divided by {size}", 3)


def _rarer(whole: str, what: Role) -> Iterator[Factor]:
    """Logarithms to another base, and the decimal point."""
    for base in (2, 10) if what in ("loss", "gradient") else ():
        yield Factor(
            1 / log(base), "S08", f"{whole} is divided by ln {base}: logarithms to the base {base} instead of natural ones", f"is divided by ln {base}", 3
        )
        yield Factor(
            log(base), "S08", f"{whole} is multiplied by ln {base}: a logarithm to the base {base} taken for a natural one", f"is multiplied by ln {base}", 3
        )
    for value, side in ((10.0, "right"), (0.1, "left")):
        said = f"has its decimal point one place too far to the {side}"
        yield Factor(value, "S48", f"{whole} {said}", said, 3)


def _more(what: Role) -> str:
    return {"loss": "S10", "gradient": "S22"}.get(what, "factor")


def _less(what: Role, flat: bool) -> str:
    return ("S24" if flat else "S23") if what == "gradient" else "S23" if what == "loss" else "factor"


@lru_cache(maxsize=64)
def _sizes(exercise: Exercise) -> frozenset[int]:
    return frozenset(n for one in exercise.quantities.values() for n in one.dims or () if 2 < n <= 1000)


@lru_cache(maxsize=64)
def _rates(exercise: Exercise) -> tuple[float, ...]:
    """The numbers that gradients are multiplied by where parameters are updated."""
    found: dict[float, None] = {}
    for quantity in exercise.quantities.values():
        for step in quantity.steps[:1] if quantity.kind == "updated" else ():
            for node in postorder(step):
                if isinstance(node, Contract):
                    found.update(dict.fromkeys(_scalars(node, exercise)))
    return tuple(found)


def _scalars(node: Contract, exercise: Exercise) -> Iterator[float]:
    for part in node.args:
        constant = part.value.constant if isinstance(part, Num) else None
        truth = exercise.quantities[part.name].truth if isinstance(part, Var) and not part.shape else None
        value = float(constant) if constant is not None else float(truth) if truth is not None else 0.0
        if value:
            yield abs(value)
