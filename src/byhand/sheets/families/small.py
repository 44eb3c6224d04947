"""Claims at small depths: there every member is an ordinary formula, and a wrong claim fails with numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr
from byhand.lang.functions import concat, flatten
from byhand.lang.sizes import Poly, shape_text
from byhand.read.syntax import Tree
from byhand.run.claim import Counterexample, Verdict
from byhand.run.prove import is_proved, prove
from byhand.sheets.families.comparing import matched
from byhand.sheets.families.indices import Region
from byhand.sheets.families.instance import Instance, Instances
from byhand.sheets.families.terms import NotDefined
from byhand.show.conventions import Vectors

MOST_PLACES = 400
Place = Mapping[str, int]
_HINT = " If the claim is meant for fewer indices, say for which, as in show(a[l] == b[l] for l in 1..L-1)."


@dataclass(frozen=True, slots=True)
class Trial:
    """A claim to be tried. ``shown``: the letters that a counterexample tells the values of."""

    left: Tree
    right: Tree
    region: Region
    shown: tuple[str, ...]
    vectors: Vectors

    def at(self, place: Place) -> Place:
        return {letter: place[letter] for letter in self.shown}


def first_failure(trial: Trial, instances: Instances, depths: Sequence[Place]) -> Verdict | None:
    """The verdict at the smallest depth and index at which a claim fails; ``None`` where it holds at all of them."""
    region = trial.region
    points = sorted({tuple(point[k] for k in region.letters) for point in region.points})
    tried = 0
    for one in depths:
        places = [dict(zip(region.letters, point)) for point in points]
        places = [place for place in places if all(place[letter] == count for letter, count in one.items())]
        tried += len(places)
        if tried > MOST_PLACES:
            return None
        found = _failure(trial, instances.at(one), places)
        if found is not None:
            return found
    return None


def _failure(trial: Trial, instance: Instance, places: Sequence[Place]) -> Verdict | None:
    """All indices of one depth at once, which is quick; one by one where that does not prove them."""
    found = [_sides(trial, instance, place) for place in places]
    pairs = [one for one in found if not isinstance(one, Verdict)]
    if len(pairs) == len(places) and pairs and is_proved(*(concat([flatten(pair[k]) for pair in pairs]) for k in (0, 1))):
        return None
    for one, place in zip(found, places):
        verdict = one if isinstance(one, Verdict) else _verdict(*one, trial.at(place))
        if verdict is not None:
            return verdict
    return None


def _sides(trial: Trial, instance: Instance, place: Place) -> tuple[Expr, Expr] | Verdict:
    """Both sides in one shape, or the verdict on sides that have none."""
    said = _said(trial.at(place))
    env = {letter: Poly.of(count) for letter, count in place.items()}
    found: list[Expr] = []
    for side, which in ((trial.left, "left"), (trial.right, "right")):
        try:
            found.append(instance.model.expr(side, env))
        except NotDefined as error:
            return Verdict("fails", "exact", None, f"for {said} the {which} side has no meaning: {error.message}{_HINT}")
        except ByhandError as error:
            return Verdict("fails", "exact", None, f"for {said}: {error.message}")
    pair = matched(found[0], found[1], trial.vectors)
    if pair is not None:
        return pair
    shapes = f"the left side has shape {shape_text(found[0].shape)} and the right side {shape_text(found[1].shape)}"
    turned = " It lies the other way: a transpose is missing or too much." if _squeezed(found[0]) == _squeezed(found[1]) else ""
    return Verdict("fails", "exact", None, f"for {said} {shapes}.{turned}")


def _verdict(left: Expr, right: Expr, place: Place) -> Verdict | None:
    verdict = prove(left, right)
    if verdict.verdict == "holds":
        return None
    found = verdict.counterexample
    if verdict.verdict == "undecided" or found is None:
        return replace(verdict, reason=f"for {_said(place)}: {verdict.reason}")
    named = Counterexample({**place, **found.sizes}, found.data, found.left, found.right, found.entry)
    return replace(verdict, counterexample=named, reason=_said(place))


def _said(place: Place) -> str:
    return ", ".join(f"{letter} = {count}" for letter, count in place.items())


def _squeezed(expr: Expr) -> tuple[object, ...]:
    return tuple(axis for axis in expr.shape if axis != 1)
