"""``byhand.jax.check``: rules written by hand, and JAX's own derivatives of the same functions, which must all be right."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from backward_layers import LAYERS

from byhand.lang.errors import ByhandError

jax = pytest.importorskip("jax")
import jax.numpy as jnp  # noqa: E402

import byhand.jax as handwritten  # noqa: E402
from byhand.jax import library  # noqa: E402

FEW = ("rms norm", "cross entropy", "attention with a mask", "rotary positions", "embedding")
"""JAX compiles every operation for every size, which takes its time."""


@pytest.mark.parametrize("layer", [layer for layer in LAYERS if layer.name in FEW], ids=lambda layer: layer.name)
def test_what_jax_derives_is_right(layer: Any) -> None:
    found = handwritten.check(jax.jit(lambda *given: layer.forward(jnp, *given)), layer.formula, inputs=layer.inputs, **layer.options)
    assert found.ok, str(found)


def by_hand(forward: Any, backward: Any) -> Any:
    """A function whose derivative is written by hand; what it is given is kept."""
    made = jax.custom_vjp(forward)
    made.defvjp(lambda *given: (forward(*given), given), lambda kept, g: backward(g, *kept))
    return made


def test_a_right_rule_passes() -> None:
    rule = by_hand(lambda x, w: x @ w, lambda g, x, w: (g @ w.T, x.T @ g))
    assert handwritten.check(rule, "x @ w", x=("n", "d"), w=("d", "k"), raises=True)


def test_a_wrong_rule_is_named_with_its_slip() -> None:
    rule = by_hand(lambda z: jax.nn.softmax(z, axis=-1), lambda g, z: ((p := jax.nn.softmax(z, axis=-1)) * (1 - p) * g,))
    found = handwritten.check(rule, "softmax", z=("n", "k"))
    assert (found.first_wrong, found.slip and found.slip.id) == ("z", "S17")
    with pytest.raises(handwritten.WrongGradient, match="S17"):
        handwritten.check(rule, "softmax", z=("n", "k"), raises=True)


def test_a_gradient_of_another_shape_is_told_from_jax_message() -> None:
    rule = by_hand(lambda x, w: x @ w, lambda g, x, w: (g @ w.T, g.T @ x))
    found = handwritten.check(rule, "x @ w", x=("n", "d"), w=("d", "k"))
    assert (found.first_wrong, found.findings[0].kind, found.slip and found.slip.id) == ("w", "shape", "S43")


def test_a_missing_gradient_is_zero_in_jax() -> None:
    rule = by_hand(lambda x, w: x @ w, lambda g, x, w: (g @ w.T, None))
    found = handwritten.check(rule, "x @ w", x=("n", "d"), w=("d", "k"))
    assert found.first_wrong == "w"
    assert "zero" in found.message


def test_a_rule_that_cannot_be_compiled() -> None:
    rule = by_hand(lambda x: jnp.sin(x), lambda g, x: (g * jnp.asarray(np.cos(np.asarray(x))),))
    found = handwritten.check(rule, "sin(x)", x=("n",))
    assert found.findings[0].kind == "layout"
    assert "jax.jit" in found.message


def test_second_derivatives() -> None:
    right = by_hand(jnp.tanh, lambda g, x: (g * (1 - jnp.tanh(x) ** 2),))
    wrong = by_hand(jnp.tanh, lambda g, x: (g * (1 - jax.lax.stop_gradient(jnp.tanh(x)) ** 2),))
    assert handwritten.check(right, "tanh(x)", x=("n",), order=2).ok
    found = handwritten.check(wrong, "tanh(x)", x=("n",), order=2)
    assert (found.ok, found.first_wrong) == (False, "x")
    assert "differentiated twice" in str(found)  # and the first time it is right


def test_plain_functions_of_jax_arrays() -> None:
    found = handwritten.check(lambda x: jnp.exp(x), "exp(x)", backward=lambda g, x: g * jnp.exp(x), x=("n",))
    assert found.ok, str(found)
    assert not handwritten.check(lambda x: jnp.exp(x), "exp(x)", backward=lambda g, x: g * x, x=("n",)).ok


def test_double_precision_is_switched_off_again() -> None:
    with jax.enable_x64(False):
        handwritten.check(jnp.tanh, "tanh(x)", x=(3,))
        assert jnp.ones(2).dtype == jnp.float32


def test_without_jax_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(ByhandError, match=r"pip install 'byhand\[jax\]'"):
        library.found()


def test_options_that_make_no_sense() -> None:
    with pytest.raises(ByhandError, match="rounding would hide mistakes"):
        handwritten.check(jnp.tanh, "tanh(x)", x=(3,), dtype=jnp.float16)
    with pytest.raises(ByhandError, match="order 3"):
        handwritten.check(jnp.tanh, "tanh(x)", x=(3,), order=3)
    with pytest.raises(ByhandError, match="no second derivatives"):
        handwritten.check(jnp.tanh, "tanh(x)", x=(3,), order=2, backward=lambda g, x: g)
