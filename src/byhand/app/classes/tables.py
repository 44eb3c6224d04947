"""What a class becomes as a whole: a grade book, a table for Moodle, all results as JSON, or a line for each person."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from byhand.app.classes.journal import Outcome
from byhand.app.classes.records import from_line
from byhand.app.version import VERSION
from byhand.check.exercise.quantity import Exercise
from byhand.check.mark import Report
from byhand.check.report.moodle import grades
from byhand.check.report.strangers import harmless
from byhand.check.report.summary import ClassSummary
from byhand.check.report.table import GradeBook
from byhand.show.terminal import render


def whole(form: str, outcomes: Iterable[Outcome], exercise: Exercise) -> Iterator[str]:
    """The class in one of these forms, piece by piece as its results come."""
    match form:
        case "csv":
            yield from GradeBook(exercise).lines(reports(outcomes, exercise))
        case "moodle":
            yield from grades(reports(outcomes, exercise), exercise)
        case "json":
            yield from _json(outcomes, exercise)
        case "summary":
            yield from _summary(outcomes, exercise)
        case _:
            yield from _lines(outcomes, exercise)


def reports(outcomes: Iterable[Outcome], exercise: Exercise) -> Iterator[Report]:
    """The reports; of what could not be read or marked a report that has nothing but the reason."""
    for outcome in outcomes:
        yield from_line(outcome.marked.report) if _is_marked(outcome) else _empty(outcome, exercise)


def _is_marked(outcome: Outcome) -> bool:
    return bool(outcome.marked.report) and not outcome.marked.failure


def person(outcome: Outcome) -> str:
    """Who handed it in: as the hand-in says, or as the file is called."""
    return outcome.marked.person or Path(outcome.path).stem


def _empty(outcome: Outcome, exercise: Exercise) -> Report:
    return Report(exercise.name, exercise.title, exercise.digest, VERSION, person(outcome), (), (outcome.marked.failure,))


def _json(outcomes: Iterable[Outcome], exercise: Exercise) -> Iterator[str]:
    """All results under ``people``, a line each."""
    head = json.dumps({"sheet": exercise.name, "title": exercise.title, "digest": exercise.digest, "version": VERSION}, ensure_ascii=False)
    yield f'{head[:-1]}, "people": ['
    for number, outcome in enumerate(outcomes):
        yield f"{',' if number else ''}\n{outcome.marked.made or _unread(outcome, exercise)}"
    yield "\n]}\n"


def _unread(outcome: Outcome, exercise: Exercise) -> str:
    found = {"sheet": exercise.name, "digest": exercise.digest, "version": VERSION, "person": person(outcome), "answers": {}}
    return json.dumps(found | {"first_wrong": None, "marks": 0, "max": 0, "problems": [outcome.marked.failure]}, ensure_ascii=False)


def _lines(outcomes: Iterable[Outcome], exercise: Exercise) -> Iterator[str]:
    """A line for each person, and below them what the class as a whole got wrong."""
    summary = ClassSummary(exercise)
    yield from map(_line, _added(outcomes, summary))
    if summary.people > 1:
        yield f"\n{render(summary.document())}"


def _summary(outcomes: Iterable[Outcome], exercise: Exercise) -> Iterator[str]:
    """What the class as a whole got wrong."""
    summary = ClassSummary(exercise)
    for _ in _added(outcomes, summary):
        pass
    if summary.people:
        yield render(summary.document())


def _added(outcomes: Iterable[Outcome], summary: ClassSummary) -> Iterator[Outcome]:
    """The same outcomes; each is in the summary once it has come."""
    for outcome in outcomes:
        if _is_marked(outcome):
            summary.add(from_line(outcome.marked.report))
        yield outcome


def _line(outcome: Outcome) -> str:
    said = outcome.marked.made if _is_marked(outcome) else f"not marked: {harmless(outcome.marked.failure)}"
    return f"{harmless(person(outcome), 60)}: {said if isinstance(said, str) else ''}\n"
