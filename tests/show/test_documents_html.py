"""The HTML page: one file that runs nothing and loads nothing, whatever a sheet says."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample import DOCUMENT, GRADIENT_Z, W1, H, X, affine, column, sym
from trees import lines

from byhand.lang.names import Grad, Updated
from byhand.show.document import Claim, Document, Line, Lines, Note, Prose, Section, StepLine, Worked
from byhand.show.html import render
from byhand.show.outline import heading, slug
from byhand.show.tree import Sum, Sym

VOID = {"meta", "br", "hr", "mspace"}
EVIL = (
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>)",
    "[x](vbscript:x)",
    "[x](//evil.example/x)",
    "![x](http://evil.example/x.png)",
    "[x]: http://a.example 'onclick=alert(1)'\n\n[x]",
    '[x](http://a.example "\\" onclick=\\"alert(1)")',
    "<http://a.example/\"onclick='x'>",
    "$<script>alert(1)</script>$",
    "`<script>`\n\n    <script>\n\n```<b onclick=x>\n<script>\n```",
    "</main></body><style>*{display:none}</style>",
    "<svg/onload=alert(1)>",
    "[x](http://[::1)",
)


class Page(HTMLParser):
    """Every element with its attributes; fails where one is closed that is not open."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.shown = ""
        self.feed(page)
        self.close()
        assert not self.stack

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.shown += data

    def values(self, name: str) -> list[str]:
        return [value for _, attributes in self.elements if (value := attributes.get(name)) is not None]


def page(*blocks: Prose | Lines | Worked | Claim | Note) -> Page:
    return Page(render(Document("T", (Section(None, blocks),))))


def assert_harmless(shown: Page) -> None:
    names = {name for name, _ in shown.elements}
    assert not names & {"script", "img", "iframe", "object", "embed", "link", "svg", "form", "input", "base", "video", "audio"}
    assert sum(name == "style" for name, _ in shown.elements) == 1
    for _, attributes in shown.elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "srcset", "action", "style")]
        assert re.match(r"#|https?://|mailto:", attributes.get("href") or "#")


@pytest.mark.parametrize("evil", EVIL)
def test_nothing_that_a_stranger_writes_runs_or_loads(evil: str) -> None:
    step = StepLine(evil, evil, Line((sym("x"),)), (StepLine(evil, evil, Line((sym("y"),))),))
    blocks = (Prose(evil), Note(evil), Lines(evil, ()), Worked(evil, sym("x"), Line((sym("z"),)), (step,)), Claim(sym("a"), sym("b"), "holds", evil))
    assert_harmless(Page(render(Document(evil, (Section(None, blocks), Section("b", (Prose(f"(b) {evil}"),)), Section(evil, ()))))))


@given(st.text(alphabet="<>\"'&[]()!:/#javscript onclk=`$*_\n-|{}\\x", max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_prose_is_harmless(markdown: str) -> None:
    assert_harmless(page(Prose(markdown), Note(markdown)))


def test_the_page_loads_nothing() -> None:
    text = render(DOCUMENT)
    assert_harmless(Page(text))
    assert not re.search(r"url\(|@import|https?://", text)
    assert "default-src 'none'" in text


def test_it_is_fit_for_phones_the_dark_and_paper() -> None:
    text = render(DOCUMENT)
    assert 'name="viewport" content="width=device-width' in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert "overflow-x: auto" in text


def test_links_of_the_contents_lead_somewhere_and_anchors_are_there_once() -> None:
    again = Document("T", (*DOCUMENT.sections, *DOCUMENT.sections))
    shown = Page(render(again))
    ids = Counter(shown.values("id"))
    assert set(ids.values()) == {1}
    targets = [href.removeprefix("#") for href in shown.values("href")]
    assert set(targets) <= set(ids)
    assert {"dL-dz", "dL-dz-2", "dL-dW2", "part-2"} <= set(targets)
    assert "part-a" in Page(render(DOCUMENT)).values("id")


@pytest.mark.parametrize(("name", "anchor"), [("dL/dW1", "dL-dW1"), ("W1'", "W1-1"), ("W1''", "W1-2"), ("", "x"), ('a"<b', "a-b")])
def test_anchors(name: str, anchor: str) -> None:
    assert slug(name) == anchor


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("(a) The *gradients*. And more.", "(a) The gradients"),
        ("Do it:", "(a) Do it"),
        ("", "(a)"),
        ("# (a) One", "(a) One"),
        ("word " * 40, "(a) " + "word " * 14 + "…"),
    ],
)
def test_headings_of_the_contents(markdown: str, shown: str) -> None:
    assert heading(Section("a", (Prose(markdown),))) == shown


