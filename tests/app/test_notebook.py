"""The notebook: valid, and its own code finds every number of the solution again, with NumPy alone."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

nbformat = pytest.importorskip("nbformat")

from byhand.app.render import render  # noqa: E402
from byhand.app.solving import solve, solve_text  # noqa: E402
from byhand.lang.names import Grad, Name, Updated  # noqa: E402
from byhand.run.evaluate import evaluate  # noqa: E402
from byhand.sheets.notebook.loop import loop  # noqa: E402
from byhand.sheets.notebook.source import Source  # noqa: E402
from byhand.sheets.solution import Given, Solution  # noqa: E402
from byhand.sheets.source import read_file  # noqa: E402
from byhand.show.conventions import Conventions  # noqa: E402
from byhand.show.identifiers import Identifiers, identifier  # noqa: E402
from byhand.show.jupyter import for_jupyter  # noqa: E402
from support.rule_cases import CASES, Case, data_for  # noqa: E402
from support.sources import ROOT  # noqa: E402

EXAMPLES = sorted((ROOT / "examples").glob("*.md"))
ALLOWED = re.compile(r"^import (numpy as np|math)$")


def sheet(*lines: str) -> Solution:
    return solve_text("# T\n\n```byhand\n" + "\n".join(lines) + "\n```\n")


def notebook(solution: Solution) -> dict[str, Any]:
    text = render(solution, "ipynb")
    nbformat.validate(nbformat.reads(text, as_version=4))
    return json.loads(text)


def codes(found: dict[str, Any]) -> list[str]:
    return ["".join(cell["source"]) for cell in found["cells"] if cell["cell_type"] == "code"]


def ran(solution: Solution) -> dict[str, Any]:
    """What the notebook's own code leaves behind; it compares the numbers itself."""
    space: dict[str, Any] = {}
    for code in codes(notebook(solution)):
        assert all(ALLOWED.match(line) for line in code.splitlines() if line.startswith(("import", "from")))
        exec(compile(code, "cell", "exec"), space)  # what byhand wrote, not a person
    return space


