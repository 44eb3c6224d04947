"""The sheet's Markdown as paragraphs for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token
from rich.cells import cell_len
from rich.text import Text

from byhand.show.prose import parse, readable

STYLES = {"strong_open": "bold", "em_open": "italic", "link_open": "underline"}
_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text with what stands before its first line and before the others. ``apart``: an empty line goes before it."""

    first: str
    later: str
    text: Text
    apart: bool = True


@dataclass(slots=True)
class _Walk:
    """The walk over block tokens: how deep it is in lists and quotations, and the row of a table in hand."""

    done: list[Paragraph] = field(default_factory=list[Paragraph])
    margins: list[str] = field(default_factory=list[str])
    counters: list[int] = field(default_factory=list[int])
    marker: str = ""
    cells: list[Text] | None = None
    tight: bool = False

    def take(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open":
                self.counters.append(-1)
            case "ordered_list_open":
                self.counters.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                self.counters.pop()
                self.tight = bool(self.counters)
            case "list_item_open":
                self._begin_item()
            case "blockquote_open":
                self.margins.append("│ ")
            case "list_item_close" | "blockquote_close":
                self.margins.pop()
            case "tr_open":
                self.cells = []
            case "tr_close":
                self._say(Text("  │  ").join(self.cells or []))
                self.cells, self.tight = None, True
            case "table_close":
                self.tight = False
            case _:
                self._leaf(token)

    def _begin_item(self) -> None:
        number = self.counters[-1]
        self.marker = "• " if number < 0 else f"{number}. "
        self.counters[-1] += number >= 0
        self.margins.append(" " * cell_len(self.marker))

    def _leaf(self, token: Token) -> None:
        match token.type:
            case "inline" if self.cells is not None:
                self.cells.append(inline(token.children or ()))
            case "inline":
                self._say(inline(token.children or ()))
            case "fence" | "code_block":
                for line in clean(token.content).rstrip("\n").split("\n"):
                    self._say(Text("    " + line.expandtabs(4)))
                    self.tight = True
                self.tight = bool(self.counters)
            case "heading_open":
                self.tight = False
            case "hr":
                self._say(Text("───"))
            case _:
                pass

    def _say(self, text: Text) -> None:
        later = "".join(self.margins)
        first = "".join(self.margins[:-1]) + self.marker if self.marker else later
        self.done.append(Paragraph(first, later, text, not self.tight))
        self.marker, self.tight = "", bool(self.counters)


def paragraphs(markdown: str) -> list[Paragraph]:
    """Headings, paragraphs, list items, rows of tables and lines of code, each as one paragraph."""
    walk = _Walk()
    heading = False
    for token in parse(markdown):
        walk.take(token)
        if heading and token.type == "inline":
            walk.done[-1].text.stylize("bold")
        heading = token.type == "heading_open"
    return walk.done


def inline(tokens: Sequence[Token]) -> Text:
    """Emphasis as styles; code and mathematics as text."""
    done, styles = Text(), [""]
    for token in tokens:
        if token.nesting == 1:
            styles.append(f"{styles[-1]} {STYLES.get(token.type, '')}".strip())
        elif token.nesting == -1:
            styles.pop()
        elif token.type in ("softbreak", "hardbreak"):
            done.append(" " if token.type == "softbreak" else "\n")
        elif token.type == "math":
            done.append(clean(readable(token.content)), styles[-1])
        else:
            done.append(clean(token.content), "cyan" if token.type == "code_inline" else styles[-1])
    return done


def clean(text: str) -> str:
    """Without the control characters with which a stranger's sheet could steer a terminal."""
    return text.translate(_CONTROLS)
