"""First values: fans read off formulas, spreads against PyTorch and JAX, and numbers that depend on the seed and the name alone."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from byhand.lang.errors import ByhandError
from byhand.rules.initialisers import BY_NAME, INITIALISERS
from byhand.train.model import bound_sizes, initial_values, model_of, network_text
from byhand.train.model.fans import Part, parts_of
from byhand.train.model.start import draw, initialiser_named, spread_of


def parts(block: str) -> dict[str, Part]:
    model = model_of(f"```byhand\n{block}\n```\n")
    return {one.name: part for one, part in parts_of(model.parameters, model.loss, model.samples_of).items()}


@pytest.mark.parametrize(
    ("formulas", "dims"),
    [
        ("x : (5,)\ny : (3,)\nW : (3, 5)\nb : (3,)\nL = sum((W @ x + b - y)**2)", (3, 5)),
        ("x : (5,)\ny : (3,)\nW : (5, 3)\nb : (3,)\nL = sum((W.T @ x + b - y)**2)", (5, 3)),
        ("X : (N, 5)\ny : (N, 3)\nW : (5, 3)\nb : (3,)\nL = sum((X @ W + b - y)**2)", (5, 3)),
        ("X : (N, 5)\ny : (N, 3)\nW : (3, 5)\nb : (3,)\nL = sum((X @ W.T + b - y)**2)", (3, 5)),
        ("X : (5, N)\ny : (3, N)\nW : (3, 5)\nb : (3, 1)\nL = sum((W @ X + b - y)**2)", (3, 5)),
    ],
)
def test_no_convention_is_imposed(formulas: str, dims: tuple[int, int]) -> None:
    found = parts(f"{formulas}\ndL/dW, dL/db")
    assert (found["W"].kind, found["W"].fan_in(dims), found["W"].fan_out(dims)) == ("weight", 5, 3)
    assert found["b"].kind == "bias"


def test_a_kernel_counts_its_window_on_both_sides() -> None:
    torch = pytest.importorskip("torch")
    found = parts("X : (N, 2, 8, 8)\ny : (N, 3, 6, 6)\nK : (3, 2, 3, 3), c : (3,)\nL = mse(relu(conv2d(X, K, c)), y)\ndL/dK, dL/dc")
    fans = torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(3, 2, 3, 3))
    assert (found["K"].fan_in((3, 2, 3, 3)), found["K"].fan_out((3, 2, 3, 3))) == fans == (18, 27)
    assert found["K"].gain == 2
    assert found["c"].kind == "bias"


@pytest.mark.parametrize(
    ("activation", "gain"), [("relu", 2), ("leaky_relu", 2), ("elu", 2), ("gelu", 2), ("silu", 2), ("tanh", None), ("sigmoid", None), ("softplus", None)]
)
def test_the_activation_behind_a_weight_says_its_gain(activation: str, gain: int | None) -> None:
    found = parts(f"X : (N, 4)\ny : (N,)\nW : (4, 3), b : (3,)\nw : (3,)\nZ = X @ W + b\nH = {activation}(Z)\nL = mse(H @ w, y)\ndL/dW, dL/db, dL/dw")
    assert found["W"].gain == (None if gain is None else Fraction(gain))
    assert found["w"].gain is None


def test_what_multiplies_entry_by_entry_begins_with_ones_or_as_its_rule_says() -> None:
    block = (
        "X : (N, 4)\ny : (N,)\nW : (4, 3), g : (3,), c : (3,), s : (3,)\nw : (3,)\n"
        "L = mse((s * tanh(layer_norm(X @ W, g, c))) @ w, y) + 0.1 * sum(g**2)\ndL/dW, dL/dg, dL/dc, dL/ds, dL/dw"
    )
    model = model_of(f"```byhand\n{block}\n```\n")
    values = initial_values(model, {}, 3)
    for name, number in (("g", 1), ("c", 0), ("s", 1)):
        np.testing.assert_array_equal(values[name], np.full(3, number))
    assert values["W"].std() > 0.1


def test_tables_and_products_of_parameters_are_weights() -> None:
    found = parts("X : (N, 4)\ny : (N, 5)\nU : (4, 2), V : (2, 5)\nA = U @ V\nL = mse(X @ A, y)\ndL/dU, dL/dV")
    assert {name: part.kind for name, part in found.items()} == {"U": "weight", "V": "weight"}
    looked_up = parts("w : (N, T)\ny : (N,)\nE : (7, 4)\nv : (4,)\nL = mse(mean(E[w], axis=1) @ v, y)\ndL/dE, dL/dv")
    assert looked_up["E"].kind == "weight"


# ------------------------------------------------------------------------------------------------ distributions

DENSE = Part("weight", (0,), (1,), (), None)
BEHIND_RELU = Part("weight", (0,), (1,), (), Fraction(2))
DIMS = (400, 300)


def drawn(name: str, part: Part = DENSE, seed: int = 0) -> np.ndarray:
    return draw(BY_NAME[name], part, DIMS, np.random.Generator(np.random.Philox(key=seed)))


@pytest.mark.parametrize(("name", "theirs"), [("xavier_uniform", "xavier_uniform_"), ("he_uniform", "kaiming_uniform_")])
def test_bounds_of_uniform_ones_are_those_of_pytorch(name: str, theirs: str) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    other = torch.empty(DIMS[1], DIMS[0], dtype=torch.float64)  # outputs first, as PyTorch's layers have it
    settings = {"nonlinearity": "relu"} if "kaiming" in theirs else {}
    getattr(torch.nn.init, theirs)(other, **settings)
    mine = drawn(name, BEHIND_RELU)
    bound = spread_of(BY_NAME[name], BEHIND_RELU, DIMS)
    assert np.abs(mine).max() <= bound
    np.testing.assert_allclose(other.abs().max().item(), bound, rtol=1e-4)
    np.testing.assert_allclose(np.abs(mine).max(), bound, rtol=1e-4)
    np.testing.assert_allclose([mine.var(), other.var().item()], bound**2 / 3, rtol=0.02)


@pytest.mark.parametrize(("name", "theirs"), [("xavier_normal", "xavier_normal_"), ("he_normal", "kaiming_normal_")])
def test_variances_of_normal_ones_are_those_of_pytorch(name: str, theirs: str) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    other = torch.empty(DIMS[1], DIMS[0], dtype=torch.float64)
    settings = {"nonlinearity": "relu"} if "kaiming" in theirs else {}
    getattr(torch.nn.init, theirs)(other, **settings)
    mine = drawn(name, BEHIND_RELU)
    np.testing.assert_allclose(mine.var(), other.var().item(), rtol=0.03)
    np.testing.assert_allclose(mine.var(), spread_of(BY_NAME[name], BEHIND_RELU, DIMS), rtol=0.02)
    assert abs(mine.mean()) < 3e-3


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("xavier_uniform", "glorot_uniform"),
        ("xavier_normal", "glorot_normal"),
        ("he_uniform", "he_uniform"),
        ("he_normal", "he_normal"),
        ("lecun_uniform", "lecun_uniform"),
        ("lecun_normal", "lecun_normal"),
        ("orthogonal", "orthogonal"),
        ("zeros", "zeros"),
        ("ones", "ones"),
    ],
)
def test_variances_are_those_of_jax(name: str, theirs: str) -> None:
    jax = pytest.importorskip("jax")
    made = getattr(jax.nn.initializers, theirs)
    made = made if name in ("zeros", "ones") else made()
    other = np.asarray(made(jax.random.PRNGKey(0), DIMS), dtype=float)
    mine = drawn(name, BEHIND_RELU if name.startswith("he") else DENSE)
    np.testing.assert_allclose([mine.mean(), (mine**2).mean()], [other.mean(), (other**2).mean()], rtol=0.03, atol=1e-3)


@pytest.mark.parametrize("dims", [(4, 7), (7, 4), (5, 5), (3, 2, 2, 3)])
def test_orthogonal_matrices_are_orthogonal(dims: tuple[int, ...]) -> None:
    part = Part("weight", (1,), (0,), tuple(range(2, len(dims))), None)
    found = draw(BY_NAME["orthogonal"], part, dims, np.random.Generator(np.random.Philox(key=1)))
    matrix = found.reshape((dims[0], -1))
    small = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(small, np.eye(len(small)), atol=1e-12)


# ------------------------------------------------------------------------------------------------------ the whole

TEXT = network_text([5, 4, 3])
DATA = {"X": np.zeros((2, 5)), "Y": np.eye(3)[:2]}


def test_numbers_depend_on_the_seed_and_the_name_alone() -> None:
    model = model_of(TEXT)
    sizes = bound_sizes(model, DATA)
    first, again, other = (initial_values(model, sizes, seed) for seed in (1, 1, 2))
    turned = model_of(TEXT.replace("dL/dW1, dL/db1, dL/dW2, dL/db2", "dL/db2, dL/dW2, dL/db1, dL/dW1"))
    turned_values = initial_values(turned, sizes, 1)
    for name, array in first.items():
        np.testing.assert_array_equal(array, again[name])
        np.testing.assert_array_equal(array, turned_values[name])
    assert not np.array_equal(first["W1"], other["W1"])
    assert not np.allclose(first["W1"].ravel()[:12], first["W2"].ravel()[:12])


def test_arrays_are_as_engines_want_them() -> None:
    model = model_of(TEXT)
    for dtype in (np.float32, np.float64):
        values = initial_values(model, bound_sizes(model, DATA), 0, dtype)
        assert all(array.dtype == dtype and array.flags.c_contiguous and array.flags.writeable for array in values.values())
        assert [array.shape for array in values.values()] == [(5, 4), (4,), (4, 3), (3,)]


def test_the_default_is_he_before_relu_and_xavier_elsewhere() -> None:
    model = model_of(network_text([300, 400, 200]))
    values = initial_values(model, {}, 0)
    np.testing.assert_allclose(values["W1"].var(), 2 / 300, rtol=0.03)
    np.testing.assert_allclose(np.abs(values["W2"]).max(), np.sqrt(6 / 600), rtol=1e-3)
    np.testing.assert_array_equal(values["b1"], np.zeros(400))


def test_signals_keep_their_size_through_many_layers() -> None:
    """Twenty layers of relu with the default: the mean square neither dies nor explodes."""
    values = initial_values(model_of(network_text([200] * 21)), {}, 0)
    signal = np.random.default_rng(0).normal(size=(50, 200))
    for layer in range(1, 20):
        signal = np.maximum(signal @ values[f"W{layer}"] + values[f"b{layer}"], 0)
    assert 0.2 < (signal**2).mean() < 5


def test_the_sheet_s_own_numbers_come_first_unless_something_else_is_asked_for() -> None:
    block = "```byhand\nX : (N, 2)\ny : (N,)\nw = [0.25, -4]\nb : ()\nL = mse(X @ w + b, y)\ndL/dw, dL/db\n```\n"
    model = model_of(block)
    np.testing.assert_array_equal(initial_values(model, {}, 0)["w"], [0.25, -4])
    assert not np.array_equal(initial_values(model, {}, 0, initialiser="he")["w"], [0.25, -4])
    assert initial_values(model, {}, 0)["b"].shape == ()


def test_an_unknown_initialiser_is_refused_with_what_there_is() -> None:
    assert initialiser_named("Glorot-uniform").name == "xavier_uniform"
    with pytest.raises(ByhandError, match=r"there is no initialiser 'xaver'; there are zeros, .*\. Did you mean xavier\?"):
        initialiser_named("xaver")
    assert len({name for one in INITIALISERS for name in (one.name, *one.others)}) == len(BY_NAME)
