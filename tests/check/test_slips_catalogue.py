"""The catalogue: every slip has a place, each is wrong, each once; the sheet's own; what the numbers tell apart."""

from __future__ import annotations

import json
import time
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from catalogues import exercise, truths
from click.testing import CliRunner
from slip_sheets import COLUMNS, ROWS, VECTOR

from byhand.app.cli import byhand
from byhand.app.solving import solve_text
from byhand.app.variants import write_variants
from byhand.check.engine import Engine
from byhand.check.exercise.build import exercise_of
from byhand.check.formulas.ground import Ground
from byhand.check.formulas.scope import Scopes
from byhand.check.settings import Settings, settings_of
from byhand.check.slips.catalogue import catalogue_of, mutations_of, values_of
from byhand.check.slips.draws import tried
from byhand.check.slips.general import GENERAL_SLIPS
from byhand.check.slips.page import to_json
from byhand.check.slips.separate import separating, share
from byhand.check.slips.uses import Uses
from byhand.lang.errors import ByhandError
from byhand.lang.leaves import LEAVES
from byhand.read.elaborate import read_formula
from byhand.rules import RULES
from byhand.rules.updates import UPDATE_RULES
from byhand.run.prove import is_proved
from byhand.show.notation import notation
from byhand.show.plain import plain

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SMALL = """x = [1, 2]
t = [0, 1]
W = [[1, 2], [0, -1]]
z = W @ x
p = softmax(z)
L = -sum(t*log(p))
dL/dz, dL/dW"""

NO_MUTATION = {
    "S48": "an entry alone is wrong: a pattern of cells, whatever the step",
    "S49": "rounding on the way: every step with rounded operands",
    "S50": "an interval of rates is no quantity with a step; its ends are compared as answers of an analysis",
    "S51": "a count of symmetries is no quantity with a step",
}


def test_every_slip_of_the_list_has_a_place() -> None:
    of_rules = {slip.id for rule in RULES for slip in (*rule.slips, *rule.value_slips)}
    of_leaves = {slip.id for leaf in LEAVES for slip in leaf.slips}
    of_updates = {slip.id for rule in UPDATE_RULES for line in rule.lines for slip in line.slips}
    general = {slip.id for slip in GENERAL_SLIPS}
    listed = {f"S{number:02d}" for number in range(1, 52)}
    assert listed - NO_MUTATION.keys() <= of_rules | of_leaves | of_updates | general
    assert {"S05", "S06", "S07", "S08", "S09", "S10", "S11", "S12", "S13", "S17", "S18", "S20", "S21", "S38", "S46"} <= of_rules
    assert {"S32", "S33", "S34", "S37"} <= of_leaves
    assert not NO_MUTATION.keys() & (of_rules | of_leaves | of_updates | general)


@pytest.mark.parametrize("text", [ROWS, COLUMNS, VECTOR])
def test_the_catalogue_holds_what_is_wrong(text: str) -> None:
    """Every slip differs from the right step with some numbers, no two of one number are the same formula, and the marked ones are right here."""
    of = exercise_of(solve_text(text), text)
    engine, catalogue = Engine(of), catalogue_of(of)
    env = tried(of, engine, seed=5)
    assert sum(map(len, catalogue.mutations.values())) > 100
    for name, slips in catalogue.mutations.items():
        quantity = of.quantities[name]
        assert len({(slip.step, slip.id) for slip in slips}) == len(slips)
        assert [slip.of for slip in slips] == [name] * len(slips)
        unseen = catalogue.invisible.get(name, ())
        assert set(unseen) <= set(slips)
        ranks = [slip.rank for slip in slips if slip not in unseen]
        assert ranks == sorted(ranks)
        for slip, value in zip(slips, values_of(engine, [slip.step for slip in slips], env)):
            if value is None or value.shape != env[name].shape:
                continue
            with np.errstate(all="ignore"):
                here, anywhere = (~np.isclose(value[part], env[name][part], rtol=1e-9, atol=1e-14) for part in (0, slice(None)))
            assert anywhere.any(), f"{name}: {slip.message}"
            assert here.any() or slip in unseen, f"{name}: {slip.message}"
        assert not any(is_proved(slip.step, quantity.steps[0]) for slip in slips[:8])


