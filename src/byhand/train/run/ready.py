"""Data made ready for a model: each input and the target as the sheet has them, on a common scale, split in two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.run.arrays import Array
from byhand.run.bounds import bounds
from byhand.train.data.match import matched
from byhand.train.data.source import InMemory, Source
from byhand.train.data.split import Parts, split
from byhand.train.data.standardise import Scaling, Standardise, standardise
from byhand.train.data.stores import Store, blocks, whole
from byhand.train.data.stream import streamed, streams
from byhand.train.data.table import Label, Table
from byhand.train.model.model import Model
from byhand.train.model.shapes import bound_sizes
from byhand.train.run.arranged import Make, fitting
from byhand.train.run.checkpoint import digest
from byhand.train.run.expected import Expected, inputs_wanted, scale_arrays
from byhand.train.run.settings import Settings

SCALINGS: Mapping[str, Scaling] = {"standard": "standard", "minmax": "minmax", "none": "none"}


@dataclass(frozen=True, slots=True)
class Ready:
    """``model`` is trained, ``plain`` the same without weights of samples, by which they are judged.

    ``source`` are the samples that are trained on, ``held`` those held back.
    """

    model: Model
    plain: Model
    source: Source
    held: Source | None
    expected: Expected
    about: Mapping[str, Any]

    @property
    def rows(self) -> int:
        """The samples that are trained on."""
        return self.source.rows

    @property
    def sizes(self) -> Mapping[str, int]:
        """The sizes besides the number of samples."""
        return self.expected.sizes

    @property
    def scales(self) -> dict[str, Array]:
        """The arrays of the scales, by names that no quantity has."""
        return scale_arrays(self.expected)


def ready(model: Model, data: Table, settings: Settings, weights: Array | None = None) -> Ready:
    """Split, scaled and arranged; ``weights`` (rows,) says how much each sample counts. ``ByhandError`` where data and sheet do not fit."""
    if model.target is not None and data.target is None:
        raise ByhandError(f"{data.name} has no target, and {model.target.name} on the sheet is one: say which column it is, or hand over an array y.")
    table = fitting(model, data)
    stores = matched(table, inputs_wanted(model))
    parts = split(table.rows, settings.validation, settings.seed, table.target if table.classes is not None else None)
    scales = {name: standardise(_kept(store, parts), _scaling(model, name, settings)) for name, store in stores.items()}
    target_scale = _scale_of_target(model, table, parts, settings)
    trained, counts = model, _weights(table, settings, parts.kept, weights)
    if counts is not None:
        trained = model.weighted()
    given = {name: np.array(array, dtype=settings.dtype) for name, array in model.given.items()}
    make = Make(model, table, scales, target_scale, settings.dtype)
    samples, held = _sources(stores, make, make.weighing(trained, counts), parts, given)
    sizes = bound_sizes(model, next(iter(samples.in_order(1))))
    flat = table.target is None or table.target.ndim == 1
    expected = Expected(data.columns, data.target_name, table.classes, scales, target_scale, sizes, flat)
    return Ready(trained, model, samples, held, expected, _about(model, data, expected))


def _sources(stores: Mapping[str, Store], make: Make, weighing: Make, parts: Parts, given: Mapping[str, Array]) -> tuple[Source, Source | None]:
    """What is trained on, and what is held back."""
    if streams(stores):
        size = np.dtype(make.dtype).itemsize
        samples = streamed(stores, weighing, part=parts.kept, given=given, itemsize=size)
        return samples, streamed(stores, make, part=parts.held, given=given, itemsize=size) if len(parts.held) else None
    kept = InMemory(weighing({name: whole(store)[parts.kept] for name, store in stores.items()}, parts.kept), given=given)
    if not len(parts.held):
        return kept, None
    return kept, InMemory(make({name: whole(store)[parts.held] for name, store in stores.items()}, parts.held), given=given)


def samples_of(model: Model, table: Table, expected: Expected, dtype: str) -> Source:
    """Other samples, as the network was trained on the first ones; without a target if the table has none."""
    found = fitting(model, table)
    stores = matched(found, inputs_wanted(model))
    make = Make(model, found, expected.scales, expected.target_scale, dtype)
    given = {name: np.array(array, dtype=dtype) for name, array in model.given.items()}
    if streams(stores):
        return streamed(stores, make, given=given, itemsize=np.dtype(dtype).itemsize)
    return InMemory(make({name: whole(store) for name, store in stores.items()}, np.arange(table.rows)), given=given)


def _about(model: Model, table: Table, expected: Expected) -> dict[str, Any]:
    """What a file says of the sheet and the data."""
    return {
        "title": model.title,
        "sheet": model.text,
        "digest": digest(model.text),
        "data": table.name,
        "rows": table.rows,
        "columns": list(expected.columns),
        "target": expected.target_name,
        "classes": None if expected.classes is None else list(expected.classes),
        "sizes": dict(expected.sizes),
        "flat": expected.flat,
    }


# ------------------------------------------------------------------------------------------------------- scales


def _kept(store: Store, parts: Parts) -> Iterator[Array]:
    """The rows that are trained on, piece by piece."""
    for first, block in blocks(store):
        low, high = np.searchsorted(parts.kept, (first, first + len(block)))
        yield block[parts.kept[low:high] - first]


def _scaling(model: Model, name: str, settings: Settings) -> Scaling:
    """What is declared of an input, such as that it is positive, would not hold on another scale: then it stays as it is."""
    node = next(one for one in model.inputs if one.name == name)
    return "none" if node.facts else SCALINGS[settings.scaling]


def _scale_of_target(model: Model, table: Table, parts: Parts, settings: Settings) -> Standardise | None:
    """Numbers are brought to mean 0 and variance 1, if what is predicted can be any number at all; predictions are brought back."""
    if table.target is None or table.classes is not None or settings.scaling == "none" or (model.target is not None and model.target.facts):
        return None
    span = bounds(model.prediction)
    if span.low != float("-inf") or span.high != float("inf"):
        return None
    return standardise([table.target[parts.kept]], "standard")


# ------------------------------------------------------------------------------------------------------ weights


def _weights(table: Table, settings: Settings, kept: Array, weights: Array | None) -> Array | None:
    """How much each sample counts, (rows,); ``None`` where all count alike."""
    counts = None if weights is None else np.asarray(weights, dtype=np.float64)
    if counts is not None and (counts.shape != (table.rows,) or not np.isfinite(counts).all() or (counts < 0).any() or not counts.any()):
        raise ByhandError(f"the weights of samples have to be {table.rows} numbers of at least 0, one for each sample, and not all of them 0.")
    if settings.class_weight is None:
        return counts
    if table.classes is None or table.target is None:
        raise ByhandError("class_weight is for classes, and the target of this data is numbers: leave it out.")
    by_class = _class_weights(table.classes, table.target[kept], settings)
    found = by_class[table.target] * (1.0 if counts is None else counts)
    if not found[kept].any():
        raise ByhandError("class_weight leaves no sample that counts: the classes of all samples that are trained on have the weight 0.")
    return found


def _class_weights(classes: tuple[Label, ...], codes: Array, settings: Settings) -> Array:
    """A weight for each class: n / (classes · samples of the class) if they are balanced (King and Zeng 2001)."""
    asked = settings.class_weight
    if isinstance(asked, str) or asked is None:
        found = np.bincount(codes, minlength=len(classes))
        return len(codes) / (len(classes) * np.maximum(found, 1))
    by_name = {str(label): float(weight) for label, weight in asked.items()}
    unknown = [name for name in by_name if name not in {str(label) for label in classes}]
    if unknown:
        raise ByhandError(f"class_weight speaks of the class {unknown[0][:40]!r}; the classes are {', '.join(map(str, classes[:20]))}.")
    return np.array([by_name.get(str(label), 1.0) for label in classes])
