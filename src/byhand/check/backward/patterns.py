"""What can be said of returned numbers that no slip explains: a factor, another axis, the gradient of something else, no use of the incoming gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np

from byhand.check.backward.detours import parts_of
from byhand.check.backward.findings import Compared, shape_of
from byhand.check.backward.trial import Trial
from byhand.check.backward.truth import EPS, NOTHING
from byhand.lang.errors import ByhandError
from byhand.run.arrays import Array

LOOSE = 1e-4
CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Pattern:
    """``message`` ends the sentence "matches what you get if …"."""

    id: str
    message: str
    explains: tuple[str, ...] = ()


def patterns(trial: Trial, found: Sequence[Compared]) -> Iterator[Pattern]:
    """The patterns that all points show, the plainest first."""
    pairs = [(one.found, one.right) for one in found if one.found is not None]
    if len(pairs) < len(found) or not all(np.isfinite(value).all() for value, _ in pairs):
        return
    name = found[0].name
    forward = name == trial.problem.output and name not in trial.backward
    close = LOOSE if trial.precision == "float32" or trial.single else CLOSE
    if all(value.shape == right.shape for value, right in pairs):
        if all(not value.any() for value, _ in pairs):
            yield Pattern("zero", f"{'the value' if forward else f'the gradient of {name}'} is taken to be zero")
            return
        if not forward:
            yield from _incoming(trial, found, close)
        yield from _factor(trial, found, close, name, forward)
        yield from _turned(pairs, close, name)
        if not forward:
            yield from _array_factor(trial, found, close, name)
    elif not forward:
        yield from _axes(found, close, name)
        yield from _turned_shapes(pairs, close, name)
    if not forward:
        yield from _exchanged(trial, found, close, name)
        yield from _of_others(trial, found, close, name)


def of_shapes(name: str, found: tuple[int, ...], right: tuple[int, ...]) -> Pattern | None:
    """What a wrong shape alone tells."""
    if len(found) > 1 and found == right[::-1]:
        return Pattern("S43", f"the gradient of {name} is transposed")
    if len(found) == len(right) + 1:
        axis = next((k for k in range(len(found)) if found[:k] + found[k + 1 :] == right), None)
        return None if axis is None else Pattern("S25", f"the gradient of {name} is not summed over axis {axis}, along which {name} is used again and again")
    if len(found) == len(right) - 1:
        axis = next((k for k in range(len(right)) if right[:k] + right[k + 1 :] == found), None)
        return None if axis is None else Pattern("S25", f"the gradient of {name} is summed over axis {axis}, which {name} has")
    return None


def _near(value: Array, other: Array, close: float) -> bool:
    if value.shape != other.shape:
        return False
    size = max(float(np.abs(other).max(initial=0.0)), float(np.abs(value).max(initial=0.0)))
    return float(np.abs(value - other).max(initial=0.0)) <= close * size


# ------------------------------------------------------------------------------------------------ incoming gradient


def _incoming(trial: Trial, found: Sequence[Compared], close: float) -> Iterator[Pattern]:
    """Right for other incoming gradients than the one that came in: for ones, for the mean of it."""
    name = found[0].name
    said: Mapping[str, Callable[[Array], Array]] = {
        "the incoming gradient is not used: it is right only where all of that is 1": np.ones_like,
        "the incoming gradient is averaged before it is used": lambda g: np.full_like(g, g.mean()),
        "the incoming gradient is summed before it is used": lambda g: np.full_like(g, g.sum()),
        "the incoming gradient is squared": np.square,
    }
    for message, instead in said.items():
        if all(_near(one.found, _with_incoming(trial, one, instead), close) for one in found if one.found is not None):
            yield Pattern("incoming", f"{message} (in the gradient of {name})")
            return


def _with_incoming(trial: Trial, one: Compared, instead: Callable[[Array], Array]) -> Array:
    """The gradient if something else came in."""
    problem = trial.problem
    try:
        env = one.case.truth.all({**one.case.data, problem.incoming: instead(one.case.data[problem.incoming])})
    except ByhandError:
        return np.zeros(0)
    return env[problem.gradients[one.name]][0]


# ------------------------------------------------------------------------------------------------ factors


def _factor(trial: Trial, found: Sequence[Compared], close: float, name: str, forward: bool) -> Iterator[Pattern]:
    ratios: list[tuple[Compared, float]] = []
    for one in found:
        assert one.found is not None
        length = float((one.right * one.right).sum())
        if not length:
            return
        ratio = float((one.found * one.right).sum()) / length
        if not ratio or not _near(one.found, ratio * one.right, close):
            return
        ratios.append((one, ratio))
    what = "the value" if forward else f"the gradient of {name}"
    words = _said(trial, ratios, max(close, 1e-7))
    if words is not None:
        yield Pattern("factor" if words[0] != "sign" else "S14", f"{what} {words[1]}")


def _said(trial: Trial, ratios: Sequence[tuple[Compared, float]], close: float) -> tuple[str, str] | None:
    """A factor in words: the same number everywhere, or the sizes, or what is given as a single number."""
    first = ratios[0][1]
    if all(abs(ratio - first) <= close * abs(first) for _, ratio in ratios):
        if abs(first + 1) <= close:
            return "sign", "has the wrong sign"
        simple = Fraction(first).limit_denominator(24)
        text = str(simple) if abs(float(simple) - first) <= close * abs(first) else f"{first:.6g}"
        tables = [dict(_amounts(trial, one)) for one, _ in ratios]
        here = next((words for words in tables[0] if all(abs(abs(table.get(words, 0.0)) - abs(first)) <= close * abs(first) for table in tables)), None)
        sign = "−" if first < 0 else ""
        return "factor", f"is multiplied by {text}" if here is None else f"is multiplied by {sign}{here}, which is {sign}{text.removeprefix('-')} here"
    for words, _ in _amounts(trial, ratios[0][0]):
        amounts = [dict(_amounts(trial, one)).get(words, 0.0) for one, _ in ratios]
        for sign in (1, -1):
            if all(abs(sign * amount - ratio) <= close * abs(ratio) for amount, (_, ratio) in zip(amounts, ratios)):
                return "factor", f"is multiplied by {'−' if sign < 0 else ''}{words}"
    return "varying", f"is multiplied by a number that changes from point to point, such as {ratios[0][1]:.4g} and {ratios[-1][1]:.4g}"


def _amounts(trial: Trial, one: Compared) -> list[tuple[str, float]]:
    """What may be a factor at a point: sizes, their products and roots, single numbers among the inputs, the incoming gradient."""
    found: dict[str, float] = {letter: float(number) for letter, number in one.case.sizes.items()}
    for given in trial.problem.inputs:
        value = one.case.input(given.name)
        if not value.shape and float(value):
            found[given.name] = float(value)
    if not trial.problem.value.shape:
        found["the incoming gradient"] = float(one.case.input(trial.problem.incoming))
    single = list(found.items())
    both = [(f"{a} * {b}", x * y) for (a, x), (b, y) in combinations(single, 2)]
    ratio = [(f"{a} / {b}", x / y) for a, x in single for b, y in single if a != b]
    basic = [*single, *both]
    below = [(f"1/({words})" if " " in words else f"1/{words}", 1 / amount) for words, amount in basic]
    roots = [(f"sqrt({words})", amount**0.5) for words, amount in [*single, *below] if amount > 0]
    squares = [(f"{words}**2", amount**2) for words, amount in single] + [(f"1/{words}**2", amount**-2) for words, amount in single]
    less = [(f"({a} - 1)/{a}", (x - 1) / x) for a, x in single] + [(f"{a}/({a} - 1)", x / (x - 1)) for a, x in single if x != 1]
    twice = [(f"2/{a}", 2 / x) for a, x in single] + [(f"{a}/2", x / 2) for a, x in single]
    return [*basic, *below, *ratio, *less, *twice, *roots, *squares]


def _array_factor(trial: Trial, found: Sequence[Compared], close: float, name: str) -> Iterator[Pattern]:
    """Every entry multiplied or divided by the entry of another array, a part of the forward formula."""
    problem, first = trial.problem, found[0].case
    for node, words in parts_of(problem):
        try:
            value = first.truth.value(node, first.env)[0]
        except ByhandError:
            continue
        for power, how in ((1, "multiplied by"), (-1, "divided by"), (2, "multiplied by the square of"), (-2, "divided by the square of")):
            if _is_times(found[0], value, power, close) and all(_is_times(one, one.case.truth.value(node, one.case.env)[0], power, close) for one in found):
                yield Pattern("factor", f"the gradient of {name} is {how} {words}")
                return


def _is_times(one: Compared, value: Array, power: int, close: float) -> bool:
    """Whether what was returned is the right array times a power of this one."""
    try:
        with np.errstate(all="ignore"):
            other = one.right * np.asarray(value, dtype=np.float64) ** power
    except ValueError:
        return False
    return one.found is not None and other.shape == one.right.shape and bool(np.isfinite(other).all()) and _near(one.found, other, close)


# ------------------------------------------------------------------------------------------------ axes


def _turned(pairs: Sequence[tuple[Array | None, Array]], close: float, name: str) -> Iterator[Pattern]:
    """Rows for columns, in square matrices."""
    for first, second in _axis_pairs(pairs):
        if all(value is not None and _near(np.swapaxes(value, first, second), right, close) for value, right in pairs):
            axes = "" if pairs[0][1].ndim == 2 else f" (axes {first} and {second})"
            yield Pattern("S43", f"the gradient of {name} is transposed{axes}")
            return
    for axis in range(pairs[0][1].ndim):
        if all(value is not None and _near(np.flip(value, axis), right, close) for value, right in pairs):
            yield Pattern("order", f"the gradient of {name} is in reverse order along axis {axis}")
            return


def _turned_shapes(pairs: Sequence[tuple[Array | None, Array]], close: float, name: str) -> Iterator[Pattern]:
    if all(value is not None and value.ndim == right.ndim > 1 for value, right in pairs):
        yield from _turned(pairs, close, name)
    found = pairs[0][0]
    if found is not None and all(value is not None and value.size == right.size and _near(value.reshape(right.shape), right, close) for value, right in pairs):
        yield Pattern("shape", f"the gradient of {name} has the right entries under another shape, {shape_of(found.shape)}")


def _axis_pairs(pairs: Sequence[tuple[Array | None, Array]]) -> list[tuple[int, int]]:
    rank = pairs[0][1].ndim
    return [(a, b) for a in range(rank) for b in range(a + 1, rank)]


def _axes(found: Sequence[Compared], close: float, name: str) -> Iterator[Pattern]:
    """Not summed over an axis that the input does not have, or summed over one that it has."""
    first = found[0]
    assert first.found is not None
    more = first.found.ndim - first.right.ndim
    for axis in range(first.found.ndim) if more == 1 else ():
        if all(one.found is not None and one.found.ndim > axis and _near(one.found.sum(axis), one.right, close) for one in found):
            yield Pattern("S25", f"the gradient of {name} is not summed over axis {axis}, along which {name} is used again and again")
            return
    for axis in range(first.right.ndim):
        for how, reduced in (("summed", np.sum), ("averaged", np.mean)):
            for keep in (False, True):
                if all(one.found is not None and _near(one.found, reduced(one.right, axis=axis, keepdims=keep), close) for one in found):
                    yield Pattern("S25", f"the gradient of {name} is {how} over axis {axis}, which {name} has")
                    return


# ------------------------------------------------------------------------------------------------ other gradients


def _exchanged(trial: Trial, found: Sequence[Compared], close: float, name: str) -> Iterator[Pattern]:
    """Two gradients that are returned for one another."""
    for other, theirs in trial.backward.items():
        gradients = trial.problem.gradients[other], trial.problem.gradients[name]
        pairs = (found, gradients[0]), (theirs, gradients[1])
        if other != name and all(_all_near(points, lambda one, g=gradient: one.case.right(g), close) for points, gradient in pairs):
            yield Pattern("order", f"the gradients of {name} and {other} are exchanged", (name, other))
            return


def _of_others(trial: Trial, found: Sequence[Compared], close: float, name: str) -> Iterator[Pattern]:
    """The gradient of another quantity, its value, or the incoming gradient."""
    problem = trial.problem
    for other, gradient in problem.gradients.items():
        if other != name and gradient in found[0].case.env and _all_near(found, lambda one, g=gradient: one.case.right(g), close):
            what = "the incoming gradient is returned" if other == problem.output else f"the gradient of {other} is returned"
            yield Pattern("order", f"{what} for {name}")
            return
    for other in problem.exercise.quantities:
        known = other in found[0].case.env and problem.exercise.quantities[other].kind != "gradient"
        if known and _all_near(found, lambda one, n=other: one.case.right(n), close):
            yield Pattern("other", f"the value of {other} is returned as the gradient of {name}")
            return


def _all_near(found: Sequence[Compared], other: Callable[[Compared], Array], close: float) -> bool:
    for one in found:
        right = other(one)
        if one.found is None or float(np.abs(right).max(initial=0.0)) < NOTHING or not _near(one.found, right, max(close, EPS["float64"])):
            return False
    return True
