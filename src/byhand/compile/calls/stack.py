"""Parameters that are updated alike, updated together: small arrays laid behind one another, so that each line of an update rule is one call.

A call on a small array takes as long as NumPy needs to begin it, so twenty biases cost as much as twenty large ones. What counts is that the
calls are the same ones on other arrays; which rule they belong to does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from byhand.compile.calls.memory import ELEMENTWISE
from byhand.compile.calls.plan import Call, Constant, Given, Part, Plan, Shaped, Slot, View, Work
from byhand.lang.expr import Var

LARGEST = 2**15
"""Entries of an array from which it has calls of its own: there the numbers take the time, and they are in the cache when they have just been made."""

Form = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Update:
    """The calls that renew one parameter and its states; ``slots`` in the order in which the calls speak of them, ``form`` what they have in common."""

    calls: tuple[int, ...]
    slots: tuple[int, ...]
    form: Form


def stacked(plan: Plan) -> Plan:
    """The same plan, with like updates of small arrays as one."""
    groups: dict[Form, list[_Update]] = {}
    for update in _updates(plan):
        groups.setdefault(update.form, []).append(update)
    several = [group for group in groups.values() if len(group) > 1]
    return _Stack(plan, several).plan() if several else plan


def _updates(plan: Plan) -> Iterable[_Update]:
    """The updates that may be stacked, each with all its calls."""
    makers: dict[int, list[int]] = {}
    users: dict[int, set[int]] = {}
    for number, call in enumerate(plan.calls):
        makers.setdefault(call.out.slot, []).append(number)
        for view in call.args:
            users.setdefault(view.slot, set()).add(number)
    renewed = {new.slot: old.slot for new, old in plan.updates if not new.steps and not old.steps}
    taken: set[int] = set()
    for new in renewed:
        if new not in taken and (found := _reached(plan, new, renewed, makers, users)) is not None:
            taken |= {plan.calls[number].out.slot for number in found.calls}
            yield found


def _reached(plan: Plan, new: int, renewed: Mapping[int, int], makers: Mapping[int, list[int]], users: Mapping[int, set[int]]) -> _Update | None:
    """All calls that lead to this result from a gradient, and those that lead on to other results."""
    dims = plan.slots[new].dims
    if plan.slots[new].size > LARGEST:
        return None
    calls, waiting = set[int](), [new]
    while waiting:
        for number in makers.get(waiting.pop(), []):
            call = plan.calls[number]
            if number in calls or not _is_whole(plan, call, dims):
                continue
            if not _is_own(call.out.slot, renewed, users, calls, plan, dims):
                continue
            calls.add(number)
            near = [view.slot for view in call.args if plan.slots[view.slot].dims == dims]
            waiting += [*near, *(plan.calls[user].out.slot for slot in (*near, call.out.slot) for user in users.get(slot, ()))]
    order = tuple(sorted(calls))
    slots = tuple(
        dict.fromkeys(view.slot for number in order for view in (*plan.calls[number].args, plan.calls[number].out) if plan.slots[view.slot].dims == dims)
    )
    if not order or not dims or any(isinstance(plan.slots[slot].origin, Constant) for slot in slots) or new not in slots:
        return None
    if not _may_wait(plan, order, makers, users):
        return None
    return _Update(order, slots, _form(plan, order, slots, renewed))


def _may_wait(plan: Plan, order: Sequence[int], makers: Mapping[int, list[int]], users: Mapping[int, set[int]]) -> bool:
    """Whether these calls may be made after all others: none of the others needs what they make, or writes over what they read."""
    touched, made = dict[int, int](), dict[int, int]()
    for number in order:
        call = plan.calls[number]
        made.setdefault(call.out.slot, number)
        for view in (*call.args, call.out):
            touched.setdefault(view.slot, number)
    own = set(order)
    needed = any(user > number and user not in own for slot, number in made.items() for user in users.get(slot, ()))
    return not needed and not any(maker > number and maker not in own for slot, number in touched.items() for maker in makers.get(slot, ()))


def _is_whole(plan: Plan, call: Call, dims: tuple[int, ...]) -> bool:
    """Whether a call goes entry by entry over whole arrays of these dimensions, and single numbers."""
    slots = plan.slots
    whole = all(not view.steps and (slots[view.slot].dims in (dims, ())) for view in (*call.args, call.out))
    return whole and call.function in ELEMENTWISE and slots[call.out.slot].dims == dims and slots[call.out.slot].kind == "real"


def _is_own(slot: int, renewed: Mapping[int, int], users: Mapping[int, set[int]], calls: set[int], plan: Plan, dims: tuple[int, ...]) -> bool:
    """Whether only such calls use what a call makes."""
    asked = {view.slot for view in plan.results} - set(renewed)
    return slot not in asked and all(_is_whole(plan, plan.calls[user], dims) for user in users.get(slot, ()))


def _form(plan: Plan, order: Sequence[int], slots: Sequence[int], renewed: Mapping[int, int]) -> Form:
    """What like updates share: functions, and which array stands where."""
    place = {slot: number for number, slot in enumerate(slots)}
    first = {view.slot: number for number, view in reversed([(k, plan.calls[one].out) for k, one in enumerate(order)])}
    kinds = tuple((type(plan.slots[slot].origin).__name__, place.get(renewed.get(slot, -1), -1), first.get(slot, -1)) for slot in slots)

    def named(view: View) -> tuple[str, int]:
        return ("array", place[view.slot]) if view.slot in place else ("number", view.slot)

    calls = tuple((plan.calls[one].function, tuple(map(named, plan.calls[one].args)), named(plan.calls[one].out)) for one in order)
    return (kinds, calls)


class _Stack:
    def __init__(self, plan: Plan, groups: Sequence[Sequence[_Update]]) -> None:
        self.old, self.slots = plan, list(plan.slots)
        self.moved: dict[int, View] = {}
        self.last: list[Call] = []
        self.gone: set[int] = set()
        self.together: set[int] = set()
        self.updates: list[tuple[View, View]] = []
        for group in groups:
            self._take(group)

    def _take(self, group: Sequence[_Update]) -> None:
        """One array for each place, and the calls on these."""
        if len({slot for one in group for slot in one.slots}) < sum(len(one.slots) for one in group):
            return  # an array that two updates share
        packs = [self._pack([one.slots[k] for one in group]) for k in range(len(group[0].slots))]
        pack_of = dict(zip(group[0].slots, packs))
        for number in group[0].calls:
            call = self.old.calls[number]
            args = tuple(pack_of.get(view.slot, view) for view in call.args)
            self.last.append(replace(call, args=args, out=pack_of[call.out.slot]))
        self.gone |= {number for one in group for number in one.calls}
        renewed = {new.slot: old.slot for new, old in self.old.updates}
        for place, slot in enumerate(group[0].slots):
            if renewed.get(slot) in pack_of:  # else the old value lies outside, and each member is renewed by itself
                self.updates.append((packs[place], pack_of[renewed[slot]]))
                self.together |= {one.slots[place] for one in group}

    def _pack(self, members: Sequence[int]) -> View:
        start, variables = 0, list[tuple[Var, int]]()
        pack = len(self.slots)
        for slot in members:
            one = self.old.slots[slot]
            if isinstance(one.origin, Given):
                variables += [(variable, start) for variable, _ in one.origin.variables]
            self.moved[slot] = View(pack, (Part(start, start + one.size), Shaped(one.dims)))
            start += one.size
        self.slots.append(Slot((start,), Given(tuple(variables)) if variables else Work()))
        return View(pack)

    def plan(self) -> Plan:
        old = self.old
        calls = [replace(call, args=tuple(map(self._now, call.args)), out=self._now(call.out)) for k, call in enumerate(old.calls) if k not in self.gone]
        kept = [(self._now(new), self._now(before)) for new, before in old.updates if new.slot not in self.together]
        values = {value: self._now(view) for value, view in old.values.items()}
        inputs = {variable: self._now(view) for variable, view in old.inputs.items()}
        results = tuple(map(self._now, old.results))
        return Plan(tuple(self.slots), (*calls, *self.last), values, results, (*kept, *self.updates), inputs)

    def _now(self, view: View) -> View:
        place = self.moved.get(view.slot)
        return view if place is None else place.then(*view.steps)