def missing(solution: Solution, space: dict[str, Any]) -> list[str]:
    """The printed values that no quantity of the notebook has."""
    have = [np.asarray(value, dtype=float) for value in space.values() if isinstance(value, (int, float, np.generic, np.ndarray))]
    wanted = {name: np.asarray(value, dtype=float) for name, value in json.loads(render(solution, "json"))["values"].items()}
    return [name for name, value in wanted.items() if not any(v.shape == value.shape and np.allclose(v, value, rtol=1e-9, atol=1e-9) for v in have)]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_code_of_every_example_finds_its_numbers(path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    solution = solve(read_file(path))
    space = ran(solution)
    assert missing(solution, space) == []
    assert (f"All {len(space['checks'])} agree." in capsys.readouterr().out) if "checks" in space else not asked(solution)


def asked(solution: Solution) -> bool:
    """Whether the sheet asks for numbers, beyond those that it gives."""
    given = {item.variable.name for part in solution.parts for item in part.items if isinstance(item, Given)}
    return bool(json.loads(render(solution, "json"))["values"].keys() - given)


SHEETS = {
    "sizes": ("X : (m, n)", "w : (n,)", "t : (m,)", "X = [[1, 2], [3, 4], [5, 7]]", "w = [0.5, -1]", "t = [1, 0, 1]", "L = sum((X @ w - t)**2) / m",
              "dL/dw", "step(L, [w], rate=0.01, times=3)", "at(L, X=[[1, 2], [3, 1]], t=[1, 2])", "w''", "dL/dw"),
    "names": ("ε = 0.5", "λ = 2", "lambda_ = 3", "np = [1, 2]", "x = [3, 4]", "sum1 = sum(np * x) * ε * λ", "relu1 = relu(x - 3)", "wanted = x * 2",
              "checks = sum(wanted) + lambda_ + e + pi", "dsum1/dx", "dchecks/dx"),
    "keywords": ("lambda = 0.1", "x = [1, 2]", "class = lambda * sum(x**2)", "dclass/dx", "step(class, [x], rate=lambda)"),
    "local": ("s = [1, 2, 3]", "p = softmax(s)", "x = [1, 2]", "W = [[1, 2, 3], [4, 5, 6]]", "z = x @ W", "dp/ds", "dz/dW", "argmax(p)", "at(argmax(z), x=[-1, 2])"),
    "image": ("x = [[1, 2, 3, 4], [0, 1, 2, 1], [3, 1, 0, 2], [1, 1, 4, 5]]", "k = [[1, 0], [-1, 2]]", "b = 0.5", "z = conv2d(x, k) + b",
              "m = max_pool2d(relu(z), 2, stride=1)", "L = sum(avg_pool2d(m, 2)**2)", "dL/dk, dL/dx, dL/db"),
    "rules": ("E = [[1, 2], [3, 4], [5, 6]]", "ids = [2, 0, 2]", "y = layer_norm(E[ids])", "z = log_softmax(y, axis=0)", "q = softmax(y)",
              "L = -mean(z) + sum(q * softmax(z, axis=0))", "dL/dE", "x2 = E[0] * 2 + 1", "x2"),
    "large": ("W = full((40, 30), 0.1)", "x = ones(30)", "b = zeros(40)", "L = sum(tanh(W @ x + b)**2) / 2", "dL/dW, dL/dx"),
    "many steps": ("x = [1, 2]", "w = [0.3, 0.1]", "L = (tanh(w @ x) - 1)**2", "step(L, [w], rate=0.1, times=40)", "L"),
    "least norm": ("A = [[1, 2, 2], [1, 3, 3], [1, 5, 5]]", "b = [1, 2, 3]", "w : (3,)", "L = sum((A @ w - b)**2)", "minimise(L, w)"),
    "other inputs": ("x = [1, 2]", "W = [[1, 2], [0, 1]]", "y = relu(W @ x)", "at(y, x=[3, -1])", "at(y, x=[0, 1])"),
    "steps": ("x = [1, 2]", "w = [0.3, 0.1]", "L = (tanh(w @ x) - 1)**2", "step(L, [w], rate=0.1, times=4)", "step(L, [w], rate=0.2)", "L", "w'''''"),
}  # fmt: skip


@pytest.mark.parametrize("name", SHEETS)
def test_the_code_of_other_sheets_finds_their_numbers(name: str) -> None:
    solution = sheet(*SHEETS[name])
    left = [value for value in missing(solution, ran(solution)) if not 3 < value.count("'") < 40]  # a loop has no names on the way
    assert left == []


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_rule_becomes_a_function_that_computes_it(case: Case) -> None:
    declared = list(case.declared.values())
    data = data_for([*declared, case.incoming], 7)
    source = Source()
    names: dict[Name, str] = {node.name: node.name for node in (*declared, case.incoming)}
    for name in names.values():
        source.identifiers.fresh(name)
    for expr in (case.node, *(case.message(message.formula) for message in case.rule.messages.values())):
        formula = source.formula(expr, names, Conventions(names=frozenset(map(str, names))))
        right = evaluate([expr], data)
        if right.sizes.keys() & data.keys():  # w is the width of one example and its kernel; a sheet would not allow that
            continue
        space: dict[str, Any] = {"np": np, **right.sizes}
        exec("import math\n" + "\n\n".join(source.written()), space)
        np.testing.assert_allclose(eval(formula, space, data), np.asarray(right.roots[0], dtype=float), rtol=1e-9, atol=1e-9)


def test_a_wrong_number_is_noticed() -> None:
    space = ran(sheet("x = [1, 2]", "L = sum(x**2)", "dL/dx"))
    check = codes(notebook(sheet("x = [1, 2]", "L = sum(x**2)", "dL/dx")))[-1]
    space["dL_dx"] = space["dL_dx"] + 1e-6
    with pytest.raises(AssertionError, match="dL_dx"):
        exec(check, space)


def test_a_part_alone_brings_the_data_it_needs() -> None:
    solution = solve_text(
        "# T\n\n```byhand\nx = [1, 2]\nL = sum(x**2)\n```\n\n(a) Gradient.\n\n```byhand\ndL/dx\n```\n\n(b) Step.\n\n```byhand\nstep(L, [x], rate=0.1)\n```\n"
    )
    space: dict[str, Any] = {}
    for code in codes(json.loads(render(solution, "ipynb", part="b"))):
        exec(code, space)
    np.testing.assert_allclose(space["x_new"], [0.8, 1.6])


def test_a_question_over_several_lines_is_one_comment() -> None:
    found = codes(notebook(sheet("x = [1, 2]", "(x", "  + 1)")))
    assert "value = x + 1" in "\n".join(found)
    assert all(line.startswith(("#", "x", "value", "import")) for code in found[:-1] for line in code.splitlines() if line)


def test_many_steps_are_a_loop_over_the_third() -> None:
    found = "\n".join(codes(notebook(sheet(*SHEETS["many steps"]))))
    assert "# the other 37 steps, each like the one before\nw_now = w_new3\nfor _ in range(37):\n" in found
    assert "w_next = w_now - 0.1 * dL_dw_now\n    w_now = w_next\nw_new40 = w_now" in found


def test_rounds_that_differ_are_no_loop() -> None:
    names = Identifiers()
    assert loop(["b = a * x", "c = b + 1."], ["d = c * x", "e = d + 2."], 5, names.fresh) is None
    assert loop(["b = a * x"], ["c = b * y"], 5, names.fresh) is None
    assert loop(["b = x"], ["c = x"], 5, names.fresh) is None
    found = loop(["t_2 = 2.0", "w_2 = w * t_2"], ["t_3 = 3.0", "w_3 = w_2 * t_3"], 2, names.fresh)
    assert found is not None
    assert found.code.endswith("for _ in range(2):\n    t_next = t_now + 1.0\n    w_next = w_now * t_next\n    t_now, w_now = t_next, w_next")


def test_without_numbers_there_is_no_code() -> None:
    assert codes(notebook(sheet("x : (n,)", "L = sum(x**2)", "dL/dx"))) == []


def test_the_same_solution_is_the_same_notebook() -> None:
    lines = SHEETS["image"]
    assert render(sheet(*lines), "ipynb") == render(sheet(*lines), "ipynb")


def test_cells_are_short_and_say_their_formula() -> None:
    found = codes(notebook(sheet(*SHEETS["steps"])))
    assert "# δ_z₁ = 2 (tanh(z₁) − 1) (1 − tanh(z₁)²)" in "\n".join(found)
    assert all(code.count("\n") < 25 for code in found[1:-1])


@pytest.mark.parametrize(
    ("name", "spelled"),
    [("W1", "W1"), (Updated("W1", 1), "W1_new"), (Updated("W1", 2), "W1_new2"), (Grad("L", "W1"), "dL_dW1"), (Grad("dL/dw", "w"), "d2L_dw2"), ("ε", "epsilon"), ("w*", "w_star"),
     ("z[2]", "z_2"), ("a + b", "value"), ("ж", "u436")],
)  # fmt: skip
def test_identifiers(name: Name, spelled: str) -> None:
    assert identifier(name).isidentifier()
    assert identifier(name) == spelled or (spelled == "epsilon" and identifier(name) == "eps")


def test_each_identifier_is_given_once() -> None:
    names = Identifiers()
    assert [names.fresh(name) for name in ("x", "x", "lambda", "np", "x")] == ["x", "x_2", "lambda_", "np_", "x_3"]


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("a $`x_1`$ b", "a $x_1$ b"),
        ("```math\nx = 1\n```", "$$\nx = 1\n$$"),
        ("```python\n$`x`$\n```", "```python\n$`x`$\n```"),
        ("`$x$` and ``a`b``", "`$x$` and ``a`b``"),
        ("$x$ and $$y$$", "$x$ and $$y$$"),
        (r"![A \"net\" of \[2\]](data:image/svg+xml;base64,PHN2Zz4=)", '<img alt="A &quot;net&quot; of [2]" src="data:image/svg+xml;base64,PHN2Zz4=">'),
        ("![x](https://a.b/c.png)", "![x](https://a.b/c.png)"),
        ("`unclosed $`x`$", "`unclosed $`x`$"),
    ],
)
def test_markdown_for_jupyter(markdown: str, shown: str) -> None:
    assert for_jupyter(markdown) == shown


def test_html_of_the_sheet_is_text_in_the_notebook() -> None:
    solved = solve_text("# T\n\nLook: <script>alert(1)</script> <img src=x> and 1 < 2.\n\n```\n<b>\n```\n\n```byhand\nx = 1\nx\n```\n")
    cells = "".join("".join(cell["source"]) for cell in notebook(solved)["cells"] if cell["cell_type"] == "markdown")
    assert "< script>alert(1)< /script> < img src=x> and 1 < 2." in cells
    assert "```\n<b>\n```" in cells
