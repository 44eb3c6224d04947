"""Sizes: those that the data has against those of the sheet, and numbers for every letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Var
from byhand.lang.sizes import Poly, Shape, Size, shape_text
from byhand.lang.walk import size_letters
from byhand.run.arrays import Array
from byhand.run.bind import bind_sizes
from byhand.train.model.model import Model
from byhand.train.model.reading import Reading
from byhand.train.model.sample import of_sample


def check_features(inputs: Sequence[Var], features: tuple[int, ...] | None, letter: str, reading: Reading) -> dict[str, int]:
    """The size letters that the data's features give numbers to; ``ByhandError`` with the line where the sheet says otherwise."""
    if features is None:
        return {}
    node = inputs[0]
    wanted = of_sample(node, letter).shape
    if not _fits(wanted, features) and not _holds(wanted, features):
        raise ByhandError(
            f"the data has {_columns(features)}, but {node.name} on the sheet has shape {shape_text(wanted)} for each sample. "
            f"Change the shape of {node.name} (and of what it is multiplied by), or give the data's columns by name.",
            reading.lines.get(node.name),
        )
    pairs = zip(wanted, features) if len(wanted) == len(features) else ()
    return {str(axis): count for axis, count in pairs if isinstance(axis, Poly) and str(axis) in axis.letters}


def _columns(features: tuple[int, ...]) -> str:
    return f"{features[0]} columns of features" if len(features) == 1 else f"features of shape {shape_text(features)}" if features else "one column of features"


def _fits(wanted: Shape, features: tuple[int, ...]) -> bool:
    return len(wanted) == len(features) and all(axis == count for axis, count in zip(wanted, features) if isinstance(axis, int))


def _holds(wanted: Shape, features: tuple[int, ...]) -> bool:
    """Whether rows of so many numbers can be arranged in the shape that the sheet has, such as an image."""
    known = [axis for axis in wanted if isinstance(axis, int)]
    return len(known) == len(wanted) and int(np.prod(known)) == int(np.prod(features)) and len(features) <= 1


def numbers_of(node: Var, reading: Reading, classes: Size | None = None) -> Array:
    """The sheet's numbers of a quantity, as floats; labels as one-hot rows. ``ByhandError`` where it gives none."""
    if node.name not in reading.data:
        like = "0.01" if not node.shape else f"full({shape_text(node.shape)}, 0.1)"
        raise ByhandError(
            f"{node.name} has no numbers and is not learned; give it some on the sheet, as in {node.name} = {like}.", reading.lines.get(node.name)
        )
    array = reading.data[node.name].astype(np.float64)
    if classes is None and node.name not in reading.labels:
        return array
    width = classes if classes is not None else reading.labels[node.name]
    count = width if isinstance(width, int) else int(array.max()) + 1
    wrong = next((entry for entry in array.ravel().tolist() if entry % 1 or not 0 <= entry < count), None)
    if wrong is not None:
        raise ByhandError(f"{node.name} holds labels from 0 to {count - 1}; {wrong:g} is none of them.", reading.lines.get(node.name))
    return np.eye(count)[array.astype(int)]


def bound_sizes(model: Model, data: Mapping[str, Array]) -> dict[str, int]:
    """A number for every size letter but that of the samples, from the data (rows first), the sheet's numbers and what it says of sizes.

    Raises ``ByhandError`` where data and sheet disagree, or where a letter has no number.
    """
    samples = {node.name: node for node in (*model.inputs, *((model.target,) if model.target is not None else ())) if node.name in data}
    known = {**model.given, **model.initial, **{name: data[name] for name in samples}}
    found = bind_sizes(model.variables, known, model.sizes)
    found.pop(model.batch, None)
    for node in model.variables:
        missing = sorted(size_letters(node) - found.keys() - {model.batch})
        if missing:
            raise ByhandError(
                f"nothing says how large {missing[0]} is in {node.name} : {shape_text(node.shape)}; give it on the sheet, as in {missing[0]} = 32.",
                model.lines.get(node.name),
            )
    return found


def arranged(model: Model, name: str, rows: Array) -> Array:
    """Rows of plain columns in the shape that the sheet has for a sample, such as images (rows, 1, 8, 8) from (rows, 64)."""
    node = next(node for node in (*model.inputs, model.target) if node is not None and node.name == name)
    wanted = node.shape[1:]
    if rows.ndim == 2 and len(wanted) != 1 and all(isinstance(axis, int) for axis in wanted) and rows.shape[1] == int(np.prod([int(str(a)) for a in wanted])):
        return rows.reshape((len(rows), *(int(str(axis)) for axis in wanted)))
    return rows
