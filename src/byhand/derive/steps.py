"""The record of a derivation: what was done, by which rule, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from byhand.lang.expr import Expr, Named
from byhand.lang.names import Name

TERM_BY_TERM = "sum term by term"
"""The rule of the inner steps that show why a sum is one: identities inside a step."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step towards the quantity ``of``.

    For a message ``before`` is the incoming gradient and ``after`` what it becomes on its way through ``through``;
    for an identity the two are equal. ``inner`` are the steps inside this one.
    """

    of: Name
    rule: str
    because: str
    before: Expr
    after: Expr
    through: Expr | None = None
    facts: tuple[str, ...] = ()
    inner: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Derivation:
    """All gradients of one quantity, from one reverse sweep.

    ``forward`` are the named quantities on the way, operands first (those that byhand named included);
    ``gradients`` maps the name of each quantity to its named gradient, in the order of the sweep; ``steps`` is the log of it.
    """

    loss: Named
    forward: tuple[Named, ...]
    gradients: Mapping[Name, Named]
    steps: tuple[Step, ...]
    _of: dict[Name, list[Step]] = field(default_factory=dict[Name, list[Step]], init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for step in self.steps:
            self._of.setdefault(step.of, []).append(step)

    def steps_of(self, name: Name) -> tuple[Step, ...]:
        """The steps that lead to one gradient."""
        return tuple(self._of.get(name, ()))
