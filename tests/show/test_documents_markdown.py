"""The Markdown page: mathematics where GitHub renders it, everything else as it was written."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from sample import DOCUMENT, FORWARD, GRADIENT_Z, INTRODUCTION, X, column, sym
from trees import lines

from byhand.show.aligned import chain
from byhand.show.document import Claim, Document, Line, Lines, Note, Prose, Section, StepLine, Worked
from byhand.show.markdown import render
from byhand.show.tree import Function, Sum

PAGE = render(DOCUMENT)
TEXTS = ("a_b_c and *stars* and `ticks`", "<script>alert(1)</script>", "[link](javascript:x) $5 and $6 #1", "p | q ~~gone~~ \\frac")


def page(*blocks: Prose | Lines | Worked | Claim | Note) -> str:
    return render(Document("T", (Section(None, blocks),)))


def test_mathematics_stands_in_fences_whose_content_is_what_latex_says() -> None:
    fences = [token for token in MarkdownIt().parse(PAGE) if token.type == "fence"]
    assert {token.info for token in fences} == {"math"}
    assert len(fences) == PAGE.count("```math")
    assert "h = W_{1}^{\\top}\\,x + b_{1} = \\begin{bmatrix} -5 & 2 & 2" in fences[0].content


def test_no_macro_that_github_refuses() -> None:
    assert "\\operatorname" not in PAGE
    assert "\\mathop{\\mathrm{softmax}}(z)" in PAGE


def test_inline_mathematics_is_one_code_span_between_dollars() -> None:
    shown = page(Lines("Given", (Line((sym("x"), X)), Line((sym("eps"), sym("q"))))))
    assert "$`x = \\begin{bmatrix} 0 \\\\ 2 \\end{bmatrix}`$, $`\\varepsilon = q`$" in shown


def test_prose_is_kept_as_it_stands() -> None:
    assert INTRODUCTION.markdown.strip() in PAGE


@pytest.mark.parametrize("text", TEXTS)
def test_other_text_is_read_as_plain_text(text: str) -> None:
    step = StepLine(text, text, Line((sym("x"),)), (StepLine(text, text, Line((sym("y"),))),))
    shown = render(Document(text, (Section(None, (Note(text), Lines(text, ()), Worked("x", sym("x"), Line((sym("z"),)), (step,)))),)))
    html = MarkdownIt("gfm-like", {"linkify": False}).disable("linkify").render(shown)
    assert not re.search(r"<(script|a|em|s)\b", html)
    summary = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
    assert summary.count(text) >= 5


def test_inner_steps_fold_and_stay_markdown() -> None:
    shown = page(GRADIENT_Z)
    assert shown.count("<details>") == shown.count("</details>") == 1
    folded = shown[shown.index("<details>") : shown.index("</details>")]
    assert folded.startswith("<details>\n<summary>The 3 steps of chain rule</summary>\n\n")
    assert folded.endswith("\n\n")
    assert "**softmax**: $`p = \\mathop{\\mathrm{softmax}}(z)`$: ∂pᵢ/∂zⱼ" in folded


def test_a_wide_line_is_aligned_at_its_equality_signs() -> None:
    wide = Sum(tuple((False, sym(f"term_number_{k}")) for k in range(9)))
    tex = chain(Line((sym("y"), wide, column("1", "2")), rounded=True), 60)
    assert tex.startswith("\\begin{aligned} y &= ")
    assert tex.count("&\\quad +") >= 1
    assert "&\\approx \\begin{bmatrix} 1 \\\\ 2 \\end{bmatrix} \\end{aligned}" in tex


@given(lines)
@settings(max_examples=100, deadline=None)
def test_alignment_marks_are_only_where_rows_are_aligned(line: Line) -> None:
    tex = chain(line, 50)
    bare = re.sub(r"\\begin\{bmatrix\}.*?\\end\{bmatrix\}", "", tex)
    rows = bare.count(r"\\[4pt]") + 1
    assert bare.count("&") == (rows if "aligned" in bare else 0)
    assert tex.count("{") == tex.count("}")
    assert tex.count(r"\left") == tex.count(r"\right")


@pytest.mark.parametrize(("markdown", "shown"), [("(a) Do it.", "(a) Do it."), ("Do it.", "**(a)** Do it."), ("* list", "**(a)**\n\n* list")])
def test_the_letter_of_a_part_stands_once(markdown: str, shown: str) -> None:
    assert render(Document("T", (Section("a", (Prose(markdown),)),))) == f"# T\n\n{shown}\n"


def test_claims_say_their_verdict_before_the_formula() -> None:
    shown = page(Claim(sym("a"), Function("relu", (sym("b"),)), "fails", "no", (Line((sym("x"), X)),)))
    assert re.search(r"does not hold\*\*\n\n```math\na = .*\n```\n\nNo\.\n\n\$`x = ", shown)


def test_empty_documents_and_sections() -> None:
    assert render(Document("", ())).strip() == ""
    assert render(Document("T", (Section(None, ()), Section(None, (Lines("", ()), FORWARD))))).startswith("# T\n")
