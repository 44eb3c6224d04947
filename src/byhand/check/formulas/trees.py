"""Going over syntax trees: replacing pieces, and what the letters under a tree are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any, get_args

from byhand.read.syntax import Attribute, Juxtaposed, Name, Over, Tree

_KINDS = (*get_args(Tree), Over)


def rebuilt(tree: Tree, change: Callable[[Tree], Tree | None]) -> Tree:
    """The tree with pieces replaced, from the outside inwards: what ``change`` gives is not looked into again.

    δ(a − y) is a product once δ is known to be a gradient.
    """
    found = change(tree)
    return tree if found is tree else found if found is not None else _rebuilt(tree, change)


def upwards(tree: Tree, change: Callable[[Tree], Tree]) -> Tree:
    """The tree with every piece replaced, from the inside outwards."""
    return change(_rebuilt(tree, lambda piece: upwards(piece, change)))


def _rebuilt(tree: Any, change: Callable[[Tree], Tree | None]) -> Any:
    fresh = {field.name: _field(getattr(tree, field.name), change) for field in fields(tree)}
    changed = {name: value for name, value in fresh.items() if value is not getattr(tree, name)}
    function = changed.get("function")
    if function is not None and not isinstance(function, (Name, Attribute)):
        return Juxtaposed((function, *fresh["args"]), tree.at)
    return replace(tree, **changed) if changed else tree


def _field(value: Any, change: Callable[[Tree], Tree | None]) -> Any:
    if isinstance(value, tuple):
        parts = tuple(_field(part, change) for part in value)
        return parts if any(a is not b for a, b in zip(parts, value)) else value
    if isinstance(value, Over):
        return _rebuilt(value, change)
    return rebuilt(value, change) if isinstance(value, _KINDS) else value


def extent(tree: Tree) -> tuple[int, int]:
    """How many pieces lie within each other, and how many there are."""
    deepest, count, stack = 0, 0, [(tree, 1)]
    while stack:
        node, level = stack.pop()
        deepest, count = max(deepest, level), count + 1
        stack += [(part, level + 1) for part in _parts(node)]
    return deepest, count


def _parts(node: Any) -> list[Any]:
    """The pieces right below a piece."""
    found: list[Any] = []
    waiting = [getattr(node, field.name) for field in fields(node)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, tuple):
            waiting += value
        elif isinstance(value, _KINDS):
            found.append(value)
    return found


def pieces(tree: Tree) -> Iterator[Tree]:
    """The tree and everything in it, from the outside inwards."""
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(reversed(node))
        elif isinstance(node, _KINDS):
            stack.extend(getattr(node, field.name) for field in reversed(fields(node)))
            if not isinstance(node, Over):
                yield node
