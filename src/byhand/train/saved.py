"""What training left, in memory and in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from byhand.lang.errors import ByhandError
from byhand.run.arrays import Array
from byhand.train.data.table import Label
from byhand.train.model.make import model_of
from byhand.train.model.model import Model
from byhand.train.run.checkpoint import Checkpoint, Position, read, write
from byhand.train.run.expected import Expected, check_shapes, scale_arrays, scales_from
from byhand.train.run.files import why, writable
from byhand.train.run.fitting import Fitted
from byhand.train.run.history import History
from byhand.train.run.settings import Settings


@dataclass(frozen=True, slots=True)
class Trained:
    """Enough to predict, to save and to be pickled."""

    values: Mapping[str, Array]
    settings: Settings
    history: History
    expected: Expected
    about: Mapping[str, Any]

    @classmethod
    def of(cls, fitted: Fitted) -> Trained:
        return cls(fitted.values, fitted.settings, fitted.history, fitted.expected, fitted.checkpoint.about)


def model_for(text: str, name: str, classes: Sequence[Label] | None) -> Model:
    """The model of a sheet that was trained on these classes."""
    model = model_of(text, name)
    return model if classes is None or model.classes is not None else model_of(text, name, classes=len(classes))


def keep(path: Path, one: Trained) -> None:
    """Save a network; ``ByhandError`` where that cannot be."""
    writable(path)
    try:
        write(path, Checkpoint(one.settings, Position(len(one.history)), one.history, one.values, {}, one.about, scale_arrays(one.expected)))
    except OSError as error:
        raise ByhandError(f"cannot save the network to {path}: {why(error)}.") from None


def restored(path: Path) -> tuple[Model, Trained]:
    """The network in a file: one that was saved, or that of a checkpoint; ``ByhandError`` for any other file."""
    saved = read(path)
    about = saved.about
    try:
        classes = None if about["classes"] is None else tuple(cast("list[Label]", about["classes"]))
        model = model_for(str(about["sheet"]), str(path), classes)
        scales, of_target = scales_from(saved.scales)
        expected = Expected(tuple(about["columns"]), about["target"], classes, scales, of_target, dict(about["sizes"]), bool(about["flat"]))
        values = {one.name: saved.best.get(one.name, saved.values[one.name]) for one in model.parameters}
        check_shapes(model, expected, values)
    except (KeyError, TypeError, AttributeError) as error:
        raise ByhandError(f"{path} is damaged: it lacks {error}.") from None
    except ByhandError as error:
        raise ByhandError(f"{path} cannot be used: {error}") from None
    return model, Trained(values, saved.settings, saved.history, expected, about)
