"""A claim of equality, and what has to be known of it before numbers are put in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import count, islice
from math import prod
from random import Random
from typing import Literal, TypeAlias, cast

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Contract, Expr, Index, Map, Num, Pick, Var
from byhand.lang.index import Window
from byhand.lang.sizes import Poly, shape_text
from byhand.run.algebra import Measure
from byhand.run.arrays import Array, Dims
from byhand.run.bind import Value, entry_text
from byhand.run.evaluate import number_text
from byhand.run.order import definition, in_order

Outcome: TypeAlias = Literal["holds", "fails", "undecided"]
Certainty: TypeAlias = Literal["exact", "float"]
MOST_SHOWN = 60
DRAWS = 3
"""From how many different sizes of every letter a claim is judged."""


@dataclass(frozen=True, slots=True, eq=False)
class Counterexample:
    """Small data at which the two sides differ, and the first entry at which they do."""

    sizes: Mapping[str, int]
    data: Mapping[str, Value]
    left: Value
    right: Value
    entry: Dims

    def __str__(self) -> str:
        given = ", ".join([f"{name} = {value}" for name, value in self.sizes.items()] + [f"{name} = {_numbers(value)}" for name, value in self.data.items()])
        where = f"entry {entry_text(self.entry)}" if self.entry else "the value"
        sides = f"{where} is {number_text(self.left[self.entry])} on the left and {number_text(self.right[self.entry])} on the right"
        return f"at {given}: {sides}" if given else sides


def _numbers(value: Value) -> str:
    return _nested(value.tolist()) if value.size <= MOST_SHOWN else f"random numbers of shape {shape_text(value.shape)}"


def _nested(entries: object) -> str:
    return f"[{', '.join(map(_nested, cast('list[object]', entries)))}]" if isinstance(entries, list) else number_text(entries)


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """Whether a claim holds, how sure that is, and if it fails where. ``reason`` is said where numbers say nothing."""

    verdict: Outcome
    certainty: Certainty
    counterexample: Counterexample | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """Two expressions of one shape. ``discrete``: which of finitely many branches is taken matters; ``roots``: so do signs.

    ``largest`` is the largest number in the claim, at least 1: branches may lie that far out. ``counts``: a size
    letter is used as a number.
    """

    left: Expr
    right: Expr
    order: tuple[Expr, ...]
    variables: tuple[Var, ...]
    letters: tuple[str, ...]
    discrete: bool
    roots: bool
    largest: float
    counts: bool

    def drawn(self, data: Mapping[Var, Array]) -> dict[Var, Array]:
        """Data for every occurrence of a variable, also where only its facts differ."""
        by_name = {node.name: array for node, array in data.items()}
        return {node: by_name[node.name] for node in self.order if isinstance(node, Var)}

    def sizes(self, draw: int) -> dict[str, int]:
        """Small sizes, no two letters alike, none 1 and none that the claim has as a number: then transposes show.

        From one draw to the next every letter changes its size: then numbers that only happen to be a size show.
        """
        fixed = {axis for node in self.order for axis in node.shape if isinstance(axis, int)}
        free = (n for n in count(2) if n not in fixed)
        pool = list(islice(free, max(len(self.letters), DRAWS)))
        return {letter: pool[(k + draw) % len(pool)] for k, letter in enumerate(self.letters)}

    def fits(self, measure: Measure) -> bool:
        """Whether every shape has at least one entry at these sizes."""
        try:
            return all(axis > 0 for node in self.order for axis in measure.dims(node.shape))
        except ByhandError:
            return False

    def measures(self, seed: int) -> Iterator[Measure]:
        """Draws of sizes that fit, for ever (or none at all); from a wider choice where the small ones do not fit."""
        random, failures = Random(seed), 0
        for draw in count(seed):
            wider = range(2, 5 + failures // 10 + len(self.letters))
            measure = Measure(dict(zip(self.letters, random.sample(wider, len(self.letters)))) if failures else self.sizes(draw))
            if self.fits(measure):
                yield measure
            else:
                failures += 1
                if failures > 100:
                    return

    def other_measures(self) -> Iterator[Measure]:
        """A few sizes for a second look where a size is used as a number, so that it would have to be right by chance at all of them."""
        few = len(self.letters) <= 3
        first, wide = (2 + max(len(self.letters), DRAWS) if few else 3), len(self.letters) + 2
        for draw in range(3 if self.counts else 0):
            measure = Measure({letter: first + (k + 2 * draw) % wide for k, letter in enumerate(self.letters)})
            if self.fits(measure):
                yield measure

    def work(self, measure: Measure) -> int:
        """About how many scalar operations one evaluation takes."""
        return sum(_work(node, measure) for node in self.order)


def _work(node: Expr, measure: Measure) -> int:
    if isinstance(node, Contract):
        size_of = {c: axis for word, arg in zip(node.spec.inputs, node.args) for c, axis in zip(word, arg.shape)} | dict(zip(node.spec.output, node.shape))
        return prod(measure.dims(tuple(size_of.values())))
    return prod(measure.dims(node.shape))


def claim(left: Expr, right: Expr) -> Claim:
    order = tuple(in_order((left, right), definition))
    leaves = [node.leaf for node in order if isinstance(node, Map)]
    merged: dict[str, Var] = {}
    for node in order:
        if isinstance(node, Var):
            other = merged.setdefault(node.name, node)
            if other.shape != node.shape:
                raise ByhandError(f"{node.name} has shape {shape_text(other.shape)} in one place and {shape_text(node.shape)} in another.")
            merged[node.name] = Var(node.name, node.shape, node.facts | other.facts) if node.facts != other.facts else node
    facts = {fact for node in merged.values() for fact in node.facts}
    return Claim(
        left,
        right,
        order,
        tuple(merged.values()),
        tuple(sorted(_letters(order))),
        discrete=bool(facts & {"one_hot", "one_hot_columns", "signs"}) or any(leaf.kinked for leaf in leaves) or any(isinstance(node, Pick) for node in order),
        roots=any(leaf.exponent is not None and leaf.exponent.denominator != 1 for leaf in leaves),
        largest=float(max([Fraction(1), *(min(abs(value), 10**9) for node in order if isinstance(node, Num) for _, value in node.value.terms)])),
        counts=any(isinstance(node, Num) and node.value.letters for node in order),
    )


def _letters(order: Iterable[Expr]) -> set[str]:
    polys: set[int | Poly] = set()
    for node in order:
        polys.update(node.shape)
        if isinstance(node, Num):
            polys.add(node.value)
        if isinstance(node, Index) and isinstance(node.by, Window):
            polys.update(axis.offset for axis in node.by.axes)
    return {letter for poly in polys for letter in _letters_of(poly)}


@lru_cache(maxsize=4096)
def _letters_of(poly: int | Poly) -> frozenset[str]:
    return Poly.of(poly).letters
