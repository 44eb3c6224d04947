"""Every sheet of examples/: trained where it describes a network or a regression, and a sentence where it does not."""

from __future__ import annotations

import re

import numpy as np
import pytest

from byhand.app.solving import solve_text
from byhand.lang.errors import ByhandError
from byhand.run.evaluate import evaluate
from byhand.sheets.answer import answer
from byhand.train.model import model_of
from support.sources import ROOT

FOLDER = ROOT / "examples"
TRAINED = {
    "a2-logistic-chain": ("x", "t", "W", "p"),
    "b1-two-layer-regression": ("X", "t", "W1 b1 w2 b2", "y"),
    "d1-sigmoid-network": ("x", "t", "W1 b1 W2 b2", "x2"),
    "d2-tanh-network": ("x", "t", "W1 b1 W2 b2 W3 b3", "x3"),
    "d3-softmax-network": ("x", "t", "W1 b1 W2 b2 W3 b3", "p"),
    "e2-label-smoothing-step": ("x", "y", "W1 b1 W2 b2", "p"),
}
NOT_TRAINED = {
    "a1-linear-regression": "this sheet has several losses, L, R, S, T, F; say which one",
    "a3-symmetries": "no loss is found on this sheet",
    "a4-activations": "this sheet has several losses",
    "b2-softmax-cross-entropy": "this sheet has several losses, E, F, G",
    "b3-learning-rate": "no loss is found on this sheet",
    "c1-deep-relu": "cannot train a network of unknown depth",
    "e1-label-smoothing-symbolic": "eps has no numbers and is not learned; give it some on the sheet, as in eps = 0.01",
}


def test_all_other_examples_are_models() -> None:
    """Those that are in neither table, such as sheets made to be trained."""
    names = {path.stem for path in FOLDER.glob("*.md")}
    assert TRAINED.keys() | NOT_TRAINED.keys() <= names
    for name in names - TRAINED.keys() - NOT_TRAINED.keys():
        assert model_of((FOLDER / f"{name}.md").read_text(encoding="utf-8"), name).parameters


@pytest.mark.parametrize("name", TRAINED)
def test_it_is_a_model(name: str) -> None:
    model = model_of((FOLDER / f"{name}.md").read_text(encoding="utf-8"), name)
    inputs, target, parameters, output = TRAINED[name]
    assert model.target is not None
    assert (" ".join(one.name for one in model.inputs), model.target.name, model.output.name) == (inputs, target, output)
    assert " ".join(one.name for one in model.parameters) == parameters
    assert model.losses is not None


@pytest.mark.parametrize("name", [name for name in TRAINED if name != "a2-logistic-chain"])
def test_on_the_sheet_s_own_data_it_has_the_sheet_s_own_gradients(name: str) -> None:
    """The first answers of the sheet, before any step that it takes."""
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    model = model_of(text, name)
    given = {**model.given, **model.data, **model.initial}
    gradients = [model.derivation.gradients[one.name] for one in model.parameters]
    loss, *found = evaluate([model.loss, *gradients], given, exact=False).roots
    before = re.split(r"^(?:step|reset|at)\(", text, flags=re.MULTILINE)[0]
    asked = ", ".join([str(model.loss.name), *(f"d{model.loss.name}/d{one.name}" for one in model.parameters)])
    sheet = answer(solve_text(f"{before}\n{asked}\n```\n" if before.count("```") % 2 else f"{before}\n```byhand\n{asked}\n```\n"))["values"]
    assert isinstance(sheet, dict)
    np.testing.assert_allclose(loss, sheet[str(model.loss.name)], rtol=1e-12)
    for one, gradient in zip(model.parameters, found):
        np.testing.assert_allclose(gradient, sheet[f"d{model.loss.name}/d{one.name}"], rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("name", NOT_TRAINED)
def test_it_says_why_it_is_none(name: str) -> None:
    with pytest.raises(ByhandError) as caught:
        model_of((FOLDER / f"{name}.md").read_text(encoding="utf-8"), name)
    assert NOT_TRAINED[name] in caught.value.message


def test_one_of_several_losses_is_chosen_at_the_top() -> None:
    text = (FOLDER / "a1-linear-regression.md").read_text(encoding="utf-8")
    body = text.partition("---\n")[2].partition("---\n")[2] if text.startswith("---") else text
    model = model_of(f"---\ntitle: T\ntrain: {{loss: T}}\n---\n{body}")
    assert [one.name for one in model.parameters] == ["v"]
    assert model.target is not None
    assert (model.target.name, dict(model.given)) == ("b", {"mu": np.asarray(0.5)})
