"""Groups of jobs as instructions, once it is known where every value stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import prod
from typing import assert_never

from byhand.compile.tape.code import Writer
from byhand.compile.tape.groups import Group, Grouping
from byhand.compile.tape.job import Access, Chosen, Entrywise, Matmul, Moved, Reduction, natural
from byhand.compile.tape.jobs import Jobs
from byhand.compile.tape.loops import Loop, counts, loops, strides
from byhand.compile.tape.tape import Code, Instruction, Load, Pass, Pick, Product, Reduce, Rows, Scalars, Step, Store, Unsupported, View, Window, Zero
from byhand.lang.index import Gather, Reshape
from byhand.lang.index import Window as Windowing


@dataclass(slots=True)
class Emitter:
    jobs: Jobs
    grouping: Grouping
    offsets: Mapping[int, int]
    bases: Mapping[int, int]
    stored: frozenset[int]

    def view(self, value: int, steps: tuple[int, ...] = ()) -> View:
        return View(self.bases.get(value, 0), self.offsets[value], steps)

    def instructions(self, group: Group) -> list[Instruction]:
        job = self.grouping.order[group.members[0]]
        if group.space is not None:
            return [self._pass(group)]
        match job:
            case Entrywise():
                return self._spread(job)
            case Reduction():
                return [self._reduce(job)]
            case Matmul():
                return [self._product(job)]
            case Moved():
                return [self._moved(job)]
            case Chosen(target, source):
                dims = self.jobs.dims[target]
                return [Pick(prod(dims[:-1]), dims[-1] if dims else 1, self.view(source), self.view(target))]
            case _:
                assert_never(job)

    # ------------------------------------------------------------------------------------------ passes

    def _pass(self, group: Group) -> Instruction:
        assert group.space is not None
        writer = Writer(self.grouping, group.space, self.view, self.stored)
        registers, code = writer.write(group.members)
        if not group.space:
            return Scalars(registers, code)
        return _flattened(group.space, registers, code)

    def _spread(self, job: Entrywise) -> list[Instruction]:
        """The entries on a diagonal, after zeros everywhere."""
        space = self.jobs.extents(job, job.letters)
        zero = Zero(prod(self.jobs.dims[job.target]), self.view(job.target))
        writer = Writer(self.grouping, space, self.view, self.stored)
        registers, code = writer.write([next(k for k, one in enumerate(self.grouping.order) if one is job)])
        return [zero, Scalars(registers, code) if not space else _flattened(space, registers, code)]

    # ---------------------------------------------------------------------------------- sums, products

    def _factor(self, access: Access | None) -> View | None:
        return None if access is None else self.view(access.value)

    def _reduce(self, job: Reduction) -> Reduce:
        kept, summed = self.jobs.extents(job, job.letters), self.jobs.extents(job, job.summed)
        out = natural(kept)
        start = job.start.over(job.letters) if job.start else out
        outer = loops(kept, [job.arg.over(job.letters), out, start])
        order = sorted(zip(summed, job.arg.over(job.summed)), key=lambda one: -one[1])
        inner = loops([count for count, _ in order], [[step for _, step in order]])
        source = self.view(job.arg.value, strides(outer, 0) + strides(inner, 0))
        begin = self.view(job.start.value, strides(outer, 2)) if job.start else None
        return Reduce(counts(outer), counts(inner), source, self.view(job.target, strides(outer, 1)), begin, job.largest, job.scale, self._factor(job.factor))

    def _product(self, job: Matmul) -> Product:
        extents = self.jobs.extents
        steps = dict(zip(job.letters, natural(extents(job, job.letters))))
        start = job.start.strides if job.start else steps

        def nest(letters: str) -> list[Loop]:
            operands = (job.left.strides, job.right.strides, steps, start)
            return loops(extents(job, letters), [[each.get(c, 0) for c in letters] for each in operands])

        met = "".join(sorted(job.met, key=lambda c: (-job.right.strides[c], -job.left.strides[c])))
        rows, columns, depth = nest(job.rows), nest(job.columns), nest(met)
        m, n, k = (found.pop() if found else (1, (0, 0, 0, 0)) for found in (rows, columns, depth))
        outer = [*nest(job.stack), *rows, *columns]
        begin = None if job.start is None else self.view(job.start.value, (*strides(outer, 3), m[1][3], n[1][3]))
        return Product(
            counts(outer),
            counts(depth),
            m[0],
            n[0],
            k[0],
            self.view(job.left.value, (*strides(outer, 0), *strides(depth, 0), m[1][0], k[1][0])),
            self.view(job.right.value, (*strides(outer, 1), *strides(depth, 1), k[1][1], n[1][1])),
            self.view(job.target, (*strides(outer, 2), m[1][2])),
            begin,
            job.scale,
            self._factor(job.factor),
        )

    # ------------------------------------------------------------------------------------------ moving

    def _moved(self, job: Moved) -> Instruction:
        source, target = job.dims, self.jobs.dims[job.target]
        here, there = (self.view(job.source), self.view(job.target))
        match job.by:
            case Gather(rows):
                table, small = (target, source) if job.scatter else (source, target)
                if any(not -table[0] <= row < table[0] for row in rows):
                    raise Unsupported("it picks a row that is not there.")
                return Rows(tuple(row % table[0] for row in rows), prod(small[1:]), table[0], job.scatter, here, there)
            case Windowing(axes):
                inside, dims = (target, source) if job.scatter else (source, target)
                steps = tuple(tuple(sum(step for k, step in axis.strides if k == own) for own in range(len(dims))) for axis in axes)
                offsets = tuple(axis.offset for axis in axes)
                if not all(isinstance(offset, int) for offset in offsets):
                    raise Unsupported("it has a window whose place is not known.")
                return Window(dims, inside, tuple(map(int, map(str, offsets))), steps, job.scatter, here, there)
            case Reshape():
                raise Unsupported("it has a reshape that is no view.")
            case _:
                assert_never(job.by)


def _views(code: Code) -> list[Sequence[int]]:
    return [one.view.strides for one in code if not isinstance(one, Step)]


def _flattened(space: tuple[int, ...], registers: int, code: Code) -> Pass:
    """A pass whose rows are counted by as few loops as can be."""
    views = _views(code)
    found = loops(space[:-1], [each[:-1] for each in views])
    moved = iter(range(len(views)))
    fresh: list[Load | Step | Store] = []
    for one in code:
        match one:
            case Step():
                fresh.append(one)
            case Load(view=view) | Store(view=view):
                steps = (*strides(found, next(moved)), view.strides[-1])
                fresh.append(replace(one, view=replace(view, strides=steps)))
            case _:
                assert_never(one)
    return Pass(counts(found), space[-1], registers, tuple(fresh))


def all_views(one: Instruction) -> list[View]:
    """Every view of an instruction, what it writes included."""
    match one:
        case Pass(code=code) | Scalars(code=code):
            return [each.view for each in code if not isinstance(each, Step)]
        case Product() | Reduce():
            return [view for view in _operands(one) if view is not None]
        case Window() | Rows() | Pick():
            return [one.source, one.out]
        case Zero():
            return [one.out]
        case _:
            assert_never(one)


def _operands(one: Product | Reduce) -> list[View | None]:
    sources = (one.left, one.right) if isinstance(one, Product) else (one.source,)
    return [*chain(sources), one.out, one.start, one.factor]
