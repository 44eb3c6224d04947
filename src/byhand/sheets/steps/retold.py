"""The sheet's formulas over other data, whose sizes may differ: means, counts and broadcasts are then those of the new data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, intern, named
from byhand.lang.names import Name
from byhand.lang.sizes import shape_text
from byhand.lang.walk import postorder
from byhand.read.elaborate import elaborate
from byhand.read.scope import Ints
from byhand.run.bind import Value
from byhand.sheets.given import check_facts, facts_of_data
from byhand.sheets.workspace import Workspace

SEEN_BY_ITSELF = frozenset(("one_hot", "one_hot_columns"))


@dataclass(frozen=True, slots=True)
class Sample:
    """A quantity over other data, and that data."""

    what: Named
    inputs: Mapping[Var, Value]


def retold(space: Workspace, what: Named, datas: Sequence[Mapping[Var, Value]]) -> list[Sample]:
    """The quantity over each of these sets of data, which agree in shapes: one formula serves all."""
    fresh = {variable: _resized(variable, [data[variable] for data in datas]) for variable in datas[0]}
    labels = {variable.name: _integers(datas[0][variable]) for variable in fresh if variable.name in space.counted}
    same = all(old is new for old, new in fresh.items()) and all(space.integers.get(name) == found for name, found in labels.items())
    if labels and len(datas) > 1 and not same:
        raise ByhandError(f"{' and '.join(labels)} is used as whole numbers, such as class labels, and cannot change from sample to sample; write it one-hot.")
    node = what if same else read_again(space, what, fresh, labels)
    if node.shape != what.shape:
        raise ByhandError(f"with this data {what.name} would have shape {shape_text(node.shape)} in place of {shape_text(what.shape)}.")
    return [Sample(node, {fresh[variable]: value for variable, value in data.items()}) for data in datas]


def _resized(variable: Var, values: Sequence[Value]) -> Var:
    """The given quantity with the sizes of the new data, and those facts that hold for it; declared ones have to."""
    shape = tuple(count if isinstance(axis, int) else axis for axis, count in zip(variable.shape, values[0].shape))
    for value in values:
        if value.ndim != len(variable.shape):
            raise ByhandError(f"{variable.name} has shape {shape_text(variable.shape)}, and the new data has shape {shape_text(value.shape)}.")
        check_facts(intern(Var, variable.name, variable.shape, variable.facts - SEEN_BY_ITSELF), value)
    seen = frozenset.intersection(*(facts_of_data(value) for value in values))
    return intern(Var, variable.name, shape, frozenset(fact for fact in variable.facts if fact not in SEEN_BY_ITSELF or fact in seen))


def _integers(value: Value) -> Ints | None:
    nested = value.tolist()
    return _ints(nested) if all(entry == int(entry) for entry in value.ravel().tolist()) else None


def _ints(nested: object) -> Ints:
    return tuple(_ints(part) for part in nested) if isinstance(nested, list) else int(nested)  # pyright: ignore


def read_again(space: Workspace, what: Named, fresh: Mapping[Var, Var], labels: Mapping[str, Ints | None]) -> Named:
    """The formulas below a quantity, elaborated over the new data."""
    names: dict[Name, Expr] = {**space.names, **{variable.name: new for variable, new in fresh.items()}}
    integers = {name: found for name, found in {**space.integers, **labels}.items() if found is not None}
    scope = replace(space.scope(), names=names, integers=integers, gradient=_no_gradient)
    needed = {node.name for node in postorder(what) if isinstance(node, Named)}
    changed = [variable.name for variable in fresh]
    for name, tree in space.trees.items():
        if name in needed and (any(node in fresh for node in postorder(space.names[name])) or any(space.mentions(name, one) for one in changed)):
            names[name] = named(name, elaborate(tree, scope).expr)
    found = names[what.name]
    assert isinstance(found, Named)
    return found


def _no_gradient(of: str, wrt: str) -> Expr | None:
    return None
