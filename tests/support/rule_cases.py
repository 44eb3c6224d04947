"""The examples of a rule as expressions: variables of the declared shapes, defaults filled in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from byhand.lang.build import call
from byhand.lang.expr import Call, Expr, Var, num, var
from byhand.lang.rule import Example, Rule
from byhand.read.statements import declared_shape, parse_shapes
from byhand.rules import RULES

Floats = NDArray[np.float64]
TURNING = ("huber",)
"""Rules whose message is true by the order of the numbers, which residues do not have: to many digits is all there is."""


@dataclass(frozen=True)
class Case:
    """One example of one rule, applied."""

    rule: Rule
    example: Example
    node: Call
    incoming: Var

    @property
    def declared(self) -> dict[str, Var]:
        """The operands that the example declares; the others are left at their defaults."""
        named = {argument.name: arg for argument, arg in zip(self.rule.arguments, self.node.args)}
        return {name: arg for name, arg in named.items() if isinstance(arg, Var)}

    @property
    def options(self) -> dict[str, object]:
        return dict(self.node.options)

    def message(self, formula: object) -> Expr:
        assert callable(formula)
        return formula(self.incoming, self.node, *self.node.args, **self.options)

    def __str__(self) -> str:
        settings = ", ".join(f"{name}={value}" for name, value in self.example.options.items())
        return f"{self.rule.name}({self.example.shapes}{'; ' if settings else ''}{settings})".replace(" ", "")


def declared(text: str) -> dict[str, Var]:
    """Read ``z: (m, k), t: (m, k) one_hot``, as a sheet would."""
    return {one.name: var(one.name, declared_shape(one), one.facts) for one in parse_shapes(text)}


def case(rule: Rule, example: Example) -> Case:
    given = declared(example.shapes)
    assert set(given) <= {argument.name for argument in rule.arguments}, f"{rule.name}: {example.shapes}"
    args = [given[a.name] if a.name in given else num(float(a.default or "nan")) for a in rule.arguments]
    node = call(rule, *args, **example.options)
    return Case(rule, example, node, var("G", node.shape))


CASES = [case(rule, example) for rule in RULES for example in rule.examples]


def sizes_for(nodes: list[Var]) -> dict[str, int]:
    """Small sizes, all different, for the letters in these shapes."""
    letters = sorted({letter for node in nodes for axis in node.shape if not isinstance(axis, int) for letter in axis.letters})
    large_enough = {"h": 5, "w": 6}
    return {letter: large_enough.get(letter, size) for letter, size in zip(letters, count(2))}


def numbers(node: Var, sizes: dict[str, int], rng: np.random.Generator) -> Floats:
    """Random numbers that have the declared facts."""
    shape = tuple(axis if isinstance(axis, int) else int(axis.at(sizes)) for axis in node.shape)
    entries = np.asarray(rng.normal(size=shape))
    if "one_hot" in node.facts:
        return np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]
    if "signs" in node.facts:
        return np.where(entries > 0, 1.0, -1.0)
    if "positive" in node.facts:
        entries = np.asarray(np.abs(entries) + 0.1)
    return entries / entries.sum(axis=-1, keepdims=True) if "sums_to_one" in node.facts else entries


def data_for(nodes: list[Var], seed: int) -> dict[str, Floats]:
    rng = np.random.default_rng(seed)
    sizes = sizes_for(nodes)
    return {node.name: numbers(node, sizes, rng) for node in nodes}


def slips() -> Iterator[tuple[Rule, int]]:
    for rule in RULES:
        for position in range(len(rule.slips)):
            yield rule, position
