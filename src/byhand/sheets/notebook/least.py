"""Whether a formula gives the number that stands beside it: not where an inverse in it does not exist, and the solution of least norm was meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Inverse, Named, var
from byhand.lang.walk import postorder, substitute
from byhand.run.bind import Value
from byhand.run.evaluate import evaluate

SMALLEST = 1e-10
"""Singular values below this share of the largest one count as zero, as in ``pseudo_inverse``."""


def found_by(formula: Named, value: Value, data: Mapping[str, Value], sizes: Mapping[str, int]) -> Literal["formula", "pseudo-inverse"] | None:
    """What the number comes from: the formula as it is, or with pseudo-inverses in the place of its inverses; ``None`` if from neither."""
    if _is(formula.body, value, data, sizes):
        return "formula"
    inverses: dict[Expr, Expr] = {}
    numbers = dict(data)
    for node in postorder(formula.body):
        if isinstance(node, Inverse):
            matrix = _value(substitute(node.arg, inverses, enter_named=True), numbers, sizes)
            if matrix is None:
                return None
            inverses[node] = var(f"inverse {len(inverses)}", matrix.shape)
            numbers[f"inverse {len(inverses) - 1}"] = np.linalg.pinv(matrix, rcond=SMALLEST)
    return "pseudo-inverse" if inverses and _is(substitute(formula.body, inverses, enter_named=True), value, numbers, sizes) else None


def _is(body: Expr, value: Value, data: Mapping[str, Value], sizes: Mapping[str, int]) -> bool:
    found = _value(body, data, sizes)
    return found is not None and found.shape == value.shape and np.allclose(found, value.astype(float), rtol=1e-10, atol=1e-10)


def _value(body: Expr, data: Mapping[str, Value], sizes: Mapping[str, int]) -> Value | None:
    try:
        return evaluate([body], data, sizes).roots[0].astype(float)
    except ByhandError:
        return None
