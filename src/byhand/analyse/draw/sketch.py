"""What is written into a drawing: for each layer its name, its size in words, what its units and its edges carry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from byhand.analyse.draw.network import Layer, Network
from byhand.lang.expr import Expr, Named, Var
from byhand.lang.names import Name
from byhand.lang.sizes import Poly, Size
from byhand.show.labels import room_for
from byhand.show.names import parts
from byhand.show.picture import Written
from byhand.show.tree import Entry, Numeral, Sum, Sym, Tree
from byhand.show.unicode import text_size

MOST_UNITS = 10
"""More units than this, if it is known how many, are one block."""
WIDEST_FORMULA = 190.0
MOST_NAMED_EDGES = 9
BEGINNING = 2
"""So many units are drawn before the dots where nobody knows how many there are."""


@dataclass(frozen=True, slots=True)
class Column:
    """A layer as it is drawn. ``units``: what stands in each circle, ``None`` for dots; no units at all make a block.

    ``caption`` stands below; ``weights`` above the edges that lead here, ``edges`` on them: for each unit before, one for each here.
    """

    units: tuple[Tree | str | None, ...]
    size: str
    caption: tuple[Written, ...]
    weights: Written = ""
    bias: Tree | str = ""
    edges: tuple[tuple[Tree | str, ...], ...] = ()
    bias_edges: tuple[Tree | str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notation:
    """How the sheet writes names and formulas."""

    name: Callable[[Name], Tree]
    formula: Callable[[Expr], Tree]


@dataclass(frozen=True, slots=True)
class Numbers:
    """What to write in the units of a layer and on the edges into it, as formatted numbers."""

    units: tuple[str, ...] = ()
    edges: tuple[tuple[str, ...], ...] = ()
    bias: tuple[str, ...] = ()


def columns(net: Network, how: Notation, numbers: Sequence[Numbers]) -> list[Column]:
    """Every layer, the input first."""
    sizes = [layer.size for layer in net.layers]
    few = all(isinstance(n, int) and isinstance(m, int) and n * m <= MOST_NAMED_EDGES for n, m in pairwise(sizes))
    found = [_column(net, k, how, numbers[k], few) for k in range(len(net.layers))]
    if not net.tail:
        return found
    value = numbers[-1].units if len(numbers) > len(net.layers) else ()
    return [*found, Column(value or (how.name(net.tail[-1].name),), "1", tuple(defined(name, how, 2 * WIDEST_FORMULA) for name in net.tail))]


def _column(net: Network, place: int, how: Notation, numbers: Numbers, named: bool) -> Column:
    layer = net.layers[place]
    caption = (*_formulas(layer, how), f"{in_words(layer.size)} {_role(net, place)}{'s' * (layer.size != 1)}")
    units = numbers.units or _units(layer, how)
    if layer.weight is None:
        return Column(units, in_words(layer.size), caption)
    bias = _sum_of([how.formula(bias) for bias in layer.biases])
    before = net.layers[place - 1].size
    weights = how.formula(layer.weight.value)
    if bias and (not units or (isinstance(before, int) and before > MOST_UNITS)):
        return Column(units, in_words(layer.size), caption, (weights, ", ", bias))
    edges = numbers.edges or (_named_edges(layer, before) if named else ())
    return Column(units, in_words(layer.size), caption, weights, bias, edges, numbers.bias)


def in_words(size: Size) -> str:
    return text_size(size)


def _role(net: Network, place: int) -> str:
    return "input" if not place else "output" if place == len(net.layers) - 1 else "hidden unit"


def _formulas(layer: Layer, how: Notation) -> list[Written]:
    """The names on the way with their formulas where these are short; where the formula says nothing of them, the functions applied."""
    if isinstance(layer.value, Var):
        return [how.name(layer.value.name)]
    lines: list[Written] = [defined(name, how) for name in layer.named]
    in_full = all(isinstance(line, tuple) for line in lines)
    functions = layer.functions[layer.told if in_full else 0 :]
    return [*lines, ", ".join(functions)] if functions else lines


def defined(name: Named, how: Notation, widest: float = WIDEST_FORMULA) -> Written:
    """h = relu(z), or h alone where the formula is long."""
    formula = (how.name(name.name), " = ", how.formula(name.body))
    return formula if room_for(formula) <= widest else how.name(name.name)


def _units(layer: Layer, how: Notation) -> tuple[Tree | str | None, ...]:
    """x₁, x₂, … x_N; numbered alone where the layer has no name."""
    count = layer.size
    if isinstance(count, int):
        places: list[str | None] = [str(k + 1) for k in range(count)] if count <= MOST_UNITS else []
    else:
        places = [*(str(k + 1) for k in range(BEGINNING)), None, text_size(count)]
    name = layer.value.name if isinstance(layer.value, (Var, Named)) else None
    if isinstance(name, str) and count == 1:
        return (how.name(name),)
    if isinstance(name, str):
        return tuple(None if place is None else _entry(name, (place,)) for place in places)
    return tuple(None if place is None else Numeral(Poly.of(int(place) if place.isdigit() else count)) for place in places)


def _entry(name: str, at: tuple[str, ...]) -> Tree | str:
    """x₂; of a name that has a number already, such as a1, the second is a₁,₂. Capitals of samples stay as they are."""
    spelled = parts(name)
    if spelled is None or spelled.tail or (len(spelled.letters) > 1 and spelled.digits):
        return at[-1]
    index = "".join(at) if all(len(one) == 1 for one in at) else ",".join(at)
    return Entry(Sym(spelled.letters), (spelled.digits, index) if spelled.digits else (index,))


def _named_edges(layer: Layer, before: Size) -> tuple[tuple[Tree | str, ...], ...]:
    """w₁₁, w₁₂, …, as the sheet's matrix counts them, where they are few."""
    weight = layer.weight
    if weight is None or not isinstance(weight.value, Var) or not isinstance(before, int) or not isinstance(layer.size, int):
        return ()
    if weight.into is None and weight.out is None:
        return ()
    name = weight.value.name

    def index(i: int, j: int) -> tuple[str, ...]:
        at = {weight.into: str(i + 1), weight.out: str(j + 1)}
        return tuple(at[axis] for axis in range(len(weight.value.shape)))

    return tuple(tuple(_entry(name, index(i, j)) for j in range(layer.size)) for i in range(before))


def _sum_of(trees: Sequence[Tree]) -> Tree | str:
    if not trees:
        return ""
    return trees[0] if len(trees) == 1 else Sum(tuple((False, tree) for tree in trees))
