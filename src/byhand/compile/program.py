"""A program: straight-line code that works out every value once, over sizes that may still be letters.

Each line is one operation on values above it. Operands are written with index letters, one for each axis, as in an einsum: a letter
that stands elsewhere in the line's own word is a transpose, a letter that is missing there is a broadcast. So a line needs no copies,
and every target (NumPy, C, JAX) sees the same few operations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from byhand.lang.expr import Expr, Var
from byhand.lang.index import Reindexing
from byhand.lang.leaf import Leaf
from byhand.lang.names import Name
from byhand.lang.sizes import Poly, Shape
from byhand.run.algebra import Measure
from byhand.run.arrays import Dims

# --------------------------------------------------------------------------------------------- operations


@dataclass(frozen=True, slots=True)
class Multiply:
    """``scale`` times the product of one or two operands, summed over the letters that the line's word lacks: an einsum.

    One operand: a sum along axes, or a copy, transposed or spread. Two operands without a sum: an elementwise (Hadamard) product.
    """

    scale: Poly


@dataclass(frozen=True, slots=True)
class Combine:
    """Σ coefficient · operand, elementwise; a ``Literal`` operand stands for that number everywhere."""

    coefficients: tuple[Poly, ...]


@dataclass(frozen=True, slots=True)
class Apply:
    """A leaf, elementwise, of as many operands as it has arguments."""

    leaf: Leaf


@dataclass(frozen=True, slots=True)
class Reindex:
    """A linear re-indexing of its operand, or the adjoint, which adds entries back to where they came from."""

    by: Reindexing
    scatter: bool


@dataclass(frozen=True, slots=True)
class Fill:
    """The number everywhere; where the line's word repeats a letter, on that diagonal, and zero elsewhere."""

    value: Poly


@dataclass(frozen=True, slots=True)
class Invert:
    """The inverse of the matrices in the last two axes."""


@dataclass(frozen=True, slots=True)
class Solve:
    """M⁻¹ B (M⁻ᵀ B if ``turned``) for operands M and B: ``place`` is the axis of B that is summed over, ``back`` where the unknowns go."""

    turned: bool
    place: int
    back: int


@dataclass(frozen=True, slots=True)
class Largest:
    """The one-hot mask of the largest entry along the last axis, the first one at ties."""


@dataclass(frozen=True, slots=True)
class Greatest:
    """The largest entry along the last axis, which the target lacks."""


Op: TypeAlias = Multiply | Combine | Apply | Reindex | Fill | Invert | Solve | Largest | Greatest
ELEMENTWISE = (Combine, Apply)


# ------------------------------------------------------------------------------------------------- lines


@dataclass(frozen=True, slots=True)
class Ref:
    """An operand: a value, with a letter for each of its axes.

    A letter twice is the diagonal of those axes. Axes of size one that the line spreads have letters of their own.
    """

    value: int
    word: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A number as an operand."""

    number: Poly


Operand: TypeAlias = Ref | Literal


@dataclass(frozen=True, slots=True)
class Line:
    """``target[word] = op(operands)``."""

    target: int
    op: Op
    operands: tuple[Operand, ...]
    word: str

    @property
    def refs(self) -> tuple[Ref, ...]:
        return tuple(operand for operand in self.operands if isinstance(operand, Ref))

    @property
    def summed(self) -> str:
        """The letters that a product sums over, in the order they come; axes of size one among them."""
        return "".join(dict.fromkeys(c for ref in self.refs for c in ref.word if c not in self.word))

    @property
    def elementwise(self) -> bool:
        """Whether each entry of the target is made of one entry of each operand."""
        return isinstance(self.op, ELEMENTWISE) or (isinstance(self.op, Multiply) and len(set(self.word)) == len(self.word) and not self.summed)


@dataclass(frozen=True, slots=True)
class Value:
    """What a program works out or is given: its shape, the formula it is, and the names it has on the sheet."""

    shape: Shape
    node: Expr
    names: tuple[Name, ...] = ()


@dataclass(frozen=True)
class Program:
    """``lines`` from top to bottom make every value but the inputs. ``results`` are what was asked for.

    ``updates`` pairs a result with the input whose place it may take once that is read for the last time: parameters and states.
    """

    values: tuple[Value, ...]
    inputs: Mapping[Var, int]
    lines: tuple[Line, ...]
    results: tuple[int, ...]
    updates: tuple[tuple[int, int], ...] = ()

    @cached_property
    def last_use(self) -> Mapping[int, int]:
        """For each value the number of the last line that reads it; a result is read after the last line."""
        last = {ref.value: number for number, line in enumerate(self.lines) for ref in line.refs}
        return last | dict.fromkeys(self.results, len(self.lines))

    @cached_property
    def constants(self) -> frozenset[int]:
        """Values that no input has a part in."""
        found: set[int] = set()
        for line in self.lines:
            if all(ref.value in found for ref in line.refs):
                found.add(line.target)
        return frozenset(found)

    def dims(self, sizes: Mapping[str, int]) -> tuple[Dims, ...]:
        """The lengths of the axes of every value; ``ByhandError`` for a size letter without a number."""
        measure = Measure(sizes)
        return tuple(measure.dims(value.shape) for value in self.values)

    def spans(self, line: Line, dims: Sequence[Dims]) -> dict[str, int]:
        """How long the axis of each letter of a line is."""
        spans = dict(zip(line.word, dims[line.target]))
        for ref in line.refs:
            spans |= {letter: count for letter, count in zip(ref.word, dims[ref.value]) if letter not in spans}
        return spans
