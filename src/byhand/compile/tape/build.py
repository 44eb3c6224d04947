"""From a program at given sizes to its tape."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from math import prod

from byhand.compile.program import Program
from byhand.compile.tape.absorb import absorbed
from byhand.compile.tape.arena import Arena, placed
from byhand.compile.tape.emit import Emitter
from byhand.compile.tape.groups import Group, Grouping
from byhand.compile.tape.job import Access, Entrywise, Job, Matmul, Reduction, natural, reads
from byhand.compile.tape.jobs import Jobs
from byhand.compile.tape.tape import Held, Instruction, Load, Pass, Store, Tape, Unsupported, View
from byhand.compile.tape.waits import ONE_ROW, Touch, waits


def tape_of(program: Program, sizes: Mapping[str, int], batched: Mapping[str, int] | None = None, threads: int = 1, changing: Collection[str] = ()) -> Tape:
    """The tape of the program at these sizes.

    Inputs named in ``batched`` are not in the arena: each is a base of its own, with the axis along which threads fill it. Those named in
    ``changing`` the first thread writes before every step. With several threads what changes parameters comes last, so that they wait for each
    other as seldom as can be. Raises ``Unsupported``.
    """
    jobs = Jobs.of(program, sizes)
    order = absorbed(jobs, program.results)
    updated = _in_place(jobs, order)
    grouping = Grouping.of(jobs, order, updated)
    return _Layout(jobs, grouping, threads).tape(batched or {}, changing)


def _in_place(jobs: Jobs, order: Sequence[Job]) -> dict[int, int]:
    """The results that are written where the input they renew stands: nothing reads that input later, or another entry of it in the same job."""
    makers = {job.target: number for number, job in enumerate(order)}
    readers: dict[int, list[int]] = {}
    for number, job in enumerate(order):
        for value in reads(job):
            readers.setdefault(value, []).append(number)
    found: dict[int, int] = {}
    for made, old in jobs.program.updates:
        writer = makers.get(made)
        if writer is None or made in found or max(readers.get(old, [-1])) > writer:
            continue
        if writer not in readers.get(old, []) or _entry_by_entry(jobs, order[writer], old):
            found[made] = old
    return found


def _entry_by_entry(jobs: Jobs, job: Job, old: int) -> bool:
    """Whether the job reads each entry of the input only for the entry of the target that takes its place."""
    match job:
        case Entrywise(args=args):
            return all(not isinstance(arg, Access) or arg.value != old or arg.over(job.letters) == job.out for arg in args)
        case Matmul(left=left, right=right, start=start) if start is not None and old not in (left.value, right.value):
            return start.over(job.letters) == natural(jobs.extents(job, job.letters))
        case Reduction(arg=arg, start=start) if start is not None and arg.value != old:
            return start.over(job.letters) == natural(jobs.extents(job, job.letters))
        case _:
            return False


@dataclass(slots=True)
class _Layout:
    jobs: Jobs
    grouping: Grouping
    threads: int
    sequence: list[Group] = field(default_factory=list[Group])

    def tape(self, batched: Mapping[str, int], changing: Collection[str]) -> Tape:
        self.sequence = self._in_order()
        stored = self._stored()
        program, arena = self.jobs.program, Arena(again=self.threads == 1)  # threads would wait for each other before they write there again
        bases, fixed = self._inputs(batched, arena)
        needed = {value for job in self.grouping.order for value in reads(job)} | set(map(self.jobs.root, program.results))
        for value in sorted(needed & set(self.jobs.fixed)):
            fixed[value] = arena.take(max(1, self.jobs.fixed[value].size))
        constants = tuple((fixed[value], self.jobs.fixed[value]) for value in sorted(needed & set(self.jobs.fixed)))
        offsets = self._offsets(arena, fixed, stored)
        emitter = Emitter(self.jobs, self.grouping, offsets, bases, frozenset(stored))
        made = [(one, tuple(self.grouping.order[member].target for member in group.members)) for group in self.sequence for one in emitter.instructions(group)]
        instructions = [one for one, _ in made]
        inputs = {variable.name: self._held(value, offsets, bases) for variable, value in program.inputs.items()}
        instructions += self._copies(inputs, offsets, bases)
        renewed = dict(program.updates)
        results = tuple(self._held(renewed.get(value, value), offsets, bases) for value in program.results)
        batches = tuple(prod(self.jobs.dims[value]) for value in bases)
        before = [self._filled(inputs[name], axis) for name, axis in batched.items() if name in inputs]
        before += [Touch(0, inputs[name].offset, inputs[name].offset, True, ONE_ROW) for name in changing if name in inputs]
        return Tape(
            tuple(instructions),
            waits(instructions, self.threads, before),
            max(arena.length, 1),
            batches,
            constants,
            inputs,
            results,
            tuple(targets for _, targets in made),
        )

    def _in_order(self) -> list[Group]:
        """The groups so that each comes after what it needs; what changes parameters as soon as it can or, for several threads, last."""
        groups, waiting = self.grouping.groups, dict.fromkeys(self.grouping.groups, 0)
        for following in self.grouping.next.values():
            for one in groups:
                waiting[one] += following >> one & 1
        ready = [self._turn(one) for one, count in waiting.items() if not count]
        heapify(ready)
        found: list[Group] = []
        while ready:
            _, _, one = heappop(ready)
            found.append(groups[one])
            for other in groups:
                if self.grouping.next[one] >> other & 1:
                    waiting[other] -= 1
                    if not waiting[other]:
                        heappush(ready, self._turn(other))
        return found

    def _turn(self, group: int) -> tuple[int, int, int]:
        members = self.grouping.groups[group].members
        renews = any(self.grouping.order[one].target in self.grouping.updated for one in members)
        return (0 if not renews else -1 if self.threads == 1 else 1, max(members), group)

    def _stored(self) -> set[int]:
        """The values that something outside their own pass reads, or that are asked for."""
        wanted = set(map(self.jobs.root, self.jobs.program.results))
        for number, job in enumerate(self.grouping.order):
            home = self.grouping.group_of[number]
            if self.grouping.groups[home].space is None or any(self.grouping.group_of[user] != home for user in self.grouping.users[number]):
                wanted.add(job.target)
        return wanted

    def _inputs(self, batched: Collection[str], arena: Arena) -> tuple[dict[int, int], dict[int, int]]:
        """The base of each input that has one of its own, and where the others stand."""
        bases: dict[int, int] = {}
        fixed: dict[int, int] = {}
        for variable, value in self.jobs.program.inputs.items():
            if variable.name in batched:
                bases[value] = len(bases) + 1
                fixed[value] = 0
            else:
                fixed[value] = arena.take(prod(self.jobs.dims[value]))
        return bases, fixed

    def _offsets(self, arena: Arena, fixed: dict[int, int], stored: set[int]) -> dict[int, int]:
        fixed |= {made: fixed[old] for made, old in self.grouping.updated.items()}
        order = self.grouping.order
        writes = [[order[one].target for one in group.members if order[one].target in stored] for group in self.sequence]
        uses = [[value for one in group.members for value in reads(order[one]) if value in stored or value in fixed] for group in self.sequence]
        keep = [*map(self.jobs.root, self.jobs.program.results), *fixed]
        return placed(arena, self.jobs.dims, writes, uses, fixed, keep)

    def _held(self, value: int, offsets: Mapping[int, int], bases: Mapping[int, int]) -> Held:
        root = self.jobs.root(value)
        return Held(bases.get(root, 0), offsets[root], self.jobs.dims[value])

    def _filled(self, held: Held, axis: int) -> Touch:
        """The batch of an input, of which each thread copies its share of the samples."""
        length = prod(held.dims)
        share = (0, length // held.dims[0], held.dims[0]) if axis == 0 and held.dims[0] > 1 else ONE_ROW if held.dims[axis] == 1 else None
        return Touch(held.base, 0, length - 1, True, share)

    def _copies(self, inputs: Mapping[str, Held], offsets: Mapping[int, int], bases: Mapping[int, int]) -> list[Instruction]:
        """What could not be written in place is copied to its place at the end."""
        found: list[Instruction] = []
        renewed = {old for _, old in self.jobs.program.updates}
        for made, old in self.jobs.program.updates:
            root = self.jobs.root(made)
            if root == old or self.grouping.updated.get(made) == old:
                continue
            if root in renewed:
                raise Unsupported("a step of it exchanges parameters.")
            length = prod(self.jobs.dims[old])
            source, target = View(bases.get(root, 0), offsets[root], (1,)), View(0, offsets[old], (1,))
            found.append(Pass((), length, 2, (Load(0, source), Store(0, target, False))))
        return found
