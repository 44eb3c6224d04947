"""Going over syntax trees: replacing pieces, and what the letters under a tree are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, get_args

from byhand.read.syntax import Over, Tree

_KINDS = (*get_args(Tree), Over)


def rebuilt(tree: Tree, change: Callable[[Tree], Tree | None]) -> Tree:
    """The tree with pieces replaced, from the outside inwards: what ``change`` gives is not looked into again."""
    found = change(tree)
    return tree if found is tree else found if found is not None else _rebuilt(tree, change)


def _rebuilt(tree: Any, change: Callable[[Tree], Tree | None]) -> Any:
    fresh = {field.name: _field(getattr(tree, field.name), change) for field in fields(tree)}
    changed = {name: value for name, value in fresh.items() if value is not getattr(tree, name)}
    return replace(tree, **changed) if changed else tree


def _field(value: Any, change: Callable[[Tree], Tree | None]) -> Any:
    if isinstance(value, tuple):
        parts = tuple(_field(part, change) for part in value)
        return parts if any(a is not b for a, b in zip(parts, value)) else value
    if isinstance(value, Over):
        return _rebuilt(value, change)
    return rebuilt(value, change) if isinstance(value, _KINDS) else value


def pieces(tree: Tree) -> Iterator[Tree]:
    """The tree and everything in it, from the outside inwards."""
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(reversed(node))
        elif isinstance(node, _KINDS) and is_dataclass(node):
            if not isinstance(node, Over):
                yield node
            stack.extend(getattr(node, field.name) for field in reversed(fields(node)))
