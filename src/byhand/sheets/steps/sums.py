"""Gradients of several samples added up: the formulas of one sample, told for each with its own data."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from byhand.derive import Derivation
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, add, intern, named, scale
from byhand.lang.names import Grad, Name
from byhand.lang.walk import children, postorder, rebuild
from byhand.read.syntax import Name as NameTree
from byhand.read.syntax import Text, Tree
from byhand.run.bind import Value
from byhand.sheets import solution as s
from byhand.sheets.steps.samples import Seen


@dataclass(frozen=True, slots=True)
class Summed:
    """``gradients`` of the whole for each parameter; ``inputs`` the data of all samples; ``told``: for each sample what its names became."""

    gradients: Mapping[Var, Named]
    inputs: Mapping[Var, Value]
    told: tuple[Mapping[Expr, Expr], ...]

    def published(self, each: Sequence[Named]) -> tuple[Name, ...]:
        """The names that programs get values of: the data of the samples, these quantities for each, the sums."""
        own = [found.name for told in self.told for node in each if isinstance(found := told[node], Named)]
        return (*(variable.name for variable in self.inputs), *dict.fromkeys(own), *(one.name for one in self.gradients.values()))


def is_mean(tree: Tree | None) -> bool:
    """What ``reduction=`` says; without it gradients are added up."""
    word = tree.text if isinstance(tree, Text) else tree.name if isinstance(tree, NameTree) else "" if tree is not None else "sum"
    if tree is not None and word not in ("sum", "mean"):
        raise ByhandError("reduction is sum or mean: the gradients of the samples are added up, or averaged.", tree.at.line, tree.at.column)
    return word == "mean"


def summed(seen: Seen, derivation: Derivation, gradients: Mapping[Var, Named], mean: bool, taken: Collection[str]) -> Summed:
    """The gradients over all samples; the loss of sample k is L_k, their sum L_sum, their mean L_mean."""
    loss = str(derivation.loss.name)
    roots: list[Expr] = [*derivation.forward, *derivation.gradients.values(), *gradients.values()]
    inputs: dict[Var, Value] = {}
    told: list[Mapping[Expr, Expr]] = []
    count = len(seen.samples)
    own_foot = _foot([loss], count, taken)
    foot = _foot([str(node.name) for node in (*derivation.forward, *seen.samples[0].inputs)], count, taken)
    for k, sample in enumerate(seen.samples, 1):
        own = {variable: intern(Var, f"{variable.name}{foot}{k}", variable.shape, variable.facts) for variable in sample.inputs}
        inputs |= {own[variable]: value for variable, value in sample.inputs.items()}
        told.append(_told(roots, own, loss, (f"{own_foot}{k}", f"{foot}{k}")))
    total = {one: _total(one, loss, [each[gradient] for each in told], mean) for one, gradient in gradients.items()}
    return Summed(total, inputs, tuple(told))


def _foot(names: Sequence[str], count: int, taken: Collection[str]) -> str:
    """What stands between a name and the number of a sample, so that the sheet's own names are not met."""
    met = any(spelled in taken for name in names for k in range(1, count + 1) for spelled in (f"{name}{k}", f"{name}_{k}"))
    return "_s" if met else "_"


def _total(parameter: Var, loss: str, gradients: Sequence[Expr], mean: bool) -> Named:
    body = scale(Fraction(1, len(gradients)), add(gradients)) if mean else add(gradients)
    return named(Grad(f"{loss}_{'mean' if mean else 'sum'}", parameter.name), body)


def _told(roots: Iterable[Expr], own: Mapping[Var, Var], loss: str, feet: tuple[str, str]) -> dict[Expr, Expr]:
    """Every node over the data of one sample; what depends on it has the sample's number at its foot."""
    done: dict[Expr, Expr] = {}
    for node in postorder(*roots):
        if isinstance(node, Var):
            done[node] = own.get(node, node)
            continue
        parts = children(node)
        fresh = tuple(done[part] for part in parts)
        changed = fresh != parts
        if isinstance(node, Named):
            is_gradient = isinstance(node.name, Grad) and node.name.of == loss
            done[node] = named(_marked(node.name, loss, feet), fresh[0]) if changed or is_gradient else node
        else:
            done[node] = rebuild(node, fresh) if changed else node
    return done


def _marked(name: Name, loss: str, feet: tuple[str, str]) -> Name:
    match name:
        case Grad(of, wrt):
            return Grad(f"{of}{feet[0]}" if of == loss else of, wrt)
        case str():
            return f"{name}{feet[0] if name == loss else feet[1]}"
        case _:
            return name


def group(k: int, told: Mapping[Expr, Expr], inputs: Sequence[Var], quantities: Sequence[Named], state: s.State) -> s.Group:
    """The values of one sample, under the names that its formulas have for every sample."""
    numbers = dict(state.numbers)
    for node, own in told.items():
        if isinstance(node, (Named, Var)) and isinstance(own, (Named, Var)) and own.name in state.numbers:
            numbers[node.name] = state.numbers[own.name]
    return s.Group(f"Sample {k}", (*inputs, *quantities), s.State(state.taken, numbers, state.run))
