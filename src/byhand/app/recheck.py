"""``byhand recheck``: what was marked before, marked again by the sheet as it is now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from byhand.app.checking import prepared
from byhand.app.classes.opened import state_of, why
from byhand.app.render import page
from byhand.check.answers.read import from_text
from byhand.check.judge.judge import Judge
from byhand.check.report.answer import to_json
from byhand.check.report.recheck import changes, differences, document, handed_in, people
from byhand.lang.errors import ByhandError
from byhand.sheets.source import read_text

LARGEST = 500_000_000
"""Bytes of results that are read."""


def recheck(results: Path, sheet: Path, to: str = "text", width: int = 80, color: bool = False) -> str | bytes:
    """The page of differences. ``ByhandError`` where the results are none, or the answers were not kept in them."""
    old = {"people": [result for path in _files(results) for result in people(_read(path)).values()]}
    judge = prepared(*read_text(sheet))
    new = {"people": [_again(judge, result) for result in old["people"]]}
    found = document(differences(old, new), changes(old, new), f"{judge.exercise.title or judge.exercise.name}: marked again")
    return page(found, to, width, color)


def _files(results: Path) -> list[Path]:
    return sorted(results.glob("*.json")) if results.is_dir() else [results]


def _read(path: Path) -> Mapping[str, Any]:
    try:
        state_of(str(path))
        if path.stat().st_size > LARGEST:
            raise ByhandError(f"it is larger than {LARGEST:,} bytes.")
        found = json.loads(path.read_bytes())
    except (OSError, ByhandError) as error:
        raise ByhandError(f"cannot read {path}: {why(error)}") from None
    except (ValueError, RecursionError):
        raise ByhandError(f"cannot read {path}: it is no JSON; give what byhand check --to json wrote.") from None
    if not isinstance(found, dict):
        raise ByhandError(f"cannot read {path}: it is no result of byhand check; give what byhand check --to json wrote.")
    return cast(Mapping[str, Any], found)


def _again(judge: Judge, result: Mapping[str, Any]) -> Mapping[str, Any]:
    """As the sheet is now; what could not be read then is as it was."""
    if not result["answers"] and "hand_in" not in result:
        return result
    text, person = handed_in(result)
    return next(_results(judge, text, person))


def _results(judge: Judge, text: str, person: str) -> Iterator[Mapping[str, Any]]:
    for hand_in in from_text(text, person, "json"):
        yield to_json(judge.mark(hand_in), hand_in)
