"""Other people's exercises: a sheet as they would write it, and beside it the same network as a JAX function.

The function is the independent half of the test. It fills a `Board` with every quantity the sheet defines; whatever
derivative the sheet asks for, of anything with respect to anything, is then JAX's, in float64.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import jax
import jax.numpy as jnp

Array = Any
Values = dict[str, Array]


class Board:
    """The quantities of one sheet: what is set here may be nudged, and a derivative is how the rest follows."""

    def __init__(self, given: Mapping[str, Array], nudges: Mapping[str, Array]) -> None:
        self.__dict__["values"] = {}
        self.__dict__["nudges"] = nudges
        for name, value in given.items():
            self[name] = value

    def __setitem__(self, name: str, value: Array) -> None:
        value = jnp.asarray(value, dtype=float)
        self.values[name] = value + self.nudges[name] if name in self.nudges else value

    def __getitem__(self, name: str) -> Array:
        return self.values[name]

    __setattr__ = __setitem__
    __getattr__ = __getitem__


@dataclass(frozen=True)
class Oracle:
    """What JAX says at the given data: `oracle["h"]`, `oracle["dL/dW1"]`, and `oracle.at(W1=…)` at other data."""

    network: Callable[[Board], None]
    given: Mapping[str, Array]

    def run(self, **nudges: Array) -> Values:
        board = Board(self.given, nudges)
        self.network(board)
        return board.values

    def at(self, **changed: Array) -> Oracle:
        return Oracle(self.network, {**self.given, **changed})

    def __getitem__(self, key: str) -> Array:
        derivative = re.fullmatch(r"d(.+)/d(.+)", key)
        return self.all([derivative.groups()] if derivative else [])[key]

    def all(self, wanted: Iterable[tuple[str, str]]) -> Values:
        """Every quantity and the derivatives wanted, compiled as one: that is far faster than one operation at a time."""

        def work(given: Mapping[str, Array]) -> Values:
            oracle = Oracle(self.network, given)
            return oracle.run() | oracle.derivatives(wanted)

        return jax.jit(work)(dict(self.given))

    def derivatives(self, wanted: Iterable[tuple[str, str]]) -> Values:
        """Pairs (of, by) as ``{"dL/dW": …}``, with one pass back for each quantity that is differentiated."""
        found: Values = {}
        values, pairs = self.run(), sorted(wanted)
        for of, group in groupby(pairs, key=lambda pair: pair[0]):
            zeros = {by: jnp.zeros_like(values[by]) for _, by in group}
            follows = jax.jacobian(lambda nudges, of=of: self.run(**nudges)[of])(zeros)
            found |= {f"d{of}/d{by}": derivative for by, derivative in follows.items()}
        return found


def without_numbers(board: Board) -> None:
    """The network of a sheet that has no data: its claims are all there is."""


@dataclass(frozen=True)
class Exercise:
    """A sheet, the network it describes, and what else its answer should say."""

    name: str
    sheet: str
    network: Callable[[Board], None]
    then: Callable[[Oracle], Values] | None = None
    verdicts: tuple[str, ...] = ()
    exact: Mapping[str, object] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 5.0

    @property
    def markdown(self) -> str:
        return self.sheet if "```byhand" in self.sheet else f"# {self.name}\n\n```byhand\n{self.sheet.strip()}\n```\n"

    @property
    def statements(self) -> list[str]:
        return statements(self.markdown)

    @property
    def asked(self) -> list[str]:
        """What the sheet asks for by name."""
        lines = [line for line in self.statements if re.fullmatch(r"[^=(:]+", line)]
        return [item.strip() for line in lines for item in line.split(",")]

    @property
    def derivatives(self) -> list[tuple[str, str]]:
        """The derivatives among them, where the network has numbers."""
        found = [re.fullmatch(r"d(\w+)/d(\w+)", item) for item in self.asked]
        return [match.groups() for match in found if match and self.network is not without_numbers]

    def oracle(self) -> Oracle:
        return Oracle(self.network, dict(filter(None, map(read_given, self.statements))))


def statements(markdown: str) -> list[str]:
    """The statements of a sheet's blocks, without comments; a statement goes on while a bracket is open."""
    blocks = re.findall(r"```byhand\n(.*?)```", markdown, re.DOTALL)
    found = [""]
    for line in "\n".join(blocks).splitlines():
        found[-1] += line.split("#")[0] + " "
        if sum(map(found[-1].count, "([{")) == sum(map(found[-1].count, ")]}")):
            found.append("")
    return [statement.strip() for statement in found if statement.strip()]


def read_given(statement: str) -> tuple[str, Array] | None:
    """The name and the data of a given, None for another statement."""
    match = re.fullmatch(r"(\S+)\s*=(?!=)\s*(.*)", statement, re.DOTALL)
    if match is None:
        return None
    name, right = match.groups()
    if made := re.fullmatch(r"(full|zeros|ones|eye)\((.*)\)", right):
        return name, getattr(jnp, made[1])(*ast.literal_eval(f"({made[2]},)"), dtype=float)
    if re.fullmatch(r"[-+\d.,eE\s\[\]]+", right):
        return name, jnp.asarray(ast.literal_eval(right), dtype=float)
    return None


def exercise(sheet: str, **said: Any) -> Callable[[Callable[[Board], None]], Exercise]:
    """Put a sheet beside the function that is its independent translation."""
    return lambda network: Exercise(network.__name__, sheet, network, **said)
