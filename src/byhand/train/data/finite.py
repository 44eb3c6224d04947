"""Arrays checked before they are used: numbers, all of them finite, and none too large for the type they become."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import DTypeLike

from byhand.lang.errors import ByhandError
from byhand.train.data.limits import Array, most
from byhand.train.data.stores import Store, blocks, shape_of

Place = Callable[[tuple[int, ...]], str]
"""Says where an entry stands."""
_KINDS = {"O": "Python objects", "U": "texts", "S": "texts", "c": "complex numbers", "M": "dates", "m": "durations", "V": "records"}


def refuse_other_than_numbers(array: Array, what: str) -> None:
    """``ByhandError`` for an array of anything but real numbers, or for a single number."""
    if array.ndim == 0:
        raise ByhandError(f"{what} is a single number: features have a row for each sample.")
    if array.dtype.kind not in "fiub":
        kind = _KINDS.get(array.dtype.kind, str(array.dtype))
        raise ByhandError(f"{what} holds {kind}: features are numbers; leave out what is none, or write it as numbers.")


def refuse_spoilt(store: Store, what: str, columns: Sequence[str] = ()) -> None:
    """``ByhandError`` with the number of entries that are NaN or infinite, and the place of the first."""
    count, first = 0, ""
    for start, block in blocks(store):
        if not _surely_finite(block):
            spoilt = ~np.isfinite(block)
            found = int(spoilt.sum())
            if found and not count:
                at = np.unravel_index(int(spoilt.argmax()), block.shape)
                first = f"{entry_text(what, (start + int(at[0]), *map(int, at[1:])), columns)} is {block[at]}"
            count += found
    if count:
        also = f"; {count} entries are NaN or infinite" if count > 1 else ""
        raise ByhandError(f"{first}{also}: fill {'them' if count > 1 else 'it'} in, or leave those rows out.")


def _surely_finite(block: Array) -> bool:
    """Quick: numbers of which one is not finite have no finite sum. Nor have those that are just large."""
    with np.errstate(over="ignore", invalid="ignore"):
        return block.dtype.kind != "f" or bool(np.isfinite(block.sum(dtype=np.float64)))


def entry_text(what: str, at: tuple[int, ...], columns: Sequence[str] = ()) -> str:
    """``X[17, 3] (petal length)``, counted from 0 as in NumPy."""
    said = f"{what}[{', '.join(map(str, at))}]"
    return f"{said} ({columns[at[1]]})" if len(at) == 2 and at[1] < len(columns) and columns[at[1]] != f"column {at[1] + 1}" else said


def converted(block: Array, dtype: DTypeLike, what: str, first: int = 0) -> Array:
    """The same numbers in a floating-point type, C-contiguous; ``ByhandError`` for one that overflows it. No copy where none is needed."""
    with np.errstate(over="ignore"):
        found = np.ascontiguousarray(block, dtype=dtype)
    wider = block.dtype.kind == "f" and block.dtype.itemsize > np.dtype(dtype).itemsize
    if wider and not _surely_finite(found):
        lost = ~np.isfinite(found)
        if lost.any():
            at = np.unravel_index(int(lost.argmax()), found.shape)
            said = f"{entry_text(what, (first + int(at[0]), *map(int, at[1:])))} is {block[at]:g}"
            raise ByhandError(f"{said}, too large for 32-bit floats, which hold numbers up to {most(dtype):.2g}: scale the feature, or train in float64.")
    return found


def rows_agree(stores: dict[str, Store], target: Array | None, name: str) -> None:
    """``ByhandError`` where arrays have different numbers of rows, or none."""
    counts = {key: shape_of(store)[0] for key, store in stores.items()}
    if target is not None:
        counts["the target"] = len(target)
    if len(set(counts.values())) > 1:
        said = ", ".join(f"{key} has {count}" for key, count in counts.items())
        raise ByhandError(f"the arrays of {name} have different numbers of rows ({said}): each sample is a row in all of them.")
    if 0 in counts.values():
        raise ByhandError(f"{name} has no rows: a table has a row for each sample.")
