"""Which samples each step sees: the sheet's own data, batches of it, or other data put in for what is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Var
from byhand.lang.sizes import shape_text
from byhand.lang.walk import postorder
from byhand.read.literal import data_of
from byhand.read.syntax import Listed, Name, Number, Tree
from byhand.run.bind import Value, to_array
from byhand.sheets.inputs import input_of
from byhand.sheets.steps.call import Call, parameter, whole
from byhand.sheets.steps.retold import Sample, retold
from byhand.sheets.workspace import Workspace

MOST_SAMPLES = 100


@dataclass(frozen=True, slots=True)
class Seen:
    """What one step sees: one set of data, or several samples whose gradients are added up. ``title`` says which."""

    title: str
    samples: tuple[Sample, ...]
    summed: bool = False


@dataclass(frozen=True, slots=True)
class _Data:
    """New numbers for given quantities; ``several`` is how many samples they are, where each entry along the first axis is one."""

    values: Mapping[Var, Value] = field(default_factory=dict[Var, Value])
    several: int = 0

    def sample(self, k: int) -> dict[Var, Value]:
        """The data of one sample; what is not given for each of them is the same for all."""
        return {variable: _entry(value, k) if value.ndim > len(variable.shape) else value for variable, value in self.values.items()}


def _entry(value: Value, k: int) -> Value:
    return np.asarray(value[k], dtype=value.dtype)


def schedule(space: Workspace, call: Call) -> list[Seen]:
    """What each step of one pass sees; nothing where that is the sheet's own data."""
    data = _other_data(space, call)
    if data.several:
        return _listed(space, call, data)
    if "reduction" in call.options:
        raise ByhandError("reduction says what becomes of the gradients of several samples, as in step(E, [W], rate=0.1, x=[[1, 0], [0, 1]], reduction=mean).")
    if "batches" in call.options:
        return _batches(space, call, data)
    for word in ("over", "axis"):
        if word in call.options:
            raise ByhandError(f"{word} says where the samples of a batch lie, as in step(L, [W], rate=0.1, batches=[[0, 1], [2, 3]], over=[X, t]).")
    return [Seen("with other data", (retold(space, call.what, [data.values])[0],))] if data.values else []


def _other_data(space: Workspace, call: Call) -> _Data:
    values = dict(input_of(space, "step", name, tree) for name, tree in call.inputs.items())
    for variable in values:
        if variable in call.parameters:
            raise ByhandError(f"step changes {variable.name} and cannot be given other numbers for it.")
    values = {variable: _samples_first(call, variable, value) for variable, value in values.items()}
    counts = {variable: len(value) for variable, value in values.items() if value.ndim == len(variable.shape) + 1}
    wrong = next((variable for variable, value in values.items() if value.ndim not in (len(variable.shape), len(variable.shape) + 1)), None)
    if wrong is not None:
        shapes = f"{wrong.name} has shape {shape_text(wrong.shape)} and the new data {shape_text(values[wrong].shape)}"
        raise ByhandError(f"cannot put this data in for {wrong.name}: {shapes}; give one value of that shape, or a list of such values, one for each sample.")
    if len(set(counts.values())) > 1:
        said = ", ".join(f"{count} for {variable.name}" for variable, count in counts.items())
        raise ByhandError(f"each sample needs a value of everything that changes with it: step is given {said}.")
    several = next(iter(counts.values()), 0)
    _check_sizes(space, call, values)
    if several > MOST_SAMPLES:
        raise ByhandError(f"step is given {several} samples one by one; the limit is {MOST_SAMPLES}. Write the network for a matrix of samples.")
    return _Data(values, several)


def _samples_first(call: Call, variable: Var, value: Value) -> Value:
    """A list of samples with the samples along the first axis: columns are turned where the sheet says so, or where only they fit."""
    if value.ndim != len(variable.shape) + 1:
        return value
    axis = min(whole(call.options["axis"], "axis", 0, 3), value.ndim - 1) if "axis" in call.options else 0
    columns = not _fits(variable, value.shape[1:]) and _fits(variable, value.shape[:-1])
    return np.moveaxis(value, axis, 0) if "axis" in call.options else np.moveaxis(value, -1, 0) if columns else value


def _fits(variable: Var, shape: tuple[int, ...]) -> bool:
    return all(axis == count for axis, count in zip(variable.shape, shape) if isinstance(axis, int))


def _check_sizes(space: Workspace, call: Call, values: Mapping[Var, Value]) -> None:
    """``ByhandError`` where one new sample would be stretched over the many that other data still has."""
    weights = {name for names in space.wanted.values() for name in names} | {one.name for one in call.parameters}
    others = [node for node in postorder(call.what) if isinstance(node, Var) and node not in values and node.name not in weights]
    for variable, value in values.items():
        for axis, (old, new) in enumerate(zip(variable.shape, value.shape)):
            left = next((one for one in others if axis < len(one.shape) and one.shape[axis] == old != 1), None)
            if value.ndim == len(variable.shape) and new == 1 and old != 1 and left is not None:
                raise ByhandError(f"{variable.name} is given 1 sample in place of {old}, but {left.name} still has {old}; give new data for {left.name} too.")


# ---------------------------------------------------------------------------------- samples one by one


