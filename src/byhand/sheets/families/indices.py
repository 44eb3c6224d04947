"""Index expressions such as L − k − 1, members such as z[l-1], and the regions that indices run over.

A region is held by its points for small depths. All conditions on indices are comparisons of l + c with constants and
with L + c', and whether such a condition holds everywhere in a region does not change any more once L is larger than the c's.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import TypeVar

from byhand.lang.errors import ByhandError
from byhand.lang.sizes import Poly
from byhand.read.rebuild import everywhere
from byhand.read.static import number_of, sizes_only
from byhand.read.syntax import Name, Tree

T = TypeVar("T")
FEWEST_DEPTHS, SMALL_DEPTH = 4, 4
FEWEST_SAMPLES, SMALL_SAMPLE = 2, 1
Index = tuple[Poly, ...]
Env = Mapping[str, Poly]


def affine(tree: Tree, env: Env) -> Poly:
    """An index as a whole number over index letters; ``ByhandError`` for anything else."""
    found = _over_letters(tree)
    if found is None or not _is_index(found):
        letters = {node.name: Poly.letter(node.name) for node in everywhere(tree) if isinstance(node, Name)}
        found = number_of(sizes_only({name: env.get(name, letter) for name, letter in letters.items()}), tree)
        if found is None or not _is_index(found):
            raise ByhandError("an index is a whole number over index letters, such as l-1 or L-k.", tree.at.line, tree.at.column)
        return found
    return put(found, env)


@lru_cache(maxsize=4096)
def _over_letters(tree: Tree) -> Poly | None:
    return number_of(sizes_only({node.name: Poly.letter(node.name) for node in everywhere(tree) if isinstance(node, Name)}), tree)


def _is_index(poly: Poly) -> bool:
    return all(value.denominator == 1 and sum(power for _, power in monomial) <= 1 for monomial, value in poly.terms)


def put(poly: Poly, env: Env) -> Poly:
    """The index with letters replaced."""
    if not env or not any(monomial and monomial[0][0] in env for monomial, _ in poly.terms):
        return poly
    found = Poly.of(0)
    for monomial, value in poly.terms:
        replaced = env.get(monomial[0][0]) if monomial else None
        found = found + (Poly(((monomial, value),)) if replaced is None else replaced if value == 1 else replaced * value)
    return found


def member(name: str, index: Index) -> str:
    """The name of one member: z[l-1], W[3], z[l,i]."""
    return f"{name}[{','.join(map(index_text, index))}]" if index else name


def index_text(index: Poly) -> str:
    return str(index).replace(" ", "")


def index_of(text: str) -> Poly:
    """An index from the text that ``index_text`` makes of it."""
    total = Poly.of(0)
    for part in text.replace("-", "+-").split("+"):
        if part:
            sign, rest = (-1, part[1:]) if part.startswith("-") else (1, part)
            total = total + (Poly.of(int(rest)) if rest.isdigit() else Poly.letter(rest)) * sign
    return total


class Split(Exception):
    """A condition holds in one part of a region and not in the other."""

    def __init__(self, holds: Callable[[Mapping[str, int]], bool]) -> None:
        super().__init__()
        self.holds = holds


@dataclass(frozen=True, slots=True)
class Bound:
    """A letter with its range, ends included."""

    letter: str
    low: Poly
    high: Poly

    def put(self, env: Env) -> Bound:
        return Bound(self.letter, put(self.low, env), put(self.high, env))


@dataclass(frozen=True, slots=True)
class Region:
    """``letters``: the index letters, those of the sheet's ranges (L, m) included; ``points``: their values."""

    letters: tuple[str, ...]
    points: tuple[Mapping[str, int], ...]
    _zero: dict[Poly, bool] = field(default_factory=dict[Poly, bool], init=False, repr=False, compare=False)
    _sign: dict[Poly, bool] = field(default_factory=dict[Poly, bool], init=False, repr=False, compare=False)
    _fixed: dict[tuple[str, ...], Poly | None] = field(default_factory=dict[tuple[str, ...], "Poly | None"], init=False, repr=False, compare=False)
    _wider: dict[Bound, Region] = field(default_factory=dict["Bound", "Region"], init=False, repr=False, compare=False)

    def part(self, holds: Callable[[Mapping[str, int]], bool]) -> Region:
        return Region(self.letters, tuple(point for point in self.points if holds(point)))

    def always(self, holds: Callable[[Mapping[str, int]], bool]) -> bool:
        """Whether a condition holds; ``Split`` where that depends."""
        found = {holds(point) for point in self.points}
        if len(found) > 1:
            raise Split(holds)
        return found == {True}

    def is_zero(self, poly: Poly) -> bool:
        if poly.constant is not None:
            return poly.constant == 0
        if poly not in self._zero:
            self._zero[poly] = self.always(lambda point: value(poly, point) == 0)
        return self._zero[poly]

    def at_least_zero(self, poly: Poly) -> bool:
        if poly.constant is not None:
            return poly.constant >= 0
        if poly not in self._sign:
            self._sign[poly] = self.always(lambda point: value(poly, point) >= 0)
        return self._sign[poly]

    def inside(self, index: Poly, low: Poly, high: Poly) -> bool:
        return self.at_least_zero(index - low) and self.at_least_zero(high - index)

    def over(self, bound: Bound) -> Region:
        """With one more letter, which runs over its range."""
        if bound in self._wider:
            return self._wider[bound]
        fresh = [{**point, bound.letter: k} for point in self.points for k in range(int(value(bound.low, point)), int(value(bound.high, point)) + 1)]
        self._wider[bound] = Region((*self.letters, bound.letter), tuple(fresh))
        return self._wider[bound]

    def is_trusted(self, deep: Container[str], counted: Iterable[str]) -> bool:
        """Whether what holds at these points holds at all that they stand for: they are those of one small number, or of many.

        ``counted`` are the letters that count something, ``deep`` those of them that count layers.
        """
        for letter in counted:
            found = {point[letter] for point in self.points}
            fewest, small = (FEWEST_DEPTHS, SMALL_DEPTH) if letter in deep else (FEWEST_SAMPLES, SMALL_SAMPLE)
            if len(found) < fewest and max(found, default=0) > small:
                return False
        return True

    def fixed(self, letter: str, others: Iterable[str]) -> Poly | None:
        """The letter as a number, or as one of ``others`` plus a number, if it is that everywhere."""
        key = (letter, *others)
        if key not in self._fixed:
            self._fixed[key] = self._found_fixed(letter, key[1:])
        return self._fixed[key]

    def _found_fixed(self, letter: str, others: tuple[str, ...]) -> Poly | None:
        for base in ("", *others):
            gaps = {point[letter] - (point[base] if base else 0) for point in self.points}
            if len(gaps) == 1:
                return (Poly.letter(base) if base else Poly.of(0)) + Fraction(gaps.pop())
        return None

    def ends(self, letter: str, others: Iterable[str]) -> tuple[Poly, Poly] | None:
        """The range of a letter for given values of the others."""
        found: list[Poly] = []
        for pick in (min, max):
            extreme: dict[tuple[int, ...], int] = {}
            for point in self.points:
                key = tuple(point[other] for other in others)
                extreme[key] = pick(extreme.get(key, point[letter]), point[letter])
            line = Region((*others, letter), tuple({**dict(zip(others, key)), letter: end} for key, end in extreme.items())).fixed(letter, others)
            if line is None:
                return None
            found.append(line)
        return found[0], found[1]


def within(region: Region, inner: Region, work: Callable[[], T]) -> T:
    """Work in a region with one more letter; a condition that does not depend on that letter parts the outer region."""
    try:
        return work()
    except Split as split:
        found: dict[tuple[int, ...], set[bool]] = {}
        for point in inner.points:
            found.setdefault(tuple(point[k] for k in region.letters), set()).add(split.holds(point))
        if any(len(one) > 1 for one in found.values()):
            raise
        raise Split(lambda point: True in found.get(tuple(point[k] for k in region.letters), {False})) from None


def mostly(region: Region, work: Callable[[Region], T]) -> T:
    """What is true in most of a region: where it has parts that differ, in the larger one."""
    while True:
        try:
            return work(region)
        except Split as split:
            parts = (region.part(split.holds), region.part(lambda point, holds=split.holds: not holds(point)))
            region = max(parts, key=lambda part: len(part.points))


def value(poly: Poly, point: Mapping[str, int]) -> int:
    """The value of an index at a point."""
    total = 0
    for monomial, amount in poly.terms:
        total += amount.numerator * (point[monomial[0][0]] if monomial else 1)
    return total
