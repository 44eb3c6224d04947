"""A worked solution as a PDF, through the compiler that the ``typst`` package brings: no TeX, nothing loaded from anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import assert_never

import typst

from byhand.show.aligned import Spelling, chain
from byhand.show.document import Block, Cell, Claim, Document, Line, Lines, Marks, Note, Prose, Section, StepLine, Table, Worked
from byhand.show.marks.typst import marks_typst
from byhand.show.outline import heading, is_short, own_line, says_its_label, sentence, starts_with_words, used
from byhand.show.picture import Picture
from byhand.show.tables import is_wide, numeric, shares
from byhand.show.typst_math import bracketed, typst_math, typst_words
from byhand.show.typst_picture import typst_picture
from byhand.show.typst_prose import typst_prose
from byhand.show.typst_text import literal, words

WIDTH = 98
"""How many characters of the terminal's drawing fill a line of the page; wider lines are broken, and shrunk if that is not enough."""
INDENT = 5
"""By how much a list makes lines shorter."""
WORDS = 24
"""A cell of words that is wider may be broken."""
QUESTION = 400
"""Prose that is longer than this may be parted from what follows it."""
NEXT_ROW = " \\ "
TYPST = Spelling(typst_math, bracketed, {"−": "−", "⊙": "⊙", "·": "⋅", "": "thin", "≈": "≈"}, "quad", NEXT_ROW, lambda rows: rows)
_VERDICTS = {"holds": ("good", "✓ This holds."), "fails": ("bad", "✗ This does not hold."), "undecided": ("warn", "? This is undecided.")}
_OTHER_SCRIPTS = re.compile("[^\u0000-\u052f\u1d00-\u2bff\ufb00-\ufb06\U0001d400-\U0001d7ff]")
"""What the fonts of the compiler do not have."""

PREAMBLE = (Path(__file__).parent / "page.typ").read_text(encoding="utf-8")


def render(document: Document) -> bytes:
    """The PDF. The same document gives the same bytes, unless it needs fonts of this machine for scripts beyond Latin, Greek and Cyrillic."""
    return compiled(source(document))


def compiled(page: str) -> bytes:
    """The PDF of a page in Typst's own language, which may read nothing from anywhere."""
    with TemporaryDirectory() as empty:
        own_fonts = _OTHER_SCRIPTS.search(page) is None
        compiler = typst.Compiler(page.encode(), root=empty, package_path=empty, package_cache_path=empty, ignore_system_fonts=own_fonts)
        found = compiler.compile(format="pdf", timestamp=0)
    assert isinstance(found, bytes)
    return found


def source(document: Document) -> str:
    """The document as Typst reads it."""
    body = "\n".join(part for number, section in enumerate(document.sections) for part in _section(section, number > 0))
    return f"{PREAMBLE}#show: sheet.with(title: {literal(' '.join(document.title.split()))})\n{body}\n"


def _section(section: Section, apart: bool) -> Iterable[str]:
    """``apart``: with a rule above it. A question stays on the page on which its answer begins."""
    blocks = section.blocks
    before = ""
    if section.label:
        yield "#apart;" if apart else ""
        label, name = words(f"({section.label})"), literal(heading(section))
        spoken = says_its_label(section)
        yield f"#bookmark({name});" if spoken or starts_with_words(section) else f"#heading[{label}];"
        before = f"*{label}* " if not spoken and starts_with_words(section) else ""
    if blocks and isinstance(blocks[0], Prose) and len(blocks[0].markdown) <= QUESTION:
        yield f"#opening[{before}{typst_prose(blocks[0].markdown)}];"
        blocks, before = blocks[1:], ""
    yield before
    for block in blocks:
        yield from _block(block)


def _block(block: Block) -> Iterable[str]:
    match block:
        case Prose(markdown):
            yield typst_prose(markdown)
        case Lines():
            yield from _lines(block)
        case Worked(_, title, line, steps, more):
            yield f"#worked[$display({typst_math(title)})$][{_chain(line)}][{_steps(steps, line)}];"
            for lines in more:
                yield from _lines(lines)
        case Claim():
            yield _claim(block)
        case Note(text):
            yield f"#note[{typst_words(sentence(text))}];"
        case Table():
            yield _table(block)
        case Marks():
            yield marks_typst(block)
        case Picture():
            yield typst_picture(block)
        case _:
            assert_never(block)


def _chain(line: Line, width: int = WIDTH) -> str:
    return f"#chain($ {chain(line, width, TYPST)} $);"


def _lines(block: Lines) -> Iterable[str]:
    if block.caption:
        yield f"#caption[{typst_words(block.caption)}];"
    yield from _maths(block.lines)


def _maths(lines: Iterable[Line]) -> Iterable[str]:
    """Short lines beside each other, long ones alone."""
    for short, group in groupby(lines, _fits_beside):
        if short:
            yield f"#givens({', '.join(f'$display({chain(line, WIDTH, TYPST)})$' for line in group)});"
        else:
            yield from map(_chain, group)


def _fits_beside(line: Line) -> bool:
    return is_short(line) and NEXT_ROW not in chain(line, WIDTH, TYPST)


def _steps(steps: Sequence[StepLine], above: Line | None, width: int = WIDTH) -> str:
    """Steps with their numbers, those inside a step numbered within it."""
    return f"#steps({', '.join(f'[{_step(step, above, width - INDENT)}]' for step in steps)});" if steps else ""


def _step(step: StepLine, above: Line | None, width: int) -> str:
    line = own_line(step, above)
    return f"*{typst_words(step.rule)}*{_reason(step)}{_chain(line, width) if line else ''}{_steps(step.inner, None, width)}"


def _reason(step: StepLine) -> str:
    equality = used(step)
    formula = f": ${typst_math(equality[0])} = {typst_math(equality[1])}$" if equality else ""
    return formula + (f": {typst_words(step.because)}" if step.because else "")


def _claim(block: Claim) -> str:
    color, verdict = _VERDICTS[block.verdict]
    found = "".join(_maths(block.counterexample))
    return f"#claim({color})[{_chain(Line((block.left, block.right)))}][{words(verdict)}][{typst_words(sentence(block.explanation))}][{found}];"


def _table(block: Table) -> str:
    """Columns of words that need several lines share what the others leave."""
    wide = [k for k in range(len(block.head)) if is_wide(block, k, WORDS)]
    share = shares(block, wide)
    columns = ", ".join(f"{share[k]:.3f}fr" if k in share else "auto" for k in range(len(block.head)))
    sides = ", ".join("end" if right else "start" for right in numeric(block))
    cells = ", ".join(f"[{_cell(cell)}]" for row in (block.head, *block.rows) for cell in row)
    caption = f"[{typst_words(block.caption)}]" if block.caption else "none"
    return f"#sidebyside({caption}, ({columns},), ({sides},), {str(bool(wide)).lower()}, {cells});"


def _cell(cell: Cell) -> str:
    return typst_words(cell) if isinstance(cell, str) else f"${typst_math(cell)}$"
