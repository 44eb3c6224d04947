"""The terminal's page: matrices drawn, nothing wider than the page, nothing that steers the terminal."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from sample import B1, DOCUMENT, FORWARD, GRADIENT_Z, W1, H, X, affine, column, matrix, minus, row, sym
from trees import arrays, columns, trees

from byhand.show.chains import chain, narrowed, rows
from byhand.show.document import Claim, Document, Line, Lines, Note, Prose, Section, StepLine, Worked
from byhand.show.layout import layout
from byhand.show.terminal import render
from byhand.show.tree import Array, Listing, Power, Product, Quotient, Sum, Tree


def drawing(line: Line, width: int = 80) -> str:
    return "\n".join(text.rstrip() for row in chain(line, width) for text in row.lines)


def page(*blocks: Prose | Lines | Worked | Claim | Note) -> str:
    return render(Document("T", (Section(None, blocks),)))


def test_a_line_is_drawn_as_a_person_writes_it() -> None:
    line = Line((sym("h"), affine(sym("W1"), sym("x"), sym("b1")), affine(W1, X, B1), H))
    assert drawing(line).split("\n") == [
        "                                    ⎡−3⎤   ⎡−13⎤",
        "h = W₁ᵀ x + b₁ = ⎡−5  2   2⎤ᵀ ⎡0⎤ + ⎢−2⎥ = ⎢  2⎥",
        "                 ⎣−5  2  −1⎦  ⎣2⎦   ⎣−3⎦   ⎣ −5⎦",
    ]


def test_a_chain_breaks_at_its_equality_signs_below_each_other() -> None:
    line = Line((sym("h"), affine(sym("W1"), sym("x"), sym("b1")), affine(W1, X, B1), H), rounded=True)
    drawn = drawing(line, 32).split("\n")
    assert drawn[0] == "h = W₁ᵀ x + b₁"
    assert [text.index("=") for text in drawn if "=" in text] == [2, 2]
    assert [text.index("≈") for text in drawn if "≈" in text] == [2]


def test_a_wide_formula_breaks_between_its_terms() -> None:
    wide = Sum(tuple((k % 2 == 1, sym(f"term_number_{k}")) for k in range(6)))
    drawn = drawing(Line((sym("y"), wide)), 40).split("\n")
    assert len(drawn) == 3
    assert all(text.startswith(("y = ", "    + ", "    − ")) for text in drawn)
    assert sum(text.count("term_number_") for text in drawn) == 6


def test_a_matrix_wider_than_the_page_loses_columns_and_says_so() -> None:
    wide = Array((tuple(str(k) * 9 for k in range(1, 9)),) * 2)
    (drawn,) = rows(wide, 60)
    assert drawn.width <= 60
    assert "⋯" in drawn.lines[0]
    assert drawn.lines[0].startswith("⎡111111111")
    assert drawn.lines[0].endswith("888888888⎤")


def test_narrowing_keeps_small_arrays_and_the_dots_of_left_out_rows() -> None:
    small = matrix("1 2 3")
    assert narrowed(small, 3) is small
    tall = Array((("1",) * 9, ("⋮",) * 9, ("2",) * 9), "elided")
    assert narrowed(tall, 3) == Array((("1", "1", "⋯", "1"), ("⋮", "⋮", "⋱", "⋮"), ("2", "2", "⋯", "2")), "elided")


@pytest.mark.parametrize(
    ("tree", "drawn"),
    [
        (row("1", "2"), ["[1  2]"]),
        (column("0.5", "-12", "3.25"), ["⎡  0.5 ⎤", "⎢−12   ⎥", "⎣  3.25⎦"]),
        (Power(column("1", "2"), sym("k")), ["⎡1⎤^k", "⎣2⎦"]),
        (Quotient(column("1", "2"), sym("n")), ["⎡1⎤ / n", "⎣2⎦"]),
        (Quotient(minus(column("1", "2"), sym("n")), sym("m")), [" ⎡1⎤ − n", " ⎣2⎦", "─────────", "    m"]),
        (Product("hadamard", Product("matmul", matrix("1 2", "3 4"), column("5", "6")), sym("s")), ["⎛⎡1  2⎤ ⎡5⎤⎞ ⊙ s", "⎝⎣3  4⎦ ⎣6⎦⎠"]),
        (Listing((matrix("1 2", "3 4"), matrix("5 6", "7 8"))), ["⎡⎡1  2⎤, ⎡5  6⎤⎤", "⎣⎣3  4⎦  ⎣7  8⎦⎦"]),
    ],
)
def test_drawings(tree: Tree, drawn: list[str]) -> None:
    assert [line.rstrip() for line in layout(tree).lines] == drawn


@given(trees, st.integers(10, 100))
@settings(max_examples=150, deadline=None)
def test_no_formula_is_wider_than_its_page(tree: Tree, width: int) -> None:
    for drawn in rows(tree, width):
        assert {cell_len(line) for line in drawn.lines} == {drawn.width}
        assert 0 <= drawn.baseline < drawn.height
    for drawn in chain(Line((sym("x"), tree)), width):
        assert drawn.width <= width


@given(arrays, columns)
@settings(max_examples=60, deadline=None)
def test_products_of_ordinary_arrays_are_never_cut_off(left: Tree, right: Tree) -> None:
    line = Line((sym("z"), minus(Product("matmul", left, right), Product("hadamard", minus(left, right), right)), left))
    assert "…" not in drawing(line, 80)


@pytest.mark.parametrize("width", [24, 40, 60, 80, 132])
def test_no_page_is_wider_than_asked(width: int) -> None:
    assert max(map(cell_len, render(DOCUMENT, width).split("\n"))) <= width


def test_colour_only_where_asked() -> None:
    assert "\x1b" not in render(DOCUMENT)
    coloured = render(DOCUMENT, color=True)
    assert "\x1b[" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert plain == render(DOCUMENT)


def test_text_cannot_steer_the_terminal() -> None:
    evil = "a \x1b]0;title\x07 b \x9b31m"
    step = StepLine("rule\x1b[31m", evil, Line((sym("x"),)))
    shown = page(Prose(f"{evil} `{evil}`\n\n    {evil}"), Note(evil), Worked("x", sym("x"), Line((sym("y"),)), (step,)), Lines(evil, ()))
    assert not set(shown) & set("\x1b\x07\x9b")


def test_steps_name_their_rule_and_reason_and_show_inner_steps() -> None:
    shown = page(GRADIENT_Z)
    assert "• chain rule: L depends on z" in shown
    assert "– softmax: p = softmax(z): ∂pᵢ/∂zⱼ" in shown
    assert shown.index("chain rule") < shown.index("– logarithm") < shown.index("– fact")


def test_a_step_does_not_repeat_the_line_above_it() -> None:
    line = Line((sym("g"), sym("f"), column("1", "2")))
    same = page(Worked("g", sym("g"), line, (StepLine("sum", "why", Line((sym("g"), sym("f")))),)))
    other = page(Worked("g", sym("g"), line, (StepLine("sum", "why", Line((sym("g"), sym("e")))),)))
    assert same.count("g = f") == 1
    assert "g = e" in other


def test_short_lines_stand_beside_each_other() -> None:
    given_ = page(Lines("Given", (Line((sym("x"), X)), Line((sym("eps"), sym("q"))))))
    assert "  x = ⎡0⎤    ε = q" in given_


def test_prose_is_wrapped_with_its_lists_tables_and_code() -> None:
    shown = page(Prose("# Head\n\n1. one\n2. two\n   * deep\n\n> said\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode  here\n```\n\n$x_1 \\le \\alpha$"))
    assert [text for text in shown.split("\n")[2:] if text] == [
        "Head", "1. one", "2. two", "   • deep", "│ said", "a  │  b", "1  │  2", "    code  here", "x_1 ≤ α",
    ]  # fmt: skip


@pytest.mark.parametrize(("markdown", "count"), [("(a) Do it.", 1), ("Do it.", 1), ("* list", 1)])
def test_the_letter_of_a_part_stands_once(markdown: str, count: int) -> None:
    assert render(Document("T", (Section("a", (Prose(markdown),)),))).count("(a)") == count


def test_claims_say_their_verdict() -> None:
    claim = Claim(sym("a"), sym("b"), "undecided", "no luck", (Line((sym("x"), X)),))
    assert "? a = b\n  is undecided. No luck.\n" in page(claim)
    assert "✗ a = b\n  does not hold." in page(replace(claim, verdict="fails"))


def test_empty_documents_and_sections() -> None:
    assert render(Document("", ())).strip() == ""
    assert "T" in render(Document("T", (Section(None, ()), Section("b", ()), Section(None, (Lines("", ()), Prose(""), FORWARD)))))
