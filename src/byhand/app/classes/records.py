"""Reports as lines of JSON and back again, so that a class that was interrupted need not be marked anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any, cast

from byhand.check.mark import Mark, Report, Tie
from byhand.check.report.answer import plain_json

_LISTED = ("because_of", "broken", "remarks")


def slim(report: Report) -> Report:
    """The report without what tables do not show and what is long: every cell, every interval."""
    marks = [replace(mark, cells=None, accepted=None, expected=None, read_as=None, counterexample=None) for mark in report.marks]
    return replace(report, marks=tuple(marks))


def to_line(report: Report) -> str:
    """The report as one line."""
    plain = {field.name: getattr(report, field.name) for field in fields(Report)}
    return json.dumps(plain | {"marks": [_mark(mark) for mark in report.marks]}, ensure_ascii=True, allow_nan=True)


def _mark(mark: Mark) -> dict[str, Any]:
    """Everything that says something."""
    found: dict[str, Any] = {}
    for field in fields(Mark):
        value = getattr(mark, field.name)
        if value is None or value == () or (isinstance(value, str) and not value):
            continue
        match field.name:
            case "marks" | "max":
                found[field.name] = str(value)
            case "ties":
                found[field.name] = [[tie.id, tie.message, tie.of] for tie in mark.ties]
            case _:
                found[field.name] = plain_json(value)
    return found


def from_line(line: str) -> Report:
    """What ``to_line`` wrote; ``ValueError`` for anything else."""
    try:
        plain = cast(dict[str, Any], json.loads(line))
        marks = tuple(_mark_back(one) for one in plain["marks"])
        return Report(**(plain | {"marks": marks, "problems": tuple(plain["problems"])}))
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
