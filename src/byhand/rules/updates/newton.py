"""Newton's method: to the stationary point of the quadratic that fits the loss best where the parameters are now."""

from __future__ import annotations

from fractions import Fraction

from byhand.lang.build import inverse
from byhand.lang.expr import Expr
from byhand.lang.update_rule import Formula, UpdateRule


def _solution(g: Expr, hessian: Expr) -> Expr:
    """The d with H d = g."""
    return inverse(hessian) @ g if g.shape else g / hessian


NEWTON = UpdateRule(
    name="newton",
    title="Newton's method",
    summary="A step to the stationary point of the second-order approximation: w ← w − H⁻¹ g; with a rate below 1 it is damped.",
    rate=Fraction(1),
    direction=_solution,
    lines=(Formula("w", "update", "the step d solves H d = ∇L: there the approximation of second order is stationary", lambda q: q["w"] - q["eta"] * q["g"]),),
    source="Boyd and Vandenberghe, Convex Optimization, section 9.5",
)
