"""Formulas for single entries, ∂L/∂W_{ij} = δ_i x_j: the name of the array, and the order of its axes put to the formula."""

from __future__ import annotations

import re
from dataclasses import replace

from byhand.check.answers.entry import Entry, Numbers, Unread
from byhand.check.answers.names import Found, Names
from byhand.check.exercise.quantity import Exercise

_FOOT = re.compile(r"_(?:\{(?:([0-9]+),)?([a-z](?:,?[a-z]){0,2})\}|([a-z]{1,3}))(?=\}*$)")
_INDICES = re.compile(r"_(?:\{([^{}]*)\}|([a-z]{1,4})(?![a-z]))|([ᵢⱼₖₗₘₙ]+)")
_SMALL = str.maketrans("ᵢⱼₖₗₘₙ", "ijklmn")


def whole(exercise: Exercise, names: Names, entry: Entry) -> tuple[Entry, Found] | None:
    """The array that an entry with index letters belongs to, with a formula for all of it, or its numbers; ``None`` where the name is no such entry."""
    foot = _FOOT.search(entry.name)
    if foot is None or isinstance(entry.content, Unread):
        return None
    letters = (foot[2] or foot[3]).replace(",", "")
    found = names.find(f"{entry.name[: foot.start()]}{f'_{foot[1]}' if foot[1] else ''}{entry.name[foot.end() :]}")
    if found.name is None or found.cell is not None or len(exercise.quantities[found.name].node.shape) != len(letters) or len(set(letters)) < len(letters):
        return None
    found = replace(found, remark=f"{entry.name} read as the entries of {found.name}")
    if isinstance(entry.content, Numbers):
        links = tuple(_array(link, letters) for link in entry.links)
        return (replace(entry, links=links), found) if entry.content.values.ndim == len(letters) else None
    links = tuple(_array(link, letters) for link in entry.content.links)
    return replace(entry, content=replace(entry.content, links=links)), found


def _array(link: str, letters: str) -> str:
    """[δ_i x_j]_{ij}, where all of the letters stand at something."""
    used = "".join("".join(found) for found in _INDICES.findall(link)).translate(_SMALL)
    return f"[{link}]_{{{letters}}}" if set(letters) <= set(used) else link
