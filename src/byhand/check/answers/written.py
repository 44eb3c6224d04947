"""Numbers and formulas as written: which of the two an answer is, and what was mended to read it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeGuard

import numpy as np

from byhand.check.answers.brackets import Comma, Nested, nested
from byhand.check.answers.chain import links_of, unpunctuated
from byhand.check.answers.digits import Digits, decimal, exact
from byhand.check.answers.entry import Content, Formulas, Numbers, Unread
from byhand.check.answers.limits import MAX_ARRAY, MAX_AXES, MAX_ENTRIES, MAX_FORMULA, short
from byhand.check.answers.scalar import NO_NUMBER, not_finite, scalar
from byhand.check.answers.signs import plain
from byhand.run.arrays import Array


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, what was mended to read it, and the formulas it was said to come from."""

    content: Content
    repairs: tuple[str, ...] = field(default=())
    links: tuple[str, ...] = field(default=())


def numbers(value: object, *, zeros_lost: bool = False, comma: Comma | None = None, repairs: list[str] | None = None) -> Numbers | Unread:
    """An array of numbers from text, a number, or nested lists of either.

    ``comma`` says what commas between digits are, where the text does not show it. What was mended is added to ``repairs``.
    """
    found = _numbers(value, zeros_lost, comma, [] if repairs is None else repairs)
    return Unread(f"{short(str(value))} is not a number, nor a list of numbers.", short(str(value))) if found is None else found


def written(value: object, *, zeros_lost: bool = False) -> Written | None:
    """An answer of any kind, ``None`` where nothing was answered."""
    if isinstance(value, str):
        return _text(value)
    repairs: list[str] = []
    return None if _is_blank(value) else Written(numbers(value, zeros_lost=zeros_lost, repairs=repairs), tuple(dict.fromkeys(repairs)))


def _is_blank(value: object, depth: int = 0) -> bool:
    """Whether nothing stands there, or a list of nothing."""
    if isinstance(value, list):
        return depth < MAX_AXES and all(_is_blank(part, depth + 1) for part in value)
    return value is None or (isinstance(value, str) and value.strip() in _BLANK)


_BLANK = frozenset(["", "-", "–", "—", "?", "…", "...", "n/a", "N/A", "none", "None", "null", "tbd", "TODO", "todo", "_", "___"])
_ONLY_BRACKETS = re.compile(r"[\[({]([\s,;]|[\[({][\s,;]*[\])}])*[\])}]").fullmatch
"""A list of nothing, or of lists of nothing; brackets that do not close are no answer that was left out."""


def _text(text: str) -> Written | None:
    stripped = unpunctuated(text.strip())
    if stripped in _BLANK or (len(stripped) <= MAX_FORMULA and _ONLY_BRACKETS(stripped)):
        return None
    if len(stripped) > MAX_ARRAY:
        return Written(Unread(f"an answer with {len(stripped):,} characters is refused; the limit is {MAX_ARRAY:,}.", short(stripped)))
    repairs: list[str] = []
    found = _numbers(stripped, False, None, repairs)
    if found is not None:
        return Written(found, tuple(dict.fromkeys(repairs)))
    if len(stripped) > MAX_FORMULA:
        return Written(Unread(f"a formula with {len(stripped):,} characters is refused; the limit is {MAX_FORMULA:,}.", short(stripped)))
    return _chain(stripped)


def _chain(text: str) -> Written:
    """A formula or a chain of them; where a chain ends with numbers these are the answer."""
    links = links_of(text)
    repairs: list[str] = []
    last = _numbers(links[-1], False, None, repairs) if len(links) > 1 else None
    if last is None:
        return Written(Formulas(links, text))
    return Written(last, tuple(dict.fromkeys(repairs)), tuple(link for link in links[:-1] if _is_formula(link)))


def _is_formula(link: str) -> bool:
    """Whether a link of a chain is about letters, and no matrix of numbers stands in it."""
    return "\\begin" not in link and any(c.isalpha() for c in link) and _numbers(link, False, None, []) is None


# --------------------------------------------------------------------------------------------------------- numbers


