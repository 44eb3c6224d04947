"""The sheet's own Markdown as tokens: CommonMark with tables and ``$…$`` mathematics, raw HTML switched off."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from byhand.show.names import GREEK

_MATH = re.compile(r"\$`(?P<ticked>[^`\n]+)`\$|\$\$(?P<double>[^$]+)\$\$|\$(?P<single>(?=[^\s$])[^$\n]*?(?<=[^\s\\]))\$(?!\d)")
_OPENING = re.compile(r"<(?=[A-Za-z/!?])")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_SIGNS = {letters: greek for letters, (greek, _) in GREEK.items()} | {
    "varepsilon": "ε", "varphi": "φ", "partial": "∂", "nabla": "∇", "sum": "Σ", "prod": "Π", "cdot": "·", "times": "×", "odot": "⊙", "le": "≤", "leq": "≤",
    "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "in": "∈", "to": "→", "top": "ᵀ", "infty": "∞", "dots": "…", "ldots": "…", "cdots": "⋯",
    "pm": "±", "ell": "ℓ", "left": "", "right": "", "mathbf": "", "mathrm": "", "mathit": "", "text": "", "operatorname": "", "quad": "  ", "mid": "|",
}  # fmt: skip


def _dollars(state: StateInline, silent: bool) -> bool:
    """``$…$``, ``$$…$$`` and GitHub's ``$`…`$`` become one token whose content no other rule sees."""
    found = _MATH.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        token = state.push("math", "math", 0)
        token.content = next(inside for inside in found.groups() if inside is not None).strip()
        token.meta = {"display": found["double"] is not None}
    state.pos = found.end()
    return True


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.inline.ruler.before("escape", "dollars", _dollars)
    return parser


_PARSER = _parser()


def parse(markdown: str) -> list[Token]:
    """Block tokens; what stands in a paragraph is in the children of its ``inline`` token."""
    return _PARSER.parse(markdown)


def without_tags(markdown: str) -> str:
    """The same Markdown, in which no reader finds HTML: behind a < that could open a tag there is a space, except in blocks of code."""
    lines = markdown.split("\n")
    code = {line for token in parse(markdown) if token.type in ("fence", "code_block") and token.map for line in range(*token.map)}
    return "\n".join(line if number in code else _OPENING.sub("< ", line) for number, line in enumerate(lines))


def words(markdown: str) -> str:
    """The text alone, on one line."""
    inline = [child for token in parse(markdown) for child in token.children or ()]
    return " ".join("".join(map(_word, inline)).split())


def _word(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return readable(token.content) if token.type == "math" else token.content


def readable(tex: str) -> str:
    """TeX mathematics with its commonest signs put in as Unicode; the rest stays as it is."""
    signs = _COMMAND.sub(lambda found: _SIGNS.get(found[1], found[0]), tex)
    return " ".join(signs.replace("^ᵀ", "ᵀ").replace("^{ᵀ}", "ᵀ").replace(r"\,", " ").replace(r"\;", " ").split())


def is_display(token: Token) -> bool:
    """Whether mathematics stands in a line of its own."""
    return bool(token.meta.get("display"))
