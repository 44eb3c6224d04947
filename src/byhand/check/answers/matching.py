"""A hand-in's entries put to the quantities of an exercise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod

from byhand.check.answers.brackets import Comma
from byhand.check.answers.cells import joined
from byhand.check.answers.entry import Entry, Formulas, HandIn, Numbers, Unread
from byhand.check.answers.entrywise import whole
from byhand.check.answers.inputs import Input, about
from byhand.check.answers.limits import short
from byhand.check.answers.names import Found, Names
from byhand.check.answers.samples import apart
from byhand.check.answers.updates import updated
from byhand.check.answers.written import numbers
from byhand.check.exercise.quantity import Exercise, Quantity

MOST_UNKNOWN = 100
"""Names without a meaning after which the rest of a hand-in is not looked at."""


@dataclass(frozen=True, slots=True)
class Matched:
    """``answers``: the entry for each quantity that has one; ``remarks``: how names were read, for these; ``unknown``: entries whose name
    means no quantity: as they are where it means another question of the sheet (``Exercise.others``), else with an ``Unread`` that says why."""

    answers: Mapping[str, Entry]
    remarks: Mapping[str, tuple[str, ...]]
    unknown: tuple[Entry, ...] = ()


def matched(exercise: Exercise, hand_in: HandIn, names: Names | None = None) -> Matched:
    """What the entries of a hand-in are answers to. ``names`` is ``Names(exercise)``, made once for many hand-ins."""
    matching = _Matching(exercise, Names(exercise) if names is None else names)
    for entry in hand_in.entries:
        if len(matching.unknown) >= MOST_UNKNOWN:
            matching.unknown.append(replace(entry, content=Unread(f"more than {MOST_UNKNOWN} names mean nothing here; what follows is left out.")))
            break
        matching.take(entry)
    matching.join()
    return Matched(matching.answers, matching.remarks, tuple(matching.unknown))


@dataclass(slots=True)
class _Matching:
    """What has been put to quantities so far. ``cells``: entries of arrays that were handed in one by one; ``input``: another one that it is about now."""

    exercise: Exercise
    names: Names
    answers: dict[str, Entry] = field(default_factory=dict[str, Entry])
    remarks: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    unknown: list[Entry] = field(default_factory=list[Entry])
    input: Input | None = None
    cells: dict[str, list[tuple[Entry, Found]]] = field(default_factory=dict[str, list[tuple[Entry, Found]]])

    def take(self, entry: Entry) -> None:
        """One entry, to the quantity that its name means."""
        found = self.names.find(entry.name)
        if found.name is None and found.other is None:
            entry, found = whole(self.exercise, self.names, entry) or (entry, found)
        if found.other is not None:
            self.unknown.append(entry)
        elif found.name is None:
            self.unknown.append(replace(entry, content=Unread(found.problem, _text(entry))))
        elif found.cell is not None:
            self.cells.setdefault(found.name, []).append((entry, found))
        else:
            self._whole(found.name, found.remark, _settled(entry, self.exercise.quantities[found.name]))

    def _whole(self, name: str, remark: str, entry: Entry) -> None:
        """All of a quantity, or of the updated one that goes by the same name, or of several samples of it."""
        self.input = about(self.names.inputs, self.exercise, name, entry, self.input)
        if self.input is not None and name in self.input.named:
            name = self.input.named[name]
            remark = f"{short(entry.name)} read as {name}"
        later = updated(self.exercise, name, entry, self.answers)
        if later is not None:
            name, remark = later, f"{short(entry.name)} read as {later}, since it is not the value that the sheet gives"
        for one, part, said in apart(self.exercise, name, entry):
            self._put(one, part, remark, said)

    def join(self) -> None:
        """Entries that came one by one as arrays; of an array that came as a whole as well only where they are all there."""
        for name, parts in self.cells.items():
            entry, said = joined(self.exercise.quantities[name], parts)
            if name not in self.answers or not isinstance(entry.content, Unread):
                self._put(name, entry, *said)

    def _put(self, name: str, entry: Entry, *said: str) -> None:
        """An answer in its place; of two the last one counts, but numbers count before the formula they come from."""
        earlier = self.answers.get(name)
        if earlier is not None:
            entry, *more = _both(earlier, entry)
            said = (*self.remarks.get(name, ()), *said, *more)
        self.answers[name] = entry
        said = tuple(filter(None, said))
        if said:
            self.remarks[name] = tuple(dict.fromkeys(said))


def _both(earlier: Entry, later: Entry) -> tuple[Entry, *tuple[str, ...]]:
    match earlier.content, later.content:
        case Numbers(), Formulas(links):
            return (replace(earlier, links=(*earlier.links, *links)),)
        case Formulas(links), Numbers():
            return (replace(later, links=(*links, *later.links)),)
        case _:
            place = f" ({later.place})" if later.place else ""
            return later, f"answered more than once; the last answer{place} counts"


def _settled(entry: Entry, quantity: Quantity) -> Entry:
    """An entry whose commas mean what the quantity's shape says."""
    if not entry.written or quantity.dims is None or not isinstance(entry.content, (Numbers, Unread)):
        return entry
    return _with_commas(entry, quantity.dims)


def _with_commas(entry: Entry, dims: tuple[int, ...]) -> Entry:
    """Read again with the other meaning of its commas, if that gives as many numbers as there should be and this does not."""
    content = entry.content
    if "," not in entry.written or len(entry.written) >= 2000 or (isinstance(content, Numbers) and content.values.size == prod(dims)):
        return entry
    for comma, said in _COMMAS:
        found = numbers(entry.written, comma=comma)
        if isinstance(found, Numbers) and found.values.size == prod(dims) and (found.values.ndim == len(dims) or prod(dims) > 1):
            return replace(entry, content=found, repairs=(*(r for r in entry.repairs if "comma" not in r), said))
    return entry


_COMMAS: tuple[tuple[Comma, str], ...] = (("point", "commas read as decimal points"), ("between", "commas read as standing between the entries"))


def _text(entry: Entry) -> str:
    return short(entry.written or entry.content.text, 200)