def _numbers(value: object, zeros_lost: bool, comma: Comma | None, repairs: list[str]) -> Numbers | Unread | None:
    if isinstance(value, str):
        read = _nested_text(value, comma, repairs)
        return read if read is None or isinstance(read, (Numbers, Unread)) else array(read, zeros_lost or _shortened(value))
    if isinstance(value, np.ndarray):
        return array(_leaves(value.tolist(), repairs), zeros_lost)
    return array(_leaves(value, repairs), zeros_lost)


def _shortened(text: str) -> bool:
    """2. as programs print a float without its zeros."""
    return "." in text and _WITHOUT_ZEROS.search(text) is not None


_WITHOUT_ZEROS = re.compile(r"[0-9]\.(?:[\s,\])]|$)")
_JSON_ARRAY = re.compile(r"\[[-0-9.,eE\s\[\]]*\]").fullmatch


def _nested_text(text: str, comma: Comma | None, repairs: list[str]) -> Nested | Unread | None:
    found = decimal(text)
    if found is not None:
        return found
    if len(text) > MAX_ARRAY:
        return Unread(f"an answer with {len(text):,} characters is refused; the limit is {MAX_ARRAY:,}.", short(text))
    if comma is None and text[:1] == "[" and _JSON_ARRAY(text) and not _DOUBTFUL(text):
        try:
            return PLAIN_JSON.decode(text)
        except (ValueError, RecursionError):
            pass
    return _spelled(text, comma, repairs)


_DOUBTFUL = re.compile(r"[0-9],[0-9](?=.*[0-9],\s)|[0-9],\s(?=.*[0-9],[0-9])", re.DOTALL).search
_WRAPPER = re.compile(r"(?:[A-Za-z_]+\.)*(?:array|asarray|tensor|Tensor|Array|DeviceArray|matrix|Matrix|MutableDenseMatrix|ImmutableMatrix|list)\s*\(")
_NUMPY_SCALAR = re.compile(r"(?:np|numpy|jnp|torch)\.(?:float|int|uint|double|single)[0-9_]*\(([^()]*)\)")
_OPTIONS = re.compile(r",\s*(?:dtype|device|requires_grad|grad_fn|weak_type)\s*=\s*[^,\[\]]*$")
_TRANSPOSED = re.compile(r"\s*(?:\^\s*\{?\s*\\?[Tt]\s*\}?|\.T|\^\s*\{\s*T\s*\}|')$")


def _spelled(text: str, comma: Comma | None, repairs: list[str]) -> Nested | Unread | None:
    """The ways that are not JSON."""
    mended: list[str] = []
    bare = _unwrapped(plain(text))
    one = scalar(bare, mended) if comma != "between" else None
    if one is None:
        turned = _TRANSPOSED.search(bare) if bare[-1:] in "tT'}" else None
        one = _listed(bare[: turned.start()] if turned else bare, comma, mended)
        one = _transposed(one) if turned and isinstance(one, list) else one
    if one is not None:
        repairs += mended
    return one


def _listed(text: str, comma: Comma | None, repairs: list[str]) -> Nested | Unread | None:
    if not (any(c.isdigit() for c in text[:200]) or text[:1] in "[(" or NO_NUMBER.match(text)):
        return None
    mended: list[str] = []
    found = nested(text, comma, mended)
    if comma is None and isinstance(found, list) and isinstance(array(found), Unread):
        other = nested(text, "point", again := [])
        if isinstance(other, list) and not isinstance(array(other), Unread):
            found, mended = other, again  # the commas make a ragged list between the entries, and none as decimal points
    repairs += mended
    return found


def _unwrapped(text: str) -> str:
    """Without the names of the programs that print arrays."""
    if "(" not in text:
        return text.strip("`").strip()
    text = _NUMPY_SCALAR.sub(r"\1", text.strip("`").strip())
    wrapper = _WRAPPER.match(text)
    if wrapper is None or text[-1:] != ")":
        return text
    inner = text[wrapper.end() : -1].strip()
    while (options := _OPTIONS.search(inner)) is not None:
        inner = inner[: options.start()].strip()
    return inner


def _transposed(rows: list[Any]) -> list[Any]:
    """[2, 7]ᵀ is a column."""
    if not isinstance(rows[0], list):
        return [[entry] for entry in rows]
    widths = {len(row) if isinstance(row, list) else 0 for row in rows}
    return [list(column) for column in zip(*rows)] if len(widths) == 1 else rows


