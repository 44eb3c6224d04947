"""Questions about a network beyond its gradients: closed forms, learning rates, symmetries, drawings, comparisons.

A package for each. Its task reads what the sheet wrote, its analysis works on expressions alone, its page says what was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from byhand.lang.errors import NotYetError
from byhand.read.statements import Task
from byhand.sheets.tasks import TaskFunction
from byhand.sheets.workspace import Workspace


def not_yet(space: Workspace, task: Task) -> NoReturn:
    """Not there yet."""
    raise NotYetError(f"{task.name}(…) is not there yet.")


TASKS: Mapping[str, TaskFunction] = {
    "minimise": not_yet,
    "minimize": not_yet,
    "rates": not_yet,
    "symmetries": not_yet,
    "draw": not_yet,
    "compare": not_yet,
}
