"""The sheet's Markdown as HTML. Everything a person wrote is escaped; nothing is loaded from anywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from urllib.parse import urlsplit

from markdown_it.token import Token

from byhand.show.prose import parse, readable

_PLAIN = frozenset({"p", "ul", "li", "em", "strong", "blockquote", "table", "thead", "tbody", "tr", "th", "td"})
_SCRIPT = re.compile(r"([_^])(?:\{([^{}]*)\}|(\w))")
_LEVELS = {"_": "sub", "^": "sup"}
_HEADINGS = {"h1": "h2", "h2": "h3", "h3": "h4", "h4": "h5", "h5": "h6", "h6": "h6"}


def html_prose(markdown: str) -> str:
    return "".join(_block(token) for token in parse(markdown))


def _block(token: Token) -> str:
    match token.type:
        case "inline":
            return inline(token.children or ())
        case "fence" | "code_block":
            return f"<pre><code>{escape(token.content)}</code></pre>\n"
        case "hr":
            return "<hr>\n"
        case _:
            return _tag(token)


def inline(tokens: Sequence[Token]) -> str:
    return "".join(map(_inline, tokens))


def _inline(token: Token) -> str:
    match token.type:
        case "math":
            return f'<code class="tex">{_scripts(escape(readable(token.content)))}</code>'
        case "code_inline":
            return f"<code>{escape(token.content)}</code>"
        case "softbreak":
            return "\n"
        case "hardbreak":
            return "<br>\n"
        case "link_open":
            return f'<a href="{escape(_address(token))}" rel="noopener noreferrer nofollow">'
        case "link_close":
            return "</a>"
        case _:
            return _tag(token) if token.nesting else escape(token.content)


def _scripts(text: str) -> str:
    """Simple indices and exponents of TeX, in text that is escaped already."""
    return _SCRIPT.sub(lambda found: f"<{_LEVELS[found[1]]}>{found[2] or found[3]}</{_LEVELS[found[1]]}>", text)


def _tag(token: Token) -> str:
    """An element that may stand here, without any attribute that came from the sheet but the start of a list."""
    if token.hidden:
        return "\n" if token.nesting < 0 else ""
    name = _HEADINGS.get(token.tag, token.tag)
    if name not in _PLAIN and name not in _HEADINGS.values() and name != "ol":
        return ""
    start = token.attrGet("start") if name == "ol" else None
    number = f' start="{int(start)}"' if start is not None else ""
    return f"</{name}>\n" if token.nesting < 0 else f"<{name}{number}>"


def _address(token: Token) -> str:
    """Where a link goes; nowhere if that is not an ordinary page, mail address or place on this page."""
    address = str(token.attrGet("href") or "")
    try:
        scheme = urlsplit(address).scheme.lower()
    except ValueError:
        return "#"
    return address if scheme in ("http", "https", "mailto") or (not scheme and address.startswith("#")) else "#"
