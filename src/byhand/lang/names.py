"""Names of quantities: the sheet's own, and the two kinds that a derivation adds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Grad:
    """The gradient of one named scalar with respect to a named quantity, plainly ``dL/dW``.

    Where ``of`` is such a gradient itself, plainly ``d2L/dW2``; ``d2L/dWdb`` for two different quantities.
    """

    of: str
    wrt: str

    @property
    def twice(self) -> tuple[str, str] | None:
        """For a second derivative the scalar, and what it was differentiated by first."""
        of, slash, first = self.of.partition("/d")
        return (of[1:], first) if slash else None

    def __str__(self) -> str:
        if self.twice is None:
            return f"d{self.of}/d{self.wrt}"
        of, first = self.twice
        return f"d2{of}/d{first}2" if first == self.wrt else f"d2{of}/d{first}d{self.wrt}"


@dataclass(frozen=True, slots=True)
class Updated:
    """A parameter after so many steps, plainly ``W'``, ``W''``, …"""

    name: str
    times: int

    def __str__(self) -> str:
        return self.name + "'" * self.times


Name: TypeAlias = str | Grad | Updated
