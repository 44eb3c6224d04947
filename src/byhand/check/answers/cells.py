"""Entries of an array that were handed in one by one, as one array."""

from __future__ import annotations

from math import prod

import numpy as np

from byhand.check.answers.entry import Entry, Numbers, Unread
from byhand.check.answers.limits import MAX_ENTRIES, short
from byhand.check.answers.names import Found
from byhand.check.answers.written import joined_text
from byhand.check.exercise.quantity import Quantity
from byhand.run.arrays import Dims


def joined(quantity: Quantity, parts: list[tuple[Entry, Found]]) -> tuple[Entry, tuple[str, ...]]:
    """The array that entries make together, and how they were counted. An entry that is missing makes the whole unread."""
    found = {cell.cell: entry for entry, cell in parts if cell.cell is not None}
    first, name = parts[0][0], quantity.name
    base, dims = _extent(list(found), quantity.dims)
    said = tuple(dict.fromkeys(cell.remark for _, cell in parts if cell.remark))[:3]
    if base:
        said = (*said, f"the entries of {name} are counted from 1")
    content = _array(name, {tuple(k - base for k in cell): entry for cell, entry in found.items()}, dims)
    repairs = tuple(dict.fromkeys(repair for entry in found.values() for repair in entry.repairs))
    return Entry(name, content, first.place, repairs), said


def _extent(cells: list[tuple[int, ...]], dims: Dims | None) -> tuple[int, Dims]:
    """From where the entries are counted, and how many there are along each axis: from 0, or from 1 where no index is 0 and counting from 0 does not fit."""
    beyond = dims is None or len(cells) > 1 or any(k >= n for cell in cells for k, n in zip(cell, dims))
    base = int(beyond and all(min(cell) > 0 for cell in cells))
    return base, dims if dims is not None else tuple(max(axis) + 1 - base for axis in zip(*cells))


def _array(name: str, found: dict[tuple[int, ...], Entry], dims: Dims) -> Numbers | Unread:
    outside = next((cell for cell in found if any(k < 0 or k >= n for k, n in zip(cell, dims))), None)
    if outside is not None:
        return Unread(f"{name} has the shape {dims}, and so no entry {list(outside)}.")
    if prod(dims) > MAX_ENTRIES:
        return Unread(f"an answer with more than {MAX_ENTRIES:,} numbers is refused.")
    whole = next((one for one in found.values() if isinstance(one.content, Numbers) and one.content.values.size != 1), None)
    if whole is not None:
        return Unread(f"{short(whole.name)} would be a single entry of {name}, and several numbers are written.", short(whole.content.text))
    parts: list[Numbers] = []
    for cell in np.ndindex(*dims):
        content = found[cell].content if cell in found else None
        if not isinstance(content, Numbers) or content.values.size != 1:
            what = "is missing" if content is None else "is no single number"
            return content if isinstance(content, Unread) else Unread(f"the entry {list(cell)} of {name} {what}.")
        parts.append(content)
    text = joined_text(dims, [part.text.strip("[]") for part in parts])
    return Numbers(
        np.array([part.values.item() for part in parts]).reshape(dims),
        np.array([part.half.item() for part in parts]).reshape(dims),
        np.array([part.significant.item() for part in parts]).reshape(dims),
        np.array([part.decimals.item() for part in parts]).reshape(dims),
        text,
        any(part.zeros_lost for part in parts),
    )
