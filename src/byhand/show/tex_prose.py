"""The sheet's Markdown as LaTeX."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile

from markdown_it.token import Token

from byhand.show.prose import is_display, parse
from byhand.show.tex_math import tex_math
from byhand.show.tex_text import tex_text

_AROUND = {
    "strong_open": r"\textbf{", "em_open": r"\emph{", "strong_close": "}", "em_close": "}",
    "softbreak": "\n", "hardbreak": "\\newline\n",
}  # fmt: skip
_BLOCKS = {
    "bullet_list_open": "\\begin{itemize}\n", "bullet_list_close": "\\end{itemize}\n", "ordered_list_close": "\\end{enumerate}\n",
    "list_item_open": "\\item{} ", "blockquote_open": "\\begin{quote}\n", "blockquote_close": "\\end{quote}\n",
    "hr": "\\medskip\\noindent\\hrulefill\\medskip\n\n", "tr_close": " \\\\\n", "table_close": "\\end{tabular}\\medskip\n\n",
}  # fmt: skip
_HEADINGS = {"h1": r"\subsection*{", "h2": r"\subsection*{", "h3": r"\subsubsection*{"}
_DEEPEST = 4
"""LaTeX refuses lists nested more deeply; their items are set in the list around them."""


@dataclass(slots=True)
class _Walk:
    done: list[str] = field(default_factory=list[str])
    depth: int = 0
    cell: int = 0

    def take(self, token: Token, after: Iterable[Token]) -> None:
        match token.type:
            case "inline":
                self.done.append(inline(token.children or ()))
            case "heading_open":
                self.done.append(_HEADINGS.get(token.tag, r"\paragraph*{"))
            case "heading_close":
                self.done.append("}\n\n")
            case "paragraph_close":
                self.done.append("\n" if token.hidden else "\n\n")
            case "fence" | "code_block":
                self.done += [r"\begin{quote}\ttfamily\noindent ", r"\\".join(_code(line) for line in token.content.rstrip().split("\n")), "\\end{quote}\n"]
            case "table_open":
                self.done.append(rf"\par\medskip\noindent\begin{{tabular}}{{{'l' * _columns(after)}}}" + "\n")
            case "tr_open":
                self.cell = 0
            case "th_open" | "td_open":
                self.done.append(" & " if self.cell else "")
                self.cell += 1
            case "bullet_list_open" | "ordered_list_open" | "bullet_list_close" | "ordered_list_close" | "list_item_open":
                self._listed(token)
            case _:
                self.done.append(_BLOCKS.get(token.type, ""))

    def _listed(self, token: Token) -> None:
        """Lists and their items; an ordered list keeps the number it starts with."""
        self.depth -= token.nesting == -1
        if self.depth < _DEEPEST or token.type == "list_item_open":
            self.done.append(_enumeration(token, self.depth) if token.type == "ordered_list_open" else _BLOCKS[token.type])
        self.depth += token.nesting == 1 and token.type != "list_item_open"


def tex_prose(markdown: str) -> str:
    walk = _Walk()
    tokens = parse(markdown)
    for place, token in enumerate(tokens):
        walk.take(token, islice(tokens, place, None))
    return "".join(walk.done).strip() + "\n"


def inline(tokens: Sequence[Token]) -> str:
    """What stands in a paragraph; links and images as their text."""
    return "".join(map(_inline, tokens))


def _inline(token: Token) -> str:
    match token.type:
        case "math":
            safe = tex_math(token.content)
            return _code(token.content) if safe is None else rf"\[{safe}\]" if is_display(token) else f"${safe}$"
        case "code_inline":
            return rf"\texttt{{{_code(token.content)}}}"
        case "text" | "image" | "text_special":
            return tex_text(token.content)
        case _:
            return _AROUND.get(token.type, "")


def _code(line: str) -> str:
    return tex_text(line.expandtabs(4)).replace("--", "-{}-").replace("``", "`{}`").replace("''", "'{}'").replace("  ", r"~~")


def _columns(tokens: Iterable[Token]) -> int:
    """Of the table that begins here."""
    row = takewhile(lambda token: token.type != "tr_close", tokens)
    return sum(token.type == "th_open" for token in row) or 1


def _enumeration(token: Token, depth: int) -> str:
    start = int(token.attrGet("start") or 1) - 1
    counter = ("enumi", "enumii", "enumiii", "enumiv")[min(depth, _DEEPEST - 1)]
    return "\\begin{enumerate}\n" + (rf"\setcounter{{{counter}}}{{{start}}}" + "\n" if start else "")
