"""A single number in the ways people write it: decimal commas, fractions, about-signs, digits cut off."""

from __future__ import annotations

import re
from fractions import Fraction

from byhand.check.answers.digits import Digits, decimal, exact, half_unit
from byhand.check.answers.entry import Unread
from byhand.check.answers.limits import MAX_DIGITS, short

_ABOUT = re.compile(r"^(?:(?:≈|~|=|:=|ca\.|circa|approx\.|about|etwa|rund)\s*)+")
_AFTER = re.compile(r"\s*[(\[]?\s*(?:rounded|gerundet|exact|exactly|approx\.?|approximately|nats?|bits?|units?|Einheiten)\s*[)\]]?$")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+|[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3}){2,}|[+-]?[0-9]{1,3}(?:['_][0-9]{3})+(?:\.[0-9]+)?")
_THOUSANDS_DOT = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}")
_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?")
_CUT_OFF = re.compile(r"([+-]?[0-9]*[.,][0-9]+)\s*\.\.\.")
_RATIO = re.compile(r"([+-]?)\s*\(?\s*([+-]?[0-9.]+)\s*\)?\s*/\s*\(?\s*([+-]?[0-9.]+)\s*\)?")
_PERCENT = re.compile(r"[+-]?[0-9.,]+\s*\\?%")
_SIGN = re.compile(r"^([+-])\s+(?=[0-9.])")
NO_NUMBER = re.compile(r"[+-]?\s*(?:nan|inf|infinity|∞|\\infty)", re.IGNORECASE)


def not_finite(text: str) -> Unread:
    return Unread(f"{short(text, 20)} is not a number; every entry must be finite.", short(text))


def scalar(text: str, repairs: list[str]) -> Digits | Unread | None:
    """The number that a text is, with its signs in one spelling; ``None`` where it is none."""
    found = decimal(text)
    if found is not None:
        return found
    if len(text) > 2 * MAX_DIGITS + 50:
        return None
    bare = _AFTER.sub("", _ABOUT.sub("", _SIGN.sub(r"\1", text.strip()))).strip()
    bare = _SIGN.sub(r"\1", _unwrapped(bare))
    return decimal(bare) or _written_out(bare, repairs)


def _unwrapped(text: str) -> str:
    """Without the brackets, dots and commas that may stand around a single number."""
    while text[:1] == "(" and text[-1:] == ")" and "," not in text and text.count("(") == 1:
        text = text[1:-1].strip()
    while text[:1] == "{" and text[-1:] == "}":
        text = text[1:-1].strip()
    return text.rstrip(".,;") if text[-1:] in ".,;" and not text.endswith("...") and any(c.isdigit() for c in text[-3:]) else text


def _written_out(text: str, repairs: list[str]) -> Digits | Unread | None:
    if NO_NUMBER.fullmatch(text):
        return not_finite(text)
    if _PERCENT.fullmatch(text):
        return Unread(f"{short(text, 20)} is a percentage; write it as a decimal number.", short(text))
    if (cut := _CUT_OFF.fullmatch(text)) is not None:
        return _cut(cut[1], text, repairs)
    if _THOUSANDS.fullmatch(text) or _THOUSANDS_DOT.fullmatch(text):
        return _grouped(text, repairs)
    if _COMMA.fullmatch(text):
        repairs.append(f"the comma in {short(text, 20)} read as the decimal point")
        return decimal(text.replace(",", "."))
    ratio = _RATIO.fullmatch(text)
    return None if ratio is None else _ratio(ratio[1], ratio[2], ratio[3])


def _cut(digits: str, text: str, repairs: list[str]) -> Digits | Unread | None:
    """Digits that go on: the last one is uncertain by a whole unit."""
    found = decimal(digits.replace(",", "."))
    if not isinstance(found, tuple):
        return found
    value, _, significant, decimals, read = found
    repairs.append(f"{short(text, 20)} read as {read}, cut off after its last digit")
    return value, 2 * half_unit(decimals), significant, decimals, read


def _grouped(text: str, repairs: list[str]) -> Digits | Unread | None:
    """1,234.5 and 1.234,5, with marks between the thousands."""
    bare = re.sub("[,'_]", "", text) if _THOUSANDS.fullmatch(text) else text.replace(".", "").replace(",", ".")
    repairs.append(f"{short(text, 20)} read as {bare}")
    return decimal(bare)


def _ratio(sign: str, over: str, under: str) -> Digits | Unread | None:
    """An exact fraction."""
    top, bottom = decimal(over), decimal(under)
    if not isinstance(top, tuple) or not isinstance(bottom, tuple):
        return top if isinstance(top, Unread) else bottom if isinstance(bottom, Unread) else None
    if not bottom[0]:
        return Unread(f"cannot divide by zero in {short(f'{over}/{under}', 20)}.")
    value = Fraction(over) / Fraction(under)
    negative = sign == "-"
    return exact(-value if negative else value, f"{'-' if negative else ''}{over}/{under}")
