"""What is found: hidden layers, each with its group, and how many settings of the parameters that makes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import factorial, lgamma, log, prod
from typing import Literal, TypeAlias

from byhand.analyse.symmetries.activations import Activation
from byhand.analyse.symmetries.axes import Axis
from byhand.analyse.symmetries.grading import Slot, Structure
from byhand.analyse.symmetries.jacobian import Directions
from byhand.lang.expr import Expr, Var
from byhand.lang.sizes import Poly, Size, size
from byhand.run.claim import Verdict

Kind: TypeAlias = Literal["swap", "cycle", "flip", "scale", "mix", "rotate", "whole flip", "whole scale", "exchange", "exchange units", "shifted flip"]
Factor: TypeAlias = tuple[Literal["factorial", "power", "number"], Size]
MOST_DIGITS = 4000
Continuous: TypeAlias = Literal["", "scalings", "linear", "rotations"]


@dataclass(frozen=True, slots=True, eq=False)
class Generator:
    """A change of parameters that leaves the function alone: ``after`` are the new parameters.

    ``powers``: the places where something happens, each with the power of the factor there; ``wholes`` the same for whole parameters.
    """

    kind: Kind
    powers: Mapping[Slot, Fraction]
    wholes: Mapping[Var, Fraction]
    after: Mapping[Var, Expr]
    verdict: Verdict


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Hidden units that may change names. ``axis``: their index; ``slots``: where they meet the parameters; ``flips``: independent sign flips for each unit."""

    axis: Axis
    slots: tuple[Slot, ...]
    flips: int
    scalings: int
    continuous: Continuous
    activations: tuple[Activation, ...]
    generators: tuple[Generator, ...]

    @property
    def units(self) -> Size:
        """How many there are."""
        return self.axis.size

    @property
    def permutes(self) -> bool:
        """Whether they may change places; otherwise each may only be flipped or scaled where it is."""
        return not self.axis.fixed

    @property
    def dimension(self) -> Poly:
        """Of the continuous family that this layer alone brings."""
        n = Poly.of(self.units)
        match self.continuous:
            case "linear":
                return n * n
            case "rotations":
                return (n * n - n) * Fraction(1, 2)
            case _:
                return n * self.scalings


@dataclass(frozen=True, slots=True, eq=False)
class Symmetries:
    """The weight-space symmetries of a function: what permuting hidden units, flipping signs and scaling do to no effect.

    ``pools``: layers whose units change places with each other's; ``exchanges``: the ways in which whole parameters change places.
    ``more_flips``, ``more_scalings``: of whole parameters, beyond those of single units (negative where units of different layers do the same).
    """

    function: Expr
    parameters: tuple[Var, ...]
    structure: Structure
    layers: tuple[Layer, ...]
    pools: tuple[tuple[int, ...], ...]
    exchanges: int
    more_flips: int
    more_scalings: int
    wholes: tuple[Generator, ...]
    complete: bool
    more_directions: Directions | None

    @property
    def finite(self) -> bool:
        """Whether hidden units cannot be scaled or mixed continuously. There may be freedom of another kind: ``more_directions``."""
        return self.dimension == Poly.of(0)

    @property
    def dimension(self) -> Poly:
        return sum((layer.dimension for layer in self.layers), start=Poly.of(self.more_scalings))

    @property
    def flips(self) -> Poly:
        """The exponent of 2 in the count."""
        return sum((Poly.of(layer.units) * layer.flips for layer in self.layers), start=Poly.of(self.more_flips))

    @property
    def permuted(self) -> tuple[tuple[Size, Size], ...]:
        """The numbers of units that may change places with each other, 1 for those that may not, each with the exponent of 2 for their signs."""
        pooled = {k for pool in self.pools for k in pool}
        groups = [*self.pools, *((k,) for k in range(len(self.layers)) if k not in pooled)]
        found: list[tuple[Size, Size]] = []
        for group in sorted(groups):
            units = sum((Poly.of(self.layers[k].units if self.layers[k].permutes else 1) for k in group), start=Poly.of(0))
            flips = sum((Poly.of(self.layers[k].units) * self.layers[k].flips for k in group), start=Poly.of(0))
            found.append((size(units), size(flips)))
        return tuple(found)

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The count as a product: factorials, powers of 2 and plain numbers."""
        apart = self.more_flips >= 0
        found: list[Factor] = []
        for units, flips in self.permuted:
            found.append(("factorial", units))
            found.append(("power", flips if apart else 0))
        whole = next((n for n in range(2, 40) if factorial(n) == self.exchanges), None)
        found.append(("number", self.exchanges) if whole is None else ("factorial", whole))
        found.append(("power", self.more_flips if apart else size(self.flips)))
        return tuple(factor for factor in found if factor not in (("power", 0), ("number", 1), ("factorial", 1)))

    @property
    def count(self) -> str:
        """How many settings permuting and flipping make, the original included, as a formula in the sizes."""
        texts = {"factorial": lambda n: f"{units_text(n)}!", "power": power_text, "number": str}
        return " * ".join(texts[kind](n) for kind, n in self.factors) or "1"

    def value(self, sizes: Mapping[str, int]) -> int | None:
        """The count as a number, if the sizes in it are known and it has no more digits than Python writes down."""
        try:
            units = [int(Poly.of(n).at(sizes)) for n, _ in self.permuted]
            flips = int(self.flips.at(sizes))
        except KeyError:
            return None
        digits = (flips * log(2) + sum(lgamma(n + 1) for n in units)) / log(10)
        return 2**flips * prod(map(factorial, units)) * self.exchanges if digits < MOST_DIGITS else None

    @property
    def generators(self) -> tuple[Generator, ...]:
        return (*(one for layer in self.layers for one in layer.generators), *self.wholes)


def units_text(units: Size) -> str:
    """A size as a factor."""
    text = str(units)
    return text if re.fullmatch(r"\w+(\[\w+\])?", text) else f"({text})"


def power_text(exponent: Size) -> str:
    """2 to some size; nothing for 2⁰."""
    return "" if exponent == 0 else "2" if exponent == 1 else f"2**{units_text(exponent)}"
