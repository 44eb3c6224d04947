"""What a sheet says of how it is marked, in its front matter under ``check:`` and ``slips:``; everything has a default."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from fractions import Fraction
from typing import Literal

from byhand.lang.errors import ByhandError

MOST_OWN = 200
"""Slips that one sheet may add."""


@dataclass(frozen=True, slots=True)
class OwnSlip:
    """A slip that the sheet adds: what somebody takes for a quantity, as formulas are written, and the mistake in words. ``line``: of the sheet."""

    quantity: str
    formula: str
    message: str
    line: int


@dataclass(frozen=True, slots=True)
class Settings:
    """How answers are marked.

    ``digits``: significant digits, or decimals, that a rounded number must at least have; with fewer it is compared as if it had so many.
    ``tolerance``: an absolute difference that is accepted besides. ``slip_marks``: what part of a quantity's marks an explained mistake leaves.
    ``marks``: the marks of single quantities, 1 where nothing is said. ``same_slip``: whether one slip in several places is charged once or each time.
    ``count``: whether answers count that the sheet does not ask for. ``own``: the slips that the sheet adds.
    ``marks_lines``: the line of the sheet in which marks are given for each.
    """

    digits: int = 2
    tolerance: Fraction = Fraction(0)
    slip_marks: Fraction = Fraction(1, 2)
    marks: Mapping[str, Fraction] = field(default_factory=dict[str, Fraction])
    same_slip: Literal["once", "each"] = "once"
    count: Literal["answered", "asked"] = "answered"
    own: tuple[OwnSlip, ...] = ()
    marks_lines: Mapping[str, int] = field(default_factory=dict[str, int], compare=False)


def settings_of(text: str) -> Settings:
    """What the front matter of a sheet's text says of marking it.

    ``ByhandError`` with the line for a setting that is not known, or one that has no such value.
    """
    settings = Settings()
    said: dict[str, int] = {}
    for line in _below(text, "check"):
        settings = _with(settings, line, said)
    own = tuple(_own_slip(line) for line in _below(text, "slips"))
    if len(own) > MOST_OWN:
        raise ByhandError(f"slips: {len(own)} slips are more than a sheet may add; the limit is {MOST_OWN}.", own[MOST_OWN].line)
    return replace(settings, own=own)


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    number: int


def _below(text: str, key: str) -> Iterator[_Line]:
    """The indented lines below ``key:`` between the two lines ``---`` at the top, without comments."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    end = next((k for k, line in enumerate(lines[1:], 1) if line.strip() == "---"), 0)
    inside = False
    for number, line in enumerate(lines[1:end] if lines[0].strip() == "---" else (), 2):
        if line.strip() and not line[0].isspace():
            name, colon, rest = line.partition(":")
            _check_indented(key, line, inside, number)
            _check_spelled(key, name.strip(), number)
            inside = bool(colon) and name.strip() == key
            if inside and rest.partition("#")[0].strip():
                raise ByhandError(f"{key}: what it says stands below it, each on a line of its own that is indented.", number)
        elif inside and (said := re.split(r"(?:^|\s)#", line)[0].strip()):
            yield _Line(said, number)


def _check_indented(key: str, line: str, inside: bool, number: int) -> None:
    """``ByhandError`` for a line that is meant to stand below ``key:`` and is not indented: it would be passed over."""
    name = _key(line.partition(":")[0])
    if inside and (name in _KEYS if key == "check" else line.startswith("-") or "=" in line.partition(":")[0]):
        raise ByhandError(f"{key}: the line {line.strip()[:60]!r} is not indented, so it does not belong to it; put spaces in front.", number)


def _check_spelled(key: str, name: str, number: int) -> None:
    """``ByhandError`` for a heading that is meant to be ``key:``, such as Check: or slip:, and would be passed over."""
    if name != key and name.lower().rstrip("s") == key.rstrip("s"):
        raise ByhandError(f"there is no setting {name}: at the top of a sheet. Did you mean {key}:?", number)


# ------------------------------------------------------------------------------------------------------- check:


