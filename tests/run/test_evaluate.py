"""Values against plain NumPy and plain fractions; what stays exact, what is stable, what sits on a kink."""

from __future__ import annotations

import time
from fractions import Fraction

import numpy as np
import pytest

from byhand.lang.build import call, inverse, pick
from byhand.lang.expr import contract, eye, filled, named, num, var
from byhand.lang.functions import concat, gather, largest, mean, norm, outer, pad, reshape, take, total, windows
from byhand.lang.leaves import LEAVES, absolute, cos, erf, exp, log, pi, relu, sigmoid, sign, sin, sqrt, step, tanh
from byhand.lang.rule import Argument, Rule
from byhand.lang.sizes import Poly
from byhand.run.evaluate import evaluate
from byhand.run.mixed import is_exact

X, W, B = var("X", ("m", "n")), var("W", ("n", "h")), var("b", ("h",))
U = var("u", (4,))
RNG = np.random.default_rng(7)
DATA = {"X": RNG.normal(size=(5, 3)), "W": RNG.normal(size=(3, 4)), "b": RNG.normal(size=4)}
POSITIVE = [0.3, 1.0, 2.5, 7.0]


def value(root, exact=True, **data):
    return evaluate([root], data, exact=exact).roots[0]


def test_a_network_as_numpy_computes_it():
    h = named("h", tanh(X @ W + B))
    loss = named("L", mean((h - 1) ** 2))
    result = evaluate([loss], DATA)
    expected = np.tanh(DATA["X"] @ DATA["W"] + DATA["b"])
    np.testing.assert_allclose(result[h], expected, rtol=1e-13)
    np.testing.assert_allclose(result[loss], ((expected - 1) ** 2).mean(), rtol=1e-13)
    assert result.sizes == {"m": 5, "n": 3, "h": 4}
    assert result.roots[0] is result[loss]


@pytest.mark.parametrize(
    ("function", "numpy"),
    [
        (exp, np.exp),
        (log, np.log),
        (sin, np.sin),
        (cos, np.cos),
        (tanh, np.tanh),
        (sqrt, np.sqrt),
        (absolute, np.abs),
        (sign, np.sign),
        (relu, lambda x: np.maximum(x, 0)),
        (sigmoid, lambda x: 1 / (1 + np.exp(-x))),
        (step, lambda x: np.heaviside(x, 0)),
        (lambda x: x**-2, lambda x: x**-2.0),
        (lambda x: x ** Fraction(1, 3), np.cbrt),
        (lambda x: x ** Fraction(-3, 2), lambda x: x**-1.5),
        (lambda x: x**x, lambda x: x**x),
        (lambda x: 2**x, lambda x: 2**x),
        (lambda x: 1 / x, lambda x: 1 / x),
    ],
)
def test_leaves(function, numpy):
    np.testing.assert_allclose(value(function(U), u=POSITIVE), numpy(np.array(POSITIVE)), rtol=1e-14)


def test_erf_and_pi():
    np.testing.assert_allclose(value(erf(U), u=[-1.0, 0.0, 0.5, 9.0]), [-0.8427007929497149, 0.0, 0.5204998778130465, 1.0], rtol=1e-14)
    assert value(pi()) == np.pi


def test_every_leaf_is_evaluated():
    assert all(leaf.arity in (0, 1, 2) for leaf in LEAVES)
    for leaf in LEAVES:
        if leaf.arity:
            assert np.isfinite(value(U.through(leaf) if leaf.arity == 1 else U**U, u=POSITIVE)).all()


def test_rationals_stay_exact():
    h = relu(U * Fraction(1, 3) - Fraction(1, 10))
    found = value(total(h**2) / 7 + num(2) ** -1, u=[1, 2, Fraction(-1, 7), 0])
    assert is_exact(found)
    assert found == (Fraction(7, 30) ** 2 + Fraction(17, 30) ** 2) / 7 + Fraction(1, 2)


def test_exact_matrix_work():
    a = var("A", (2, 2))
    assert value(inverse(a), A=[[2, 1], [5, 3]]).tolist() == [[3, -1], [-5, 2]]
    assert value(a @ a.T, A=[[1, Fraction(1, 2)], [0, 1]]).tolist() == [[Fraction(5, 4), Fraction(1, 2)], [Fraction(1, 2), 1]]
    assert value(norm(a), A=[[3, 0], [4, 0]]).tolist() == 5
    assert value(largest(a, axis=0), A=[[3, 0], [Fraction(7, 2), -1]]).tolist() == [Fraction(7, 2), 0]


