"""Of several slips that explain an answer, the one that other wrong answers speak for: a slip in what was not written down shows in several places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from byhand.check.judge.explain import Explained
from byhand.check.judge.follow import followed
from byhand.check.judge.person import Person
from byhand.check.numbers.compare import fits
from byhand.check.settings import Settings
from byhand.run.arrays import Array

MOST_HYPOTHESES = 8


def weighed(person: Person, name: str, found: list[Explained], settings: Settings) -> list[Explained]:
    """The explanations with the one first that explains most other answers as well; the order stays where they speak for none."""
    if len(found) == 1 or all(one.wrong.mutation.of == name for one in found):
        return found
    some = found[:MOST_HYPOTHESES]
    for one in found[MOST_HYPOTHESES:]:
        if one.wrong.places not in {other.wrong.places for other in some}:
            some.append(one)
    off = {one: (one,) for one in person.numbers if not _is_right(person, one, settings)}
    scores = {id(one): _score(person, name, one, off, settings) for one in some}
    return sorted(found, key=lambda one: -scores.get(id(one), 0))


def _is_right(person: Person, name: str, settings: Settings) -> bool:
    return bool(fits(person.numbers[name], person.truths[name], 0.0, settings)[0])


def _score(person: Person, name: str, found: Explained, off: Mapping[str, tuple[str, ...]], settings: Settings) -> int:
    """How many wrong answers, those in ``off``, would follow from the slip, less how many right ones would contradict it."""
    values = values_there(person, name, found) if found.wrong.mutation.of != name else {}
    if not values:
        return 0
    other = replace(person, written=dict(person.written), off={**off, **person.off, name: (name,)}, _own={})
    other.assume(values, (name,))
    others = [one for one in person.numbers if one != name and not values.keys().isdisjoint(other.reach(one).frontier)]
    return sum(_speaks(other, one, one in off, settings) for one in others)


def _speaks(person: Person, name: str, off: bool, settings: Settings) -> int:
    """1 for a wrong answer that follows, −1 for a right one that does not."""
    following = followed(person, name, person.numbers[name], settings)
    follows = following is not None and bool(following.used)
    return int(follows and off) - int(not follows and not off)


def values_there(person: Person, name: str, found: Explained) -> dict[str, Array]:
    """What the slip makes of the blank quantities in which it lies; nothing where that cannot be worked out."""
    values = person.values(list(found.wrong.at.values()), person.reach(name).frontier, [found.subset])
    return dict(zip(found.wrong.places, values or ()))
