"""A hand-in marked again: what has changed since, answer by answer, and why it may have."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, cast

from byhand.check.report import moodle
from byhand.check.report.strangers import harmless
from byhand.lang.errors import ByhandError
from byhand.show.document import Block, Document, Note, Prose, Section, Table

_LONGEST = 60
_LONGEST_PERSON = 30
NOTHING = "{}"
"""What stands for an answer of which nothing could be read: no text, and yet not blank."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one result says of an answer."""

    status: str
    marks: float
    max: float
    slip: str = ""

    def __str__(self) -> str:
        slip = f" {self.slip}" if self.slip else ""
        return f"{self.status}{slip}, {self.marks:g}/{self.max:g}"


@dataclass(frozen=True, slots=True)
class Difference:
    """An answer that is judged otherwise than before; ``None``: one of the results does not have it."""

    person: str
    name: str
    before: Verdict | None
    after: Verdict | None

    def __str__(self) -> str:
        return f"{self.person}, {self.name}: {self.before or 'not there'} -> {self.after or 'not there'}"


@dataclass(frozen=True, slots=True)
class Change:
    """What is different between two results besides single answers: the sheet, byhand itself, the total."""

    person: str
    total: tuple[float, float]
    most: tuple[float, float]
    digests: tuple[str, str]
    versions: tuple[str, str]


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What two results of one person, or of one class, judge differently, in the order of the new one.

    A result is what ``to_json`` makes; that of a class has them in a list under ``people``. Raises ``ByhandError`` for anything else.
    """
    before, after = people(old), people(new)
    everybody = dict.fromkeys((*after, *before))
    return tuple(found for person in everybody for found in _of_person(person, before.get(person, {}), after.get(person, {})))


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """For each person who is in both results, totals, sheets and versions before and now."""
    before, after = people(old), people(new)
    return tuple(_change(person, before[person], after[person]) for person in after if person in before)


def people(result: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The results of a class by person; that of one person alone is a class of one."""
    listed = result.get("people", [result] if "answers" in result else None)
    if not isinstance(listed, list):
        raise ByhandError('this is no result of byhand check: neither "answers" nor "people" stands in it; make one with byhand check SHEET ANSWERS --to json.')
    found: dict[str, Mapping[str, Any]] = {}
    for one in cast("list[Any]", listed):
        if not isinstance(one, dict) or not isinstance(cast("dict[str, Any]", one).get("answers"), dict):
            raise ByhandError('a result of byhand check has no "answers"; make it again with byhand check SHEET ANSWERS --to json.')
        result = cast("dict[str, Any]", one)
        found[_another(str(result.get("person", "")), found)] = result
    return found


def _another(person: str, others: Collection[str]) -> str:
    """The name, or with a number behind it where somebody else is called so."""
    if person not in others:
        return person
    return next(name for number in count(2) if (name := f"{person} ({number})") not in others)


def _of_person(person: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    before, after = old.get("answers", {}), new.get("answers", {})
    for name in dict.fromkeys((*after, *before)):
        was, now = _verdict(before.get(name)), _verdict(after.get(name))
        if was != now:
            yield Difference(person, name, was, now)


def _verdict(answer: object) -> Verdict | None:
    if not isinstance(answer, dict):
        return None
    found = cast("dict[str, Any]", answer)
    return Verdict(str(found.get("status", "")), _number(found.get("marks")), _number(found.get("max")), str(found.get("slip") or ""))


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _change(person: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Change:
    def both(key: str) -> tuple[str, str]:
        return str(old.get(key, "")), str(new.get(key, ""))

    return Change(
        person, (_number(old.get("marks")), _number(new.get("marks"))), (_number(old.get("max")), _number(new.get("max"))), both("digest"), both("version")
    )


# ------------------------------------------------------------------------------------------ the answers again


def handed_in(result: Mapping[str, Any]) -> tuple[str, str]:
    """The hand-in that a result was made of, as the text of a JSON file, and the person. Raises ``ByhandError`` where it was not kept."""
    kept = result.get("hand_in")
    answers = cast("dict[str, Any]", kept).get("answers") if isinstance(kept, dict) else None
    if not isinstance(answers, list):
        raise ByhandError("the answers themselves do not stand in this result, so that it cannot be marked again; give the files that were handed in.")
    inside = ", ".join(_again(cast("dict[str, Any]", one)) for one in cast("list[Any]", answers) if isinstance(one, dict))
    person = str(result.get("person", ""))
    return f'{{"person": {json.dumps(person)}, "answers": {{{inside}}}}}', person


def _again(written: Mapping[str, Any]) -> str:
    """An answer as a string; numbers that had lost their trailing zeros as the bare numbers they were. A name may stand twice, as it did."""
    text = str(written.get("text", "")) or NOTHING
    return f"{json.dumps(str(written.get('name', '')))}: {text if text == NOTHING or (written.get('zeros_lost') and _is_json(text)) else json.dumps(text)}"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


# ------------------------------------------------------------------------------------------------------- page


def document(found: Iterable[Difference], changed: Iterable[Change], title: str = "") -> Document:
    """What changed, for a person to read: why it may have, whose total is another one, and which answers."""
    differing, all_changes = tuple(found), tuple(changed)
    blocks: list[Block] = [Prose(_opening(differing, all_changes))]
    blocks += [Note(said) for said in _causes(all_changes)]
    totals = [one for one in all_changes if one.total != one.total[::-1] or one.most != one.most[::-1]]
    if totals:
        rows = tuple((_person(one.person), _of(one, 0), _of(one, 1)) for one in totals)
        blocks.append(Table("Totals", ("person", "before", "now"), rows))
    if differing:
        blocks.append(Table("Answers", ("person", "quantity", "before", "now"), tuple(_rows(differing))))
    return Document(title or "Marked again", (Section(None, tuple(blocks)),))


def _rows(differing: Iterable[Difference]) -> Iterator[tuple[str, str, str, str]]:
    """A person's name stands in the first of the rows alone."""
    last = None
    for one in differing:
        person = _person(one.person) if one.person != last else ""
        yield person, harmless(one.name, _LONGEST), str(one.before or "–"), str(one.after or "–")
        last = one.person


def _person(name: str) -> str:
    return harmless(moodle.person(name)[1], _LONGEST_PERSON)


def _of(change: Change, k: int) -> str:
    return f"{change.total[k]:g} of {change.most[k]:g}"


def _opening(found: tuple[Difference, ...], changed: tuple[Change, ...]) -> str:
    persons = len({one.person for one in found})
    if not found:
        return f"Nothing is judged differently, for {_counted(len(changed), 'person', 'people')}."
    return f"{_counted(len(found), 'answer is', 'answers are')} judged differently, of {_counted(persons, 'person', 'people')}."


def _counted(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _causes(changed: tuple[Change, ...]) -> Iterator[str]:
    """What is another one than before."""
    digests = dict.fromkeys(one.digests for one in changed if one.digests[0] != one.digests[1])
    versions = dict.fromkeys(one.versions for one in changed if one.versions[0] != one.versions[1])
    yield from (f"The sheet has changed: version {old or 'unknown'} before, {new or 'unknown'} now" for old, new in digests)
    yield from (f"The version of byhand has changed: {old or 'unknown'} before, {new or 'unknown'} now" for old, new in versions)
    if changed and not digests and not versions:
        yield "Neither the sheet nor byhand has changed"
