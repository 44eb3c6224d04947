"""How long the proof of a claim takes, over claims such as exercises make, true ones and false ones.

    python benchmarks/prove.py [--repeat 7] [--json FILE]

Every repetition draws other points. The exit status is 1 if the target is missed or any verdict is wrong: the speed of a
wrong answer is of no use.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

from report import Check, milliseconds, save, table

from byhand.derive import derive
from byhand.lang.build import call, inverse
from byhand.lang.expr import Expr, Var, eye, num, var
from byhand.lang.functions import diag, mean, outer, total
from byhand.lang.leaves import cos, exp, log, relu, sigmoid, sin, step, tanh
from byhand.lang.sizes import Poly
from byhand.rules.log_softmax import LOG_SOFTMAX
from byhand.rules.softmax import SOFTMAX
from byhand.run.prove import prove

TARGET = 0.005


@dataclass(frozen=True, slots=True)
class Case:
    """A claim, and what the prover must say."""

    says: str
    sides: tuple[Expr, Expr]
    verdict: Literal["holds", "fails"] = "holds"


def _of(loss: Expr, x: Var) -> Expr:
    """byhand's own formula for the gradient."""
    return derive(loss, [x]).gradients[x.name]


def cases() -> list[Case]:
    return [*_elementwise(), *_softmax(), *_matrices(), *_networks()]


def _elementwise() -> list[Case]:
    x = var("x", ("n",))
    return [
        Case("σ(x) = 1/(1 + exp(−x))", (sigmoid(x), 1 / (1 + exp(-x)))),
        Case("tanh(x) = 2σ(2x) − 1", (tanh(x), 2 * sigmoid(2 * x) - 1)),
        Case("relu(x) = x ⊙ step(x)", (relu(x), x * step(x))),
        Case("log(1 + exp(x)) = x + log(1 + exp(−x))", (log(1 + exp(x)), x + log(1 + exp(-x)))),
        Case("sin² + cos² = 1", (sin(x) ** 2 + cos(x) ** 2, 1 + 0 * x)),
        Case("relu(x) = x", (relu(x), x), "fails"),
    ]


def _softmax() -> list[Case]:
    z, t, c = var("z", ("k",)), var("t", ("k",), ["one_hot"]), var("c")
    p = call(SOFTMAX, z)
    return [
        Case("softmax(z + c) = softmax(z)", (call(SOFTMAX, z + c), p)),
        Case("log softmax(z) = log_softmax(z)", (log(p), call(LOG_SOFTMAX, z))),
        Case("the gradient of cross-entropy is p − t", (_of(-total(t * log(p)), z), p - t)),
        Case("the same with the sign lost", (_of(-total(t * log(p)), z), t - p), "fails"),
    ]


def _matrices() -> list[Case]:
    A, B, X, w, y, lam = var("A", ("n", "n")), var("B", ("n", "n")), var("X", ("m", "n")), var("w", ("n",)), var("y", ("m",)), var("lam", (), ["positive"])
    n = Poly.letter("n")
    return [
        Case("(A B)ᵀ = Bᵀ Aᵀ", ((A @ B).T, B.T @ A.T)),
        Case("(A B)⁻¹ = B⁻¹ A⁻¹", (inverse(A @ B), inverse(B) @ inverse(A))),
        Case("A B = B A", (A @ B, B @ A), "fails"),
        Case("trace(A B) = trace(B A)", (total(diag(A @ B)), total(diag(B @ A)))),
        Case("ridge: gradient", (_of((y - X @ w) @ (y - X @ w) + lam * (w @ w), w), 2 * ((X.T @ X + lam * eye(n)) @ w - X.T @ y))),
    ]


def _networks() -> list[Case]:
    X, W, b, v, t = var("X", ("m", "n")), var("W", ("n", "h")), var("b", ("h",)), var("v", ("h",)), var("t", ("m",))
    Z = X @ W + b
    r = relu(Z) @ v - t
    loss = mean(r**2)
    m = num(Poly.letter("m"))
    return [
        Case("two layers: gradient of W", (_of(loss, W), 2 / m * (X.T @ (outer(r, v) * step(Z))))),
        Case("two layers: gradient of b", (_of(loss, b), 2 / m * total(outer(r, v) * step(Z), 0))),
        Case("the same with the mask left out", (_of(loss, W), 2 / m * (X.T @ outer(r, v))), "fails"),
        Case("the same without the factor 2/m", (_of(loss, W), X.T @ (outer(r, v) * step(Z))), "fails"),
    ]


def proved(case: Case, seed: int) -> tuple[float, str]:
    """Seconds of one proof, and its verdict."""
    start = time.perf_counter()
    found = prove(*case.sides, seed=seed)
    return time.perf_counter() - start, found.verdict


def report(times: dict[str, list[float]], verdicts: dict[str, list[str]], claims: list[Case]) -> Check:
    """The table, what was wrong, and whether the target is met."""
    medians = [median(times[case.says]) for case in claims]
    rows = [[case.says, case.verdict, milliseconds(median(times[case.says])), milliseconds(max(times[case.says]))] for case in claims]
    check = Check(f"median of {len(claims)} claims", median(medians), TARGET)
    print(table(["claim", "verdict", "median ms", "slowest"], rows))
    print(f"\n{sum(value >= TARGET for value in medians)} of {len(claims)} claims take longer than {TARGET * 1000:g} ms.")
    for case in claims:
        wrong = [verdict for verdict in verdicts[case.says] if verdict != case.verdict]
        if wrong:
            print(f"WRONG   {case.says}: {wrong[0]} in {len(wrong)} of {len(verdicts[case.says])} proofs, and it {case.verdict}")
    print(check)
    return check


def main() -> None:
    parser = argparse.ArgumentParser(description="Time of proofs.")
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--json", type=Path, help="also write everything measured to this file")
    options = parser.parse_args()
    claims = cases()
    for case in claims:
        proved(case, seed=0)
    times: dict[str, list[float]] = {case.says: [] for case in claims}
    verdicts: dict[str, list[str]] = {case.says: [] for case in claims}
    for turn in range(options.repeat):
        for case in claims:
            seconds, verdict = proved(case, seed=turn)
            times[case.says].append(seconds)
            verdicts[case.says].append(verdict)
    check = report(times, verdicts, claims)
    save(options.json, [check], {"seconds": times, "verdicts": verdicts})
    sys.exit(not check.met or any(verdicts[case.says] != [case.verdict] * options.repeat for case in claims))


if __name__ == "__main__":
    main()
