"""A plan with its memory: arrays that are there, and calls that are ready to be made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from byhand.compile.calls.functions import erf, inverse, solution
from byhand.compile.calls.making import Axis
from byhand.compile.calls.memory import ELEMENTWISE, memory
from byhand.compile.calls.plan import Constant, Kind, Plan, View
from byhand.compile.calls.steps import seen
from byhand.run.arrays import Array

Ready: TypeAlias = Callable[[], object]
"""A call with all its arguments."""
Placed: TypeAlias = tuple[str, Sequence[Array], Array, Axis]
"""A function, its operands, where the result goes, and the axis of a reduction."""

LARGE, BLOCK = 2**18, 2**16
"""Entries of an array from which elementwise calls go over it in blocks, and of a block: it stays in the second cache."""

HELPERS: dict[str, Callable[..., object]] = {"erf": erf, "inverse": inverse, "solution": solution}
REDUCED: dict[str, Callable[..., object]] = {"np.add.reduce": np.add.reduce, "np.maximum.reduce": np.maximum.reduce}
_NAMES = [
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
    "greater",
    "equal",
    "dot",
    "matmul",
]
FUNCTIONS: dict[str, Callable[..., object]] = {f"np.{name}": getattr(np, name) for name in _NAMES}
"""Functions of NumPy that take their operands, and then the array for the result."""


@dataclass(frozen=True, slots=True)
class Bound:
    """``calls`` in order work on the arrays of ``plan``; ``array`` says which array a view is."""

    plan: Plan
    calls: tuple[Ready, ...]
    arrays: tuple[Array, ...]

    def array(self, view: View) -> Array:
        return seen(view, self.arrays[view.slot])

    def run(self) -> None:
        """Every call once."""
        for call in self.calls:
            call()


def bound(plan: Plan, dtype: np.dtype[Any]) -> Bound:
    """Memory for the plan, constants in their places, and its calls with their arrays put in."""
    types: dict[Kind, np.dtype[Any]] = {"real": dtype, "truth": np.dtype(bool), "place": np.dtype(np.intp)}
    found = memory(plan)
    blocks = [np.zeros(size, dtype=types[kind]) for size, kind in zip(found.sizes, found.kinds)]  # type: ignore[index]
    arrays: list[Array] = []
    for slot, block in zip(plan.slots, found.block_of):
        arrays.append(blocks[block].reshape(slot.dims) if block >= 0 else np.zeros(0))
        if isinstance(slot.origin, Constant):
            arrays[-1][...] = slot.origin.array
    calls = [(call.function, [seen(view, arrays[view.slot]) for view in call.args], seen(call.out, arrays[call.out.slot]), call.axis) for call in plan.calls]
    return Bound(plan, tuple(_ready(*one) for one in in_blocks(calls)), tuple(arrays))


def in_blocks(calls: Iterable[Placed]) -> Iterator[Placed]:
    """Elementwise calls in a row on arrays that are larger than the cache, a block of rows after another: each block is read from memory once."""
    run: list[Placed] = []
    for call in (*calls, None):
        if call is not None and _goes_on(run, call):
            run.append(call)
            continue
        yield from _split(run)
        run = []
        if call is not None and _goes_on(run, call):
            run = [call]
        elif call is not None:
            yield call


def _goes_on(run: list[Placed], call: Placed) -> bool:
    function, args, out, _ = call
    if function not in ELEMENTWISE or out.ndim < 1 or out.size < LARGE or (run and run[0][2].shape != out.shape):
        return False
    return out.flags.c_contiguous and all(arg.ndim < out.ndim or (arg.shape[0] == out.shape[0] and arg.flags.c_contiguous) for arg in args)


def _split(run: list[Placed]) -> Iterator[Placed]:
    if len(run) < 2:
        yield from run
        return
    shape = run[0][2].shape
    rows = max(1, BLOCK * shape[0] // run[0][2].size)
    for start in range(0, shape[0], rows):
        here = slice(start, start + rows)
        for function, args, out, axis in run:
            yield function, [arg[here] if arg.ndim == len(shape) else arg for arg in args], out[here], axis


def _ready(function: str, args: Sequence[Array], out: Array, axis: Axis) -> Ready:
    match function:
        case "np.maximum":
            return partial(np.maximum, *args, out=out)
        case "np.copyto":
            return partial(np.copyto, out, args[0])
        case "fill":
            return partial(out.fill, 0)
        case "take":
            return partial(args[0].take, args[1], 0, out, "clip")
        case "argmax":
            return partial(args[0].argmax, -1, out)
        case "np.add.at":
            return partial(np.add.at, out, args[0], args[1])  # type: ignore[arg-type]
        case name if name in REDUCED:
            return partial(REDUCED[name], args[0], axis, None, out)
        case name if name in HELPERS:
            return partial(HELPERS[name], *args, out)
        case name:
            return partial(FUNCTIONS[name], *args, out)
