"""What solving a sheet yields: for every statement what it comes to, as expressions and numbers, before any page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from byhand.derive import Derivation, Local
from byhand.lang.expr import Expr, Named, Var
from byhand.lang.names import Name
from byhand.run import Kink, Value, Verdict


@dataclass(frozen=True, slots=True)
class Given:
    """A quantity with its data, or declared without."""

    variable: Var
    value: Value | None


@dataclass(frozen=True, slots=True)
class Defined:
    """A quantity with its formula, and its value where the data is given."""

    quantity: Named
    value: Value | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A quantity that was asked for by its name; after steps ``name`` carries their primes."""

    name: Name
    quantity: Named | Var
    value: Value | None


@dataclass(frozen=True, slots=True)
class GradientOf:
    """A gradient that was asked for: ``needed`` are the gradients it is made of, in the order of the sweep, itself last."""

    gradient: Named
    derivation: Derivation
    needed: tuple[Named, ...]
    value: Value | None


@dataclass(frozen=True, slots=True)
class LocalOf:
    """A local derivative of any rank that was asked for."""

    local: Local
    value: Value | None


@dataclass(frozen=True, slots=True)
class Update:
    """One parameter after one step."""

    parameter: Var
    updated: Named
    value: Value | None


@dataclass(frozen=True, slots=True)
class Stepped:
    """Steps of gradient descent, each a tuple of updates from the same old values."""

    loss: Named
    derivation: Derivation
    needed: tuple[Named, ...]
    rounds: tuple[tuple[Update, ...], ...]


@dataclass(frozen=True, slots=True)
class At:
    """The value of a quantity with other inputs; for ``argmax`` the value is an index, or one for each row."""

    text: str
    quantity: Expr
    inputs: Mapping[Var, Value]
    value: Value
    argmax: bool


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim with what the prover says of it."""

    text: str
    left: Expr
    right: Expr
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Prose:
    text: str


Item: TypeAlias = Prose | Given | Defined | Asked | GradientOf | LocalOf | Stepped | At | Claimed


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the sheet that ends with a block: its letter, and everything in it in order.

    ``values`` are the numbers of all quantities met, at the moment of the part; ``kinks`` are values exactly on a kink.
    """

    label: str | None
    items: tuple[Item, ...]
    values: Mapping[Expr, Value]
    kinks: tuple[Kink, ...]


@dataclass(frozen=True, slots=True)
class Solution:
    """A solved sheet. ``steps_taken`` says how often each parameter has been updated at the end."""

    name: str
    title: str
    parts: tuple[Part, ...]
    steps_taken: Mapping[str, int]
