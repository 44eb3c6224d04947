"""Solving a sheet with every task there is: those of sheets, and the analyses above them."""

from __future__ import annotations

from byhand import analyse
from byhand.sheets import solve as sheets
from byhand.sheets import tasks
from byhand.sheets.solution import Solution
from byhand.sheets.source import Source, take_apart

TASKS = {**tasks.TASKS, **analyse.TASKS}


def solve(source: Source) -> Solution:
    """The solution of a sheet taken apart."""
    return sheets.solve(source, TASKS)


def solve_text(text: str, name: str = "sheet") -> Solution:
    """The solution of a sheet's text; ``ByhandError`` with the line if anything on it cannot be done."""
    return solve(take_apart(text, name))
