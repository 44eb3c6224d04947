"""Numbers for a drawing: what the units hold for one sample, and the weights, or their gradients, on the edges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from byhand.analyse.draw.flow import Weight
from byhand.analyse.draw.inputs import Tags
from byhand.analyse.draw.network import Layer, Network
from byhand.analyse.draw.sketch import MOST_UNITS, Numbers
from byhand.lang.expr import Expr
from byhand.run.bind import Given, Value
from byhand.run.evaluate import evaluate
from byhand.show.numbers import format_number
from byhand.show.unicode import HIGH

DIGITS = 3


@dataclass(frozen=True, slots=True)
class Data:
    """``on_edge`` gives the array that is written on the edges of a parameter, if there is one."""

    data: Mapping[str, Given]
    sizes: Mapping[str, int]
    tags: Mapping[Expr, Tags]
    in_units: bool
    on_edge: Callable[[Expr], Value | None]


def numbers(net: Network, have: Data) -> list[Numbers]:
    """For each layer what to write in it and on the edges into it; of several samples the first."""
    values = list(evaluate([layer.value for layer in net.layers], have.data, have.sizes).roots) if have.in_units else [None] * len(net.layers)
    found: list[Numbers] = []
    for place, (layer, value) in enumerate(zip(net.layers, values)):
        units = _units(layer, value, have)
        found.append(Numbers(units, *_on_edges(net.layers[place - 1], layer, have)) if layer.weight else Numbers(units))
    tail = evaluate(net.tail[-1:], have.data, have.sizes).roots if have.in_units else ()
    return [*found, *(Numbers(written(value)) for value in tail)]


def parameter_values(data: Mapping[str, Given], sizes: Mapping[str, int]) -> Callable[[Expr], Value | None]:
    """The parameters themselves on the edges."""
    return lambda value: evaluate([value], data, sizes).roots[0]


def _units(layer: Layer, value: Value | None, have: Data) -> tuple[str, ...]:
    if value is None or not isinstance(layer.size, int) or layer.size > MOST_UNITS:
        return ()
    samples = have.tags.get(layer.value, (None,) * value.ndim)
    first = np.asarray(value[tuple(slice(None) if tag is None else 0 for tag in samples)])  # one entry is no array
    return written(first) if first.size == layer.size else ()


def _on_edges(before: Layer, layer: Layer, have: Data) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """The weights, for each unit before a row; and the biases, added up where there are several."""
    assert layer.weight is not None
    n, m = before.size, layer.size
    array = have.on_edge(layer.weight.value)
    if array is None or not isinstance(n, int) or not isinstance(m, int) or max(n, m) > MOST_UNITS:
        return (), ()
    rows = _arranged(array, layer.weight).reshape(n, m)
    biases = [have.on_edge(bias) for bias in layer.biases]
    known = [np.broadcast_to(bias.reshape(-1), (m,)) for bias in biases if bias is not None and bias.size in (1, m)]
    total = sum(known[1:], start=known[0]) if known and len(known) == len(biases) else None
    return tuple(map(written, rows)), written(total) if total is not None else ()


def _arranged(array: Value, weight: Weight) -> Value:
    """Units before in rows, units behind in columns."""
    return array.T if weight.into is not None and weight.out is not None and weight.into > weight.out else array


def written(values: Value) -> tuple[str, ...]:
    return tuple(map(_written, values.ravel().tolist()))


def _written(value: Fraction | float) -> str:
    mantissa, mark, exponent = format_number(value, DIGITS).partition("e")
    return mantissa.replace("-", "−") + (f"·10{exponent.translate(HIGH)}" if mark else "")