def _leaves(value: object, repairs: list[str]) -> Nested | Unread:
    """Nested lists whose leaves are text or numbers, as nested lists of digits."""
    if isinstance(value, (list, tuple)) and not _is_digits(value):
        parts = [_leaves(part, repairs) if not _is_digits(part) else part for part in _limited(value)]
        return next((part for part in parts if isinstance(part, Unread)), parts)
    return _leaf(value, repairs)


def _limited(value: Sequence[object]) -> Sequence[object]:
    return value[: MAX_ENTRIES + 1]


def _is_digits(value: object) -> TypeGuard[Digits]:
    return isinstance(value, tuple) and len(value) == 5 and isinstance(value[4], str) and isinstance(value[0], float)


def _leaf(value: object, repairs: list[str]) -> Digits | Unread | list[Any]:
    match value:
        case None:
            return Unread("an entry is missing.")
        case bool():
            return Unread(f"{value} is no number.")
        case str():
            found = _nested_text(value.strip(), None, repairs)
            return found if found is not None else Unread(f"{short(value)} stands among numbers and is none." if value.strip() else "an entry is missing.")
        case Fraction():
            return exact(value, str(value)) if value.denominator != 1 else _leaf(str(value), repairs)
        case int() | float() | np.number():
            return decimal(repr(value) if isinstance(value, (int, float)) else repr(value.item())) or not_finite(str(value))
        case _ if _is_digits(value) or isinstance(value, Unread):
            return value
        case _:
            return Unread(f"{short(str(value))} is no number.")


def array(parts: Nested | Unread, zeros_lost: bool = False) -> Numbers | Unread:
    """Digits in nested lists as arrays; ragged lists are refused."""
    dims: tuple[int, ...] = ()
    level: list[Any] = [parts]
    while type(level[0]) is list:
        count = len(level[0])
        for part in level:
            if type(part) is not list or len(part) != count:
                return _ragged(level, part)
        dims = (*dims, count)
        level = level[0] if len(level) == 1 else [entry for part in level for entry in part]
        if not level:
            return Unread("a list without entries is no answer.")
        if len(level) > MAX_ENTRIES or len(dims) > MAX_AXES:
            return Unread(f"an answer with more than {MAX_ENTRIES:,} numbers or {MAX_AXES} axes is refused.")
    for entry in level:
        if type(entry) is not tuple:
            return _ragged(level, entry)
    values, halves, significant, decimals, texts = zip(*level)
    if len(dims) < 2:
        text = texts[0] if not dims else f"[{', '.join(texts)}]"
    else:
        text = joined_text(dims, texts)
    return Numbers(_array(values, dims), _array(halves, dims), _array(significant, dims), _array(decimals, dims), text, zeros_lost)


def _array(entries: tuple[Any, ...], dims: tuple[int, ...]) -> Array:
    return np.array(entries) if len(dims) == 1 else np.array(entries).reshape(dims)


def joined_text(shape: tuple[int, ...], texts: Sequence[str]) -> str:
    """The texts of entries as nested lists."""
    if not shape:
        return texts[0]
    parts: Sequence[str] = texts
    for count in reversed(shape):
        parts = [f"[{', '.join(parts[k : k + count])}]" for k in range(0, len(parts), count)]
    return parts[0]


def _ragged(level: list[Any], odd: object) -> Unread:
    """Why the parts of a list do not make an array."""
    bad = next((part for part in level if isinstance(part, Unread)), None)
    if bad is not None:
        return bad
    other = next((part for part in (odd, *level) if isinstance(part, list)), None)
    if other is None:
        return Unread("an entry is no number.")
    return Unread(f"the list is ragged: one part has {_size(level[0])}, another {_size(odd if odd is not level[0] else other)}.")


def _size(part: object) -> str:
    return f"{len(part)} entr{'y' if len(part) == 1 else 'ies'}" if isinstance(part, list) else "a single number"


PLAIN_JSON = json.JSONDecoder(parse_float=decimal, parse_int=decimal, parse_constant=not_finite)
