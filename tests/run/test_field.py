"""Residues obey the laws that real numbers obey, and only those."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byhand.lang.build import inverse, pick
from byhand.lang.expr import filled, num, var
from byhand.lang.functions import concat, gather, largest, norm, take, total, windows
from byhand.lang.leaves import absolute, cos, erf, exp, log, pi, relu, sigmoid, sign, sin, sqrt, step, tanh
from byhand.run.field import Redraw
from byhand.run.residues import COFACTOR, MODULI, G, P, Q, Trial
from byhand.run.sampling import field_evaluate, sample
from support.dual import along, directions, forward

X, Y, N = var("x", (4,)), var("y", (4,), ("positive",)), var("n", (4,))
A = var("A", ("k", "k"))


def equal(left, right, *variables, seed=0, **sizes):
    at = sample(variables, sizes, seed, trials=4)
    first, second = field_evaluate([left, right], at)
    return np.equal(first, second).reshape(4, -1).all(axis=1).tolist()


def probably_prime(n):
    """Miller-Rabin for a dozen bases."""
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        x = pow(base, odd, n)
        if x not in (1, n - 1) and not any((x := x * x % n) == n - 1 for _ in range(twos - 1)):
            return False
    return True


def test_the_moduli():
    assert all(map(probably_prime, (P, Q, (Q - 1) // 2, COFACTOR)))
    assert (P - 1) % Q == 0
    assert pow(G, Q, P) == 1 != G
    assert pow(-1, (P - 1) // 2, P) == P - 1
    for prime in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59):
        assert pow(prime, (P - 1) // 2, P) == 1


SAME = {
    "exp of a sum": (exp(X + 2 * N), exp(X) * exp(N) ** 2),
    "sigmoid": (sigmoid(-X), 1 - sigmoid(X)),
    "tanh": (tanh(X), 2 * sigmoid(2 * X) - 1),
    "odd": (tanh(-X) + sin(-X) + erf(-X), -tanh(X) - sin(X) - erf(X)),
    "exp of exp": (exp(exp(X + N)), exp(exp(X) * exp(N))),
    "exp of tanh": (exp(-tanh(X)), exp(tanh(-X))),
    "sigmoid of sigmoid": (sigmoid(sigmoid(X)), 1 - sigmoid(sigmoid(-X) - 1)),
    "circle": (sin(X) ** 2 + cos(X) ** 2, filled(1, (4,))),
    "log of exp": (log(exp(X)), X),
    "exp of log": (exp(log(X)), X),
    "exp of a sum of logs": (exp(log(X) + log(N)), X * N),
    "log of a product": (log(X * N), log(X) + log(N)),
    "log of a quotient": (log(X / N), log(X) - log(N)),
    "log of a root": (log(sqrt(Y)), log(Y) / 2),
    "log of a power": (log(Y**N), N * log(Y)),
    "power": (Y**N * Y**2, Y ** (N + 2)),
    "power of a product": (sqrt(Y * Y**3), Y**2),
    "cube root": ((Y ** Fraction(1, 3)) ** 3, Y),
    "root of a positive": (sqrt(Y) * sqrt(Y), Y),
    "root of a square": (sqrt(X**2), absolute(X)),
    "relu": (relu(X) - relu(-X), X),
    "scaled relu": (relu(3 * X / 7), 3 * relu(X) / 7),
    "sign of a product": (sign(X * N), sign(X) * sign(N)),
    "abs": (absolute(X), X * sign(X)),
    "positive facts": (relu(Y) * step(Y) * sign(Y), Y),
    "maximum": (largest(take(X, (slice(0, 2),))), take(X, (0,)) + relu(take(X, (1,)) - take(X, (0,)))),
    "shifted maximum": (largest(X + 5), largest(X) + 5),
    "permuted maximum": (largest(take(X, (slice(None, None, -1),))), largest(X)),
    "logsumexp": (log(total(exp(X))), largest(X) + log(total(exp(X - largest(X))))),
    "log softmax": (log(exp(X) / total(exp(X))), X - log(total(exp(X)))),
    "softplus": (log(1 + exp(X)), relu(X) + log(1 + exp(-absolute(X)))),
    "inverse": (inverse(A.T @ A) @ A.T, inverse(A)),
    "trigonometry of pi": (pi() * X / pi(), X),
}


@pytest.mark.parametrize("name", SAME)
def test_laws(name):
    left, right = SAME[name]
    assert all(equal(left, right, X, Y, N, A, k=3))


DIFFERENT = {
    "exp": (exp(2 * X), 2 * exp(X)),
    "exp of exp": (exp(exp(X)), exp(X)),
    "log": (log(X + N), log(X) + log(N)),
    "erf": (erf(2 * X), 2 * erf(X)),
    "sin": (sin(2 * X), 2 * sin(X)),
    "log of exp": (log(exp(X)), exp(log(X)) + 1),
    "root": (sqrt(Y + 1), sqrt(Y) + 1),
    "tanh": (tanh(X), sigmoid(X)),
    "transpose": (A @ A.T, A.T @ A),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_no_other_laws(name):
    left, right = DIFFERENT[name]
    assert not any(equal(left, right, X, Y, N, A, k=3))


def test_branches_are_taken_both_ways():
    s = var("s", ())
    taken = equal(relu(s), s, s) + equal(relu(s), s, s, seed=1) + equal(relu(s), s, s, seed=2)
    assert set(taken) == {True, False}
    first = var("v", (3,))
    where = [field_evaluate([pick(first)], sample([first], {}, seed))[0][0].tolist() for seed in range(20)]
    assert len({tuple(mask) for mask in where}) == 3
    assert all(sum(mask) == 1 for mask in where)


def test_values_on_kinks():
    at = sample([X], {}, 1, zeros={X: [(1,), (2,)]})
    relu_x, step_x, sign_x, picked = (values[0].tolist() for values in field_evaluate([relu(X), step(X), sign(X), pick(0 * X)], at))
    assert relu_x[1:3] == step_x[1:3] == sign_x[1:3] == [0, 0]
    assert {0, 1} >= set(step_x)
    assert {0, 1, P - 1} >= set(sign_x)
    assert picked == [1, 0, 0, 0]


def test_facts_are_respected():
    kinds = {
        "one_hot": lambda t: (t * t, t),
        "signs": lambda t: (t * t, filled(1, t.shape)),
        "sums_to_one": lambda t: (total(t, -1), filled(1, t.shape[:-1])),
        "symmetric": lambda t: (t, t.T),
        "positive": lambda t: (sign(t), filled(1, t.shape)),
    }
    for fact, law in kinds.items():
        t = var("t", ("m", "m"), (fact,))
        assert all(equal(*law(t), t, m=3)), fact
    both = var("t", ("m", "m"), ("positive", "sums_to_one"))
    assert all(equal(*kinds["positive"](both), both, m=3))
    assert all(equal(*kinds["sums_to_one"](both), both, m=3))


def test_division_by_zero_asks_for_another_draw():
    zero = X - relu(X) + relu(-X)
    for node in (1 / zero, log(zero), inverse(zero * filled(1, (4, 4)))):
        with pytest.raises(Redraw):
            field_evaluate([node], sample([X], {}))


def test_roots_of_non_squares_are_admitted():
    at = sample([X], {}, 0, trials=8)
    field_evaluate([sqrt(X)], at)
    assert any(trial.guessed for trial in at.trials)
    at = sample([Y], {}, 0, trials=8)
    field_evaluate([sqrt(Y)], at)
    assert not any(trial.guessed for trial in at.trials)


@given(st.integers(1, P - 1), st.integers(1, 5), st.sampled_from([2, 3, 5, 7, 12]))
@settings(max_examples=40, deadline=None)
def test_roots(x, above, below):
    trial = Trial(b"key")
    for part, modulus in enumerate(MODULI):
        square = x * x % modulus
        assert pow(trial.root(square, above, below, part), below, modulus) == pow(square, above, modulus)


# ------------------------------------------------------------------------------------- forward-mode derivatives


W, V = var("W", (3, 4)), var("v", (3,))
GRADIENTS = {
    "sum of squares": (total(X**2), {X: 2 * X}),
    "relu layer": (total(relu(W @ X) * V), {X: W.T @ (V * step(W @ X)), V: relu(W @ X)}),
    "softmax": (total(N * exp(X) / total(exp(X))), {X: (p := exp(X) / total(exp(X))) * (N - total(N * p))}),
    "log and power": (total(Y**N), {N: Y**N * log(Y), Y: N * Y**N / Y}),
    "norm": (norm(X), {X: X / norm(X)}),
    "inverse": (total(inverse(A)), {A: -(inverse(A).T @ filled(1, A.shape) @ inverse(A).T)}),
    "leaves": (
        total(sin(X) + cos(X) + tanh(X) + sigmoid(X) + absolute(X) + log(X)),
        {X: cos(X) - sin(X) + 1 - tanh(X) ** 2 + sigmoid(X) * sigmoid(-X) + sign(X) + 1 / X},
    ),
    "erf": (total(erf(X)), {X: 2 / sqrt(pi()) * exp(-(X**2))}),
    "gather": (total(gather(X, (1, 1, 3)) ** 2), {X: num(2) * X * concat([filled(k, (1,)) for k in (0, 2, 0, 1)])}),
    "windows": (total(total(windows(X, (2,), (1,), (0,)), -1) * V), {X: concat([V, filled(0, (1,))]) + concat([filled(0, (1,)), V])}),
    "maximum": (largest(X) ** 2, {X: 2 * largest(X) * pick(X)}),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_forward_mode(name):
    root, gradients = GRADIENTS[name]
    at = sample([X, Y, N, A, W, V], {"k": 3}, 3, trials=2)
    slopes = directions(gradients, at, 5)
    expected = sum(along(value, slopes[node]) for node, value in zip(gradients, field_evaluate(list(gradients.values()), at)))
    assert (forward(root, at, slopes) == expected % P).all()


def test_forward_mode_on_kinks():
    at = sample([X, W], {}, 3, zeros={W: [(0, k) for k in range(4)], X: [(2,)]})
    root = total(relu(W @ X)) + total(relu(X)) + total(absolute(X))
    slopes = directions([X], at, 6)
    (gradient,) = field_evaluate([W.T @ step(W @ X) + step(X) + sign(X)], at)
    assert (forward(root, at, slopes) == along(gradient, slopes[X])).all()