def test_exact_where_a_leaf_happens_to_be():
    assert value(exp(U), u=[0, 0, 0, 0]).tolist() == [1, 1, 1, 1]
    assert is_exact(value(sqrt(U), u=[0, 1, 4, Fraction(9, 4)]))
    assert not is_exact(value(sqrt(U), u=[0, 1, 4, 2]))


def test_floats_are_what_they_are():
    assert not is_exact(value(2 * U, u=[0.5, 1.0, 1.5, 2.0]))
    assert not is_exact(value(2 * U, u=[1, 2, 3, 4.0]))
    assert not is_exact(value(2 * U, exact=False, u=[1, 2, 3, 4]))
    assert value(U + Fraction(1, 10), u=[0.1, 0, 0, 0])[0] == 0.1 + 0.1


def test_exactness_is_given_up_when_it_becomes_dear():
    x = var("x", ())
    root = x
    for _ in range(14):
        root = root * root + Fraction(1, 3)
    assert not is_exact(value(root, x=Fraction(1, 2)))
    a = var("A", (70, 70))
    ones = [[Fraction(1, 3)] * 70] * 70
    assert not is_exact(value(a @ a, A=ones))
    assert is_exact(value(a + a, A=ones))


def test_long_sums_of_unlike_fractions_end():
    x = var("x", (3000,))
    started = time.perf_counter()
    found = value(total(1 / x), x=[k + 1 for k in range(3000)])
    assert time.perf_counter() - started < 2
    np.testing.assert_allclose(float(found), sum(1 / k for k in range(1, 3001)))


def test_a_wide_network_runs_at_numpy_speed():
    x, a, b = var("x", ("m", 784)), var("A", (784, 128)), var("B", (128, 10))
    data = {"x": RNG.normal(size=(64, 784)), "A": RNG.normal(size=(784, 128)), "B": RNG.normal(size=(128, 10))}
    root = relu(x @ a) @ b
    evaluate([root], data)
    started = time.perf_counter()
    found = evaluate([root], data).roots[0]
    assert time.perf_counter() - started < 0.2
    np.testing.assert_allclose(found, np.maximum(data["x"] @ data["A"], 0) @ data["B"])


def test_sizes_are_numbers_of_formulas():
    m = num(Poly.letter("m"))
    assert value(total(X, 0) / m, X=[[1, 2], [3, 5]]).tolist() == [2, Fraction(7, 2)]
    assert evaluate([m * 2], {}, {"m": 4}).roots[0] == 8


def test_reindexing():
    x = np.arange(12.0).reshape(3, 4)
    node = var("x", (3, 4))
    assert value(take(node, (slice(None, None, -1), slice(1, 3))), x=x).tolist() == x[::-1, 1:3].tolist()
    assert value(pad(node, (1, 0), (0, 2)), x=x).tolist() == np.pad(x, ((1, 0), (0, 2))).tolist()
    assert value(gather(node, (2, 0, 2)), x=x).tolist() == x[[2, 0, 2]].tolist()
    assert value(reshape(node, (2, 6)), x=x).tolist() == x.reshape(2, 6).tolist()
    assert value(concat([node, node], 1), x=x).tolist() == np.concatenate([x, x], 1).tolist()
    patches = value(windows(node, (2, 2), (1, 2), (0, 0)), x=x)
    assert patches.tolist() == np.lib.stride_tricks.sliding_window_view(x, (2, 2))[:, ::2].tolist()


def test_broadcasts_and_diagonals():
    assert value(contract("i->ii", U), u=[1, 2, 3, 4]).tolist() == np.diag([1, 2, 3, 4]).tolist()
    assert value(filled(Fraction(1, 2), (2, 3))).tolist() == [[Fraction(1, 2)] * 3] * 2
    assert value(outer(U, U) * eye(4), u=[1, 2, 3, 4]).tolist() == np.diag([1, 4, 9, 16]).tolist()
    assert value(contract("ii->i", outer(U, U)), u=[1.0, 2.0, 3.0, 4.0]).tolist() == [1, 4, 9, 16]


def test_the_first_of_equal_entries_is_picked():
    for entries in ([1, 3, 3, 2], [1.0, 3.0, 3.0, 2.0]):
        assert value(pick(U), u=entries).tolist() == [0, 1, 0, 0]


