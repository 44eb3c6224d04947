"""Text that strangers wrote, made harmless for a page: no control characters, no hidden or reversed letters, no endless lines."""

from __future__ import annotations

import re

MOST = 400
"""Characters of one remark that are shown."""
_CONTROLS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.?|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""What steers a terminal, whole sequences at a time."""
_HIDDEN = re.compile("[\u00ad\u061c\u115f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]")
"""Marks that turn the direction of writing, and characters without width: what is read is to be what is there."""
_SURROGATES = re.compile("[\ud800-\udfff]")
_LONGEST_WORD = 24
_STACKED = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{3})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)
"""More accents on one letter than any language has."""


def harmless(text: str, most: int = MOST) -> str:
    """The text on one line, without what is not seen, cut after so many characters."""
    head = text[: 4 * most + 64]
    shown = _STACKED.sub(r"\1", _HIDDEN.sub("", _CONTROLS.sub("", encodable(head))))
    shown = " ".join(shown.split())
    if len(shown) <= most and len(head) == len(text):
        return shown
    cut = shown[: most - 1]
    words, blank, last = cut.rpartition(" ")
    return f"{words if blank and len(last) < _LONGEST_WORD else cut}…"


def encodable(text: str) -> str:
    """The text with a question mark for halves of characters, which no file can hold."""
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
