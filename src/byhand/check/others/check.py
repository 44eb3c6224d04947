"""Marks for answers that are no arrays.

``check_other(exercise, name, entry) -> Mark``: ``name`` is a key of ``exercise.others``, ``entry`` the answer as it was read.
``called(exercise, name) -> str | None``: the question of that name. ``question(exercise, name)``: the same, and what a word such as eta may mean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from byhand.check.answers.entry import Entry, Formulas, Numbers, Unread
from byhand.check.exercise.other import Choice, Count, Interval, Other, WrongAnswer
from byhand.check.exercise.quantity import Exercise
from byhand.check.mark import Mark, Tie
from byhand.check.others import choices, counts
from byhand.check.others.ends import Ends
from byhand.check.others.intervals import WrittenInterval, interval, unsaid
from byhand.lang.errors import ByhandError

TOPICS = {
    "rates": re.compile(r"(\\eta|η|eta|rates?|learning[ _]rates?|step[ _]?sizes?|lernraten?)", re.IGNORECASE),
    "symmetries": re.compile(r"(symmetry|symmetries|count|number|anzahl|symmetrien?)", re.IGNORECASE),
    "unique": re.compile(r"(unique|uniqueness|eindeutig)", re.IGNORECASE),
}
UNSAID = "the ends are taken to be left out, since nothing is said of them"


def called(exercise: Exercise, name: str) -> str | None:
    """The question of this name, as the sheet asks it or without what goes without saying."""
    if not exercise.others or name in exercise.quantities or name in exercise.aliases:
        return None
    plain = _tight(name)
    if exact := next((one for one in exercise.others if _tight(one) == plain), None):
        return exact
    found = [one.name for one in exercise.others.values() if plain in map(_tight, one.called)]
    return found[0] if len(found) == 1 else None


def question(exercise: Exercise, name: str) -> str | None:
    """The question that a person's name for it means, maybe by a word such as eta where only one question is of that kind."""
    exact = called(exercise, name)
    if exact is not None:
        return exact
    alike = [one.name for one in exercise.others.values() if one.topic in TOPICS and TOPICS[one.topic].fullmatch(name.strip())]
    return alike[0] if len(alike) == 1 else None


def _tight(name: str) -> str:
    return "".join(name.split()).lower()


@dataclass(frozen=True, slots=True)
class _Found:
    """Whether an answer is right, the slips that explain it if not, and what is to be said of how it was read."""

    right: bool
    read_as: str
    slips: tuple[WrongAnswer, ...] = ()
    remark: str = ""


def check_other(exercise: Exercise, name: str, entry: Entry) -> Mark:
    """What is said of an answer to one of these questions."""
    other, settings = exercise.others[name], exercise.settings
    most = settings.marks.get(name, Fraction(1))
    text = _text(entry)
    try:
        found = _compared(exercise, other, text, not entry.written)
    except ByhandError as error:
        return Mark(name, "unread", Fraction(0), most, text or None, error.message, remarks=entry.repairs)
    except (OverflowError, RecursionError):
        return Mark(name, "unread", Fraction(0), most, text[:60] or None, "this answer is too large to be worked out.", remarks=entry.repairs)
    remarks = (*entry.repairs, *((found.remark,) if found.remark else ()))
    if found.right:
        return Mark(name, "right", most, most, found.read_as, remarks=remarks)
    expected = shown(other)
    if not found.slips:
        return Mark(name, "wrong", Fraction(0), most, found.read_as, expected=expected, remarks=remarks)
    first, *more = found.slips
    message = f"matches what you get if {first.message}"
    ties = tuple(Tie(one.id, one.message, name) for one in more)
    return Mark(name, "slip", most * settings.slip_marks, most, found.read_as, message, first.id, name, ties, expected=expected, remarks=remarks)


def shown(other: Other) -> str:
    """The right answer in words."""
    match other.answer:
        case Interval(none=True):
            return "none"
        case Interval(low, high, low_open, high_open):
            left, right = ("<" if low_open else "≤"), ("<" if high_open else "≤")
            return f"{low} {left} η" + (f" {right} {high}" if high is not None else "")
        case Count(formula, value, finite):
            said = f"{formula} = {value}" if value is not None and formula != str(value) else formula
            return said if finite else f"infinitely many; permutations and sign flips alone make {said}"
        case Choice(word):
            return word
        case _:
            assert_never(other.answer)


def _text(entry: Entry) -> str:
    match entry.content:
        case Numbers(text=text) | Formulas(text=text):
            return entry.written or text
        case Unread(message, text):
            return entry.written or text or next((word for word in ("true", "false") if message.startswith(word)), "")
        case _:
            assert_never(entry.content)


