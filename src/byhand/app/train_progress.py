"""How far training has come: a bar on a terminal, a line now and then anywhere else."""

from __future__ import annotations

import sys
from time import perf_counter
from types import TracebackType
from typing import Any, Protocol

import click

from byhand.train.run.events import Going
from byhand.train.run.history import Epoch
from byhand.train.run.settings import Settings

MOST_LINES = 10
"""Lines that a run prints where there is no terminal."""
FIRST_SECONDS = 0.5
"""A run that is shorter has no bar: it would only flash."""


class Lines(Protocol):
    """Shows events of a run, in a ``with`` block."""

    def tell(self, event: Going | Epoch) -> None: ...
    def aside(self, sentence: str) -> None: ...
    def __enter__(self) -> Lines: ...
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


def shower(settings: Settings, score: str, *, quiet: bool) -> Lines:
    """What shows this run."""
    if quiet:
        return Silent()
    return Bar(settings, score) if sys.stderr.isatty() and sys.stdout.isatty() else Plain(settings, score)


class Silent:
    """Says only what went wrong."""

    def tell(self, event: Going | Epoch) -> None:
        pass

    def aside(self, sentence: str) -> None:
        click.echo(f"byhand: {sentence}", err=True)

    def __enter__(self) -> Silent:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        pass


class Plain(Silent):
    """A line for every epoch, or for every tenth of all."""

    def __init__(self, settings: Settings, score: str) -> None:
        self._score = score
        self._epochs = settings.epochs or 0
        self._every = max(1, -(-self._epochs // MOST_LINES))

    def tell(self, event: Going | Epoch) -> None:
        if isinstance(event, Epoch) and (event.number % self._every == 0 or event.number == self._epochs):
            click.echo(f"epoch {event.number:>{len(str(self._epochs))}}/{self._epochs}  {noted(event, self._score)}")


def noted(event: Epoch, score: str) -> str:
    """An epoch on one line."""
    parts = [f"loss {figures(event.loss)}"]
    parts += [f"validation {figures(event.validation_loss)}"] if event.validation_loss is not None else []
    parts += [f"{score} {event.score:.4f}"] if event.score is not None else []
    return "  ".join([*parts, f"{speed(event.speed)} samples/s"])


def figures(number: float) -> str:
    """Four figures, zeros at the end too, so that numbers below each other line up."""
    return f"{number:#.4g}".rstrip(".")


def speed(number: float) -> str:
    """A count with three digits: 12.3k, 1.2M."""
    for unit in ("", "k", "M"):
        if number < 1000:
            return f"{number:.3g}{unit}"
        number /= 1000
    return f"{number:.3g}G"


class Bar(Silent):
    """A bar with the loss, the score, samples a second and the time left; begun once it is clear that it takes a while."""

    def __init__(self, settings: Settings, score: str) -> None:
        self._score, self._rate = score, "…"
        self._epochs = settings.epochs or 0
        self._begun = perf_counter()
        self._bar: Any = None
        self._task: Any = None
        self._said = ""
        self._seen = (0.0, perf_counter())

    def tell(self, event: Going | Epoch) -> None:
        if isinstance(event, Epoch):
            held = f"  validation {figures(event.validation_loss)}" if event.validation_loss is not None else ""
            self._said = held + (f"  {self._score} {event.score:.4f}" if event.score is not None else "")
            return
        if self._bar is None:
            if perf_counter() - self._begun < FIRST_SECONDS:
                return
            self._bar = self._opened()
        done = event.epoch - 1 + event.step / event.steps
        self._bar.update(self._task, completed=done, said=f"loss {figures(event.loss)}{self._said}", pace=self._pace(event))

    def _pace(self, event: Going) -> str:
        """Samples a second since the last look, which was at least a tenth of a second ago."""
        before, when = self._seen
        now, seen = perf_counter(), (event.epoch - 1) * event.examples / event.step * event.steps + event.examples
        if now - when > 0.1:
            self._rate = speed((seen - before) / (now - when))
            self._seen = (seen, now)
        return f"{self._rate}/s"

    def _opened(self) -> Any:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (BarColumn(bar_width=8), TextColumn("{task.fields[said]}"), TextColumn("{task.fields[pace]}"), TimeRemainingColumn())
        bar = Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=4)
        self._task = bar.add_task("", total=float(self._epochs), said="", pace="")
        bar.start()
        return bar

    def aside(self, sentence: str) -> None:
        if self._bar is not None:
            self._bar.console.print(f"byhand: {sentence}", markup=False)
        else:
            super().aside(sentence)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()
