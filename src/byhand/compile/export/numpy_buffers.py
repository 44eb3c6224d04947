"""The calls of a plan as Python source: what the NumPy engine does, to be read."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never

import numpy as np

from byhand.compile.calls.functions import erf, inverse, solution, strided
from byhand.compile.calls.memory import Memory, memory
from byhand.compile.calls.plan import Call, Constant, Diagonal, Given, Part, Plan, Shaped, Spread, Step, Strided, Turned, View, Work
from byhand.compile.calls.steps import dims_of
from byhand.compile.export.said import comment, word_of
from byhand.compile.export.text import WIDTH, listed
from byhand.compile.program import Program
from byhand.run.arrays import Array, Dims
from byhand.show.conventions import Conventions
from byhand.show.identifiers import Identifiers, identifier

HELPERS = {"erf": erf, "inverse": inverse, "solution": solution, "strided": strided}
TYPES = {"real": "dtype", "truth": "bool", "place": "np.intp"}


@dataclass(slots=True)
class Buffers:
    """``names``: the identifiers of inputs by their values; ``slots``: those of all slots."""

    program: Program
    plan: Plan
    identifiers: Identifiers
    names: Mapping[int, str]
    conventions: Conventions
    found: Memory = field(init=False)
    slots: dict[int, str] = field(default_factory=dict[int, str])

    def __post_init__(self) -> None:
        self.found = memory(self.plan)
        for number, slot in enumerate(self.plan.slots):
            if isinstance(slot.origin, Given):
                self.slots[number] = self.names[self.program.inputs[slot.origin.variables[0][0]]]
        for number, slot in enumerate(self.plan.slots):
            if isinstance(slot.origin, Constant) and self._is_used(number):
                self.slots[number] = self._literal(slot.origin.array) or self.identifiers.fresh("ones" if (slot.origin.array == 1).all() else "constant")
        heirs: dict[tuple[int, Dims], str] = {}
        for number in reversed(self._by_call()):
            key = (self.found.block_of[number], self.plan.slots[number].dims)
            self.slots[number] = heirs[key] = self._wanted(number, heirs.get(key, ""))

    def _is_used(self, number: int) -> bool:
        read = [view for call in self.plan.calls for view in call.args]
        return any(view.slot == number for view in (*read, *self.plan.results, *(new for new, _ in self.plan.updates)))

    def _wanted(self, number: int, heir: str) -> str:
        """A name of its own for what has one on the sheet; else that of what comes into its place next."""
        value = self.plan.slots[number].value
        if value is not None and self.program.values[value].names:
            return self.identifiers.fresh(identifier(self.program.values[value].names[0]))
        if heir:
            return heir
        call = next(call for call in self.plan.calls if call.out.slot == number)
        mask = self.plan.slots[number].kind == "truth"
        return self.identifiers.fresh("mask" if mask else word_of(self.program.lines[call.line]) if value is not None else "room")

    # ---------------------------------------------------------------------------------------------- rooms

    def rooms(self) -> list[str]:
        """An array for each block; what shares it is another name for it."""
        lines: list[str] = []
        first: dict[int, int] = {}
        known: set[str] = set()
        for number, slot in enumerate(self.plan.slots):
            name = self.slots.get(number, "")
            if isinstance(slot.origin, Given):
                first[self.found.block_of[number]] = number
            elif isinstance(slot.origin, Constant) and name.isidentifier():
                lines.append(f"    {name} = {self._constant(slot.origin.array, TYPES[slot.kind])}")
        for number in self._by_call():
            block, slot, name = self.found.block_of[number], self.plan.slots[number], self.slots[number]
            if name in known:
                continue
            known.add(name)
            if block not in first:
                first[block] = number
                make = "zeros" if isinstance(slot.origin, Work) and slot.origin.zeroed else "empty"
                lines.append(f"    {name} = np.{make}({_tuple(slot.dims)}, {TYPES[slot.kind]})")
            elif not isinstance(self.plan.slots[first[block]].origin, Given):
                same = self.plan.slots[first[block]].dims == slot.dims
                lines.append(f"    {name} = {self.slots[first[block]]}{'' if same else f'.reshape({_tuple(slot.dims)})'}")
            else:
                self.slots[number] = self.slots[first[block]]
        return lines

    def _by_call(self) -> list[int]:
        """Slots that calls write, in the order in which they are written first."""
        return list(dict.fromkeys(call.out.slot for call in self.plan.calls if not isinstance(self.plan.slots[call.out.slot].origin, Given)))

    def _literal(self, array: Array) -> str:
        """A number by itself."""
        return repr(float(array)).replace("e-0", "e-") if array.ndim == 0 else ""

    def _constant(self, array: Array, kind: str) -> str:
        if array.size and (array == array.flat[0]).all():
            return f"np.full({_tuple(array.shape)}, {float(array.flat[0])!r}, {kind})"
        if array.ndim == 1 and np.array_equal(array, np.arange(len(array))):
            return f"np.arange({len(array)})"
        return f"np.array({array.tolist()}, {kind})  # fmt: skip"

    # ---------------------------------------------------------------------------------------------- calls

    def lines(self) -> list[str]:
        """The calls, each under the formula of what it works out."""
        self.rooms()  # results that are written over an input go by its name
        lines: list[str] = []
        line = -1
        for call in self.plan.calls:
            if call.line != line:
                line = call.line
                lines += comment(self.program.values[self.program.lines[line].target], self.conventions, "        ")
            lines.append(self._written(call))
        return lines

    def ending(self, indent: str) -> list[str]:
        """Where results that could not be written over their inputs go there, and what is returned."""
        lines: list[str] = []
        for new, old in self.plan.updates:
            if self.found.block_of[new.slot] != self.found.block_of[old.slot]:
                lines.append(f"{indent}np.copyto({self._view(old)}, {self._view(new)})")
        returned = f"{indent}return {', '.join(self._view(view) for view in self.plan.results)}"
        return [*lines, returned if len(returned) <= WIDTH else listed("return (", [self._view(view) for view in self.plan.results], ")", indent)]

    def helpers(self) -> list[str]:
        """The source of the functions that NumPy has not."""
        used = {call.function for call in self.plan.calls}
        used |= {"strided" for call in self.plan.calls for view in (call.out, *call.args) for step in view.steps if isinstance(step, Strided)}
        return [_bare(inspect.getsource(function)) for name, function in HELPERS.items() if name in used]

    def _written(self, call: Call) -> str:
        args, out = [self._view(view) for view in call.args], self._view(call.out)
        match call.function:
            case "np.copyto":
                return _called("np.copyto", [out, *args])
            case "fill":
                return _called(f"{out}.fill", ["0"])
            case "take":
                return _called("np.take", [*args, "axis=0", f"out={out}", 'mode="clip"'])
            case "argmax":
                return _called("np.argmax", [*args, "axis=-1", f"out={out}"])
            case "np.add.at":
                return _called("np.add.at", [out, *args])
            case name if name in HELPERS:
                return _called(name, [*args, out])
            case name if call.axis is not None:
                return _called(name, [*args, f"axis={call.axis}", f"out={out}"])
            case name:
                return _called(name, [*args, f"out={out}"])

    def _view(self, view: View) -> str:
        text, dims = self.slots[view.slot], self.plan.slots[view.slot].dims
        for step in view.steps:
            text, dims = self._step(step, text, dims), dims_of(View(0, (step,)), dims)
        return text

    def _step(self, step: Step, text: str, dims: Dims) -> str:
        match step:
            case Shaped(shape):
                return _shaped(text, dims, shape)
            case Turned(order):
                return f"{text}.T" if order == tuple(range(len(dims)))[::-1] else f"{text}.transpose{order}"
            case Spread(there):
                return f"{text}[{', '.join(':' if one else 'None' for one in there)}]"
            case Diagonal(word, kept):
                return f'np.einsum("{word}->{kept}", {text})'
            case Part(start, stop):
                return f"{text}[{start}:{stop}]"
            case Strided(start, shape, strides):
                return f"strided({text}, {start}, {shape}, {strides})"
            case _:
                assert_never(step)


def _bare(source: str) -> str:
    """Without the types, which only the type checker reads."""
    head, _, body = source.partition("\n")
    return re.sub(r": \w+(?:\[[^]]*\])?| -> \w+", "", head) + "\n" + body.replace("as_strided(", "np.lib.stride_tricks.as_strided(")


def _called(name: str, args: list[str]) -> str:
    line = f"        {name}({', '.join(args)})"
    inside = f"            {', '.join(args)}"
    if len(line) <= WIDTH:
        return line
    return f"        {name}(\n{inside}\n        )" if len(inside) <= WIDTH else listed(f"{name}(", args, ")", "        ")


def _shaped(text: str, dims: Dims, shape: Dims) -> str:
    """Axes of length one put in by ``None``, all else by ``reshape``."""
    if tuple(count for count in shape if count != 1) == dims:
        rest = list(dims)
        keys = [":" if count != 1 and rest else "None" for count in shape]
        return f"{text}[{', '.join(keys)}]"
    return f"{text}.reshape({'-1' if len(shape) == 1 else ', '.join(map(str, shape)) if shape else '()'})"


def _tuple(dims: Dims) -> str:
    return f"{dims[0]}" if len(dims) == 1 else f"({', '.join(map(str, dims))})"
