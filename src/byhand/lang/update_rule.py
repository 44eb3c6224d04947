"""What an update rule is: how one step of an optimiser makes new parameters from gradients, as formulas in byhand's own language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from byhand.lang.expr import Expr

Quantities: TypeAlias = Mapping[str, Expr]
"""What a formula may speak of: ``w`` the parameter, ``g`` its gradient, ``eta`` the learning rate, ``t`` the number of this step
from 1, each hyperparameter and each state by its name, and with a prime what a formula above has made: ``v'``."""

PARAMETER, GRADIENT, RATE, COUNT = "w", "g", "eta", "t"


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """A number of at least 0 that is chosen and not learned; ``below`` bounds it where training makes sense.

    ``symbol`` is its letter in formulas; ``others`` are more names it goes by.
    """

    name: str
    default: Fraction
    summary: str
    symbol: str
    others: tuple[str, ...] = ()
    below: Fraction | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What a rule remembers of each parameter between two steps: an array of its shape, filled with ``start`` before the first.

    ``measures``: whether it only measures how large gradients are, so that the rule would be linear in them if it stood still.
    """

    name: str
    summary: str
    start: Fraction = Fraction(0)
    measures: bool = False


@dataclass(frozen=True, slots=True)
class LineSlip:
    """A typical wrong version of a line, proved wrong by a test; ``message`` ends the sentence "matches what you get if …"."""

    id: str
    build: Callable[[Quantities], Expr]
    message: str


@dataclass(frozen=True, slots=True)
class Formula:
    """One line of a step. ``of``: the state it renews, ``w`` for the parameter, ``g`` for a changed gradient, or a name of its own.

    ``build`` makes the expression; ``only_with`` names a hyperparameter without which (at 0) the line is left out. ``slips`` are mistakes
    in this line that are special to the rule.
    """

    of: str
    title: str
    because: str
    build: Callable[[Quantities], Expr]
    only_with: str = ""
    slips: tuple[LineSlip, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdateRule:
    """An optimiser's step. ``name`` is what sheets call it, ``title`` what people do.

    ``lines`` are worked from top to bottom for each parameter, the last one being the parameter itself. Two kinds of rules put
    something else in the place of the gradient ``g``: with ``direction(g, H)`` it is made of the gradient g and the Hessian H
    of all parameters together, written as one vector and one matrix; with ``error(z, t)`` there is no loss, but a unit with
    score z and target t, and g = −error · ∂z/∂w; ``signed_error`` is the same for targets −1 and 1. ``rate`` is the learning
    rate where none is given on a sheet, ``usual_rate`` the one that training begins with if nobody says another. ``others`` are
    further names on sheets, ``source`` is where it was published.
    """

    name: str
    title: str
    summary: str
    lines: tuple[Formula, ...]
    source: str
    hyperparameters: tuple[Hyperparameter, ...] = ()
    states: tuple[State, ...] = ()
    others: tuple[str, ...] = ()
    rate: Fraction | None = None
    usual_rate: Fraction = Fraction(1, 10)
    direction: Callable[[Expr, Expr], Expr] | None = None
    error: Callable[[Expr, Expr], Expr] | None = None
    signed_error: Callable[[Expr, Expr], Expr] | None = None

    def option(self, word: str) -> Hyperparameter | None:
        """The hyperparameter that goes by this name."""
        return next((one for one in self.hyperparameters if word in (one.name, *one.others)), None)

    def takes(self) -> str:
        """The hyperparameters with their defaults, as in ``beta=0.9``."""
        return ", ".join(f"{one.name}={float(one.default):g}" for one in self.hyperparameters)
