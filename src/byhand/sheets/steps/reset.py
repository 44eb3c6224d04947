"""``reset()``: back to the values before the first step."""

from __future__ import annotations

from collections.abc import Iterator

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Var
from byhand.read.statements import Task
from byhand.read.syntax import Listed
from byhand.sheets import solution as s
from byhand.sheets.lines import Writer
from byhand.sheets.steps.call import parameter
from byhand.sheets.workspace import Workspace
from byhand.show.document import Block, Lines

TAKES = "it takes nothing, or a list of parameters, as in reset([W, b])"


def reset(space: Workspace, task: Task) -> list[s.Item]:
    """``reset()``, ``reset([W, b])``: these parameters, or all, have the values again that they had before any step."""
    if len(task.args) > 1 or task.options:
        raise ByhandError(f"reset goes back to the values before the first step; {TAKES}.")
    own = {state.name for memory in space.memory.values() for state in memory.states.values()}
    changed = [node for name in space.initial if name not in own and isinstance(node := space.names[name], Var)]
    if not changed:
        raise ByhandError(f"reset goes back to the values before the first step, and no step has been taken so far; {TAKES}.")
    wanted = changed
    if task.args:
        items = task.args[0].items if isinstance(task.args[0], Listed) else task.args
        wanted = [parameter(space, one, "reset takes back") for one in items]
    untouched = next((one.name for one in wanted if one not in changed), None)
    if untouched is not None:
        raise ByhandError(f"reset takes back what steps have changed, and no step has changed {untouched}; {TAKES}.")
    if not wanted:
        raise ByhandError(f"reset names no parameters; {TAKES}.")
    space.reset(dict.fromkeys(wanted))
    return [s.Answered(task.text, lambda writer: _blocks(writer, wanted), space.count(wanted))]


def _blocks(writer: Writer, parameters: list[Var]) -> Iterator[Block]:
    yield Lines("Back to the values before the first step", tuple(writer.quantity(one) for one in parameters))
