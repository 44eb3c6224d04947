"""From a sheet to a model: its formulas are read, the parts found, and told for a batch of any number of samples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from byhand.lang.build import call
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Call, Expr, Named, Var, add, contract, filled, intern, named, num
from byhand.lang.functions import total
from byhand.lang.sizes import Poly, Size, shape_text, size
from byhand.lang.walk import postorder, substitute
from byhand.run.arrays import Array
from byhand.train.model.batch import Batch, batch_of, fresh_letter, roles_again
from byhand.train.model.classes import Classes, classes_of
from byhand.train.model.equal import same
from byhand.train.model.front import Front, front_of
from byhand.train.model.lift import REDUCTION, lifted, parted_loss
from byhand.train.model.model import Model
from byhand.train.model.output import said_by
from byhand.train.model.parts import split
from byhand.train.model.reading import Reading, read, sheet_of
from byhand.train.model.roles import Roles, roles_of
from byhand.train.model.sample import of_sample, places
from byhand.train.model.shapes import check_features, numbers_of
from byhand.train.model.target import target_of


def model_of(sheet_text: str, name: str = "sheet", *, features: tuple[int, ...] | None = None, classes: int | None = None) -> Model:
    """The model of a sheet: its formulas over a batch, with the parts that its quantities play.

    ``features``: the shape of one sample's input, ``classes``: how many classes the data has (``None`` for quantities); both are checked against the
    sheet and put in for its size letters. Raises ``ByhandError`` with the line for a sheet that cannot be read, without a loss, parameters or data, or
    with shapes that do not fit.
    """
    front = front_of(sheet_text)
    sheet = sheet_of(sheet_text, name)
    reading = read(sheet)
    roles = roles_of(reading, sheet.asking, front)
    batch = batch_of(sheet, reading, roles, front) if sheet.samples is None else None
    told = _as_batch(batch, roles) if batch is not None else _made_batch(reading, roles, sheet.samples)
    return _model(sheet.title, sheet_text, front, told, features, classes)


@dataclass(frozen=True, slots=True)
class _Told:
    """The formulas of a batch, samples first; ``turned``: data whose samples lie along another axis on the sheet, and which."""

    reading: Reading
    roles: Roles
    letter: str
    turned: Mapping[str, int]
    sizes: Mapping[str, int]
    remarks: tuple[str, ...]


# ---------------------------------------------------------------------------------------------- sheets with a batch


def _as_batch(batch: Batch, before: Roles) -> _Told:
    """The sheet's own batch, every kind of data turned so that its samples come first."""
    roles = roles_again(before, batch.reading)
    data = [node for node in roles.data if places(node.shape, batch.letter)]
    others = [node for node in roles.data if node not in data]
    for node in others:
        if node.name not in batch.reading.data:
            raise ByhandError(
                f"{node.name} : {shape_text(node.shape)} has no axis of {batch.letter} samples, no numbers, and is no parameter; give it numbers, or list it "
                "under parameters: at the top of the sheet.",
                batch.reading.lines.get(node.name),
            )
    axes = {node: places(node.shape, batch.letter) for node in data}
    filled_with = {node: value for node in roles.doubtful if (value := _everywhere(batch.reading.data[node.name])) is not None}
    turned = {node: _turned(node, batch.letter) for node in data if axes[node][0] != 0 and node not in filled_with}
    put: dict[Expr, Expr] = {node: _turned_back(new, axes[node][0]) for node, new in turned.items()}
    put |= {node: filled(value, node.shape) for node, value in filled_with.items()}
    loss = substitute(roles.loss, put, enter_named=True) if put else roles.loss
    assert isinstance(loss, Named)
    remarks = [f"The samples of {node.name} are its axis {axes[node][0]} on the sheet; the data has them as rows." for node in turned]
    remarks += [f"{node.name} is {value} everywhere, for any number of samples." for node, value in filled_with.items()]
    kept = tuple(turned.get(node, node) for node in data if node not in filled_with)
    found = Roles(loss, roles.parameters, kept, (*roles.given, *others), roles.why)
    return _Told(batch.reading, found, batch.letter, {node.name: axes[node][0] for node in turned}, batch.sizes, (*batch.remarks, *remarks))


