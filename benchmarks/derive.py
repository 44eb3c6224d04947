"""Time and size of a derivation against depth, with peers in the same run.

The loss is that of a deep relu classifier with labels ±1,

    Σᵢ log(1 + exp(−yᵢ f_L(relu(… f₁(xᵢ))))),   f_l(z) = W_l z + b_l,

and all gradients are derived: 2L of them. Repetitions of all systems are interleaved; medians are reported. The size
is the number of nodes of the derived formulas, counted once where they are shared. Peers that are not installed are
left out (``pip install byhand[bench]``; tensorgrad comes with a framework of its own choosing).

    python benchmarks/derive.py [--repeat 5] [--depths 1,2,3,5,10,20,50] [--limit 60]
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from byhand.derive import derive
from byhand.lang.expr import Expr, Var, var
from byhand.lang.functions import total
from byhand.lang.leaves import exp, log, relu
from byhand.lang.walk import postorder

sys.path.insert(0, str(Path(__file__).parent))
DEPTHS = (1, 2, 3, 5, 10, 20, 50)


def network(depth: int) -> tuple[Expr, list[Var]]:
    """The loss and its parameters; the last layer has one output and no relu."""
    x, y = var("x", ("N", "d0")), var("y", ("N",), ["signs"])
    z: Expr = x
    parameters: list[Var] = []
    for layer in range(1, depth):
        W, b = var(f"W{layer}", (f"d{layer}", f"d{layer - 1}")), var(f"b{layer}", (f"d{layer}",))
        parameters += [W, b]
        z = relu(z @ W.T + b)
    w, b = var(f"w{depth}", (f"d{depth - 1}",)), var(f"b{depth}")
    return total(log(1 + exp(-y * (z @ w + b)))), [*parameters, w, b]


def byhand_once(depth: int) -> int:
    loss, parameters = network(depth)
    return len(postorder(*derive(loss, parameters).gradients.values()))


def sympy_once(depth: int) -> int:
    """SymPy's matrix expressions for one sample, column vectors; fails where its derivatives do."""
    from sympy import MatrixSymbol, count_ops, exp, log, symbols
    from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
    from sympy import Function, Lambda, Symbol, Heaviside

    y = symbols("y")
    t = Symbol("t")
    step = Lambda(t, t * Heaviside(t))
    z = MatrixSymbol("x", 4, 1)
    parameters = []
    for layer in range(1, depth):
        W, b = MatrixSymbol(f"W{layer}", 4, 4), MatrixSymbol(f"b{layer}", 4, 1)
        parameters += [W, b]
        z = ElementwiseApplyFunction(step, W * z + b)
    w, b = MatrixSymbol(f"w{depth}", 1, 4), MatrixSymbol(f"b{depth}", 1, 1)
    score = (w * z + b)[0, 0]
    loss = log(1 + exp(-y * score))
    return sum(count_ops(loss.diff(parameter)) for parameter in [*parameters, w, b])


def pytensor_once(depth: int) -> int:
    import pytensor.tensor as pt
    from pytensor.graph.traversal import ancestors

    x, y = pt.dmatrix("x"), pt.dvector("y")
    z, parameters = x, []
    for layer in range(1, depth):
        W, b = pt.dmatrix(f"W{layer}"), pt.dvector(f"b{layer}")
        parameters += [W, b]
        z = pt.maximum(z @ W.T + b, 0)
    w, b = pt.dvector(f"w{depth}"), pt.dscalar(f"b{depth}")
    loss = pt.log(1 + pt.exp(-y * (z @ w + b))).sum()
    gradients = pt.grad(loss, [*parameters, w, b])
    return sum(1 for _ in ancestors(gradients))


def tensorgrad_once(depth: int) -> int:
    import sympy
    import tensorgrad as tg
    from tensorgrad import functions as F

    sizes = sympy.symbols(" ".join(f"d{k}" for k in range(depth + 1)) + " N")
    *d, n = sizes
    x, y = tg.Variable("x", n, d[0]).rename(N="N") if False else tg.Variable("x", N=n, d0=d[0]), tg.Variable("y", N=n)
    z, parameters = x, []
    for layer in range(1, depth):
        W = tg.Variable(f"W{layer}", **{f"d{layer - 1}": d[layer - 1], f"d{layer}": d[layer]})
        b = tg.Variable(f"b{layer}", **{f"d{layer}": d[layer]})
        parameters += [W, b]
        z = F.relu(z @ W + b @ tg.Ones(N=n))
    w = tg.Variable(f"w{depth}", **{f"d{depth - 1}": d[depth - 1]})
    score = z @ w
    loss = F.sum(F.log(tg.Ones(N=n) + F.exp(-y * score)))
    return sum(len(str(tg.Derivative(loss, parameter).full_simplify())) for parameter in [*parameters, w])


SYSTEMS: dict[str, Callable[[int], int]] = {"byhand": byhand_once, "sympy": sympy_once, "pytensor": pytensor_once, "tensorgrad": tensorgrad_once}
