"""Tasks in Python: what may stand as an argument, and what is said of what may not."""

from __future__ import annotations

import numpy as np
import pytest

import byhand

X, w, y = byhand.var("X", "m", 2), byhand.var("w", 2), byhand.var("y", "m")
LOSS = byhand.name("L", byhand.functions.sum((X @ w - y) ** 2))
DATA = {"X": [[1, 0], [1, 1], [1, 2]], "y": [1, 2, 4], "w": [0, 0]}


def test_numbers_of_numpy() -> None:
    rate, batches = np.float32(0.125), np.array([[0, 1]])
    stepped = byhand.step(LOSS, w, rate=rate, batches=batches, data=DATA)
    assert stepped["w'"].tolist() == byhand.step(LOSS, w, rate=0.125, batches=[[0, 1]], data=DATA)["w'"].tolist()


def test_parameters_of_a_drawing() -> None:
    A, B, q = byhand.var("A", 2, 3), byhand.var("B", 3, 2), byhand.var("q", 2)
    out = byhand.name("out", B.T @ byhand.functions.tanh(A.T @ q))
    assert byhand.draw(out, [A, B]).to("text")


@pytest.mark.parametrize("form", ["text", "html", "md", "tex"])
def test_a_minimum_on_every_page(form: str) -> None:
    assert byhand.minimise(LOSS, w, data={name: DATA[name] for name in ("X", "y")}).to(form)


def test_a_name_that_no_sheet_could_have() -> None:
    odd = byhand.var("my var", 2)
    with pytest.raises(byhand.ByhandError, match="'my var' is no name"):
        byhand.minimise(byhand.functions.sum(odd**2), odd)
