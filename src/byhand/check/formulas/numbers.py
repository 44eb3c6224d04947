"""Numbers of the sheet in formulas: put in for a letter, or the only reason why a wrong formula gives the right numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, product

import numpy as np

from byhand.check.exercise.over_names import put_in
from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.formulas.ground import Ground, names_in
from byhand.lang.english import listed
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var, num
from byhand.lang.walk import children, postorder, rebuild
from byhand.read.literal import Data
from byhand.read.reductions import constant
from byhand.run.arrays import Array
from byhand.run.evaluate import evaluate, number_text
from byhand.run.mixed import is_exact
from byhand.run.prove import is_proved

MOST_LETTERS = 6
MOST_REASONS = 8
MOST_VARIANTS = 16
_NUMERAL = re.compile(r"(?<![\w.])\d{1,20}(?:\.\d{1,20})?")


def numbers_put_in(ground: Ground, formula: Expr, name: str, text: str) -> str:
    """How a formula is right once numbers are put in for letters that it does not use; nothing if it is not.

    Every number that the sheet has under a name may be written out. A letter that is 0 or 1 leaves no numeral behind.
    """
    left, right = ground.spelled(formula), ground.spelled(ground.variables[name])
    if left is None or right is None or left.shape != right.shape:
        return ""
    letters = _letters(ground.exercise, names_in(formula), names_in(right), {Fraction(one) for one in _NUMERAL.findall(text)})
    for chosen in _choices(letters):
        numbers: dict[str, Expr] = {one: num(letters[one]) for one in chosen}
        if is_proved(put_in(left, numbers), put_in(right, numbers)):
            return "with " + listed([f"{one} = {number_text(letters[one])}" for one in chosen]) + " put in"
    return _here_and_there(ground, formula, name) if _NUMERAL.search(text) else ""


def _here_and_there(ground: Ground, formula: Expr, name: str) -> str:
    """The same where a letter is written in one place and its number in another."""
    steps = ground.exercise.quantities[name].steps
    step = ground.down_to(steps[0], names_in(formula)) if steps else None
    for one in names_in(formula) if step is not None else ():
        value = ground.exercise.quantities[one].truth
        if step is None or value is None or value.shape or not is_exact(value) or one not in names_in(step):
            continue
        for variant in _variants(step, one, num(value.item())):
            left, right = ground.spelled(formula), ground.spelled(variant)
            if left is not None and right is not None and left.shape == right.shape and is_proved(left, right):
                return f"with {one} = {number_text(value.item())} put in, in some places"
    return ""


def _variants(step: Expr, name: str, number: Expr) -> list[Expr]:
    """A formula with a number for a letter in some of the places where it stands, but not in none and not in all."""
    found: dict[Expr, list[Expr]] = {}
    for node in postorder(step):
        if isinstance(node, Var) and node.name == name:
            found[node] = [node, number]
        else:
            ways = list(product(*(found[part] for part in children(node))))[:MOST_VARIANTS]
            found[node] = list(dict.fromkeys(rebuild(node, parts) if parts != children(node) else node for parts in ways))
    return [variant for variant in found[step][:MOST_VARIANTS] if variant is not step]


def _letters(exercise: Exercise, used: tuple[str, ...], below: tuple[str, ...], numerals: set[Fraction]) -> dict[str, Fraction]:
    """The single numbers of the sheet that could have been put in; a parameter's must be there as it is."""
    found: dict[str, Fraction] = {}
    for name in below:
        quantity = exercise.quantities[name]
        value = quantity.truth
        if name in used or value is None or value.shape or not is_exact(value):
            continue
        number: Fraction = value.item()
        if abs(number) in numerals if is_parameter(exercise, quantity) else numerals or number in (0, 1):
            found[name] = number
    return dict(list(found.items())[:MOST_LETTERS])


def is_parameter(exercise: Exercise, quantity: Quantity) -> bool:
    """Whether the exercise differentiates by it, or updates it."""
    return any(str(other.node.name).endswith(f"/d{quantity.name}") or other.name == f"{quantity.name}'" for other in exercise.quantities.values())


def _choices(letters: dict[str, Fraction]) -> Iterator[tuple[str, ...]]:
    """One letter, or all of them, then two."""
    names = tuple(letters)
    yield from ((one,) for one in names)
    if len(names) > 1:
        yield names
    if len(names) > 2:
        yield from combinations(names, 2)


# ----------------------------------------------------------------------------------------- right by chance


def by_chance(ground: Ground, formula: Expr, name: str) -> str:
    """Why a wrong formula gives the right numbers on this sheet, as a sentence; nothing if it does not."""
    quantity = ground.exercise.quantities[name]
    if quantity.truth is None or not _right_here(ground.exercise, formula, quantity.truth):
        return ""
    reason = _reason(ground, formula, name)
    return f"it gives the right numbers here, but only because {reason}" if reason else "it gives the right numbers here, but only by chance"


def _right_here(exercise: Exercise, formula: Expr, truth: Array) -> bool:
    data = {one: exercise.quantities[one].truth for one in names_in(formula)}
    known = {one: value for one, value in data.items() if value is not None}
    if len(known) != len(data):
        return False
    try:
        value = evaluate([formula], known, exercise.sizes).roots[0]
    except ByhandError:
        return False
    if value.shape != truth.shape:
        return False
    if is_exact(value) and is_exact(truth):
        return bool(np.all(np.equal(value, truth)))
    first, second = value.astype(np.float64), truth.astype(np.float64)
    return bool(np.all(np.abs(first - second) <= 1e-10 * max(float(np.abs(second).max(initial=0.0)), 1e-300)))


def _reason(ground: Ground, formula: Expr, name: str) -> str:
    left, right = ground.spelled(formula), ground.spelled(ground.variables[name])
    if left is None or right is None:
        return ""
    names = tuple(dict.fromkeys((*names_in(left), *names_in(right))))
    for one in names[:MOST_REASONS]:
        value = ground.exercise.quantities[one].truth
        if value is None or not is_exact(value):
            continue
        put: dict[str, Expr] = {one: constant(Data(value.shape, tuple(value.ravel().tolist())))}
        if is_proved(put_in(left, put), put_in(right, put)):
            return _said(one, value)
    return ""


def _said(name: str, value: Array) -> str:
    entries = set(value.ravel().tolist())
    if not value.shape:
        return f"{name} = {number_text(value.item())}"
    if len(entries) == 1:
        return f"all entries of {name} are {number_text(entries.pop())}"
    return f"of the numbers of {name}"
