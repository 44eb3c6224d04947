"""The sheet's Markdown as Typst. Whatever a person wrote is in string literals; all markup is ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile

from markdown_it.token import Token

from byhand.show.prose import is_display, parse
from byhand.show.typst_tex import typst_tex
from byhand.show.typst_text import raw, words

_AROUND = {"strong_open": "#strong[", "em_open": "#emph[", "strong_close": "];", "em_close": "];", "softbreak": " ", "hardbreak": " \\ "}
_BLOCKS = {
    "heading_close": "];\n", "blockquote_open": "#said[", "blockquote_close": "];\n", "hr": "#rule;\n",
    "bullet_list_open": "#list(", "bullet_list_close": ");\n", "ordered_list_close": ");\n", "list_item_open": "[", "list_item_close": "],",
    "th_open": "[", "th_close": "], ", "td_open": "[", "td_close": "], ", "table_close": ");\n",
}  # fmt: skip


@dataclass(slots=True)
class _Walk:
    done: list[str] = field(default_factory=list[str])

    def take(self, token: Token, after: Iterable[Token]) -> None:
        match token.type:
            case "inline":
                self.done.append(inline(token.children or ()))
            case "heading_open":
                self.done.append(f"#heading(level: {min(int(token.tag[1:]) + 1, 4)}, outlined: false)[")
            case "paragraph_close":
                self.done.append(" " if token.hidden else "\n\n")
            case "fence" | "code_block":
                self.done.append(raw(token.content.rstrip("\n"), block=True) + "\n\n")
            case "ordered_list_open":
                self.done.append(f"#enum(start: {int(token.attrGet('start') or 1)}, ")
            case "table_open":
                self.done.append(f"#sheettable({_columns(after)}, ")
            case _:
                self.done.append(_BLOCKS.get(token.type, ""))


def typst_prose(markdown: str) -> str:
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
            found = typst_tex(token.content)
            return raw(token.content) if found is None else f"$ {found} $" if is_display(token) else f"${found}$"
        case "code_inline":
            return raw(token.content)
        case "text" | "image" | "text_special":
            return words(token.content)
        case _:
            return _AROUND.get(token.type, "")


def _columns(tokens: Iterable[Token]) -> int:
    """Of the table that begins here."""
    row = takewhile(lambda token: token.type != "tr_close", tokens)
    return sum(token.type == "th_open" for token in row) or 1