def _key(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def _with(settings: Settings, line: _Line, said: dict[str, int]) -> Settings:
    """The settings with one more; ``said``: the lines of those that were said already."""
    name, colon, value = (part.strip() for part in line.text.partition(":"))
    key = _key(name)
    if key not in _KEYS:
        close = get_close_matches(key, _KEYS, n=1)
        meant = f" Did you mean {close[0].replace('_', ' ')}?" if close else ""
        raise ByhandError(f"check: there is no setting {name[:40]!r}; there are {', '.join(one.replace('_', ' ') for one in _KEYS)}.{meant}", line.number)
    if not colon or not value:
        raise ByhandError(f"check: {name} needs a value, as in {_EXAMPLES[key]}.", line.number)
    if key != "marks" and said.setdefault(key, line.number) != line.number:
        raise ByhandError(f"check: {name} is said twice, in line {said[key]} as well.", line.number)
    return _KEYS[key](settings, value, line.number)


def _digits(settings: Settings, value: str, line: int) -> Settings:
    if not re.fullmatch(r"\d{1,2}", value) or not 1 <= int(value) <= 15:
        raise ByhandError(f"check: digits is a whole number from 1 to 15, not {value[:40]}.", line)
    return replace(settings, digits=int(value))


def _tolerance(settings: Settings, value: str, line: int) -> Settings:
    if value.endswith("%"):
        raise ByhandError(f"check: tolerance is a difference that is accepted, such as 0.01; it cannot be a percentage, {value[:40]}.", line)
    return replace(settings, tolerance=_number("tolerance", value, line))


def _slip_marks(settings: Settings, value: str, line: int) -> Settings:
    part = _number("slip marks", value, line)
    if part > 1:
        raise ByhandError(f"check: slip marks is the part of the marks that an explained mistake leaves, from 0 to 1, not {value[:40]}.", line)
    return replace(settings, slip_marks=part)


def _marks(settings: Settings, value: str, line: int) -> Settings:
    found = dict(settings.marks)
    for entry in filter(None, (part.strip() for part in re.split(r"[,;]", value))):
        match = re.fullmatch(r"(\S.*?)\s*[:=\s]\s*([\d./%]+)", entry)
        if match is None:
            raise ByhandError(f"check: marks are names with numbers, as in {_EXAMPLES['marks']}; {entry[:40]!r} is neither.", line)
        found[match[1]] = _number("marks", match[2], line)
    return replace(settings, marks=found, marks_lines={**settings.marks_lines, **dict.fromkeys(found.keys() - settings.marks.keys(), line)})


def _same_slip(settings: Settings, value: str, line: int) -> Settings:
    match value:
        case "once" | "each":
            return replace(settings, same_slip=value)
        case _:
            raise ByhandError(f"check: same slip is once (charged once for all its places) or each (each time), not {value[:40]}.", line)


def _count(settings: Settings, value: str, line: int) -> Settings:
    match value:
        case "answered" | "asked":
            return replace(settings, count=value)
        case _:
            raise ByhandError(f"check: count is answered (every answer counts) or asked (only what the sheet asks for), not {value[:40]}.", line)


_KEYS: Mapping[str, Callable[[Settings, str, int], Settings]] = {
    "digits": _digits,
    "tolerance": _tolerance,
    "slip_marks": _slip_marks,
    "marks": _marks,
    "same_slip": _same_slip,
    "count": _count,
}
_EXAMPLES = {
    "digits": "digits: 3",
    "tolerance": "tolerance: 0.01",
    "slip_marks": "slip marks: 1/2",
    "marks": "marks: dL/dW1: 3, L: 2",
    "same_slip": "same slip: each",
    "count": "count: asked",
}


def _number(what: str, value: str, line: int) -> Fraction:
    """A decimal, a fraction or a percentage that is not negative."""
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{0,12})?|\.\d{1,12})(?:/(\d{1,9}))?\s*(%?)", value)
    below = Fraction(match[2] or 1) if match else Fraction(0)
    if match is None or not below:
        raise ByhandError(f"check: {what} needs a number that is not negative, such as 2, 0.5 or 1/2, not {value[:40]!r}.", line)
    return Fraction(match[1]) / below / (100 if match[3] else 1)


# ------------------------------------------------------------------------------------------------------- slips:


def _own_slip(line: _Line) -> OwnSlip:
    """``dL/dz = p + ys: the sign of the target is wrong``; the words may be left out."""
    formula, message = _cut(re.sub(r"^-\s+", "", line.text))
    name, equals, formula = (part.strip() for part in formula.partition("="))
    if not name or not equals or not formula:
        example = "dL/dz = t - p: the sign is wrong"
        raise ByhandError(f"slips: a slip is a quantity, what somebody takes for it, and the mistake in words, as in {example}.", line.number)
    return OwnSlip(name, formula, message.rstrip("."), line.number)


def _cut(text: str) -> tuple[str, str]:
    """Formula and words: cut at the first colon with a space behind it that stands in no bracket."""
    depth = 0
    for k, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if sign == ":" and depth <= 0 and text[k + 1 : k + 2] in ("", " ", "\t"):
            return text[:k].strip(), text[k + 1 :].strip()
    return text, ""
