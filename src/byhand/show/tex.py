"""A worked solution as a LaTeX document that compiles with pdflatex, xelatex and lualatex."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import assert_never

from byhand.show.aligned import chain
from byhand.show.document import Block, Cell, Claim, Document, Line, Lines, Marks, Note, Prose, Section, StepLine, Table, Worked
from byhand.show.latex import latex
from byhand.show.marks.tex import PREAMBLE as MARKS
from byhand.show.marks.tex import marks_tex
from byhand.show.outline import is_short, own_line, says_its_label, sentence, starts_with_words, used
from byhand.show.picture import Picture
from byhand.show.quantities import quantities
from byhand.show.tables import is_wide, natural, numeric, shares
from byhand.show.tex_prose import tex_prose
from byhand.show.tex_text import tex_text
from byhand.show.tikz import PREAMBLE as PICTURES
from byhand.show.tikz import tikz

WIDTH = 88
"""How many characters of the terminal's drawing fill a line of the page; wider lines are broken, and shrunk if that is not enough."""

LONG_CELL = 24
"""Longer words than this wrap in tables that are wider than the page."""

PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage{iftex}
\ifPDFTeX
  \usepackage[utf8]{inputenc}
  \usepackage[T1]{fontenc}
  \usepackage{textcomp}
  \IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
  \newcommand{\other}[1]{$\square$}
