"""Pictures, plots and tables on every page: what is drawn where, nothing on anything else, nothing loaded, nothing wider than a terminal."""

from __future__ import annotations

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from base64 import b64decode
from fractions import Fraction
from itertools import pairwise
from math import exp, inf, nan
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from byhand.app import cli
from byhand.lang.sizes import Poly
from byhand.show import html, markdown, terminal, tex
from byhand.show.document import Block, Document, Section, Table
from byhand.show.frame import Frame, clipped, visible
from byhand.show.labels import extent, room_for, spans
from byhand.show.picture import Circle, Label, Picture, Point, Rectangle, Stroke, side_by_side
from byhand.show.plot import Axes, Curve, plot
from byhand.show.svg import inline_svg, svg
from byhand.show.ticks import log_ticks, tick_texts, ticks
from byhand.show.tikz import tikz
from byhand.show.tree import Entry, Function, Numeral, Power, Sum, Sym, Transposed, Tree
from support.geometry import troubles

SVG = "{http://www.w3.org/2000/svg}"
X, W1 = Sym("x"), Sym("W1")
SQUARE = Power(X, Numeral(Poly.of(2)))
EVERYTHING = Picture(
    200, 120,
    (
        Rectangle((5, 5), 60, 40, "accent"), Circle((120, 30), 15, "good", filled=True), Stroke(((65, 25), (105, 28)), "bad", 2, arrow=True),
        Stroke(((0, 110), (200, 110)), "faint", dashed=True), Label((35, 25), W1), Label((120, 60), "a < b & \"c\"", small=True, halo=True),
        Label((100, 90), (Sym("h"), " = ", Function("relu", (Entry(Sym("z"), ("i",)),))), "end", "muted"),
    ),
    'A box, a circle & an "arrow" <here>', ("┌──┐", "└──┘"), "Everything",
)  # fmt: skip


def iterates(rate: float) -> tuple[Point, ...]:
    """Gradient descent on 5x² + 2 from 1."""
    return tuple((k, (1 - 10 * rate) ** k) for k in range(13))


DESCENT = plot(
    [Curve(iterates(rate), f"η = {rate}", paint, dots=True, dashed=paint == "bad") for rate, paint in ((0.05, "good"), (0.18, "accent"), (0.21, "bad"))],
    Axes("n", Entry(X, ("n",)), y_range=(-1.5, 1.5)),
    alt="Iterates for three learning rates",
)
LOSSES = plot(
    [Curve(tuple((k / 10, 1 / (1 + exp(-k / 10))) for k in range(-60, 61)), Sym("sigmoid")), Curve(((-6, 0.5), (6, 0.5)), "half", "muted", dashed=True)],
    Axes(Sym("z"), caption := "p"),
    alt="A sigmoid",
    caption=caption,
)
LOG = plot([Curve(tuple((k, 0.1**k) for k in range(9)), "error")], Axes("step", "error", log_y=True), alt="An error that falls")
PICTURES = {"all": EVERYTHING, "descent": DESCENT, "losses": LOSSES, "log": LOG, "side by side": side_by_side([LOSSES, LOG], "Two")}
TABLE = Table(
    "Two losses",
    ("", "squared error", Sym("E")),
    (
        ("output error", Sum(((False, Sym("p")), (True, Sym("t")))), Function("abs", (W1,))),
        ("what happens as the output saturates, said in many words so that the cell has to wrap somewhere, a|b", "vanishes", "stays"),
    ),
)
NUMBERS = Table("", ("step", "value"), (("1", "0.5"), ("2", "−12.25"), ("10", "3")))


def page(*blocks: Block) -> Document:
    return Document("Pictures", (Section("a", blocks),))


# --------------------------------------------------------------------------------------------------- SVG


@pytest.mark.parametrize("name", PICTURES)
def test_svg_is_well_formed_and_loads_nothing(name: str) -> None:
    text = svg(PICTURES[name])
    root = ET.fromstring(text)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text
    assert desc is not None
    assert desc.text == PICTURES[name].alt == root.get("aria-label")
    found = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert found <= {"svg", "title", "desc", "style", "rect", "circle", "polyline", "polygon", "text", "tspan"}
    assert not any(attribute in ("id", "href") or attribute.startswith("on") for element in root.iter() for attribute in element.attrib)
    assert "prefers-color-scheme" in text
    assert "url(" not in text


