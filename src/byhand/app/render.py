"""A solution in the form that was asked for."""

from __future__ import annotations

import json
from importlib import import_module

from byhand.lang.errors import ByhandError
from byhand.sheets.answer import answer
from byhand.sheets.report import report
from byhand.sheets.solution import Part, Solution

FORMATS = ("text", "md", "tex", "html", "json")
_PAGES = {"text": "terminal", "md": "markdown", "tex": "tex", "html": "html"}


def render(solution: Solution, to: str = "text", *, digits: int = 6, part: str | None = None, width: int = 80, color: bool = False) -> str:
    """The solution, or one part of it, as text, Markdown, LaTeX, HTML or JSON.

    Raises ``ByhandError`` for a part that the sheet does not have.
    """
    parts = solution.parts if part is None else parts_called(solution, part)
    if to == "json":
        return json.dumps(answer(solution, parts), ensure_ascii=False, indent=1, allow_nan=False)
    page = import_module(f"byhand.show.{_PAGES[to]}")  # only the one that is needed: each brings libraries of its own
    document = report(solution, digits, parts)
    return page.render(document, width, color) if to == "text" else page.render(document)


def parts_called(solution: Solution, label: str) -> tuple[Part, ...]:
    found = tuple(part for part in solution.parts if part.label == label.strip("() ").lower())
    if not found:
        known = list(dict.fromkeys(part.label for part in solution.parts if part.label))
        raise ByhandError(f"{solution.name} has no part {label}; it has {', '.join(known) if known else 'no lettered parts'}.")
    return found
