"""JSON: one hand-in, a list of them, or one a line. Numbers keep the digits that stand there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from byhand.check.answers.digits import decimal
from byhand.check.answers.entry import Entry, Formulas, HandIn, Unread
from byhand.check.answers.limits import MAX_ANSWERS, MAX_NAME, MAX_VALUES, short
from byhand.check.answers.scalar import not_finite
from byhand.check.answers.sections import is_heading, under
from byhand.check.answers.written import array, written

PERSON = ("person", "student", "name", "id", "student_id", "email", "login")
ANSWERS = ("answers", "values", "answer", "solution", "results")


@dataclass(slots=True)
class Object:
    """A JSON object: its pairs in order, names that stand twice included."""

    pairs: list[tuple[str, Any]]


DECODER = json.JSONDecoder(object_pairs_hook=Object, parse_float=decimal, parse_int=decimal, parse_constant=not_finite)


def hand_ins(text: str, person: str) -> Iterator[HandIn]:
    """The hand-ins of a JSON text; what cannot be read comes as a problem."""
    found = parsed(text)
    if isinstance(found, str):
        yield HandIn(person, (), (found,))
        return
    yield from of_tree(found, person)


def hand_ins_of_lines(lines: Iterable[tuple[str, str | None]], stem: str) -> Iterator[HandIn]:
    """A class, one JSON object a line; a broken line costs only itself."""
    for number, (line, mended) in enumerate(lines, start=1):
        if line.strip():
            for one in hand_ins(line, f"{stem} line {number}"):
                yield one if mended is None else HandIn(one.person, one.entries, (*one.problems, mended))


def parsed(text: str) -> Any:
    """What the text holds, or a sentence that says why it cannot be read."""
    if text.count(",") > MAX_VALUES:
        return f"a text with more than {MAX_VALUES:,} values is refused; a class goes into a .jsonl file, a line a person."
    if not text.strip("\ufeff \t\r\n"):
        return "nothing stands in it."
    try:
        return DECODER.decode(text.lstrip("\ufeff"))
    except RecursionError:
        return "the JSON is nested too deep to be an answer."
    except ValueError as problem:
        return _explained(problem)


def _explained(problem: ValueError) -> str:
    if isinstance(problem, json.JSONDecodeError):
        return f"the JSON cannot be read: {problem.msg[:1].lower()}{problem.msg[1:]} at line {problem.lineno}, column {problem.colno}."
    return "the JSON cannot be read."


def of_tree(found: Any, person: str) -> Iterator[HandIn]:
    """The hand-ins of what a JSON text holds: objects, lists, text and digits."""
    if isinstance(found, list):
        yield from _of_list(found, person)
    elif not isinstance(found, Object):
        yield HandIn(person, (), ('no answers found; they look like {"answers": {"z1": [2, 7]}}.',))
    elif _is_class(found):
        for name, one in found.pairs:
            yield _one(one, name)
    else:
        yield _one(found, person)


def _of_list(found: list[Any], person: str) -> Iterator[HandIn]:
    """A list of people, or of answers of one person."""
    if found and all(isinstance(one, Object) and _is_answer(one) for one in found):
        yield _hand_in(_listed(found), person, ())
        return
    for number, one in enumerate(found, start=1):
        if isinstance(one, Object):
            yield _one(one, f"{person} {number}")
        else:
            yield HandIn(f"{person} {number}", (), ("no JSON object, so no answers.",))


def _is_class(found: Object) -> bool:
    """{"anna": {"z1": …}, "ben": {…}}: people by name."""
    people = all(isinstance(value, Object) and not _is_valued(value) for _, value in found.pairs) and found.pairs[:1] != []
    return people and found.pairs[0][0] not in ANSWERS and not all(is_heading(name) for name, _ in found.pairs)


def _is_answer(found: Object) -> bool:
    """{"quantity": "z1", "value": [2, 7]}."""
    keys = {name for name, _ in found.pairs}
    return bool(keys & {"quantity", "name"}) and bool(keys & _VALUES)


_VALUES = frozenset(["value", "answer", "formula", "values"])
_OTHER = frozenset(["low", "high", "count", "verdict", "unique", "text"])


def _is_valued(found: Object) -> bool:
    return any(name in _VALUES or name in _OTHER for name, _ in found.pairs)


def _listed(found: list[Object]) -> list[tuple[str, Any]]:
    pairs = [dict(one.pairs) for one in found]
    return [(str(one.get("quantity", one.get("name"))), next(one[key] for key in one if key in _VALUES)) for one in pairs]


def _one(found: Object, person: str) -> HandIn:
    """One person's object."""
    inner = next((value for name, value in found.pairs if name in ANSWERS and isinstance(value, (Object, list))), None)
    said = {name: _person(value) for name, value in found.pairs if name in PERSON}
    person = next((said[name] for name in PERSON if said.get(name)), person)
    if inner is None:
        return _hand_in([(name, value) for name, value in found.pairs if not (name in PERSON and isinstance(value, str))], person, ())
    if isinstance(inner, Object):
        return _hand_in(inner.pairs, person, ())
    if all(isinstance(one, Object) and _is_answer(one) for one in inner):
        return _hand_in(_listed(inner), person, ())
    return HandIn(person, (), ("the answers are a list without names; write each as name: value.",))


