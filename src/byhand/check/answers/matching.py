"""A hand-in's entries put to the quantities of an exercise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod

from byhand.check.answers.brackets import Comma
from byhand.check.answers.cells import joined
from byhand.check.answers.entry import Entry, Formulas, HandIn, Numbers, Unread
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
    at = Names(exercise) if names is None else names
    answers: dict[str, Entry] = {}
    remarks: dict[str, tuple[str, ...]] = {}
    unknown: list[Entry] = []
    cells: dict[str, list[tuple[Entry, Found]]] = {}
    for entry in hand_in.entries:
        if len(unknown) >= MOST_UNKNOWN:
            unknown.append(replace(entry, content=Unread(f"more than {MOST_UNKNOWN} names mean nothing here; what follows is left out.")))
            break
        found = at.find(entry.name)
        if found.other is not None:
            unknown.append(entry)
        elif found.name is None:
            unknown.append(replace(entry, content=Unread(found.problem, _text(entry))))
        elif found.cell is not None:
            cells.setdefault(found.name, []).append((entry, found))
        else:
            entry = _settled(entry, exercise.quantities[found.name])
            later = updated(exercise, found.name, entry, answers)
            remark = found.remark if later is None else f"{short(entry.name)} read as {later}, since it is not the value that the sheet gives"
            for name, part, said in apart(exercise, later or found.name, entry):
                _put(answers, remarks, exercise.quantities[name], part, remark, said)
    for name, parts in cells.items():
        entry, said = joined(exercise.quantities[name], parts)
        if name in answers and isinstance(entry.content, Unread):
            continue  # single entries beside the whole, and not all of them
        _put(answers, remarks, exercise.quantities[name], entry, *said)
    return Matched(answers, remarks, tuple(unknown))


def _put(answers: dict[str, Entry], remarks: dict[str, tuple[str, ...]], quantity: Quantity, entry: Entry, *said: str) -> None:
    """An answer in its place; of two the last one counts, but numbers count before the formula they come from."""
    name = quantity.name
    earlier = answers.get(name)
    if earlier is not None:
        entry, *more = _both(earlier, entry)
        said = (*remarks.get(name, ()), *said, *more)
    answers[name] = entry
    said = tuple(filter(None, said))
    if said:
        remarks[name] = tuple(dict.fromkeys(said))


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
