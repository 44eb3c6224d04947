"""Whatever is read, the answer is an expression or one message; never another exception, and never long."""

from __future__ import annotations

import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scopes import LOOSE, SCOPE

from byhand.lang.errors import ByhandError
from byhand.read.elaborate import elaborate, elaborate_claim, read_formula, read_formula_checked
from byhand.read.statements import Asked, Declared, Defined, declared_shape, parse_statements
from byhand.read.syntax import Comparison

PIECES = [
    *["a", "v", "A", "W1", "x", "b1", "G", "X", "p", "ys", "z", "lam", "s", "L", "Z", "u", "K", "B", "h_out", "labels", "rows", "k", "m", "n", "d", "W₁", "λ", "ε", "δ_z", "Z̄", "I", "I_n", "𝟏_n", "𝟎_{m×n}", "pi", "e", "T", "i", "j", "nan"],
    *["0", "1", "2", "3", "0.5", "1e-3", "½", "-1", "10"],
    *["+", "-", "*", "/", "@", "**", "^", "=", "==", "<", ">=", "⊙", "·", "⊗", "−", "(", ")", "[", "]", "{", "}", ",", ":", ";", ".", "'", "′", "|", "‖", "ᵀ", "²", "⁻¹", "_", "_i", "_{ij}", "_{i,:}", "Σ", "Σ_i", "Σ_{ij}", "√", "∂", "∂L/∂z", "∇_z", "dL/dz", "dL/dW1", "[δ_{ij}]_{ij}", "#"],
    r"\frac{a}{v}", r"\frac", r"\sum_{i}", r"\left(", r"\right)", r"^{\top}", r"\,", r"\delta_{z}", r"\mathit{ys}", r"\sqrt{", r"\cdot", r"\bar{z}", "}",
    "sum(", "log(", "softmax(", "relu(", "axis=0)", "axis=", "keepdims=True", "max(", "inv(", "outer(", "concat([", "reshape(", "einsum(", '"ij,jk->ik"',
    "cross_entropy(", "conv2d(", "where(", "np.", ".T", ".sum()", "[0]", "[:, 1]", "[:, None]", "[rows]", "[::-1]", "full((", "eye(", "step(", "show(", "\n", " ", " ", " ",
]  # fmt: skip

SETTINGS = settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=14).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join),
    st.text(max_size=40),
)


def _read(text: str) -> None:
    start = time.perf_counter()
    for scope in (SCOPE, LOOSE):
        try:
            reading = read_formula_checked(text, scope)
        except ByhandError as problem:
            assert problem.line is not None, problem
            assert problem.message.endswith((".", "?", ")")), problem.message
        else:
            assert read_formula(reading.read_as, scope).shape == reading.expr.shape, (text, reading.read_as)
    assert time.perf_counter() - start < 2, text


@SETTINGS
@given(texts)
def test_any_text_is_a_formula_or_a_message(text: str) -> None:
    _read(text)


@SETTINGS
@given(texts)
def test_any_text_is_statements_or_a_message(text: str) -> None:
    try:
        found = parse_statements(text)
        for one in found:
            if isinstance(one, Declared):
                declared_shape(one)
            elif isinstance(one, Asked):
                elaborate_claim(one.what, SCOPE) if isinstance(one.what, Comparison) else elaborate(one.what, SCOPE)
            elif isinstance(one, Defined):
                elaborate(one.value, SCOPE)
    except ByhandError as problem:
        assert problem.line is not None, problem


def test_joined_formulas() -> None:
    """Well-formed pieces joined by operators, so that more of them mean something."""
    operands = ["a", "v", "A", "aᵀ", "s", "W1ᵀ x", "2 a", "Σ_i a_i", "A a", "relu(a)", "(a + v)", "a²", "1/m", "X w", "G", "-a", "|a|", "[s, 2]"]
    for left in operands:
        for op in ("+", "-", "*", "/", "@", " ", "⊙", "·", "**", "^", "<"):
            for right in operands:
                _read(f"{left}{op}{right}")
