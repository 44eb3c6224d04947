"""``byhand.torch.check``: functions of PyTorch as people write them. PyTorch's own functions must be right."""

from __future__ import annotations

from typing import Any

import pytest

from byhand.check.backward.result import BackwardCheck
from byhand.lang.errors import ByhandError

torch = pytest.importorskip("torch")

import byhand.torch as handwritten  # noqa: E402

LINEAR, SHAPES = "Y = X @ W + b", {"X": ("n", "d"), "W": ("d", "k"), "b": ("k",)}


def linear(backward: Any, forward: Any = lambda ctx, X, W, b: X @ W + b) -> Any:
    """A linear layer as a function of PyTorch with this backward function of ctx, incoming gradient and what was saved."""

    class Linear(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, X: Any, W: Any, b: Any) -> Any:
            ctx.save_for_backward(X, W)
            return forward(ctx, X, W, b)

        @staticmethod
        def backward(ctx: Any, G: Any) -> Any:
            return backward(ctx, G, *ctx.saved_tensors)

    return Linear


def checked(backward: Any, **more: Any) -> BackwardCheck:
    return handwritten.check(linear(backward), LINEAR, **SHAPES, **more)


# ------------------------------------------------------------------------------------------------ right ones


def test_a_right_function_passes_as_a_class_and_as_its_apply() -> None:
    right = linear(lambda ctx, G, X, W: (G @ W.T, X.T @ G, G.sum(0)))
    assert handwritten.check(right, LINEAR, **SHAPES).ok
    found = handwritten.check(right.apply, LINEAR, **SHAPES, raises=True)
    assert str(found).startswith("✓ Linear agrees with its formula: the value, and the gradients of X, W and b")


@pytest.mark.parametrize(
    ("function", "formula", "shapes"),
    [
        (lambda X, g, b: torch.nn.functional.layer_norm(X, (X.shape[-1],), g, b), "layer_norm(X, g, b)", {"X": ("n", "d"), "g": ("d",), "b": ("d",)}),
        (lambda z: torch.softmax(z, -1), "softmax(z)", {"z": ("n", "k")}),
        (lambda x: torch.nn.functional.gelu(x), "gelu(x)", {"x": ("n", "d")}),
        (lambda x: torch.nn.functional.silu(x), "silu(x)", {"x": ("n",)}),
        (
            lambda y, t: torch.nn.functional.huber_loss(y, t, delta=0.7),
            "mean(where(abs(y - t) <= 0.7, (y - t)**2 / 2, 0.7 * (abs(y - t) - 0.35)))",
            {"y": ("n",), "t": ("n",)},
        ),
        (lambda x, w: torch.nn.functional.conv2d(x, w), "conv2d(x, w)", {"x": (2, 3, 6, 5), "w": (4, 3, 3, 2)}),
        (lambda W, rows: torch.nn.functional.embedding(rows, W), "W[rows]", {"W": (6, 4), "rows": [0, 2, 2, 5]}),
        (
            lambda Q, K, V: torch.nn.functional.scaled_dot_product_attention(Q[None], K[None], V[None], is_causal=True)[0],
            "causal_softmax(Q @ K.T / sqrt(d)) @ V",
            {"Q": ("n", "d"), "K": ("n", "d"), "V": ("n", "v")},
        ),
        (
            lambda z, t: torch.nn.functional.cross_entropy(z, t, label_smoothing=0.1),
            "S = 0.9 * t + 0.1 / k; L = cross_entropy(z, S)",
            {"z": ("n", "k"), "t": "(n, k) one_hot"},
        ),
    ],
)
def test_functions_of_pytorch_are_right(function: Any, formula: str, shapes: dict[str, object]) -> None:
    found = handwritten.check(function, formula, **shapes)
    assert found.ok, str(found)


def test_a_module_with_its_parameters() -> None:
    network = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.GELU(), torch.nn.Linear(6, 2))
    formula = "h = gelu(X @ layer0_weight.T + layer0_bias); Y = h @ layer2_weight.T + layer2_bias"
    before = {name: value.clone() for name, value in network.named_parameters()}
    found = handwritten.check(network, formula, X=("n", 4))
    assert found.ok, str(found)
    assert set(found.trial.backward) == {"X", "layer0_weight", "layer0_bias", "layer2_weight", "layer2_bias"}
    assert all(torch.equal(value, before[name]) for name, value in network.named_parameters())


def test_tensors_to_begin_with() -> None:
    X = torch.randn(3, 4, requires_grad=True)
    assert handwritten.check(lambda X: X.tanh(), "tanh(X)", X=X).ok


# ------------------------------------------------------------------------------------------------ wrong ones


def test_a_transposed_gradient() -> None:
    found = checked(lambda ctx, G, X, W: (G @ W.T, G.T @ X, G.sum(0)))
    assert (found.first_wrong, found.findings[0].kind, found.slip and found.slip.id) == ("W", "shape", "S43")


