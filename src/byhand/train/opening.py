"""A sheet and data brought together: the sheet says what the data should be, the data how many classes and columns there are."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from byhand.lang.errors import ByhandError
from byhand.sheets.source import read_text
from byhand.train.data.labels import Task
from byhand.train.data.load import load
from byhand.train.data.match import matched
from byhand.train.data.table import Label, Table
from byhand.train.model.make import model_of
from byhand.train.model.model import Model
from byhand.train.run.expected import inputs_wanted


def text_of(sheet: str | Path) -> tuple[str, str]:
    """A sheet's text and its name: of a file, or of a text as it is. ``ByhandError`` where there is no such file."""
    if isinstance(sheet, Path) or "\n" not in sheet:
        return read_text(Path(sheet))
    return sheet, "sheet"


def opened(text: str, name: str, source: Any, *, classes: Sequence[Label] | None = None, task: Task | None = None, **reading: Any) -> tuple[Model, Table]:
    """The model of a sheet and the data it is trained on. ``reading`` says how the data is read, as ``load`` takes it.

    ``source`` is a file, the name of bundled data, (X, y), or arrays by name. ``task`` says of whole numbers in the target whether they are classes;
    ``None``: sheet and data decide. Raises ``ByhandError`` where sheet and data do not fit.
    """
    model = model_of(text, name)
    table = table_for(model, source, task, classes=classes, **reading)
    if model.classes is None and table.classes is not None:
        model = _with_classes(model, text, name, len(table.classes))
    return model, table


def table_for(model: Model, source: Any, task: Task | None = None, **reading: Any) -> Table:
    """Data as this model takes it."""
    names = [one.name for one in model.inputs]
    if model.target is None:
        return _without_target(model, source, **reading)
    return load(source, task=task or task_of(model), expected=names, expected_target=model.target.name, **reading)


def _without_target(model: Model, source: Any, **reading: Any) -> Table:
    """Data for a sheet that has no target: all of it, or, where that does not fit, without the column that would be one."""
    names = [one.name for one in model.inputs]
    if "target" not in reading and "target_file" not in reading:
        with suppress(ByhandError):
            table = load(source, labelled=False, expected=names, **reading)
            matched(table, inputs_wanted(model))
            return table
    return load(source, expected=names, **reading)


def task_of(model: Model) -> Task | None:
    """Whether the sheet's target holds classes; ``None`` where the data decides."""
    if model.labels in ("zero_one", "signs") and model.classes is None:
        return "regression"  # several at once
    return "classification" if model.labels is not None else None


def _with_classes(model: Model, text: str, name: str, count: int) -> Model:
    """The model for so many classes; where there is no room for them the target is numbers, as the sheet has it."""
    try:
        return model_of(text, name, classes=count)
    except ByhandError:
        return model
