"""Products as paper and NumPy write them: which one is meant follows from the shapes and from how vectors lie."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Literal

from byhand.lang.build import inverse
from byhand.lang.errors import ByhandError, ShapeError
from byhand.lang.expr import Expr, add, as_number, describe, eye, is_zero
from byhand.lang.functions import outer
from byhand.lang.sizes import shape_text
from byhand.read.limits import check_power
from byhand.read.syntax import At
from byhand.read.value import ATOM, POWER, PRODUCT, SIGN, SUM, UNIT, Value, checked, infix, negative

Vectors = Literal["columns", "rows"]


def is_column(value: Value, vectors: Vectors) -> bool:
    return (vectors == "columns") != value.flipped


def juxtaposed(left: Value, right: Value, vectors: Vectors) -> Value:
    """Two factors side by side: a multiple, a dot product, an outer product or a matrix product."""
    if left.unit or right.unit:
        return _unit_product(left, right)
    if not left.rank or not right.rank or (left.expr.shape == (1,) and right.rank == 2 and right.expr.shape[0] != 1):
        return hadamard("*", left, right)  # an output layer with one unit is a number
    if left.rank == right.rank == 1:
        return _two_vectors(left, right, vectors)
    if left.rank == 1:
        return _lying(matrix_product(left, right), left, not is_column(left, vectors), "left", right)
    if right.rank == 1 and right.paper and left.expr.shape[-1] == 1 and not is_column(right, vectors):
        return outer_product(left, right)
    if right.rank == 1:
        return _lying(matrix_product(left, right), right, is_column(right, vectors), "right", left)
    return matrix_product(left, right)


def _lying(product: Value, vector: Value, fits: bool, side: str, matrix: Value) -> Value:
    """The product of a matrix and a vector, refused if the vector is marked to lie the other way."""
    if vector.paper and not fits:
        kind = "row" if side == "right" else "column"
        raise ShapeError(
            f"{describe(vector.expr)} is marked as a {kind} here, so it cannot stand on the {side} of {describe(matrix.expr)} in a matrix product."
        )
    return product.lying_as(vector)


def _two_vectors(left: Value, right: Value, vectors: Vectors) -> Value:
    first, second = is_column(left, vectors), is_column(right, vectors)
    if first and not second:
        return Value(outer(left.expr, right.expr), f"outer({left.text}, {right.text})")
    if second and not first:
        return infix("@", left, right, left.expr @ right.expr)
    if left.text[:1] == right.text[:1] == "[":
        raise ShapeError("two lists stand side by side; a comma or an operator is missing between them.")
    a, b = describe(left.expr), describe(right.expr)
    dot, cross = (f"{a}ᵀ {b}", f"{a} {b}ᵀ") if vectors == "columns" else (f"{a} {b}ᵀ", f"{a}ᵀ {b}")
    raise ShapeError(
        f"{a} and {b} stand side by side, and both are {vectors}: write {dot} for the dot product, {cross} for the outer product, "
        f"{a} ⊙ {b} for the product of entries."
    )


def matrix_product(left: Value, right: Value) -> Value:
    return infix("@", left, right, left.expr @ right.expr)


def at_sign(left: Value, right: Value, vectors: Vectors) -> Value:
    """NumPy's ``@``; a transpose in paper notation still says which way a vector lies."""
    if left.unit or right.unit or (left.rank and right.rank and (left.paper or right.paper)):
        return juxtaposed(left, right, vectors)
    return matrix_product(left, right)


def dotted(left: Value, right: Value, vectors: Vectors) -> Value:
    """``·``: of two vectors the dot product, otherwise what standing side by side means."""
    if left.rank == right.rank == 1 and not left.paper and not right.paper:
        return matrix_product(left, right)
    return juxtaposed(left, right, vectors)


def hadamard(op: str, left: Value, right: Value) -> Value:
    """Entry by entry, with ``*`` or ``/``."""
    if left.unit or right.unit:
        return _unit_product(left, right) if op == "*" else _unit_quotient(left, right)
    if op == "/" and is_zero(right.expr):
        raise ByhandError(f"cannot divide {describe(left.expr)} by zero.")
    _same_direction(left, right, "multiply" if op == "*" else "divide")
    _few_terms(left.expr, right.expr)
    found = infix(op, left, right, checked(left.expr * right.expr if op == "*" else left.expr / right.expr))
    return found.lying_as(right if right.rank == 1 else left)


def outer_product(left: Value, right: Value) -> Value:
    return Value(outer(left.expr, right.expr), f"outer({left.text}, {right.text})")


def _few_terms(left: Expr, right: Expr) -> None:
    first, second = as_number(left), as_number(right)
    if first is not None and second is not None and len(first.terms) * len(second.terms) > 400:
        raise ShapeError("a number in this formula grows too large to be written down.")


