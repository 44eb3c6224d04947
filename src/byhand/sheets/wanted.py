"""Which gradients a sheet asks for anywhere, found before anything is derived: one sweep can then serve all."""

from __future__ import annotations

from collections.abc import Iterable

from byhand.read.statements import Asked, Statement, Task, question
from byhand.read.syntax import Derivative, Listed, Name, Tree, parts


def wanted_gradients(statements: Iterable[Statement]) -> dict[str, frozenset[str]]:
    """For each name that is differentiated, the names it is differentiated with respect to."""
    found: dict[str, set[str]] = {}
    for statement in statements:
        for of, wrt in _asked_by(statement):
            found.setdefault(of, set()).add(wrt)
    return {of: frozenset(wrt) for of, wrt in found.items()}


def _asked_by(statement: Statement) -> Iterable[tuple[str, str]]:
    match statement:
        case Asked(what):
            yield from _derivatives(question(what, {}))
        case Task("step", (Name(loss), what, *_)):
            yield from ((loss, one.name) for one in (what.items if isinstance(what, Listed) else (what,)) if isinstance(one, Name))
        case Task("show", args):
            for arg in args:
                yield from _derivatives(arg)
        case _:
            pass


def _derivatives(tree: Tree) -> Iterable[tuple[str, str]]:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Derivative):
            yield node.of, node.wrt
        stack.extend(parts(node))
