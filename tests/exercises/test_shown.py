"""What a teacher would not write, found while working through the exercises, and stays mended."""

from __future__ import annotations

import json

from byhand.app.render import render
from byhand.app.solving import solve_text


def shown(sheet: str) -> str:
    return render(solve_text(sheet if "```" in sheet else f"# Sheet\n\n```byhand\n{sheet}\n```\n"))


def formulas(sheet: str) -> dict[str, str]:
    answer = json.loads(render(solve_text(f"# Sheet\n\n```byhand\n{sheet}\n```\n"), "json"))
    return {key: formula["text"] for key, formula in answer["formulas"].items()}


def test_an_entry_of_a_vector_is_put_in_as_its_number() -> None:
    assert "f = x[0] x[2] = 4 · 6 = 24" in shown("x = [4, 5, 6]\nf = x[0]*x[2]\ndf/dx")


def test_a_gradient_of_one_is_said_once() -> None:
    assert "1 = 1" not in shown("a = 2\nb = a**2\nL = b + a\ndL/db")


def test_logistic_loss_over_a_count_of_samples_comes_to_the_difference() -> None:
    sheet = "Z = [[1, -2, 3]]\nY = [[1, 0, 1]]\nm = 3\nA = sigmoid(Z)\nJ = -1/m * sum(Y*log(A) + (1 - Y)*log(1 - A))\ndJ/dZ"
    assert formulas(sheet)["dJ/dZ"] == "(A - Y) / m"


def test_only_one_loss_has_gradients_called_delta() -> None:
    page = shown("x = [1, 2]\nh = x**2\nE = sum(h)\nF = sum(h**2)\ndE/dx, dF/dx")
    assert "δ_h = " in page
    assert "∂F/∂h = " in page


def test_a_part_that_asks_for_what_was_found_before_is_not_empty() -> None:
    page = shown("# Sheet\n\n(a) First.\n\n```byhand\nx = 3\nh = x**2\nL = h**2\ndL/dx\n```\n\n(b) Then.\n\n```byhand\ndL/dh\n```\n")
    assert page.split("(b) Then.")[1].split() == ["As", "found", "above", "δ_h", "=", "18"]


def test_a_product_with_a_row_is_no_matrix_product() -> None:
    page = shown("X = [[1, 2], [3, 4]]\nk = [[5, 6]]\nT = X * k\nL = sum(T**2)\ndL/dX, dL/dk")
    assert "Hadamard product: T = X ⊙ k" in page
    assert "matrix product" not in page


def test_formulas_after_a_step_speak_of_the_new_values() -> None:
    found = formulas("w = 4\ny = 2*w\nL = (y - 1)**2\nstep(L, [w], rate=0.1)\nstep(L, [w], rate=0.1)\nv = w + 1\nv, L")
    assert found["w'"] == "w - 0.4 * (y - 1)"
    assert found["w''"] == "w' - 0.4 * (2 * w' - 1)"
    assert found["L''"] == "(2 * w'' - 1)**2"
    assert found["v"] == "w'' + 1"


def test_a_count_of_classes_is_no_variable_of_a_claim() -> None:
    sheet = "y = [0, 1, 0]\nK = 3\nq = 0.9*y + 0.1/K\nz = [1, 2, 3]\np = softmax(z)\nL = -sum(q*log(p))\nshow(dL/dz == p - q)\nshow(dL/dz == K*(p - q)/2)"
    answer = json.loads(render(solve_text(f"# Sheet\n\n```byhand\n{sheet}\n```\n"), "json"))
    assert [claim["verdict"] for claim in answer["claims"]] == ["holds", "fails"]


def test_what_vanishes_from_a_formula_has_a_gradient_of_zero() -> None:
    answer = json.loads(render(solve_text("# Sheet\n\n```byhand\nx = [1, 2]\nf = 0*sum(x) + 3\ndf/dx\n```\n"), "json"))
    assert answer["values"]["df/dx"] == [0, 0]


def test_the_class_of_a_given_or_a_formula_is_said_once() -> None:
    page = shown("w = [1, 3, 2]\nargmax(w)\nargmax(2*w)")
    assert "argmax(w) = 1" in page
    assert "argmax(2 w) = 1" in page
