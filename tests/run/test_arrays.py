"""Contractions and re-indexings against plain loops, in floats, rationals and residues alike."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byhand.lang.index import Affine, Gather, Reshape, Window
from byhand.lang.spec import Spec
from byhand.run.arrays import einsum, eliminate, reindex


def looped(how, args, sizes):
    """The meaning of a specification, letter by letter."""
    letters = sorted(set("".join(how.inputs) + how.output))
    out = np.full(tuple(sizes[c] for c in how.output), Fraction(0), dtype=object)
    for place in product(*(range(sizes[c]) for c in letters)):
        at = dict(zip(letters, place))
        term = Fraction(1)
        for word, arg in zip(how.inputs, args):
            term = term * arg[tuple(at[c] for c in word)]
        out[tuple(at[c] for c in how.output)] += term
    return out


@st.composite
def contractions(draw):
    words = draw(st.lists(st.text("ijkl", max_size=3), min_size=1, max_size=2))
    output = draw(st.text("ijklm", max_size=3))
    sizes = {c: draw(st.integers(1, 3)) for c in "ijklm"}
    args = [np.empty([sizes[c] for c in word], dtype=object) for word in words]
    for arg in args:
        for place in np.ndindex(arg.shape):
            arg[place] = Fraction(draw(st.integers(-4, 4)), draw(st.integers(1, 3)))
    return Spec(tuple(words), output), args, sizes


@given(contractions())
@settings(max_examples=150, deadline=None)
def test_contract(case):
    how, args, sizes = case
    shape = tuple(sizes[c] for c in how.output)
    expected = looped(how, args, sizes)
    assert (einsum(how, args, shape, 0, Fraction(0)) == expected).all()
    floats = einsum(how, [arg.astype(float) for arg in args], shape)
    assert floats.shape == shape
    np.testing.assert_allclose(floats, expected.astype(float), atol=1e-12)
    stacked = [np.stack([arg, 2 * arg]) for arg in args]
    doubled = einsum(how, stacked, shape, 1, Fraction(0))
    assert (doubled[0] == expected).all()
    assert np.array_equal(doubled[1], np.asarray(expected * 2 ** len(args)))


def test_leading_axes_broadcast():
    trials, constant = np.arange(12.0).reshape(2, 2, 3), np.ones((1, 3))
    assert einsum(Spec(("ij", "j"), "i"), [trials, constant], (2,), 1).tolist() == [[3.0, 12.0], [21.0, 30.0]]


def test_large_contractions_use_matrix_products():
    a, b = np.random.default_rng(0).normal(size=(2, 60, 60))
    np.testing.assert_allclose(einsum(Spec(("ij", "kj"), "ik"), [a, b], (60, 60)), a @ b.T)


WINDOWS = {
    "slice": (Window((Affine(1, ((0, 2),)),)), (7,), (3,)),
    "flip": (Window((Affine(4, ((0, -1),)),)), (5,), (5,)),
    "pad": (Window((Affine(-2, ((0, 1),)),)), (3,), (8,)),
    "entry": (Window((Affine(1), Affine(2))), (3, 4), ()),
    "new axis": (Window((Affine(0, ((1, 1),)),)), (3,), (1, 3)),
    "windows": (Window((Affine(-1, ((0, 2), (2, 1))), Affine(-1, ((1, 2), (3, 1))))), (5, 4), (3, 2, 3, 3)),
    "overlapping": (Window((Affine(0, ((0, 1), (1, 1))),)), (6,), (4, 3)),
    "all outside": (Window((Affine(9, ((0, 1),)),)), (2,), (3,)),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_window(name):
    by, source, target = WINDOWS[name]
    arg = np.array([Fraction(k + 1) for k in range(int(np.prod(source)))], dtype=object).reshape(source)
    expected = np.full(target, Fraction(0), dtype=object)
    for place in np.ndindex(*target):
        at = tuple(axis.offset + sum(stride * place[k] for k, stride in axis.strides) for axis in by.axes)
        if all(0 <= i < n for i, n in zip(at, source)):
            expected[place] = arg[at]
    found = reindex(by, False, arg, target, 0, Fraction(0))
    assert found.shape == target
    assert (found == expected).all()
    assert (reindex(by, False, np.stack([arg, -arg]), target, 1) == np.stack([expected, -expected])).all()


CASES = {**WINDOWS, "gather": (Gather((2, 0, 2)), (3, 2), (3, 2)), "reshape": (Reshape(), (2, 6), (3, 4))}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("lead", [0, 2])
def test_scatter_is_the_adjoint(name, lead):
    by, source, target = CASES[name]
    rng = np.random.default_rng(1)
    front = (2, 3)[:lead]
    x, y = rng.integers(-5, 5, front + source).astype(object), rng.integers(-5, 5, front + target).astype(object)
    there, back = reindex(by, False, x, target, lead), reindex(by, True, y, source, lead)
    assert back.shape == x.shape
    assert np.sum(there * y) == np.sum(x * back)


def test_inverse_by_elimination():
    matrix = [[Fraction(0), Fraction(2)], [Fraction(3), Fraction(4)]]
    found = eliminate(matrix, lambda x: 1 / x, Fraction, abs)
    assert found == [[Fraction(-2, 3), Fraction(1, 3)], [Fraction(1, 2), Fraction(0)]]
    assert eliminate([[2, 1], [4, 2]], lambda x: pow(x, -1, 7), lambda x: x % 7, lambda x: x) is None
    assert eliminate([[2, 1], [4, 3]], lambda x: pow(x, -1, 7), lambda x: x % 7, lambda x: x) == [[5, 3], [5, 1]]