def test_shared_nodes_are_computed_once_and_depth_is_no_limit():
    root = U
    for k in range(3000):
        root = named(f"h{k}", (root + root * root) * Fraction(1, 2))
    started = time.perf_counter()
    found = evaluate([total(root)], {"u": [0.1, 0.2, 0.3, 0.4]})
    assert time.perf_counter() - started < 2
    assert len(found.values) == 3002


# ------------------------------------------------------------------------------------------------------ stable forms


def _shifted(x):
    return log(total(exp(x - largest(x)))) + largest(x)


LOGSUMEXP = Rule("logsumexp", "", (Argument("x"),), lambda x: log(total(exp(x))), (), "", stable=_shifted)
ONE_PASS = Rule("square", "", (Argument("x"),), lambda x: x * x, (), "", stable=lambda x: exp(2 * log(x)))


def test_the_stable_form_is_the_one_that_runs():
    assert value(call(LOGSUMEXP, U), u=[1000.0, 1000.0, 0.0, -1000.0]) == 1000 + np.log(2)
    assert value(call(LOGSUMEXP, U), u=[1000, 1000, 0, -1000]) == 1000 + np.log(2)


def test_a_rational_definition_is_better_than_a_stable_form():
    assert is_exact(value(call(ONE_PASS, U), u=[1, 2, 3, 4]))


def test_names_among_the_arguments_of_a_rule_get_values():
    z = named("z", 2 * U)
    node = call(LOGSUMEXP, z)
    result = evaluate([node], {"u": [0, 0, 0, 0]})
    assert result[z].tolist() == [0, 0, 0, 0]
    assert result[node] == np.log(4)


def test_sigmoid_and_tanh_far_out():
    assert value(sigmoid(U), u=[-1000.0, 1000.0, -40.0, 0.0]).tolist() == [0.0, 1.0, np.exp(-40.0) / (1 + np.exp(-40.0)), 0.5]
    assert value(tanh(U), u=[-1000.0, 1000.0, 0.0, 1e-9]).tolist() == [-1.0, 1.0, 0.0, 1e-9]


def test_no_minus_zero():
    assert str(value(-1 * relu(U), u=[-1.0, -2.0, -3.0, -4.0]).tolist()) == "[0.0, 0.0, 0.0, 0.0]"
    assert str(value(-U, u=[0.0, 2.0, 0.0, 4.0]).tolist()) == "[0.0, -2.0, 0.0, -4.0]"


# ------------------------------------------------------------------------------------------------------------- kinks


def test_sums_that_are_nothing_but_rounding_are_zero():
    v, W = var("v", (3,)), var("W", (3, 2))
    found = value(W.T @ (v - 1 / num(3)), exact=False, v=[0.0, 1.0, 0.0], W=[[0.1, 0.3]] * 3)
    assert found.tolist() == [0.0, 0.0]
    assert value(total(v), exact=False, v=[0.1, 0.2, -0.3]) == 0
    assert value(total(v), exact=False, v=[1.0, 1e-14, -1.0]) == pytest.approx(1e-14, rel=0.01), "small, and more than rounding"
    assert value(v @ v, exact=False, v=[1e-20, 0.0, 1e-200]) == 1e-40, "small terms are no rounding"


def kinks(root, **data):
    return [(kink.leaf, kink.what, kink.entries) for kink in evaluate([root], data).kinks]


def test_kinks_are_reported():
    z = named("z", U - 1)
    assert kinks(named("h", relu(z)), u=[1, 2, 0, 1]) == [("relu", "z", ((0,), (3,)))]
    assert kinks(named("h", relu(U - 1)), u=[1.0, 2.0, 0.0, 1.0]) == [("relu", "h", ((0,), (3,)))]
    assert kinks(absolute(U) + relu(U) * step(U), u=[1, 0, -1, 2]) == [("abs", "u", ((1,),))]
    assert kinks(sign(U), u=[1, 2, 3, 4]) == []
    assert kinks(relu(var("s", ())), s=0) == [("relu", "s", ((),))]


def test_tied_maxima_are_kinks():
    assert kinks(named("m", total(pick(U) * U)), u=[1, 3, 3, 2]) == [("max", "u", ((1,), (2,)))]
    assert kinks(named("m", largest(X, axis=1)), X=[[1, 2], [4, 4]]) != []
    assert kinks(named("m", total(pick(U) * U)), u=[1, 3, 2, 2]) == []


def test_a_branch_of_a_stable_form_is_no_kink():
    assert kinks(call(LOGSUMEXP, U), u=[1, 1, 1, 1]) == []
