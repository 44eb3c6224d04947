"""Questions about a network beyond its gradients: closed forms, learning rates, symmetries, drawings, comparisons.

A package for each. Its task reads what the sheet wrote, its analysis works on expressions alone, its page says what was found.
"""

from __future__ import annotations

from collections.abc import Mapping

from byhand.analyse.compare.task import task as compare_losses
from byhand.analyse.draw.task import task as draw
from byhand.analyse.minimise import minimise_task
from byhand.analyse.rates import rates_task
from byhand.analyse.symmetries.task import task as symmetries
from byhand.sheets.tasks import TaskFunction

TASKS: Mapping[str, TaskFunction] = {
    "minimise": minimise_task,
    "minimize": minimise_task,
    "rates": rates_task,
    "symmetries": symmetries,
    "draw": draw,
    "compare": compare_losses,
}
