"""Loops over several letters as loops over few: letters whose strides follow each other in every operand are one."""

from __future__ import annotations

from collections.abc import Sequence

from byhand.run.arrays import Dims

Loop = tuple[int, tuple[int, ...]]
"""How far, and the stride of each operand."""


def loops(dims: Sequence[int], operands: Sequence[Sequence[int]]) -> list[Loop]:
    """One loop for each letter, outermost first, with those joined that no operand tells apart."""
    found: list[Loop] = []
    for count, strides in zip(dims, zip(*operands) if operands else [()] * len(dims)):
        if found and all(outer == inner * count for outer, inner in zip(found[-1][1], strides)):
            found[-1] = (found[-1][0] * count, tuple(strides))
        else:
            found.append((count, tuple(strides)))
    return found


def counts(found: Sequence[Loop]) -> Dims:
    return tuple(count for count, _ in found)


def strides(found: Sequence[Loop], operand: int) -> tuple[int, ...]:
    return tuple(each[operand] for _, each in found)
