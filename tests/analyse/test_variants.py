"""Variants of a sheet: the same exercise, other numbers, nice ones."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from byhand.analyse.variants import Variant, variants
from byhand.app.api import sheet
from byhand.app.cli import byhand
from byhand.app.solving import solve
from byhand.lang.errors import ByhandError
from support.sources import ROOT

EXAMPLE = ROOT / "examples" / "e2-label-smoothing-step.md"
BATCH = """---
title: "A batch"
vary:
  X: -3 to 3
  t: 0.5, 1.5, 2.5   # to choose from
---
Words with 0.25 in them.

```byhand
X = [[1, -2],
     [3,  4],   # a comment with 7 in it
     [-1, 2]]
t = [0.5, 1.5, 0.5]
W = [[1, -1], [2, 1]]
v = [0.5, -0.25]
H = relu(X @ W)
y = H @ v
L = sum((y - t)**2)
dL/dW, dL/dv
```
"""


def made(text: str, count: int = 8, seed: int = 1) -> list[Variant]:
    return list(variants(text, count, seed, solve))


def values(text: str) -> dict[str, np.ndarray]:
    return sheet(text).solve().values


@pytest.fixture(scope="module")
def classes() -> list[Variant]:
    return made(EXAMPLE.read_text(encoding="utf-8"))


def test_they_differ_from_each_other_and_from_the_sheet(classes: list[Variant]) -> None:
    texts = {variant.text.partition("```byhand")[2] for variant in classes}
    assert len(texts | {EXAMPLE.read_text(encoding="utf-8").partition("```byhand")[2]}) == len(classes) + 1


def test_only_numbers_of_given_names_change(classes: list[Variant]) -> None:
    original = EXAMPLE.read_text(encoding="utf-8").split("\n")
    for variant in classes:
        changed = [line for line, old in zip(variant.text.split("\n"), original, strict=True) if line != old]
        assert {line.split()[0] for line in changed} <= {"title:", "x", "y", "W1", "b1", "W2", "b2", "eps"}


def test_kinds_of_numbers_stay(classes: list[Variant]) -> None:
    for variant in classes:
        found = values(variant.text)
        assert sorted(found["y"]) == [0, 0, 1]
        assert 0 < found["eps"] < 1
        assert all(np.all(found[name] == np.round(found[name])) for name in ("x", "W1", "b1", "W2", "b2"))


def test_nothing_is_switched_off_and_no_gradient_vanishes(classes: list[Variant]) -> None:
    for variant in classes:
        found = values(variant.text)
        assert variant.is_nice
        assert np.all(found["a"] > 0), "one sample: each unit is alive on it"
        assert np.all(found["dL/dW1"] != 0)
        assert np.abs(found["dL/db2"]).max() > 1e-6


def test_the_seed_decides_and_more_variants_go_on_from_fewer() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    few, many, other = made(text, 2), made(text, 4), made(text, 2, seed=2)
    assert [variant.text for variant in few] == [variant.text for variant in many[:2]]
    assert few[0].text != other[0].text


def test_the_sheet_says_what_may_vary() -> None:
    for variant in made(BATCH):
        found = values(variant.text)
        assert 'title: "A batch (variant' in variant.text
        assert "Words with 0.25 in them." in variant.text
        assert "# a comment with 7 in it" in variant.text
        assert "W = [[1, -1], [2, 1]]" in variant.text
        assert set(found["t"]) <= {0.5, 1.5, 2.5}
        assert set(found["X"].ravel()) <= {-3, -2, -1, 1, 2, 3}
        assert np.all(np.any(found["H"] > 0, axis=0)), "no unit is dead for all samples"
        assert np.all(found["dL/dW"] != 0) or np.all(np.any(found["dL/dW"] != 0, axis=0))


def test_short_exact_results_are_preferred() -> None:
    text = "```byhand\nx = 3\nw = 0.2\nf = x / w\nf\n```\n"
    plain = [Fraction(values(variant.text)["f"].item()).limit_denominator(1000) for variant in made(text, 5)]
    assert all(10**3 % result.denominator == 0 for result in plain)


def test_constant_data_and_a_column_of_ones_are_meant() -> None:
    text = "```byhand\nX = [[1, 2], [1, 5], [1, 7]]\nW = full((2, 2), 0.1)\nb = zeros(2)\nL = sum((X @ W + b)**2)\ndL/dW\n```\n"
    for variant in made(text, 3):
        found = values(variant.text)
        assert np.all(found["X"][:, 0] == 1)
        assert "W = full((2, 2), 0.1)\nb = zeros(2)" in variant.text


def test_dependent_columns_are_meant() -> None:
    text = "```byhand\nX = [[1, 2], [2, 4], [3, 6]]\nt = [1, 2, 2]\nw : (2,)\nL = sum((X @ w - t)**2)\nminimise(L, w)\n```\n"
    for variant in made(text, 3):
        assert "X = [[1, 2], [2, 4], [3, 6]]" in variant.text
        assert variant.text != text


def test_sizes_and_places_do_not_vary() -> None:
    text = "```byhand\nK = 3\nx = [1, 2, 3]\nrows = [0, 2]\ny = x[rows]\nL = sum(y**2) / K\ndL/dx\n```\n"
    for variant in made(text, 3):
        assert "rows = [0, 2]" in variant.text


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ("x: 1 to", "needs bounds such as -5 to 5"),
        ("x: 5 to 1", "the first is the larger one"),
        ("x: a, b", "is no number"),
        ("x: 1e999 to 2", "needs bounds"),
        ("x: 0 to 100000000000", "more than 1,000,000,000 numbers"),
        ("z: 1 to 2", "z is not given as numbers"),
        ("y: 1 to 2", "y is not given as numbers"),
    ],
)
def test_bounds_that_make_no_sense(front: str, said: str) -> None:
    with pytest.raises(ByhandError, match=said):
        made(f"---\nvary:\n  {front}\n---\n```byhand\nx = [1, 2]\ny = sum(x**2)\ny\n```\n")


def test_sheets_without_numbers_or_without_so_many_variants() -> None:
    with pytest.raises(ByhandError, match="none of its quantities"):
        made("```byhand\nx : (n,)\nL = sum(x**2)\ndL/dx\n```\n")
    with pytest.raises(ByhandError, match="no more variants than 2"):
        made("---\nvary:\n  x: 1, 2, 3\n---\n```byhand\nx = 2\ny = x**2\ny\n```\n", 5)


def test_the_command_writes_a_file_for_each(tmp_path: Path) -> None:
    target = str(tmp_path / "out")
    arguments = ["variants", str(EXAMPLE), "--count", "2", "--seed", "3", "-o", target, "--solutions", "json"]
    ran = CliRunner().invoke(byhand, arguments)
    assert ran.exit_code == 0, ran.output
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    stem = EXAMPLE.stem
    assert names == [f"{stem}-01-solution.json", f"{stem}-01.md", f"{stem}-02-solution.json", f"{stem}-02.md"]
    assert CliRunner().invoke(byhand, arguments).exit_code == 0, "the same files again do no harm"
    (tmp_path / "out" / f"{stem}-02.md").write_text("marked by hand", encoding="utf-8")
    again = CliRunner().invoke(byhand, arguments)
    assert isinstance(again.exception, ByhandError)
    assert (tmp_path / "out" / f"{stem}-02.md").read_text(encoding="utf-8") == "marked by hand"
