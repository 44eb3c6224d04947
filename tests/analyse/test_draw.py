"""Drawings: the same network under every notation, numbers where they belong, nothing on anything else, clear refusals."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import product

import numpy as np
import pytest

import byhand
from byhand.analyse.draw import draw
from byhand.analyse.draw.drawing import structure
from byhand.app.render import render
from byhand.app.solving import solve_text
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named
from byhand.sheets import solution as s
from byhand.sheets.report import report
from byhand.show.labels import line
from byhand.show.picture import Circle, Label, Picture, Point, Rectangle, Stroke
from byhand.show.svg import svg
from support.geometry import troubles

A3 = "x : (N,)\nW1 : (N, M)\nW2 : (M, K)\ny = tanh(x @ W1) @ W2"
D1 = """
x = [1, 1, 0, 0, 0]
t = [1, 0]
W1 = [[0.1, 0.2, 0.3, -0.4, 0.5], [0.6, -0.7, 0.8, 0.9, -1], [1.1, 1.2, -1.3, 1.4, 1.5]]
b1 = [0.25, -0.5, 0.75]
W2 = [[0.1, 0.3, -0.2], [-0.6, 0.4, 0.5]]
b2 = [-0.125, 0.0625]
z1 = W1 @ x + b1
a1 = sigmoid(z1)
z2 = W2 @ a1 + b2
y = sigmoid(z2)
E = sum((y - t)**2) / 2
"""
D2 = "x = [1, 0, 1, 0]\nW1 = full((4, 4), 0.1)\nb1 = full((4,), 0.1)\nW2 = full((3, 4), 0.1)\nb2 = full((3,), 0.1)\n" + (
    "W3 = full((3, 3), 0.1)\nb3 = full((3,), 0.1)\nh1 = tanh(W1 @ x + b1)\nh2 = tanh(W2 @ h1 + b2)\ny = tanh(W3 @ h2 + b3)"
)
PLAIN = {
    "rows, nested": A3,
    "columns": "x : (N,)\nW1 : (M, N)\nW2 : (K, M)\ny = W2 @ tanh(W1 @ x)",
    "columns, transposed weights": "x : (N,)\nW1 : (N, M)\nW2 : (M, K)\nh = W1.T @ x\na = tanh(h)\ny = W2.T @ a",
    "samples as rows": "X : (m, N)\nW1 : (N, M)\nW2 : (M, K)\ny = tanh(X @ W1) @ W2",
    "samples as columns": "X : (N, m)\nW1 : (M, N)\nW2 : (K, M)\ny = W2 @ tanh(W1 @ X)",
    "samples as rows, weights transposed": "X : (m, N)\nW1 : (M, N)\nW2 : (K, M)\nZ = X @ W1.T\nH = tanh(Z)\ny = H @ W2.T",
    "other letters": "u : (N,)\nA : (M, N)\nB : (K, M)\ny = B @ tanh(A @ u)",
    "biases": "x : (N,)\nW1 : (M, N)\nb1 : (M,)\nW2 : (K, M)\nb2 : (K,)\nz = W1 @ x + b1\nh = tanh(z)\ny = W2 @ h + b2",
    "biases of columns": "X : (N, m)\nW1 : (M, N)\nb1 : (M, 1)\nW2 : (K, M)\nb2 : (K, 1)\ny = W2 @ tanh(W1 @ X + b1) + b2",
    "index notation": "x : (N,)\nW1 : (N, M)\nW2 : (M, K)\ny = [Σ_j W2_jk tanh(Σ_i W1_ij x_i)]_k",
    "up to the loss": "x : (N,)\nt : (K,)\nW1 : (M, N)\nW2 : (K, M)\np = W2 @ tanh(W1 @ x)\ny = sum((p - t)**2) / 2",
}
DIAGRAMS = {
    "residual": "x : (n,)\nW1 : (n, n)\nb : (n,)\nW2 : (n, n)\nh = relu(W1 @ x + b)\nr = W2 @ h + x\ny = relu(r)",
    "several inputs": "x : (n,)\nh : (k,)\nW : (k, n)\nU : (k, k)\nb : (k,)\ny = tanh(W @ x + U @ h + b)",
    "joined": "x1 : (3,)\nx2 : (2,)\nW : (4, 5)\ny = tanh(W @ concat([x1, x2]))",
    "images": "x : (8, 8)\nk : (3, 3)\nW : (3, 9)\nb : (3,)\nc = conv2d(x, k)\np = max_pool2d(relu(c), 2)\ny = softmax(W @ flatten(p) + b)",
    "gate": "x : (n,)\nW : (k, n)\nV : (k, n)\ny = (W @ x) * sigmoid(V @ x)",
    "recurrent": (
        "x : (n,)\nh : (k,)\nWz : (k, n)\nUz : (k, k)\nWr : (k, n)\nUr : (k, k)\nW : (k, n)\nU : (k, k)\nz = sigmoid(Wz @ x + Uz @ h)\n"
        "r = sigmoid(Wr @ x + Ur @ h)\nc = tanh(W @ x + U @ (r * h))\ny = (1 - z) * h + z * c"
    ),
    "attention": "X : (n, d)\nWq : (d, d)\nWk : (d, d)\nWv : (d, d)\nQ = X @ Wq\nK = X @ Wk\nV = X @ Wv\nA = softmax(Q @ K.T / d**0.5)\ny = A @ V",
    "rule": "Q : (n, d)\nK : (n, d)\nV : (n, d)\ny = attention(Q, K, V)",
    "unrolled": (
        "x : (n,)\nW : (k, n)\nU : (k, k)\nb : (k,)\nh0 : (k,)\nh1 = tanh(W @ x + U @ h0 + b)\nh2 = tanh(W @ x + U @ h1 + b)\ny = tanh(W @ x + U @ h2 + b)"
    ),
    "long way around": "x : (n,)\nA : (n, n)\nB : (n, n)\nC : (n, n)\nh1 = tanh(A @ x)\nh2 = tanh(B @ h1) + x\nh3 = tanh(C @ h2) + x\ny = h3 + h1",
}


def quantity(sheet: str, name: str = "y") -> Named:
    solved = solve_text(f"```byhand\n{sheet}\n{name}\n```\n")
    return next(item.quantity for part in solved.parts for item in part.items if isinstance(item, s.Defined) and item.quantity.name == name)


def drawing(sheet: str, call: str) -> Picture:
    """The picture that a task makes."""
    solved = solve_text(f"```byhand\n{sheet}\n{call}\n```\n")
    (picture,) = [block for section in report(solved).sections for block in section.blocks if isinstance(block, Picture)]
    return picture


def sizes(root: Expr) -> list[str]:
    net = structure(root).net
    assert net is not None
    return [str(layer.size) for layer in net.layers]


# ---------------------------------------------------------------------------------------------- structure


@pytest.mark.parametrize("name", PLAIN)
def test_the_same_network_in_any_notation(name: str) -> None:
    root = quantity(PLAIN[name])
    net = structure(root).net
    assert net is not None
    assert [str(layer.size) for layer in net.layers] == ["N", "M", "K"]
    assert [layer.functions for layer in net.layers] == [(), ("tanh",), ()]
    assert [bool(layer.biases) for layer in net.layers] == [False, "biases" in name, "biases" in name]
    assert str(net.samples) == ("m" if "samples" in name or name == "biases of columns" else "None")
    assert bool(net.tail) == (name == "up to the loss")


@pytest.mark.parametrize("name", DIAGRAMS)
def test_anything_else_is_a_diagram(name: str) -> None:
    root = quantity(DIAGRAMS[name])
    found = structure(root)
    assert found.net is None
    picture = draw(root)
    assert sum(isinstance(mark, Rectangle) for mark in picture.marks) >= 3
    assert sum(isinstance(mark, Stroke) and mark.arrow for mark in picture.marks) >= 2


def test_a_residual_goes_around() -> None:
    """From x there are two ways: into the layer, and past it into the sum."""
    picture = draw(quantity(DIAGRAMS["residual"]))
    arrows = [mark.points for mark in picture.marks if isinstance(mark, Stroke)]
    assert len(arrows) == 3
    assert max(len(points) for points in arrows) == 4, "one of them has a place beside the block that it passes by"


def test_one_unit_and_scalar_input() -> None:
    assert sizes(quantity("x : (n,)\nw : (n,)\ny = sigmoid(w @ x)")) == ["n", "1"]
    assert sizes(quantity("x : ()\nw : (4,)\nv : (4,)\nb : (4,)\ny = v @ tanh(w * x + b)")) == ["1", "4", "1"]
    assert sizes(quantity("x : (n,)\nw : (n,)\nb : ()\ny = step(sum(w * x) + b)")) == ["n", "1"]
    assert sizes(quantity("X : (m, n)\nw : (n,)\ny = X @ w")) == ["n", "1"]
    assert sizes(quantity("x : (n,)\nW : (k, n)\ny = W @ x")) == ["n", "k"]


def test_parameters_may_be_named() -> None:
    """Letters that say nothing: the list decides."""
    a, b = byhand.var("P", 3, 2), byhand.var("Q", 2, 5)
    root = byhand.name("r", a @ b)
    assert [str(layer.size) for layer in structure(root, [b]).net.layers] == ["2", "5"]  # type: ignore[union-attr]
    assert [str(layer.size) for layer in structure(root, [a]).net.layers] == ["2", "3"]  # type: ignore[union-attr]


def test_the_function_behind_the_last_name_is_not_lost() -> None:
    net = structure(quantity("x : (2,)\nW : (3, 2)\nV : (2, 3)\nz = W @ x\ny = V @ relu(z)")).net
    assert net is not None
    assert net.layers[1].functions == ("relu",)
    picture = draw(quantity("x : (2,)\nW : (3, 2)\nV : (2, 3)\nz = W @ x\ny = V @ relu(z)"))
    assert "relu" in [line(mark.text) for mark in picture.marks if isinstance(mark, Label)]


def test_what_a_loss_does_to_the_output_is_the_losss() -> None:
    net = structure(quantity("x : (2,)\nt : (3,)\nW : (3, 2)\nz = W @ x\np = softmax(z)\ny = -sum(t * log(p))")).net
    assert net is not None
    assert (net.layers[-1].functions, str(net.layers[-1].named[-1].name), [name.name for name in net.tail]) == (("softmax",), "p", ["y"])


def test_named_quantities_are_the_blocks() -> None:
    """W x is computed once and used three times, and still each state is one block that x goes into."""
    rows = "\n".join(draw(quantity(DIAGRAMS["unrolled"])).rows)
    assert [rows.count(f"{name} = tanh(") for name in ("h₁", "h₂", "y")] == [1, 1, 1]
    assert "from x and h₂" in rows
    assert "linear" not in rows


def test_sizes_before_and_behind_a_concat() -> None:
    rows = "\n".join(draw(quantity("x1 : (2,)\nx2 : (3,)\nA : (4, 2)\nB : (4, 3)\nW : (1, 8)\nh1 = A @ x1\nh2 = B @ x2\ny = W @ concat([h1, h2])")).rows)
    assert re.search(r"h₁ = A x₁ *│\n *│ *4 *│", rows)


def test_a_deep_network_goes_from_top_to_bottom() -> None:
    lines = ["x : (3,)", *(f"W{k} : (3, 3)\nh{k} = tanh(W{k} @ {'x' if k == 1 else f'h{k - 1}'})" for k in range(1, 21)), "y = h20 * 1.5"]
    picture = draw(quantity("\n".join(lines)))
    assert troubles(picture) == []
    assert picture.width < 400 < picture.height
    assert sum(isinstance(mark, Rectangle) for mark in picture.marks) == 21


# ----------------------------------------------------------------------------------------------- geometry


@pytest.mark.parametrize("sheet", [*PLAIN.values(), *DIAGRAMS.values(), D1, D2])
def test_nothing_lies_on_anything_else(sheet: str) -> None:
    picture = draw(quantity(sheet))
    assert troubles(picture) == []
    assert all(len(row) <= 80 for row in picture.rows)
    ET.fromstring(svg(picture))


@pytest.mark.parametrize(("n", "m", "k"), [*product((1, 2, 5), (1, 3, 4), (1, 3)), (10, 10, 10), (11, 3, 2), (3, 12, 2), (2, 3, 40), (784, 128, 10), (7, 2, 9)])
def test_nothing_lies_on_anything_else_with_numbers(n: int, m: int, k: int) -> None:
    rng = np.random.default_rng(n * 100 + m * 10 + k)
    x, w, b, v, c = (byhand.var(name, *shape) for name, shape in (("x", (n,)), ("W1", (m, n)), ("b1", (m,)), ("W2", (k, m)), ("b2", (k,))))
    h = byhand.name("h", byhand.formula("tanh(W1 @ x + b1)", x=x, W1=w, b1=b))
    y = byhand.name("y", v @ h + c)
    data = {node.name: rng.normal(size=node.shape) * 10.0 ** rng.integers(-6, 6) for node in (x, w, b, v, c)}
    for values in (None, data):
        picture = draw(y, values=values)
        assert troubles(picture) == []
        assert all(len(row) <= 80 for row in picture.rows)


def test_large_layers_are_blocks_and_small_ones_circles() -> None:
    picture = draw(quantity("x : (784,)\nW1 : (784, 10)\nW2 : (10, 11)\ny = relu(x @ W1) @ W2"))
    assert sum(isinstance(mark, Rectangle) for mark in picture.marks) == 2
    assert sum(isinstance(mark, Circle) for mark in picture.marks) == 10


def test_unknown_sizes_have_dots() -> None:
    picture = draw(quantity(A3))
    written = [line(mark.text) for mark in picture.marks if isinstance(mark, Label)]
    assert {"x_1", "x_2", "x_N", "y_1", "y_2", "y_K", "M", "W₁", "W₂", "N inputs", "K outputs"} <= set(written)
    assert sum(isinstance(mark, Stroke) for mark in picture.marks) == 9 + 9


# ------------------------------------------------------------------------------------------------ numbers


def centers(picture: Picture) -> list[list[Point]]:
    """The units of each column, from the top."""
    found = [mark.center for mark in picture.marks if isinstance(mark, Circle) and mark.radius > 12]
    return [sorted((point for point in found if abs(point[0] - x) < 1), key=lambda point: point[1]) for x in sorted({round(x, 3) for x, _ in found})]


def on_edge(picture: Picture, start: Point, end: Point) -> str:
    """What is written on the straight line between two units."""
    found: list[str] = []
    for mark in picture.marks:
        if isinstance(mark, Label) and mark.halo and start[0] < mark.at[0] < end[0]:
            share = (mark.at[0] - start[0]) / (end[0] - start[0])
            if abs(start[1] + share * (end[1] - start[1]) - mark.at[1]) < 0.5:
                found.append(line(mark.text))
    assert len(found) == 1, found
    return found[0]


def inside(picture: Picture, center: Point) -> str:
    return next(
        line(mark.text) for mark in picture.marks if isinstance(mark, Label) and abs(mark.at[0] - center[0]) < 0.5 and abs(mark.at[1] - center[1]) < 0.5
    )


def number(text: str) -> float:
    return float(text.replace("−", "-"))


W1 = np.array([[0.1, 0.2, 0.3, -0.4, 0.5], [0.6, -0.7, 0.8, 0.9, -1], [1.1, 1.2, -1.3, 1.4, 1.5]])
B1, W2, B2 = np.array([0.25, -0.5, 0.75]), np.array([[0.1, 0.3, -0.2], [-0.6, 0.4, 0.5]]), np.array([-0.125, 0.0625])
X, T = np.array([1.0, 1, 0, 0, 0]), np.array([1.0, 0])
A1 = 1 / (1 + np.exp(-(W1 @ X + B1)))
Y = 1 / (1 + np.exp(-(W2 @ A1 + B2)))


def test_values_stand_in_their_units_and_weights_on_their_edges() -> None:
    picture = drawing(D1, "draw(y, values=true)")
    columns = centers(picture)
    assert [len(column) for column in columns] == [5, 3, 2]
    for column, values in zip(columns, (X, A1, Y)):
        assert [number(inside(picture, center)) for center in column] == pytest.approx(values, rel=6e-3)
    for before, here, weights in ((columns[0], columns[1], W1), (columns[1], columns[2], W2)):
        for (j, end), (i, start) in product(enumerate(here), enumerate(before)):
            assert number(on_edge(picture, start, end)) == pytest.approx(weights[j, i])
    assert "0.55" not in "".join(picture.rows) or A1[0] == pytest.approx(0.55)
    assert troubles(picture) == []


def test_rows_and_samples_give_the_same_drawing() -> None:
    """Transposed weights and a batch: the first sample, each weight on the same edge."""
    sheet = f"X = [[1, 1, 0, 0, 0], [0, 0, 3, 1, 2]]\nW1 = {W1.T.tolist()}\nb1 = {B1.tolist()}\nW2 = {W2.T.tolist()}\nb2 = {B2.tolist()}\n"
    picture = drawing(sheet + "H = sigmoid(X @ W1 + b1)\ny = sigmoid(H @ W2 + b2)", "draw(y, values=true)")
    columns = centers(picture)
    assert [number(inside(picture, center)) for center in columns[2]] == pytest.approx(Y, rel=6e-3)
    assert [[number(on_edge(picture, a, b)) for a in columns[0]] for b in columns[1]] == pytest.approx(W1)
    assert "the first of the 2 samples" in picture.caption


def test_gradients_stand_on_their_edges() -> None:
    """Against the chain rule written out in NumPy."""
    delta2 = (Y - T) * Y * (1 - Y)
    delta1 = (W2.T @ delta2) * A1 * (1 - A1)
    picture = drawing(D1, "draw(y, gradients=E)")
    columns = centers(picture)
    for before, here, gradient in ((columns[0], columns[1], np.outer(delta1, X)), (columns[1], columns[2], np.outer(delta2, A1))):
        found = [[number(on_edge(picture, a, b)) for a in before] for b in here]
        assert np.array(found) == pytest.approx(gradient, rel=6e-3, abs=1e-12)
    assert "gradients of E" in picture.caption
    assert troubles(picture) == []


@pytest.mark.parametrize("order", ["X @ W1 + b1", "(W1.T @ X.T).T + b1"])
def test_one_output_for_several_samples_has_its_value(order: str) -> None:
    sheet = f"X = [[0, 1], [2, 3]]\nW1 = [[1, -1], [2, 0]]\nb1 = [0, 5]\nw2 = [1, 2]\nb2 = -1\ny = relu({order}) @ w2 + b2"
    rows = [row.strip("│ ").split() for row in drawing(sheet, "draw(y, values=true)").rows]
    assert ["0", "1", "│", "│", "2", "5", "│", "│", "11"] in rows


def test_a_terminal_lists_what_is_on_the_edges() -> None:
    """It has no room on them."""
    rows = [row.split() for row in drawing(D1, "draw(y, gradients=E)").rows]
    at = rows.index(["W₂,", "b₂:", "the", "gradients", "of", "E"])
    head, *table, bias = rows[at + 1 : at + 6]
    delta = (Y - T) * Y * (1 - Y)
    assert (head, [row[:2] for row in table], bias[0]) == (["to", "1", "to", "2"], [["from", str(k)] for k in (1, 2, 3)], "bias")
    assert [list(map(number, row[2:])) for row in table] == pytest.approx(np.outer(A1, delta), rel=6e-3)
    assert list(map(number, bias[1:])) == pytest.approx(delta, rel=6e-3)


@pytest.mark.parametrize(
    "sheet",
    [
        "x = [1, 2, 3]\nW = [[1, 0, 0], [0, 1, 0]]\ny = W @ x",
        "x = [0, 1, 0]\nt = [1, 0]\nW = [[1, 2, 3], [4, 5, 6]]\nz = W @ x\ny = sum((z - t)**2)",
        "x = [1, -1, 1]\nW = [[1, -1, 1], [-1, -1, 1]]\ny = tanh(W @ x)",
        "a = [1, 2, 3]\nW = [[1, 0, 0], [0, 1, 0]]\ny = W @ a",
    ],
)
def test_numbers_that_look_like_targets_may_be_inputs_and_weights(sheet: str) -> None:
    assert sizes(quantity(sheet))[:2] == ["3", "2"]


def test_a_terminal_says_where_an_arrow_comes_from() -> None:
    rows = " ".join(drawing("X : (T, d), A : (d, k), B : (d, k), C : (d, v)\ny = attention(X @ A, X @ B, X @ C)", "draw(y)").rows)
    assert "from linear A, linear B and linear C" in rows


def test_a_wide_table_of_edges_goes_on_below() -> None:
    wide = drawing("x = [1, 2]\nW = full((10, 2), -0.123456)\ny = tanh(W @ x)", "draw(y, values=true)").rows
    assert max(map(len, wide)) <= 80
    assert sum(row.count("to ") for row in wide) == 10


def test_a_step_changes_the_weights_drawn() -> None:
    sheet = "x = [1, 2]\nW = [[1, 2], [3, 4]]\ny = W @ x\nL = sum(y**2)\nstep(L, [W], rate=0.01)"
    picture = drawing(sheet, "draw(y, values=true)")
    updated = np.array([[1, 2], [3, 4]]) - 0.01 * np.outer(2 * np.array([5, 11]), [1, 2])
    columns = centers(picture)
    assert [[number(on_edge(picture, a, b)) for a in columns[0]] for b in columns[1]] == pytest.approx(updated)


# ---------------------------------------------------------------------------------------- sheets and pages


@pytest.mark.parametrize("form", ["text", "md", "tex", "html", "json"])
def test_every_page_has_it(form: str) -> None:
    page = render(solve_text(f"```byhand\n{A3}\ndraw(y)\n```\n"), form)  # type: ignore[arg-type]
    mark = {"text": "──▶", "md": "data:image/svg+xml", "tex": r"\begin{tikzpicture}", "html": "<svg", "json": '"kind": "network"'}[form]
    assert mark in page


def test_the_answer_lists_the_layers() -> None:
    solved = byhand.sheet(f"```byhand\n{D1}\ndraw(E)\n```\n").solve().answer["answers"]
    assert isinstance(solved, dict)
    found = solved["draw(E)"]
    assert [layer["size"] for layer in found["layers"]] == [5, 3, 2]
    assert found["layers"][1] == {"size": 3, "names": ["z1", "a1"], "weights": "W1", "biases": ["b1"], "functions": ["sigmoid"]}
    assert found["tail"] == "E"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("draw()", "as in draw"),
        ("draw(x)", "x is given"),
        ("draw(y + 1)", "as in draw"),
        ("draw(zz)", "zz is not defined"),
        ("draw(y, y)", "names of what is given"),
        ("draw(y, [x, W1, W2])", "all that is given is named as a parameter"),
        ("draw(y, [u])", "y does not depend on u"),
        ("draw(y, values=1)", "either true or false"),
        ("draw(y, values=true)", "no data is given for x, W1, W2"),
        ("draw(y, gradients=y)", "names the scalar"),
        ("draw(y, gradients=L)", "no data is given"),
        ("draw(y, size=3)", "draw has no option size"),
        ("draw(y, values=true, values=true)", "twice"),
        ("draw(g, values=true)", "drawn as blocks"),
        ("draw(n)", "made of numbers alone"),
    ],
)
def test_a_wrong_call_is_answered(call: str, message: str) -> None:
    sheet = f"{A3}\nx0 : ()\nu = [1, 2]\nn = exp(0 * x0 + 1)\nL = sum(y**2)\ng = exp(u) * u\n"
    with pytest.raises(ByhandError, match=re.escape(message)):
        solve_text(f"```byhand\n{sheet}{call}\n```\n")
