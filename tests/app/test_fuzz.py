"""Whatever a sheet holds, the answer is a whole one or one message with its place; never another exception, and never long."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byhand.app.render import FORMATS, render
from byhand.app.solving import solve_text
from byhand.lang.errors import ByhandError
from byhand.read.statements import Asked, Task, parse_statements
from byhand.sheets import solution as s
from byhand.sheets.source import Code, read_file, take_apart

LONGEST = 10.0
"""Seconds for one input, on a machine that does other things besides."""
WHOLE_SHEET = ("is empty", "has no block", "asks for nothing", "characters of text", "larger than")
"""Messages that speak of the sheet as a whole, and so have no line."""

EXAMPLES = [path.read_text() for path in sorted((Path(__file__).parents[2] / "examples").glob("*.md"))]
BLOCKS = [
    "x = [1, 2]\nW = [[1, -2], [0.5, 1]]\nb = [0, 1]\nh = relu(W @ x + b)\nL = 0.5 * sum(h**2)\nh, L, dL/dW, dL/dx\n",
    "X : (m, n)\nw : (n,)\nt : (m,)\ny = X @ w\nL = mean((y - t)**2)\ndL/dw\nshow(dL/dw == 2/m * X.T @ (y - t))\n",
    "z = [1, 2, 3]\nt = [0, 1, 0]\np = softmax(z)\nL = -sum(t * log(p))\ndL/dz, dp/dz\nargmax(p)\n",
    "w = [1, 2]\nL = sum((w - 1)**2)\nstep(L, [w], rate=0.1, times=2)\nw', w''\nL\nat(L, w=[0, 0])\n",
    "E = [[1, 0], [0, 1], [1, 1]]\nrows = [0, 2]\ne = E[rows]\nL = sum(e * e)\ndL/dE\n",
    "x = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]\nk = [[1, 0], [0, -1]]\ny = conv2d(x, k)\nm = max_pool2d(y, 2)\nL = sum(m)\ndL/dk\n",
    "x : (n,) positive\ny = x / norm(x)\ndy/dx\n",
    "a = 2\nb = -3\nc = a * b + a\nd = sigmoid(c)\ndd/da, dd/db\nshow(d == 1 / (1 + exp(-c)))\n",
    "X = [[1, 2], [3, 4]]\nY = layer_norm(X, ones(2), zeros(2))\nL = sum(Y * X)\nL, dL/dX\n",
    "A : (n, n) symmetric\nx : (n,)\nq = x @ A @ x\ndq/dx\nshow(dq/dx == 2 * A @ x)\n",
    "x = [1, -1]\nf = maximum(x, 0) + abs(x) - x**3 / 3\nL = sum(f[0:1]) * max(x)\nL, dL/dx\nstep(x)\n",
    'Q : (n, d)\nK : (n, d)\nS = softmax(einsum("id,jd->ij", Q, K) / sqrt(d))\nL = trace(S)\ndL/dQ\n',
]
NASTY = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ";",
    ":",
    "=",
    "==",
    "+",
    "-",
    "*",
    "/",
    "@",
    "**",
    "^",
    ".",
    "'",
    '"',
    "_",
    "|",
    "#",
    "`",
    "```",
    "~~~",
    "$",
    "\\",
    "%",
    "&",
    "!",
    "?",
    "é",
    "×",
    "−",
    "⊙",
    "ᵀ",
    "Σ_i",
    "∂",
    "∂L/∂W",
    "λ",
    "δ_z",
    "½",
    "∞",
    "nan",
    "inf",
    "1e400",
    "1e-300",
    "9^9^9^9",
    "0",
    "1",
    "-1",
    "2",
    "1/0",
    "1/3",
    "10**300",
    "x",
    "y",
    "L",
    "W",
    "x'",
    "W.T",
    "dL/dx",
    "dL/dW",
    "dy/dx",
    "sum(",
    "exp(",
    "log(",
    "sqrt(",
    "softmax(",
    "relu(",
    "inv(",
    "norm(",
    "max(",
    "axis=0)",
    "axis=5)",
    "(0,)",
    "(2,2))",
    "ones(",
    "zeros((3,))",
    "eye(2)",
    "full((2,2),x)",
    "reshape(",
    "concat([",
    "step(",
    "show(",
    "at(",
    "argmax(",
    "draw(",
    "rates(",
    "[0]",
    "[:,1]",
    "[-1]",
    "[[0,1]]",
    "[::2]",
    ":",
    "(n,)",
    "(m,n)",
    "one_hot",
    "symmetric",
    "positive",
    "lambda",
    "e",
    "pi",
    "I",
    "T",
    "\t",
    "\u200b",
    "\u202e",
    "\ufeff",
    "times=1000",
    "rate=1",
    "keepdims=True",
    "None",
    "True",
]

Mutation = tuple[str, int, int, str]
mutations = st.lists(
    st.tuples(
        st.sampled_from(["delete", "insert", "replace", "swap", "number", "number", "same", "same", "twice", "drop", "exchange"]),
        st.integers(0, 2000),
        st.integers(0, 2000),
        st.sampled_from(NASTY),
    ),
    min_size=1,
    max_size=3,
)


def sheet_of(block: str) -> str:
    return f"---\ntitle: A sheet\n---\n(a) Some prose.\n\n```byhand\n{block}\n```\n"


def mutated(text: str, changes: list[Mutation]) -> str:
    for what, where, other, token in changes:
        text = _lines_changed(text, what, where, other) if what in ("twice", "drop", "exchange") else _tokens_changed(text, what, where, other, token)
    return text


def _tokens_changed(text: str, what: str, where: int, other: int, token: str) -> str:
    tokens = re.findall(r"\w+|\s+|.", text)
    if not tokens:
        return token
    i, j = where % len(tokens), other % len(tokens)
    numbers = [k for k, one in enumerate(tokens) if one.isdigit()]
    match what:
        case "delete":
            del tokens[i]
        case "insert":
            tokens.insert(i, token)
        case "replace":
            tokens[i] = token
        case "swap":
            tokens[i], tokens[j] = tokens[j], tokens[i]
        case "same":
            tokens[i] = tokens[j]
        case _ if numbers:
            tokens[numbers[where % len(numbers)]] = ["0", "-1", "2", "7", "0.5", "1000", "1e308", "3.14159265358979"][other % 8]
        case _:
            pass
    return "".join(tokens)


def _lines_changed(text: str, what: str, where: int, other: int) -> str:
    lines = text.split("\n")
    i, j = where % len(lines), other % len(lines)
    match what:
        case "twice":
            lines.insert(j, lines[i])
        case "drop":
            del lines[i]
        case _:
            lines[i], lines[j] = lines[j], lines[i]
    return "\n".join(lines)


# --------------------------------------------------------------------------------------------- what must hold


def whole_or_message(text: str, form: str) -> None:
    """The property itself, for a sheet's text and one of the forms of its solution."""
    start = time.perf_counter()
    try:
        solution = solve_text(text)
    except ByhandError as problem:
        check_message(problem)
    else:
        check_whole(solution, text, form)
    assert time.perf_counter() - start < LONGEST, text


