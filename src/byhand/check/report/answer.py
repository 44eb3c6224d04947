"""A marked hand-in as JSON: the contract that course systems, practice pages and ``byhand recheck`` build on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, TypeAlias, cast

import numpy as np

from byhand.check.answers.entry import Entry, HandIn, Numbers
from byhand.check.mark import Mark, Report, Tie
from byhand.check.report.strangers import encodable

Json: TypeAlias = Any


def to_json(report: Report, hand_in: HandIn | None = None, file: str = "", answers: bool = True) -> dict[str, Json]:
    """The report for other programs. Keys that would say nothing are left out, but for every answer its status is there.

    With the hand-in itself under ``hand_in``, so that it can be marked again when the sheet has changed: its answers as they were
    written, and, where it is known, the file it came from. ``answers``: with what was expected.
    """
    whole = {
        "sheet": report.sheet,
        "title": report.title,
        "digest": report.digest,
        "version": report.version,
        "person": report.person,
        "answers": {mark.name: mark_json(mark if answers else _without_truth(mark)) for mark in report.marks},
        "first_wrong": report.first_wrong,
        "marks": number(report.total),
        "max": number(report.most),
        "problems": list(report.problems),
        "hand_in": _hand_in(hand_in, file) if hand_in is not None else None,
    }
    always = ("sheet", "answers", "first_wrong", "marks", "max")
    return _clean({key: value for key, value in whole.items() if key in always or value not in (None, "", [])})


def _without_truth(mark: Mark) -> Mark:
    return replace(mark, expected=None, accepted=None, counterexample=None)


def mark_json(mark: Mark) -> dict[str, Json]:
    """One answer. ``because_of`` is the first quantity it follows from; where there are several, ``because_of_all`` lists them."""
    said = {
        "status": mark.status,
        "slip": mark.slip,
        "at": mark.at if mark.at != mark.name else None,
        "message": mark.message,
        "because_of": mark.because_of[0] if mark.because_of else None,
        "because_of_all": list(mark.because_of) if len(mark.because_of) > 1 else None,
        "read_as": mark.read_as,
        "cells": mark.cells,
        "expected": mark.expected,
        "accepted": mark.accepted,
        "broken": list(mark.broken),
        "review": mark.review,
        "remarks": list(mark.remarks),
        "certainty": mark.certainty,
        "counterexample": mark.counterexample,
        "first_wrong_link": mark.first_wrong_link,
    }
    kept = {key: plain_json(value) for key, value in said.items() if not _says_nothing(value)}
    ties = {"ties": [_tie(tie) for tie in mark.ties]} if mark.status == "slip" or mark.ties else {}
    return kept | ties | {"marks": number(mark.marks), "max": number(mark.max)}


def _tie(tie: Tie) -> dict[str, str]:
    return {"slip": tie.id, "message": tie.message, "at": tie.of}


def _says_nothing(value: object) -> bool:
    return value is None or (isinstance(value, (str, list, tuple, dict)) and not value)


def number(value: Fraction) -> int | float:
    """Whole numbers without a point."""
    return value.numerator if value.denominator == 1 else float(value)


def plain_json(value: object) -> Json:
    """Nested lists, numbers, words; numbers that JSON lacks as words."""
    match value:
        case np.ndarray():
            return plain_json(value.tolist())
        case np.generic():
            return plain_json(value.item())
        case Fraction():
            return number(value)
        case float() if not math.isfinite(value):
            return str(value)
        case tuple() | list():
            return [plain_json(part) for part in cast("list[object]", value)]
        case Mapping():
            return {str(key): plain_json(part) for key, part in cast("Mapping[object, object]", value).items()}
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)


def _clean(value: Json) -> Json:
    """The same with strings that can be written to a file."""
    match value:
        case str():
            return encodable(value)
        case dict():
            return {encodable(str(key)): _clean(part) for key, part in cast("dict[object, object]", value).items()}
        case list():
            return [_clean(part) for part in cast("list[object]", value)]
        case _:
            return value


# ------------------------------------------------------------------------------------------------- the hand-in


def _hand_in(hand_in: HandIn, file: str) -> dict[str, Json]:
    return ({"file": file} if file else {}) | {"answers": list(map(_written, hand_in.entries))}


def _written(entry: Entry) -> dict[str, Json]:
    """An answer as it was written. Numbers whose trailing zeros were lost before byhand saw them are marked, so that they are read the same way again."""
    lost = isinstance(entry.content, Numbers) and entry.content.zeros_lost
    text = entry.written or " = ".join((*entry.links, entry.content.text))
    return {"name": entry.name, "text": text} | ({"zeros_lost": True} if lost else {})