def _compared(exercise: Exercise, other: Other, text: str, listed: bool) -> _Found:
    match other.answer:
        case Interval() as right:
            return _interval(exercise, right, other, text, listed)
        case Count() as right:
            return _count(exercise, right, other, text)
        case Choice(word):
            said = choices.choice(text)
            if said is None:
                raise ByhandError("this answer says neither yes nor no; write holds or fails.")
            wrong = tuple(one for one in other.wrong if isinstance(one.answer, Choice) and choices.same(said, one.answer.word))
            return _Found(choices.same(said, word), said, wrong)
        case _:
            assert_never(other.answer)


# --------------------------------------------------------------------------------------------------- intervals


def _interval(exercise: Exercise, right: Interval, other: Other, text: str, listed: bool) -> _Found:
    """``listed``: the two ends came as a list of numbers, whose brackets say nothing."""
    ends, written = Ends(exercise), interval(text)
    if written is None:
        raise ByhandError("this answer is no interval; one is written 0 < eta < 1/5, or (0, 1/5).")
    if written.none or right.none:
        return _Found(written.none and right.none, text)
    agrees, remark = _agrees(ends, exercise, unsaid(written) if listed else written, right)
    if agrees:
        return _Found(True, text, remark=UNSAID if listed else remark)
    wrong = [(one, one.answer) for one in other.wrong if isinstance(one.answer, Interval)]
    exactly = [one for one, answer in wrong if _agrees(ends, exercise, written, answer)[0]]
    loosely = [one for one, answer in wrong if answer.high != right.high and _agrees(ends, exercise, unsaid(written), answer)[0]]
    return _Found(False, text, tuple(exactly or loosely))


def _agrees(ends: Ends, exercise: Exercise, written: WrittenInterval, right: Interval) -> tuple[bool, str]:
    """Whether an interval is this one, and what had to be understood."""
    for open_, wanted in ((written.low_open, right.low_open), (written.high_open, right.high_open)):
        if open_ is not None and open_ != wanted:
            return False, ""
    settings = exercise.settings
    if written.high is None and right.high is not None:
        return False, ""
    if written.high is not None and not ends.same(written.high, right.high, settings):
        return False, ""
    if written.low is None:
        return True, f"the lower end {right.low} is understood"
    return ends.same(written.low, right.low, settings), ""


# ------------------------------------------------------------------------------------------------------ counts


def _count(exercise: Exercise, right: Count, other: Other, text: str) -> _Found:
    if counts.is_infinite(text):
        return _Found(not right.finite, text)
    mine = counts.formula(text)
    if _same_count(exercise, mine, right):
        return _Found(True, text, remark="" if right.finite else "besides there is a continuous family: the settings are infinitely many")
    letter = _called_otherwise(exercise, mine, right)
    if letter:
        return _Found(True, text, remark=letter)
    _known(exercise, mine, right)
    wrong = [one for one in other.wrong if isinstance(one.answer, Count) and _same_count(exercise, mine, one.answer)]
    return _Found(False, text, tuple(wrong))


def _known(exercise: Exercise, mine: counts.Formula, right: Count) -> None:
    """``ByhandError`` for letters that are no sizes of the sheet."""
    strange = sorted(mine.letters - counts.formula(right.formula).letters - exercise.sizes.keys())
    if strange:
        raise ByhandError(f"{strange[0]} is no size of this sheet; the number is made of {right.formula}.")


def _same_count(exercise: Exercise, mine: counts.Formula, right: Count) -> bool:
    theirs = counts.formula(right.formula)
    if mine.letters <= theirs.letters and counts.same(mine, theirs):
        return True
    if not mine.letters <= exercise.sizes.keys():
        return False
    return theirs.letters <= exercise.sizes.keys() and mine.at(exercise.sizes) == theirs.at(exercise.sizes) and not (mine.letters and theirs.letters)


def _called_otherwise(exercise: Exercise, mine: counts.Formula, right: Count) -> str:
    """What to remark where a formula is right with another letter for the same size, or with a letter for a size that is a number here."""
    theirs = counts.formula(right.formula)
    if len(mine.letters) != 1 or mine.letters <= exercise.sizes.keys():
        return ""
    (letter,) = mine.letters
    if len(theirs.letters) == 1:
        (own,) = theirs.letters
        renamed = counts.Formula(theirs.letters, lambda sizes: mine.at({letter: sizes[own]}))
        return f"read with {letter} for {own}" if letter.lower() == own.lower() and counts.same(renamed, theirs) else ""
    numbers = sorted({int(one) for one in re.findall(r"\d+", right.formula)}, reverse=True)
    fitting = next((one for one in numbers if one <= 50 and not theirs.letters and mine.at({letter: one}) == theirs.at({})), None)
    return f"read with {letter} = {fitting}" if fitting is not None else ""
