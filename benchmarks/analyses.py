"""How long an answer takes that is more than gradients: each task on a sheet of its own, warm, from text to JSON.

    python benchmarks/analyses.py [--repeat 7] [--json FILE]

Beside ``minimise`` and ``rates`` stands SymPy, asked for the same minimum and the same eigenvalues of 4 × 4 data with exact rationals; it has no matrix
derivative that solves them with letters for sizes. The exit status is 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from report import Check, milliseconds, save, table

from byhand.app.render import render
from byhand.app.solving import solve_text

try:
    import sympy
except ImportError:
    sympy = None
EXAMPLES = Path(__file__).parent.parent / "examples"
DATA = "A = [[4, 1, 0, 1], [1, 3, 1, 0], [0, 1, 5, 1], [1, 0, 1, 6]]\nb = [1, 2, 3, 4]\nx : (4,)\nf = 0.5 * x @ A @ x - b @ x\n"
LINEAR = "X : (m, n), y : (m,), w : (n,)\nlam : () positive\nL = sum((X @ w - y)**2) + lam * sum(w**2)\n"
DEEP = "x : (N,)\nW1 : (M, N)\nb1 : (M,)\nW2 : (P, M)\nW3 : (K, P)\ny = W3 @ tanh(W2 @ tanh(W1 @ x + b1))\n"
SMALL = "x = [1, 2]\nw = [0.5, -3]\nt = 1\ns = w @ x\ny = sigmoid(s)\nE = 0.5 * (y - t)**2\nC = -(t * log(y) + (1 - t) * log(1 - y))\n"
STEPS = "w = [1, -2]\nA = [[2, 1], [1, 3]]\nf = 0.5 * w @ A @ w\n"

SHEETS: tuple[tuple[str, str, float], ...] = (
    ("minimise, letters for sizes", LINEAR + "minimise(L, w)", 0.5),
    ("minimise, data", DATA + "minimise(f, x)", 0.5),
    ("rates, letters for sizes", LINEAR + "rates(L, w)", 0.5),
    ("rates, data", DATA + "rates(f, x)", 0.5),
    ("symmetries, two hidden layers", DEEP + "symmetries(y, [W1, b1, W2, W3])", 0.5),
    ("draw", DEEP + "draw(y)", 0.5),
    ("compare", SMALL + "compare(E, C)", 1.0),
    ("100 steps of Adam", STEPS + "step(f, [w], rate=0.01, rule=adam, times=100)", 1.0),
    ("c1: any depth, by induction", "c1-deep-relu.md", 10.0),
)
"""What is asked, the block or the example, and the target in seconds."""


def answered(text: str) -> None:
    """From text to the JSON answer, as a program would have it."""
    sheet = (EXAMPLES / text).read_text(encoding="utf-8") if text.endswith(".md") else f"```byhand\n{text}\n```\n"
    json.loads(render(solve_text(sheet), "json"))


def with_sympy() -> dict[str, Callable[[], object]]:
    """The same questions to SymPy, where it is installed."""
    if sympy is None:
        return {}
    matrix = sympy.Matrix([[4, 1, 0, 1], [1, 3, 1, 0], [0, 1, 5, 1], [1, 0, 1, 6]])
    x = sympy.Matrix(sympy.symbols("x:4"))
    f = (x.T * matrix * x)[0] / 2 - (sympy.Matrix([[1, 2, 3, 4]]) * x)[0]
    return {
        "minimise, data": lambda: sympy.solve([sympy.diff(f, one) for one in x], list(x)),
        "rates, data": lambda: [root.evalf() for root in sympy.hessian(f, list(x)).charpoly().all_roots()],
    }


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description="Time of the analyses.")
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--json", type=Path, help="also write everything measured to this file")
    options = parser.parse_args()
    peers = with_sympy()
    work = {name: lambda text=text: answered(text) for name, text, _ in SHEETS}
    for one in (*work.values(), *peers.values()):
        one()
    turns = [({name: timed(one) for name, one in work.items()}, {name: timed(one) for name, one in peers.items()}) for _ in range(options.repeat)]
    ours = {name: [turn[0][name] for turn in turns] for name in work}
    theirs = {name: [turn[1][name] for turn in turns] for name in peers}
    checks = [Check(name, median(ours[name]), target) for name, _, target in SHEETS]
    rows = [[name, milliseconds(median(times)), _beside(median(times), theirs.get(name))] for name, times in ours.items()]
    print(table(["task", "median ms", "SymPy"], rows), "", *checks, sep="\n")
    save(options.json, checks, {"byhand": ours, "sympy": theirs})
    sys.exit(not all(check.met for check in checks))


def _beside(ours: float, theirs: list[float] | None) -> str:
    return "" if theirs is None else f"{milliseconds(median(theirs))} ({median(theirs) / ours:.2g}×)"


if __name__ == "__main__":
    main()
