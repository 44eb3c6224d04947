"""A solution in the form that was asked for."""

from __future__ import annotations

import json
from importlib import import_module
from types import ModuleType
from typing import Literal, TypeAlias, overload

from byhand.lang.errors import ByhandError
from byhand.sheets.answer import answer
from byhand.sheets.report import report
from byhand.sheets.solution import Part, Solution
from byhand.show.document import Document

FORMATS = ("text", "md", "tex", "html", "pdf", "ipynb", "json")
TextForm: TypeAlias = Literal["text", "md", "tex", "html", "ipynb", "json"]
BinaryForm: TypeAlias = Literal["pdf"]
_PAGES = {"text": "terminal", "md": "markdown", "tex": "tex", "html": "html", "pdf": "typst_page"}
_EXTRAS = {"typst": "pdf"}
"""The packages that a plain installation lacks, and the extra that brings each."""


@overload
def render(solution: Solution, to: TextForm = "text", *, digits: int = 6, part: str | None = None, width: int = 80, color: bool = False) -> str: ...
@overload
def render(solution: Solution, to: BinaryForm, *, digits: int = 6, part: str | None = None, width: int = 80, color: bool = False) -> bytes: ...
@overload
def render(solution: Solution, to: str, *, digits: int = 6, part: str | None = None, width: int = 80, color: bool = False) -> str | bytes: ...
def render(solution: Solution, to: str = "text", *, digits: int = 6, part: str | None = None, width: int = 80, color: bool = False) -> str | bytes:
    """The solution, or one part of it, as text, Markdown, LaTeX, HTML, a notebook or JSON; as PDF, which is bytes.

    Raises ``ByhandError`` for a part that the sheet does not have, for a form that is not known, or one whose package is not installed.
    """
    if to not in FORMATS:
        raise ByhandError(f"there is no form {to}; there are {', '.join(FORMATS)}.")
    parts = solution.parts if part is None else parts_called(solution, part)
    if to == "json":
        return json.dumps(answer(solution, parts), ensure_ascii=False, indent=1, allow_nan=False)
    document = report(solution, digits, parts)
    if to == "ipynb":
        return _module("sheets.notebook.page").notebook(solution, document, parts)
    return page(document, to, width, color)


def page(document: Document, to: str, width: int = 80, color: bool = False) -> str | bytes:
    """A document as one of the pages there are; ``ByhandError`` for one whose package is not installed."""
    module = _module(f"show.{_PAGES[to]}")
    return module.render(document, width, color) if to == "text" else module.render(document)


def _module(name: str) -> ModuleType:
    """Only the one that is needed: each brings libraries of its own."""
    try:
        return import_module(f"byhand.{name}")
    except ModuleNotFoundError as error:
        if error.name not in _EXTRAS:
            raise
        extra = _EXTRAS[error.name]
        raise ByhandError(f'a {extra.upper()} is made with the package {error.name}, which is not installed: pip install "byhand[{extra}]"') from None


def parts_called(solution: Solution, label: str) -> tuple[Part, ...]:
    found = tuple(part for part in solution.parts if part.label == label.strip("() ").lower())
    if not found:
        known = list(dict.fromkeys(part.label for part in solution.parts if part.label))
        raise ByhandError(f"{solution.name} has no part {label}; it has {', '.join(known) if known else 'no lettered parts'}.")
    return found
