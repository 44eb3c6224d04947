"""How far a class has come, on a terminal."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar


class Progress:
    """A bar on standard error while a class is marked; nothing where that is no terminal."""

    def __init__(self, files: int, shown: bool) -> None:
        columns = (TextColumn("marking"), BarColumn(), MofNCompleteColumn(), TextColumn("files, {task.fields[people]} hand-ins"), TimeRemainingColumn())
        self._bar = Bar(*columns, console=Console(stderr=True), transient=True, disable=not shown, refresh_per_second=4)
        self._task = self._bar.add_task("", total=files, people=0)

    def tell(self, people: int, files: int) -> None:
        """So many hand-ins and files are done."""
        self._bar.update(self._task, completed=files, people=people)

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()
