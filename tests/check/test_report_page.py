"""The feedback page: the first mistake first, signs that need no colour, nothing of a stranger's text that does anything."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from reports import MARKS, NONE, ONE, A, evil, exercise, flawless, report
from rich.cells import cell_len

from byhand.app.solving import solve_text
from byhand.check.exercise.build import exercise_of
from byhand.check.exercise.quantity import Exercise
from byhand.check.mark import Mark, Report, Tie
from byhand.check.report.names import in_notation
from byhand.check.report.page import document
from byhand.check.report.strangers import harmless
from byhand.show import html, markdown, terminal, tex
from byhand.show.document import Document, Entries, Judged, Lines, Marks

SIGNS = "✓→~✗?–"


def page(one: Report, answers: bool = True, width: int = 80) -> str:
    return terminal.render(document(one, exercise(), answers), width)


def batch() -> Exercise:
    sheet = "```byhand\nx = [1, 2]\nW = [[1, 0], [0, 1]]\nz1 = W @ x\nL = sum(tanh(z1))\nstep(L, [W], x=[[1, 2], [3, 4]], rate=1)\n```"
    return exercise_of(solve_text(sheet, "batch"), sheet)


def marks_of(found: Document) -> list[Judged]:
    return [answer for section in found.sections for block in section.blocks if isinstance(block, Marks) for answer in block.answers]


# ------------------------------------------------------------------------------------------------- what is said


def test_the_first_mistake_comes_first() -> None:
    lines = [line for line in page(report()).splitlines() if line.strip()]
    assert lines[2].startswith("3.5 of 7 marks.")
    assert lines[3] == "First mistake: a"
    assert lines[4].startswith("  ~ a  matches what you get if the activation is left out")
    assert lines[4].endswith("0.5/1")


def test_every_quantity_has_its_line_with_a_sign() -> None:
    text = page(report()).partition("All answers")[2]
    found = re.findall(r"^  (\S) (\S+) ", text, re.MULTILINE)
    assert found == [("✓", "h"), ("~", "a"), ("→", "L"), ("✗", "∂L/∂W"), ("?", "∂L/∂b"), ("→", "W′")]


@pytest.mark.parametrize(
    "said",
    [
        "follows from a as written",
        "follows from ∂L/∂W and a as written",
        "dW read as ∂L/∂W",
        "Expected: [1.5, 0]",
        "The same comes out if the bias is left out, in the step to h",
        "could not be read: a bracket is not closed",
        "For a person to look at: the step follows trivially",
    ],
)
def test_what_is_said(said: str) -> None:
    assert said in " ".join(page(report(), width=200).split())


def test_names_in_sentences_are_spelled_as_in_the_table() -> None:
    mark = replace(A, message="matches what you get if dL/dW is used for dL/db in W'", broken=("the entries of dL/dW must add up to 0", "a is not dL/dWx"))
    text = page(report(marks=(replace(mark, remarks=("dW read as W'", "read as a column of 2 entries")),)), width=200)
    assert "if ∂L/∂W is used for ∂L/∂b in W′" in text
    assert "The entries of ∂L/∂W must add up to 0" in text
    assert "      a is not dL/dWx" in text
    assert "dW read as W′; read as a column of 2 entries" in text


def test_a_sample_is_said_in_words() -> None:
    found = in_notation(batch(), "the derivative of tanh at z1_2 is left out of dL_2/dz1 and dL_sum/dW, and z1_3 is none")
    assert found == "the derivative of tanh at z₁ (sample 2) is left out of δ_z₁ (sample 2) and ∂L_sum/∂W, and z1_3 is none"


def test_where_a_slip_lies_is_said_once() -> None:
    tie = Tie("S02", "the bias b is left out of h", "h")
    text = page(report(marks=(replace(A, ties=(tie, replace(tie, message="the bias is left out"))),)), width=200)
    assert "if the bias b is left out of h\n" in text
    assert "if the bias is left out, in the step to h\n" in text


def test_what_was_left_blank_stands_in_one_line() -> None:
    blank = tuple(replace(mark, status="blank", marks=NONE, read_as=None) for mark in MARKS[3:6])
    text = page(report(marks=(MARKS[0], *blank, MARKS[6])))
    assert "Left blank (0 of 4 marks): ∂L/∂W, ∂L/∂b, W′, b′." in text
    assert "nothing written" not in text
    assert "All answers" not in page(report(marks=blank))


def test_nobody_is_told_what_they_did() -> None:
    for one in (report(), evil(), flawless()):
        text = page(one, width=300) + html.render(document(one, exercise()))
        assert not re.search(r"\byou (?!get if)|\byour\b", text, re.IGNORECASE)


def test_the_step_has_the_numbers_that_were_written() -> None:
    wrong_h = replace(MARKS[0], status="wrong", marks=NONE, read_as="[3, 4]")
    assert "[3, 4]" not in page(report(marks=(wrong_h, A))).partition("The step")[2].partition("All answers")[0]  # h's own step has W, x and b
    text = page(report(marks=(replace(wrong_h, status="follows"), A)))
    step = text.partition("The step\n")[2].partition("All answers")[0]
    assert "relu" in step
    assert "3" in step
    assert "4" in step
    assert "1.5" not in step


def test_what_was_left_out_follows_from_what_was_written() -> None:
    loss = Mark("L", "wrong", NONE, ONE, "7", expected="0.625")
    text = page(report(marks=(replace(MARKS[0], read_as="[3, 4]", status="follows"), loss)))
    step = text.partition("The step\n")[2].partition("All answers")[0]
    assert "10" in step  # ½((3 − 1)² + 4²), over a blank a = relu([3, 4])


def test_a_slip_in_a_blank_quantity_shows_its_step() -> None:
    loss = Mark("L", "slip", NONE, ONE, "7", "matches what you get if the activation is left out", slip="S03", at="a")
    text = page(report(marks=(MARKS[0], loss)))
    assert "a = relu(h)" in text
    assert "This lies in the step to a" in text


def test_solutions_can_be_kept_back() -> None:
    text = page(report(), answers=False)
    assert "Expected" not in text
    assert "The step" not in text
    assert not any(isinstance(block, Lines) for section in document(report(), exercise(), False).sections for block in section.blocks)
    assert LEFT in text


LEFT = "matches what you get if"


def test_no_mistakes() -> None:
    text = page(flawless())
    assert "7 of 7 marks. No mistakes." in text
    assert "First mistake" not in text


def test_nothing_to_mark() -> None:
    assert "There is nothing to mark." in page(report(marks=()))


def test_a_single_number_has_its_interval() -> None:
    mark = Mark("L", "wrong", NONE, ONE, "9", accepted=[0.615, 0.635], expected="0.625")
    assert "Expected: 0.625, accepted from 0.615 to 0.635" in page(report(marks=(mark,)))


# ------------------------------------------------------------------------------------------------- single entries


def test_wrong_entries_are_marked() -> None:
    text = page(report())
    assert re.search(r"⎡0\.5  +9✗⎤", text)
    first = next(answer for answer in marks_of(document(report(), exercise())) if answer.entries is not None)
    assert first.entries == Entries((("1.5",), ("-1",)), ((True,), (False,)))


def test_where_no_entry_is_right_none_is_marked() -> None:
    (mark,) = [one for one in marks_of(document(report(marks=(replace(A, cells=[False, False]),)), exercise())) if one.entries][:1]
    assert mark.entries is not None
    assert mark.entries.right == ()


@pytest.mark.parametrize(
    "read",
    [
        "[[1, 2], [3]]",
        "[[1, 2",
        "]]]",
        "W x + b",
        "",
        "[[[1, 2]]]",
        "[" * 500 + "]" * 500,
        "[1, 2], [3]",
        "[]",
        f"[{', '.join('9' * 999)}]",
        "[" + "1" * 200_000 + "]",
    ],
)
def test_what_is_no_small_matrix_stands_on_its_line(read: str) -> None:
    found = marks_of(document(report(marks=(replace(A, read_as=read),)), exercise()))
    assert all(answer.entries is None and len(answer.read) <= 120 for answer in found)


def test_where_a_formula_is_off_is_said() -> None:
    off = replace(A, read_as="relu(h) - h", cells=[True, False])
    assert "Off at entry 2; right elsewhere" in page(report(marks=(off,)))
    assert "Off at" not in page(report(marks=(replace(off, cells=[False, False]), MARKS[0])))
    large = replace(off, read_as="[" + ", ".join("1" * 401) + "]", cells=[k not in range(9) for k in range(401)])
    assert "Off at 9 of the 401 entries; right elsewhere" in page(report(marks=(large,)), width=200)


def test_of_a_long_answer_the_entries_that_are_off_are_expected() -> None:
    expected = "[" + ", ".join(f"[{', '.join(f'{i}.{k}1234' for k in range(9))}]" for i in range(4)) + "]"
    cells = [[(i, k) not in ((1, 3), (2, 7)) for k in range(9)] for i in range(4)]
    text = " ".join(page(report(marks=(replace(A, name="dL/dW", at="dL/dW", read_as=expected, expected=expected, cells=cells),)), width=150).split())
    assert "Expected: row 2, column 4: 1.31234; row 3, column 8: 2.71234" in text


def test_wide_matrices_are_said_in_words() -> None:
    wide = ", ".join(f"{k}.12345678" for k in range(12))
    cells = [[k != 3 for k in range(12)], [k not in (0, 5) for k in range(12)]]
    text = " ".join(page(report(marks=(replace(A, name="dL/dW", at="dL/dW", read_as=f"[[{wide}], [{wide}]]", cells=cells),))).split())
    assert "Wrong entries, of 24: row 1, column 4 is 3.12345678; row 2, column 1 is 0.12345678; row 2, column 6 is" in text


def test_wide_matrices_without_a_right_entry_stand_as_they_were_read() -> None:
    wide = ", ".join(f"{k}.12345678" for k in range(4))
    text = page(report(marks=(replace(A, name="dL/dW", at="dL/dW", read_as=f"[[{wide}], [{wide}]]", cells=None),)), width=40)
    assert "Read: [[0.12345678, 1.12345678," in text


# ------------------------------------------------------------------------------------------------- every page


@pytest.mark.parametrize("width", [24, 30, 40, 55, 56, 80, 120])
def test_nothing_is_wider_than_the_terminal(width: int) -> None:
    for one in (report(), evil(), flawless()):
        assert max(map(cell_len, page(one, width=width).splitlines())) <= width


def test_no_colour_unless_asked() -> None:
    assert "\x1b" not in page(report())
    assert "\x1b[" in terminal.render(document(report(), exercise()), 80, True)


def test_strangers_steer_no_terminal() -> None:
    text = page(evil())
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    text.encode()


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_html_page_is_whole_and_runs_nothing() -> None:
    for one in (report(), evil(), flawless()):
        made = html.render(document(one, exercise()))
        made.encode()
        tags = _Tags()
        tags.feed(made)
        assert tags.open == []
        assert tags.seen.isdisjoint({"script", "img", "iframe", "link", "object", "form"})


def test_html_has_a_sign_besides_each_colour() -> None:
    made = html.render(document(report(), exercise()))
    assert made.count('class="off"') == made.count('aria-label="wrong">✗</b>') == 2
    for sign, word in zip("✓→~✗?", ("right", "follows", "a slip", "wrong", "unread")):
        assert f'<span aria-label="{word}">{sign}</span>' in made


def test_markdown_rows_have_as_many_cells_as_the_head() -> None:
    for one in (report(), evil()):
        rows = [line for line in markdown.render(document(one, exercise())).splitlines() if line.startswith("|")]
        assert len(rows) > 8
        assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}


def test_tex_has_its_boxes() -> None:
    made = tex.render(document(evil(), exercise()))
    assert made.count(r"\boxed{9}") == 1
    assert r"\usepackage{array}" in made
    assert made.isprintable() or "\x1b" not in made


def test_pdf() -> None:
    pytest.importorskip("typst")
    from byhand.show import typst_page

    assert typst_page.render(document(evil(), exercise())).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\nc", "a b c"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("abc\u202edef", "abcdef"),
        ("x" * 500, "x" * 399 + "…"),
        ("word " * 99, "word " * 78 + "word…"),
        ("\ud800", "\ufffd"),
        ("e" + "\u0301" * 9, "e" + "\u0301" * 3),
    ],
)
def test_harmless(text: str, shown: str) -> None:
    assert harmless(text) == shown