def _everywhere(array: Array) -> Fraction | None:
    """The number that every entry is, if it is one."""
    first = array.flat[0]
    return first if isinstance(first, Fraction) and all(entry == first for entry in array.flat) else None


def _turned(node: Var, letter: str) -> Var:
    one = of_sample(node, letter)
    return intern(Var, node.name, (size(Poly.letter(letter)), *one.shape), one.facts)


def _turned_back(node: Var, axis: int) -> Expr:
    word = "abcdefgh"[: len(node.shape)]
    return contract(f"{word}->{word[1 : axis + 1]}{word[0]}{word[axis + 1 :]}", node)


# ---------------------------------------------------------------------------------------- sheets of one sample


def _made_batch(reading: Reading, roles: Roles, summed: str | None) -> _Told:
    """The batch that one sample's formulas make: its loss is the mean of the samples' losses, or their sum where the sheet sums over ``summed``."""
    letter = summed or fresh_letter(reading)
    samples = size(Poly.letter(letter))
    fixed = tuple(node for node in roles.data if node in roles.doubtful)
    data = {node: _stacked(node, samples) for node in roles.data if node not in fixed}
    loss = named(roles.loss.name, _sum(roles.loss.body, data, samples) if summed else _mean(_lifted(roles.loss.body, data, samples), samples))
    names = ", ".join(node.name for node in data)
    gets = f"what depends on it gets an axis of {letter} samples, and {loss.name} is the {'sum' if summed else 'mean'} of theirs"
    remark = f"The sheet's formulas are those of one sample ({names}): {gets}."
    stay = [f"{node.name} keeps the sheet's numbers; if it changes from sample to sample, say so: train: {{inputs: {node.name}, …}}." for node in fixed]
    found = Roles(loss, roles.parameters, tuple(data.values()), (*roles.given, *fixed), roles.why)
    return _Told(reading, found, letter, {}, {}, (remark, *stay))


def _mean(each: Expr, samples: Size) -> Expr:
    """The mean of the samples' losses; where a rule gives them, the rule's own mean."""
    mean = total(each) / num(Poly.of(samples))
    if isinstance(each, Call) and REDUCTION in dict(each.options):
        found = call(each.rule, *each.args, **(dict(each.options) | {REDUCTION: "mean"}))
        return found if parted_loss(found) is mean or same(found.body, mean, each.args) else mean
    return mean


def _lifted(body: Expr, data: Mapping[Var, Var], samples: Size) -> Expr:
    (each,) = lifted((body,), {**data}, samples)
    return each


def _sum(body: Expr, data: Mapping[Var, Var], samples: Size) -> Expr:
    """The sum of what depends on a sample, and what does not once."""
    moving, rest = split(body, set(data))
    return add([total(_lifted(add(moving), data, samples)), *rest])


def _stacked(node: Var, samples: Size) -> Var:
    """The variable for a batch. That an input happens to be one-hot in the sheet's own sample says nothing of others."""
    facts = node.facts - {"one_hot_columns", "symmetric", "full_column_rank"}
    return intern(Var, node.name, (samples, *node.shape), facts)


# ------------------------------------------------------------------------------------------------------- the model


