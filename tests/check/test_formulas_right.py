"""Right formulas in every spelling: proved right, said how they were read, and what was read reads back."""

from __future__ import annotations

import re
from math import e, log, sqrt
from pathlib import Path

import pytest
from formula_sheets import SHEETS, check, exercise

from byhand.check.answers.entry import Formulas
from byhand.check.exercise.quantity import Exercise
from byhand.check.formulas.check import evaluated
from byhand.show.latex import latex
from byhand.show.notation import notation
from byhand.show.plain import plain
from byhand.show.unicode import text as printed

EXERCISES = {key: exercise(sheet, key) for key, (sheet, _) in SHEETS.items()}
RIGHT = [(key, name, text) for key, (_, right) in SHEETS.items() for name, texts in right.items() for text in texts]
LETTERS_FOR_NUMBERS = ("η", "m read as")


def test_each_quantity_is_written_in_six_spellings() -> None:
    assert all(len(set(texts)) >= 6 for _, right in SHEETS.values() for texts in right.values())


@pytest.mark.parametrize(("key", "name", "text"), RIGHT)
def test_a_right_formula_is_proved(key: str, name: str, text: str) -> None:
    found = check(EXERCISES[key], name, text)
    assert (found.verdict, found.certainty) == ("right", "exact"), (found.read_as, found.message)
    assert found.status == "right"
    assert found.expr is not None


@pytest.mark.parametrize(("key", "name", "text"), RIGHT)
def test_what_was_read_reads_back_as_right(key: str, name: str, text: str) -> None:
    found = check(EXERCISES[key], name, text)
    assert found.read_as
    if not any(letter in remark for remark in found.remarks for letter in LETTERS_FOR_NUMBERS):
        again = check(EXERCISES[key], name, found.read_as)
        assert again.verdict == "right", found.read_as


@pytest.mark.parametrize("key", SHEETS)
def test_the_steps_that_are_shown_are_right(key: str) -> None:
    about = EXERCISES[key]
    for name, quantity in about.quantities.items():
        for step in quantity.steps:
            for spell in (plain, printed):
                text = spell(notation(step, about.conventions))
                assert check(about, name, text).verdict == "right", (name, text)


def test_the_formula_of_the_sheet_is_right_in_latex() -> None:
    about = EXERCISES["columns"]
    for name in ("z1", "a1", "z2", "a2", "L"):
        text = latex(notation(about.quantities[name].steps[0], about.conventions))
        assert check(about, name, text).verdict == "right", text


# ----------------------------------------------------------------------------------------------- other senses


def remarks(about: Exercise, name: str, text: str) -> tuple[str, ...]:
    found = check(about, name, text)
    assert found.verdict == "right", (found.read_as, found.message)
    return found.remarks


def test_the_number_of_a_letter_may_be_put_in() -> None:
    about = exercise("```byhand\neps = 0.3\ny = [1, 0, 0]\nys = (1 - eps) * y + eps / 3\nys\n```\n")
    assert remarks(about, "ys", "0.7 y + 0.1") == ("with eps = 0.3 put in",)
    assert remarks(about, "ys", "(1 - eps) y + 0.1") == ("with eps = 0.3 put in, in some places",)
    assert remarks(about, "ys", "(1 - eps) * [1, 0, 0] + eps/3") == ("with the numbers of y put in",)
    assert check(about, "ys", "0.7 y + 0.2").verdict == "wrong"


def test_a_letter_is_not_put_in_where_it_hides_a_mistake() -> None:
    """With eps = 1/2 both forms have the same numbers, and only one is right."""
    about = exercise("```byhand\neps = 0.5\ny = [1, 0, 0]\nys = (1 - eps) * y + eps / 3\nys\n```\n")
    found = check(about, "ys", "eps y + eps/3")
    assert found.verdict == "wrong"
    assert any("gives the right numbers here, but only because eps = 1/2" in remark or "because eps = 0.5" in remark for remark in found.remarks)