def _person(value: Any) -> str:
    return value.strip()[:MAX_NAME] if isinstance(value, str) else value[4] if isinstance(value, tuple) else ""


def _hand_in(pairs: list[tuple[str, Any]], person: str, problems: tuple[str, ...]) -> HandIn:
    if len(pairs) > MAX_ANSWERS:
        return HandIn(person, (), (f"{len(pairs):,} answers are refused; a hand-in may have {MAX_ANSWERS:,}.",))
    entries = [entry for name, value in _flat(pairs) if (entry := _entry(name, value)) is not None]
    return HandIn(person, tuple(entries), problems)


def _flat(pairs: list[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """The answers, those under headings too."""
    for name, value in pairs:
        if isinstance(value, Object) and value.pairs and not _is_valued(value) and is_heading(name):
            yield from ((under(name, inner), one) for inner, one in value.pairs)
        else:
            yield name, value


def _entry(name: str, value: Any) -> Entry | None:
    """One answer; nothing where none was given."""
    name = name if len(name) <= MAX_NAME else short(name, MAX_NAME)
    kind = type(value)
    if kind is list:
        found = array(value, True) if _only_numbers(value) else None
        return Entry(name, found) if found is not None else _mixed(name, value)
    if kind is tuple:
        return Entry(name, array(value, True))
    if kind is str:
        read = written(value)
        return None if read is None else Entry(name, read.content, "", read.repairs, read.links, value.strip()[:2000])
    return _other(name, value)


def _only_numbers(value: list[Any]) -> bool:
    """Whether the first leaf is a number, so that the others should be."""
    first: Any = value
    while type(first) is list and first:
        first = first[0]
    return type(first) is tuple


def _mixed(name: str, value: list[Any]) -> Entry | None:
    """A list with text in it: numbers that were put in quotes, whose digits are all kept; nothing where nothing stands in it."""
    try:
        return Entry(name, array(_quoted(value)))
    except TypeError:  # some of it is written in another way
        pass
    read = written(value)
    return None if read is None else Entry(name, read.content, "", read.repairs)


def _quoted(value: Any) -> Any:
    """Decimals in quotes as digits; ``TypeError`` for anything else."""
    if type(value) is list and value:
        return [_quoted(part) for part in value]
    found = decimal(value) if type(value) is str else None
    if type(found) is not tuple:
        raise TypeError
    return found


def _other(name: str, value: Any) -> Entry | None:
    if value is None:
        return None
    if isinstance(value, Object):
        said = _said(value)
        if said is not None:
            return Entry(name, Formulas((said,), said), written=said)
        inner = next((one for key, one in value.pairs if key in _VALUES or key == "text"), None)
        if inner is None or isinstance(inner, Object):
            return Entry(name, Unread("a JSON object is no answer; write the numbers as lists, a formula as text."))
        return _entry(name, inner)
    return Entry(name, value if isinstance(value, Unread) else Unread(f"{str(value).lower()} is no answer."))


def _said(value: Object) -> str | None:
    """The answer to another question, as an object says it and as a person would: an interval, a number of symmetries, a verdict."""
    keys = dict(value.pairs)
    if "high" in keys and "low" in keys:
        low, high = (_plain_text(keys[end]) for end in ("low", "high"))
        left, right = ("≤" if keys.get(f"{end}_open") is False else "<" for end in ("low", "high"))
        return f"{low} {left} eta {right} {high}" if high is not None else f"{low} {left} eta" if low is not None else None
    word = next((keys[key] for key in ("count", "verdict") if key in keys), None)
    return _plain_text(word)


def _plain_text(value: Any) -> str | None:
    return value[:2000] if isinstance(value, str) else value[4] if isinstance(value, tuple) else None
