"""Which slots of a plan may lie in the same memory: a linear scan over their lifetimes.

Poletto and Sarkar, Linear scan register allocation, 1999, with arrays in the place of registers. Arrays of one size share memory whatever
their dimensions are, and an elementwise call may write over an operand that is read for the last time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from byhand.compile.calls.plan import Call, Given, Plan, Slot, View, Work
from byhand.compile.calls.steps import dims_of

ELEMENTWISE = frozenset(
    f"np.{name}"
    for name in (
        [
            "add",
            "subtract",
            "multiply",
            "divide",
            "negative",
            "square",
            "sqrt",
            "reciprocal",
            "exp",
            "log",
            "sin",
            "cos",
            "tanh",
            "sign",
            "absolute",
            "power",
            "maximum",
            "greater",
            "equal",
            "copyto",
        ]
    )
)
"""Calls that read an entry of each operand before they write the one entry in its place, and no other."""


@dataclass(frozen=True, slots=True)
class Memory:
    """For each slot the number of the block that it lies in; a block has a number of entries of one kind."""

    block_of: tuple[int, ...]
    sizes: tuple[int, ...]
    kinds: tuple[str, ...]


def memory(plan: Plan) -> Memory:
    """Blocks for all slots of a plan. Slots with an input, a constant, or a result have blocks of their own."""
    return _Scan(plan).run()


@dataclass(slots=True)
class _Scan:
    plan: Plan
    block_of: dict[int, int] = field(default_factory=dict[int, int])
    sizes: list[int] = field(default_factory=list[int])
    kinds: list[str] = field(default_factory=list[str])
    free: dict[tuple[int, str], list[int]] = field(default_factory=dict[tuple[int, str], list[int]])

    def run(self) -> Memory:
        slots, last = self.plan.slots, self._last_uses()
        renewed = self._renewed(last)
        for number, slot in enumerate(slots):
            if not isinstance(slot.origin, Work) or slot.origin.zeroed:
                self._block(number, slot)
        for number, call in enumerate(self.plan.calls):
            slot = call.out.slot
            dying = [one for one in dict.fromkeys(arg.slot for arg in call.args) if last[one] == number and self._shares(one)]
            if slot not in self.block_of:
                self._place(slot, call, dying, renewed)
            for one in dying:
                if self.block_of[one] != self.block_of[slot]:
                    self.free.setdefault((slots[one].size, slots[one].kind), []).append(self.block_of[one])
        for number in range(len(slots)):
            self.block_of.setdefault(number, -1)
        return Memory(tuple(self.block_of[number] for number in range(len(slots))), tuple(self.sizes), tuple(self.kinds))

    def _last_uses(self) -> dict[int, int]:
        last = {view.slot: number for number, call in enumerate(self.plan.calls) for view in (call.out, *call.args)}
        return last | {view.slot: len(self.plan.calls) for view in (*self.plan.results, *(pair[0] for pair in self.plan.updates))}

    def _shares(self, slot: int) -> bool:
        origin = self.plan.slots[slot].origin
        return isinstance(origin, Work) and not origin.zeroed

    def _block(self, number: int, slot: Slot) -> int:
        self.sizes.append(slot.size)
        self.kinds.append(slot.kind)
        self.block_of[number] = len(self.sizes) - 1
        return self.block_of[number]

    def _place(self, number: int, call: Call, dying: list[int], renewed: dict[int, int]) -> None:
        slot = self.plan.slots[number]
        heir = next((one for one in dying if self._may_overwrite(call, one)), None)
        waiting = self.free.get((slot.size, slot.kind))
        if number in renewed:
            self.block_of[number] = self.block_of[renewed[number]]
        elif heir is not None:
            self.block_of[number] = self.block_of[heir]
        elif waiting:
            self.block_of[number] = waiting.pop()
        else:
            self._block(number, slot)

    def _may_overwrite(self, call: Call, operand: int) -> bool:
        """Whether the result may lie where this operand does: entry on entry, and each is read before it is written."""
        slots = self.plan.slots
        same = slots[operand].kind == slots[call.out.slot].kind and slots[operand].size == slots[call.out.slot].size
        return same and call.function in ELEMENTWISE and call.out.in_order and all(self._entry_on_entry(call, arg) for arg in call.args if arg.slot == operand)

    def _entry_on_entry(self, call: Call, arg: View) -> bool:
        slots = self.plan.slots
        return arg.in_order and dims_of(arg, slots[arg.slot].dims) == dims_of(call.out, slots[call.out.slot].dims)

    def _renewed(self, last: dict[int, int]) -> dict[int, int]:
        """Results that are written where the input that they replace stands: nothing reads that any more but the call itself, entry by entry."""
        found: dict[int, int] = {}
        first: dict[int, int] = {}
        for number, call in enumerate(self.plan.calls):
            first.setdefault(call.out.slot, number)
        for new, old in self.plan.updates:
            whole = new.in_order and old.in_order and new.slot != old.slot and isinstance(self.plan.slots[old.slot].origin, Given)
            if not whole or new.slot not in first or not self._shares(new.slot) or new.slot in found or old.slot in found.values():
                continue
            number = first[new.slot]
            call = self.plan.calls[number]
            read = last.get(old.slot, -1)
            if read < number or (read == number and self._may_overwrite(call, old.slot)):
                found[new.slot] = old.slot
        return found
