"""What can be answered: one quantity of an exercise with the step that leads to it, and the exercise as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from byhand.check.exercise.other import Other
from byhand.check.settings import Settings
from byhand.check.slips.mutation import Mutation
from byhand.lang.expr import Expr, Named, Var, intern
from byhand.run.arrays import Dims
from byhand.run.bind import Value
from byhand.sheets.solution import State
from byhand.show.conventions import Conventions

Kind: TypeAlias = Literal["given", "defined", "gradient", "updated"]


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """One quantity. ``name`` is what answers call it: ``z1``, ``dL/dW1``, ``W1'``, ``z1'`` after a step.

    ``node`` is what it is on the sheet, ``state`` where. ``steps`` are formulas for it, all equal, over variables that carry the names of
    other quantities: the one that is shown first, then others that lead there. Nothing for what is given. ``truth`` is its number
    (rationals where exact), ``None`` without data. ``asked``: the sheet asks for it. ``own``: its name stands on the sheet, and
    was not made up by a derivation.
    """

    name: str
    kind: Kind
    node: Named | Var
    state: State
    steps: tuple[Expr, ...] = ()
    parents: tuple[str, ...] = ()
    dims: Dims | None = None
    truth: Value | None = None
    asked: bool = False
    own: bool = True

    @property
    def variable(self) -> Var:
        """The quantity in formulas: a variable with its name, its shape, and the facts that are declared of it."""
        facts = self.node.facts if isinstance(self.node, Var) else frozenset[str]()
        return intern(Var, self.name, self.node.shape, facts)


@dataclass(frozen=True, eq=False)
class Exercise:
    """All quantities of a sheet, operands first. ``sizes`` are the size letters that data fixes; ``digest`` tells one version of a sheet from another.

    ``others``: questions whose answers are no arrays. ``slips``: wrong steps that the sheet's own analyses know of, by quantity. ``aliases``: what else
    quantities are called on the sheet. ``left_out``: what the sheet asks and nobody can mark, each with the reason.
    ``samples``: where the sheet goes through samples one by one, what each quantity is called for each of them.
    """

    name: str
    title: str
    digest: str
    quantities: Mapping[str, Quantity]
    sizes: Mapping[str, int]
    conventions: Conventions
    settings: Settings = field(default_factory=Settings)
    others: Mapping[str, Other] = field(default_factory=dict[str, Other])
    slips: Mapping[str, tuple[Mutation, ...]] = field(default_factory=dict[str, "tuple[Mutation, ...]"])
    aliases: Mapping[str, str] = field(default_factory=dict[str, str])
    left_out: tuple[str, ...] = ()
    samples: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])

    @cached_property
    def users(self) -> Mapping[str, tuple[str, ...]]:
        """For each quantity those whose steps use it."""
        found: dict[str, list[str]] = {name: [] for name in self.quantities}
        for quantity in self.quantities.values():
            for parent in quantity.parents:
                found[parent].append(quantity.name)
        return {name: tuple(users) for name, users in found.items()}

    def below(self, name: str) -> frozenset[str]:
        """A quantity with all that it is made of, by any of its steps."""
        found, waiting = set[str](), [name]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting += self.quantities[one].parents
        return frozenset(found)

    @cached_property
    def place(self) -> Mapping[str, int]:
        """The place of each quantity in the order."""
        return {name: k for k, name in enumerate(self.quantities)}
