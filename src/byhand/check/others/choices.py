"""Verdicts as people write them: holds, true, wahr, yes; fails, false, falsch, no."""

from __future__ import annotations

YES = (
    "yes",
    "y",
    "ja",
    "j",
    "holds",
    "hold",
    "true",
    "t",
    "wahr",
    "w",
    "correct",
    "right",
    "richtig",
    "stimmt",
    "proved",
    "proven",
    "gilt",
    "unique",
    "1",
    "✓",
)
NO = ("no", "n", "nein", "fails", "fail", "false", "f", "falsch", "wrong", "incorrect", "refuted", "disproved", "not", "not unique", "0", "✗")
WORDS = {"yes": YES, "no": NO, "undecided": ("undecided", "unknown", "open", "offen", "unklar")}
SAME = {"holds": "yes", "fails": "no"}


def choice(text: str) -> str | None:
    """yes, no or undecided; ``None`` where the text says none of them."""
    plain = text.strip().strip("$.!").strip().lower()
    for word in ("does not hold", "is not true", "is false", "gilt nicht", "stimmt nicht"):
        plain = "no" if plain.endswith(word) else plain
    for lead in ("it is ", "is ", "it ", "the claim "):
        plain = plain.removeprefix(lead)
    return next((word for word, others in WORDS.items() if plain in others), None)


def same(word: str, right: str) -> bool:
    """Whether two words say the same, as yes and holds do."""
    return SAME.get(right, right) == SAME.get(word, word)
