"""A worked solution as GitHub-flavoured Markdown: mathematics in ``math`` fences, whose backslashes no Markdown rule touches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from typing import assert_never

from byhand.show.aligned import chain
from byhand.show.document import Block, Cell, Claim, Document, Line, Lines, Marks, Note, Prose, Section, StepLine, Table, Worked
from byhand.show.latex import latex
from byhand.show.marks.markdown import marks_markdown
from byhand.show.outline import is_short, own_line, says_its_label, sentence, starts_with_words, used
from byhand.show.picture import Picture
from byhand.show.quantities import quantities
from byhand.show.svg import data_uri
from byhand.show.tables import numeric

WIDTH = 84
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~])")
_OPERATOR = re.compile(r"\\operatorname\{([^{}]*)\}")
_VERDICTS = {"holds": "✓ **holds**", "fails": "✗ **does not hold**", "undecided": "? **undecided**"}


def render(document: Document) -> str:
    """The whole document; the sheet's own Markdown is kept as it stands, and pictures stand in their own links."""
    parts = [f"# {_escaped(document.title)}"] if document.title else []
    for section in document.sections:
        parts += _section(section)
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> Iterable[str]:
    parts = [part for block in section.blocks for part in _block(block)]
    if not section.label or says_its_label(section):
        return parts
    label = f"**({_escaped(section.label)})**"
    return [f"{label} {parts[0]}", *parts[1:]] if starts_with_words(section) else [label, *parts]


def _block(block: Block) -> Iterable[str]:
    match block:
        case Prose(markdown):
            yield markdown.strip()
        case Lines():
            yield from _lines(block)
        case Worked(_, title, line, steps, more):
            yield f"### {_inline(latex(title))}"
            yield fenced(chain(line, WIDTH))
            yield from _steps(steps, line)
            for lines in more:
                yield from _lines(lines)
        case Claim():
            yield from _claim(block)
        case Note(text):
            yield f"> **Note.** {_words(sentence(text))}"
        case Table():
            yield from _table(block)
        case Marks():
            yield from marks_markdown(block, _cell, _words, fenced)
        case Picture():
            yield f"![{_escaped(sentence(block.alt))}]({data_uri(block)})"
            if block.caption:
                yield f"*{_words(sentence(block.caption))}*"
        case _:
            assert_never(block)


def _lines(block: Lines) -> Iterable[str]:
    if block.caption:
        yield f"**{_words(block.caption)}**"
    yield from _maths(block.lines)


def _maths(lines: Iterable[Line]) -> Iterable[str]:
    """Short lines one after the other in a paragraph, long ones each in a fence."""
    for short, group in groupby(lines, is_short):
        if short:
            yield ", ".join(_inline(chain(line, WIDTH)) for line in group)
        else:
            yield from (fenced(chain(line, WIDTH)) for line in group)


def _steps(steps: Sequence[StepLine], above: Line | None) -> Iterable[str]:
    for number, step in enumerate(steps, 1):
        name = rf"{number}\. " if len(steps) > 1 else ""
        yield f"{name}**{_words(step.rule)}**{_reason(step)}"
        line = own_line(step, above)
        if line:
            yield fenced(chain(line, WIDTH))
        if step.inner:
            counted = f"The {len(step.inner)} steps" if len(step.inner) > 1 else "The step"
            yield f"<details>\n<summary>{counted} of {escape(step.rule)}</summary>"
            yield from _steps(step.inner, None)
            yield "</details>"


def _reason(step: StepLine) -> str:
    equality = used(step)
    formula = f": {_inline(f'{latex(equality[0])} = {latex(equality[1])}')}" if equality else ""
    return formula + (f": {_words(step.because)}" if step.because else "")


def _claim(block: Claim) -> Iterable[str]:
    yield f"Claim: {_VERDICTS[block.verdict]}"
    yield fenced(chain(Line((block.left, block.right)), WIDTH))
    yield _words(sentence(block.explanation))
    yield from _maths(block.counterexample)


def _table(block: Table) -> Iterable[str]:
    if block.caption:
        yield f"**{_words(block.caption)}**"
    rule = ["---:" if right else "---" for right in numeric(block)]
    yield "\n".join(f"| {' | '.join(row)} |" for row in (list(map(_cell, block.head)), rule, *(list(map(_cell, row)) for row in block.rows)))


def _cell(cell: Cell) -> str:
    """No bar of mathematics may look like the end of a cell."""
    if isinstance(cell, str):
        return _words(cell)
    return _inline(latex(cell).replace(r"\|", r"\Vert ").replace("|", r"\vert "))


def fenced(tex: str) -> str:
    return f"```math\n{_allowed(tex)}\n```"


def _inline(tex: str) -> str:
    return f"$`{_allowed(tex)}`$"


def _allowed(tex: str) -> str:
    """GitHub refuses ``operatorname``; this is the same."""
    return _OPERATOR.sub(r"\\mathop{\\mathrm{\1}}", tex)


def _words(said: str) -> str:
    """Plain text, with the quantities in it as mathematics."""
    return "".join(_SPECIAL.sub(r"\\\1", piece) if isinstance(piece, str) else _inline(latex(piece)) for piece in quantities(" ".join(said.split())))


def _escaped(text: str) -> str:
    """Text that Markdown must not read as anything else."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
