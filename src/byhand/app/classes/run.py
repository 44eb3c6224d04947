"""A class marked: results come in the order of the hand-ins, are noted in a journal, and become a table, a file for each person, or both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from byhand.app.checking import exercise_of_text
from byhand.app.classes.crew import Crew
from byhand.app.classes.journal import Journal, Outcome
from byhand.app.classes.messages import Marked, Setup
from byhand.app.classes.names import FileNames
from byhand.app.classes.schedule import Part, Schedule
from byhand.app.classes.tables import person, whole
from byhand.app.files import replace, replacing
from byhand.app.forms import ending
from byhand.app.version import VERSION
from byhand.check.exercise.quantity import Exercise
from byhand.lang.errors import ByhandError

WAITING = 64
"""Results for each process that may wait for those before them."""
Tell: TypeAlias = Callable[[int, int], None]
"""Is told how many hand-ins are marked, and how many files are done."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a class is to become.

    ``files``: the forms of the class as a whole with the file for each; ``shown``: the form that goes to the terminal. ``form`` and ``folder``: the form of
    a file for each person, and where these go. ``answers``: with what was expected.
    """

    files: tuple[tuple[str, Path], ...] = ()
    shown: str | None = None
    form: str | None = None
    folder: Path | None = None
    answers: bool = True

    @property
    def made(self) -> str | None:
        """The form that is made for each person."""
        forms = [self.form, self.shown, *(form for form, _ in self.files)]
        return self.form or next((form for form in forms if form in ("json", "line")), None)

    @property
    def journal(self) -> Path | None:
        """Beside what it is for."""
        beside = self.files[0][1] if self.files else self.folder
        return beside.with_name(f"{beside.name}.part") if beside is not None else None


@dataclass(slots=True)
class Summary:
    """How it went. ``kept``: how many were marked by an earlier run; ``wrong``: of those that were marked how many have less than all marks;
    ``unread``: file or person and why, for what has no mark."""

    people: int = 0
    kept: int = 0
    wrong: int = 0
    unread: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    @property
    def read(self) -> int:
        return self.people - len(self.unread)


@dataclass(slots=True)
class ClassRun:
    """One run over a class. ``show`` takes what goes to the terminal, ``note`` remarks on how it goes."""

    text: str
    name: str
    paths: Sequence[str]
    wanted: Wanted
    jobs: int
    show: Callable[[str], None]
    note: Callable[[str], None]
    tell: Tell
    summary: Summary = field(default_factory=Summary)

    def run(self) -> Summary:
        """Mark everybody. Raises ``ByhandError`` for a sheet that cannot be solved, and where nothing can be written; what was marked so far is kept then.

        Where nobody could be marked nothing takes the place of what an earlier run has written.
        """
        exercise = exercise_of_text(self.text, self.name)
        names = FileNames(ending(self.wanted.form or ""))
        journal = self._journal(exercise)
        try:
            outcomes = self._noted(journal, names) if journal is not None else self._results((0, 0), names)
            self._pass_on(outcomes, exercise)
            if journal is not None:
                if self.summary.read:
                    self._write(journal, exercise)
                journal.remove()
        except KeyboardInterrupt:
            self._say_kept(journal)
            raise
        except BrokenPipeError:  # whoever reads what is shown has seen enough
            raise
        except OSError as error:
            self._say_kept(journal)
            raise ByhandError(f"cannot write {error.filename or 'the marks'}: {(error.strerror or 'no file can be made there').lower()}.") from None
        finally:
            if journal is not None:
                journal.close()
        return self.summary

    # ------------------------------------------------------------------------------------------ results

    def _pass_on(self, outcomes: Iterable[Outcome], exercise: Exercise) -> None:
        """Count what comes, and show it where that is wanted."""
        counted = self._counted(outcomes)
        if self.wanted.shown is None:
            for _ in counted:
                pass
            return
        for piece in whole(self.wanted.shown, counted, exercise):
            self.show(piece)

    def _counted(self, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        for outcome in outcomes:
            self.summary.people += 1
            if outcome.marked.failure:
                self.summary.unread.append((_place(outcome), outcome.marked.failure))
            else:
                self.summary.wrong += outcome.marked.wrong
            yield outcome

    def _results(self, first: tuple[int, int], names: FileNames, journal: Journal | None = None) -> Iterator[Outcome]:
        """What comes from the processes, noted as it comes."""
        setup = Setup(self.text, self.name, self.wanted.made, self.wanted.answers)
        schedule = Schedule(self.paths, width=2 * self.jobs, most=WAITING * self.jobs, first=first)
        crew = Crew(setup, schedule, self.jobs)
        try:
            for key, part in crew.results():
                outcomes = [self._delivered(self.paths[key[0]], marked, names) for marked in _all(part)]
                if journal is not None and part.ended is not None:
                    journal.add(key, outcomes, part.ended)
                yield from outcomes
                self.tell(self.summary.people, key[0] + 1)
        finally:
            crew.stop()

    def _delivered(self, path: str, marked: Marked, names: FileNames) -> Outcome:
        """A person's own file, where that is wanted."""
        folder = self.wanted.folder
        if folder is None or marked.made is None:
            return Outcome(path, marked)
        name = names.of(marked.person or Path(path).stem)
        data = marked.made if isinstance(marked.made, bytes) else marked.made.encode("utf-8")
        replace(folder / name, data if data.endswith(b"\n") or isinstance(marked.made, bytes) else data + b"\n")
        return Outcome(path, marked, name)

    # ------------------------------------------------------------------------------------------ the journal

    def _journal(self, exercise: Exercise) -> Journal | None:
        path = self.wanted.journal
        if path is None:
            return None
        wanted = self.wanted
        forms = [*(form for form, _ in wanted.files), wanted.form, str(wanted.folder)]
        about = {"byhand": VERSION, "journal": 1, "sheet": self.name, "digest": exercise.digest, "forms": forms, "answers": wanted.answers}
        return Journal(path, about, self.paths)

    def _noted(self, journal: Journal, names: FileNames) -> Iterator[Outcome]:
        """First what an earlier run has marked, then the rest."""
        if self.wanted.folder is not None:
            self.wanted.folder.mkdir(parents=True, exist_ok=True)
        if journal.open():
            self.summary.kept = journal.people
            self.note(f"{journal.people} hand-in{'s' * (journal.people != 1)} had been marked already, in {journal.path.name}; going on from there.")
            for outcome in journal.outcomes():
                if outcome.name:
                    names.take(outcome.name)
                yield outcome
        yield from self._results(journal.next, names, journal)

    def _write(self, journal: Journal, exercise: Exercise) -> None:
        for form, path in self.wanted.files:
            with replacing(path.resolve()) as file:
                for piece in whole(form, journal.outcomes(), exercise):
                    file.write(piece.encode("utf-8"))

    def _say_kept(self, journal: Journal | None) -> None:
        if journal is not None and journal.people:
            many = f"{journal.people} hand-ins are" if journal.people != 1 else "one hand-in is"
            self.note(f"{many} marked and kept in {journal.path}; the same command goes on there.")


def _all(part: Part) -> Iterator[Marked]:
    """What was marked, and why there is not more."""
    yield from part.marked
    if part.ended is not None and part.ended.failure:
        yield Marked("", failure=part.ended.failure, wrong=True)


def _place(outcome: Outcome) -> str:
    """Where to look: the file, and whose hand-in if its name says something else."""
    who = person(outcome)
    return outcome.path if who == Path(outcome.path).stem else f"{outcome.path}, {who}"
