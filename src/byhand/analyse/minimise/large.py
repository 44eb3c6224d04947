"""A second look at sizes where one letter is much larger than the others: there matrices such as XᵀX have inverses.

The prover draws small sizes, at which a formula with many blocks may have no value at all.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var
from byhand.lang.walk import postorder, size_letters
from byhand.run.algebra import Measure
from byhand.run.bind import Value
from byhand.run.claim import Verdict
from byhand.run.evaluate import evaluate
from byhand.run.sampling import floats

LARGE = 24


def has_inverse(matrix: Expr) -> bool:
    """Whether it has one for some random values, or has no value at any of them."""
    if len(matrix.shape) != 2:
        return True
    found = [value.astype(np.float64) for value in _values(matrix)]
    return not found or any(np.linalg.matrix_rank(value) == len(value) for value in found)


def vanishes(formula: Expr) -> Verdict | None:
    """Whether it is zero to many digits at random values; ``None`` where it has none."""
    found = list(_values(formula))
    if not found:
        return None
    small = all(np.abs(value.astype(np.float64)).max(initial=0.0) < 1e-7 for value in found)
    return Verdict("holds", "float") if small else Verdict("undecided", "float", None, "floats do not decide it.")


def _values(formula: Expr) -> Iterator[Value]:
    variables = list({node.name: node for node in postorder(formula) if isinstance(node, Var)}.values())
    letters = sorted({letter for node in postorder(formula) for letter in size_letters(node)})
    for seed, large in enumerate(letters or [""]):
        sizes = {letter: LARGE if letter == large else 2 + k for k, letter in enumerate(letters)}
        try:
            data = floats(variables, Measure(sizes), 1, seed)
            yield evaluate([formula], {node.name: data[node][0] for node in variables}, sizes).roots[0]
        except ByhandError:
            continue