def _listed(space: Workspace, call: Call, data: _Data) -> list[Seen]:
    groups = _groups(call, data.several) if "batches" in call.options else [tuple(range(data.several))]
    samples = retold(space, call.what, [data.sample(k) for k in range(data.several)])
    named = call.options.get("batches") is not None
    return [
        Seen(f"batch {k}: samples {_listing([one + 1 for one in rows])}" if named else "", tuple(samples[one] for one in rows), True)
        for k, rows in enumerate(groups, 1)
    ]


def _listing(numbers: Sequence[int]) -> str:
    """1, 2 and 3."""
    words = [str(one) for one in numbers]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


# --------------------------------------------------------------------------------------------- batches


def _batches(space: Workspace, call: Call, data: _Data) -> list[Seen]:
    axis = whole(call.options["axis"], "axis", 0, 3) if "axis" in call.options else 0
    over = _over(space, call, axis)
    values = {one: data.values.get(one, space.data.get(one.name)) for one in over}
    missing = next((one for one, value in values.items() if value is None), None)
    if missing is not None:
        raise ByhandError(f"batches pick samples from numbers, and {missing.name} has none.")
    known = {one: value for one, value in values.items() if value is not None}
    count = _count(known, axis)
    groups = _groups(call, count)
    places = [{**data.values, **{one: _picked(value, rows, axis) for one, value in known.items()}} for rows in groups]
    samples = [retold(space, call.what, [place])[0] for place in places]
    lies = "columns" if axis == 1 else "rows"
    of = " and ".join(one.name for one in over if one.shape)
    return [
        Seen(f"batch {k}: {lies if len(rows) > 1 else lies[:-1]} {_listing(rows)} of {of}", (one,)) for k, (rows, one) in enumerate(zip(groups, samples), 1)
    ]


def _picked(value: Value, rows: tuple[int, ...], axis: int) -> Value:
    """These samples of an array; of a single number, which counts the samples, their number."""
    if not value.ndim:
        return to_array("the number of samples", len(rows))
    return np.take(value, rows, axis=min(axis, value.ndim - 1))


def _count(values: Mapping[Var, Value], axis: int) -> int:
    counts = {one.name: value.shape[min(axis, value.ndim - 1)] for one, value in values.items() if value.ndim}
    if not counts:
        raise ByhandError("over names the data whose samples are parted into batches, as in over=[X, t]; here it names no array.")
    if len(set(counts.values())) > 1:
        said = ", ".join(f"{name} has {count}" for name, count in counts.items())
        raise ByhandError(f"the samples of a batch lie along axis {axis}, but {said}: name what is to be parted, as in over=[X, t], or the axis, as in axis=1.")
    count = next(iter(counts.values()))
    wrong = next((one.name for one, value in values.items() if not value.ndim and value.item() != count), None)
    if wrong is not None:
        raise ByhandError(f"{wrong} in over= would have to be the number of samples, which is {count}.")
    return count


def _over(space: Workspace, call: Call, axis: int) -> tuple[Var, ...]:
    """The data that is parted into batches: what the sheet names, or else everything given that the loss depends on and no step changes."""
    tree = call.options.get("over")
    if tree is not None:
        items = tree.items if isinstance(tree, Listed) else (tree,)
        return tuple(parameter(space, one, "over names") for one in items)
    changed = {name for names in space.wanted.values() for name in names} | {one.name for one in call.parameters}
    below = [node for node in postorder(call.what) if isinstance(node, Var) and node.shape and node.name not in changed]
    labels = [
        node
        for name, node in space.names.items()
        if name in space.counted and isinstance(node, Var) and node.shape and space.mentions(str(call.what.name), node.name)
    ]
    found = dict.fromkeys([*below, *labels])
    if not found:
        raise ByhandError("batches need data to pick samples from: name it, as in over=[X, t].")
    return tuple(sorted(found, key=[*space.names.values()].index))


def _groups(call: Call, count: int) -> list[tuple[int, ...]]:
    """The batches as numbers of samples, counted from 0; a single number is the size of batches one after another."""
    tree = call.options["batches"]
    if isinstance(tree, Number):
        size = whole(tree, "the size of a batch", 1, count)
        return [tuple(range(start, min(start + size, count))) for start in range(0, count, size)]
    if not isinstance(tree, Listed) or isinstance(tree, Name):
        raise ByhandError(
            "batches are lists of sample numbers, counted from 0, as in batches=[[0, 1], [2, 3]]; or one number, the size of each.",
            tree.at.line,
            tree.at.column,
        )
    if not tree.items:
        raise ByhandError("step is given no batches; list them, as in batches=[[0, 1], [2, 3]].", tree.at.line, tree.at.column)
    return [_rows(item, count) for item in tree.items]


def _rows(tree: Tree, count: int) -> tuple[int, ...]:
    data = data_of(tree)
    if data is None or len(data.shape) != 1 or any(entry.denominator != 1 for entry in data.entries):
        raise ByhandError("a batch is a list of sample numbers, counted from 0, as in batches=[[0, 1], [2, 3]].", tree.at.line, tree.at.column)
    rows = tuple(int(entry) for entry in data.entries)
    wrong = next((row for row in rows if not 0 <= row < count), None)
    if wrong is not None:
        raise ByhandError(f"there is no sample {wrong}: there are {count}, numbered from 0 to {count - 1}.", tree.at.line, tree.at.column)
    return rows
