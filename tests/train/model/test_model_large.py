"""Wide layers and large images: models are made in no time, and what is claimed of them is still proved."""

from __future__ import annotations

import time

import pytest

from byhand.app.solving import solve_text
from byhand.lang.build import call
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Call, var
from byhand.lang.functions import total
from byhand.lang.leaves import exp
from byhand.lang.sizes import Poly
from byhand.lang.walk import postorder
from byhand.rules import BY_NAME
from byhand.sheets.answer import answer
from byhand.train.model import model_of, network_text
from byhand.train.model.alike import alike
from byhand.train.model.equal import at_any_size, same, shared_parts


def text(block: str) -> str:
    return f"```byhand\n{block}\n```\n"


WIDE = {
    "three wide layers": (network_text([784, 1024, 1024, 10], l2=1e-4), {"cross_entropy"}),
    "very wide layers": (network_text([4096, 4096, 4096, 10]), {"cross_entropy"}),
    "a large vocabulary, one sample": (
        text("x : (3072,)\nt : (50000,) one_hot\nW : (50000, 3072)\np = softmax(W @ x)\nL = -sum(t * log(p))\ndL/dW"),
        {"softmax"},
    ),
    "many classes, one sample": (text("x : (300,)\nt : (9000,) one_hot\nW : (9000, 300)\nL = cross_entropy(W @ x, t)\ndL/dW"), {"cross_entropy"}),
    "a photograph": (
        text(
            "x : (3, 224, 224)\nt : (1000,) one_hot\nK : (64, 3, 7, 7), c : (64,)\nA = relu(conv2d(x, K, c, stride=2, padding=3))\nP = max_pool2d(A, 2)\n"
            "W : (1000, 64)\nL = cross_entropy(W @ mean(P, axis=(1, 2)), t)\ndL/dK, dL/dc, dL/dW"
        ),
        {"conv2d", "max_pool2d", "cross_entropy"},
    ),
    "a batch of photographs": (
        text(
            "X : (N, 3, 224, 224)\nt : (N,)\nK : (64, 3, 7, 7), c : (64,)\nA = relu(conv2d(X, K, c, stride=2, padding=3))\nP = max_pool2d(A, 2)\n"
            "W : (64, 1000)\nL = cross_entropy(mean(P, axis=(2, 3)) @ W, t)\ndL/dK, dL/dc, dL/dW"
        ),
        {"conv2d", "max_pool2d", "cross_entropy"},
    ),
}


@pytest.mark.parametrize("name", WIDE)
def test_rules_stay_rules_and_samples_stay_apart(name: str) -> None:
    sheet, rules = WIDE[name]
    start = time.process_time()
    model = model_of(sheet)
    assert model.losses is not None
    assert model.derivation.gradients
    assert time.process_time() - start < 2
    assert rules <= {node.rule.name for node in postorder(model.loss) if isinstance(node, Call)}
    assert set(model.per_example()) == {one.name for one in model.parameters}


def test_wide_layers_can_be_solved_without_numbers() -> None:
    formulas = answer(solve_text(WIDE["very wide layers"][0]))["formulas"]
    assert isinstance(formulas, dict)
    assert "dL/dW2" in formulas


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("a = ones(10000)\nouter(a, a)", "line 3, column 1: an array with 100,000,000 entries is refused; the limit is 1,000,000."),
        (
            "x : (20000,)\ns = sum(outer(x, x))\nx = full(20000, 1)\ns",
            "line 3, column 1: an array with 400,000,000 entries is refused; the limit is 100,000,000.",
        ),
        ("W : (10**6, 10**6)\nV = 2 * W\nV", "an array with 1,000,000,000,000 entries is refused; the limit is 10,000,000,000."),
    ],
)
def test_what_would_be_worked_out_may_not_be_large(block: str, said: str) -> None:
    with pytest.raises(ByhandError) as caught:
        solve_text(text(block))
    assert said in str(caught.value)


def test_formulas_are_alike_but_for_the_order_of_factors_and_terms() -> None:
    a, b, c = var("A", (2, 3)), var("B", (3, 4)), var("c", (3,))
    assert alike(exp(a) * a, a * exp(a))
    assert alike(a + 2 * c, 2 * c + a)
    assert alike(c @ a.T, a @ c)
    assert not alike(a @ b, a @ (2 * b))
    assert not alike(a, exp(a))
    assert not alike(a @ b, (b.T @ a.T))
    assert not alike(total(a, 0), total(a, 1))


def test_what_both_sides_have_may_be_anything() -> None:
    a, b = var("A", (20, 6000)), var("B", (6000, 30))
    product = a @ b
    left, right = (product + 1) ** 2, product**2 + 2 * product + 1
    assert shared_parts(left, right) == [product]
    assert same(left, right, shared_parts(left, right))
    assert not same(left, right + product, shared_parts(left, right + product))


def test_large_sizes_become_letters_or_smaller_ones() -> None:
    scores = call(BY_NAME["softmax"], var("z", (7, 5000)))
    general = at_any_size(scores)
    assert general is not None
    assert general.shape == (7, Poly.letter("size 5000"))
    image = call(BY_NAME["conv2d"], var("x", (3, 225, 224)), var("w", (64, 3, 3, 3)), var("b", (64,)), stride=(2, 2), padding=(1, 1))
    smaller = at_any_size(image)
    assert smaller is not None
    assert smaller.args[0].shape == (3, 9, 20)
    assert [axis % 12 for axis in (9, 20)] == [axis % 12 for axis in (225, 224)]