def test_every_mark_is_drawn_in_order() -> None:
    root = ET.fromstring(inline_svg(EVERYTHING))
    drawn = [element.tag.removeprefix(SVG) for element in root][2:]
    assert drawn == ["rect", "circle", "polyline", "polygon", "polyline", "text", "text", "text"]
    circle = root.find(f"{SVG}circle")
    assert circle is not None
    assert (circle.get("class"), circle.get("cx"), circle.get("r")) == ("s-good f-good", "120", "15")
    assert [text.get("text-anchor") for text in root.iter(f"{SVG}text")] == ["middle", "middle", "end"]
    assert "".join(list(root.iter(f"{SVG}text"))[1].itertext()) == 'a < b & "c"'


def test_indices_are_lowered_and_powers_raised() -> None:
    root = ET.fromstring(inline_svg(Picture(10, 10, (Label((5, 5), W1), Label((5, 5), SQUARE), Label((5, 5), Transposed(W1))), "labels")))
    texts = [[(part.text, float(part.get("dy") or 0), part.get("font-style")) for part in text] for text in root.iter(f"{SVG}text")]
    assert [part[0] for part in texts[0]] == ["W", "1"]
    assert texts[0][0][2] == "italic"
    assert texts[0][1][1] > 0
    assert [part[0] for part in texts[1]] == ["x", "2"]
    assert texts[1][1][1] < 0
    assert [part[0] for part in texts[2]] == ["W", "1", "T"]
    assert texts[2][2][1] < -texts[2][1][1], "back to the line, and above it"


@pytest.mark.parametrize(
    ("tree", "shown"),
    [
        (Entry(Sym("w"), ("i", "j")), ["w", "_ij"]),
        (Sym("h_out"), ["h", "_out"]),
        (Function("conv2d", (X, Sym("k"))), ["conv2d(", "x", ", ", "k", ")"]),
        (Sym("eps"), ["ε"]),
        ((Sym("h"), " = ", X), ["h", " = ", "x"]),
    ],
)
def test_labels_in_pieces(tree: Tree, shown: list[str]) -> None:
    assert [("_" if span.level < 0 else "^" if span.level > 0 else "") + span.text for span in spans(tree)] == shown


def test_a_picture_needs_no_style_sheet_to_be_seen() -> None:
    """Programs that know no classes still see every colour."""
    for element in ET.fromstring(svg(EVERYTHING)).iter():
        kind = element.tag.removeprefix(SVG)
        if kind in ("rect", "circle", "polygon", "text"):
            assert (element.get("fill") or "").startswith("#")
        if kind in ("circle", "polyline"):
            assert (element.get("stroke") or "").startswith("#")


# -------------------------------------------------------------------------------------------------- plots


@pytest.mark.parametrize("name", ["descent", "losses", "log", "side by side"])
def test_no_label_of_a_plot_lies_on_another(name: str) -> None:
    assert [trouble for trouble in troubles(PICTURES[name]) if trouble.startswith("label") or "sticks out" in trouble] == []


def test_what_leaves_the_range_is_cut_off_at_the_frame() -> None:
    bare = Frame(10, 20, 110, 220, (0, 10), (-1, 1), False)
    inside = [point for run in visible(bare, [(k, (-1.3) ** k) for k in range(11)]) for point in run]
    assert inside
    assert all(10 - 1e-6 <= x <= 110 + 1e-6 and 20 - 1e-6 <= y <= 220 + 1e-6 for x, y in inside)
    assert any(abs(y - 20) < 1e-6 for _, y in inside)
    dots = [mark.center for mark in DESCENT.marks if isinstance(mark, Circle)]
    assert len(dots) < 3 * 13 + 3, "those outside are not drawn"


def test_clipping() -> None:
    bare = Frame(0, 0, 10, 10, (0, 1), (0, 1), False)
    assert clipped(bare, (-5, 5), (15, 5)) == ((0, 5), (10, 5))
    assert clipped(bare, (2, 3), (4, 5)) == ((2, 3), (4, 5))
    assert clipped(bare, (-5, -5), (-1, 20)) is None
    assert clipped(bare, (5, -10), (5, 20)) == ((5, 0), (5, 10))