def test_right_in_other_words_is_no_slip() -> None:
    """A softmax along another axis of a vector is the same softmax."""
    found = mutations_of(exercise(SMALL))
    assert not [slip for slip in found["p"] if slip.id == "S05"]
    assert not [slip for slip in found["L"] if slip.id == "S05"]
    assert {"S06", "S03"} <= {slip.id for slip in found["p"]}


def test_a_slip_that_this_data_hides_is_marked() -> None:
    """With a bias of zeros nobody sees that it is left out."""
    of = exercise("x = [1, 2]\nW = [[1, 2], [0, -1]]\nb = [0, 0]\nz = W @ x + b\nL = sum(z**2)\ndL/db")
    catalogue = catalogue_of(of)
    hidden = [slip for slip in catalogue.invisible["z"] if slip.id == "S02"]
    assert hidden
    assert set(hidden) <= set(catalogue.mutations["z"])


def test_symbolic_sheets_have_slips_too() -> None:
    of = exercise("X : (m, n), W : (n, k), T : (m, k) one_hot\nZ = X @ W\nP = softmax(Z)\nL = -sum(T * log(P)) / m\ndL/dZ, dL/dW")
    catalogue = catalogue_of(of)
    assert {"S14", "S15", "S17", "S22"} <= {slip.id for slip in catalogue.mutations["dL/dZ"]}
    assert not catalogue.invisible


def test_the_catalogue_is_fast() -> None:
    of = exercise_of(solve_text(VECTOR), VECTOR)
    catalogue_of(of)
    start = time.process_time()
    catalogue_of(of)
    assert time.process_time() - start < 0.4


# ----------------------------------------------------------------------------------------------- the sheet's own

OWN = "slips:\n  dL/dz = p + t: the sign of the target is wrong\n  p = exp(z)   # not normalised\n  dL/dW = outer(x, p - t)\n"


def test_own_slips() -> None:
    found = [slip for slips in mutations_of(exercise(SMALL, OWN)).values() for slip in slips if slip.id.startswith("O")]
    assert [(slip.id, slip.of, slip.message) for slip in found] == [
        ("O02", "p", "p is worked out as exp(z)"),
        ("O01", "dL/dz", "the sign of the target is wrong"),
        ("O03", "dL/dW", "dL/dW is worked out as outer(x, p - t)"),
    ]


def test_own_slips_come_first_and_are_run() -> None:
    of = exercise(SMALL, OWN)
    v = truths(of)
    first = mutations_of(of)["dL/dz"][0]
    assert first.id == "O01"
    (value,) = values_of(Engine(of), [first.step], Engine(of).truths())
    assert value is not None
    assert np.allclose(value[0], v["p"] + v["t"])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("p = exp(q)", "line 3: slips: the name q is not known here."),
        ("q = exp(z)", "line 3: slips: the name q is not known here."),
        ("x = z", "line 3: slips: x is given and not worked out, so no slip can be made in it."),
        ("z = p", "line 3: slips: p cannot stand for z, of which it is made itself."),
        ("p = softmax(z) + 0*z", "line 3: slips: softmax(z) + 0*z is right for p: a slip has to be wrong."),
        ("z = W @ x + sum(p) - 1", "line 3: slips: W @ x + sum(p) - 1 cannot stand for z, of which it is made itself."),
        ("dL/dW = p", "line 3: slips: p cannot stand for dL/dW: the formula has shape (2,), and dL/dW has shape (2, 2)."),
        ("L = -x[0]*sum(t*log(p))", "line 3: slips: -x[0]*sum(t*log(p)) gives the right number for L with the data of this sheet, so that no answer can show"),
        ("L = -sum(log(p)*t**2)", "line 3: slips: -sum(log(p)*t**2) is right for L: a slip has to be wrong."),
        ("p", "line 3: slips: a slip is a quantity, what somebody takes for it, and the mistake in words, as in dL/dz = t - p: the sign is wrong."),
        ("p = exp(", "line 3: slips: "),
        ("2*p = z", "line 3: slips: 2*p is no quantity of this sheet, so no slip can be made in it."),
    ],
)
def test_own_slips_that_are_none(line: str, message: str) -> None:
    with pytest.raises(ByhandError) as error:
        mutations_of(exercise(SMALL, f"slips:\n  {line}\n"))
    assert str(error.value).startswith(message)


