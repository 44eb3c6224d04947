"""The data of an exported C file: what has samples, and the program that reads them from a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from byhand.compile.export.c_frame import MAIN
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Var
from byhand.lang.sizes import Poly


@dataclass(frozen=True, slots=True)
class Data:
    """An input with samples; ``axis`` counts those of a batch."""

    variable: Var
    axis: int
    dims: tuple[int, ...]

    @classmethod
    def of(cls, variable: Var, letter: str, sizes: Mapping[str, int]) -> Data | None:
        """Nothing for an input without samples, which stands with the parameters."""
        axis = next((k for k, size in enumerate(variable.shape) if letter and Poly.of(size) == Poly.letter(letter)), None)
        missing = {one for size in variable.shape for one in Poly.of(size).letters} - set(sizes)
        if missing:
            raise ByhandError(f"the size {min(missing)} is not known: C needs it as a number; give it with --sizes {min(missing)}=….")
        if axis is None:
            return None
        return cls(variable, axis, tuple(int(Poly.of(size).at(sizes)) for size in variable.shape))


def main_of(named: Sequence[tuple[str, Data]]) -> str:
    """The program around an exported file that trains on a file of numbers; ``named``: the data, each with its identifier."""
    names, widths = [name for name, _ in named], [prod(one.dims[1:]) for _, one in named]
    order = ", ".join(f"{name} ({width})" for name, width in zip(names, widths))
    splits: list[str] = []
    start = 0
    for name, width in zip(names, widths):
        splits += [f"        memcpy({name} + r * {width}, row + {start}, {width} * sizeof(REAL));"]
        start += width
    pointers = [f"    REAL *{name} = malloc((size_t)rows * {width} * sizeof(REAL));" for name, width in zip(names, widths)]
    return (
        MAIN.replace("@COLUMNS@", order)
        .replace("@WIDTH@", str(start))
        .replace("@BATCH@", str(named[0][1].dims[0]))
        .replace("    @POINTERS@", "\n".join(pointers))
        .replace("        @SPLITS@", "\n".join(splits))
        .replace("@MISSING@", " || ".join(f"!{name}" for name in names))
        .replace("@ARGS@", ", ".join(names))
        .replace("    @FREED@", "\n".join(f"    free({name});" for name in names))
    )
