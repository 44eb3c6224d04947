"""What there is to say of the Hessian that a step with its direction has met."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Var
from byhand.lang.update_rule import UpdateRule
from byhand.run.bind import Value

TOLERANCE = 1e-12


def judged(rule: UpdateRule, value: Value, parameters: Sequence[Var]) -> str:
    """What there is to say of a Hessian with numbers; ``ByhandError`` where no direction solves its equations."""
    matrix = value.astype(float)
    count = round(matrix.size**0.5)
    matrix = matrix.reshape((count, count))
    rank = int(np.linalg.matrix_rank(matrix))
    names = ", ".join(one.name for one in parameters)
    if rank < count:
        what = f"has rank {rank} of {count}" if count > 1 else "is 0"
        raise ByhandError(
            f"cannot take a step with rule={rule.name}: the Hessian in {names} {what} here, so H d = gradient has no single solution. "
            "A penalty such as lam * sum(w**2) mends it, or another rule."
        )
    eigenvalues = np.linalg.eigvalsh((matrix + matrix.T) / 2)
    if eigenvalues[0] < -TOLERANCE * max(1.0, abs(float(eigenvalues[-1]))):
        kind = "negative definite: the step goes towards a maximum" if eigenvalues[-1] < 0 else "indefinite: the step goes towards a saddle point"
        return f"The Hessian is {kind} (its smallest eigenvalue is {eigenvalues[0]:.6g}), so the loss may go up."
    return ""
