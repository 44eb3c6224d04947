"""SymPy: matrix expressions with ``ElementwiseApplyFunction``, one ``diff`` for each parameter.

The form is the one that goes furthest and is right as far as it goes: samples as columns, no biases (the derivative
with respect to a bias fails), labels as the diagonal matrix Y = diag(y), ones as a matrix symbol. Other forms do worse:
through the entry ``[0, 0]`` or a ``Trace`` of the score SymPy returns zero for every gradient, and with the loss as a
``Trace`` it returns gradients that are wrong at numbers.
"""

from __future__ import annotations

from typing import Any

from sympy import Lambda, MatrixSymbol, Max, Symbol, exp, log, preorder_traversal
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from worker import serve, visible

t = Symbol("t", real=True)
RELU = Lambda(t, Max(0, t))
LOGISTIC_LOSS = Lambda(t, log(1 + exp(-t)))


def _size(name: str) -> Symbol:
    return Symbol(name, integer=True, positive=True)


def network(depth: int, prefix: str) -> tuple[Any, list[Any]]:
    n = _size("N")
    d = [_size(f"d{k}") for k in range(depth)]
    z, Y, ones = MatrixSymbol(f"{prefix}X", d[0], n), MatrixSymbol(f"{prefix}Y", n, n), MatrixSymbol("ones", n, 1)
    parameters = []
    for layer in range(1, depth):
        W = MatrixSymbol(f"{prefix}W{layer}", d[layer], d[layer - 1])
        parameters.append(W)
        z = ElementwiseApplyFunction(RELU, W * z)
    w = MatrixSymbol(f"{prefix}w{depth}", d[depth - 1], 1)
    return ones.T * ElementwiseApplyFunction(LOGISTIC_LOSS, (w.T * z * Y).T.doit()), [*parameters, w]


def derived(problem: tuple[Any, list[Any]]) -> list[Any]:
    loss, parameters = problem
    return [loss.diff(parameter) for parameter in parameters]


def sizes(gradients: list[Any]) -> dict[str, int]:
    """Different subexpressions."""
    parts = {part for gradient in gradients for part in preorder_traversal(gradient)}
    return {"nodes": len(parts), "characters": sum(visible(str(gradient)) for gradient in gradients)}


if __name__ == "__main__":
    serve(network, derived, sizes)
