"""A plain network: layers of units one behind the other, each joined to the next by all of its weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from byhand.analyse.draw.flow import Stage, Weight
from byhand.analyse.draw.inputs import Tags
from byhand.lang.expr import Expr, Named
from byhand.lang.sizes import Size


@dataclass(frozen=True, slots=True)
class Layer:
    """``weight`` and ``biases`` lead into it; ``value`` is what its units hold, ``named`` the names on the way to it.

    ``told``: how many of the functions these names speak of.
    """

    size: Size
    value: Expr
    named: tuple[Named, ...]
    functions: tuple[str, ...] = ()
    weight: Weight | None = None
    biases: tuple[Expr, ...] = ()
    told: int = 0


@dataclass(frozen=True, slots=True)
class Network:
    """Input, hidden layers, output; ``tail`` are the names of what is computed from the output, the last one a scalar such as a loss.

    ``samples``: how many go through at once, if several.
    """

    layers: tuple[Layer, ...]
    tail: tuple[Named, ...] = ()
    samples: Size | None = None


def network(found: Sequence[Stage], tags: Mapping[Expr, Tags]) -> Network | None:
    """The plain network that these stages are, or ``None`` if they are something else."""
    count = next((k for k, stage in enumerate(found) if k and not _follows(stage, k)), len(found))
    chain, rest = found[:count], found[count:]
    if count < 2 or chain[0].kind != "input" or any(stage.takes for stage in chain):
        return None
    if rest and (not rest[-1].named or rest[-1].tip.shape or not all(_is_tail(stage, count) for stage in rest)):
        return None
    layers = [_layer(stage) for stage in chain[1:]]
    if rest and layers[-1].named:
        layers[-1] = _up_to_its_name(layers[-1])
    first = chain[1].links[0].weight
    assert first is not None
    source = Layer(first.sizes[0], chain[0].start, tuple(chain[0].named))
    return Network((source, *layers), tuple(name for stage in rest for name in stage.named), _samples(chain, tags))


def _follows(stage: Stage, place: int) -> bool:
    """Whether a stage is a layer that takes from the one before it alone; a bias is the same for all samples."""
    in_line = stage.kind == "dense" and [link.source for link in stage.links] == [place - 1]
    return in_line and all(len(bias.shape) <= 1 or 1 in bias.shape for bias in stage.biases)


def _up_to_its_name(layer: Layer) -> Layer:
    """What is done to the output behind its last name is part of the loss: p = softmax(z), and then log."""
    return replace(layer, value=layer.named[-1], functions=layer.functions[: layer.told])


def _is_tail(stage: Stage, count: int) -> bool:
    """Whether a stage only works on with the output of the layers."""
    return stage.kind not in ("input", "dense") and all(link.source >= count - 1 for link in stage.links)


def _layer(stage: Stage) -> Layer:
    weight = stage.links[0].weight
    assert weight is not None
    return Layer(weight.sizes[1], stage.tip, tuple(stage.named), tuple(stage.functions), weight, tuple(stage.biases), stage.told)


def _samples(chain: Sequence[Stage], tags: Mapping[Expr, Tags]) -> Size | None:
    """How many samples go through side by side; a matrix with one column is one sample."""
    value = chain[0].tip
    sizes = [n for n, tag in zip(value.shape, tags.get(value, ())) if tag is not None and n != 1]
    return sizes[0] if sizes else None
