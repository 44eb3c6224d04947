"""The flow of signals as a diagram: one block for each stage, from top to bottom, arrows that pass by other blocks.

Stages stand in ranks by the longest way to them. An arrow over several ranks has a place of its own in those between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from byhand.show.labels import LINE, room_for
from byhand.show.picture import Label, Mark, Picture, Point, Rectangle, Stroke, Written

BETWEEN_RANKS, BETWEEN_BLOCKS = 36.0, 30.0
INSIDE = 12.0
LINE_HEIGHT = LINE * 1.25
PASSING = 10.0
SWEEPS = 12


@dataclass(frozen=True, slots=True)
class Block:
    """``lines`` stand inside, the last of them small where it is words; ``sources`` are the places of the blocks it takes from."""

    lines: tuple[Written, ...]
    sources: tuple[int, ...]
    is_input: bool = False


@dataclass(slots=True)
class _Node:
    """A block, or a place where an arrow passes by (``block`` is ``None``)."""

    rank: int
    width: float
    height: float
    block: Block | None
    above: list[int] = field(default_factory=list[int])
    below: list[int] = field(default_factory=list[int])
    x: float = 0.0


def diagram(blocks: Sequence[Block], alt: str, rows: tuple[str, ...], caption: str) -> Picture:
    """The picture of blocks, each of which stands behind those it takes from."""
    nodes, arrows = _ranked(blocks)
    ranks = _in_order(nodes)
    _place(nodes, ranks)
    tops, bottom = _tops(nodes, ranks)
    left = min(node.x - node.width / 2 for node in nodes)
    right = max(node.x + node.width / 2 for node in nodes)
    for node in nodes:
        node.x += 1 - left
    marks = [*(mark for path in arrows for mark in _arrow(nodes, path, tops)), *(mark for node in nodes for mark in _block(node, tops[node.rank]))]
    return Picture(right - left + 2, bottom, tuple(marks), alt, rows, caption)


def _ranked(blocks: Sequence[Block]) -> tuple[list[_Node], list[list[int]]]:
    """The nodes, places for passing arrows included, and for each arrow the nodes it goes through."""
    ranks: list[int] = []
    for block in blocks:
        ranks.append(max((ranks[source] + 1 for source in block.sources), default=0))
    for k, block in enumerate(blocks):  # what goes in stands right above where it is first used
        users = [ranks[j] for j, other in enumerate(blocks) if k in other.sources]
        if block.is_input and users:
            ranks[k] = min(users) - 1
    nodes = [_Node(rank, _width(block), 2 * INSIDE * 0.6 + LINE_HEIGHT * len(block.lines), block) for rank, block in zip(ranks, blocks)]
    arrows: list[list[int]] = []
    for k, block in enumerate(blocks):
        for source in block.sources:
            path = [source]
            for rank in range(ranks[source] + 1, ranks[k]):
                path.append(len(nodes))
                nodes.append(_Node(rank, PASSING, 0.0, None))
            arrows.append([*path, k])
    for path in arrows:
        for upper, lower in pairwise(path):
            nodes[upper].below.append(lower)
            nodes[lower].above.append(upper)
    return nodes, arrows


def _width(block: Block) -> float:
    return 2 * INSIDE + max(room_for(line, small=isinstance(line, str)) for line in block.lines)


def _in_order(nodes: Sequence[_Node]) -> list[list[int]]:
    """The nodes of each rank from left to right, each near the middle of those it is joined with."""
    ranks: list[list[int]] = [[] for _ in range(max(node.rank for node in nodes) + 1)]
    for k, node in enumerate(nodes):
        ranks[node.rank].append(k)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for rank in ranks[1:] if down else reversed(ranks[:-1]):
            places = {k: place for other in ranks for place, k in enumerate(other)}
            rank.sort(key=lambda k: _mean([places[j] for j in (nodes[k].above if down else nodes[k].below)], places[k]))
    return ranks


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _place(nodes: Sequence[_Node], ranks: Sequence[Sequence[int]]) -> None:
    """Every node as near to the middle of its neighbours as the others of its rank let it."""
    for rank in ranks:
        _spread(nodes, rank, [0.0] * len(rank))
    for sweep in range(SWEEPS):
        for rank in ranks if sweep % 2 == 0 else reversed(ranks):
            wanted = [_mean([nodes[j].x for j in (nodes[k].above if sweep % 2 == 0 else nodes[k].below)], nodes[k].x) for k in rank]
            _spread(nodes, rank, wanted)


def _spread(nodes: Sequence[_Node], rank: Sequence[int], wanted: Sequence[float]) -> None:
    """Nodes at the places wanted, moved apart where they would touch, on average where they should be."""
    edge = float("-inf")
    for k, x in zip(rank, wanted):
        nodes[k].x = max(x, edge + nodes[k].width / 2)
        edge = nodes[k].x + nodes[k].width / 2 + BETWEEN_BLOCKS
    shift = _mean([x - nodes[k].x for k, x in zip(rank, wanted)], 0.0)
    for k in rank:
        nodes[k].x += shift


def _tops(nodes: Sequence[_Node], ranks: Sequence[Sequence[int]]) -> tuple[list[tuple[float, float]], float]:
    """For each rank its upper and its lower edge; how high all is."""
    tops: list[tuple[float, float]] = []
    y = 1.0
    for rank in ranks:
        height = max(nodes[k].height for k in rank)
        tops.append((y, y + height))
        y += height + BETWEEN_RANKS
    return tops, y - BETWEEN_RANKS + 1


def _block(node: _Node, span: tuple[float, float]) -> Iterator[Mark]:
    if node.block is None:
        return
    middle = sum(span) / 2
    top = middle - node.height / 2
    yield Rectangle((node.x - node.width / 2, top), node.width, node.height, "muted" if node.block.is_input else "ink")
    for k, line in enumerate(node.block.lines):
        words = isinstance(line, str)
        yield Label((node.x, top + INSIDE * 0.6 + LINE_HEIGHT * (k + 0.5)), line, paint="muted" if words else "ink", small=words)


def _arrow(nodes: Sequence[_Node], path: Sequence[int], tops: Sequence[tuple[float, float]]) -> Iterator[Mark]:
    """From the lower edge of one block to the upper one of another, straight down where it passes by others."""
    source, target = nodes[path[0]], nodes[path[-1]]
    points: list[Point] = [(source.x + _share(nodes, path[1], source.below, source.width), _middle(tops, source) + source.height / 2)]
    for k in path[1:-1]:
        points += [(nodes[k].x, tops[nodes[k].rank][0]), (nodes[k].x, tops[nodes[k].rank][1])]
    points.append((target.x + _share(nodes, path[-2], target.above, target.width), _middle(tops, target) - target.height / 2))
    yield Stroke(tuple(points), "muted", 1.2, arrow=True)


def _middle(tops: Sequence[tuple[float, float]], node: _Node) -> float:
    return sum(tops[node.rank]) / 2


def _share(nodes: Sequence[_Node], mine: int, all_of: Sequence[int], width: float) -> float:
    """Arrows that end at one edge have each its own place on it, in the order in which they come."""
    order = sorted(all_of, key=lambda k: nodes[k].x)
    if len(order) < 2:
        return 0.0
    room = min(width - 2 * INSIDE, 40.0 * (len(order) - 1))
    return room * (order.index(mine) / (len(order) - 1) - 0.5)
