"""A look from outside: in how many directions can the parameters move, at first order, without the function changing?

The function's values at many inputs have gradients with respect to the parameters; what all of these gradients are blind to are
the directions of continuous families. Their number is compared with that of the families found from the structure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from byhand.analyse.symmetries.grading import Structure
from byhand.derive import derive
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Map, Pick, Var, named, var
from byhand.lang.functions import total
from byhand.lang.sizes import Poly
from byhand.run.algebra import Measure
from byhand.run.claim import claim
from byhand.run.evaluate import evaluate
from byhand.run.sampling import floats

MOST_PARAMETERS = 150
"""Of larger networks only the structure is looked at."""
SETTINGS = 5
"""Tried one after the other, since at a special one, where a relu never lets anything through, there are directions that others lack."""
CLEARLY = 1e-8


@dataclass(frozen=True, slots=True)
class Directions:
    """At these sizes: how many directions there are beyond those found from the structure."""

    sizes: Mapping[str, int]
    more: int


def directions(y: Expr, parameters: tuple[Var, ...], structure: Structure, dimension: Poly) -> Directions | None:
    """``None`` where there are no more, or nothing can be said: of a large network, of jumps, where rounding leaves doubt."""
    if any(isinstance(node, Pick) or (isinstance(node, Map) and node.leaf.kinked and structure.argument(node) is None) for node in structure.function.order):
        return None
    if any(structure.argument(node) is not None and structure.activations.of(node).degree == 0 for node in structure.order()):
        return None
    try:
        return _more(y, parameters, structure.activations.fresh("g"), dimension)
    except ByhandError:
        return None


def _more(y: Expr, parameters: tuple[Var, ...], name: str, dimension: Poly) -> Directions | None:
    about = claim(y, y)
    weights = var(name, y.shape)
    for measure in islice(about.measures(0), 2):
        count = sum(int(np.prod(measure.dims(one.shape))) for one in parameters)
        if count <= MOST_PARAMETERS:
            gradients = derive(named("L", total(weights * y)), list(parameters)).gradients
            roots = [gradients[one.name] for one in parameters if one.name in gradients]
            known = count - int(dimension.at(measure.sizes))
            decided: list[int] = []
            for seed in range(SETTINGS):
                rank = _rank(roots, parameters, (*about.variables, weights), measure, count + 10, seed)
                decided += [] if rank is None else [rank]
                if rank is not None and rank >= known:
                    return None
            return Directions(measure.sizes, known - max(decided)) if len(decided) > 1 else None
    return None


def _rank(roots: Sequence[Expr], parameters: tuple[Var, ...], variables: tuple[Var, ...], measure: Measure, points: int, seed: int) -> int | None:
    """The rank of the gradients at one setting of the parameters, over many inputs."""
    data = {node.name: array for node, array in floats(variables, measure, points, seed).items()}
    fixed = {one.name: data[one.name][1] for one in parameters}
    rows: list[NDArray[np.float64]] = []
    for k in range(points):
        here = {name: fixed.get(name, array[k]) for name, array in data.items()}
        rows.append(np.concatenate([root.astype(float).ravel() for root in evaluate(roots, here, measure.sizes, exact=False).roots]))
    return _numeric_rank(np.array(rows))


def _numeric_rank(matrix: NDArray[np.float64]) -> int | None:
    scale = np.abs(matrix).max(axis=1, keepdims=True, initial=0.0)
    values = np.linalg.svd(matrix / np.where(scale > 0, scale, 1), compute_uv=False)
    if not np.isfinite(values).all() or not values.size:
        return None
    relative = values / max(values[0], 1e-300)
    clear = relative > CLEARLY
    doubtful = (relative > CLEARLY * 1e-4) & (relative < CLEARLY * 1e4)
    return None if doubtful.any() else int(clear.sum())
