"""What is said of an answer, in sentences. They say what an answer matches, never what somebody did."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import assert_never, cast

import numpy as np

from byhand.check.exercise.quantity import Exercise
from byhand.check.mark import Mark, Report, Tie
from byhand.check.numbers.pattern import place
from byhand.check.report.names import in_notation, in_words, listed
from byhand.check.report.strangers import harmless
from byhand.check.report.written import expected_off

MOST_TIES = 4
MATCHES = "matches what you get if "
_TWO_ENDS = (2,)


def verdict(exercise: Exercise, mark: Mark) -> str:
    """One short sentence."""
    match mark.status:
        case "right":
            return "right"
        case "follows":
            return f"follows from {listed(exercise, mark.because_of)} as written" if mark.because_of else "follows from what was written before"
        case "slip":
            return _said(exercise, mark.message) or "explained by a slip"
        case "wrong":
            said = _said(exercise, mark.message)
            return said if said.endswith(" is wrong") else f"wrong: {said}" if said else "wrong"
        case "unread":
            return f"could not be read: {harmless(mark.message).removesuffix('.')}" if mark.message else "could not be read"
        case "blank":
            return "nothing written"
        case _:
            assert_never(mark.status)


def remarks(exercise: Exercise, mark: Mark, answers: bool) -> Iterator[str]:
    """What else is to be said, a sentence each; ``answers``: also what was expected."""
    if mark.remarks:
        yield "; ".join(_read_as(exercise, remark) for remark in mark.remarks)
    yield from _slip(exercise, mark)
    yield from (_sentence(exercise, statement) for statement in mark.broken)
    if mark.counterexample:
        yield _counterexample(exercise, mark)
    if mark.status == "right" and mark.certainty == "float":
        yield "Agrees to many digits at random points, which is strong evidence but no proof"
    if mark.review:
        yield f"For a person to look at: {_said(exercise, mark.review)}"
    if answers and mark.expected is not None and mark.status in ("slip", "wrong", "unread", "blank"):
        yield f"Expected: {expected_off(mark) or harmless(mark.expected)}{_accepted(mark)}"


def _said(exercise: Exercise, sentence: str) -> str:
    return in_notation(exercise, harmless(sentence))


def _sentence(exercise: Exercise, statement: str) -> str:
    """With a capital letter, unless it begins with a name."""
    first = statement.partition(" ")[0]
    capital = len(first) > 1 and first.isalpha() and first not in exercise.quantities
    return _said(exercise, statement[:1].upper() + statement[1:] if capital else statement)


def _read_as(exercise: Exercise, remark: str) -> str:
    """What somebody wrote stays as it was written; what it was read as is a name of the sheet."""
    written, read_as, name = harmless(remark).rpartition(" read as ")
    return f"{written}{read_as}{in_notation(exercise, name)}"


def _slip(exercise: Exercise, mark: Mark) -> Iterator[str]:
    if mark.status == "slip" and mark.at is not None and mark.at != mark.name:
        yield f"This lies in the step to {in_words(exercise, mark.at)}"
    if mark.status == "slip" and mark.because_of:
        yield f"With {listed(exercise, mark.because_of)} as written"
    ties = [tie for k, tie in enumerate(mark.ties) if not _is_said(tie, (mark.message, *(one.message for j, one in enumerate(mark.ties) if j != k)))]
    yield from (_tie(exercise, mark, tie) for tie in ties[:MOST_TIES])
    if len(ties) > MOST_TIES:
        yield f"And {len(ties) - MOST_TIES} more slips give the same"


def _is_said(tie: Tie, others: Iterable[str]) -> bool:
    """Whether another sentence says the same with more words."""
    return any(tie.message.removeprefix(MATCHES) in other and len(tie.message) < len(other) for other in others)


def _tie(exercise: Exercise, mark: Mark, tie: Tie) -> str:
    elsewhere = tie.of != (mark.at or mark.name) and not re.search(rf"(?<![\w/]){re.escape(tie.of)}(?![\w'])", tie.message)
    where = f", in the step to {in_words(exercise, tie.of)}" if elsewhere else ""
    return f"The same comes out if {_said(exercise, tie.message.removeprefix(MATCHES))}{where}"


def _counterexample(exercise: Exercise, mark: Mark) -> str:
    """The smallest values at which an answer fails, and what it comes to there, at the first entry that differs."""
    found = dict(mark.counterexample or {})
    values, left, right = (found.get(key) for key in ("values", "left", "right"))
    if not isinstance(values, Mapping) or left is None or right is None:
        return f"It fails for instance where {_assigned(exercise, found)}"
    entry = found.get("entry")
    at = [k for k in cast("list[object]", entry) if isinstance(k, int)] if isinstance(entry, (list, tuple)) else []
    what = place(at, tuple(at)) if at else "it"  # as many indices as axes
    data = _assigned(exercise, cast("Mapping[str, object]", values))
    return f"For instance, with {data}, {what} is {_short(_at(left, at))} and should be {_short(_at(right, at))}"


def _assigned(exercise: Exercise, values: Mapping[str, object]) -> str:
    """In the order of the sheet."""
    names = sorted(values, key=lambda name: exercise.place.get(name, len(exercise.place)))
    return harmless(", ".join(f"{in_words(exercise, name)} = {_short(values[name])}" for name in names))


def _at(value: object, entry: Sequence[int]) -> object:
    for k in entry:
        if not isinstance(value, (list, tuple)) or not 0 <= k < len(cast("list[object]", value)):
            return cast(object, value)
        value = cast("list[object]", value)[k]
    return value


def _short(value: object) -> str:
    """Numbers to a few digits, lists of them in brackets."""
    match value:
        case bool() | int():
            return str(value)
        case float() | Fraction():
            return f"{float(value):.5g}"
        case list() | tuple():
            return f"[{', '.join(map(_short, cast('list[object]', value)))}]"
        case _:
            return harmless(str(value), 80)


def _accepted(mark: Mark) -> str:
    """The interval of numbers that are right, of a single number."""
    if mark.accepted is None:
        return ""
    ends = np.asarray(mark.accepted, dtype=object)
    if ends.shape != _TWO_ENDS or not all(isinstance(end, (int, float, Fraction)) for end in ends):
        return ""
    low, high = map(float, ends)
    return f", accepted from {low:.6g} to {high:.6g}" if low != high else ""


# ------------------------------------------------------------------------------------------------------- marks


def amount(value: Fraction) -> str:
    """Marks as people write them: 3, 3.5, 1/3."""
    if value.denominator == 1:
        return str(value.numerator)
    hundredths = value * 100
    return f"{float(value):g}" if hundredths.denominator == 1 else f"{float(value):.2f}"


def score(mark: Mark) -> str:
    return f"{amount(mark.marks)}/{amount(mark.max)}" if mark.max else amount(mark.marks) if mark.marks else ""


def total(report: Report) -> str:
    of = f" of {amount(report.most)}"
    return f"{amount(report.total)}{of} {'mark' if report.most == 1 else 'marks'}"


def percent(report: Report) -> float | None:
    """Nothing where there was nothing to be had."""
    return round(float(100 * report.total / report.most), 1) if report.most else None
