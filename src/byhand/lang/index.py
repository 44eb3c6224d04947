"""Linear re-indexing: what an ``Index`` node does to the axes of its argument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from byhand.lang.sizes import Size


@dataclass(frozen=True, slots=True)
class Affine:
    """One input index as an affine function of output indices: offset + Σ stride · (output index)."""

    offset: Size
    strides: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """out[o] = in[i₁(o), i₂(o), …], and zero wherever an index falls outside: slices, flips, padding, windows."""

    axes: tuple[Affine, ...]


@dataclass(frozen=True, slots=True)
class Reshape:
    """The same entries in the same (row-major) order under another shape."""


@dataclass(frozen=True, slots=True)
class Gather:
    """Rows picked along the first axis by fixed integers: an embedding look-up."""

    rows: tuple[int, ...]


Reindexing: TypeAlias = Window | Reshape | Gather
