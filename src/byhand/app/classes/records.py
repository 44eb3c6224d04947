"""Reports as lines of JSON and back again, so that a class that was interrupted need not be marked anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from operator import attrgetter
from typing import Any, cast

from byhand.check.mark import Mark, Report, Tie

_REPORT = ("sheet", "title", "digest", "version", "person", "problems")
_WORDS = ("message", "slip", "at", "because_of", "broken", "review", "remarks", "certainty", "first_wrong_link")
_words = attrgetter(*_WORDS)
_LISTED = ("because_of", "broken", "remarks")
_NOTHING = (None, "", ())


def to_line(report: Report) -> str:
    """The report as one line, without what tables do not show and what is long: every cell, every interval."""
    plain = {name: getattr(report, name) for name in _REPORT}
    return json.dumps(plain | {"marks": [_mark(mark) for mark in report.marks]})


def _mark(mark: Mark) -> dict[str, Any]:
    """Everything that says something."""
    found: dict[str, Any] = {"name": mark.name, "status": mark.status, "marks": str(mark.marks), "max": str(mark.max)}
    found |= {name: value for name, value in zip(_WORDS, _words(mark)) if value not in _NOTHING}
    if mark.ties:
        found["ties"] = [[tie.id, tie.message, tie.of] for tie in mark.ties]
    return found


def from_line(line: str) -> Report:
    """What ``to_line`` wrote; ``ValueError`` for anything else."""
    try:
        plain = cast(dict[str, Any], json.loads(line))
        marks = tuple(_mark_back(one) for one in plain["marks"])
        sheet, title, digest, version, person = (str(plain[name]) for name in ("sheet", "title", "digest", "version", "person"))
        return Report(sheet, title, digest, version, person, marks, tuple(plain["problems"]))
    except (KeyError, TypeError, AttributeError, ZeroDivisionError) as error:
        raise ValueError(f"this is no report: {error}") from None


def _mark_back(plain: Mapping[str, Any]) -> Mark:
    return Mark(**{name: _back(name, value) for name, value in plain.items()})


def _back(name: str, value: Any) -> Any:
    match name:
        case "marks" | "max":
            return Fraction(value)
        case "ties":
            return tuple(Tie(*one) for one in value)
        case _:
            return tuple(value) if name in _LISTED else value
