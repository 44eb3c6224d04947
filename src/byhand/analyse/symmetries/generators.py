"""The generators of a layer's symmetries, each proved: swaps, sign flips, scalings, changes of basis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TypeVar

from byhand.analyse.symmetries import changes
from byhand.analyse.symmetries.axes import Axis
from byhand.analyse.symmetries.changes import changed, mixed, multiplied
from byhand.analyse.symmetries.found import Continuous, Generator, Kind
from byhand.analyse.symmetries.grading import Slot, Structure
from byhand.analyse.symmetries.proving import Recipe, verdict
from byhand.analyse.symmetries.shifts import shifted_flip
from byhand.analyse.symmetries.solving import Form
from byhand.lang.build import inverse
from byhand.lang.expr import Var, transpose, var
from byhand.lang.sizes import Size

K = TypeVar("K")


def generators(
    structure: Structure, unit: Axis, places: tuple[Slot, ...], flips: list[Form], scalings: list[Form], continuous: Continuous
) -> Iterator[Generator]:
    """What makes up all symmetries of one layer."""
    fresh = structure.activations.fresh
    everywhere = dict.fromkeys(places, Fraction(1))

    def made(kind: Kind, powers: dict[Slot, Fraction], recipe: Recipe) -> Generator:
        return Generator(kind, powers, {}, changed(structure, recipe(unit.size).items()), verdict(structure, unit, recipe))

    def each(name: str, n: Size, *facts: str) -> Var:
        return var(fresh(name), (n,), facts)

    if not unit.fixed:
        yield made("swap", everywhere, lambda n: dict.fromkeys(places, changes.swap))
        yield made("cycle", everywhere, lambda n: dict.fromkeys(places, changes.cycle))
    for form in flips:
        signs = _at(places, form)
        yield made("flip", signs, lambda n, signs=signs: dict.fromkeys(signs, multiplied(each("s", n, "signs"), Fraction(1))))
    if not flips and not continuous and (shifted := shifted_flip(structure, unit, places)) is not None:
        yield shifted
    if continuous == "scalings":
        for form in scalings:
            powers = upwards(_at(places, form))
            yield made("scale", powers, lambda n, powers=powers: {slot: multiplied(each("c", n, "positive"), power) for slot, power in powers.items()})
    elif continuous == "linear":
        powers = upwards(_at(places, scalings[0]))
        yield made("mix", powers, lambda n: _mixing(powers, var(fresh("A"), (n, n))))
    elif continuous == "rotations":
        yield made("rotate", everywhere, lambda n: dict.fromkeys(places, mixed(changes.reflection(each("v", n)))))


def _mixing(powers: dict[Slot, Fraction], matrix: Var) -> dict[Slot, changes.Change]:
    back = transpose(inverse(matrix))
    return {slot: mixed(matrix if power > 0 else back) for slot, power in powers.items()}


def _at(places: Iterable[Slot], form: Form) -> dict[Slot, Fraction]:
    return {place: form[place] for place in places if place in form}


def upwards(powers: dict[K, Fraction]) -> dict[K, Fraction]:
    """The same direction with the first power 1."""
    first = next(iter(powers.values()))
    return {key: power / first for key, power in powers.items()}
