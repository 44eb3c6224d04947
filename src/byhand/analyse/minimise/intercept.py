"""Whether a penalty on all weights covers the weight of a constant column as well, the intercept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from byhand.analyse.matrix.definite import Curvature, Form
from byhand.analyse.matrix.words import product
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var
from byhand.run.bind import Value
from byhand.run.evaluate import evaluate

COUNTED = ("first", "second", "third", "fourth", "fifth")


def penalised(bent: Curvature, unknown: Var, data: Mapping[str, Value], sizes: Mapping[str, int]) -> Iterator[str]:
    """One sentence, where the data has a constant column, or might have one; nothing without a penalty on every weight."""
    if len(unknown.shape) != 1 or not any(_is_penalty(form) for form in bent.forms):
        return
    for form in bent.forms:
        matrix = product(form.left) if len(form.left) == 1 and not form.right else None
        if isinstance(matrix, (Var, Named)) and len(matrix.shape) == 2:
            columns = _constant_columns(matrix, data, sizes)
            if columns is None:
                yield f"If {matrix.name} has a constant column, its weight is the intercept, and this penalty covers it as well."
            elif columns:
                which = f"{COUNTED[columns[0]]} column" if columns[0] < len(COUNTED) else f"column {columns[0] + 1}"
                yield (
                    f"The {which} of {matrix.name} is constant: its weight is the intercept, and this penalty shrinks it as well. "
                    f"To leave it out, penalise the other weights alone{f', as in sum({unknown.name}[1:]**2)' if columns[0] == 0 else ''}."
                )
            return


def _is_penalty(form: Form) -> bool:
    return not form.left and not form.right and form.weight is None


def _constant_columns(matrix: Expr, data: Mapping[str, Value], sizes: Mapping[str, int]) -> list[int] | None:
    """The columns with one number in every row, not 0; ``None`` without data."""
    try:
        value = evaluate([matrix], data, sizes).roots[0]
    except ByhandError:
        return None
    return [k for k in range(value.shape[1]) if len(value) and value[0, k] != 0 and all(entry == value[0, k] for entry in value[:, k])]
