"""Which jobs run as one pass: chains over the same entries, without a way from one to another through something outside.

Jobs are looked at from the last to the first, and each goes where its results are used. A job over rows alone (a number a row: the
largest logit, a sum of exponentials) stays with the jobs over the whole rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from byhand.compile.tape.job import LONGEST_ROW, Access, Entrywise, Job, Reduction, Strides, natural, reads
from byhand.compile.tape.jobs import Jobs
from byhand.run.arrays import Dims


@dataclass(slots=True)
class Group:
    """``space`` is what a pass runs over, ``None`` where the job has a kernel of its own. ``members`` are positions of jobs."""

    space: Dims | None
    members: list[int]
    local: bool = False


@dataclass(slots=True)
class Grouping:
    """``group_of`` each job; ``later`` is what must come after a group, as a set of bits, ``next`` the direct part of it."""

    jobs: Jobs
    order: Sequence[Job]
    updated: Mapping[int, int]
    makers: dict[int, int] = field(default_factory=dict[int, int])
    users: list[set[int]] = field(default_factory=list[set[int]])
    group_of: dict[int, int] = field(default_factory=dict[int, int])
    groups: dict[int, Group] = field(default_factory=dict[int, Group])
    later: dict[int, int] = field(default_factory=dict[int, int])
    next: dict[int, int] = field(default_factory=dict[int, int])
    local: set[int] = field(default_factory=set[int])

    @classmethod
    def of(cls, jobs: Jobs, order: Sequence[Job], updated: Mapping[int, int]) -> Grouping:
        """``updated``: the values that are written where an input stands, with that input."""
        made = cls(jobs, order, updated)
        made._connect()
        for number in reversed(range(len(order))):
            made._place(number)
        return made

    # ------------------------------------------------------------------------------------------- edges

    def _connect(self) -> None:
        self.makers = {job.target: number for number, job in enumerate(self.order)}
        self.users = [set() for _ in self.order]
        writer = {old: self.makers[made] for made, old in self.updated.items()}
        for number, job in enumerate(self.order):
            for value in reads(job):
                if value in self.makers:
                    self.users[self.makers[value]].add(number)
                if value in writer and writer[value] != number:
                    self.users[number].add(writer[value])
            if self._rows_to_number(job) or (isinstance(job, Entrywise) and not job.letters and any(value in self.local for value in reads(job))):
                self.local.add(job.target)

    def _rows_to_number(self, job: Job) -> bool:
        return isinstance(job, Reduction) and not job.letters and self.space_of(job) is not None

    def space_of(self, job: Job) -> Dims | None:
        """What a pass for this job alone would run over."""
        match job:
            case Entrywise(zeroed=False):
                return self.jobs.extents(job, job.letters)
            case Reduction(factor=None, start=None) if len(job.summed) == 1 and job.arg.strides[job.summed] == 1:
                space = self.jobs.extents(job, job.letters + job.summed)
                return space if space[-1] <= LONGEST_ROW else None
            case _:
                return None

    # -------------------------------------------------------------------------------------- alignment

    def strides_in(self, letters: str, access: Access, rank: int) -> Strides:
        """How the access goes over a space, of which the job may have the rows alone."""
        own = access.over(letters)
        return own + (0,) * (rank - len(own))

    def _letters(self, job: Entrywise | Reduction) -> str:
        return job.letters + (job.summed if isinstance(job, Reduction) else "")

    def out_strides(self, job: Entrywise | Reduction, rank: int) -> Strides:
        """How a pass writes the job's target."""
        own = natural(self.jobs.extents(job, job.letters)) if not isinstance(job, Entrywise) else job.out
        return own + (0,) * (rank - len(own))

    def _aligned(self, first: int, then: int, rank: int) -> bool:
        """Whether what one job makes reaches the other entry for entry, so that both fit one pass."""
        maker, user = self.order[first], self.order[then]
        assert isinstance(maker, (Entrywise, Reduction))
        assert isinstance(user, (Entrywise, Reduction))
        out = self.out_strides(maker, rank)
        for arg in user.args if isinstance(user, Entrywise) else (user.arg,):
            if isinstance(arg, Access) and arg.value == maker.target and self.strides_in(self._letters(user), arg, rank) != out:
                return False
        old = self.updated.get(user.target)
        if old is None:
            return True
        target = self.out_strides(user, rank)
        args = maker.args if isinstance(maker, Entrywise) else (maker.arg,)
        return all(not isinstance(arg, Access) or arg.value != old or self.strides_in(self._letters(maker), arg, rank) == target for arg in args)

    # ----------------------------------------------------------------------------------------- placing

    def _place(self, number: int) -> None:
        job = self.order[number]
        space = self.space_of(job)
        after = {self.group_of[user] for user in self.users[number]}
        chosen: int | None = None
        if space is not None:
            for candidate in sorted(after):
                joint = self._joint(number, job, space, candidate)
                if joint is None or not self._free(candidate, after):
                    continue
                if chosen is None:
                    self._join(number, candidate, joint)
                    chosen = candidate
                elif candidate in self.groups and self._mergeable(chosen, candidate):
                    chosen = self._merge(chosen, candidate)
                after = {self.group_of[user] for user in self.users[number]}
        if chosen is None:
            self.groups[number] = Group(space, [number], job.target in self.local)
            self.group_of[number] = number
            self.next[number], self.later[number] = 0, 0
            chosen = number
        self._after(chosen, sum(1 << one for one in after if one != chosen))

    def _joint(self, number: int, job: Job, space: Dims, candidate: int) -> Dims | None:
        """The space of the group with the job in it, or None if it does not fit."""
        group = self.groups.get(candidate)
        if group is None or group.space is None:
            return None
        if space == group.space:
            joint = space
        elif isinstance(job, Entrywise) and space == group.space[:-1] and group.space and (space or job.target in self.local):
            joint = group.space
        elif isinstance(job, Reduction) and group.space == space[:-1] and self._lifts(group):
            joint = space
        else:
            return None
        if not joint and group.local != (job.target in self.local):
            return None
        mine = [user for user in self.users[number] if self.group_of[user] == candidate]
        return joint if all(self._aligned(number, user, len(joint)) for user in mine) else None

    def _lifts(self, group: Group) -> bool:
        """Whether all jobs of the group can run on rows of a larger space."""
        return (bool(group.space) or group.local) and all(
            isinstance(self.order[one], Entrywise) and self.space_of(self.order[one]) == group.space for one in group.members
        )

    def _free(self, candidate: int, after: set[int]) -> bool:
        """Whether nothing that must come after the job must come before the group."""
        return not any(one != candidate and self.later[one] >> candidate & 1 for one in after)

    def _join(self, number: int, candidate: int, joint: Dims) -> None:
        group = self.groups[candidate]
        group.space = joint
        group.members.append(number)
        group.local = group.local or self.order[number].target in self.local
        self.group_of[number] = candidate

    def _mergeable(self, one: int, other: int) -> bool:
        first, second = self.groups[one], self.groups[other]
        if first.space is None or first.space != second.space or (not first.space and first.local != second.local):
            return False
        for start, end in ((one, other), (other, one)):
            if any(self.later[k] >> end & 1 for k in _bits(self.next[start]) if k != end):
                return False
        rank = len(first.space)
        pairs = [(a, b) for start, end in ((first, second), (second, first)) for a in start.members for b in self.users[a] if b in end.members]
        return all(self._aligned(a, b, rank) for a, b in pairs)

    def _merge(self, one: int, other: int) -> int:
        gone, stays = self.groups.pop(other), self.groups[one]
        stays.members += gone.members
        stays.local = stays.local or gone.local
        for member in gone.members:
            self.group_of[member] = one
        bit, mine = 1 << other, 1 << one
        for key in self.groups:
            if self.next[key] & bit:
                self.next[key] = (self.next[key] & ~bit) | (mine if key != one else 0)
            if self.later[key] & bit:
                self.later[key] = (self.later[key] & ~bit) | (mine if key != one else 0)
        following = (self.next.pop(other) | self.next[one]) & ~mine & ~bit
        self.later.pop(other)
        self.next[one] &= ~bit
        self._after(one, following)
        return one

    def _after(self, group: int, following: int) -> None:
        """Note what must come after a group, and after all that come before it."""
        self.next[group] |= following
        reach = self.next[group]
        for one in _bits(self.next[group]):
            reach |= self.later[one]
        self.later[group] |= reach
        mine = 1 << group
        for key, known in self.later.items():
            if known & mine:
                self.later[key] = known | self.later[group]


def _bits(mask: int) -> list[int]:
    found: list[int] = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found