def test_the_learning_rate_may_have_a_letter_that_the_sheet_lacks() -> None:
    about = EXERCISES["columns"]
    assert "η read as 0.5" in remarks(about, "W1'", "W1 - η dL/dW1")
    assert "α read as 0.5" in remarks(about, "W2'", r"W_2 - \alpha \delta_2 a_1^\top")
    assert check(about, "W1'", "W1 + η dL/dW1").verdict == "wrong"


def test_bare_deltas_and_short_names_for_gradients_are_said() -> None:
    about = EXERCISES["columns"]
    assert remarks(about, "dL/dW1", "δ x^T") == ("δ read as dL/dz1",)
    assert remarks(about, "dL/dW2", "δ2 a1^T") == ("δ2 read as dL/dz2",)
    assert remarks(about, "dL/dW2", "dz2 a1^T") == ("dz2 read as dL/dz2",)


def test_another_layout_is_right_where_its_shape_says_so() -> None:
    about = EXERCISES["columns"]
    found = check(about, "dL/dW1", "x δ1^T")
    assert found.verdict == "right"
    assert "the transpose of what the sheet has" in found.remarks[-1]


def test_a_transpose_of_a_square_matrix_is_no_other_layout() -> None:
    about = exercise("```byhand\nx = [1, 2]\nW = [[1, 2], [3, 4]]\nt = [0, 1]\ny = W @ x\nL = sum((y - t)**2) / 2\ndL/dW\n```\n")
    assert check(about, "dL/dW", "(y - t) x^T").verdict == "right"
    found = check(about, "dL/dW", "x (y - t)^T")
    assert (found.verdict, found.slip, found.status) == ("wrong", "S43", "slip")


def test_rows_and_columns_are_read_as_people_mean_them() -> None:
    assert remarks(EXERCISES["columns"], "dL/dz1", "(δ2^T W2) ⊙ (1 - a1²)") == ("δ2 read as dL/dz2", "with a1 lying the other way")
    assert remarks(EXERCISES["columns"], "dL/dW2", "dz2 a1") == ("dz2 read as dL/dz2", "with a1 lying the other way")
    assert any("vectors as columns" in one for one in remarks(EXERCISES["rows"], "dE/dW", "u δ^T"))


AFTER = """
```byhand
x = [1, -1]
w = [0.5, 0.25]
t = 1
z = w @ x
L = (z - t)**2
step(L, [w], rate=0.1)
z, dL/dw
```
"""


def test_after_a_step_names_are_primed_or_mean_their_new_values() -> None:
    about = exercise(AFTER)
    assert remarks(about, "w'", "w - 0.2 (z - t) x") == ()
    assert remarks(about, "z'", "w'^T x") == ()
    assert remarks(about, "z'", "w^T x") == ("read with the names for their values after the step",)
    assert check(about, "dL/dw'", "2 (z' - t) x").verdict == "right"
    assert check(about, "w'", "w' - 0.2 (z - t) x").verdict == "wrong"


@pytest.mark.parametrize(
    ("written", "wanted"), [("-ln(0.3)", -log(0.3)), ("sqrt(2)", sqrt(2)), ("2/3 + ln(2)", 2 / 3 + log(2)), ("e^(-1)/(1+e^(-1))", 1 / (1 + e))]
)
def test_formulas_without_names_are_numbers(written: str, wanted: float) -> None:
    found = evaluated(EXERCISES["columns"], Formulas((written,), written))
    assert found is not None
    assert float(found.values) == pytest.approx(wanted, rel=1e-15)
    assert float(found.half) == 0
    assert evaluated(EXERCISES["columns"], Formulas(("x + 1",), "x + 1")) is None


DOCUMENTED = re.findall(
    r"^\| `(d[^`]+)` \| `([^`]+)` \| `([^`]+)` \|$", (Path(__file__).parents[2] / "docs" / "checking.md").read_text(encoding="utf-8"), re.MULTILINE
)


def test_the_spellings_of_the_documentation_are_there() -> None:
    assert len(DOCUMENTED) == 9


@pytest.mark.parametrize(("name", "text", "read_as"), DOCUMENTED)
def test_formulas_are_read_as_the_documentation_says(name: str, text: str, read_as: str) -> None:
    found = check(EXERCISES["columns"], name, text)
    assert (found.verdict, found.read_as) == ("right", read_as)
