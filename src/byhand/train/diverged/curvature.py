"""The largest eigenvalue of the Hessian of a loss, from products H·v alone, which are formulas too.

The gradients are formulas; so is their product with a direction, s = Σ ⟨∂L/∂W, v_W⟩, and its gradient by the parameters is H·v exactly
(Pearlmutter 1994). It is derived like every other and run like every other. Lanczos's method (1950) finds the eigenvalue from a
few dozen products: it is power iteration that forgets nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TypeAlias

import numpy as np

from byhand.compile.lower import lowered
from byhand.compile.program import Program
from byhand.derive import Derivation, derive
from byhand.lang.expr import Expr, Var, add, filled, named, var
from byhand.lang.functions import total
from byhand.run.arrays import Array
from byhand.train.model.names import free_name

Vectors: TypeAlias = "dict[str, Array]"
_MOST_PRODUCTS = 40
_CLOSE = 1e-3


@dataclass(frozen=True, slots=True)
class Curvature:
    """``program`` works out H·v, parameter by parameter, from everything the loss needs and ``directions``, one for each parameter."""

    program: Program
    parameters: tuple[Var, ...]
    directions: tuple[Var, ...]

    @classmethod
    def of(cls, derivation: Derivation, parameters: Sequence[Var]) -> Curvature:
        """From the gradients of the loss."""
        taken = {str(name) for name in derivation.gradients} | {str(node.name) for node in derivation.forward}
        directions: list[Var] = []
        for one in parameters:
            directions.append(var(free_name(f"d_{one.name}", taken), one.shape))
            taken.add(directions[-1].name)
        slope = named(free_name("slope", taken), add([total(derivation.gradients[one.name] * way) for one, way in zip(parameters, directions)]))
        second = derive(slope, parameters).gradients
        products: list[Expr] = [second[one.name] if one.name in second else filled(0, one.shape) for one in parameters]
        return cls(lowered(products), tuple(parameters), tuple(directions))

    def largest(self, run: Callable[[Mapping[str, Array]], list[Array]], inputs: Mapping[str, Array], scale: Vectors, seconds: float = 5.0) -> float:
        """The largest eigenvalue of P½HP½ at these inputs; ``scale`` is P, entry by entry; to about a thousandth, or as near as there is time for.

        NaN where a product is not finite.
        """
        roots = [np.sqrt(scale[one.name]) for one in self.parameters]
        until = perf_counter() + seconds

        def product(vector: Array) -> Array:
            ways = [root * piece for root, piece in zip(roots, _pieces(vector, roots))]
            found = run({**inputs, **{one.name: way for one, way in zip(self.directions, ways)}})
            return np.concatenate([(root * np.asarray(one, dtype=np.float64)).ravel() for root, one in zip(roots, found)])

        return _lanczos(product, sum(root.size for root in roots), lambda: perf_counter() > until)


def _pieces(vector: Array, like: Sequence[Array]) -> list[Array]:
    ends = np.cumsum([one.size for one in like])
    return [piece.reshape(one.shape) for piece, one in zip(np.split(vector, ends[:-1]), like)]


def _lanczos(product: Callable[[Array], Array], length: int, late: Callable[[], bool]) -> float:
    """The largest eigenvalue of a symmetric matrix that is known by its products."""
    now = np.random.Generator(np.random.Philox(0)).standard_normal(length)
    now /= np.linalg.norm(now)
    before, off = np.zeros(length), 0.0
    diagonal: list[float] = []
    beside: list[float] = []
    largest = float("nan")
    for step in range(min(length, _MOST_PRODUCTS)):
        fresh = product(now) - off * before
        diagonal.append(float(fresh @ now))
        fresh -= diagonal[-1] * now
        if not np.isfinite(diagonal[-1]):
            return float("nan")
        found = float(np.linalg.eigvalsh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))[-1])
        done = step > 4 and abs(found - largest) <= _CLOSE * abs(found)
        largest, off = found, float(np.linalg.norm(fresh))
        if done or late() or off <= 1e-12 * max(abs(found), 1e-300):
            break
        beside.append(off)
        before, now = now, fresh / off
    return largest
