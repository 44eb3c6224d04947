"""Which families are recursive, and along which of their indices: z in its layer l, not in the number i of the sample."""

from __future__ import annotations

from collections.abc import Mapping

from byhand.lang.sizes import Poly
from byhand.sheets.families.recursion import uses
from byhand.sheets.families.system import System


def recursive(system: System) -> Mapping[str, int]:
    """For each family that is computed from other members of itself, the position of the index that moves."""
    edges = {(one.name, name, one, pattern) for name in system.families for one, pattern in uses(system, name)}
    reached: dict[str, set[str]] = {}
    for name in system.families:
        found, waiting = set[str](), [name]
        while waiting:
            here = waiting.pop()
            for user, used, one, _ in edges:
                if used == here and user not in found and one.index:
                    found.add(user)
                    waiting.append(user)
        reached[name] = found
    looping = {name for name, found in reached.items() if name in found}
    links: list[tuple[tuple[str, int], tuple[str, int]]] = []
    moving = set[tuple[str, int]]()
    for user, used, one, pattern in edges:
        if user not in looping or used not in looping or user not in reached[used] or used not in reached[user]:
            continue
        for a, part in enumerate(pattern):
            for b, own in enumerate(one.index):
                if not (own.letters and part.letters >= own.letters):
                    continue
                links.append(((used, a), (user, b)))
                if part - own != Poly.of(0):
                    moving |= {(used, a), (user, b)}
    for _ in links:
        for left, right in links:
            if left in moving or right in moving:
                moving |= {left, right}
    return {name: min(position for one, position in moving if one == name) for name in system.families if any(one == name for one, _ in moving)}