def test_a_mean_for_a_sum() -> None:
    found = checked(lambda ctx, G, X, W: (G @ W.T, X.T @ G, G.mean(0)))
    assert (found.first_wrong, found.slip and found.slip.id) == ("b", "S24")


def test_the_number_of_gradients() -> None:
    assert "expected 3, got 2" in checked(lambda ctx, G, X, W: (G @ W.T, X.T @ G)).message


def test_a_missing_gradient() -> None:
    found = checked(lambda ctx, G, X, W: (G @ W.T, None, G.sum(0)))
    assert (found.first_wrong, found.findings[0].kind) == ("W", "none")


def test_an_incoming_gradient_that_is_not_used() -> None:
    def backward(ctx: Any, G: Any, X: Any, W: Any) -> Any:
        G = torch.ones_like(G)
        return G @ W.T, X.T @ G, G.sum(0)

    found = checked(backward)
    assert found.wrong == ("X", "W", "b")
    assert "incoming gradient is not used" in found.message


def test_gradients_that_depend_on_what_is_needed() -> None:
    found = checked(lambda ctx, G, X, W: (G @ W.T if ctx.needs_input_grad[1] else None, X.T @ G, G.sum(0)))
    assert (found.first_wrong, found.findings[0].kind) == ("X", "needs")


def test_a_view_of_a_gradient_that_is_not_contiguous() -> None:
    found = checked(lambda ctx, G, X, W: (G.view(-1).view(G.shape) @ W.T, X.T @ G, G.sum(0)))
    assert {one.kind for one in found.findings if one.grave} == {"layout"}
    assert "view" in found.message


def test_damage() -> None:
    def backward(ctx: Any, G: Any, X: Any, W: Any) -> Any:
        found = G @ W.T, X.T @ G, G.sum(0)
        X.data.mul_(2)
        return found

    assert (checked(backward).first_wrong, checked(backward).findings[0].kind) == ("X", "changes")


def test_autograd_sums_what_a_function_does_not() -> None:
    found = checked(lambda ctx, G, X, W: (G @ W.T, X.T @ G, G))
    assert found.ok
    assert "note: the gradient of b comes back with the shape (3, 4), and autograd sums it to (4,)" in str(found)


def test_single_precision() -> None:
    function = linear(
        lambda ctx, G, X, W: ((G.float() @ W.float().T).to(G.dtype), X.T @ G, G.sum(0)),
    )
    found = handwritten.check(function, LINEAR, **SHAPES)
    assert (found.first_wrong, found.findings[0].kind) == ("X", "precision")
    assert handwritten.check(function, LINEAR, **SHAPES, dtype=torch.float32).ok


def test_exposed_intermediates() -> None:
    exposed: dict[str, Any] = {"H": None}

    class Block(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, X: Any, W: Any, V: Any) -> Any:
            ctx.save_for_backward(X, W, V)
            return torch.tanh(X @ W) @ V

        @staticmethod
        def backward(ctx: Any, G: Any) -> Any:
            X, W, V = ctx.saved_tensors
            H = torch.tanh(X @ W)
            exposed["H"] = D = -G @ V.T
            D = D * (1 - H**2)
            return D @ W.T, X.T @ D, H.T @ G

    found = handwritten.check(Block, "Z = X @ W; H = tanh(Z); Y = H @ V", X=("n", "d"), W=("d", "h"), V=("h", "k"), exposed=exposed)
    assert found.first_wrong == "H"
    assert found.slip is not None
    assert "sign" in found.slip.message
    assert set(found.slip.explains) == {"H", "X", "W"}


def test_plain_functions_of_tensors() -> None:
    found = handwritten.check(torch.tanh, "tanh(x)", backward=lambda G, x: G * (1 - torch.tanh(x)), x=("n",))
    assert (found.first_wrong, found.slip and found.slip.id) == ("x", "S34")
    assert handwritten.check(torch.tanh, "tanh(x)", backward=lambda G, x: G * (1 - torch.tanh(x) ** 2), x=("n",)).ok


# ------------------------------------------------------------------------------------------------ second derivatives


def _tanh(keep: Any) -> Any:
    class Tanh(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = torch.tanh(x)
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx: Any, G: Any) -> Any:
            (y,) = ctx.saved_tensors
            return G * (1 - keep(y) ** 2)

    return Tanh


def test_second_derivatives() -> None:
    assert handwritten.check(_tanh(lambda y: y), "tanh(x)", x=("n",), order=2).ok
    assert handwritten.check(lambda X, W: torch.softmax(X @ W, -1), "softmax(X @ W)", X=("n", "d"), W=("d", "k"), order=2).ok
    found = handwritten.check(_tanh(lambda y: y.detach()), "tanh(x)", x=("n",), order=2)
    assert (found.ok, found.first_wrong) == (False, "x")
    assert "differentiated twice" in str(found)


def test_options_that_make_no_sense() -> None:
    with pytest.raises(ByhandError, match="rounding would hide mistakes"):
        handwritten.check(torch.tanh, "tanh(x)", x=(3,), dtype=torch.bfloat16)