def _same_direction(left: Value, right: Value, doing: str) -> None:
    if left.rank == right.rank == 1 and left.flipped != right.flipped and (left.paper or right.paper):
        raise ShapeError(f"cannot {doing} {describe(left.expr)} and {describe(right.expr)}: one is marked as a row and the other is a column.")


def raised_to(base: Value, exponent: Value, mark: str) -> Value:
    """A power, entry by entry; on paper A^(-1) of a matrix is its inverse."""
    number = as_number(exponent.expr)
    constant = number.constant if number is not None else None
    if base.unit or exponent.unit:
        raise ShapeError("the size of this identity matrix is not known here; write I_n or eye(n).")
    if constant is not None:
        check_power(constant)
        _check_growth(base.expr, constant)
    if mark == "^" and constant == -1 and base.rank >= 2:
        return Value(inverse(base.expr), f"inv({base.text})")
    if constant is not None and constant < 0 and is_zero(base.expr):
        raise ByhandError("cannot raise zero to a negative power.")
    text = f"{base.within(ATOM)}**{exponent.within(ATOM) if exponent.level != SIGN else exponent.text}"
    return Value(checked(base.expr**exponent.expr), text, POWER).lying_as(base)


def _check_growth(base: Expr, exponent: Fraction) -> None:
    """Refuse powers of numbers that nobody could write down."""
    number = as_number(base)
    fixed = number.constant if number is not None else None
    if fixed is not None and max(fixed.numerator.bit_length(), fixed.denominator.bit_length()) * abs(exponent) > 8192:
        raise ByhandError("a number in this formula grows too large to be written down.")


def transposed(value: Value, paper: bool) -> Value:
    """Aᵀ with all axes in reverse order, as NumPy has it; or for a vector which way it lies."""
    if value.unit or not value.rank:
        return value
    if value.rank == 1:
        return replace(value, flipped=not value.flipped, paper=paper or value.paper)
    return Value(value.expr.T, f"{value.within(ATOM)}.T")


# --------------------------------------------------------------------------------------------------- sums


def total(terms: list[tuple[bool, Value, At]]) -> Value:
    """Signed terms, each with the place of its sign, added from left to right; runs of one shape in one go."""
    values = _sized_alike([value for _, value, _ in terms])
    signed = [negative(value) if minus else value for (minus, _, _), value in zip(terms, values)]
    run, lies = [signed[0].expr], signed[0]
    for (minus, _, place), value in zip(terms[1:], signed[1:]):
        try:
            _same_direction(lies, value, "subtract" if minus else "add")
            if value.expr.shape == run[0].shape:
                run.append(value.expr)
            else:
                run = [add(run) + value.expr]
        except ByhandError as problem:
            raise problem.at(place.line, place.column) from problem.__cause__
        lies = value if value.rank >= lies.rank else lies
    text = values[0].within(SUM) if not terms[0][0] else signed[0].text
    text += "".join(f" {'-' if minus else '+'} {value.within(PRODUCT)}" for (minus, _, _), value in zip(terms[1:], values[1:]))
    return replace(Value(checked(add(run)), text, SUM).lying_as(lies), unit=values[0].unit)


def _sized_alike(values: list[Value]) -> list[Value]:
    """Identities without a size get it from what they are added to."""
    beside = next((value for value in values if not value.unit), None)
    return values if beside is None else [_sized(value, beside) for value in values]


# ------------------------------------------------------------------------------------ identities without a size


def _unit_product(left: Value, right: Value) -> Value:
    unit, other = (left, right) if left.unit else (right, left)
    if other.unit or not other.rank:
        text = f"{left.within(PRODUCT)} * {right.within(SIGN)}"
        return Value(unit.expr * other.expr, text, PRODUCT, unit=True)
    factor = as_number(unit.expr)
    if factor is not None and factor.constant == 1:
        return other
    return infix("*", replace(unit, unit=False), other, unit.expr * other.expr).lying_as(other)


def _unit_quotient(left: Value, right: Value) -> Value:
    if right.unit or right.rank:
        raise ShapeError("cannot divide by an identity matrix; multiply by an inverse instead.")
    return Value(left.expr / right.expr, f"{left.within(PRODUCT)} / {right.within(SIGN)}", PRODUCT, unit=True)


def _sized(value: Value, beside: Value) -> Value:
    """λ I beside a square matrix: the identity has its size."""
    if not value.unit:
        return value
    shape = beside.expr.shape
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ShapeError(f"I stands beside {describe(beside.expr)}, whose shape is {shape_text(shape)}; only a square matrix gives an identity its size.")
    return replace(value, expr=value.expr * eye(shape[0]), text=value.text.replace(UNIT, f"eye({shape[0]})"), unit=False)
