"""In what a wrong formula differs from the right one, where that can be said shortly and is proved: a sign, a factor, a term."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from byhand.check.formulas.equality import Equals
from byhand.check.formulas.points import POINTS, TooLarge
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Add, Contract, Expr, Named, Num, Var, as_number, is_negative, num, scale
from byhand.lang.sizes import Poly, Shape
from byhand.lang.walk import postorder
from byhand.run.arrays import Array
from byhand.run.evaluate import number_text
from byhand.show.notation import notation
from byhand.show.plain import plain

MOST_PIECES = 40


@dataclass(slots=True)
class Differences:
    """Looks for the difference between formulas over the names of one exercise."""

    equals: Equals

    def between(self, formula: Expr, name: str) -> str:
        """One sentence, or nothing."""
        steps = self.equals.ground.exercise.quantities[name].steps
        value, right = self._value(formula), self.equals.points.of(name)
        if not steps or value is None or right is None or value.shape != right.shape:
            return ""
        with np.errstate(all="ignore"):
            candidates = list(self._candidates(formula, steps[0], value, right))
        for wrong, said in candidates:
            if self.equals.of(wrong, steps[0], steps[1:]):
                return said
        return ""

    def _value(self, formula: Expr) -> Array | None:
        try:
            return self.equals.points.value(formula)
        except TooLarge:
            return None

    def _candidates(self, formula: Expr, step: Expr, value: Array, right: Array) -> Iterator[tuple[Expr, str]]:
        """Mended formulas that agree with the right one in numbers, with what was mended."""
        if _same(-value, right):
            yield -formula, "the sign is the other way round"
            return
        yield from self._constants(formula, value, right)
        for piece, number in self._pieces(step, formula.shape):
            if _same(_times(value, number), right):
                yield formula * piece, f"the factor {self._text(piece)} is missing"
        for piece, number in self._pieces(formula, formula.shape):
            if _same(_times(right, number), value):
                yield formula / piece, f"the factor {self._text(piece)} is too much"
        yield from self._terms(formula, step, value, right)

    def _constants(self, formula: Expr, value: Array, right: Array) -> Iterator[tuple[Expr, str]]:
        """A number by which the formula is too large or too small."""
        with np.errstate(all="ignore"):
            ratios = (value / right)[np.isfinite(value / right) & (np.abs(right) > 1e-6)]
        if ratios.size < 3 or np.ptp(ratios) > 1e-9 * abs(float(ratios[0])) or not float(ratios[0]):
            return
        ratio = float(ratios.flat[0])
        number = Fraction(ratio).limit_denominator(1000)
        for letter, size in self.equals.points.measure.sizes.items():
            if number in (size, Fraction(1, size)) and letter in self._letters():
                poly = Poly.letter(letter)
                factor = num(poly) if number == size else 1 / num(poly)
                yield formula / factor, f"it is {letter if number == size else f'1/{letter}'} times the right formula"
        if abs(float(number) - ratio) < 1e-9 * abs(ratio):
            yield formula / num(number), f"it is {number_text(number)} times the right formula"

    def _letters(self) -> frozenset[str]:
        return frozenset(self.equals.points.measure.sizes) - frozenset(self.equals.ground.exercise.sizes)

    def _terms(self, formula: Expr, step: Expr, value: Array, right: Array) -> Iterator[tuple[Expr, str]]:
        for term, number in self._addends(step, formula.shape):
            if _same(value + number, right):
                yield formula + term, f"the term {self._text(term)} is missing"
            elif _same(value + 2 * number, right):
                yield formula + term + term, f"the term {self._text(term)} has the wrong sign"
        for term, number in self._addends(formula, formula.shape):
            if _same(value - number, right):
                yield formula - term, f"the term {self._text(term)} is too much"

    def _pieces(self, root: Expr, shape: Shape) -> Iterator[tuple[Expr, Array]]:
        """What stands in a formula as a factor of every entry."""
        nodes = [node for node in postorder(root) if not isinstance(node, Num) and as_number(node) is None]
        factors = {arg: None for node in nodes if isinstance(node, Contract) and not node.spec.summed for arg in node.args}
        found = [node for node in factors if node.shape in (shape, ()) and as_number(node) is None]
        for node in found[:MOST_PIECES]:
            number = self._value(node)
            if number is not None:
                yield node, number.reshape((POINTS,) + (1,) * len(shape)) if not node.shape else number

    def _addends(self, root: Expr, shape: Shape) -> Iterator[tuple[Expr, Array]]:
        terms = {term: None for node in postorder(root) if isinstance(node, Add) and node.shape == shape for term in node.terms}
        for term in list(terms)[:MOST_PIECES]:
            number = self._value(term)
            if number is not None:
                yield term, number

    def _text(self, piece: Expr) -> str:
        piece = scale(-1, piece) if is_negative(piece) else piece
        try:
            return plain(notation(piece, self.equals.ground.exercise.conventions))
        except ByhandError:
            return piece.name if isinstance(piece, Var) else str(piece.name) if isinstance(piece, Named) else "of the step"


def _times(value: Array, number: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(value * number)


def _same(left: Array, right: Array) -> bool:
    with np.errstate(all="ignore"):
        first, second = left.reshape((POINTS, -1)), right.reshape((POINTS, -1))
        scale = np.maximum(np.abs(first), np.abs(second)).max(axis=1, initial=0.0)
        gap = np.abs(first - second).max(axis=1, initial=0.0)
    finite = np.isfinite(gap) & np.isfinite(scale)
    return int(finite.sum()) >= 3 and bool(np.all(gap[finite] <= 1e-9 * np.maximum(scale[finite], 1e-6))) and bool(np.any(scale[finite] > 1e-9))
