"""Letters for the sizes of a function's arguments, so that it is tried at other sizes than those that somebody happened to write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from byhand.check.backward.draft import Draft
from byhand.check.backward.inputs import Input
from byhand.lang.errors import ByhandError
from byhand.lang.sizes import Poly, Size, size

_NAMES = ("n", "d", "k", "m", "p", "q", "r", "h", "c", "w", "u", "v")
_MOST_AXES = 5
"""More axes of one size than this are all taken to be the same size: there are too many ways to tell them apart."""
_Axis = tuple[int, int]
"""The position of an input, and of an axis in its shape."""


@dataclass(frozen=True, slots=True)
class Lettered:
    """A draft with letters in place of numbers. ``sizes``: the number that each of these letters stood for."""

    draft: Draft
    sizes: Mapping[str, int]


def lettered(draft: Draft, fits: Callable[[Draft], bool]) -> Lettered:
    """The draft with as many different letters for its sizes as its formulas allow.

    ``fits`` says whether the formulas of a draft make sense. A size that a formula counts on, as reshape(x, (2, 4)) does, stays a number; two axes of
    one size get two letters where nothing connects them.
    """
    pool = [name for name in _NAMES if name not in draft.words] + [f"n{k}" for k in range(1, 40) if f"n{k}" not in draft.words]
    found, sizes = draft, dict[str, int]()
    for value, axes in _axes(draft).items():
        for groups in _partitions(axes) if len(axes) <= _MOST_AXES else iter(([axes],)):
            names = pool[len(sizes) : len(sizes) + len(groups)]
            if len(names) < len(groups):
                break
            fresh = _with(found, {axis: name for name, group in zip(names, groups) for axis in group})
            if fits(fresh):
                found, sizes = fresh, sizes | dict.fromkeys(names, value)
                break
    return Lettered(found, sizes)


def _axes(draft: Draft) -> dict[int, list[_Axis]]:
    """The axes of drawn arrays by their size, where it is a number that broadcasting gives no meaning of its own; a batch of one sample counts as a batch."""
    found: dict[int, list[_Axis]] = {}
    drawn = [(position, one) for position, one in enumerate(draft.inputs) if one.kind == "drawn"]
    single = [(position, axis) for position, one in drawn for axis, length in enumerate(one.shape) if length == 1]
    batch = len(single) == 1 and single[0][1] == 0 and len(draft.inputs[single[0][0]].shape) > 1
    for position, one in drawn:
        for axis, length in enumerate(one.shape):
            if isinstance(length, int) and (length > 1 or batch):
                found.setdefault(length, []).append((position, axis))
    return found


def _partitions(axes: Sequence[_Axis]) -> Iterator[list[list[_Axis]]]:
    """All ways to sort axes into groups of one size each, those with the most groups first."""
    yield from sorted(_sorted_into(axes), key=lambda groups: -len(groups))


def _sorted_into(axes: Sequence[_Axis]) -> Iterator[list[list[_Axis]]]:
    if not axes:
        yield []
        return
    *rest, last = axes
    for groups in _sorted_into(rest):
        yield [*groups, [last]]
        for k, group in enumerate(groups):
            yield [*groups[:k], [*group, last], *groups[k + 1 :]]


def _with(draft: Draft, names: Mapping[_Axis, str]) -> Draft:
    return replace(draft, inputs=tuple(_renamed(one, position, names) for position, one in enumerate(draft.inputs)))


def _renamed(one: Input, position: int, names: Mapping[_Axis, str]) -> Input:
    shape: tuple[Size, ...] = tuple(size(Poly.letter(names[position, k])) if (position, k) in names else n for k, n in enumerate(one.shape))
    return replace(one, shape=shape)


def makes_sense(solved: Callable[[Draft], object]) -> Callable[[Draft], bool]:
    """Whether the formulas of a draft can be read."""

    def fits(draft: Draft) -> bool:
        try:
            solved(draft)
        except ByhandError:
            return False
        return True

    return fits
