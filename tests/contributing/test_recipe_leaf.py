"""The recipe for a leaf: its derivative is stated once, and every table that computes or writes formulas has a line for it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byhand.derive import derive
from byhand.lang.expr import Expr, Map, apply, named, var
from byhand.lang.functions import total
from byhand.lang.leaf import LOG, Leaf
from byhand.lang.leaves import LEAVES, PI
from byhand.read.elaborate import read_formula
from byhand.read.scope import Scope
from byhand.run import decimals, floats, residues
from byhand.run.evaluate import evaluate
from byhand.run.prove import prove
from byhand.run.sampling import field_evaluate, sample
from byhand.show.conventions import Conventions
from byhand.show.latex import latex
from byhand.show.notation import notation
from byhand.show.plain import plain
from laws import expressions
from support.dual import along, directions, forward
from support.sources import ROOT

X = var("x", (3,))
ONE = [leaf for leaf in LEAVES if leaf.arity == 1]
POINTS = {leaf: [0.5, 1.0, 2.0] if leaf is LOG else [-1.0, 0.0, 2.0] for leaf in ONE}


def applied(leaf: Leaf) -> Expr:
    """A leaf with as many arguments as it takes."""
    return apply(leaf, *[X] * leaf.arity)


@pytest.mark.parametrize("leaf", LEAVES, ids=str)
def test_every_evaluator_has_it(leaf: Leaf) -> None:
    assert leaf in floats.FUNCTIONS
    assert leaf in decimals.FUNCTIONS or leaf is PI
    assert leaf in residues.FUNCTIONS or leaf.arity != 1


@pytest.mark.parametrize("leaf", LEAVES, ids=str)
def test_the_oracles_have_it(leaf: Leaf) -> None:
    """JAX's table; the forward mode in residues is tried below."""
    table = (ROOT / "tests" / "support" / "jax_oracle.py").read_text(encoding="utf-8")
    assert f'"{leaf.name}":' in table


@pytest.mark.parametrize("leaf", [leaf for leaf in LEAVES if leaf.arity], ids=str)
def test_forward_mode_in_residues_agrees(leaf: Leaf) -> None:
    loss = named("L", total(applied(leaf)))
    at = sample([X], {}, 1)
    slopes = directions([X], at, 2)
    (gradient,) = field_evaluate([derive(loss, [X]).gradients["x"]], at)
    assert np.array_equal(along(gradient, slopes[X]), forward(loss, at, slopes))


@pytest.mark.parametrize("leaf", LEAVES, ids=str)
def test_it_is_written_and_read_back(leaf: Leaf) -> None:
    node, scope = applied(leaf), Scope(names={"x": X}, sizes={})
    tree = notation(node, Conventions())
    for spelled in (plain(tree), latex(tree)):
        assert read_formula(spelled, scope) is node, spelled


@pytest.mark.parametrize("leaf", LEAVES, ids=str)
@settings(max_examples=3)
@given(data=st.data())
def test_it_is_in_the_law_strategy(leaf: Leaf, data: st.DataObject) -> None:
    builder = expressions.Builder(data.draw, expressions.NUMBERS)
    assert expressions.leaves.LEAVES is LEAVES
    made = expressions.SAFE[leaf](builder.given()) if leaf in expressions.SAFE else builder.given().through(leaf)
    assert any(isinstance(node, Map) and node.leaf is leaf for node in expressions.postorder(made))


@pytest.mark.parametrize("leaf", ONE, ids=str)
def test_its_derivative_is_the_one_that_is_stated(leaf: Leaf) -> None:
    """Against finite differences, away from its kink."""
    points = np.array([x for x in POINTS[leaf] if x or not leaf.kinked])
    x = var("x", (len(points),))
    slope = derive(named("L", total(x.through(leaf))), [x]).gradients["x"]
    (stated,) = evaluate([slope], {"x": points}, exact=False).roots
    above, below = (evaluate([x.through(leaf)], {"x": points + h}, exact=False).roots[0] for h in (1e-6, -1e-6))
    np.testing.assert_allclose(stated, (above - below) / 2e-6, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("leaf", LEAVES, ids=str)
def test_what_it_says_of_itself(leaf: Leaf) -> None:
    y = applied(leaf)
    assert leaf.because
    assert not leaf.because.endswith(".")
    assert len(leaf.derivative(*[X] * leaf.arity, y)) == leaf.arity
    if leaf.odd:
        assert prove((-X).through(leaf), -y).verdict == "holds"
    if leaf.kinked:
        assert leaf.exact(Fraction(0)) == 0, "one convention holds at kinks: the value at 0 is 0"
