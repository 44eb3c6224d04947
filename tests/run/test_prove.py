"""Claims that are proved, claims that are refuted, and what is said of the rest."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest

from byhand.lang.build import call, inverse, pick
from byhand.lang.expr import contract, eye, filled, named, num, var
from byhand.lang.functions import concat, diag, gather, largest, mean, outer, reshape, take, total, trace, variance, window, windows
from byhand.lang.index import Affine
from byhand.lang.leaves import absolute, cos, erf, exp, log, relu, sigmoid, sign, sin, sqrt, step, tanh
from byhand.lang.rule import Argument, Rule
from byhand.lang.sizes import Poly
from byhand.run.prove import prove

S, T, C = var("s", ()), var("t", ()), var("c", (), ("positive",))
U, V = var("u", ("n",)), var("v", ("n",))
POS = var("r", ("n",), ("positive",))
SIGNS, HOT = var("y", ("n",), ("signs",)), var("k", ("n",), ("one_hot",))
DIST = var("d", ("m", "n"), ("positive", "sums_to_one"))
Z, G = var("Z", ("m", "n")), var("G", ("m", "n"))
A, B = var("A", (3, 3)), var("B", (3, 3))
N, W2 = Poly.letter("n"), var("N", ("n", "n"))
SYM = var("M", ("n", "n"), ("symmetric",))
X, W, BIAS = var("X", ("m", "n")), var("W", ("n", "h")), var("b", ("h",))
IMAGE, KERNEL = var("I", (5, 5)), var("K", (2, 2))
ONES = filled(1, U.shape)


def softmax(z):
    return exp(z) / total(exp(z), -1, keepdims=True)


P = softmax(Z)
Q = named("q", softmax(Z))
JACOBIAN = contract("ij,jk->ijk", P, eye(Z.shape[1])) - contract("ij,ik->ijk", P, P)
CENTRED = Z - mean(Z, -1, keepdims=True)
NORMED = CENTRED / sqrt(variance(Z, -1, keepdims=True) + C)
PATCHES = windows(IMAGE, (2, 2), (1, 1), (0, 0))
CONV = contract("ijkl,kl->ij", PATCHES, KERNEL)
PLACES = [Affine(0, ((0, 1), (2, 1))), Affine(0, ((1, 1), (3, 1)))]

HOLDS = {
    "transpose of a product": ((X @ W).T, contract("ij,ki->jk", W, X).T.T),
    "trace is cyclic": (trace(A @ B), trace(B @ A)),
    "symmetric": (SYM.T @ U, SYM @ U),
    "inverse": (inverse(A) @ A, eye(3)),
    "inverse of a product": (inverse(A @ B), inverse(B) @ inverse(A)),
    "push through": (inverse(A @ A.T + eye(3)) @ A, A @ inverse(A.T @ A + eye(3))),
    "sum of a product": (total(X @ W), total(total(X, 0) * total(W, 1))),
    "diag": (diag(U) @ V, U * V),
    "outer": (outer(U, V) @ U, U * total(U * V)),
    "square of a sum": ((S + T) ** 2, S**2 + 2 * S * T + T**2),
    "reciprocal": (S / T / S, 1 / T),
    "derivative of sigmoid": (sigmoid(U) * (1 - sigmoid(U)), exp(-U) / (1 + exp(-U)) ** 2),
    "derivative of tanh": (1 - tanh(U) ** 2, 4 / (exp(U) + exp(-U)) ** 2),
    "odd": (erf(-U) + tanh(-U), -erf(U) - tanh(U)),
    "exp above exp": (exp(exp(S + 1)), exp(exp(S) * exp(num(1)))),
    "softmax sums to one": (total(P, -1), num(1)),
    "a name is entered": (total(Q, -1), num(1)),
    "softmax shifts": (softmax(Z + 3), P),
    "softmax message": (contract("ij,ijk->ik", G, JACOBIAN), P * (G - total(G * P, -1, keepdims=True))),
    "two softmaxes": (softmax(P + 1), softmax(P)),
    "stable softmax": (softmax(Z - largest(Z, -1, keepdims=True)), P),
    "log softmax": (log(P), Z - log(total(exp(Z), -1, keepdims=True))),
    "logsumexp": (log(total(exp(U))), largest(U) + log(total(exp(U - largest(U))))),
    "facts of a distribution": (total(DIST, -1), num(1)),
    "one-hot": (HOT * HOT, HOT),
    "one-hot sum": (total(HOT) * U, U),
    "signs": (SIGNS * SIGNS, ONES),
    "logistic loss": (SIGNS / (1 + exp(SIGNS * S)), SIGNS * sigmoid(-SIGNS * S)),
    "relu in two halves": (relu(U) - relu(-U), U),
    "relu is homogeneous": (relu(C * U), C * relu(U)),
    "relu twice": (relu(relu(U)), relu(U)),
    "abs": (absolute(U) * sign(U), U),
    "steps": (step(U) + step(-U), ONES),
    "roots": (sqrt(U**2), absolute(U)),
    "rms": (sqrt(POS) * sqrt(POS), POS),
    "layer norm centres": (total(NORMED, -1), num(0)),
    "layer norm scales": (total(NORMED**2, -1), total(CENTRED**2, -1) / (variance(Z, -1) + C)),
    "angle": (sin(S) ** 2, 1 - cos(S) ** 2),
    "log": (log(S * T), log(S) + log(T)),
    "power": (C**S * C**T, C ** (S + T)),
    "largest of one-hot": (largest(HOT), num(1)),
    "windows": (CONV, total(total(PATCHES * KERNEL, -1), -1)),
    "unwindows": (total(KERNEL) * 16, total(window(contract("ij,kl->ijkl", filled(1, (4, 4)), KERNEL), PLACES, (5, 5), scatter=True))),
    "gather": (gather(A, (2, 0)), take(A, (slice(None, None, -2),))),
    "concat": (total(concat([U, V])), total(U) + total(V)),
    "reshape": (reshape(A.T, (9,)), reshape(concat([take(A, (slice(None), slice(k, k + 1))) for k in range(3)]), (9,))),
    "size as a number": (total(ONES), num(N)),
}
FLOAT = {
    "sum of squares is positive": (relu(S**2 + T**2), S**2 + T**2),
    "double angle": (sin(2 * U), 2 * sin(U) * cos(U)),
    "sum of angles": (cos(S + T), cos(S) * cos(T) - sin(S) * sin(T)),
    "far from the kink": (relu(2 + sin(S)), 2 + sin(S)),
    "triangle": (relu(absolute(S) + absolute(T) - absolute(S + T)), absolute(S) + absolute(T) - absolute(S + T)),
}
FAILS = {
    "relu": (relu(U), U),
    "relu of a number": (relu(S), S),
    "relu far out": (relu(S + 10), S + 10),
    "relu very far out": (relu(S - 100000), num(0)),
    "leaky": (relu(U) - Fraction(1, 100) * relu(-U), relu(U)),
    "scaled step": (step(73 * S), step(-S)),
    "large prime": (step(1009 * S), step(-S)),
    "abs": (absolute(U), U),
    "root": (sqrt(U**2), U),
    "step": (step(U), step(-U)),
    "square of sign": (sign(U) * U, U),
    "wrong axis": (exp(Z) / total(exp(Z), 0, keepdims=True), P),
    "softmax sums wrong": (total(P, 0), num(1)),
    "softmax sums to n": (total(P, -1), num(N)),
    "softmax is not scaled": (softmax(2 * Z), P),
    "softmax message without its sum": (contract("ij,ijk->ik", G, JACOBIAN), P * G),
    "softmax message off by two": (contract("ij,ijk->ik", G, JACOBIAN), P * (G - 2 * total(G * P, -1, keepdims=True))),
    "softmax message over rows": (contract("ij,ijk->ik", G, JACOBIAN), P * (G - total(G * P, 0, keepdims=True))),
    "square product": (A @ B, B @ A),
    "transposes": ((A @ B).T, A.T @ B.T),
    "transpose": (A.T, A),
    "inverse": (inverse(A).T, inverse(A)),
    "hadamard": (A @ B, A * B),
    "rows and columns": (total(A, 0), total(A, 1)),
    "sigmoid at z": (sigmoid(U) * (1 - sigmoid(U)), U * (1 - U)),
    "tanh": (1 - tanh(U), 1 - tanh(U) ** 2),
    "sign of the loss": (log(sigmoid(U)), -log(sigmoid(U))),
    "log of a sum": (log(S + T), log(S) + log(T)),
    "exp of exp": (exp(exp(S + T)), exp(exp(S) + exp(T))),
    "factor": (mean((U - V) ** 2), total((U - V) ** 2)),
    "factor n": (total(U) / num(N), total(U) / 3),
    "n is 2 or 3": ((num(N) - 2) * (num(N) - 3) * total(U), num(0)),
    "n is 2, 3 or 4": ((num(N) - 2) * (num(N) - 3) * (num(N) - 4) * total(U), num(0)),
    "matrices of two rows": (((SYM @ W2 - W2 @ SYM) @ (SYM @ W2 - W2 @ SYM)) @ SYM, SYM @ ((SYM @ W2 - W2 @ SYM) @ (SYM @ W2 - W2 @ SYM))),
    "mask": (G * step(Z), G),
    "mask of the wrong thing": (G * step(Z), G * step(G)),
    "mask of the other side": (relu(Z) * step(-Z), relu(Z)),
    "one-hot of one class": (take(HOT, (0,)), num(1)),
    "one-hot products": (total(HOT * U), total(U)),
    "signs": (SIGNS, ONES),
    "signs of a pair": (var("a", (), ("signs",)) * var("b", (), ("signs",)), num(1)),
    "distribution": (total(DIST, 0), num(1)),
    "layer norm without the mean": (NORMED, Z / sqrt(variance(Z, -1, keepdims=True) + C)),
    "layer norm with n minus 1": (total(CENTRED**2, -1) / (num(N) - 1), variance(Z, -1)),
    "small term": (U + Fraction(1, 10**12), U),
    "pick": (pick(U) * U, pick(V) * U),
    "largest": (largest(U), take(U, (0,))),
    "flipped": (take(U, (slice(None, None, -1),)), U),
    "flipped kernel": (CONV, contract("ijkl,lk->ij", PATCHES, KERNEL)),
    "gather": (gather(A, (0, 2)), gather(A, (2, 0))),
    "numbers": (num(2), num(3)),
    "cosine": (cos(S), 1 - sin(S)),
    "power": (C**S * C**T, C ** (S * T)),
    "erf": (erf(S), tanh(S)),
    "symmetric": (SYM * SYM, SYM @ SYM),
}


@pytest.mark.parametrize("name", HOLDS)
def test_holds(name):
    verdict = prove(*HOLDS[name])
    assert (verdict.verdict, verdict.certainty) == ("holds", "exact")


@pytest.mark.parametrize("name", FLOAT)
def test_holds_as_far_as_many_digits_say(name):
    verdict = prove(*FLOAT[name])
    assert (verdict.verdict, verdict.certainty) == ("holds", "float")


@pytest.mark.parametrize("name", FAILS)
def test_fails(name):
    for seed in range(5):
        verdict = prove(*FAILS[name], seed=seed)
        assert verdict.verdict == "fails"
        found = verdict.counterexample
        assert found is not None
        assert found.left[found.entry] != found.right[found.entry]


def test_counterexamples_are_small():
    verdict = prove(relu(U), U)
    assert verdict.certainty == "exact"
    assert str(verdict.counterexample) == "at n = 1, u = [-1]: entry [0] is 0 on the left and -1 on the right"
    assert str(prove(num(2), num(3)).counterexample) == "the value is 2 on the left and 3 on the right"
    found = prove(X.T @ X @ X.T, X.T).counterexample
    assert found is not None
    assert found.sizes == {"m": 1, "n": 1}


def test_shapes():
    verdict = prove(U, Z)
    assert (verdict.verdict, verdict.certainty) == ("fails", "exact")
    assert verdict.reason == "the left side has shape (n,) and the right side (m, n)."
    assert prove(U, total(U)).verdict == "fails"
    assert prove(num(1), total(P, -1)).verdict == "holds"


def test_undecided():
    nowhere = prove(log(S), log(-S))
    assert (nowhere.verdict, nowhere.reason) == ("undecided", "it has no value at any point tried.")
    assert prove(inverse(outer(U, U)), outer(U, U)).verdict == "undecided"
    assert prove(1 / (relu(S) * relu(-S)), S).verdict == "undecided"
    clash = prove(total(U), total(var("u", (3,))))
    assert (clash.verdict, clash.reason) == ("undecided", "u has shape (n,) in one place and (3,) in another.")


def test_claims_hold_where_they_are_defined():
    assert prove(log(S * S), 2 * log(-S)).verdict == "holds"


def test_facts_of_either_side_count():
    assert prove(total(HOT * U), total(var("k", ("n",)) * U)).verdict == "holds"


def test_large_data_is_compared_in_floats():
    x, v = var("x", (300, 400)), var("v", (400,))
    verdict = prove(x @ v, total(x * v, 1))
    assert (verdict.verdict, verdict.certainty) == ("holds", "float")
    verdict = prove(x @ v, 2 * total(x * v, 1))
    assert (verdict.verdict, verdict.certainty) == ("fails", "float")
    assert "x = random numbers of shape (300, 400)" in str(verdict.counterexample)


def test_a_rule_stands_for_its_definition():
    def body(z):
        return exp(z) / total(exp(z), -1, keepdims=True)

    rule = Rule("softmax", "", (Argument("z"),), body, (), "", stable=lambda z: body(z - largest(z, -1, keepdims=True)))
    wrong = Rule("softmax", "", (Argument("z"),), body, (), "", stable=lambda z: z)
    assert prove(call(rule, Z), P).certainty == "exact"
    assert prove(call(rule, Z), call(rule, Z + 1)).verdict == "holds"
    assert prove(call(wrong, Z), P).verdict == "holds"


def test_the_same_seed_gives_the_same_verdict():
    first, second = (prove(FAILS["wrong axis"][0], P, seed=4) for _ in range(2))
    assert str(first.counterexample) == str(second.counterexample)


def test_speed():
    claims = [HOLDS["softmax message"], HOLDS["relu in two halves"], HOLDS["layer norm centres"], HOLDS["derivative of sigmoid"]]
    for left, right in claims:
        prove(left, right)
        assert min(_seconds(left, right, seed) for seed in range(5)) < 0.01


def _seconds(left, right, seed):
    started = time.perf_counter()
    prove(left, right, seed=seed)
    return time.perf_counter() - started
