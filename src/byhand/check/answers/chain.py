"""A chain of equalities taken apart at the signs that stand outside all brackets."""

from __future__ import annotations

import re

_EQUALS = re.compile(
    r"\\(?:approx|equiv|coloneqq|simeq)(?![a-zA-Z])|&?\s?(?:(?<![<>!=:])=(?!=)|:=|≈|≡|≃)\s?&?"
    r"|\\begin\{[a-z]*matrix\}|\\end\{[a-z]*matrix\}|[\[({\])}]|\\[{}]|\\\\"
)


def links_of(text: str) -> tuple[str, ...]:
    """The links of a = b = c; one where no equals sign stands outside brackets. Closing brackets without a partner are passed over."""
    links, start, depth = list[str](), 0, 0
    for found in _EQUALS.finditer(text):
        mark = found.group()
        if mark in "([{" or mark.startswith("\\begin"):
            depth += 1
        elif mark in ")]}" or mark.startswith("\\end"):
            depth = max(0, depth - 1)
        elif depth == 0 and mark not in ("\\{", "\\}", "\\\\"):
            links.append(text[start : found.start()])
            start = found.end()
    links.append(text[start:])
    return tuple(filter(None, (tidy(link) for link in links))) or (text,)


def tidy(link: str) -> str:
    """Without the dollars, line ends and alignment marks around a formula, and the full stop behind it."""
    return unpunctuated(_undressed(link))


def _undressed(link: str) -> str:
    return link.strip(" \t\r\n$&").removesuffix("\\\\").removeprefix("\\\\").strip(" \t\r\n$&")


_STOP = re.compile(r"(?:(?<=[0-9])[,;]|(?<=[0-9]\.[0-9])\.|(?<=[0-9]\.[0-9]{2})\.|(?<=[0-9]{3})\.|(?<=[^0-9.\s,;])[.,;])$")


def unpunctuated(text: str) -> str:
    """Without a full stop, comma or semicolon at the end that belongs to the sentence; 2. stays a number."""
    return _STOP.sub("", text) if text[-1:] in ".,;" else text