def check_message(problem: ByhandError) -> None:
    message = problem.message
    assert problem.line is not None or any(part in message for part in WHOLE_SHEET), message
    assert problem.column is None or problem.column >= 1
    assert message.endswith((".", "?", ")")), message
    assert "Traceback" not in message
    assert len(message) < 1000
    assert "\n" not in message


def check_whole(solution: s.Solution, text: str, form: str) -> None:
    """Every question has its answer, and the answer can be written down."""
    blocks = [piece for piece in take_apart(text).pieces if isinstance(piece, Code)]
    asked = [one for block in blocks for one in parse_statements(block.text, block.line) if isinstance(one, (Asked, Task))]
    items = [item for part in solution.parts for item in part.items]
    assert sum(not isinstance(item, (s.Prose, s.Given, s.Defined)) for item in items) >= len(asked)
    found = json.loads(render(solution, "json"), parse_constant=_no_constant)
    for item in items:
        match item:
            case s.GradientOf(gradient):
                assert str(gradient.name) in {name.rstrip("'") for name in found["formulas"]}
            case s.At(name):
                assert name in found["values"]
            case _:
                pass
    page = render(solution, form)
    assert page.strip()
    assert isinstance(page, bytes) or "\x1b" not in page


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} in JSON")


def _count(share: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return settings(max_examples=share)


forms = st.sampled_from(FORMATS)


@_count(2250)
@given(st.sampled_from(BLOCKS), mutations, forms)
def test_small_sheets_mutated(block: str, changes: list[Mutation], form: str) -> None:
    whole_or_message(sheet_of(mutated(block, changes)), form)


@_count(250)
@given(st.sampled_from(EXAMPLES), mutations, forms)
def test_example_sheets_mutated(text: str, changes: list[Mutation], form: str) -> None:
    whole_or_message(mutated(text, changes), form)


# ------------------------------------------------------------------------------------------- sheets from a grammar

ELEMENTWISE = ["exp", "log", "sqrt", "relu", "sigmoid", "tanh", "abs", "softplus", "sin", "sign", "gelu"]
entries = st.sampled_from(["1", "-1", "2", "0.5", "0", "3", "-0.25", "1e-3", "1/3"])
pairs = st.tuples(entries, entries).map(lambda pair: f"[{', '.join(pair)}]")
squares = st.tuples(pairs, pairs).map(lambda rows: f"[{', '.join(rows)}]")


def _call(names: list[str], inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(names), inner).map(lambda call: f"{call[0]}({call[1]})")


def _infix(signs: list[str], left: st.SearchStrategy[str], right: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(left, st.sampled_from(signs), right).map(lambda three: f"({three[0]} {three[1]} {three[2]})")


def formulas(depth: int) -> tuple[st.SearchStrategy[str], st.SearchStrategy[str], st.SearchStrategy[str]]:
    """Numbers, vectors and matrices whose shapes fit, made of a, b, x, y, A and B."""
    if not depth:
        return st.sampled_from(["a", "b", "2", "0.5"]), st.sampled_from(["x", "y", "A[0]"]), st.sampled_from(["A", "B", "A.T"])
    number, vector, matrix = formulas(depth - 1)
    arithmetic = ["+", "-", "*", "/"]
    return (
        st.one_of(
            number,
            _call(["sum", "norm", "max", "mean"], vector),
            _call(["sum", "trace"], matrix),
            _infix(["@"], vector, vector),
            _infix(arithmetic, number, number),
        ),
        st.one_of(
            vector,
            _call([*ELEMENTWISE, "softmax"], vector),
            _infix(arithmetic, vector, vector),
            _infix(["*", "+"], number, vector),
            _infix(["@"], matrix, vector),
            vector.map(lambda text: f"{text}**2"),
            matrix.map(lambda text: f"sum({text}, axis=0)"),
        ),
        st.one_of(
            matrix,
            _call([*ELEMENTWISE, "softmax", "inv"], matrix),
            _infix([*arithmetic, "@"], matrix, matrix),
            _infix(["*", "+"], vector, matrix),
            st.tuples(vector, vector).map(lambda two: f"outer({two[0]}, {two[1]})"),
        ),
    )


NUMBER, VECTOR, MATRIX = formulas(2)
GIVEN = [
    ("a", entries, "()"),
    ("b", entries, "() positive"),
    ("x", pairs, "(n,)"),
    ("y", pairs, "(n,) positive"),
    ("A", squares, "(n, n)"),
    ("B", squares, "(n, n) symmetric"),
]
QUESTIONS = [
    "L",
    "dL/dx",
    "dL/dA, dL/da",
    "dL/dh",
    "dh/dx",
    "dG/dy",
    "h, G",
    "argmax(h)",
    "at(L, x=[1, 2])",
    "step(L, [A, x], rate=0.1)",
    "show(dL/dx == 2 * x)",
    "dG/dA",
    "x'",
]


@st.composite
def well_shaped(draw: st.DrawFn) -> str:
    """A sheet whose shapes fit, with numbers, with letters, or with some of each."""
    symbolic = draw(st.sampled_from([0, 0, 1, 2]))
    given_lines = [f"{name} : {shape}" if symbolic and draw(st.integers(0, symbolic)) else f"{name} = {draw(values)}" for name, values, shape in GIVEN]
    defined = [f"h = {draw(VECTOR)}", f"G = {draw(MATRIX)}", f"L = {draw(NUMBER)} + sum(h) + {draw(st.sampled_from(['sum(G)', 'x @ G @ h', 'b', 'norm(G)']))}"]
    return "\n".join([*given_lines, *defined, *draw(st.lists(st.sampled_from(QUESTIONS), min_size=1, max_size=3))])


@_count(1200)
@given(well_shaped(), forms)
def test_sheets_whose_shapes_fit(block: str, form: str) -> None:
    whole_or_message(sheet_of(block), form)


shapes = st.sampled_from(["()", "(n,)", "(m, n)", "(2,)", "(2, 3)", "(n, n) symmetric", "(K,) one_hot", "(2*n + 1,)", "(m n,)", "(0,)"])
names = st.sampled_from(["x", "y", "W", "h", "L", "λ", "a1", "σ_"])
pieces = st.one_of(names, entries, pairs, squares, NUMBER, VECTOR)
parts = st.one_of(
    pieces,
    _infix([*"+-*/@", "**", ""], pieces, pieces),
    st.tuples(pieces, st.sampled_from(["[0]", "[1:]", "[:, 0]", "[[0, 0]]", "[None]", ".T", "'"])).map("".join),
)
lines = st.one_of(
    st.tuples(names, parts).map(" = ".join),
    st.tuples(names, shapes).map(" : ".join),
    st.tuples(names, names).map(lambda pair: f"d{pair[0]}/d{pair[1]}"),
    st.tuples(names, names, entries).map(lambda three: f"step({three[0]}, [{three[1]}], rate={three[2]})"),
    st.tuples(parts, names, pairs).map(lambda three: f"at({three[0]}, {three[1]}={three[2]})"),
    st.tuples(parts, parts).map(lambda pair: f"show({pair[0]} == {pair[1]})"),
    parts,
)


@_count(500)
@given(st.lists(lines, max_size=8).map("\n".join), forms)
def test_lines_in_any_order(block: str, form: str) -> None:
    whole_or_message(sheet_of(block), form)


# ----------------------------------------------------------------------------------------------------- junk


@_count(500)
@given(
    st.one_of(st.text(max_size=60), st.lists(st.sampled_from(NASTY), max_size=12).map("".join), st.lists(st.sampled_from(NASTY), max_size=12).map(" ".join)),
    forms,
)
def test_junk_in_a_block(junk: str, form: str) -> None:
    whole_or_message(sheet_of(junk), form)


@_count(300)
@given(st.binary(max_size=80), st.booleans())
def test_bytes_in_a_file(tmp_path_factory: pytest.TempPathFactory, junk: bytes, inside: bool) -> None:
    path = tmp_path_factory.getbasetemp() / "sheet.md"
    path.write_bytes(b"```byhand\nx = 1\n" + junk + b"\nx\n```\n" if inside else junk)
    try:
        source = read_file(path)
    except ByhandError as problem:
        assert problem.message.endswith(".")  # noqa: PT017 - refusing is one of the two good ends
        return
    text = path.read_bytes().decode("utf-8-sig")
    assert source.name == "sheet.md"
    whole_or_message(text, "text")
