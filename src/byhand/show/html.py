"""A worked solution as one HTML file: MathML, no script, nothing loaded from anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from itertools import groupby
from typing import assert_never

from byhand.show.breaks import Piece, pieces
from byhand.show.document import Block, Cell, Claim, Document, Line, Lines, Marks, Note, Prose, Section, StepLine, Table, Worked
from byhand.show.html_prose import html_prose
from byhand.show.layout import layout
from byhand.show.marks.html import marks_html
from byhand.show.mathml import bracketed, mathml
from byhand.show.outline import Entry, anchored, contents, is_short, own_line, says_its_label, section_anchors, sentence, starts_with_words, used
from byhand.show.picture import Picture
from byhand.show.quantities import quantities
from byhand.show.svg import inline_svg
from byhand.show.tables import numeric
from byhand.show.tree import Tree
from byhand.show.unicode import text

STYLE = (files("byhand.show") / "page.css").read_text(encoding="utf-8")
PHONE = 30
"""A formula wider than this, in characters of the terminal's drawing, may break between its terms."""
SHORT_CELL = 24
"""A cell of a table with no more characters than this stays on one line."""
VERDICTS = {"holds": "✓ holds", "fails": "✗ does not hold", "undecided": "? undecided"}


def render(document: Document) -> str:
    """The whole page."""
    title = escape(document.title)
    document = anchored(document)
    sections = "".join(map(_section, section_anchors(document), document.sections))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        f"{_contents(contents(document))}{sections}</main>\n</body>\n</html>\n"
    )


def _contents(entries: Sequence[Entry]) -> str:
    if len(entries) + sum(len(entry.worked) for entry in entries) < 2:
        return ""
    return f'<nav aria-label="Contents"><strong>Contents</strong>\n<ol>\n{"".join(map(_entry, entries))}</ol></nav>\n'


def _entry(entry: Entry) -> str:
    worked = "".join(f'<a href="#{block.anchor}">{escape(text(block.title))}</a>' for block in entry.worked)
    inside = f' <span class="worked">{worked}</span>' if worked else ""
    return f'<li><a href="#{entry.anchor}">{_words(entry.heading)}</a>{inside}</li>\n'


def _section(anchor: str, section: Section) -> str:
    heading = f"({escape(section.label)})" if section.label and not says_its_label(section) else ""
    inside = "".join(map(_block, section.blocks))
    if heading and starts_with_words(section):
        inside = inside.replace("<p>", f"<p><strong>{heading}</strong> ", 1)
    elif heading:
        inside = f"<h2>{heading}</h2>\n{inside}"
    return f'<section id="{anchor}">\n{inside}</section>\n'


def _block(block: Block) -> str:
    match block:
        case Prose(markdown):
            return html_prose(markdown)
        case Lines():
            return _lines(block)
        case Worked():
            return _worked(block)
        case Claim():
            return _claim(block)
        case Note(remark):
            return f'<p class="note"><strong>Note.</strong> {_words(sentence(remark))}</p>\n'
        case Table():
            return _table(block)
        case Marks():
            return marks_html(block, _words)
        case Picture():
            return _picture(block)
        case _:
            assert_never(block)


# ------------------------------------------------------------------------------------------- mathematics


def _math(tree: Tree) -> str:
    return _element(mathml(tree))


def _words(said: str) -> str:
    """Plain text, with the quantities in it as mathematics."""
    return "".join(escape(piece) if isinstance(piece, str) else f"<math>{mathml(piece)}</math>" for piece in quantities(said))


def _element(inside: str) -> str:
    return f'<math displaystyle="true">{inside}</math>'


def chain(line: Line, kind: str = "chain") -> str:
    """The name on the left, and behind it a link for each equality, in as many rows as the page needs."""
    name, *links = line.links
    if not links:
        return f'<div class="{kind}"><span class="links"><span class="link">{_formula(name)}</span></span></div>\n'
    drawn = "".join(f'<span class="link">{_equals(sign)}{_formula(link)}</span>' for sign, link in zip(line.between, links))
    return f'<div class="{kind}"><span class="name">{_math(name)}</span><span class="links">{drawn}</span></div>\n'


def _equals(sign: str) -> str:
    return f'<span class="equals"><math><mo lspace="0" rspace="0">{escape(sign)}</mo></math></span>'


def _formula(tree: Tree) -> str:
    """One formula; a wide one in pieces, between which a narrow page may break it."""
    parts = _pieces(tree)
    if len(parts) == 1:
        return f'<span class="formula">{parts[0]}</span>'
    return f'<span class="formula"><span class="pieces">{"".join(parts)}</span></span>'