def test_marks_for_nothing() -> None:
    with pytest.raises(ByhandError) as error:
        mutations_of(exercise(SMALL, "check:\n  marks: dL/dQ: 3\n"))
    assert str(error.value) == "line 3: check: marks are given for dL/dQ, which is no quantity of this sheet. Did you mean dL/dz?"


def test_settings() -> None:
    text = "---\ntitle: A sheet\ncheck:\n  digits: 3\n  tolerance: 0.01\n  slip marks: 25%   # of the marks\n  marks: dL/dW1: 3, L 2\n  marks: p = 1/2\n  same-slip: each\n  count: asked\n---\n"
    assert settings_of(text) == Settings(3, Fraction(1, 100), Fraction(1, 4), {"dL/dW1": Fraction(3), "L": Fraction(2), "p": Fraction(1, 2)}, "each", "asked")
    assert settings_of("```byhand\n```") == Settings()
    assert settings_of("---\ncheck:\n---\n") == Settings()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("digit: 3", "there is no setting 'digit'; there are digits, tolerance, slip marks, marks, same slip, count. Did you mean digits?"),
        ("digits: 0", "digits is a whole number from 1 to 15, not 0."),
        ("digits", "digits needs a value, as in digits: 3."),
        ("tolerance: -1", "tolerance needs a number that is not negative, such as 2, 0.5 or 1/2, not '-1'."),
        ("tolerance: 1/0", "tolerance needs a number that is not negative, such as 2, 0.5 or 1/2, not '1/0'."),
        ("slip marks: 2", "slip marks is the part of the marks that an explained mistake leaves, from 0 to 1, not 2."),
        ("marks: L", "marks are names with numbers, as in marks: dL/dW1: 3, L: 2; 'L' is neither."),
        ("same slip: twice", "same slip is once (charged once for all its places) or each (each time), not twice."),
        ("count: all", "count is answered (every answer counts) or asked (only what the sheet asks for), not all."),
    ],
)
def test_settings_that_are_none(line: str, message: str) -> None:
    with pytest.raises(ByhandError) as error:
        settings_of(f"---\ncheck:\n  {line}\n---\n")
    assert str(error.value) == f"line 3: check: {message}"


# ------------------------------------------------------------------------------------------------- telling apart


def rounded(value: np.ndarray) -> list[str]:
    return [f"{entry:.2e}" for entry in np.asarray(value, dtype=float).ravel()]


@pytest.mark.parametrize("text", [ROWS, VECTOR])
def test_pairs_told_apart_are_counted_one_by_one(text: str) -> None:
    """Against every pair compared as people round: to three significant digits."""
    of = exercise_of(solve_text(text), text)
    engine = Engine(of)
    for one in separating(of).here():
        values = [engine.truths()[one.quantity.name][0]]
        values += [found[0][0] for kind in one.kinds if (found := engine.values([kind.first.step], engine.truths())) is not None]
        pairs = list(combinations(values, 2))
        told = sum(left.shape != right.shape or rounded(left) != rounded(right) for left, right in pairs)
        assert (one.told, one.pairs) == (told, len(pairs)), one.quantity.name


def test_numbers_that_tell_nothing() -> None:
    """With weights of zero nothing of the input is seen."""
    of = exercise("x = [1, 2]\nW = [[0, 0], [0, 0]]\nb = [0, 0]\nz = W @ x + b\nh = tanh(z)\nL = sum(h**2)\ndL/dz")
    found = {one.quantity.name: one for one in separating(of).here()}
    assert found["z"].unseen == found["z"].kinds
    assert share(list(found.values())) < 0.5


def test_score_of_other_numbers_is_that_of_a_sheet_with_them() -> None:
    of, other = exercise(SMALL), exercise(SMALL.replace("[[1, 2], [0, -1]]", "[[0, 1], [2, 2]]"))
    data = {name: np.asarray(one.truth) for name, one in other.quantities.items() if not one.steps and one.truth is not None}
    assert separating(of).score(data) == share(list(separating(other).here()))


