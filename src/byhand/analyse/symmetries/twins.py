"""Parameters that a formula treats alike: relabellings of parameters after which the formula is the same but for the order of sums.

Parameters are coloured by where they stand: by what is computed from them, and together with what. Where colours do not tell them
apart, one is set apart by hand and the colouring repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TypeAlias, assert_never

from byhand.analyse.symmetries.opened import Opened
from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var
from byhand.lang.walk import children

Colours: TypeAlias = dict[Expr, int]
Relabelling: TypeAlias = dict[Var, Var]
ROUNDS = 6
MOST_TRIED = 300


class Twins:
    """The relabellings of one formula that pass a check."""

    __slots__ = ("function", "parameters", "passes", "tried")

    def __init__(self, function: Opened, parameters: Sequence[Var], passes: Callable[[Mapping[Var, Var]], bool]) -> None:
        self.function = function
        self.parameters = tuple(parameters)
        self.passes = passes
        self.tried = 0

    def order(self) -> tuple[int, list[Relabelling]]:
        """How many relabellings there are, that of nothing included; and enough of them to make all others."""
        total, made = 1, list[Relabelling]()
        for k, one in enumerate(self.parameters):
            fixed = self.parameters[:k]
            reached = 1
            for other in self.parameters[k + 1 :]:
                found = self._relabelling((*fixed, one), (*fixed, other))
                if found is not None:
                    reached += 1
                    made.append(found)
            total *= reached
        return total, made

    def _relabelling(self, first: tuple[Var, ...], second: tuple[Var, ...]) -> Relabelling | None:
        """One that takes each of the first to the second of its number."""
        colours, other = self._coloured(first), self._coloured(second)
        groups, images = self._groups(colours), self._groups(other)
        if {colour: len(group) for colour, group in groups.items()} != {colour: len(group) for colour, group in images.items()}:
            return None
        open_group = next((colour for colour, group in groups.items() if len(group) > 1), None)
        if open_group is not None:
            one = groups[open_group][0]
            return next((found for two in images[open_group] if (found := self._relabelling((*first, one), (*second, two))) is not None), None)
        found = {group[0]: images[colour][0] for colour, group in groups.items() if group[0] is not images[colour][0]}
        self.tried += 1
        return found if self.tried <= MOST_TRIED and self.passes(found) else None

    def _groups(self, colours: Colours) -> dict[int, list[Var]]:
        groups: dict[int, list[Var]] = {}
        for one in self.parameters:
            groups.setdefault(colours[one], []).append(one)
        return groups

    def _coloured(self, apart: tuple[Var, ...]) -> Colours:
        colours: Colours = {one: hash((one.shape, one.facts, apart.index(one) if one in apart else -1)) for one in self.parameters}
        for _ in range(ROUNDS):
            upwards: Colours = {}
            for node in self.function.order:
                upwards[node] = colours[node] if node in colours else hash(_with_parts(node, [upwards[part] for part in children(node)]))
            seen_from: dict[Expr, list[int]] = {self.function.root: [0]}
            for node in reversed(self.function.order):
                above = hash(tuple(sorted(seen_from.get(node, []))))
                for part, place in zip(children(node), _places(node)):
                    seen_from.setdefault(part, []).append(hash((above, upwards[node], place)))
            colours = {one: hash((colours[one], tuple(sorted(seen_from.get(one, []))))) for one in self.parameters}
        return colours


def _commutes(node: Expr) -> bool:
    return isinstance(node, Add) or (isinstance(node, Contract) and len(node.args) == 2 and node.spec.inputs[0] == node.spec.inputs[1])


def _places(node: Expr) -> Iterator[int]:
    """Which operand each is; all alike where their order does not matter."""
    return iter([0] * len(children(node)) if _commutes(node) else range(len(children(node))))


def _with_parts(node: Expr, parts: list[int]) -> Hashable:
    return (_kind(node), node.shape, tuple(sorted(parts) if _commutes(node) else parts))


def _kind(node: Expr) -> Hashable:
    """What a node is apart from its operands."""
    match node:
        case Var(name):
            return name
        case Num(value):
            return value
        case Contract(how):
            return how
        case Map(leaf):
            return id(leaf)
        case Index(by, scatter):
            return by, scatter
        case Add() | Inverse() | Pick() | Named() | Call():
            return type(node).__name__
        case _:
            assert_never(node)
