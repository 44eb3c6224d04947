"""Names of quantities: the sheet's own, and the two kinds that a derivation adds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Grad:
    """The gradient of one named scalar with respect to a named quantity, plainly ``dL/dW``."""

    of: str
    wrt: str

    def __str__(self) -> str:
        return f"d{self.of}/d{self.wrt}"


@dataclass(frozen=True, slots=True)
class Updated:
    """A parameter after so many steps, plainly ``W'``, ``W''``, …"""

    name: str
    times: int

    def __str__(self) -> str:
        return self.name + "'" * self.times


Name: TypeAlias = str | Grad | Updated