def test_the_command(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.md"
    sheet.write_text(VECTOR, encoding="utf-8")
    run = CliRunner()
    text = run.invoke(byhand, ["slips", str(sheet), "--all"], catch_exceptions=False, standalone_mode=False).output
    assert "What each number tells" in text
    assert "Slips in" in text
    assert max(map(len, text.splitlines())) <= 80
    told = json.loads(run.invoke(byhand, ["slips", str(sheet), "--to", "json"], catch_exceptions=False, standalone_mode=False).output)
    assert 0.9 < told["score"] <= 1
    assert {slip["id"] for slip in told["quantities"]["dL/dz"]["slips"]} >= {"S14", "S15", "S17"}
    assert run.invoke(byhand, ["slips", str(sheet), "--to", "html"], standalone_mode=False).output.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("text", [ROWS, VECTOR])
def test_formulas_in_the_json_read_back(text: str) -> None:
    """What is said of a slip is what is run."""
    of = exercise_of(solve_text(text), text)
    engine, scopes = Engine(of), Scopes(Ground(of))
    told = to_json(of, list(separating(of).here()))["quantities"]
    assert isinstance(told, dict)
    for name, found in told.items():
        steps = {(slip.id, slip.message, plain(notation(slip.step, of.conventions))): slip.step for slip in mutations_of(of)[name]}
        for slip in found["slips"]:
            read = read_formula(slip["formula"], scopes.of(of.quantities[name]))
            values = values_of(engine, [read, steps[slip["id"], slip["message"], slip["formula"]]], engine.truths())
            assert all(value is not None for value in values), slip
            assert np.allclose(*values, rtol=1e-9, equal_nan=True), slip


def test_gradients_of_samples_one_by_one() -> None:
    """The slips of each sample are made of that sample's own quantities."""
    text = (EXAMPLES / "d3-softmax-network.md").read_text(encoding="utf-8")
    of = exercise_of(solve_text(text), text)
    uses = Uses.of_exercise(of)
    found = uses.of(of.quantities["dC_2/dz2"])
    assert found is not None
    assert [use.by for use in found.uses] == ["x2_s2"]


def test_the_command_without_numbers(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.md"
    sheet.write_text("```byhand\nx : (n,)\nL = sum(x**2)\ndL/dx\n```\n", encoding="utf-8")
    found = CliRunner().invoke(byhand, ["slips", str(sheet)], standalone_mode=False)
    assert isinstance(found.exception, ByhandError)
    assert str(found.exception) == "sheet.md has no numbers that a slip could change: give its quantities numbers, and define something with them."


POOR = """---
vary:
  x: -3 to 3
  W: -2 to 2
---
# Weights of zero

```byhand
x = [1, 1]
t = [0, 1]
W = [[0, 0], [0, 0]]
z = W @ x
h = relu(z)
L = sum((h - t)**2)
dL/dz, dL/dW
```
"""


def test_variants_that_tell_slips_apart(tmp_path: Path) -> None:
    """The score that is said is that of the sheet written, and better than what there was."""
    sheet = tmp_path / "poor.md"
    sheet.write_text(POOR, encoding="utf-8")
    before = share(list(separating(exercise_of(solve_text(POOR), POOR)).here()))
    lines = list(write_variants(sheet, 2, 1, tmp_path / "out", None, 6, 0.9))
    assert before < 0.9
    for path, line in zip(sorted((tmp_path / "out").glob("*.md")), lines):
        text = path.read_text(encoding="utf-8")
        found = share(list(separating(exercise_of(solve_text(text), text)).here()))
        assert found >= 0.9
        assert line == f"{path}  ({int(1000 * found) / 10:g} % told apart)"
    assert lines[-1].startswith("Each of them tells at least 9")


def test_variants_that_cannot_tell_all(tmp_path: Path) -> None:
    """Numbers of which nothing can come."""
    sheet = tmp_path / "poor.md"
    sheet.write_text(POOR.replace("x: -3 to 3", "x: 0, 1").replace("W: -2 to 2", "W: 0, 1"), encoding="utf-8")
    lines = list(write_variants(sheet, 1, 1, tmp_path / "out", None, 6, 1.0))
    assert lines[-1].startswith("The best numbers found tell ")
    assert ", not 100 %; it may help if more numbers vary" in lines[-1]
