"""Formulas without names are numbers: 2/3 + ln(2), exp(-1)/(1 + exp(-1)), sqrt(2)."""

from __future__ import annotations

import re

import numpy as np

from byhand.check.answers.entry import Formulas, Numbers
from byhand.check.exercise.quantity import Exercise
from byhand.check.formulas.points import work
from byhand.check.formulas.reading import refuse_huge
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var
from byhand.lang.walk import postorder, size_letters
from byhand.read.elaborate import read_formula_checked
from byhand.read.literal import data_of
from byhand.read.parse import parse_formula
from byhand.read.scope import Scope
from byhand.read.syntax import Listed, Negative, Number, Tree
from byhand.run.algebra import Measure
from byhand.run.arrays import Array
from byhand.run.evaluate import evaluate
from byhand.run.order import in_order, stable

MOST_WORK = 20_000
MOST_CHARACTERS = 2_000
_WORD = re.compile(r"[A-Za-z]\w*")
DIGITS = 15
"""Significant digits of a number that was not written down but worked out."""


def evaluated(exercise: Exercise, formula: Formulas) -> Numbers | None:
    """The numbers that a formula without names stands for; ``None`` where it has names, or no value.

    Of a chain of equalities the last link counts, if every link is a number.
    """
    if not formula.links or any(len(link) > MOST_CHARACTERS or _has_names(link, exercise) for link in formula.links):
        return None
    found = [_numbers(link, exercise) for link in formula.links[:20]]
    return found[-1] if all(one is not None for one in found) else None


def _has_names(text: str, exercise: Exercise) -> bool:
    """A quick look for names of the sheet."""
    return any(word in exercise.quantities for word in _WORD.findall(text))


def _numbers(text: str, exercise: Exercise) -> Numbers | None:
    try:
        reading = read_formula_checked(text, Scope(vectors=exercise.conventions.vectors))
        if any(isinstance(node, Var) or size_letters(node) for node in postorder(reading.expr)):
            return None
        refuse_huge(reading.expr)
        if work(in_order((reading.expr,), stable), Measure({}), MOST_WORK) > MOST_WORK:
            return None
        value = evaluate([reading.expr], {}).roots[0].astype(np.float64)
        return Numbers(value, half_unit(text, value), *_digits(value), reading.read_as)
    except (ByhandError, OverflowError):
        return None


def _digits(value: Array) -> tuple[Array, Array]:
    return np.full(value.shape, DIGITS), np.full(value.shape, DIGITS)


def half_unit(text: str, value: Array) -> Array:
    """Half a unit of the last digit, for numbers that are written down; 0 for those that are worked out."""
    try:
        tree = parse_formula(text)
    except ByhandError:
        return np.zeros(value.shape)
    numerals = _numerals(tree)
    if numerals is None or data_of(tree) is None or len(numerals) != value.size:
        return np.zeros(value.shape)
    halves = [0.0 if "/" in one else 0.5 * 10.0 ** -_decimals(one) for one in numerals]
    return np.asarray(halves).reshape(value.shape)


def _decimals(numeral: str) -> int:
    """How many decimals are written; whole numbers are exact."""
    mantissa, _, exponent = numeral.lower().partition("e")
    _, point, part = mantissa.partition(".")
    return (len(part) if point else 300) - int(exponent or 0)


def _numerals(tree: Tree) -> list[str] | None:
    """The numerals of nested lists of numbers; ``None`` for anything else."""
    match tree:
        case Number(_, text):
            return [text]
        case Negative(Number(_, text)):
            return [text]
        case Listed(items):
            inner = [_numerals(item) for item in items]
            return None if any(one is None for one in inner) else [text for one in inner if one is not None for text in one]
        case _:
            return None


def fits_numbers(expr: Expr, text: str, truth: Array) -> bool:
    """Whether the value of a formula without names is the truth, within the last digit written."""
    if expr.shape != truth.shape or work(in_order((expr,), stable), Measure({}), MOST_WORK) > MOST_WORK:
        return False
    try:
        value = evaluate([expr], {}).roots[0].astype(np.float64)
    except (ByhandError, OverflowError):
        return False
    right = truth.astype(np.float64)
    noise = 1e-9 * max(float(np.abs(right).max(initial=0.0)), 1e-30)
    return bool(np.all(np.abs(value - right) <= half_unit(text, value) * (1 + 1e-9) + noise))
