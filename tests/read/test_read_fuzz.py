"""Whatever is read, the answer is an expression or one message; never another exception, and never long."""

from __future__ import annotations

import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from read_scopes import LOOSE, SCOPE

from byhand.lang.errors import ByhandError
from byhand.read.elaborate import Reading, elaborate, elaborate_claim, read_formula, read_formula_checked
from byhand.read.scope import Scope
from byhand.read.statements import Asked, Declared, Defined, Task, declared_shape, parse_statements
from byhand.read.syntax import Comparison

NAMES = "a v A W1 x b1 G X p ys z lam s L Z u K B h_out labels rows k m n d W₁ λ ε δ_z Z̄ I I_n 𝟏_n 𝟎_{m×n} pi e T i j nan 0 1 2 3 0.5 1e-3 ½ -1 10"
SIGNS = "+ - * / @ ** ^ = == < >= ⊙ · ⊗ − ( ) [ ] { } , : ; . ' ′ | ‖ ᵀ ² ⁻¹ _ _i _{ij} _{i,:} Σ Σ_i Σ_{ij} √ ∂ ∂L/∂z ∇_z dL/dz dL/dW1 [δ_{ij}]_{ij} #"
LATEX = r"\frac{a}{v} \frac \sum_{i} \left( \right) ^{\top} \, \delta_{z} \mathit{ys} \sqrt{ \cdot \bar{z} }"
CALLS = "sum( log( softmax( relu( axis=0) axis= keepdims=True max( inv( outer( concat([ reshape( einsum( cross_entropy( conv2d( where( np. full(( eye( step("
INDICES = '.T .sum() [0] [:,1] [:,None] [rows] [::-1] "ij,jk->ik"'
PIECES = [*NAMES.split(), *SIGNS.split(), *LATEX.split(), *CALLS.split(), *INDICES.split(), "\n", " ", " ", " "]

SETTINGS = settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=14).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join),
    st.text(max_size=40),
)


def _reading(text: str, scope: Scope) -> Reading | ByhandError:
    try:
        return read_formula_checked(text, scope)
    except ByhandError as problem:
        return problem


def _read(text: str) -> None:
    start = time.perf_counter()
    for scope in (SCOPE, LOOSE):
        found = _reading(text, scope)
        if isinstance(found, ByhandError):
            assert found.line is not None, found
            assert found.message.endswith((".", "?", ")")), found.message
        else:
            assert read_formula(found.read_as, scope).shape == found.expr.shape, (text, found.read_as)
    assert time.perf_counter() - start < 2, text


@SETTINGS
@given(texts)
def test_any_text_is_a_formula_or_a_message(text: str) -> None:
    _read(text)


@SETTINGS
@given(texts)
def test_any_text_is_statements_or_a_message(text: str) -> None:
    found = _problem(text)
    assert found is None or found.line is not None, found


def _problem(text: str) -> ByhandError | None:
    """What is wrong with the statements of a block, if anything is."""
    try:
        for one in parse_statements(text):
            match one:
                case Declared():
                    declared_shape(one)
                case Asked(Comparison() as claim):
                    elaborate_claim(claim, SCOPE)
                case Asked(tree) | Defined(_, tree):
                    elaborate(tree, SCOPE)
                case Task():
                    pass
    except ByhandError as problem:
        return problem
    return None


def test_joined_formulas() -> None:
    """Well-formed pieces joined by operators, so that more of them mean something."""
    operands = ["a", "v", "A", "aᵀ", "s", "W1ᵀ x", "2 a", "Σ_i a_i", "A a", "relu(a)", "(a + v)", "a²", "1/m", "X w", "G", "-a", "|a|", "[s, 2]"]
    for left in operands:
        for op in ("+", "-", "*", "/", "@", " ", "⊙", "·", "**", "^", "<"):
            for right in operands:
                _read(f"{left}{op}{right}")
