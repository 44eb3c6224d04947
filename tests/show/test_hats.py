"""A name such as yhat is written ŷ, and read back."""

from __future__ import annotations

from typing import Literal

import pytest

from byhand.lang.expr import Expr, named, var
from byhand.lang.names import Grad, Name, Updated
from byhand.read.elaborate import read_formula
from byhand.read.scope import Scope
from byhand.show.names import latex_name, mathml_name, text_name
from byhand.show.tree import Sym


@pytest.mark.parametrize(("name", "text", "latex"), [("yhat", "ŷ", r"\hat{y}"), ("yhat1", "ŷ₁", r"\hat{y}_{1}"), ("mhat_W1", "m̂_W1", r"\hat{m}_{\text{W1}}")])
def test_a_hat_stands_over_its_letter(name: str, text: str, latex: str) -> None:
    assert text_name(Sym(name)) == text
    assert latex_name(Sym(name)) == latex
    assert '<mover accent="true">' in mathml_name(Sym(name))


@pytest.mark.parametrize("name", ["yhat", "yhat1", "mhat_W", "vhat_W_in"])
@pytest.mark.parametrize("gradients", [None, "delta", "bar"])
def test_it_reads_back(name: str, gradients: Literal["delta", "bar"] | None) -> None:
    quantity = var(name, ("n",))
    loss = named("L", quantity @ quantity)
    meant: dict[Name, Expr] = {name: quantity, Updated(name, 1): named(Updated(name, 1), 2 * quantity), Grad("L", name): named(Grad("L", name), 2 * quantity)}
    scope = Scope(names={**meant, "L": loss}, losses=("L",))
    for known, expected in meant.items():
        sym = Sym(known, gradients) if isinstance(known, Grad) and gradients else Sym(known)
        for spelled in (text_name(sym), latex_name(sym)):
            assert read_formula(spelled, scope) is expected, spelled


def test_words_keep_their_letters() -> None:
    assert text_name(Sym("hat")) == "hat"
    assert text_name(Sym("phihat")) == "phihat"