\else
  \usepackage{fontspec}
  \newcommand{\other}[1]{#1}
\fi
\usepackage{amsmath,amssymb}
\usepackage[margin=2.4cm]{geometry}
\usepackage{graphicx}
\setcounter{MaxMatrixCols}{40}
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.5em plus 0.2em}
\raggedright
\newsavebox{\wide}
\newlength{\room}
\newcommand{\fitted}[1]{\setlength{\room}{\dimexpr\linewidth-1em}\sbox{\wide}{$\displaystyle #1$}%
  \ifdim\wd\wide>\room\resizebox{\room}{!}{\usebox{\wide}}\else\usebox{\wide}\fi}
\newcommand{\chain}[1]{\par\smallskip\hspace*{1em}\fitted{#1}\par\smallskip}
\newcommand{\given}[1]{\mbox{\fitted{#1}}\hskip2em\relax}
\newenvironment{givens}{\par\smallskip\leftskip=1em\lineskiplimit=2pt\lineskip=6pt\noindent\ignorespaces}{\par\smallskip}
\newenvironment{steps}{\begin{list}{}{\setlength{\leftmargin}{1.5em}\setlength{\itemsep}{0.2em}\setlength{\parsep}{0pt}\setlength{\topsep}{0.2em}}}{\end{list}}
"""


def render(document: Document) -> str:
    """The whole document, preamble included."""
    body = "\n".join(part for section in document.sections for part in _section(section))
    title = tex_text(" ".join(document.title.split()))
    kinds = {type(block) for section in document.sections for block in section.blocks}
    more = (PICTURES if Picture in kinds else "") + (MARKS if Marks in kinds else "")
    return f"{PREAMBLE}{more}\\begin{{document}}\n\\section*{{{title}}}\n\n{body}\n\\end{{document}}\n"


def _section(section: Section) -> Iterable[str]:
    yield r"\bigskip"
    if section.label and not says_its_label(section):
        yield rf"\textbf{{({tex_text(section.label)})}}" + (" " if starts_with_words(section) else r"\par")
    for block in section.blocks:
        yield from _block(block)


def _block(block: Block) -> Iterable[str]:
    match block:
        case Prose(markdown):
            yield tex_prose(markdown)
        case Lines():
            yield from _lines(block)
        case Worked(_, title, line, steps, more):
            yield rf"\subsubsection*{{\boldmath$\displaystyle {latex(title)}$}}"
            yield _chain(line)
            yield from _steps(steps, line, 0)
            for lines in more:
                yield from _lines(lines)
        case Claim():
            yield from _claim(block)
        case Note(text):
            yield rf"\par\medskip\textit{{Note.}} {_text(text)}\par"
        case Table():
            yield from _table(block)
        case Marks():
            yield from marks_tex(block, _text)
        case Picture():
            yield from _picture(block)
        case _:
            assert_never(block)


def _chain(line: Line) -> str:
    return rf"\chain{{{chain(line, WIDTH)}}}"


def _lines(block: Lines) -> Iterable[str]:
    if block.caption:
        yield rf"\par\medskip\textbf{{{_text(block.caption)}}}\nopagebreak"
    yield from _maths(block.lines)


def _maths(lines: Iterable[Line]) -> Iterable[str]:
    """Short lines beside each other, long ones alone."""
    for short, group in groupby(lines, is_short):
        if short:
            yield r"\begin{givens}"
            yield from (rf"\given{{{chain(line, WIDTH)}}}" for line in group)
            yield r"\end{givens}"
        else:
            yield from map(_chain, group)


def _steps(steps: Sequence[StepLine], above: Line | None, depth: int) -> Iterable[str]:
    """Steps as a list, those inside a step as a list in it; the deepest lists, which LaTeX refuses, run on."""
    if not steps:
        return
    nested = depth < 4
    yield r"\begin{steps}" if nested else r"\par"
    for number, step in enumerate(steps, 1):
        label = (r"\item{} " if nested else r"\par ") + (rf"{number}.\ " if len(steps) > 1 else "")
        yield rf"{label}\textbf{{{_text(step.rule)}}}{_reason(step)}"
        line = own_line(step, above)
        if line:
            yield _chain(line)
        yield from _steps(step.inner, None, depth + 1)
    yield r"\end{steps}" if nested else r"\par"


def _reason(step: StepLine) -> str:
    equality = used(step)
    formula = f": ${latex(equality[0])} = {latex(equality[1])}$" if equality else ""
    return formula + (f": {_text(step.because)}" if step.because else "")


def _claim(block: Claim) -> Iterable[str]:
    verdict = {"holds": "holds", "fails": "does not hold", "undecided": "is undecided"}[block.verdict]
    yield rf"\par\medskip\textbf{{This claim {verdict}:}}\nopagebreak"
    yield _chain(Line((block.left, block.right)))
    yield _text(sentence(block.explanation)) + r"\par"
    yield from _maths(block.counterexample)


def _table(block: Table) -> Iterable[str]:
    """Shrunk if it is wider than the page; long words stand in columns that wrap."""
    if block.caption:
        yield rf"\par\medskip\textbf{{{_text(block.caption)}}}\nopagebreak"
    wide = shares(block, [k for k in range(len(block.head)) if is_wide(block, k, LONG_CELL)]) if sum(natural(block)) > WIDTH else {}
    right = numeric(block)
    columns = "".join(rf"p{{{0.92 * wide[k]:.2f}\linewidth}}" if k in wide else "r" if right[k] else "l" for k in range(len(right)))
    rows = [" & ".join(map(_cell, row)) + r" \\" for row in (block.head, *block.rows)]
    inside = "\n".join([r"\hline", rows[0], r"\hline", *rows[1:], r"\hline"])
    yield rf"\chain{{\renewcommand{{\arraystretch}}{{1.3}}\begin{{tabular}}{{{columns}}}" + f"\n{inside}\n" + r"\end{tabular}}"


def _cell(cell: Cell) -> str:
    return _text(cell) if isinstance(cell, str) else f"${latex(cell)}$"


def _picture(block: Picture) -> Iterable[str]:
    drawn = f"\\sbox{{\\wide}}{{%\n{tikz(block)}}}"
    yield rf"\par\medskip\begin{{center}}{drawn}\ifdim\wd\wide>\linewidth\resizebox{{\linewidth}}{{!}}{{\usebox{{\wide}}}}\else\usebox{{\wide}}\fi"
    if block.caption:
        yield rf"\par\nopagebreak\smallskip\textit{{{_text(sentence(block.caption))}}}"
    yield r"\end{center}"


def _text(text: str) -> str:
    """Plain text, with the quantities in it as mathematics."""
    return "".join(tex_text(piece) if isinstance(piece, str) else f"${latex(piece)}$" for piece in quantities(" ".join(text.split())))
