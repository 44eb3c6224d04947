"""What an exercise is made of, as people speak of it: its loss, its layers, its output."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.lang.names import Grad

_LAYER = re.compile(r"[^\W\d_]+_?([0-9]{1,3})")


@dataclass(frozen=True)
class Structure:
    """``losses``: what there are gradients of; ``layers``: for each number the weighted sum that the parameters of that number go into;
    ``output``: what the loss compares with its target, where there is one such quantity; ``activations``: what each layer makes of its weighted sum."""

    losses: tuple[str, ...] = ()
    layers: dict[int, str] = field(default_factory=dict[int, str])
    output: str | None = None
    activations: dict[int, str] = field(default_factory=dict[int, str])


def structure_of(exercise: Exercise) -> Structure:
    grads = [quantity.node.name for quantity in exercise.quantities.values() if isinstance(quantity.node.name, Grad)]
    losses = tuple(dict.fromkeys(name.of for name in grads if name.twice is None and _is_own(exercise, name.of)))
    losses = losses or tuple(quantity.name for quantity in exercise.quantities.values() if _ends(exercise, quantity))
    layers = _layers(exercise, frozenset(losses))
    return Structure(losses, layers, _output(exercise, losses), _activations(exercise, layers))


def _activations(exercise: Exercise, layers: dict[int, str]) -> dict[int, str]:
    """What is defined by the weighted sum of a layer and nothing else."""
    defined = [quantity for quantity in exercise.quantities.values() if quantity.kind == "defined" and quantity.own and len(quantity.parents) == 1]
    made = {number: [one.name for one in defined if one.parents[0] == name] for number, name in layers.items()}
    return {number: names[0] for number, names in made.items() if len(names) == 1}


def _is_own(exercise: Exercise, name: str) -> bool:
    """A single number of the sheet with its own data, and not of one sample."""
    quantity = exercise.quantities.get(name)
    return quantity is not None and quantity.own and not quantity.node.shape and quantity.state.run == 1


def _ends(exercise: Exercise, quantity: Quantity) -> bool:
    """A single number that is defined and that nothing else uses."""
    return quantity.kind == "defined" and not quantity.node.shape and not exercise.users[quantity.name]


def _layers(exercise: Exercise, losses: frozenset[str]) -> dict[int, str]:
    """The pre-activation of each layer: where W1 and b1 go in, the last of such quantities if one leads to the other."""
    found: dict[int, list[str]] = {}
    for quantity in exercise.quantities.values():
        if quantity.kind != "defined" or quantity.name != quantity.node.name or not quantity.own or quantity.state.run > 1 or quantity.name in losses:
            continue
        if any(exercise.quantities[parent].kind == "gradient" for parent in quantity.parents):
            continue
        numbers = {int(match[1]) for parent in quantity.parents if _is_given(exercise, parent) and (match := _LAYER.fullmatch(parent))}
        if len(numbers) == 1 and (quantity.node.shape or any(exercise.quantities[parent].node.shape for parent in quantity.parents)):
            found.setdefault(numbers.pop(), []).append(quantity.name)
    return {number: names[-1] for number, names in found.items() if all(_leads(exercise, name, names[-1]) for name in names[:-1])}


def _is_given(exercise: Exercise, name: str) -> bool:
    """Given, and no data: something that there is a gradient or an update of."""
    quantity = exercise.quantities.get(name)
    if quantity is None or quantity.kind != "given":
        return False
    return f"{name}'" in exercise.quantities or any(isinstance(one.node.name, Grad) and one.node.name.wrt == name for one in exercise.quantities.values())


def _leads(exercise: Exercise, start: str, end: str) -> bool:
    return start in exercise.below(end)


def _output(exercise: Exercise, losses: tuple[str, ...]) -> str | None:
    """Of what the loss is made of, the one thing that depends on parameters."""
    if len(losses) != 1:
        return None
    parents = [exercise.quantities[name] for name in exercise.quantities[losses[0]].parents]
    made = [one.name for one in parents if one.kind == "defined" and any(_is_given(exercise, below) for below in exercise.below(one.name))]
    return made[0] if len(made) == 1 else None
