"""The lines from the gradient to the solution: set to zero, terms with the unknown collected, common factors divided out, solved."""

from __future__ import annotations

from collections.abc import Iterator

from byhand.analyse.matrix.formulas import formula, front_of, reciprocal
from byhand.analyse.matrix.words import Words, words
from byhand.analyse.minimise.normal import Equation, term_with, whole
from byhand.analyse.minimise.outcome import Minimum, Solved
from byhand.analyse.minimise.remarks import said
from byhand.derive.simplify import cost
from byhand.lang.expr import Expr, Var, filled, num
from byhand.lang.names import Grad
from byhand.lang.sizes import ONE
from byhand.lang.walk import postorder
from byhand.sheets.lines import Writer
from byhand.show.document import Line, StepLine
from byhand.show.unicode import text

LONGEST = 160
"""Names and signs of a formula that is shown whole."""


def steps_of(of: Minimum, solved: Solved, writer: Writer) -> tuple[StepLine, ...]:
    """The way to one unknown."""
    return tuple(_steps(of, solved, writer))


def _steps(of: Minimum, solved: Solved, writer: Writer) -> Iterator[StepLine]:
    x = solved.unknown
    gradient = of.second.gradients[of.unknowns.index(x)]
    zero = filled(0, x.shape) if x.shape else num(0)
    first = Line((writer.name(Grad(str(of.loss.name), x.name)), writer.formula(gradient), writer.formula(zero)))
    yield StepLine("set the gradient to zero", _condition(of), first)
    eq = solved.equation
    if eq is None:
        because = f"H {said(x.name)} = r, all entries of {said(x.name)} in one column; r is minus the gradient at 0"
        sides = (("H", solved.matrix), ("r", solved.right))
        for name, side in sides if cost(solved.matrix) <= LONGEST else ():
            yield StepLine(f"collect the terms with {said(x.name)}: {name}", because, Line((writer.formula(side),)))
        return
    if eq.put_in:
        names = " and ".join(said(one.name) for one in eq.put_in)
        yield StepLine(f"put in {names}", f"{names} as found above, and the terms with {said(x.name)} collected", _equality(writer, *_collected(eq)))
    else:
        because = f"multiply out, and take what is free of it to the other side{_symmetric(gradient)}"
        yield StepLine(f"collect the terms with {said(x.name)}", because, _equality(writer, *_collected(eq)))
    factored = _factored(eq)
    if factored != _collected(eq):
        yield StepLine(*_divided(eq, writer), _equality(writer, *factored))
    if x.shape or solved.alone is not None or formula(eq.matrix, 0) is not num(1):
        yield _last(of, solved, eq, writer)


def _condition(of: Minimum) -> str:
    names = " and ".join(said(x.name) for x in of.unknowns)
    return f"where {said(of.loss.name)} is smallest (or largest), it changes in no direction; its gradient is affine in {names}, so this is a linear equation"


def _symmetric(gradient: Expr) -> str:
    """What was used of matrices declared symmetric."""
    names = dict.fromkeys(said(node.name) for node in postorder(gradient) if isinstance(node, Var) and "symmetric" in node.facts)
    return "; " + " and ".join(f"{name}ᵀ = {name}" for name in names) + ", being symmetric" if names else ""


def _equality(writer: Writer, left: Expr, right: Expr) -> Line:
    return Line((writer.formula(left), writer.formula(right)))


def _collected(eq: Equation) -> tuple[Expr, Expr]:
    """Σ … w = …, multiplied out."""
    rank = len(eq.unknown.shape)
    again = eq.divided
    left = whole(eq, eq.matrix.times(again))
    return formula(left, rank), formula(eq.right.times(again), rank)


def _factored(eq: Equation) -> tuple[Expr, Expr]:
    """(…) w = …, the unknown taken out."""
    rank = len(eq.unknown.shape)
    right = formula(eq.right, rank)
    if rank == 0:
        return formula(eq.matrix, 0) * eq.unknown, right
    matrix = formula(eq.matrix)
    if all(not term.factors for term in eq.matrix.terms):
        return formula(eq.matrix @ _single(eq.unknown), rank), right
    if eq.side == "left":
        return matrix @ eq.unknown, right
    if eq.side == "right":
        return eq.unknown @ matrix, right
    assert eq.other is not None
    return matrix @ eq.unknown @ formula(eq.other), right


def _single(unknown: Var) -> Words:
    return words([term_with(unknown, None)], unknown.shape[0] if unknown.shape else 1, unknown.shape[1] if len(unknown.shape) == 2 else 1)


def _divided(eq: Equation, writer: Writer) -> tuple[str, str]:
    divisor = eq.divided
    many = len(eq.matrix.terms) > 1
    out = f"take {said(eq.unknown.name)} out of the bracket" if many else ""
    if divisor.number == ONE and not divisor.factors:
        return out or "write it as a product", "the terms share it as a factor" if many else "the same equation"
    inverse = front_of(reciprocal(divisor))
    times = cost(inverse) < cost(front_of(divisor)) or any(exponent < 0 for exponent in divisor.factors.values())
    by = text(writer.formula(inverse if times else front_of(divisor)))
    rule = f"{'multiply' if times else 'divide'} by {by}"
    return (f"{rule}, and {out}" if out else rule), "both sides have it as a factor" if not times else "it is not zero, and clears the fraction"


def _last(of: Minimum, solved: Solved, eq: Equation, writer: Writer) -> StepLine:
    star = (writer.name(solved.star.name), writer.formula(solved.star.body))
    line = Line(star if solved.alone is None else (writer.name(solved.unknown.name), writer.formula(solved.alone)))
    if all(not term.factors for term in eq.matrix.terms):
        return StepLine("solve", f"divide by {text(writer.formula(formula(eq.matrix, 0)))}", line)
    what = text(writer.formula(formula(eq.matrix)))
    matrix = what if " " not in what or not any(sign in what for sign in "+−") else "the matrix in front"
    bent = of.curvature
    if bent.definite and not bent.semi:
        return StepLine("solve", f"these are the normal equations; {matrix} is definite (see below), so it has an inverse", line)
    return StepLine("solve", f"these are the normal equations; solved where {matrix} has an inverse", line)
