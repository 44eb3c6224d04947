"""What is pictured: the quadratic itself in numbers, or where symbols stand, its steepest direction in units of its own."""

from __future__ import annotations

import numpy as np

from byhand.analyse.rates.analysis import Rates
from byhand.analyse.rates.pictures import Course, start_for
from byhand.analyse.rates.setting import all_in_order
from byhand.lang.errors import ByhandError
from byhand.run.evaluate import evaluate
from byhand.run.floats import to_floats

MOST_UNKNOWNS = 60


def course_of(found: Rates) -> Course | None:
    """``None`` where nothing converges, or there is too much to simulate."""
    numbers, method = found.numbers, found.setting.method
    if found.reason:
        return None
    if numbers is None or numbers.high is None:
        return _in_own_units(found) if method.momentum is None else None
    if numbers.matrix is None or len(numbers.matrix) > MOST_UNKNOWNS:
        return None
    matrix = to_floats(numbers.matrix)
    names = _names(found)
    star = np.zeros(len(matrix)) if found.point is None else to_floats(np.array(all_in_order(found.point.values), dtype=object))
    start = start_for(matrix, star, _given(found) if found.point is not None else None)
    beta = 0.0 if numbers.beta is None else float(numbers.beta)
    base = _height(found)
    if found.local and len(star) > 0:
        start = star + 0.1 * (start - star)
    name = str(found.second.f.name)
    height = name if base is not None else f"{name} − {name}*"
    remark = f", with {name} replaced by its Taylor polynomial of second order at the minimum" if found.local else ""
    return Course(matrix, star, start, method.kind, beta, names, remark=remark, base=base or 0.0, height_name=height, function=name)


def _in_own_units(found: Rates) -> Course:
    """The component of the error along the eigenvector of λ_max, with rates in multiples of 1/λ_max."""
    scalar = len(found.setting.unknowns) == 1 and not found.setting.unknowns[0].shape
    name = found.setting.letter if scalar else "λ_max"
    along = "" if scalar else ", along the eigenvector of λ_max"
    remark = f"{along}; drawn for {name} = 1 and an error of 1 at the start"
    return Course(np.array([[1.0]]), np.zeros(1), np.ones(1), "plain", 0.0, ("error",), unit=f"/{name}", remark=remark)


def _names(found: Rates) -> tuple[str, ...]:
    if len(found.setting.unknowns) == 1 and found.setting.unknowns[0].shape:
        name = found.setting.unknowns[0].name
        return (f"{name}[0]", f"{name}[1]")
    return tuple(x.name for x in found.setting.unknowns)


def _given(found: Rates) -> np.ndarray | None:
    """The start that the sheet gives, flattened."""
    values = [found.setting.start.get(x.name) for x in found.setting.unknowns]
    known = [value for value in values if value is not None]
    return to_floats(np.array(all_in_order(known), dtype=object)) if len(known) == len(values) else None


def _height(found: Rates) -> float | None:
    """f at the minimum."""
    if found.point is None:
        return None
    setting = found.setting
    data = {**setting.data, **{x.name: value for x, value in zip(setting.unknowns, found.point.values)}}
    try:
        return float(evaluate([setting.second.f], data, setting.sizes, exact=False).roots[0].item())
    except ByhandError:
        return None
