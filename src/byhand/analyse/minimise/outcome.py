"""What ``minimise`` finds, as formulas and verdicts, before any page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from byhand.analyse.hessian import Hessian
from byhand.analyse.matrix.definite import Curvature
from byhand.analyse.minimise.normal import Equation
from byhand.lang.expr import Expr, Named, Var
from byhand.lang.names import Name
from byhand.run.bind import Value
from byhand.run.claim import Verdict

Why: TypeAlias = Literal["kinks", "higher"]
Ends: TypeAlias = Literal["minimum", "maximum", "saddle", "unbounded", "open"]
"""What the stationary point is; ``unbounded``: there is none; ``open``: that depends on values that are not known."""


def star_of(unknown: Var, tag: str = "") -> str:
    """What the solution is called: w*, or w_R* where w* has another meaning already."""
    return f"{unknown.name}{f'_{tag}' if tag else ''}*"


@dataclass(frozen=True, slots=True)
class Solved:
    """One unknown solved for; ``star`` is the solution under the unknown's name with a star.

    ``equation`` is H u = r, where it is a product; ``matrix`` and ``right`` are its two sides without u as formulas. ``alone`` is u in terms of
    unknowns that are not found yet, where there are any.
    """

    unknown: Var
    matrix: Expr
    right: Expr
    star: Named
    equation: Equation | None = None
    alone: Expr | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """An equality on which the answer rests, and what the prover says of it."""

    claim: str
    left: Expr
    right: Expr
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Numbers:
    """The normal equations with data: how many unknown numbers, how many independent equations, the eigenvalues' range.

    ``values``: the solution, the one of least norm where there are many; empty where there is none. ``least``: the loss there.
    """

    count: int
    rank: int
    low: float
    high: float
    solvable: bool
    values: dict[Name, Value]
    least: Value | None = None

    @property
    def condition(self) -> float:
        """The condition number of the normal equations: largest over smallest eigenvalue."""
        return self.high / self.low if self.low > 0 else float("inf")


@dataclass(frozen=True, slots=True)
class Minimum:
    """The answer: ``solved`` in the order in which the unknowns become known. ``why`` where there is no closed form."""

    loss: Named
    unknowns: tuple[Var, ...]
    second: Hessian
    curvature: Curvature
    ends: Ends
    solved: tuple[Solved, ...] = ()
    proofs: tuple[Proof, ...] = ()
    numbers: Numbers | None = None
    why: Why | None = None
    through: tuple[Expr, ...] = ()
    remarks: tuple[str, ...] = ()
    named: tuple[Named, ...] = ()
    tag: str = ""
    singular: bool = False
    """``named``: what the derivation of the gradient gave names to on the way; ``tag`` is part of the names with a star; ``singular``: the matrix
    of the normal equations has no inverse, at this data or whatever the data."""

    @property
    def stars(self) -> tuple[str, ...]:
        """The names of the solution, in the order of the unknowns."""
        return tuple(star_of(unknown, self.tag) for unknown in self.unknowns)

    @property
    def unique(self) -> bool:
        """Whether the minimum is unique without any further condition."""
        return self.ends == "minimum" and self.curvature.kind == "positive definite"
