"""Facts about data: what its numbers show of themselves, and whether they respect what was declared."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Var, intern
from byhand.lang.sizes import Size, shape_text
from byhand.read.statements import Declared, declared_shape
from byhand.run.bind import Value


def facts_of_data(array: Value) -> frozenset[str]:
    """``one_hot`` where every row is zeros with a single one, ``one_hot_columns`` where every column is.

    Byhand sees that by itself, so that targets need no declaration.
    """
    if array.ndim not in (1, 2) or not bool(np.all(np.equal(array, 0) | np.equal(array, 1))):
        return frozenset()
    found = {"one_hot": array.shape[-1] > 1 and _single_ones(array, -1), "one_hot_columns": array.ndim == 2 and array.shape[0] > 1 and _single_ones(array, 0)}
    return frozenset(fact for fact, holds in found.items() if holds)


def _single_ones(array: Value, axis: int) -> bool:
    return bool(np.all(np.sum(np.equal(array, 1), axis=axis) == 1))


def declared(statement: Declared, sizes: Mapping[str, Size]) -> Var:
    """The quantity that a declaration speaks of; ``ByhandError`` for a fact that no array of its shape can have."""
    shape = declared_shape(statement, sizes)
    for fact in statement.facts:
        if fact == "symmetric" and (len(shape) != 2 or shape[0] != shape[1]):
            need = "only a square matrix equals its transpose"
        elif fact == "full_column_rank" and len(shape) != 2:
            need = "only a matrix has columns"
        elif fact in ("one_hot", "sums_to_one") and not shape:
            need = "a single number has no entries to add up"
        else:
            continue
        raise ByhandError(f"{statement.name} cannot be declared {fact} with shape {shape_text(shape)}: {need}.", statement.at.line, statement.at.column)
    return intern(Var, statement.name, shape, frozenset(statement.facts))


def check_facts(variable: Var, array: Value) -> None:
    """``ByhandError`` where data contradicts a declared fact."""
    for fact in sorted(variable.facts):
        if not _holds(fact, array):
            raise ByhandError(f"the data of {variable.name} does not fit its declaration {fact}: {_NEEDS[fact]}.")


_NEEDS = {
    "positive": "every entry must be above 0",
    "nonnegative": "no entry may be below 0",
    "one_hot": "every row must hold a single 1 and zeros",
    "sums_to_one": "the entries along the last axis must sum to one",
    "signs": "every entry must be 1 or -1",
    "symmetric": "the matrix must equal its transpose",
    "full_column_rank": "the columns must be linearly independent",
}


def _holds(fact: str, array: Value) -> bool:
    match fact:
        case "positive":
            return bool(np.all(np.greater(array, 0)))
        case "nonnegative":
            return bool(np.all(np.greater_equal(array, 0)))
        case "one_hot":
            return bool(np.all(np.equal(array, 0) | np.equal(array, 1))) and _single_ones(array, -1)
        case "sums_to_one":
            return bool(np.allclose(np.asarray(np.sum(array, axis=-1), dtype=float), 1, rtol=0, atol=1e-9))
        case "signs":
            return bool(np.all(np.equal(np.abs(array), 1)))
        case "symmetric":
            return array.ndim == 2 and array.shape[0] == array.shape[1] and bool(np.all(np.equal(array, array.T)))
        case "full_column_rank":
            return array.ndim == 2 and int(np.linalg.matrix_rank(array.astype(float))) == array.shape[1]
        case _:
            return True
