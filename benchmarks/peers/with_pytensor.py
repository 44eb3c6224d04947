"""PyTensor: ``grad`` for all parameters at once; the graph as it comes, before any rewriting."""

from __future__ import annotations

from typing import Any

import pytensor.tensor as pt
from pytensor.graph.traversal import ancestors
from worker import serve


def network(depth: int, prefix: str) -> tuple[Any, list[Any]]:
    x, y = pt.dmatrix(f"{prefix}x"), pt.dvector(f"{prefix}y")
    z, parameters = x, []
    for layer in range(1, depth):
        W, b = pt.dmatrix(f"{prefix}W{layer}"), pt.dvector(f"{prefix}b{layer}")
        parameters += [W, b]
        z = pt.maximum(z @ W.T + b, 0)
    w, b = pt.dvector(f"{prefix}w{depth}"), pt.dscalar(f"{prefix}b{depth}")
    return pt.log(1 + pt.exp(-y * (z @ w + b))).sum(), [*parameters, w, b]


def derived(problem: tuple[Any, list[Any]]) -> list[Any]:
    loss, parameters = problem
    return pt.grad(loss, parameters)


def sizes(gradients: list[Any]) -> dict[str, int]:
    """Variables of the graph, each once."""
    return {"nodes": len(set(ancestors(gradients)))}


if __name__ == "__main__":
    serve(network, derived, sizes)