def test_curves_pass_through_their_points() -> None:
    """The frame is found from the ticks, and the curve from where it is drawn."""
    picture = plot([Curve(((0, 0), (1, 2), (2, 8)))], Axes(x_range=(0, 2), y_range=(0, 8)), alt="points", width=200, height=160)
    stroke = next(mark for mark in picture.marks if isinstance(mark, Stroke) and mark.paint == "accent")
    (left, bottom), (x, y), (right, top) = stroke.points
    assert (x - left, right - left) == pytest.approx((100, 200))
    assert (bottom - y, bottom - top) == pytest.approx((40, 160))


def test_what_is_not_finite_interrupts_a_curve() -> None:
    picture = plot([Curve(((0, 1), (1, 1), (2, nan), (3, 1), (4, 1), (5, inf)))], Axes(), alt="gap")
    assert sum(isinstance(mark, Stroke) and mark.paint == "accent" for mark in picture.marks) == 2
    ET.fromstring(svg(plot([Curve(((0, nan),))], Axes(), alt="nothing")))
    ET.fromstring(svg(plot([], Axes(log_y=True), alt="nothing at all")))


@pytest.mark.parametrize("span", [(0, 1), (-0.2, 1.1), (-1.5, 1.5), (0, 1e-9), (-3e7, 8e7), (99.5, 100.5), (0, 7)])
def test_ticks_are_few_and_round(span: tuple[float, float]) -> None:
    found = ticks(span)
    assert 3 <= len(found) <= 7
    steps = {b - a for a, b in pairwise(found)}
    assert len(steps) == 1
    assert str(steps.pop()).replace("0", "").replace("/", "").replace("1", "") in ("", "2", "5")
    assert all(span[0] - 1e-9 * abs(span[0]) <= tick <= span[1] + 1e-9 * abs(span[1]) for tick in found)


def test_logarithmic_ticks() -> None:
    assert tick_texts(log_ticks((1e-8, 1))) == ["10⁻⁸", "10⁻⁶", "10⁻⁴", "10⁻²", "1"]
    assert tick_texts(log_ticks((0.9, 12))) == ["1", "2", "5", "10"]
    assert tick_texts([Fraction(-5, 2)]) == ["−2.5"]
    assert tick_texts(ticks((0, 9e7), 3)) == ["0", "5·10⁷"]


def test_an_axis_that_shows_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot show the range from 1 to 1"):
        plot([], Axes(x_range=(1, 1)), alt="")
    with pytest.raises(ValueError, match="cannot show"):
        plot([], Axes(y_range=(0, 1), log_y=True), alt="")


@pytest.mark.parametrize("name", PICTURES)
def test_rows_fit_a_terminal(name: str) -> None:
    assert all(cell_len(row) <= 80 for row in PICTURES[name].rows)


def test_iterates_in_a_terminal_have_signs_of_their_own() -> None:
    rows = "\n".join(DESCENT.rows)
    assert {"●", "○", "■"} <= set(rows)
    assert "─●─ η = 0.05" in rows
    assert re.search(r"^ *1\.5 ┤", rows, re.MULTILINE)


def test_side_by_side_keeps_everything_apart() -> None:
    both = PICTURES["side by side"]
    assert len(both.marks) == len(LOSSES.marks) + len(LOG.marks) + 1
    assert both.width > LOSSES.width + LOG.width
    small = side_by_side([EVERYTHING, EVERYTHING])
    assert small.rows == ("Everything    Everything", "┌──┐          ┌──┐", "└──┘          └──┘")


# --------------------------------------------------------------------------------------------------- pages


def test_html_has_figures_and_no_identifier_twice() -> None:
    shown = html.render(page(EVERYTHING, EVERYTHING, TABLE, NUMBERS))
    assert shown.count('<figure class="picture">') == shown.count("<figcaption>Everything.</figcaption>") == 2
    found = re.findall(r'\bid="([^"]*)"', shown)
    assert len(found) == len(set(found))
    assert "<script" not in shown
    assert '<p class="caption">Two losses</p>' in shown
    assert '<table aria-label="Two losses">' in shown
    assert shown.count('<td class="number">') == 6
    for paint in ("ink", "muted", "faint", "accent", "good", "bad", "paper"):
        assert re.search(rf"\.s-{paint} \{{ stroke: var\(--{paint}\)", html.STYLE)
        assert re.search(rf"\.f-{paint} \{{ fill: var\(--{paint}\)", html.STYLE)
        assert len(re.findall(rf"--{paint}: #", html.STYLE)) == 3, "light, dark, print"


