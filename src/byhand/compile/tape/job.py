"""What one job is: a line of a program at given sizes as loops over letters, with a stride of each operand for each letter.

Axes of length one have no letter here. Repeated letters (diagonals, traces) are strides that add up; so every einsum becomes loops.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import mul
from typing import TypeAlias, assert_never

from byhand.lang.index import Reindexing
from byhand.lang.leaf import Leaf
from byhand.run.arrays import Dims

Strides: TypeAlias = tuple[int, ...]
LONGEST_ROW = 1024
"""Up to so many numbers a whole row stays in registers of a pass, so that its sum can be used at once."""


def natural(dims: Sequence[int]) -> Strides:
    """The strides of a row-major array; zero along axes of length one."""
    steps = list(accumulate(reversed(dims), mul, initial=1))[:-1]
    return tuple(step if count > 1 else 0 for step, count in zip(reversed(steps), dims))


@dataclass(frozen=True, slots=True)
class Access:
    """A value read letter by letter: a stride for each letter of the job that it has."""

    value: int
    strides: Mapping[str, int]

    def over(self, letters: str) -> Strides:
        return tuple(self.strides.get(letter, 0) for letter in letters)


Argument: TypeAlias = Access | float


@dataclass(frozen=True, slots=True)
class Linear:
    """Σ coefficient · argument."""

    coefficients: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Times:
    """scale · argument · argument."""

    scale: float


Work: TypeAlias = Linear | Times | Leaf


@dataclass(frozen=True, slots=True)
class Entrywise:
    """Every entry of the target from one entry of each argument. ``out``: strides of the target; ``zeroed``: it has other entries too, all zero."""

    target: int
    letters: str
    work: Work
    args: tuple[Argument, ...]
    out: Strides
    zeroed: bool = False


@dataclass(frozen=True, slots=True)
class Reduction:
    """The sum, times ``scale``, or the largest, over the letters ``summed``; ``factor`` and ``start`` as for a product."""

    target: int
    letters: str
    summed: str
    arg: Access
    largest: bool
    scale: float
    factor: Access | None = None
    start: Access | None = None


@dataclass(frozen=True, slots=True)
class Matmul:
    """Σ left · right: ``stack`` letters are in all three, ``rows`` in left and target, ``columns`` in right and target, ``met`` in both operands.

    The target has its letters in the order stack, rows, columns. ``factor`` is a number that multiplies, ``start`` what is added.
    """

    target: int
    stack: str
    rows: str
    columns: str
    met: str
    left: Access
    right: Access
    scale: float
    factor: Access | None = None
    start: Access | None = None

    @property
    def letters(self) -> str:
        return self.stack + self.rows + self.columns


@dataclass(frozen=True, slots=True)
class Moved:
    """A re-indexing that is no view; source, of these dims, and target are whole."""

    target: int
    by: Reindexing
    scatter: bool
    source: int
    dims: Dims


@dataclass(frozen=True, slots=True)
class Chosen:
    """The mask of the largest entry of each row."""

    target: int
    source: int


Job: TypeAlias = Entrywise | Reduction | Matmul | Moved | Chosen


def reads(job: Job) -> list[int]:
    """The values that a job reads."""
    match job:
        case Entrywise(args=args):
            found: list[Argument | None] = list(args)
        case Reduction(arg=arg, factor=factor, start=start):
            found = [arg, factor, start]
        case Matmul(left=left, right=right, factor=factor, start=start):
            found = [left, right, factor, start]
        case Moved(source=source) | Chosen(source=source):
            return [source]
        case _:
            assert_never(job)
    return [one.value for one in found if isinstance(one, Access)]
