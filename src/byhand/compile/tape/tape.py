"""What a tape is made of: instructions over strided views of one arena.

Every view is (base, offset, strides): base 0 is the arena, base k > 0 the batch of the k-th data input; offsets and strides count numbers, not
bytes; there is one stride for each loop of the instruction, outermost first. All loops of an instruction are in its ``dims`` fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from byhand.run.arrays import Array, Dims


@dataclass(frozen=True, slots=True)
class View:
    """Where the entries that an instruction reads or writes stand."""

    base: int
    offset: int
    strides: tuple[int, ...] = ()


# ------------------------------------------------------------------------------------------------ a pass


@dataclass(frozen=True, slots=True)
class Load:
    """``register = view``; strides over the rows' dims, then the columns. All zero over the rows: one row for all; zero over the columns: one number a row."""

    register: int
    view: View


@dataclass(frozen=True, slots=True)
class Step:
    """``out = op(args)``, entry by entry, with ``number`` and ``offset`` where the op has them: see ``OPS``."""

    op: str
    out: int
    args: tuple[int, ...]
    number: float = 0.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Store:
    """``view = register``; ``once``: one number a row, the columns have no stride."""

    register: int
    view: View
    once: bool


Code: TypeAlias = tuple[Load | Step | Store, ...]


@dataclass(frozen=True, slots=True)
class Pass:
    """Register code over every entry of (\\*dims, columns): what is neither loaded nor stored never touches memory.

    Rows do not know of each other. What is stored where something was loaded is stored at the end, to the same entries.
    """

    dims: Dims
    columns: int
    registers: int
    code: Code


@dataclass(frozen=True, slots=True)
class Scalars:
    """The same for single numbers, worked out as 64-bit floats whatever the arena's type. Views have no strides."""

    registers: int
    code: Code


OPS: Mapping[str, int] = {
    name: code
    for code, name in enumerate(
        [
            "fill",
            "copy",
            "affine",
            "add",
            "sub",
            "add_scaled",
            "mul",
            "exp",
            "log",
            "sin",
            "cos",
            "tanh",
            "sigmoid",
            "erf",
            "relu",
            "step",
            "sign",
            "abs",
            "reciprocal",
            "square",
            "sqrt",
            "power_whole",
            "power_real",
            "power",
            "row_sum",
            "row_max",
        ]
    )
}
"""fill: number · affine: number·a + offset · add_scaled: a + number·b · power_whole, power_real: a**number · power: a**b · row_sum, row_max: one
number a row, of a register that has all columns. The others are what their names say; step(0) = sign(0) = 0."""


# ------------------------------------------------------------------------------------- products and sums


@dataclass(frozen=True, slots=True)
class Product:
    """``out = start + scale · factor · Σ left · right``, for every index of ``dims`` a matrix product (m, k) · (k, n), summed over ``inner``, too.

    Strides: left (\\*dims, \\*inner, m, k), right (\\*dims, \\*inner, k, n), out (\\*dims, m) with neighbouring columns, start (\\*dims, m, n) with the
    column stride 0 or 1. ``start`` may be ``out`` itself; ``factor`` is a single number in the arena.
    """

    dims: Dims
    inner: Dims
    m: int
    n: int
    k: int
    left: View
    right: View
    out: View
    start: View | None
    scale: float
    factor: View | None


@dataclass(frozen=True, slots=True)
class Reduce:
    """``out = start + scale · factor · Σ source`` over ``summed``, or the largest entry.

    ``source`` has strides over (\\*kept, \\*summed), ``out`` and ``start`` over kept.
    """

    kept: Dims
    summed: Dims
    source: View
    out: View
    start: View | None
    largest: bool
    scale: float
    factor: View | None


# ---------------------------------------------------------------------------------------- moving entries


@dataclass(frozen=True, slots=True)
class Window:
    """``out[o] = source[i(o)]`` for o in ``dims``, zero where i is outside ``inside``; the adjoint if ``scatter``: ``out[i(o)] += source[o]`` after zeroing.

    i_d(o) = offsets[d] + Σ_k steps[d][k]·o_k. Both arrays are row-major.
    """

    dims: Dims
    inside: Dims
    offsets: tuple[int, ...]
    steps: tuple[tuple[int, ...], ...]
    scatter: bool
    source: View
    out: View


@dataclass(frozen=True, slots=True)
class Rows:
    """``out[r] = source[rows[r]]``, rows of ``length`` numbers; the adjoint if ``scatter``, into ``count`` rows after zeroing."""

    rows: tuple[int, ...]
    length: int
    count: int
    scatter: bool
    source: View
    out: View


@dataclass(frozen=True, slots=True)
class Pick:
    """A one in each row where its largest entry is, the first one at ties; zeros elsewhere. Both row-major."""

    rows: int
    columns: int
    source: View
    out: View


@dataclass(frozen=True, slots=True)
class Zero:
    """So many zeros."""

    length: int
    out: View


Instruction: TypeAlias = Pass | Scalars | Product | Reduce | Window | Rows | Pick | Zero


# -------------------------------------------------------------------------------------------- the whole


@dataclass(frozen=True, slots=True)
class Held:
    """Where a quantity stands: row-major, of these dims."""

    base: int
    offset: int
    dims: Dims


@dataclass(frozen=True, slots=True)
class Tape:
    """``instructions`` from top to bottom; ``waits[k]``: threads that share the rows of every instruction wait for each other before the k-th.

    ``length`` numbers make the arena; ``batches`` are the lengths of the bases 1, 2, … . ``constants`` are put into the arena once.
    ``inputs`` and ``results`` say where these stand, results in the order of the program; what the program does not need has no place.
    ``makes``: the values of the program that each instruction works out, for those who read tapes.
    """

    instructions: tuple[Instruction, ...]
    waits: tuple[bool, ...]
    length: int
    batches: tuple[int, ...]
    constants: tuple[tuple[int, Array], ...]
    inputs: Mapping[str, Held]
    results: tuple[Held, ...]
    makes: tuple[tuple[int, ...], ...] = ()


class Unsupported(Exception):
    """Why a program has no tape, in one sentence."""
