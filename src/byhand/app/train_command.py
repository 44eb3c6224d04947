"""``byhand train``: a sheet and data in, a trained network and what is to be said of it out."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from byhand.app.train_echo import decisions, outcome, written
from byhand.app.train_progress import Lines, shower
from byhand.lang.errors import ByhandError
from byhand.train.asked import asked_by
from byhand.train.data.load import load
from byhand.train.data.table import Table
from byhand.train.distributed.several import Several
from byhand.train.model.model import Model
from byhand.train.notated import score_name
from byhand.train.opening import opened, text_of
from byhand.train.run.course import course
from byhand.train.run.events import Event, Saved, Trouble
from byhand.train.run.files import check_apart
from byhand.train.run.fitting import Diverged, Fitted, fit_ready
from byhand.train.run.judge import PIECE, Judge, Told, confusion, score_of
from byhand.train.run.machines import step_of
from byhand.train.run.ready import Ready, ready, samples_of
from byhand.train.run.settings import Settings

SETTINGS = (
    "epochs", "batch", "rule", "rate", "schedule", "warmup", "weight_decay", "clip_norm", "validation", "patience", "min_delta", "initialiser",
    "scaling", "dtype", "seed", "engine", "threads",
)  # fmt: skip
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Asked:
    """A call of the command. ``choices`` are the settings that were given, ``reading`` how the data is read."""

    sheet: Path
    data: str
    reading: Mapping[str, Any]
    test: str | None
    choices: Mapping[str, Any]
    checkpoint: Path | None
    every: float | None
    resume: bool
    save: Path | None
    onnx: Path | None
    plot: Path | None
    report: Path | None
    as_json: bool
    quiet: bool
    several: Several


def asked_of(given: Mapping[str, Any]) -> Asked:
    """The options of a call; ``ByhandError`` for those that cannot be read."""
    choices = {name: given[name] for name in SETTINGS if given[name] is not None}
    if given["options"]:
        choices["options"] = dict(_pair("--option", "beta1=0.95", one) for one in given["options"])
    if given["class_weight"] is not None:
        weights = str(given["class_weight"])
        choices["class_weight"] = weights if weights == "balanced" else dict(_pair("--class-weight", "cat=2,dog=1", one) for one in weights.split(","))
    reading = {name: given[name] for name in ("target", "target_file") if given[name] is not None}
    paths = {name: given[name] for name in ("sheet", "data", "test", "checkpoint", "every", "resume", "save", "onnx", "plot", "report", "as_json", "quiet")}
    several = Several(given["processes"], given["mesh"], given["coordinator"], given["process_id"], given["products"])
    return Asked(reading=reading, choices=choices, several=several, **paths)


def _pair(option: str, like: str, text: str) -> tuple[str, float]:
    name, equals, value = text.rpartition("=")
    try:
        return name.strip(), float(value if equals else "no")
    except ValueError:
        raise ByhandError(f"{option} {text[:60]!r} is no name with a number: it is written like {like}.") from None


def train(asked: Asked) -> int:
    """Train, say how it went, and write what was asked for; the exit status. ``ByhandError`` where that cannot be done."""
    _check_places(asked)
    text, name = text_of(asked.sheet)
    model, table = opened(text, name, asked.data, **asked.reading)
    test = None if asked.test is None else _test(model, table, asked.test)
    saving, before, settings = course(asked.checkpoint, asked.every, asked.resume, asked.choices, asked_by(model, name))
    prepared = ready(model, table, settings)
    settings = settings.settled(prepared.rows)
    if asked.resume and before is None and asked.checkpoint is not None:
        _say(asked, f"There is no {asked.checkpoint} yet: this run begins at the start.")
    step = step_of(prepared.model, settings)
    if not (asked.as_json or asked.quiet):
        click.echo("\n".join(written(decisions(prepared, table, settings, step, before))))
    with shower(settings, score_name(prepared.plain), quiet=asked.as_json or asked.quiet) as show:
        try:
            if asked.several.asked:
                fitted = _on_several(asked, text, name, show)
            else:
                fitted = fit_ready(prepared, settings, saving=saving, resume=before, report=_reporting(show, asked), step=step)
        except Diverged as error:
            _keep(asked, error.fitted)
            raise
    if fitted is None:
        _say(asked, "The run is over; process 0 has what came of it.")
        return 0
    return _finish(asked, fitted, prepared, table, test)


def _check_places(asked: Asked) -> None:
    """Files that could not be written at the end, or that something else is in, are refused before anything is computed."""
    read = [Path(one) for one in (asked.sheet, asked.data, asked.reading.get("target_file"), asked.test, asked.checkpoint) if one is not None]
    check_apart(filter(None, (asked.save, asked.onnx, asked.plot, asked.report)), read)
    if asked.save or asked.onnx or asked.plot or asked.report:
        from byhand.app.train_files import check_places  # with what makes pages

        check_places(asked.save, asked.onnx, asked.plot, asked.report)


def _write(asked: Asked, fitted: Fitted, prepared: Ready, table: Table, matrix: Any) -> None:
    """The files that were asked for."""
    from byhand.app.train_files import save_network, write_onnx, write_plot, write_report

    if asked.save is not None:
        _say(asked, save_network(asked.save, fitted))
    if asked.onnx is not None:
        _say(asked, write_onnx(asked.onnx, prepared.plain, fitted))
    if asked.plot is not None:
        _say(asked, write_plot(asked.plot, prepared.plain, fitted.history))
    if asked.report is not None:
        step = step_of(prepared.model, fitted.settings)
        _say(asked, write_report(asked.report, prepared, fitted, step, decisions(prepared, table, fitted.settings, step), matrix))


def _on_several(asked: Asked, text: str, name: str, show: Lines) -> Fitted | None:
    """The same run on several processes, each of which makes itself ready."""
    from byhand.app.train_several import Meeting
    from byhand.train.distributed.start import run_distributed

    say = silent if asked.as_json or asked.quiet else show.aside
    return run_distributed(
        text, name, asked.data, asked.choices, asked.several, reading=asked.reading, checkpoint=asked.checkpoint, every=asked.every,
        resume=asked.resume, report=_reporting(show, asked), joined=Meeting(say).joined,
    )  # fmt: skip


def silent(sentence: str) -> None:
    """Say nothing."""


def _reporting(show: Lines, asked: Asked) -> Any:
    said = set[str]()

    def report(event: Event) -> None:
        match event:
            case Trouble(message):
                if message not in said:  # a full disk stays full
                    show.aside(message)
                said.add(message)
            case Saved():
                pass
            case _:
                show.tell(event)

    return report


def _say(asked: Asked, sentence: str) -> None:
    click.echo(sentence, err=asked.as_json)


def _test(model: Model, table: Table, source: str) -> Table:
    """Other samples, read as those that are trained on were."""
    target = table.target_name if table.columns else None
    names = [one.name for one in model.inputs]
    aim = None if model.target is None else model.target.name
    features = table.columns or None
    return load(source, target=target, features=features, classes=table.classes, expected=names, expected_target=aim)


def _keep(asked: Asked, fitted: Fitted) -> None:
    """Of a run that diverged what there is."""
    if asked.save is not None and fitted.history:
        from byhand.app.train_files import save_network

        _say(asked, save_network(asked.save, fitted))


def _finish(asked: Asked, fitted: Fitted, prepared: Ready, table: Table, test: Table | None) -> int:
    """Results to the terminal, and files."""
    judge = fitted.judge or Judge.of(prepared.plain, prepared.sizes, fitted.settings.dtype, fitted.settings.engine, fitted.settings.threads)
    given = fitted.values
    held = None if prepared.held is None else judge.told(given, prepared.held.in_order(PIECE))
    tested = None if test is None else judge.told(given, samples_of(prepared.plain, test, prepared.expected, fitted.settings.dtype).in_order(PIECE))
    known = judge.told(given, prepared.source.in_order(PIECE))
    shown = tested or held
    matrix = None if shown is None or prepared.plain.classes is None else confusion(prepared.plain, shown)
    results = {"training": known, **({"validation": held} if held else {}), **({"test": tested} if tested else {})}
    if asked.as_json:
        click.echo(json.dumps(_answer(fitted, prepared, results, matrix), ensure_ascii=False, indent=1, allow_nan=False))
    else:
        click.echo("\n".join([""] * (not asked.quiet) + outcome(fitted, prepared, results, matrix, test is not None)))
    if asked.save or asked.onnx or asked.plot or asked.report:
        _write(asked, fitted, prepared, table, matrix)
    if fitted.stopped == "interrupted":
        ways = f"go on with --checkpoint {asked.checkpoint} --resume" if asked.checkpoint else "with --checkpoint FILE it could go on later"
        print(f"byhand: interrupted in epoch {len(fitted.history) + 1}; {ways}.", file=sys.stderr)
        return INTERRUPTED
    return 0


def _answer(fitted: Fitted, prepared: Ready, results: Mapping[str, Told], matrix: Any) -> dict[str, Any]:
    """What programs read."""
    model, settings = prepared.plain, fitted.settings
    return {
        "sheet": model.title,
        "data": prepared.about["data"],
        "parameters": {name: list(array.shape) for name, array in fitted.values.items()},
        "settings": {name: getattr(settings, name) for name in Settings.__dataclass_fields__},
        "engine": fitted.engine,
        "stopped": fitted.stopped,
        "seconds": fitted.seconds,
        "results": {name: {"loss": told.loss, "score": score_of(model, told)} for name, told in results.items()},
        "score": "accuracy" if model.classes is not None else "R2",
        "classes": None if prepared.expected.classes is None else list(prepared.expected.classes),
        "confusion": None if matrix is None else matrix.tolist(),
        "history": [
            {"epoch": one.number, "loss": one.loss, "validation_loss": one.validation_loss, "score": one.score, "rate": one.rate, "seconds": one.seconds}
            for one in fitted.history
        ],
    }
