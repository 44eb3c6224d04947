"""Re-indexings as terms: slices where they say it, picked entries elsewhere; the adjoint adds entries back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from byhand.compile.export.terms import Called, Cut, Key, Lengths, Minus, NewAxis, Number, Picked, Real, Scattered, Setting, Sign, Term, Whole
from byhand.lang.index import Affine, Gather, Reindexing, Reshape, Window
from byhand.lang.sizes import Poly, Shape


def reindexed(by: Reindexing, scatter: bool, arg: Term, source: Shape, target: Shape) -> Term:
    """The re-indexing of ``arg``, of shape ``source``, or its adjoint, as a term of shape ``target``."""
    match by:
        case Reshape():
            return Called("jnp.reshape", (arg, Lengths(target)))
        case Gather(rows):
            keys = (Called("jnp.array", (Setting(rows),)),)
            return Scattered(_zeros(target), keys, arg) if scatter else Picked(arg, keys)
        case Window(axes):
            inner, outer = (target, source) if scatter else (source, target)
            window = _Window(axes, inner, outer)
            return window.added(arg) if scatter else window.read(arg)
        case _:
            assert_never(by)


def _zeros(shape: Shape) -> Term:
    return Called("jnp.zeros", (Lengths(shape),), (("dtype", Real()),))


@dataclass(frozen=True, slots=True)
class _Window:
    """``read`` has the shape ``outer``; entry o of it is entry i(o) of the argument, whose shape is ``inner``."""

    axes: tuple[Affine, ...]
    inner: Shape
    outer: Shape

    def read(self, arg: Term) -> Term:
        found = self._picked(arg)
        order, missing = self._order(), self._missing()
        if order != sorted(order):
            found = Called("jnp.transpose", (found, Setting(tuple(order.index(axis) for axis in sorted(order)))))
        if not missing:
            return found
        keys: tuple[Key, ...] = tuple(NewAxis() if axis in missing else Whole() for axis in range(len(self.outer)))
        return Called("jnp.broadcast_to", (Picked(found, keys) if order else found, Lengths(self.outer)))

    def added(self, arg: Term) -> Term:
        order, missing = self._order(), self._missing()
        if missing:
            arg = Called("jnp.sum", (arg,), (("axis", Setting(tuple(missing))),))
        kept = sorted(order)
        if order != kept:
            arg = Called("jnp.transpose", (arg, Setting(tuple(kept.index(axis) for axis in order))))
        return Scattered(_zeros(self.inner), self._keys(), arg, self._reaches_out())

    def _picked(self, arg: Term) -> Term:
        return Picked(arg, self._keys(), self._reaches_out())

    # ------------------------------------------------------------------------------------------------ axes

    def _is_whole(self, place: int) -> bool:
        """Whether an axis of the argument is taken as it is."""
        axis = self.axes[place]
        if axis.offset != 0 or len(axis.strides) != 1 or axis.strides[0][1] != 1:
            return False
        k = axis.strides[0][0]
        return self.outer[k] == self.inner[place] and self._uses(k) == 1

    def _uses(self, k: int) -> int:
        return sum(any(one == k for one, _ in axis.strides) for axis in self.axes)

    def _cut(self, place: int) -> Cut | None:
        """The slice that an axis of the argument is read by, where it is one."""
        axis = self.axes[place]
        if len(axis.strides) != 1 or self._uses(axis.strides[0][0]) != 1 or self._is_beyond(place):
            return None
        k, stride = axis.strides[0]
        if stride < 1 or not isinstance(axis.offset, int):
            return None
        return Cut(axis.offset, Poly.of(self.outer[k]), stride)

    def _is_beyond(self, place: int) -> bool:
        """Whether an index may lie outside its axis, as far as can be told for all sizes."""
        axis = self.axes[place]
        least, most = Poly.of(axis.offset), Poly.of(axis.offset)
        for k, stride in axis.strides:
            reach = (Poly.of(self.outer[k]) - Poly.of(1)) * Poly.of(stride)
            least, most = (least, most + reach) if stride > 0 else (least + reach, most)
        room = (Poly.of(self.inner[place]) - Poly.of(1) - most).constant
        low = least.constant
        return room is None or low is None or room < 0 or low < 0

    def _reaches_out(self) -> bool:
        return any(self._is_beyond(place) for place in self._indexed())

    def _sliced(self) -> bool:
        """Whether slices and whole axes say it all."""
        return all(self._is_whole(place) or self._cut(place) is not None for place in range(len(self.axes)))

    def _indexed(self) -> list[int]:
        """The axes of the argument that arrays of indices are needed for; none where slices say it all."""
        return [] if self._sliced() else [place for place in range(len(self.axes)) if not self._is_whole(place)]

    def _indexing(self) -> list[int]:
        """The axes of ``outer`` that these arrays of indices have."""
        return sorted({k for place in self._indexed() for k, _ in self.axes[place].strides})

    def _order(self) -> list[int]:
        """The axes of ``outer`` as they come out of the indexing: those of index arrays stand together, in front if they were apart."""
        indexed = self._indexed()
        whole = [place for place in range(len(self.axes)) if place not in indexed]
        together = bool(indexed) and indexed == list(range(indexed[0], indexed[-1] + 1))
        before = [place for place in whole if together and place < indexed[0]]
        axis_of = {place: self.axes[place].strides[0][0] for place in whole}
        return [*(axis_of[p] for p in before), *self._indexing(), *(axis_of[p] for p in whole if p not in before)]

    def _missing(self) -> list[int]:
        return [axis for axis in range(len(self.outer)) if axis not in self._order()]

    def _keys(self) -> tuple[Key, ...]:
        indexed = self._indexed()
        keys: list[Key] = []
        for place in range(len(self.axes)):
            if place in indexed:
                keys.append(self._indices(place))
            else:
                cut = None if self._is_whole(place) else self._cut(place)
                keys.append(Whole() if cut is None else cut)
        return tuple(keys)

    def _indices(self, place: int) -> Term:
        """offset + Σ stride · (index along an axis), over the axes of all index arrays."""
        axis, along = self.axes[place], self._indexing()
        total: Term | None = Number(Poly.of(axis.offset)) if axis.offset != 0 or not axis.strides else None
        for k, stride in axis.strides:
            count: Term = Called("jnp.arange", (Number(Poly.of(self.outer[k])),))
            behind = len(along) - 1 - along.index(k)
            if behind:
                count = Picked(count, (Whole(), *(NewAxis() for _ in range(behind))))
            part = count if abs(stride) == 1 else Sign("*", Number(Poly.of(abs(stride))), count)
            if total is None:
                total = part if stride > 0 else Minus(part)
            else:
                total = Sign("+" if stride > 0 else "-", total, part)
        assert total is not None
        return total