def test_a_line_is_a_name_and_a_link_for_each_equality() -> None:
    text = render(Document("T", (Section(None, (Lines("", (Line((sym("h"), affine(sym("W1"), sym("x"), sym("b1")), affine(W1, X, X), H), rounded=True),)),)),)))
    assert text.count('<span class="link">') == 3
    assert re.findall(r'<mo lspace="0" rspace="0">(.)</mo>', text) == ["=", "=", "≈"]
    assert text.index('<span class="name"><math displaystyle="true"><mi>h</mi></math></span>') < text.index('<span class="links">')


def test_a_wide_sum_is_in_pieces_that_a_narrow_page_may_break() -> None:
    wide = Sum(tuple((k == 1, sym(f"term_number_{k}")) for k in range(3)))
    text = render(Document("T", (Section(None, (Lines("", (Line((sym("y"), wide, column("1"))),)),)),)))
    inside = text[text.index('<span class="pieces">') : text.index("</span></span>", text.index('<span class="pieces">'))]
    assert inside.count("<math") == 3
    assert re.findall(r"<mo form=\"\w+\">(.)</mo>", inside) == ["−", "+"]


def test_inner_steps_fold_and_the_main_line_does_not() -> None:
    text = render(Document("T", (Section(None, (GRADIENT_Z,)),)))
    folded = text[text.index("<details>") : text.index("</details>")]
    assert '<span class="rule">softmax</span>' in folded
    assert "3 steps inside" in folded
    assert "chain result" in text[: text.index("<details>")]
    assert '<span class="rule">chain rule</span>' in text[: text.index("<details>")]


def test_simple_indices_of_inline_mathematics_are_set() -> None:
    text = render(Document("T", (Section(None, (Prose("$y^{s} = W_1 x < \\varepsilon$"),)),)))
    assert '<code class="tex">y<sup>s</sup> = W<sub>1</sub> x &lt; ε</code>' in text


def test_the_letter_of_a_part_stands_once() -> None:
    for markdown in ("(a) Do it.", "Do it.", "* list"):
        text = render(Document("T", (Section("a", (Prose(markdown),)),)))
        assert Page(text).shown.count("(a)") == 1


@given(lines)
@settings(max_examples=60, deadline=None)
def test_every_formula_is_well_formed(line: Line) -> None:
    names = {name for name, _ in page(Lines("", (line,))).elements}
    assert "math" in names


def test_gradients_and_updates_as_titles() -> None:
    updated = Worked("W1'", Sym(Updated("W1", 1)), Line((Sym(Updated("W1", 1)), sym("x"))), ())
    gradient = Worked("dL/dz", Sym(Grad("L", "z")), Line((sym("x"),)), ())
    shown = page(updated, gradient)
    assert {"W1-1", "dL-dz"} <= set(shown.values("id"))
    assert "W₁′∂L/∂z" in shown.shown.replace("\n", "")


def test_empty_documents_and_sections() -> None:
    Page(render(Document("", ())))
    Page(render(Document("T", (Section(None, ()), Section("b", ()), Section(None, (Prose(""), Lines("", ())))))))
