"""The picture of a network: units and weights where it is a plain one, else a diagram of what flows where."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from byhand.analyse.draw.blocks import blocks, boxed, gathered, names_of
from byhand.analyse.draw.boxes import Boxed, edge_table, in_boxes
from byhand.analyse.draw.diagram import diagram
from byhand.analyse.draw.flow import Stage, stages
from byhand.analyse.draw.inputs import Tags, roles, sample_axes
from byhand.analyse.draw.network import Network, network
from byhand.analyse.draw.numbers import Data, numbers, parameter_values
from byhand.analyse.draw.sketch import Column, Notation, Numbers, columns, in_words
from byhand.analyse.draw.units import drawn
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, describe
from byhand.lang.sizes import Size
from byhand.lang.walk import postorder
from byhand.run.algebra import Measure
from byhand.run.bind import Given
from byhand.run.evaluate import evaluate
from byhand.show.conventions import Conventions, detect
from byhand.show.labels import line
from byhand.show.notation import notation
from byhand.show.picture import Picture

MOST_STAGES = 60
WIDEST = 1100.0
"""A network with so many layers that its drawing is wider than this becomes a diagram, from top to bottom."""
Fill: TypeAlias = Callable[[Network], Sequence[Numbers]]


def draw(y: Expr, parameters: Iterable[Var] = (), *, values: Mapping[str, Given] | None = None) -> Picture:
    """The network that computes y, as a picture: ``byhand.show.svg.svg(picture)`` is its SVG, ``picture.rows`` is for a terminal.

    ``parameters`` are needed only where formulas and names do not tell them from inputs; with ``values``, data for
    all that is given, units and edges carry numbers. Raises ``ByhandError`` where no input is found, data is missing,
    or there is no plain network to write numbers on.
    """
    found = structure(y, tuple(parameters))
    below = postorder(y)
    given = frozenset(node.name for node in below if isinstance(node, Var))
    conventions = Conventions(vectors=detect([node.body for node in below if isinstance(node, Named)] + [y]), parameters=given)
    how = Notation(conventions.sym, lambda value: notation(value, conventions))
    if values is None:
        return picture(found, how)
    sizes = evaluate([y], values).sizes
    have = Data(values, sizes, found.tags, True, parameter_values(values, sizes))
    return picture(found.with_numbers(sizes), how, lambda net: numbers(net, have))


@dataclass(frozen=True, slots=True)
class Structure:
    """What a drawing shows. ``net`` is there where the stages are a plain network."""

    root: Expr
    stages: tuple[Stage, ...]
    tags: Mapping[Expr, Tags]
    net: Network | None

    def with_numbers(self, sizes: Mapping[str, int]) -> Structure:
        """The same with as many units as there are; ``ByhandError`` where there are no units to write numbers in."""
        if self.net is None:
            what = describe(self.root)
            raise ByhandError(f"draw writes numbers on units and weights, and {what} is drawn as blocks; ask for its values by their names instead.")
        measure = Measure(sizes)
        layers = tuple(replace(layer, size=measure.axis(layer.size)) for layer in self.net.layers)
        return replace(self, net=replace(self.net, layers=layers))


def structure(root: Expr, parameters: Collection[Var] = (), wanted: Collection[str] = ()) -> Structure:
    """The stages of a formula, inputs first.

    ``parameters`` are known to be parameters; ``wanted`` are names by which something is differentiated. Raises
    ``ByhandError`` where nothing can be told to be the input, or there are too many stages to draw.
    """
    if isinstance(root, Var):
        raise ByhandError(f"draw shows what is computed; {root.name} is given.")
    known = roles(root, parameters, wanted)
    inputs = [node for node, role in known.items() if role == "input"]
    found = stages(root, inputs, [node for node, role in known.items() if role == "parameter"])
    if len(found) > MOST_STAGES:
        raise ByhandError(f"{describe(root)} is computed in {len(found)} stages, and a drawing of more than {MOST_STAGES} cannot be read; draw a part of it.")
    tags = sample_axes(root, inputs)
    return Structure(root, tuple(found), tags, network(found, tags))


def picture(of: Structure, how: Notation, fill: Fill | None = None, on_edges: str = "") -> Picture:
    """The drawing. ``fill`` gives what is written in units and on edges; ``on_edges`` says what those on the edges are, if not weights."""
    units = _of_units(of, of.net, how, fill, on_edges) if of.net is not None else None
    if units is not None and (fill or units.width <= WIDEST):
        return units
    together = gathered(of.stages, how)
    found = blocks(together, how)
    rows = in_boxes(boxed(found, names_of(together, how)))
    alt = f"Diagram of how {describe(of.root)} is computed, in {len(found)} blocks: " + "; ".join(", ".join(map(line, block.lines)) for block in found)
    return diagram(found, alt, rows, f"How {_name(of, how)} is computed")


def _of_units(of: Structure, net: Network, how: Notation, fill: Fill | None, on_edges: str) -> Picture:
    written = fill(net) if fill else [Numbers()] * len(net.layers)
    found = columns(net, how, written)
    drawing = drawn(found, bool(on_edges))
    rows = (*in_boxes(_boxed(found, any(layer.units for layer in written))), *_on_edges(found, written, on_edges))
    which = "the first" if any(layer.units for layer in written) else "one"
    remarks = (f"on the edges {on_edges or 'the weights'}",) if fill else ()
    caption = _caption(of, net, how, which, remarks)
    crowded = f"{caption}, as far as there is room" if fill and drawing.crowded else caption
    return Picture(drawing.width, drawing.height, drawing.marks, said(net, how), rows, crowded, rows_caption=caption)


def _name(of: Structure, how: Notation) -> str:
    return line(how.name(of.root.name)) if isinstance(of.root, Named) else "it"


def _boxed(found: Sequence[Column], values: bool) -> list[Boxed]:
    boxes: list[Boxed] = []
    for place, column in enumerate(found):
        lines = [line(one) for one in column.caption]
        if values and column.units:
            lines.append(" ".join(line(unit) for unit in column.units if unit is not None))
        boxes.append(Boxed(tuple(lines), _into(column) if place else None))
    return boxes


def _into(column: Column) -> str:
    """The parameters on the way into a layer."""
    return ", ".join(line(one) for one in (column.weights, column.bias) if one)


def _on_edges(found: Sequence[Column], written: Sequence[Numbers], what: str) -> Iterator[str]:
    """For a terminal, which has no room on edges: their numbers as tables."""
    for column, here in zip(found, written):
        if here.edges:
            yield ""
            yield from edge_table(f"{_into(column)}: {what}" if what else _into(column), here.edges, here.bias)


def said(net: Network, how: Notation) -> str:
    """The network in a sentence."""
    parts = [_count(layer.size, "input" if not k else "output" if k == len(net.layers) - 1 else "hidden unit") for k, layer in enumerate(net.layers)]
    parts = [f"{part} ({', '.join(layer.functions)})" if layer.functions else part for part, layer in zip(parts, net.layers)]
    return f"Network with {', '.join(parts[:-1])} and {parts[-1]}, each layer joined to the next by all weights"


def _count(size: Size, what: str) -> str:
    return f"{in_words(size)} {what}{'s' * (size != 1)}"


def _caption(of: Structure, net: Network, how: Notation, which: str, remarks: Iterable[str]) -> str:
    said = [f"The network that computes {_name(of, how)}"]
    if net.samples is not None:
        said.append(f"drawn for {which} of the {in_words(net.samples)} samples")
    said += remarks
    return "; ".join(said)
