"""Which of several arrays with names are features and which is the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from byhand.lang.errors import ByhandError
from byhand.lang.sizes import shape_text
from byhand.train.data.columns import Column
from byhand.train.data.reading import Reading

_TARGETS = ("y", "target", "targets", "label", "labels", "class", "classes", "t", "y_train", "train_labels", "train_y")
_FEATURES = ("x", "features", "data", "inputs", "images", "x_train", "train_images", "train_x", "train_data")
_LISTED = 8


def chosen(shapes: Mapping[str, tuple[int, ...]], name: str, reading: Reading) -> tuple[list[str], str | None]:
    """The names of the features and of the target: those asked for, else those of the sheet, else the usual ones.

    ``shapes`` are those of all arrays of ``name``. ``ByhandError`` where the features are not clear.
    """
    there = list(shapes)
    aim = _target(shapes, name, reading) if reading.labelled else None
    if reading.features is not None and not _are_columns(shapes, reading.features):
        return [_asked(shapes, name, str(one)) for one in reading.features], aim
    if reading.expected and all(one in there for one in reading.expected):
        return list(reading.expected), aim
    others = [one for one in there if one not in (aim, reading.expected_target)]
    usual = _usual(others, _FEATURES)
    free = [usual] if usual is not None else others if reading.labelled else [one for one in others if _usual([one], _TARGETS) is None]
    if len(free) == 1:
        return free, aim
    raise ByhandError(f"which array of {name} has the features is not clear (it has {listed(shapes)}): call it X, or by its name on the sheet.")


def _are_columns(shapes: Mapping[str, tuple[int, ...]], features: Sequence[Column]) -> bool:
    """Whether names are those of the columns of one of the arrays, where they have none: as many, and no array is called so."""
    return not any(one in shapes for one in features) and any(shape[1:] == (len(features),) for shape in shapes.values())


def listed(shapes: Mapping[str, tuple[int, ...]]) -> str:
    """The arrays with their shapes."""
    said = [f"{key} {shape_text(shape)}" for key, shape in list(shapes.items())[:_LISTED]]
    return ", ".join(said) + (", …" if len(shapes) > _LISTED else "")


def _target(shapes: Mapping[str, tuple[int, ...]], name: str, reading: Reading) -> str | None:
    if isinstance(reading.target, str):
        return _asked(shapes, name, reading.target)
    if reading.target is not None:
        raise ByhandError(f"{name} has several arrays: say by its name which is the target; it has {listed(shapes)}.")
    return _usual(list(shapes), (reading.expected_target or "", *_TARGETS))


def _usual(there: Sequence[str], names: Sequence[str]) -> str | None:
    """The array that has the first of the names, its case aside if need be."""
    exact = next((name for name in names if name in there), None)
    return exact if exact is not None else next((one for name in names for one in there if name and one.lower() == name.lower()), None)


def _asked(shapes: Mapping[str, tuple[int, ...]], name: str, key: str) -> str:
    if key in shapes:
        return key
    raise ByhandError(f"{name} has no array called {key}: it has {listed(shapes)}.")