def test_markdown_holds_pictures_as_addresses_and_no_bar_ends_a_cell() -> None:
    shown = markdown.render(page(EVERYTHING, TABLE))
    address = re.search(r'!\[A box, a circle & an "arrow" \\<here\\>\.\]\(data:image/svg\+xml;base64,([^)]*)\)', shown)
    assert address is not None
    assert b64decode(address[1]).decode() == svg(EVERYTHING)
    rows = [row for row in shown.splitlines() if row.startswith("|")]
    assert len(rows) == 4
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {4}


def test_latex_loads_tikz_only_for_pictures() -> None:
    assert "tikz" not in tex.render(page(TABLE))
    shown = tex.render(page(EVERYTHING))
    assert shown.index(r"\usepackage{tikz}") < shown.index(r"\begin{document}") < shown.index(r"\begin{tikzpicture}")
    assert tikz(EVERYTHING).count("\n\\") == len(EVERYTHING.marks) + 2


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex")
def test_latex_compiles(tmp_path: Path) -> None:
    (tmp_path / "page.tex").write_text(tex.render(page(*PICTURES.values(), TABLE, NUMBERS)), encoding="utf-8")
    ran = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"], check=False, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stdout[-2000:]


def test_tables_in_a_terminal() -> None:
    shown = terminal.render(page(NUMBERS, TABLE))
    assert "  step   value\n  ────  ──────\n     1    0.5\n     2  −12.25\n    10    3\n" in shown
    assert all(cell_len(row) <= 80 for row in shown.splitlines())
    assert "p − t" in shown
    narrow = terminal.render(page(TABLE), width=40)
    assert all(cell_len(row) <= 40 for row in narrow.splitlines())


def test_a_picture_without_rows_is_said_in_words() -> None:
    shown = terminal.render(page(Picture(10, 10, (), "a circle in a square", (), "Squares")))
    assert "Picture: a circle in a square." in shown
    assert "Picture: Iterates" in terminal.render(page(DESCENT), width=40), "too wide for this terminal"


def test_the_estimated_width_is_no_less_than_that_of_wide_fonts() -> None:
    """DejaVu Sans, the widest of the usual ones: advance widths per em of some strings, as its files say."""
    for words, em in (("5 hidden units", 7.58), ("0.123456", 4.77), ("WMWM", 3.70), ("illicit", 2.25)):
        assert room_for(words) >= 14 * em * 0.98
    assert extent(Label((0, 0), "0.5", "end"))[2] == 0


# ------------------------------------------------------------------------------------------------- the command

SHEET = "```byhand\nx : (2,)\nW : (3, 2)\ny = tanh(W @ x)\ndraw(y)\nz = W @ x\ndraw(z)\n```\n"


def test_pictures_are_written_beside_a_markdown_page(tmp_path: Path) -> None:
    (tmp_path / "sheet.md").write_text(SHEET, encoding="utf-8")
    out = tmp_path / "my page.md"
    ran = CliRunner().invoke(cli.byhand, ["solve", str(tmp_path / "sheet.md"), "--to", "md", "-o", str(out)])
    assert ran.exit_code == 0, ran.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["my page-1.svg", "my page-2.svg", "my page.md", "sheet.md"]
    links = re.findall(r"!\[[^]]+\]\(([^)]+)\)", out.read_text(encoding="utf-8"))
    assert links == ["my%20page-1.svg", "my%20page-2.svg"]
    assert ET.parse(tmp_path / "my page-1.svg").getroot().tag == f"{SVG}svg"


def test_pictures_stay_in_the_page_without_a_file(tmp_path: Path) -> None:
    (tmp_path / "sheet.md").write_text(SHEET, encoding="utf-8")
    ran = CliRunner().invoke(cli.byhand, ["solve", str(tmp_path / "sheet.md"), "--to", "md"])
    assert ran.output.count("data:image/svg+xml;base64,") == 2
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.md"]
