"""A solved sheet as an exercise: what it asks, its numbers, and every formula for each of them."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from byhand.app.render import render
from byhand.app.solving import solve_text
from byhand.check.answers.read import from_text
from byhand.check.engine import Engine, variables_of
from byhand.check.exercise.build import exercise_of
from byhand.check.exercise.quantity import Exercise
from byhand.check.judge.judge import Judge
from byhand.check.mark import Mark
from byhand.check.others.check import check_other, question
from byhand.lang.expr import Var
from byhand.run.bind import Value
from byhand.run.prove import prove

ROOT = Path(__file__).parents[2]
EXAMPLES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples").rglob("*.md")) if path.stem != "README"}


@cache
def made(text: str) -> Exercise:
    return exercise_of(solve_text(text, "sheet"), text)


def values_of(exercise: Exercise) -> dict[str, Value]:
    """The numbers of all quantities that have some."""
    return {name: quantity.truth for name, quantity in exercise.quantities.items() if quantity.truth is not None}


def sheet(*lines: str) -> str:
    return "\n".join(["---", "title: A sheet", "---", "```byhand", *lines, "```", ""])


def others() -> Iterator[Any]:
    """The sheets of the exercises that are checked against JAX."""
    pytest.importorskip("jax")
    folder = str(ROOT / "tests" / "exercises")
    if folder not in sys.path:
        sys.path.append(folder)
    import freedoms
    import losses
    import matrices
    import networks
    import scalars
    import sequences
    import steps
    from harness import Exercise as Table

    for module in (scalars, networks, losses, sequences, matrices, steps, freedoms):
        yield from (one for one in vars(module).values() if isinstance(one, Table))


# ------------------------------------------------------------------------------------------------------ numbers


def faults(text: str) -> Iterator[str]:
    solution = solve_text(text, "sheet")
    exercise = exercise_of(solution, text)
    answer = json.loads(render(solution, "json"))
    for name, value in answer["values"].items():
        quantity = exercise.quantities.get(name)
        if quantity is None or quantity.truth is None:
            yield f"{name} is missing"
        elif np.shape(value) != quantity.truth.shape or not np.allclose(np.asarray(value, float), quantity.truth.astype(float), rtol=1e-12, atol=1e-14):
            yield f"{name} is {quantity.truth.tolist()} and not {value}"
    engine = Engine(exercise)
    truths = engine.truths()
    for name, quantity in exercise.quantities.items():
        assert set(quantity.parents) == {parent for step in quantity.steps for parent in variables_of(step)}
        for k, step in enumerate(quantity.steps if quantity.truth is not None else ()):
            value = engine.values([step], truths)
            if value is None or value[0].shape[1:] != truths[name].shape[1:] or not np.allclose(value[0], truths[name], rtol=1e-8, atol=1e-10):
                yield f"formula {k} of {name} does not give its number"


@pytest.mark.parametrize("name", EXAMPLES)
def test_numbers_and_formulas_of_the_examples(name: str) -> None:
    assert list(faults(EXAMPLES[name])) == []


def test_numbers_and_formulas_of_other_peoples_exercises() -> None:
    found = {one.name: list(faults(one.markdown)) for one in others()}
    assert len(found) > 100
    assert {name: all_ for name, all_ in found.items() if all_} == {}


@pytest.mark.parametrize("name", ["d1-sigmoid-network", "d2-tanh-network", "d3-softmax-network", "e2-label-smoothing-step", "b1-two-layer-regression"])
def test_routes_are_equal_at_other_numbers_too(name: str) -> None:
    """All given numbers are replaced, and everything is worked out anew by the first formula of each: the others give the same."""
    exercise = made(EXAMPLES[name])
    random = np.random.default_rng(1)
    engine, env = Engine(exercise), Engine(exercise).truths()
    checked = 0
    for one, quantity in exercise.quantities.items():
        if not quantity.steps:
            facts = quantity.node.facts if isinstance(quantity.node, Var) else frozenset()
            env[one] = env[one] if facts else env[one] + random.normal(size=env[one].shape) * 0.3
            continue
        env[one], *rest = (np.array(engine.values([step], env)[0]) for step in quantity.steps)  # type: ignore[index]
        for value in rest:
            np.testing.assert_allclose(value, env[one], rtol=1e-9, atol=1e-9, err_msg=one)
            checked += 1
    assert checked > 0


def test_operands_come_first_and_nobody_is_missing() -> None:
    for text in EXAMPLES.values():
        exercise = made(text)
        for name, quantity in exercise.quantities.items():
            assert all(exercise.place[parent] < exercise.place[name] for parent in quantity.parents)


# -------------------------------------------------------------------------------------------------------- names


def test_other_inputs_have_quantities_of_their_own() -> None:
    exercise = made(EXAMPLES["d1-sigmoid-network"])
    at = "x=[1, 0, 0, 0, 1]"
    assert exercise.quantities[f"at(z1, {at})"].parents == ("W1'", f"at(x, {at})", "b1'")
    assert exercise.quantities[f"at(x2, {at})"].asked
    assert not exercise.quantities[f"at(z1, {at})"].asked
    chosen = exercise.quantities[f"at(argmax(x2), {at})"]
    assert (chosen.parents, chosen.truth.tolist() if chosen.truth is not None else None) == ((f"at(x2, {at})",), 0)


def test_the_same_question_twice_is_two_quantities() -> None:
    exercise = made(sheet("x = 2", "w = 3", "z = w * x", "L = z**2", "at(z, x=5)", "step(L, [w], rate=1)", "at(z, x=5)"))
    assert values_of(exercise)["at(z, x=5)"] == 15
    assert values_of(exercise)["at(z, x=5)'"] == 5 * (3 - 24)


def test_samples_one_by_one() -> None:
    exercise = made(sheet("x = [1, 0]", "t = 1", "w = [1/2, 1/4]", "y = w @ x", "E = (y - t)**2", "step(E, [w], rate=1, x=[[1, 0], [2, 1]], t=[0, 1])"))
    found = exercise.quantities
    assert found["dE_sum/dw"].parents == ("dE_1/dw", "dE_2/dw")
    assert found["y_2"].parents == ("w", "x_2")
    assert found["E_2"].parents == ("y_2", "t_2")
    assert found["w'"].parents == ("w", "dE_sum/dw")
    assert [values_of(exercise)[name].tolist() for name in ("y_1", "y_2", "E_2")] == [Fraction(1, 2), Fraction(5, 4), Fraction(1, 16)]


def test_batches_have_data_of_their_own() -> None:
    lines = ("X = [[1, 0], [0, 1], [2, 1]]", "t = [1, 0, 2]", "w = [0, 0]", "L = sum((X @ w - t)**2)", "step(L, [w], rate=0.1, batches=[[0, 1], [2]])")
    exercise = made(sheet(*lines))
    values = {name: value.astype(float).tolist() for name, value in values_of(exercise).items()}
    assert values["X (batch 2)"] == [[2, 1]]
    np.testing.assert_allclose(values["w'"], [0.2, 0])
    gradient = 2 * (2 * 0.2 - 2) * np.array([2, 1])
    np.testing.assert_allclose(values["dL/dw'"], gradient)
    np.testing.assert_allclose(values["w''"], np.array([0.2, 0]) - 0.1 * gradient)
    assert exercise.quantities["w''"].parents == ("w'", "dL/dw'")


def test_states_of_an_optimiser_and_the_number_of_the_step() -> None:
    exercise = made(sheet("w = 1", "L = w**2", "step(L, [w], rate=0.1, rule=adam, times=2)"))
    assert exercise.quantities["v_w''"].parents == ("v_w'", "dL/dw'")
    assert exercise.quantities["mhat_w''"].parents == ("m_w''",)
    assert "t" not in exercise.quantities
    first = 1 - 0.1 * 2 / (2 + 1e-8)
    np.testing.assert_allclose(float(values_of(exercise)["w'"]), first)
    assert all(not one.own for name, one in exercise.quantities.items() if name.startswith(("m_", "v_")))


def test_back_to_the_start() -> None:
    exercise = made(sheet("w = 1", "L = w**2", "step(L, [w], rate=0.1)", "reset()", "step(L, [w], rate=0.2, times=2)"))
    values = {name: float(value) for name, value in values_of(exercise).items()}
    assert (values["w'"], values["w' (run 2)"]) == (0.8, 0.6)
    np.testing.assert_allclose(values["w'' (run 2)"], 0.36)
    assert exercise.quantities["w'' (run 2)"].parents == ("w' (run 2)", "dL/dw' (run 2)")


def test_slopes_through_the_argument_and_through_the_value() -> None:
    exercise = made(sheet("x = [1, -2]", "h = 3 * x", "a = relu(h)", "s = tanh(x)", "L = sum(a * s)", "dL/dh, dL/dx"))
    assert {"h", "a"} <= set(exercise.quantities["dL/dh"].parents)
    exercise = made(EXAMPLES["d1-sigmoid-network"])
    assert exercise.quantities["dE/dz1"].parents == ("dE/dx1", "x1", "z1")
    exercise = made(EXAMPLES["e2-label-smoothing-step"])
    assert "dL/dp" in exercise.quantities["dL/dz"].parents


def test_who_answers_a_product_goes_on_with_it() -> None:
    exercise = made(EXAMPLES["d3b"])
    assert exercise.quantities["dE/dx2"].parents[0] == "W3.T @ dE/dz3"


def test_symbols_without_numbers() -> None:
    exercise = made(sheet("X : (m, n)", "w : (n,)", "t : (m,)", "L = sum((X @ w - t)**2)", "dL/dw", "step(L, [w], rate=0.1)"))
    assert exercise.quantities["w'"].parents == ("w", "dL/dw")
    assert all(quantity.truth is None for quantity in exercise.quantities.values())


def test_families_are_left_out_with_the_reason() -> None:
    exercise = made(EXAMPLES["c1-deep-relu"])
    assert not exercise.quantities
    assert "give the number of layers" in exercise.left_out[0]
    assert len(exercise.others) == 2


def test_building_is_quick() -> None:
    text = EXAMPLES["d2-tanh-network"]
    solution = solve_text(text, "d2")
    exercise_of(solution, text)
    assert min(_timed(lambda: exercise_of(solution, text)) for _ in range(3)) < 0.1


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def report(text: str, answers: dict[str, Any]) -> dict[str, Mark]:
    (hand_in,) = from_text(json.dumps({"answers": answers}), "ada", "json")
    found = Judge(made(text)).mark(hand_in)
    assert not found.problems
    return {mark.name: mark for mark in found.marks if mark.status != "blank"}


def written(value: Any) -> Any:
    return [written(one) for one in value] if np.ndim(value) else f"{float(value):.6g}"


BATCH = {  # the two samples of the tanh network, as columns
    "x": np.array([[1, 0, 1, 0], [0, 0, 10, 0.0]]).T,
    "t": np.array([[0, 1, 0], [0, 0, 1.0]]).T,
}


def batch_step(weights: dict[str, Any], rate: float = 0.1) -> tuple[dict[str, Any], dict[str, Any]]:
    """All that a step on the batch makes, samples as columns, and the new parameters: with NumPy alone."""
    w, made_ = weights, {}
    below = BATCH["x"]
    inputs = {}
    for layer in "123":
        inputs[layer] = below
        made_[f"z{layer}"] = w[f"W{layer}"] @ below + w[f"b{layer}"][:, None]
        below = made_[f"x{layer}"] = np.tanh(made_[f"z{layer}"])
    delta = (below - BATCH["t"]) * (1 - below**2)
    fresh = {}
    for layer in "321":
        made_[f"delta{layer}"] = delta
        fresh[f"W{layer}"] = w[f"W{layer}"] - rate * delta @ inputs[layer].T
        fresh[f"b{layer}"] = w[f"b{layer}"] - rate * delta.sum(axis=1)
        if layer != "1":
            delta = (w[f"W{layer}"].T @ delta) * (1 - inputs[layer] ** 2)
    return made_, fresh


START = {
    "W1": np.full((4, 4), 0.1),
    "b1": np.full(4, 0.1),
    "W2": np.full((3, 4), 0.1),
    "b2": np.full(3, 0.1),
    "W3": np.full((3, 3), 0.1),
    "b3": np.full(3, 0.1),
}


def test_all_samples_in_one_matrix() -> None:
    """The sheet takes them one by one; a person has them as columns, or as rows."""
    made_, fresh = batch_step(START)
    answers = {name: written(value if name != "x2" else value.T) for name, value in made_.items()}
    answers |= {f"{name}' (run 2)": written(value) for name, value in fresh.items()}
    found = report(EXAMPLES["d2-tanh-network"], answers)
    assert {mark.status for mark in found.values()} == {"right"}
    assert len(found) == 2 * 9 + 6
    wrong = made_ | {"delta2": made_["delta2"] * np.array([[1, 1.5]])}
    found = report(EXAMPLES["d2-tanh-network"], {name: written(value) for name, value in wrong.items() if name != "delta1"})
    assert [name for name, mark in found.items() if mark.status != "right"] == ["dE_2/dz2"]


def test_not_back_to_the_start() -> None:
    """Who forgets the reset goes on from the parameters of the step before; this costs once."""
    text = EXAMPLES["d2-tanh-network"]
    after = {name: value.astype(float) for name, value in values_of(made(text)).items()}
    _, fresh = batch_step({name: after[f"{name}'"] for name in START})
    found = report(text, {f"{name}' (run 2)": written(value) for name, value in fresh.items()})
    assert {(mark.status, mark.slip) for mark in found.values()} == {("slip", "reset")}
    assert sum(mark.marks for mark in found.values()) == len(found) - Fraction(1, 2)


# -------------------------------------------------------------------------------------- answers that are no arrays


def marked(name: str, key: str, answer: object) -> Mark:
    exercise = made(EXAMPLES[name])
    (hand_in,) = from_text(json.dumps({"answers": {key: answer}}), "somebody", "json")
    (entry,) = hand_in.entries
    asked = question(exercise, entry.name)
    assert asked is not None
    return check_other(exercise, asked, entry)


RATES, LETTERS = "rates(f, x)", "rates(g, x)"
RIGHT: list[tuple[str, str, object]] = [
    *(("b3-learning-rate", RATES, one) for one in ("0 < η < 1/5", "0 < eta < 0.2", "(0, 0.2)", "(0; 0,2)", "]0, 1/5[", [0, 0.2], ["0", "1/5"])),
    *(("b3-learning-rate", RATES, one) for one in ("η < 0.2", "0.2 > lr > 0", r"$0 < \eta < \frac{1}{5}$", "0 < η and η < 1/5", "η ∈ (0, 2/10)")),
    *(("b3-learning-rate", LETTERS, one) for one in ("0 < η < 1/a", "(0, 2/(2a))", r"0 < \eta < \frac{1}{a}")),
    *(("a3-symmetries", "symmetries(y, [W1, W2])", one) for one in ("M! 2^M", "2^M · M!", "2**M * M!", r"M!\,2^{M}", "M!·2ᴹ", "m! 2^m")),
    *(("a3-symmetries", "symmetries(o, [V1, V2])", one) for one in (48, "48", "3! 2^3", "6*8", "M! 2^M")),
    *(("a3-symmetries", "symmetries(r)", one) for one in ("infinitely many", "M!", "∞")),
    *(("d3-softmax-network", "dC/dz3 == p - t", one) for one in ("holds", "true", "wahr", "yes", True)),
]
SLIPS: list[tuple[str, str, object, str, str]] = [
    ("b3-learning-rate", RATES, "0 < η < 1/10", "S50", "1/λ_max"),
    ("b3-learning-rate", RATES, "(0, 0.4)", "S50", "curvature of x²"),
    ("b3-learning-rate", RATES, "0 < η ≤ 1/5", "S50", "upper end"),
    ("b3-learning-rate", RATES, "[0, 0.2]", "S50", "both ends"),
    ("b3-learning-rate", RATES, "0 ≤ η ≤ 1/10", "S50", "1/λ_max"),
    ("b3-learning-rate", LETTERS, "0 < η < 2/a", "S50", "curvature of x²"),
    ("a3-symmetries", "symmetries(y, [W1, W2])", "M!", "S51", "only the permutations"),
    ("a3-symmetries", "symmetries(y, [W1, W2])", "2^M", "S51", "only the sign flips"),
    ("a3-symmetries", "symmetries(o, [V1, V2])", 6, "S51", "only the permutations"),
    ("a3-symmetries", "symmetries(r)", "M! 2^M", "S51", "not odd"),
    ("d3-softmax-network", "dC/dz3 == p - t", "fails", "claim", "false"),
]


@pytest.mark.parametrize(("name", "key", "answer"), RIGHT, ids=[f"{key}: {answer}" for _, key, answer in RIGHT])
def test_right_ones(name: str, key: str, answer: object) -> None:
    mark = marked(name, key, answer)
    assert (mark.status, mark.marks) == ("right", 1), mark


@pytest.mark.parametrize(("name", "key", "answer", "slip", "words"), SLIPS, ids=[f"{key}: {answer}" for _, key, answer, _, _ in SLIPS])
def test_slips(name: str, key: str, answer: object, slip: str, words: str) -> None:
    mark = marked(name, key, answer)
    assert (mark.status, mark.slip, mark.marks) == ("slip", slip, Fraction(1, 2)), mark
    assert words in mark.message


@pytest.mark.parametrize(("key", "answer"), [(RATES, "(0, 3)"), (RATES, "η > 1/5"), (RATES, "never")])
def test_wrong_intervals(key: str, answer: str) -> None:
    mark = marked("b3-learning-rate", key, answer)
    assert (mark.status, mark.expected) == ("wrong", "0 < η < 1/5")


@pytest.mark.parametrize("answer", ["9^9^9^9", "__class__", "x" * 10_000, "((((((((((", 5, "(0, 9**9**9**9)", "!", "K!"])
def test_strange_ones_are_unread(answer: object) -> None:
    for name, key in (("b3-learning-rate", RATES), ("a3-symmetries", "symmetries(y, [W1, W2])")):
        if answer != 5:
            assert marked(name, key, answer).status == "unread"


def test_a_number_of_symmetries_that_is_too_large() -> None:
    assert marked("a3-symmetries", "symmetries(o, [V1, V2])", "(9^9)!").status == "unread"


def test_they_are_marked_with_the_rest() -> None:
    text = EXAMPLES["b3-learning-rate"]
    (hand_in,) = from_text(json.dumps({"answers": {RATES: "(0, 0.1)", "df/dx": "10 x", "rates(g, x)": "(0, 1/a)"}}), "ada", "json")
    report = Judge(made(text)).mark(hand_in)
    found = {mark.name: mark.status for mark in report.marks}
    assert (found[RATES], found[LETTERS], found["df/dx"], found["rates(h, [u, v])"]) == ("slip", "right", "right", "blank")
    assert report.first_wrong == RATES


def test_wrong_closed_forms_are_wrong() -> None:
    exercise = made(EXAMPLES["a1-linear-regression"])
    assert exercise.aliases["minimise(R, w)"] == "w_R*"
    found = exercise.slips["w_R*"]
    assert len(found) >= 6
    for one in found:
        assert prove(one.step, exercise.quantities[one.of].steps[0]).verdict == "fails"
    (hand_in,) = from_text(json.dumps({"answers": {"w_R*": "inv(X.T @ X + lam) @ X.T @ y"}}), "ada", "json")
    mark = next(mark for mark in Judge(exercise).mark(hand_in).marks if mark.name == "w_R*")
    assert (mark.status, mark.slip) == ("slip", "S47")


def test_classes_counted_from_one() -> None:
    text = EXAMPLES["d1-sigmoid-network"]
    key = "at(argmax(x2), x=[1, 0, 0, 0, 1])"
    for answer, status in ((0, "right"), (1, "slip")):
        (hand_in,) = from_text(json.dumps({"answers": {key: answer}}), "ada", "json")
        mark = next(mark for mark in Judge(made(text)).mark(hand_in).marks if mark.name == key)
        assert mark.status == status, mark
