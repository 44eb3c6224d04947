"""What ``byhand train`` says before it begins, and at the end; at most 80 characters wide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod
from textwrap import wrap

from byhand.app.train_progress import figures, speed
from byhand.compile.engines.choose import why_not
from byhand.compile.step import TrainingStep
from byhand.lang.sizes import Poly, shape_text
from byhand.run.arrays import Array
from byhand.show.notation import notation
from byhand.show.unicode import text
from byhand.train.data.table import Label, Table
from byhand.train.notated import conventions_for, first_lines, score_name
from byhand.train.run.checkpoint import Checkpoint
from byhand.train.run.fitting import Fitted
from byhand.train.run.judge import Told, score_of
from byhand.train.run.ready import Ready
from byhand.train.run.settings import Settings

WIDTH, INDENT = 80, 12
LONGEST = 64
MOST_CLASSES = 30


def decisions(prepared: Ready, table: Table, settings: Settings, step: TrainingStep, before: Checkpoint | None = None) -> list[tuple[str, str]]:
    """What the data is, which part each quantity of the sheet plays, and the settings: each with its label, empty where it goes on."""
    return [*_of_data(prepared, table, settings), *_of_sheet(prepared, table), *_of_run(prepared, settings, step, before)]


def written(decided: Iterable[tuple[str, str]]) -> list[str]:
    """Decisions as lines of a terminal."""
    return [line for label, said in decided for line in _entry(label, said)]


def _of_data(prepared: Ready, table: Table, settings: Settings) -> Iterator[tuple[str, str]]:
    held = 0 if prepared.held is None else prepared.held.rows
    yield "sheet", prepared.plain.title
    yield "data", f"{table.name}: {table.describe()}"
    scaled = {"standard": "standardised", "minmax": "scaled to 0…1", "none": "as they are"}[settings.scaling]
    of_target = ", the target too" if prepared.expected.target_scale is not None else ""
    yield "", f"{prepared.rows} to train on, {held} held back; features {scaled}{of_target}"
    for remark in table.remarks:
        yield "", remark


def _of_sheet(prepared: Ready, table: Table) -> Iterator[tuple[str, str]]:
    model = prepared.plain
    yield "inputs", ", ".join(f"{one.name} : {shape_text(one.shape)}" for one in model.inputs)
    if model.target is not None:
        column = f", the column {table.target_name}".replace("the column column", "column") if table.target_name and table.columns else ""
        yield "target", f"{model.target.name} : {shape_text(model.target.shape)}{column}"
    shapes = [tuple(int(Poly.of(axis).at(prepared.sizes)) for axis in one.shape) for one in model.parameters]
    learned = ", ".join(f"{one.name} : {shape_text(one.shape)}" for one in model.parameters)
    yield "learned", f"{_short(learned)} – {sum(map(prod, shapes)):,} numbers"
    yield "loss", f"{model.loss.name} = {_short(text(notation(model.loss.body, conventions_for(model))))}"


def _of_run(prepared: Ready, settings: Settings, step: TrainingStep, before: Checkpoint | None) -> Iterator[tuple[str, str]]:
    course = f"batches of {settings.batch}, {_epochs(settings.epochs or 0)}"
    yield "rule", f"{settings.update_rule.title}, rate {settings.rate:g}{_scheduled(settings)}, {course}"
    conventions = conventions_for(prepared.plain)
    for line in first_lines(step):
        yield "", f"{text(conventions.sym(line.name))} = {text(notation(line.body, conventions))}"
    yield "numbers", f"{settings.dtype}, seed {settings.seed}"
    if settings.engine == "auto" and why_not():
        yield "engine", why_not()
    if before is not None:
        yield "resumed", f"after {before.position.epoch} epochs and {before.position.step} steps"


def _epochs(count: int) -> str:
    return f"{count} epoch{'s' * (count != 1)}"


def _scheduled(settings: Settings) -> str:
    said = "" if settings.schedule == "constant" else f" ({settings.schedule})"
    return said + (f" after a warm-up of {settings.warmup:g} epochs" if settings.warmup else "")


def _short(said: str) -> str:
    return said if len(said) <= 3 * LONGEST else said[: 3 * LONGEST - 1] + "…"


def _entry(label: str, said: str) -> Iterable[str]:
    lines = wrap(said, WIDTH - INDENT, break_long_words=True) or [""]
    return [f"{label:<{INDENT}}{lines[0]}", *(f"{'':<{INDENT}}{line}" for line in lines[1:])]


# ----------------------------------------------------------------------------------------------- at the end


def outcome(fitted: Fitted, prepared: Ready, results: Mapping[str, Told], matrix: Array | None, tested: bool) -> list[str]:
    """Losses and scores, why training ended, and which classes are taken for which."""
    model, history = prepared.plain, fitted.history
    samples = sum(one.examples for one in history)
    spent = sum(one.seconds for one in history)
    how = {"done": "", "patience": ", no lower loss for the patience that was set", "interrupted": ", interrupted", "diverged": ""}[fitted.stopped]
    lines = [f"{_epochs(len(history))} in {fitted.seconds:.3g} s ({speed(samples / max(spent, 1e-9))} samples/s, engine {fitted.engine or 'none'}){how}"]
    for name, told in results.items():
        score = score_of(model, told)
        said = "" if score is None else f"   {score_name(model)} {score:.4f}"
        lines.append(f"{name:<{INDENT}}loss {figures(told.loss)}{said}")
    if matrix is not None and prepared.expected.classes is not None:
        over = "test" if tested else "validation"
        lines += ["", f"Confusion matrix ({over}): rows are the classes, columns what the network says", *table_lines(matrix, prepared.expected.classes)]
    return lines


def table_lines(matrix: Array, classes: Sequence[Label]) -> list[str]:
    """The matrix in characters; where it is wider than a terminal, the classes that are mixed up most."""
    names = [str(one)[:12] for one in classes]
    left = max(map(len, names))
    cell = max(3, *(len(str(int(entry))) + 1 for entry in matrix.ravel()), *(min(len(name), 6) + 1 for name in names))
    if len(names) > MOST_CLASSES or left + cell * len(names) > WIDTH:
        return mixed_up(matrix, names)
    head = " " * left + "".join(f"{name[: cell - 1]:>{cell}}" for name in names)
    return [head, *(f"{name:>{left}}" + "".join(f"{int(one) if one else '·':>{cell}}" for one in row) for name, row in zip(names, matrix))]


def mixed_up(matrix: Array, names: Sequence[str]) -> list[str]:
    """The pairs of classes with the most mistakes."""
    pairs = [(int(matrix[i, j]), i, j) for i in range(len(names)) for j in range(len(names)) if i != j and matrix[i, j]]
    found = sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2]))[:10]
    return [f"{count} of {names[i]} taken for {names[j]}" for count, i, j in found] or ["no sample is taken for another class"]
