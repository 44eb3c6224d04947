"""``byhand compile``: code for a sheet, and what it says of sheets that it cannot do."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from byhand.app.cli import byhand
from byhand.app.compile_command import Asked, compiled
from byhand.lang.errors import ByhandError

SHEET = """---
title: Digits
---
A classifier.

```byhand
X : (N, 6)
Y : (N, 3) one_hot
W : (6, 3)
b : (3,)
Z = X @ W + b
L = cross_entropy(Z, Y)
```

```byhand
step(L, [W, b], rate=0.1, rule="momentum", beta=0.8)
```
"""


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "sheet.md"
    path.write_text(SHEET, encoding="utf-8")
    return path


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(byhand, ["compile", *map(str, words)])
    if isinstance(result.exception, ByhandError):
        return 2, str(result.exception)
    return result.exit_code, result.output


@pytest.mark.parametrize(("to", "words"), [("numpy", "def step(W, b, v_W, v_b, X, Y, eta):"), ("c", "void epoch(struct net *net"), ("jax", "lax.scan")])
def test_each_language(sheet: Path, tmp_path: Path, to: str, words: str) -> None:
    output = tmp_path / "made"
    assert run(sheet, "--to", to, "-o", output) == (0, "")
    assert words in output.read_text(encoding="utf-8")


def test_the_rule_is_that_of_the_sheet_unless_another_is_asked_for(sheet: Path) -> None:
    assert "0.8 * v_W" in run(sheet)[1]
    assert "v_W" not in run(sheet, "--rule", "gradient_descent")[1]
    assert "0.95 * m_W" in run(sheet, "--rule", "adam", "--option", "beta1=0.95")[1]


def test_parts(sheet: Path) -> None:
    gradients = run(sheet, "--what", "gradients")[1]
    assert "return L, dL_dW, dL_db" in gradients
    forward = run(sheet, "--what", "forward")[1]
    assert "return prediction" in forward
    assert "dL_" not in forward


def test_sizes(sheet: Path) -> None:
    assert "Arrays for N = 32" in run(sheet, "--buffers")[1]
    assert "size_N = 7" in run(sheet, "--to", "c", "--sizes", "N=7")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rule", "sgdd"], "no update rule 'sgdd'"),
        (["--option", "beta1=0.5"], "no hyperparameter 'beta1'"),
        (["--option", "beta"], "--option 'beta' is no name with a number"),
        (["--sizes", "N=2.5"], "the size N must be a whole number"),
        (["--sizes", "N=inf"], "is no name with a number"),
        (["--sizes", "N"], "is no name with a number"),
        (["--to", "c", "--buffers"], "leave them out for c"),
    ],
)
def test_what_is_wrong_is_said(sheet: Path, words: list[str], said: str) -> None:
    code, output = run(sheet, *words)
    assert code == 2
    assert said in output


def test_a_size_that_the_sheet_does_not_have() -> None:
    with pytest.raises(ByhandError, match=r"no size 'Q': its sizes are .*N"):
        compiled(Asked(SHEET, to="c", sizes={"Q": 3}))


def test_a_size_without_a_number() -> None:
    text = SHEET.replace("(N, 6)", "(N, d)").replace("(6, 3)", "(d, 3)")
    assert "def step" in compiled(Asked(text))
    with pytest.raises(ByhandError, match=r"the size d is not known: .*--sizes d=…"):
        compiled(Asked(text, to="c"))
    assert "size_d = 4" in compiled(Asked(text, to="c", sizes={"d": 4}))


def test_a_sheet_without_a_network() -> None:
    with pytest.raises(ByhandError, match="no loss"):
        compiled(Asked("```byhand\nx = 3\n```\n"))


def test_the_command_starts_quickly() -> None:
    """Naming the command imports nothing that only it needs."""
    import subprocess
    import sys

    code = "import sys; import byhand.app.cli; print([m for m in ('numpy', 'byhand.compile', 'byhand.train') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60).stdout.strip() == "[]"
