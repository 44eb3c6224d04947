"""A marked hand-in as a document: the first mistake first, then a line for each answer. Every page of byhand can be made of it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from byhand.check.exercise.quantity import Exercise
from byhand.check.mark import Mark, Report
from byhand.check.report.names import in_words, name_cells
from byhand.check.report.step import step_at
from byhand.check.report.strangers import harmless
from byhand.check.report.words import amount, remarks, score, total, verdict
from byhand.check.report.written import entries, off
from byhand.lang.english import listed
from byhand.show.document import Block, Document, Judged, Lines, Marks, Note, Prose, Section

LONGEST_NAME = 80
LONGEST_READ = 120
MOST_PROBLEMS = 20


def document(report: Report, exercise: Exercise, answers: bool = True) -> Document:
    """The feedback for one person. ``answers``: with what was expected, and with the step at the first mistake; without them it can be shown before the
    solution is."""
    return Document(_title(report), tuple(Section(None, tuple(blocks)) for blocks in _sections(report, exercise, answers) if blocks))


def _title(report: Report) -> str:
    person = harmless(report.person, LONGEST_NAME)
    return f"{report.title or report.sheet}: {person}" if person else report.title or report.sheet


def _sections(report: Report, exercise: Exercise, answers: bool) -> Iterator[list[Block]]:
    first = next((mark for mark in report.marks if mark.name == report.first_wrong), None)
    yield [_total(report), *(_first_mistake(report, exercise, first, answers) if first is not None else ())]
    yield [*_all_answers(report, exercise, first, answers), *_left_blank(report, exercise)]
    problems = list(map(harmless, report.problems[:MOST_PROBLEMS]))
    if len(report.problems) > MOST_PROBLEMS:
        problems.append(f"and {len(report.problems) - MOST_PROBLEMS} more remarks like these")
    notes = [Note(f"Not marked: {'; '.join(problem.removesuffix('.') for problem in problems)}")] if problems else []
    yield [*notes, Note(f"Marked by byhand {report.version} against version {report.digest} of the sheet")] if report.digest else [*notes]


def _total(report: Report) -> Block:
    """How many marks, and how many answers of which kind."""
    if not report.marks:
        return Prose("There is nothing to mark.")
    wrong = sum(mark.status in ("slip", "wrong") for mark in report.marks)
    counts = [*([f"{wrong} wrong"] if wrong else []), *_missing(report)]
    said = (
        f"Of {len(report.marks)} {'quantities' if len(report.marks) > 1 else 'quantity'}, {listed(counts)}."
        if counts
        else "No mistakes."
        if report.most == report.total
        else ""
    )
    return Prose(f"**{total(report)}.** {said}".strip())


def _missing(report: Report) -> list[str]:
    """How many answers there are not."""
    kinds = (("unread", "not read"), ("blank", "left blank"))
    return [f"{count} {word}" for status, word in kinds if (count := sum(mark.status == status for mark in report.marks))]


def _first_mistake(report: Report, exercise: Exercise, mark: Mark, answers: bool) -> Iterator[Block]:
    yield Marks(f"First mistake: {in_words(exercise, mark.name)}", (judged(exercise, mark, answers),))
    line = step_at(exercise, report, mark) if answers else None
    if line is not None:
        yield Lines("The step", (line,))


def _all_answers(report: Report, exercise: Exercise, first: Mark | None, answers: bool) -> Iterator[Block]:
    written = [mark for mark in report.marks if mark.status != "blank"]
    if written:
        yield Marks("All answers", tuple(judged(exercise, mark, answers and mark is not first, mark is not first) for mark in written))


def _left_blank(report: Report, exercise: Exercise) -> Iterator[Block]:
    """All of it in one line: an exercise of sixty quantities, of which ten are handed in, is no page of sixty lines."""
    blank = [mark for mark in report.marks if mark.status == "blank"]
    if blank:
        most = sum((mark.max for mark in blank), Fraction(0))
        yield Prose(f"Left blank (0 of {amount(most)} {'mark' if most == 1 else 'marks'}): {', '.join(in_words(exercise, mark.name) for mark in blank)}.")


def judged(exercise: Exercise, mark: Mark, answers: bool, whole: bool = True) -> Judged:
    """One answer; ``whole``: with its entries and all remarks, rather than on its line alone."""
    drawn = entries(mark, exercise.conventions.vectors == "columns") if whole else None
    where = (off(mark),) if whole and drawn is None and off(mark) else ()
    return Judged(
        mark.status,
        name_cells(exercise, mark.name),
        harmless(mark.read_as or "", LONGEST_READ),
        verdict(exercise, mark),
        score(mark),
        drawn,
        (*where, *remarks(exercise, mark, answers)) if whole else (),
    )


def plain_text(report: Report, exercise: Exercise, mark: Mark, answers: bool = True) -> str:
    """What is said of one answer in a few lines of plain text, for tables and course systems."""
    lines = [verdict(exercise, mark), *remarks(exercise, mark, answers)]
    return "\n".join([*lines, f"Written: {harmless(mark.read_as, LONGEST_READ)}"] if mark.read_as else lines)


def summary_line(report: Report, exercise: Exercise) -> str:
    """One sentence on a hand-in: the marks and the first mistake, or why it has no marks."""
    first = next((mark for mark in report.marks if mark.name == report.first_wrong), None)
    if not report.marks:
        return f"Not marked: {'; '.join(harmless(one).removesuffix('.') for one in report.problems) or 'nothing was handed in'}."
    missing = f"; {listed(_missing(report))}" if _missing(report) else ""
    wrong = f". First mistake: {in_words(exercise, first.name)}: {verdict(exercise, first)}" if first is not None else ""
    return f"{total(report)}{missing}{wrong}"
