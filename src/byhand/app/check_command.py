"""``byhand check``: one hand-in as a page, or a class on all cores."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import click

from byhand.app.checking import prepared
from byhand.app.classes.opened import hand_ins_of, why
from byhand.app.classes.progress import Progress
from byhand.app.classes.run import ClassRun, Summary, Wanted
from byhand.app.files import deliver
from byhand.app.forms import TABLES, made_of
from byhand.check.answers.entry import HandIn
from byhand.check.answers.limits import MAX_FILE
from byhand.check.answers.read import from_text, kind_of
from byhand.check.report.strangers import harmless
from byhand.lang.errors import ByhandError
from byhand.sheets.source import read_text

STDIN = "-"
SOME_WRONG = 1
"""The exit status of a strict run in which anything is wrong."""
MOST_TOLD = 20
"""Hand-ins that could not be read, of which so many are listed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A call of the command. ``width`` and ``color`` of the terminal."""

    sheet: Path
    answers: tuple[Path, ...]
    to: str
    output: Path | None
    out: Path | None
    jobs: int | None
    show_answers: bool
    strict: bool
    width: int
    color: bool


def check(asked: Asked) -> int:
    """Mark what was handed in; the exit status. ``ByhandError`` where the sheet or all that was handed in cannot be read."""
    text, name = read_text(asked.sheet)
    if asked.out is None and len(asked.answers) == 1:
        first = _first(asked.answers[0])
        if first is not None:
            return _one(asked, text, name, first)
    return _class(asked, text, name, files_of(asked))


def is_class(answers: Sequence[Path], out: Path | None) -> bool:
    """Whether this may take long, so that each hand-in is limited and not all of them together."""
    return out is not None or len(answers) > 1 or any(path.is_dir() or path.suffix.lower() in (".csv", ".tsv", ".jsonl", ".ndjson") for path in answers)


# ------------------------------------------------------------------------------------------------- one hand-in


def _first(path: Path) -> HandIn | None:
    """The only hand-in of a file; ``None`` where there are more."""
    if str(path) != STDIN and path.is_dir():
        return None
    found = list(islice(_read(path), 2))
    if not found:
        raise ByhandError(f"cannot read {path}: nothing has been handed in there.")
    return found[0] if len(found) == 1 else None


def _read(path: Path) -> Iterator[HandIn]:
    if str(path) == STDIN:
        text = sys.stdin.buffer.read(MAX_FILE + 1).decode("utf-8", "replace")
        return from_text(text, "", kind_of(text))
    return hand_ins_of(path)


def _one(asked: Asked, text: str, name: str, hand_in: HandIn) -> int:
    judge = prepared(text, name)
    if hand_in.problems and not hand_in.entries:
        raise ByhandError(f"cannot read {asked.answers[0]}: {hand_in.problems[0]}")
    report = judge.mark(hand_in)
    made = made_of(report, judge.exercise, hand_in, asked.to, asked.show_answers, str(asked.answers[0]), width=asked.width, color=asked.color)
    deliver(made, asked.output)
    return SOME_WRONG if asked.strict and report.total < report.most else 0


# -------------------------------------------------------------------------------------------------- a class


def files_of(asked: Asked) -> list[str]:
    """The files in the order they were named, each once."""
    found: list[str] = []
    for path in asked.answers:
        if str(path) == STDIN:
            raise ByhandError("standard input is one hand-in; it cannot be marked together with others.")
        found += _in_folder(path, asked) if path.is_dir() else [str(path)]
    if not found:
        raise ByhandError(f"there are no hand-ins in {asked.answers[0]}.")
    return list(dict.fromkeys(found))


def _in_folder(folder: Path, asked: Asked) -> list[str]:
    """All files that are not hidden, by name, but for the sheet and what an earlier run has written there."""
    try:
        shown = sorted(one for one in folder.iterdir() if not one.name.startswith("."))
    except OSError as error:
        raise ByhandError(f"cannot read {folder}: {why(error)}") from None
    written = [path for path in (asked.out, asked.output) if path is not None]
    known = {path.resolve() for path in (asked.sheet, *written, *(path.with_name(f"{path.name}.part") for path in written))}
    inside = [one for one in shown if one.is_symlink() or one.resolve() not in known]
    folders = [one for one in inside if one.is_dir()]
    if folders:
        more = f" and {len(folders) - 1} more" if len(folders) > 1 else ""
        _note(f"folders in folders are passed over: {harmless(str(folders[0]), 200)}{more}; name them to have their files marked too.")
    return [str(one) for one in inside if one not in folders]


def _class(asked: Asked, text: str, name: str, paths: list[str]) -> int:
    _refuse_overwriting(asked, paths)
    wanted = wanted_of(asked)
    with Progress(len(paths), sys.stderr.isatty()) as progress:
        run = ClassRun(text, name, paths, wanted, asked.jobs or cores(), _shown, _note, progress.tell)
        try:
            summary = run.run()
        except BrokenPipeError:  # the reader has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
    return _told(asked, wanted, summary)


def wanted_of(asked: Asked) -> Wanted:
    """What the class is to become, by the options of the call."""
    to, output, out = asked.to, asked.output, asked.out
    tables = ((to if to in TABLES else "csv", out),) if out is not None else ()
    if to in TABLES:
        if out is not None and output is not None:
            raise ByhandError("one table goes to one file: give --out or -o, not both.")
        return Wanted(tables or (((to, output),) if output is not None else ()), None if out or output else to, answers=asked.show_answers)
    if to == "json" and output is not None and output.suffix.lower() == ".json":
        return Wanted((*tables, ("json", output)), answers=asked.show_answers)
    if output is not None:
        if output.exists() and not output.is_dir():
            raise ByhandError(f"cannot write a file for each person to {output}: that is a file; name a folder with -o.")
        return Wanted(tables, None, to, output, asked.show_answers)
    if to not in ("text", "json"):
        raise ByhandError(f"of each person a file is made in the form {to}: name the folder for them with -o.")
    if out is not None and to == "text":
        return Wanted(tables, "summary", answers=asked.show_answers)
    return Wanted(tables, "json" if to == "json" else "line", answers=asked.show_answers)


def _refuse_overwriting(asked: Asked, paths: list[str]) -> None:
    written = [path for path in (asked.output, asked.out) if path is not None]
    for path in written:
        for other in (str(asked.sheet), *paths):
            if path.exists() and os.path.exists(other) and os.path.samefile(path, other):
                raise ByhandError(f"cannot write to {path}: that is {'the sheet' if other == str(asked.sheet) else 'a hand-in'} itself.")
    if len({path.resolve() for path in written}) < len(written):
        raise ByhandError(f"cannot write two things to {written[0]}: give --out and -o different names.")


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _told(asked: Asked, wanted: Wanted, summary: Summary) -> int:
    """What came of it, on standard error; the exit status."""
    if summary.unread and not summary.read:
        place, reason = summary.unread[0]
        none = f"none of the {summary.people} hand-ins could be read; the first," if summary.people > 1 else "the hand-in could not be read:"
        raise ByhandError(f"{none} {harmless(place, 200)}: {harmless(reason)}")
    written = [str(path) for _, path in wanted.files] + ([f"{wanted.folder}{os.sep}"] if wanted.folder else [])
    where = f", in {' and '.join(written)}" if written else ""
    _note(f"{summary.read} hand-in{'s' * (summary.read != 1)} marked{where}; {summary.wrong} with something wrong or missing.")
    for place, reason in summary.unread[:MOST_TOLD]:
        _note(f"not marked: {harmless(place, 200)}: {harmless(reason)}")
    if len(summary.unread) > MOST_TOLD:
        _note(f"and {len(summary.unread) - MOST_TOLD} more that could not be read.")
    return SOME_WRONG if asked.strict and (summary.wrong or summary.unread) else 0


def _note(message: str) -> None:
    click.echo(f"byhand: {message}", err=True)


def _shown(piece: str) -> None:
    click.echo(piece, nl=False)
