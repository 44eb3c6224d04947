"""Answers that are no arrays: an interval of learning rates, a number of symmetries, a verdict on a claim, with the wrong ones that people give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from byhand.sheets import solution as s


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers between two ends, each a formula or ``None`` where there is no end; ``none``: no number at all."""

    low: str | None
    high: str | None
    low_open: bool = True
    high_open: bool = True
    none: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """A number as a formula with factorials; ``value`` where its sizes are known. ``finite``: whether there are not infinitely many besides."""

    formula: str
    value: int | None = None
    finite: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words, such as holds or fails, yes or no."""

    word: str


Answer: TypeAlias = Interval | Count | Choice


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """A wrong answer that people give; ``message`` ends the sentence "matches what you get if …"."""

    id: str
    message: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Other:
    """A question whose answer is no array: ``name`` as the sheet asks it, ``called``: shorter names of it, ``topic``: one word for its kind."""

    name: str
    topic: str
    answer: Answer
    called: tuple[str, ...] = ()
    wrong: tuple[WrongAnswer, ...] = field(default=())


def others_of(items: Iterable[s.Item]) -> dict[str, Other]:
    """The questions of a solved sheet whose answers are no arrays, in order; each once."""
    found: dict[str, Other] = {}
    for item in items:
        match item:
            case s.Claimed(text, _, _, verdict):
                found.setdefault(text, _claim(text, verdict.verdict))
            case s.Answered(text=text, claims=((_, verdict),)) if text.strip().startswith("show"):
                found.setdefault(text, _claim(text, verdict.verdict))
            case s.Answered(text=text, answer=dict() as answer, slips=slips):
                for one in _analysed(text, answer, slips):
                    found.setdefault(one.name, one)
            case _:
                pass
    return found


def _claim(text: str, verdict: str) -> Other:
    inside = text.partition("(")[2].rpartition(")")[0].strip()
    wrong = {"holds": "fails", "fails": "holds"}.get(verdict)
    slips = (WrongAnswer("claim", f"the claim is taken to be {'false' if wrong == 'fails' else 'true'}", Choice(wrong)),) if wrong is not None else ()
    return Other(text, "claim", Choice(verdict), (inside,), slips)


def _analysed(text: str, answer: Mapping[str, object], slips: tuple[s.Slipped, ...]) -> list[Other]:
    if "high" in answer and "low" in answer:
        right = _interval(answer)
        wrong = tuple(WrongAnswer(one.id, one.message, _interval({**answer, **one.answer})) for one in slips)
        return [Other(text, "rates", right, _called(text), wrong)]
    if "count" in answer and "finite" in answer:
        wrong = tuple(WrongAnswer(one.id, one.message, Count(str(one.answer["count"]))) for one in slips if "count" in one.answer)
        return [Other(text, "symmetries", _count(answer), _called(text), wrong)]
    if isinstance(answer.get("unique"), bool) and "closed_form" in answer:
        return [Other(f"{text}: unique", "unique", Choice("yes" if answer["unique"] else "no"), ("unique",))]
    return []


def _called(text: str) -> tuple[str, ...]:
    """``rates(f)`` and ``rates`` for ``rates(f, x)``."""
    word, _, inside = text.partition("(")
    return (f"{word.strip()}({inside.partition(',')[0].strip()})", word.strip())


def _interval(answer: Mapping[str, object]) -> Interval:
    low, high = answer.get("low"), answer.get("high")
    ends = [end if isinstance(end, str) else None for end in (low, high)]
    return Interval(ends[0], ends[1], answer.get("low_open") is not False, answer.get("high_open") is not False, none=answer.get("none") is True)


def _count(answer: Mapping[str, object]) -> Count:
    value = answer.get("value")
    return Count(str(answer["count"]), int(value) if isinstance(value, (int, str)) else None, answer.get("finite") is True)
