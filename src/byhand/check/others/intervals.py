"""Intervals as people write them: 0 < η < 1/5, (0, 0.2), ]0; 0,2[, η < 2/L."""

from __future__ import annotations

import re
from dataclasses import dataclass

NONE = re.compile(r"(none|no|empty|never|keine?|∅|\\emptyset|\{\s*\})", re.IGNORECASE)
RATE = r"(\\eta|η|eta|\\alpha|α|alpha|\\gamma|γ|gamma|lr|rate|learning[ _]rate|step[ _]?size)"
SIGNS = {"⩽": "≤", "≦": "≤", "<=": "≤", "=<": "≤", r"\leq": "≤", r"\le": "≤", r"\lt": "<", ">=": "≥", "⩾": "≥", r"\geq": "≥", r"\ge": "≥", r"\gt": ">"}
INSIDE = re.compile(rf"^\s*(?:{RATE}\s*(?:∈|\\in|in)\s*)?(?P<left>[(\[\]])(?P<inside>.+)(?P<right>[)\]\[])\s*$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class WrittenInterval:
    """An interval as written. An end is ``None`` where none was written; ``None`` for an open flag: nothing was said of it."""

    low: str | None
    high: str | None
    low_open: bool | None = None
    high_open: bool | None = None
    none: bool = False


def interval(text: str) -> WrittenInterval | None:
    """The interval that a text says, or ``None`` if it says none."""
    plain = text.strip().strip("$").strip().replace("\\left", "").replace("\\right", "").replace("\\,", " ")
    if NONE.fullmatch(plain):
        return WrittenInterval(None, None, none=True)
    return _compared(plain) or _bracketed(plain)


def unsaid(written: WrittenInterval) -> WrittenInterval:
    """The same ends, with nothing said of whether they belong to the interval."""
    return WrittenInterval(written.low, written.high, none=written.none)


def _bracketed(text: str) -> WrittenInterval | None:
    match = INSIDE.match(text)
    parts = _parted(match["inside"]) if match is not None else []
    if match is None or len(parts) != 2:
        return None
    return WrittenInterval(parts[0], parts[1], match["left"] != "[", match["right"] != "]")


def _parted(inside: str) -> list[str]:
    """What stands on either side of the semicolon, or of the one comma that is not inside of brackets."""
    sign = ";" if ";" in inside else ","
    depth, parts = 0, [""]
    for letter in inside:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == sign and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def _compared(text: str) -> WrittenInterval | None:
    """Inequalities, one chain or several joined by "and"."""
    for sign, plain in sorted(SIGNS.items(), key=lambda one: -len(one[0])):
        text = re.sub(re.escape(sign) + (r"(?![a-z])" if sign.startswith("\\") else ""), plain, text)
    found: dict[str, tuple[str, bool]] = {}
    for chain in re.split(r"\band\b|\bund\b|&+|∧|\\wedge|\\land", text):
        parts = [part.strip(" ,") for part in re.split(r"([<>≤≥])", chain)]
        if len(parts) not in (3, 5) or not all(parts):
            return None
        bounds = _bounds(parts)
        if bounds is None:
            return None
        found |= bounds
    if not found:
        return None
    low, high = found.get("low"), found.get("high")
    return WrittenInterval(low and low[0], high and high[0], low and low[1], high and high[1])


def _bounds(parts: list[str]) -> dict[str, tuple[str, bool]] | None:
    """The bounds that a chain such as a < η ≤ b gives: each end with whether it is left out."""
    if len(parts) == 5:
        left, first, _, second, right = parts
        if {first, second} <= {"<", "≤"}:
            return {"low": (left, first == "<"), "high": (right, second == "<")}
        return {"high": (left, first == ">"), "low": (right, second == ">")} if {first, second} <= {">", "≥"} else None
    left, sign, right = parts
    if re.fullmatch(RATE, right, re.IGNORECASE) or (not re.fullmatch(RATE, left, re.IGNORECASE) and re.fullmatch(r"[^\W\d]", right)):
        left, right, sign = right, left, {"<": ">", ">": "<", "≤": "≥", "≥": "≤"}[sign]
    return {"high" if sign in "<≤" else "low": (right, sign in "<>")}
