"""A worked solution for a terminal: Unicode mathematics, matrices drawn as matrices, colour only if asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import StringIO
from itertools import zip_longest
from typing import assert_never

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from byhand.show.boxes import Box, beside
from byhand.show.chains import chain
from byhand.show.document import Block, Claim, Document, Line, Lines, Marks, Note, Prose, Section, StepLine, Table, Worked
from byhand.show.layout import layout
from byhand.show.marks.terminal import marks_rows
from byhand.show.outline import is_short, own_line, says_its_label, sentence, used
from byhand.show.picture import Picture
from byhand.show.tables import numeric, plain, texts, widths
from byhand.show.terminal_prose import clean, paragraphs
from byhand.show.unicode import text

NARROWEST = 24
INDENT = "  "
GAP = "    "
VERDICTS = {"holds": ("✓", "green", "holds"), "fails": ("✗", "red", "does not hold"), "undecided": ("?", "yellow", "is undecided")}


def render(document: Document, width: int = 80, color: bool = False) -> str:
    """The whole document as text that is never wider than ``width`` cells (and at least 24)."""
    page = _Page(max(width, NARROWEST))
    page.say(Text(clean(document.title), "bold"))
    page.say(Text("─" * min(cell_len(document.title), page.width), "dim"))
    for section in document.sections:
        _section(page, section)
    return page.printed(color)


@dataclass(slots=True)
class _Page:
    """Lines of styled text so far; nothing in them is wider than the page."""

    width: int
    lines: list[Text] = field(default_factory=list[Text])
    tall: bool = False

    def blank(self) -> None:
        self.tall = False
        if self.lines and self.lines[-1].plain.strip():
            self.lines.append(Text())

    def say(self, text: Text, first: str = "", later: str = "") -> None:
        """Words, wrapped behind their indents."""
        self.tall = False
        room = self.width - max(cell_len(first), cell_len(later))
        for k, row in enumerate(text.wrap(_console(self.width, False), max(room, 8), tab_size=4)):
            row.rstrip()
            self.lines.append(Text.assemble(first if k == 0 else later, row))

    def draw(self, rows: Iterable[Box], indent: str) -> None:
        """Mathematics; tall rows are kept apart by an empty line."""
        for row in rows:
            if self.tall and row.height > 1:
                self.lines.append(Text())
            self.lines += [Text((indent + line).rstrip()) for line in row.lines]
            self.tall = row.height > 1

    def printed(self, color: bool) -> str:
        console = _console(self.width, color)
        for line in self.lines:
            console.print(line, no_wrap=True, overflow="ignore", crop=False, soft_wrap=True)
        assert isinstance(console.file, StringIO)
        return console.file.getvalue()


def _console(width: int, color: bool) -> Console:
    return Console(
        file=StringIO(), width=width, force_terminal=color, color_system="standard" if color else None,
        highlight=False, markup=False, emoji=False, legacy_windows=False, no_color=not color,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------- blocks


def _section(page: _Page, section: Section) -> None:
    page.blank()
    label = f"({clean(section.label)})" if section.label and not says_its_label(section) else ""
    if label and not (section.blocks and isinstance(section.blocks[0], Prose)):
        page.say(Text(label, "bold"))
    for number, block in enumerate(section.blocks):
        _block(page, block, "" if number else label)


def _block(page: _Page, block: Block, label: str) -> None:
    match block:
        case Prose(markdown):
            _prose(page, markdown, label)
        case Lines():
            _lines(page, block, "")
        case Worked():
            _worked(page, block)
        case Claim():
            _claim(page, block)
        case Note(remark):
            page.blank()
            page.say(Text.assemble(("Note: ", "yellow"), clean(sentence(remark))), "", "      ")
        case Table():
            _table(page, block)
        case Marks():
            _marks(page, block)
        case Picture():
            _picture(page, block)
        case _:
            assert_never(block)


def _prose(page: _Page, markdown: str, label: str) -> None:
    """The person's own words, behind the letter of the part if they do not begin with it."""
    for paragraph in paragraphs(markdown):
        if paragraph.apart:
            page.blank()
        start, label = (Text.assemble((label, "bold"), " ") if label else Text()), ""
        page.say(start + paragraph.text, paragraph.first, paragraph.later)


def _lines(page: _Page, block: Lines, indent: str) -> None:
    page.blank()
    if block.caption:
        page.say(Text(clean(block.caption), "bold"), indent, indent)
    room = page.width - len(indent + INDENT)
    for group in _groups([(chain(line, room), is_short(line)) for line in block.lines], room):
        page.draw(group, indent + INDENT)


