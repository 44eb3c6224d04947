"""What else can be wrong with a function than the formula of a gradient, and what a person can write that cannot be checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from byhand.check.backward.check import check_function
from byhand.check.backward.pairs import Pair
from byhand.check.backward.result import BackwardCheck, WrongGradient
from byhand.lang.errors import ByhandError

LINEAR = "Y = X @ W + b"
SHAPES: dict[str, object] = {"X": ("n", "d"), "W": ("d", "k"), "b": ("k",)}


def linear(X: Any, W: Any, b: Any) -> Any:
    return X @ W + b


def back(G: Any, X: Any, W: Any, b: Any) -> Any:
    return G @ W.T, X.T @ G, G.sum(0)


def checked(forward: Callable[..., Any] = linear, backward: Callable[..., Any] = back, formula: str = LINEAR, **more: Any) -> BackwardCheck:
    return check_function(Pair("linear", forward, backward), formula, more.pop("inputs", SHAPES), **more)


# ------------------------------------------------------------------------------------------------ the forward function


def test_a_wrong_forward_function_is_named_with_its_slip() -> None:
    found = checked(lambda X, W, b: X @ W - b)
    assert (found.stage, found.first_wrong) == ("forward", "Y")
    assert found.slip is not None
    assert found.slip.message == "the bias b is subtracted in Y"


def test_a_forward_function_of_another_shape() -> None:
    found = checked(lambda X, W, b: (X @ W + b).T)
    assert found.findings[0].kind == "shape"
    assert "its shape is (4, 3) instead of (3, 4)" in found.message


def test_a_forward_function_that_fails() -> None:
    def fails(X: Any, W: Any, b: Any) -> Any:
        raise RuntimeError("no kernel for this")

    found = checked(fails)
    assert (found.findings[0].kind, found.stage) == ("raises", "forward")
    assert "RuntimeError: no kernel for this" in found.message


def test_a_function_of_single_precision_is_compared_with_fewer_digits() -> None:
    found = checked(
        lambda X, W, b: X.astype("f4") @ W.astype("f4") + b.astype("f4"), lambda G, X, W, b: back(G.astype("f4"), X.astype("f4"), W.astype("f4"), b)
    )
    assert found.ok, str(found)
    assert "single precision" in str(found)


def test_a_function_that_takes_no_doubles_is_tried_in_single_precision() -> None:
    def only_single(X: Any, W: Any, b: Any) -> Any:
        if X.dtype != np.float32:
            raise TypeError("float32 expected")
        return X @ W + b

    found = checked(only_single)
    assert found.ok, str(found)
    assert found.trial.precision == "float32"
    assert not checked(only_single, lambda G, X, W, b: (G @ W.T, X.T @ G, 1.001 * G.sum(0))).ok


# ------------------------------------------------------------------------------------------------ the backward function


def test_a_gradient_of_single_precision_in_a_function_of_double() -> None:
    found = checked(backward=lambda G, X, W, b: (G.astype("f4").astype("f8") @ W.T, X.T @ G, G.sum(0)))
    assert (found.first_wrong, found.findings[0].kind) == ("X", "precision")


def test_a_gradient_of_another_type() -> None:
    found = checked(lambda X, W, b: X @ W + b, lambda G, X, W, b: (G @ W.T, X.T @ G, np.round(G.sum(0) * 0).astype("f4")), inputs={**SHAPES}, wrt=["X", "W"])
    assert found.ok
    found = checked(
        formula="Y = X * 0 + b",
        forward=lambda X, b: X * 0 + b,
        backward=lambda G, X, b: (np.zeros(X.shape, "f4"), G.sum(0)),
        inputs={"X": ("n", "d"), "b": ("d",)},
    )
    assert found.ok  # the output does not depend on X: whatever is zero is right


def test_an_error_in_the_backward_function() -> None:
    found = checked(backward=lambda G, X, W, b: (G @ W, X.T @ G, G.sum(0)))
    assert (found.findings[0].kind, found.stage, found.slip) == ("raises", "backward", None)


def test_too_few_gradients() -> None:
    found = checked(backward=lambda G, X, W, b: (G @ W.T, X.T @ G))
    assert "2 gradients were returned for 3 inputs" in found.message


def test_a_missing_gradient() -> None:
    found = checked(backward=lambda G, X, W, b: (G @ W.T, None, G.sum(0)))
    assert (found.first_wrong, found.findings[0].kind) == ("W", "none")
    assert "wrt=['X', 'b']" in found.message
    assert checked(backward=lambda G, X, W, b: (G @ W.T, None, G.sum(0)), wrt=["X", "b"]).ok


def test_a_gradient_that_is_not_a_number() -> None:
    with np.errstate(all="ignore"):
        found = checked(backward=lambda G, X, W, b: (G @ W.T, X.T @ G / 0, G.sum(0)))
    assert (found.first_wrong, found.findings[0].kind) == ("W", "undefined")


def test_a_changed_incoming_gradient() -> None:
    def damaging(G: Any, X: Any, W: Any, b: Any) -> Any:
        found = G @ W.T, X.T @ G, G.sum(0)
        G *= 0
        return found

    found = checked(backward=damaging)
    assert not found.ok
    assert "the incoming gradient holds other numbers after the backward function ran" in found.message


def test_a_changed_input() -> None:
    def damaging(G: Any, X: Any, W: Any, b: Any) -> Any:
        found = G @ W.T, X.T @ G, G.sum(0)
        X *= 2
        return found

    found = checked(backward=damaging)
    assert (found.findings[0].kind, found.first_wrong) == ("changes", "X")


def test_a_changed_input_of_the_forward_function_comes_before_what_follows_from_it() -> None:
    def damaging(X: Any, W: Any, b: Any) -> Any:
        out = X @ W + b
        X *= 2
        return out

    found = checked(damaging)
    assert (found.findings[0].kind, found.stage, found.first_wrong) == ("changes", "forward", "X")


def test_a_function_that_remembers_and_spoils() -> None:
    def forward(X: Any, W: Any, b: Any) -> Any:
        return X @ W + b, [X.copy(), W]

    def spoiling(G: Any, kept: Any) -> Any:
        X, W = kept
        found = G @ W.T, X.T @ G, G.sum(0)
        kept[0] = X * 0
        return found

    found = checked(forward, spoiling)
    assert (found.findings[0].kind, found.first_wrong) == ("repeats", "W")
    assert checked(forward, lambda G, kept: (G @ kept[1].T, kept[0].T @ G, G.sum(0))).ok


def test_arrays_that_are_not_contiguous() -> None:
    def flat(G: Any, X: Any, W: Any, b: Any) -> Any:
        memory = np.frombuffer(G.tobytes(order="A"), G.dtype).reshape(G.shape)
        return memory @ W.T, X.T @ G, G.sum(0)

    found = checked(backward=flat)
    assert (found.findings[0].kind, found.first_wrong) == ("layout", "X")
    assert "not contiguous" in found.message


# ------------------------------------------------------------------------------------------------ sizes


def test_what_is_right_for_one_sample_only() -> None:
    found = checked(backward=lambda G, X, W, b: (G @ W.T, np.outer(X[0], G[0]), G[0]), inputs={"X": (1, 4), "W": (4, 3), "b": (3,)})
    assert found.first_wrong == "W"
    assert "and right at n = 1" in found.message


def test_a_batch_of_one_sample_is_looked_at() -> None:
    found = checked(
        lambda X: (X @ np.ones((X.shape[1], 2))).squeeze(),
        lambda G, X: np.reshape(G, (-1, 2)) @ np.ones((2, X.shape[1])),
        "X @ ones((d, 2))",
        inputs={"X": ("n", "d")},
    )
    assert found.ok
    assert "note: at n = 1 the forward function does something else than the formula" in str(found)


def test_a_transposed_gradient_at_square_sizes() -> None:
    found = checked(lambda X, W: X @ W, lambda G, X, W: (G @ W.T, (X.T @ G).T), "X @ W", inputs={"X": (4, 4), "W": (4, 4)})
    assert found.first_wrong == "W"
    assert found.slip is not None
    assert found.slip.id == "S43"


def test_a_function_for_the_given_sizes_alone_is_tried_there() -> None:
    def forward(X: Any) -> Any:
        return X / 5 @ np.arange(5.0)

    found = checked(forward, lambda G, X: np.outer(G, np.arange(5.0)) / 5, "X @ [0, 1, 2, 3, 4] / 5", inputs={"X": (8, 5)})
    assert found.ok, str(found)
    found = checked(lambda X: X.sum(1) * 0.2, lambda G, X: np.repeat(G[:, None], 5, 1) * 0.2, "mean(X, axis=1)", inputs={"X": (8, 5)})
    assert found.ok, str(found)
    assert "they are left out" in str(found)


def test_letters_are_a_promise() -> None:
    found = checked(lambda X: X.sum(1) * 0.2, lambda G, X: np.repeat(G[:, None], X.shape[1], 1) * 0.2, "mean(X, axis=1)", inputs={"X": ("n", "d")})
    assert (found.ok, found.stage) == (False, "forward")


@pytest.mark.parametrize("eps", [1e-5, np.float64(1e-5), np.float32(0.25), 2, -0.5])
def test_single_numbers_are_passed_on(eps: Any) -> None:
    seen: set[type] = set()

    def forward(x: Any, eps: Any) -> Any:
        seen.add(type(eps))
        return x * eps

    assert checked(forward, lambda G, x, eps: {"x": G * eps}, "x * eps", inputs={"x": (3,), "eps": eps}).ok
    assert seen <= {int, float}


def test_numbers_to_begin_with_are_among_the_points() -> None:
    X = np.arange(12.0).reshape(3, 4) + 1
    found = checked(lambda X: np.log(X), lambda G, X: G / X, "log(X)", inputs={"X": X})
    assert any(np.array_equal(case.input("X"), X) for case in found.trial.cases)
    assert found.ok


# ------------------------------------------------------------------------------------------------ intermediates


def test_the_first_wrong_intermediate_is_named() -> None:
    formula = "Z = X @ W; H = tanh(Z); Y = H @ V"

    def backward(G: Any, X: Any, W: Any, V: Any) -> dict[str, Any]:
        H = np.tanh(X @ W)
        dH = G @ V.T
        dZ = dH * (1 - H)
        return {"X": dZ @ W.T, "W": X.T @ dZ, "V": H.T @ G, "H": dH, "Z": dZ}

    found = checked(lambda X, W, V: np.tanh(X @ W) @ V, backward, formula, inputs={"X": (6, 3), "W": (3, 4), "V": (4, 2)}, exposed=("H", "Z"))
    assert found.first_wrong == "Z"
    assert found.wrong == ("Z", "X", "W")
    assert found.slip is not None
    assert found.slip.id == "S34"
    assert set(found.slip.explains) == {"Z", "X", "W"}


def test_a_slip_in_what_is_not_returned_is_found_in_what_is() -> None:
    formula = "Z = X @ W; H = tanh(Z); Y = H @ V"

    def backward(G: Any, X: Any, W: Any, V: Any) -> Any:
        H = np.tanh(X @ W)
        dZ = (G @ V.T) * (1 - H)
        return dZ @ W.T, X.T @ dZ, H.T @ G

    found = checked(lambda X, W, V: np.tanh(X @ W) @ V, backward, formula, inputs={"X": (6, 3), "W": (3, 4), "V": (4, 2)})
    assert found.first_wrong == "X"
    assert found.slip is not None
    assert found.slip.id == "S34"
    assert set(found.slip.explains) == {"X", "W"}


# ------------------------------------------------------------------------------------------------ kinks, domains, facts


def test_points_keep_away_from_kinks() -> None:
    found = checked(lambda x: np.maximum(x, 0), lambda G, x: G * (x >= 0), "relu(x)", inputs={"x": (40,)})
    assert found.ok
    assert all(np.abs(case.input("x")).min() > 1e-6 for case in found.trial.cases)


def test_points_lie_on_both_sides_of_a_kink() -> None:
    found = checked(lambda x: np.clip(x, 0, 6), lambda G, x: G * (x > 0), "minimum(maximum(x, 0), 6)", inputs={"x": ("n",)})
    assert found.first_wrong == "x"
    assert checked(lambda x: np.clip(x, 0, 6), lambda G, x: G * (x > 0) * (x < 6), "minimum(maximum(x, 0), 6)", inputs={"x": ("n",)}).ok


def test_a_clipped_gradient_is_found_with_large_incoming_gradients() -> None:
    found = checked(lambda x: np.tanh(x) / 10, lambda G, x: np.clip(G * (1 - np.tanh(x) ** 2) / 10, -1, 1), "tanh(x) / 10", inputs={"x": ("n",)})
    assert (found.ok, found.first_wrong) == (False, "x")


def test_slips_are_found_in_single_precision() -> None:
    def softmax(z: Any) -> Any:
        return np.exp(z) / np.exp(z).sum(-1, keepdims=True)

    found = checked(softmax, lambda G, z: (p := softmax(z)) * (1 - p) * G, "softmax", inputs={"z": ("n", "k")}, precision="float32")
    assert found.slip is not None
    assert found.slip.id == "S17"
    inside = checked(
        lambda z: softmax(z.astype("f4")), lambda G, z: (p := softmax(z.astype("f4"))) * (1 - p) * G.astype("f4"), "softmax", inputs={"z": ("n", "k")}
    )
    assert inside.slip is not None
    assert inside.slip.id == "S17"


def test_points_lie_where_the_formula_is_defined() -> None:
    assert checked(lambda x: np.log(x), lambda G, x: G / x, "log(x)", inputs={"x": (5,)}).ok
    assert checked(lambda x: np.log(x / (1 - x)), lambda G, x: G / (x * (1 - x)), "log(x / (1 - x))", inputs={"x": (5,)}).ok
    assert checked(lambda x: x**0.5, lambda G, x: G * 0.5 / x**0.5, "sqrt(x)", inputs={"x": "(n,) positive"}).ok


def test_targets_have_no_gradient_unless_one_is_asked_for() -> None:
    loss, shapes = "-sum(t * log_softmax(z))", {"z": ("n", "k"), "t": "(n, k) one_hot"}

    def log_softmax(z: Any) -> Any:
        return z - np.log(np.exp(z).sum(-1, keepdims=True))

    def backward(G: Any, z: Any, t: Any) -> Any:
        return G * (np.exp(log_softmax(z)) - t), None

    assert checked(lambda z, t: -(t * log_softmax(z)).sum(), backward, loss, inputs=shapes).ok
    found = checked(lambda z, t: -(t * log_softmax(z)).sum(), backward, loss, inputs=shapes, wrt=["z", "t"])
    assert (found.first_wrong, found.findings[0].kind) == ("t", "none")


def test_the_name_of_a_rule_is_a_formula() -> None:
    def softmax(z: Any) -> Any:
        return np.exp(z) / np.exp(z).sum(-1, keepdims=True)

    found = checked(softmax, lambda G, z: (p := softmax(z)) * (G - (G * p).sum(-1, keepdims=True)), "softmax", inputs={"z": ("n", "k")})
    assert found.ok, str(found)


@pytest.mark.parametrize("name", ["relu", "ReLU"])
def test_the_name_of_any_function_is_a_formula(name: str) -> None:
    assert checked(lambda x: np.maximum(x, 0), lambda G, x: G * (x > 0), name, inputs={"x": ("n",)}).ok


def test_a_sheet_is_a_formula() -> None:
    sheet = "# A layer\n\nSome words.\n\n```byhand\nX : (n, d)\nW : (d, k)\nZ = X @ W\nY = relu(Z)\n```\n\nMore words.\n"
    found = checked(lambda X, W: np.maximum(X @ W, 0), lambda G, X, W: ((D := G * (X @ W > 0)) @ W.T, X.T @ D), sheet, inputs={})
    assert found.ok, str(found)
    assert found.trial.problem.wanted == ("X", "W")


def test_another_line_than_the_last_is_the_output() -> None:
    found = checked(lambda X, W: X @ W, lambda G, X, W: (G @ W.T, X.T @ G), "Y = X @ W; L = sum(Y)", inputs={"X": (3, 4), "W": (4, 2)}, output="Y")
    assert found.ok, str(found)


# ------------------------------------------------------------------------------------------------ results, errors


def test_a_result_is_a_truth_value_and_an_assertion() -> None:
    right, wrong = checked(), checked(backward=lambda G, X, W, b: (G @ W.T, X.T @ G, G.mean(0)))
    assert right
    assert not wrong
    assert right.raise_if_wrong() is right
    with pytest.raises(WrongGradient, match="from the gradient of b on"):
        wrong.raise_if_wrong()
    assert issubclass(WrongGradient, AssertionError)


def test_the_report_shows_the_right_formula_and_its_reason() -> None:
    found = checked(backward=lambda G, X, W, b: (G @ W.T, X.T @ G, G.mean(0)))
    assert found.formula == ("dL/db = sum(dL/dY, axis=0)",)
    assert str(found).splitlines()[0] == "✗ linear: the backward function is wrong from the gradient of b on"
    assert "→ matches what you get if dL/db is divided by n, though the loss is a sum (S24)" in str(found)
    assert "right: the gradients of X and W" in str(found)
    assert "tried at 6 points at 2 choices of sizes (n = 3, d = 5, k = 4; n = 4, d = 7, k = 2) in float64" in str(found)


def test_a_page_for_jupyter_escapes_what_a_function_says() -> None:
    def fails(G: Any, X: Any, W: Any, b: Any) -> Any:
        raise RuntimeError("<script>alert(1)</script>")

    page = checked(backward=fails)._repr_html_()
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_names_that_the_derivation_made_up_are_explained() -> None:
    def forward(X: Any, g: Any) -> Any:
        return X / np.sqrt((X * X).mean(-1, keepdims=True)) * g

    found = checked(
        forward,
        lambda G, X, g: (G * g, (G * X).sum(0)),
        "rms = sqrt(mean(X**2, axis=-1, keepdims=True)); Y = X / rms * g",
        inputs={"X": ("n", "d"), "g": ("d",)},
    )
    told = [line.split(" = ")[0] for line in found.formula]
    for line in found.formula:
        for name in ("A1", "Z1", "dL/dA1"):
            assert name not in line or name in told


@pytest.mark.parametrize(
    ("formula", "inputs", "words"),
    [
        ("X @ W", {"X": (3, 4), "W": (5, 2)}, "cannot form the matrix product"),
        ("X @ W", {"X": (3, 4)}, "W"),
        ("", {"X": (3, 4)}, "empty"),
        ("X @", {"X": (3, 4)}, "formula"),
        ("X * 2", {"X": object()}, "cannot take a object for the input X"),
        ("X * 2", {"X": "(n, n) funny"}, "cannot read"),
        ("X * 2", {"X": np.array(["a"])}, "cannot take the numbers of X"),
        ("X * 2", {"X": np.array([np.nan])}, "not all finite"),
        ("X * s", {"X": (3,), "s": float("inf")}, "finite"),
        ("2 * 3", {"X": (3,)}, "depends on nothing"),
        ("log(-x**2)", {"x": (3,)}, "no value at any of the random points"),
        ("X * 2", {"X": (2000, 2000)}, "limit"),
        ("Z = X * 2; X = Z", {"X": (3,)}, "defines it anew"),
    ],
)
def test_what_cannot_be_checked_is_said_in_one_sentence(formula: str, inputs: dict[str, object], words: str) -> None:
    with pytest.raises(ByhandError) as caught:
        checked(lambda *given: given[0], lambda *given: given[0], formula, inputs=inputs)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_names_in_wrt_and_output_must_exist() -> None:
    with pytest.raises(ByhandError, match="wrt names V, which is no input of the function; its inputs are X, W, b"):
        checked(wrt=["V"])
    with pytest.raises(ByhandError, match="no line for Q"):
        checked(output="Q")
    with pytest.raises(ByhandError, match="no line on the way to Y"):
        checked(exposed=("Q",))
