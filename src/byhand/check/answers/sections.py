"""Answers under headings: what stands under 'gradients' are gradients, what stands under 'updated' comes after the step."""

from __future__ import annotations

import re

_GRADIENTS = re.compile(r"grad|deriv|ableit|dériv|backward|rückwärts", re.IGNORECASE)
_UPDATED = re.compile(r"^(?:new|neu)|updat|aktualis|after|nach|nouve|mis(?:es)? à jour", re.IGNORECASE)
_OTHER = re.compile(
    r"(?:forward|vorwärts|hidden|output|layer|schicht|part|teil|task|aufgabe|question|frage|step|schritt|param|weight|gewicht|bias|activation|loss|"
    r"input|intermediate|result|ergebnis|value|answer|antwort)|\(?[0-9a-f]\)$",
    re.IGNORECASE,
)
_IS_GRADIENT = re.compile(r"[d∂∇δ]\w|delta|grad|\\(?:nabla|partial|delta|frac)|[\wα-ω]+/", re.IGNORECASE)
_IS_UPDATED = re.compile(r"['′+]|new|neu|updat|next|after", re.IGNORECASE)


def is_heading(name: str) -> bool:
    """Whether a name is no person's but what a part of the answers is called."""
    return any(pattern.search(name) for pattern in (_GRADIENTS, _UPDATED)) or _OTHER.match(name) is not None


def under(heading: str, name: str) -> str:
    """The full name of what is called so under a heading."""
    if _GRADIENTS.search(heading) and not _IS_GRADIENT.match(name):
        return f"grad_{name}"
    if _UPDATED.search(heading) and not _IS_UPDATED.search(name):
        return f"{name}'"
    return name
