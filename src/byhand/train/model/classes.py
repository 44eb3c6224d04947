"""Whether a target holds classes, how many, and how a class stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Var
from byhand.lang.sizes import shape_text
from byhand.train.model.output import Said
from byhand.train.model.prediction import Labels
from byhand.train.model.reading import Reading
from byhand.train.model.sample import of_sample

_SAID = {"one_hot": "a row with a one at the class", "zero_one": "0 or 1", "signs": "−1 or 1"}


@dataclass(frozen=True, slots=True)
class Classes:
    """``labels`` is ``None`` for quantities; ``sizes``: what the number of classes says of size letters."""

    count: int | None
    labels: Labels | None
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def said(self) -> str:
        return _SAID[self.labels] if self.labels is not None else "none"


def classes_of(target: Var | None, said: Said, count: int | None, letter: str, reading: Reading) -> Classes:
    """The classes of a target. ``count``: how many the data has; ``ByhandError`` where the target has no room for them."""
    if target is None:
        return Classes(None, None)
    one = of_sample(target, letter)
    labels = _labels(target, one, said, count)
    if labels is None:
        if count is not None:
            raise ByhandError(_no_room(target, one, count), reading.lines.get(target.name))
        return Classes(None, None)
    if labels != "one_hot":
        if count is not None and count > 2 and one.shape in ((), (1,)):
            raise ByhandError(_no_room(target, one, count), reading.lines.get(target.name))
        return Classes(2 if one.shape in ((), (1,)) else count, labels)
    width = one.shape[-1] if one.shape else 1
    if isinstance(width, int):
        if count is not None and count != width:
            raise ByhandError(_no_room(target, one, count), reading.lines.get(target.name))
        return Classes(width, labels)
    return Classes(count, labels, {str(width): count} if count is not None and str(width) in width.letters else {})


def _no_room(target: Var, one: Var, count: int) -> str:
    shape = shape_text(one.shape)
    room = f"{one.shape[-1]} classes" if one.shape else "one number"
    return f"the data has {count} classes, but the target {target.name} on the sheet has shape {shape} for each sample, which is room for {room}."


def _labels(target: Var, one: Var, said: Said, count: int | None) -> Labels | None:
    """How a class stands in the target: by its facts, by what the output predicts, or by what has room for the data's classes."""
    if "one_hot" in target.facts:
        return "one_hot"
    if "signs" in target.facts:
        return "signs"
    if said.labels is not None:
        return said.labels
    if count is not None and one.shape[-1:] == (count,):
        return "one_hot"
    return "zero_one" if count == 2 and one.shape in ((), (1,)) else None
