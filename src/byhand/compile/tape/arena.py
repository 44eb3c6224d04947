"""Where every value of a tape stands: one arena, whose places are used again when what stood there has been read for the last time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from byhand.run.arrays import Dims

ALIGNED = 16
"""Every value begins at a multiple of so many numbers: 64 bytes of 32-bit floats."""


def rounded(length: int) -> int:
    return -(-length // ALIGNED) * ALIGNED


@dataclass(slots=True)
class Arena:
    """``free`` holes as (offset, length), in order; ``length`` of the whole so far. ``again``: whether places are used again."""

    again: bool = True
    length: int = 0
    free: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    def take(self, length: int) -> int:
        """The smallest hole that is large enough, or new ground."""
        need = rounded(length)
        fitting = [hole for hole in self.free if hole[1] >= need]
        if fitting:
            start, room = min(fitting, key=lambda hole: (hole[1], hole[0]))
            self.free.remove((start, room))
            if room > need:
                self.free.append((start + need, room - need))
            return start
        self.length += need
        return self.length - need

    def give(self, start: int, length: int) -> None:
        """Room for others; neighbouring holes become one."""
        if not self.again:
            return
        holes = sorted([*self.free, (start, rounded(length))])
        self.free = []
        for begin, room in holes:
            if self.free and sum(self.free[-1]) == begin:
                self.free[-1] = (self.free[-1][0], self.free[-1][1] + room)
            else:
                self.free.append((begin, room))


def placed(
    arena: Arena, dims: Sequence[Dims], writes: Sequence[Iterable[int]], uses: Sequence[Iterable[int]], fixed: Mapping[int, int], keep: Iterable[int]
) -> dict[int, int]:
    """The offset of each value: ``writes`` and ``uses`` say what each instruction makes and reads.

    ``fixed`` is placed already, ``keep`` stays to the end.
    """
    last: dict[int, int] = {}
    for number, (made, used) in enumerate(zip(writes, uses)):
        for value in (*made, *used):
            last[value] = number
    last |= dict.fromkeys(keep, len(writes))
    dying: dict[int, list[int]] = {}
    for value, number in last.items():
        dying.setdefault(number, []).append(value)
    offsets = dict(fixed)
    for number, made in enumerate(writes):
        for value in made:
            if value not in offsets:
                offsets[value] = arena.take(prod(dims[value]))
        for value in dying.get(number, []):
            if value not in fixed:
                arena.give(offsets[value], prod(dims[value]))
    return offsets