def _model(title: str, text: str, front: Front, told: _Told, features: tuple[int, ...] | None, count: int | None) -> Model:
    roles, reading = told.roles, told.reading
    target = _target(roles, front)
    roles = _with_plain_inputs(roles, target, reading)
    target = next((node for node in roles.data if target is not None and node.name == target.name), None)
    wanted = _output_named(front, roles.loss)
    said = said_by(roles.loss, roles.parameters, roles.data, target, wanted, _fresh("output", reading), told.letter)
    inputs = tuple(node for node in roles.data if node is not target)
    found = classes_of(target, said, count, told.letter, reading)
    sizes = {**check_features(inputs or roles.data, features, told.letter, reading), **found.sizes}
    named_sizes = {name: number for name, number in told.sizes.items() if name != told.letter}
    return Model(
        title=title,
        text=text,
        inputs=inputs or roles.data,
        target=target,
        parameters=roles.parameters,
        given={node.name: numbers_of(node, reading) for node in _needed(roles, said.prediction, inputs, target)},
        initial={node.name: reading.data[node.name] for node in roles.parameters if node.name in reading.data},
        data=_sheet_data(roles.data, told),
        batch=told.letter,
        loss=roles.loss,
        output=said.output,
        prediction=said.prediction,
        classes=found.count,
        labels=found.labels,
        sizes=named_sizes | sizes,
        lines=reading.lines,
        remarks=(*_decided(roles, target, inputs, said.output, found), *told.remarks),
    )


def _target(roles: Roles, front: Front) -> Var | None:
    if front.target is not None:
        found = next((node for node in roles.data if node.name == front.target), None)
        if found is None:
            raise ByhandError(f"train: target: {front.target} is no data of {roles.loss.name}.")
        return found
    rest = [node for node in roles.data if node.name not in (front.inputs or ())]
    if front.inputs is not None and len(rest) < 2:
        return rest[0] if rest else None
    return target_of(roles.loss, roles.parameters, roles.data)


def _with_plain_inputs(roles: Roles, target: Var | None, reading: Reading) -> Roles:
    """What was seen in the numbers of the sheet's own inputs, and not declared, need not hold for other data."""
    seen = [node for node in roles.data if node is not target and node.name in reading.seen and "one_hot" in node.facts]
    put = {node: intern(Var, node.name, node.shape, node.facts - {"one_hot"}) for node in seen}
    if not put:
        return roles
    loss = substitute(roles.loss, {**put}, enter_named=True)
    assert isinstance(loss, Named)
    return Roles(loss, roles.parameters, tuple(put.get(node, node) for node in roles.data), roles.given, roles.why)


def _output_named(front: Front, loss: Named) -> Named | None:
    if front.output is None:
        return None
    found = next((node for node in postorder(loss) if isinstance(node, Named) and node.name == front.output), None)
    if found is None:
        raise ByhandError(f"train: output: {front.output} is no quantity on the way to {loss.name}.")
    return found


def _needed(roles: Roles, prediction: Expr, inputs: Iterable[Var], target: Var | None) -> list[Var]:
    below = [node for node in postorder(roles.loss, prediction) if isinstance(node, Var)]
    known = {*roles.parameters, *inputs, target, *roles.data}
    return [node for node in dict.fromkeys(below) if node not in known]


def _fresh(name: str, reading: Reading) -> str:
    return next(one for one in (name, *(f"{name}_{k}" for k in range(1, 100))) if one not in reading.names)


def _sheet_data(data: Iterable[Var], told: _Told) -> dict[str, Array]:
    """The sheet's own samples, as rows."""
    found: dict[str, Array] = {}
    for node in data:
        if node.name in told.reading.data:
            array = numbers_of(node, told.reading, told.reading.labels.get(node.name))
            array = np.moveaxis(array, told.turned[node.name], 0) if node.name in told.turned else array
            found[node.name] = array[None] if array.ndim == len(node.shape) - 1 else array
    return found


def _decided(roles: Roles, target: Var | None, inputs: Iterable[Var], output: Named, found: Classes) -> Iterable[str]:
    """The decisions in words."""
    names = ", ".join(node.name for node in roles.parameters)
    yield f"{roles.loss.name} is lowered by learning {names} ({roles.why})."
    goal = f"the target is {target.name}" if target is not None else "there is no target beside them"
    yield f"The inputs are {', '.join(node.name for node in inputs) or ', '.join(node.name for node in roles.data)}, {goal}, and the output is {output.name}."
    if found.labels is not None:
        yield f"The target holds classes: {found.said}."
