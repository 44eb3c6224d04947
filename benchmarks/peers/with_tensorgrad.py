"""tensorgrad: ``Derivative(loss, parameter).simplify()`` for each parameter; without ``simplify`` nothing is derived."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import sympy
import tensorgrad as tg
from tensorgrad import functions as F
from worker import serve, visible

sys.setrecursionlimit(20_000)  # its functions recurse over formulas; Python's own limit stops them before L = 50


def network(depth: int, prefix: str) -> tuple[Any, list[Any]]:
    n, d = sympy.Symbol("N"), [sympy.Symbol(f"d{k}") for k in range(depth)]
    z, y = tg.Variable(f"{prefix}x", n, d[0]), tg.Variable(f"{prefix}y", n)
    parameters = []
    for layer in range(1, depth):
        W, b = tg.Variable(f"{prefix}W{layer}", d[layer], d[layer - 1]), tg.Variable(f"{prefix}b{layer}", d[layer])
        parameters += [W, b]
        z = F.relu(z @ W + b)
    w, b = tg.Variable(f"{prefix}w{depth}", d[depth - 1]), tg.Variable(f"{prefix}b{depth}")
    return F.sum(F.log(1 + F.exp(-(y * (z @ w + b))))), [*parameters, w, b]


def derived(problem: tuple[Any, list[Any]]) -> list[Any]:
    loss, parameters = problem
    return [tg.Derivative(loss, parameter).simplify() for parameter in parameters]


def sizes(gradients: list[Any]) -> dict[str, int]:
    """Tensor objects, each once: nothing makes equal ones the same object, so this is nearly the tree."""
    seen: set[int] = set()
    stack = list(gradients)
    while stack:
        tensor = stack.pop()
        if id(tensor) not in seen:
            seen.add(id(tensor))
            stack.extend(_below(tensor))
    return {"nodes": len(seen), "characters": sum(visible(str(gradient)) for gradient in gradients)}


def _below(tensor: Any) -> Iterator[Any]:
    for value in vars(tensor).values():
        yield from (part for part in (value if isinstance(value, (list, tuple)) else (value,)) if isinstance(part, tg.Tensor))


if __name__ == "__main__":
    serve(network, derived, sizes)