def _pieces(tree: Tree) -> list[str]:
    """Terms or factors; a long sum in brackets of one line is broken between its own terms."""
    if layout(tree).width <= PHONE:
        return [_math(tree)]
    done: list[str] = []
    for piece in pieces(tree):
        drawn = layout(piece.tree)
        inner = pieces(piece.tree) if piece.bracketed and drawn.height == 1 and drawn.width > PHONE else ()
        if inner:
            done.append(_piece(inner[0], before=f"{_sign(piece)}{_bracket('(')}"))
            done += map(_piece, inner[1:-1])
            done.append(_piece(inner[-1], after=_bracket(")")))
        else:
            done.append(_piece(piece))
    return done


def _piece(piece: Piece, before: str = "", after: str = "") -> str:
    inside = mathml(piece.tree)
    return _element(f"<mrow>{before}{_sign(piece)}{bracketed(inside) if piece.bracketed else inside}{after}</mrow>")


def _sign(piece: Piece) -> str:
    return f'<mo form="{"infix" if piece.sign != "−" else "prefix"}">{piece.sign}</mo>' if piece.sign else ""


def _bracket(sign: str) -> str:
    return f'<mo form="{"prefix" if sign == "(" else "postfix"}" stretchy="false">{sign}</mo>'


def _lines(block: Lines) -> str:
    caption = f'<p class="caption">{_words(block.caption)}</p>\n' if block.caption else ""
    return caption + _maths(block.lines)


def _maths(lines: Iterable[Line]) -> str:
    """Short lines beside each other, long ones alone."""
    groups = (("".join(map(chain, group)), short) for short, group in groupby(lines, is_short))
    return "".join(f'<div class="givens">{drawn}</div>\n' if short else drawn for drawn, short in groups)


# ---------------------------------------------------------------------------------- worked quantities


def _worked(block: Worked) -> str:
    more = "".join(map(_lines, block.more))
    return (
        f'<article id="{block.anchor}"><header><h3>{_math(block.title)}</h3></header>\n<div class="body">\n'
        f"{chain(block.line, 'chain result')}{_steps(block.steps, block.line)}{more}</div></article>\n"
    )


def _steps(steps: Sequence[StepLine], above: Line | None) -> str:
    if not steps:
        return ""
    return f'<ol class="steps">\n{"".join(_step(step, above) for step in steps)}</ol>\n'


def _step(step: StepLine, above: Line | None) -> str:
    """The rule, the reason, the line that the rule makes; the steps inside it fold open."""
    line = own_line(step, above)
    equality = used(step)
    formula = f"<math>{mathml(equality[0])}<mo>=</mo>{mathml(equality[1])}</math>{': ' if step.because else ''}" if equality else ""
    because = f'<span class="because">{formula}{_words(step.because)}</span>' if formula or step.because else ""
    inner = f"<details><summary>{_counted(len(step.inner))} inside</summary>\n{_steps(step.inner, None)}</details>\n" if step.inner else ""
    return f'<li><span class="rule">{_words(step.rule)}</span>{because}\n{chain(line) if line else ""}{inner}</li>\n'


def _counted(steps: int) -> str:
    return f"{steps} step{'s' * (steps != 1)}"


def _claim(block: Claim) -> str:
    return (
        f'<div class="claim {block.verdict}">{chain(Line((block.left, block.right)))}'
        f'<p><span class="verdict">{VERDICTS[block.verdict]}.</span> {_words(sentence(block.explanation))}</p>\n{_maths(block.counterexample)}</div>\n'
    )


# ------------------------------------------------------------------------------------ tables and pictures


def _table(block: Table) -> str:
    caption = f'<p class="caption">{_words(block.caption)}</p>\n' if block.caption else ""
    named = f' aria-label="{escape(block.caption)}"' if block.caption else ""
    right = numeric(block)
    head = "".join(map(_cell, ['th scope="col"'] * len(right), block.head, right))
    rows = "".join(f"<tr>{''.join(map(_cell, ['td'] * len(right), row, right))}</tr>\n" for row in block.rows)
    return f'{caption}<div class="data"><table{named}>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n'


def _cell(kind: str, cell: Cell, at_right: bool) -> str:
    inside = _words(cell) if isinstance(cell, str) else _math(cell)
    side = ' class="number"' if at_right else ' class="short"' if isinstance(cell, str) and len(cell) <= SHORT_CELL else ""
    return f"<{kind}{side}>{inside}</{kind[:2]}>"


def _picture(block: Picture) -> str:
    caption = f"<figcaption>{_words(sentence(block.caption))}</figcaption>\n" if block.caption else ""
    return f'<figure class="picture">\n{inline_svg(block)}\n{caption}</figure>\n'