def _groups(lines: Sequence[tuple[list[Box], bool]], width: int) -> Iterable[list[Box]]:
    """Short lines stand beside each other as far as there is room; long ones stand alone."""
    row: Box | None = None
    for rows, short in lines:
        if short and len(rows) == 1 and row and row.width + len(GAP) + rows[0].width <= width:
            row = beside(row, Box((GAP,)), rows[0])
            continue
        if row:
            yield [row]
        row = rows[0] if short and len(rows) == 1 else None
        if row is None:
            yield rows
    if row:
        yield [row]


def _worked(page: _Page, block: Worked) -> None:
    page.blank()
    title = layout(block.title)
    if title.height == 1 and title.width <= page.width:
        page.lines.append(Text(title.lines[0], "bold cyan"))
    page.draw(chain(block.line, page.width - len(INDENT)), INDENT)
    for number, step in enumerate(block.steps, 1):
        _step(page, step, block.line, f"{number}." if len(block.steps) > 1 else "•", INDENT)
    for lines in block.more:
        _lines(page, lines, INDENT)


def _step(page: _Page, step: StepLine, above: Line | None, number: str, indent: str) -> None:
    """The name of the rule, the reason, the line that the rule makes, and below it the steps inside."""
    deeper = indent + " " * (len(number) + 1) if len(indent) < page.width // 3 else indent
    equality = used(step)
    reason = (f": {text(equality[0])} = {text(equality[1])}" if equality else "") + (f": {clean(step.because)}" if step.because else "")
    page.say(Text.assemble((clean(step.rule), "bold"), (reason, "dim")), f"{indent}{number} ", deeper)
    line = own_line(step, above)
    if line:
        page.draw(chain(line, page.width - len(deeper + INDENT)), deeper + INDENT)
    for k, inner in enumerate(step.inner, 1):
        _step(page, inner, None, f"{number}{k}." if number != "•" else "–", deeper)


def _claim(page: _Page, block: Claim) -> None:
    page.blank()
    sign, style, verdict = VERDICTS[block.verdict]
    rows = chain(Line((block.left, block.right)), page.width - len(INDENT))
    page.draw([beside(Box((f"{sign} " if k == 0 else "  ",)), row) for k, row in enumerate(rows)], "")
    page.say(Text.assemble((f"{verdict}. ", f"bold {style}"), clean(sentence(block.explanation))), INDENT, INDENT)
    if block.counterexample:
        room = page.width - 2 * len(INDENT)
        for group in _groups([(chain(line, room), is_short(line)) for line in block.counterexample], room):
            page.draw(group, 2 * INDENT)


# ------------------------------------------------------------------------------------ tables and pictures


def _table(page: _Page, block: Table) -> None:
    """Columns two cells apart; numbers at the right, words wrapped."""
    page.blank()
    if block.caption:
        page.say(Text(clean(block.caption), "bold"))
    room = page.width - len(INDENT) - 2 * (len(block.head) - 1)
    columns, right = widths(block, room), numeric(block)
    rows = texts(block)
    tall = any(cell_len(cell) > width for row in rows for cell, width in zip(row, columns))
    _row(page, [*map(plain, block.head)], columns, right, "bold")
    page.lines.append(Text(INDENT + "  ".join("─" * width for width in columns), "dim"))
    for number, row in enumerate(rows):
        if tall and number:
            page.lines.append(Text())
        _row(page, row, columns, right, "")


def _row(page: _Page, cells: Sequence[str], columns: Sequence[int], right: Sequence[bool], style: str) -> None:
    console = _console(page.width, False)
    wrapped = [_wrapped(clean(cell), width, console) for cell, width in zip(cells, columns)]
    for rows in zip_longest(*wrapped, fillvalue=""):
        parts = [_padded(row, width, at_right) for row, width, at_right in zip(rows, columns, right)]
        page.lines.append(Text((INDENT + "  ".join(parts)).rstrip(), style))


def _wrapped(cell: str, width: int, console: Console) -> list[str]:
    return [cell] if cell_len(cell) <= width else [row.plain.rstrip() for row in Text(cell).wrap(console, width)]


def _padded(text: str, width: int, at_right: bool) -> str:
    return " " * (width - cell_len(text)) + text if at_right else set_cell_size(text, width)


def _marks(page: _Page, block: Marks) -> None:
    page.blank()
    if block.caption:
        page.say(Text(clean(block.caption), "bold"))
    page.lines += marks_rows(block, page.width)


def _picture(page: _Page, block: Picture) -> None:
    """Its rows where the page is wide enough, else what there would be to see."""
    page.blank()
    caption = block.caption
    if block.rows and max(map(cell_len, block.rows)) <= page.width:
        page.lines += [Text(row.rstrip()) for row in block.rows]
        caption = block.rows_caption or caption
    else:
        page.say(Text.assemble(("Picture: ", "yellow"), clean(sentence(block.alt))), "", "         ")
    if caption:
        page.say(Text(clean(sentence(caption)), "dim"))
