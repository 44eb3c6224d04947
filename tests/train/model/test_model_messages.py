"""What is said where a sheet cannot be trained, and what is said of decisions."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.lang.errors import ByhandError
from byhand.train.model import bound_sizes, model_of
from byhand.train.model.front import front_of
from support.sources import ROOT

ROWS = "X : (N, 64)\nY : (N, 10) one_hot\nW : (64, 10)\nL = cross_entropy(X @ W, Y)\ndL/dW"
LINE = "X : (N, 4)\ny : (N,)\nw : (4,)\nL = mse(X @ w, y)\ndL/dw"
GIVEN = "X = [[1, 2], [3, 4], [5, 6]]\nt = [1, 2, 3]\nw = [0, 0]\n"


def text(block: str, front: str = "") -> str:
    return (f"---\n{front}\n---\n" if front else "") + f"```byhand\n{block}\n```\n"


def message(block: str, front: str = "", **told: object) -> str:
    with pytest.raises(ByhandError) as caught:
        model_of(text(block, front), **told)  # type: ignore[arg-type]
    return str(caught.value)


def test_data_that_does_not_fit_is_said_with_the_line() -> None:
    said = message(ROWS, features=(13,))
    assert said.startswith("line 2: the data has 13 columns of features, but X on the sheet has shape (64,) for each sample. Change the shape of X")
    assert message(ROWS, classes=3) == (
        "line 3: the data has 3 classes, but the target Y on the sheet has shape (10,) for each sample, which is room for 10 classes."
    )
    assert "which is room for one number" in message(LINE, classes=3)
    assert "which is room for one number" in message(LINE.replace("mse", "bce_with_logits"), classes=3)
    assert model_of(text(ROWS), features=(64,), classes=10).classes == 10
    assert model_of(text(LINE), classes=2).labels == "zero_one"


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("X : (N, 4)\nW : (4, 2)\nZ = X @ W\nZ", "no loss is found on this sheet: training lowers one number"),
        (
            LINE.replace("dL/dw", "M = sum(X @ w)\ndL/dw, dM/dw"),
            "this sheet has several losses, L, M; say which one to train on, at its top, as in train: {loss: L}.",
        ),
        ("X : (N, 4)\ny : (N,)\nL = mean((X[:, 0] - y)**2)\nL", "no parameter is found: nothing that L depends on looks like one"),
        ("W = [[1, 2]]\nb = [1]\nL = sum(W**2) + sum(b**2)\nstep(L, [W, b], rate=0.1)", "nothing that L depends on is data: all of W, b would be learned."),
        (
            GIVEN + "b = 0\ny = step(X @ w + b)\nstep(y, [w, b], rate=1, rule=perceptron, target=t)",
            "cannot train with perceptron: it corrects wrong answers one by one",
        ),
        (
            "x : (n[0],)\nW[l] : (n[l], n[l-1]) for l in 1..L\nz[0] = x\nz[l] = relu(W[l] @ z[l-1]) for l in 1..L\nC = sum(z[L]**2)\ndC/dW[l]",
            "L has no number here",
        ),
        (
            LINE.replace("mse(X @ w, y)", "mse(X @ w, y) + lam * sum(w**2)").replace("w : (4,)", "w : (4,)\nlam : ()"),
            "line 5: lam has no numbers and is not learned",
        ),
        (LINE.replace("w : (4,)", "w : (5,)"), "line 5, column 11: cannot form the matrix product X @ w"),
        (GIVEN + "z = reshape(X @ w, (3,))\nL = sum((z - t)**2)\ndL/dw", "cannot make the number of samples a letter: X and t have 3 rows in common"),
        (
            LINE.replace("X @ w", "X @ M @ w").replace("dL/dw", "step(L, [w], rate=0.1)").replace("y :", "M : (4, 4)\ny :"),
            "line 3: M : (4, 4) has no axis of N samples, no numbers",
        ),
        ("X : (N, 4)\nw : (4,)\nL = sum(w**2) + mean(X)\ndL/dw", "no output is found"),
        ("", "no loss is found"),
    ],
)
def test_what_cannot_be_trained(block: str, said: str) -> None:
    assert said in message(block)


def test_what_a_sheet_says_of_its_training_is_read() -> None:
    front = front_of(text(ROWS, "title: T\ntrain: # how\n  inputs: A, B   # two\n  target: C\n\n  parameters: U V\ncheck:\n  digits: 3"))
    assert (front.inputs, front.target, front.parameters, front.loss) == (("A", "B"), "C", ("U", "V"), None)
    assert front_of(text(ROWS, "train: {inputs: X, parameters: W1, b1, loss: L}")).parameters == ("W1", "b1")
    assert front_of(text(ROWS)).inputs is None


@pytest.mark.parametrize(
    ("front", "said"),
    [
        (
            "train: {input: X}",
            "line 2: train: there is no setting 'input'; there are inputs, target, parameters, loss, output, given, samples. Did you mean inputs?",
        ),
        ("train:\n  inputs: Q", "train: inputs, targets and parameters are given or declared; Q is not on the sheet."),
        ("train:\n  loss: Q", "cannot train on Q: a loss is a single number defined by a formula, and Q is not defined."),
        ("train:\n  loss: X", "and X is none."),
        ("train: X", "line 2: train: what it says stands below it"),
        ("train:\n  inputs:", "line 3: train: inputs needs a name, as in inputs: X."),
        ("train:\n  loss: L, M", "line 3: train: loss is one name, as in loss: L; 'L, M' is several."),
        ("train:\n  loss: L\n  loss: L", "line 4: train: loss is said twice."),
        ("train: {samples: Q}", "train: samples is the letter of an axis of the data, or one; Q is none of X (N, 64), Y (N, 10)."),
        ("train: {output: W}", "train: output: W is no quantity on the way to L."),
    ],
)
def test_settings_that_cannot_be(front: str, said: str) -> None:
    assert message(ROWS, front).endswith(said) or said in message(ROWS, front)


def test_sizes_without_a_number_are_asked_for() -> None:
    block = "X : (N, d)\nY : (N, K) one_hot\nW : (d, h)\nV : (h, K)\nL = cross_entropy(tanh(X @ W) @ V, Y)\ndL/dW, dL/dV"
    model = model_of(text(block), features=(3,), classes=2)
    assert model.sizes == {"d": 3, "K": 2}
    data = {"X": np.zeros((4, 3)), "Y": np.eye(2)[[0, 1, 1, 0]]}
    with pytest.raises(ByhandError, match=r"line 4: nothing says how large h is in W : \(d, h\); give it on the sheet, as in h = 32"):
        bound_sizes(model, data)
    assert bound_sizes(model_of(text("h = 7\n" + block)), data) == {"d": 3, "K": 2}
    with pytest.raises(ByhandError, match="d is 3, but the axis d of X has 5 entries"):
        bound_sizes(model, {"X": np.zeros((4, 5))})


def test_samples_that_depend_on_each_other_are_refused() -> None:
    block = "X : (N, 4)\ny : (N,)\ng : (4,), c : (4,)\nL = mse(batch_norm(X, g, c) @ g, y)\ndL/dg, dL/dc"
    model = model_of(text(block))
    assert model.losses is None
    for asked in (model.weighted, model.per_example):
        with pytest.raises(ByhandError, match="L is not proved to be the mean or the sum of losses of single samples: with batch normalisation"):
            asked()


def test_decisions_are_said() -> None:
    said = model_of(text(GIVEN + "m = 3\nL = sum((X @ w - t)**2) / m\nstep(L, [w], rate=0.1)")).remarks
    assert said[0] == "L is lowered by learning w (what the sheet's own step changes)."
    assert said[1].startswith("The inputs are X, the target is t, and the output is ")
    assert said[2] == "The 3 samples of X, t on the sheet became N samples: the formulas are read with any number of them."
    assert said[3] == "m = 3 stays 3 for batches of another size; where it counts the samples, mean(…) or X.shape[0] goes with them."
    literal = model_of(text(GIVEN + "L = sum((X @ w - t)**2) / 3\ndL/dw")).remarks
    assert literal[-1] == "The formula of L divides by 3 as it is written, and does so for batches of another size."
    one = model_of(text("x = [1, 2]\nt = 1\nw = [0, 0]\nL = (w @ x - t)**2\ndL/dw")).remarks
    assert one[-1].startswith("The sheet's formulas are those of one sample (x, t): what depends on it gets an axis of N samples")


def test_the_sheet_s_own_samples_are_kept_as_rows() -> None:
    model = model_of(text("X = [[1, 3, 5], [2, 4, 6]]\nT = [[1, 0, 1], [0, 1, 0]]\nW = [[1, 0], [0, 1]]\nL = sum((W @ X - T)**2)\ndL/dW"))
    np.testing.assert_array_equal(model.data["X"], [[1, 2], [3, 4], [5, 6]])
    assert [str(one.shape[0]) for one in model.samples_of] == ["N", "N"]
    assert model.labels == "one_hot"
    labels = model_of(text("X = [[1, 2], [3, 4], [5, 6]]\ny = [0, 2, 1]\nW : (2, 3)\nL = cross_entropy(X @ W, y)\ndL/dW"))
    np.testing.assert_array_equal(labels.data["y"], np.eye(3)[[0, 2, 1]])


def test_ones_that_carry_a_bias_to_every_sample_are_no_data() -> None:
    model = model_of((ROOT / "examples" / "published-solution" / "d2b.md").read_text(encoding="utf-8"))
    assert [one.name for one in model.samples_of] == ["x0", "t"]
    assert model.remarks[-1] == "ones is 1 everywhere, for any number of samples."
    assert "b1" in {one.name for one in model.parameters}
    assert "b1" in model.derivation.gradients


def test_parts_that_are_said_leave_the_rest_to_the_formulas() -> None:
    block = "A : (N, 4)\nM = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 2]]\nb : (N,)\nw : (4,)\nL = mse(A @ M @ w, b)\nL"
    model = model_of(text(block, "train: {inputs: A, given: M, parameters: w}"))
    assert model.target is not None
    assert ([one.name for one in model.inputs], model.target.name, set(model.given)) == (["A"], "b", {"M"})
    with pytest.raises(ByhandError, match="train: inputs, targets and parameters are given or declared; Q is not on the sheet"):
        model_of(text(block, "train: {given: Q, parameters: w}"))


def test_labels_that_are_none_are_refused_with_the_line() -> None:
    said = message("X = [[1, 2], [3, 4], [5, 6]]\ny = [0, 7, 1]\nW : (2, 3)\nL = cross_entropy(X @ W, y)\ndL/dW")
    assert said == "line 3: y holds labels from 0 to 2; 7 is none of them."


def test_an_index_over_samples_is_told_from_other_indices() -> None:
    """Heads W[k] are no samples; x[i] and y[i] are, and their number on the sheet is the size of a batch."""
    heads = "K = 3\nx : (4,)\ny : ()\nW[k] : (5, 4) for k in 1..K\nv : (5,)\nh[k] = relu(W[k] @ x) for k in 1..K\n"
    heads += "o = sum(v @ h[k] for k in 1..K)\nL = (o - y)**2\nL"
    assert [one.name for one in model_of(text(heads)).parameters] == ["W[1]", "W[2]", "W[3]", "v"]
    samples = "m = 3\nx[i] : (4,) for i in 1..m\ny[i] : () for i in 1..m\nw : (4,)\nL = sum((w @ x[i] - y[i])**2 for i in 1..m) / m\ndL/dw"
    model = model_of(text(samples))
    assert (model.batch, [one.name for one in model.samples_of], dict(model.given)) == ("m", ["x", "y"], {})
    assert model.weighted().remarks[-1].endswith("weighted mean of the samples' losses.")
