"""Programs as ONNX graphs, for every runtime that reads them: the same lines, each as the operators that do it.

ONNX operators, opset 18: https://onnx.ai/onnx/operators/. The package ``onnx`` (extra ``onnx``) writes the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, assert_never

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from byhand.compile.program import Apply, Combine, Fill, Greatest, Invert, Largest, Line, Literal, Multiply, Operand, Program, Ref, Reindex, Solve
from byhand.compile.reference import constants
from byhand.lang.errors import ByhandError
from byhand.lang.index import Affine, Gather, Reshape, Window
from byhand.lang.leaf import LOG, POW, Leaf
from byhand.lang.leaves import ABS, COS, ERF, EXP, RELU, SIGMOID, SIGN, SIN, TANH
from byhand.lang.sizes import ONE, Poly
from byhand.run.algebra import Measure
from byhand.run.arrays import Array, Dims, window_table

OPSET = 18
FORMAT = 9
"""The version of the file format that brought this opset."""
DIRECT: Mapping[Leaf, str] = {
    EXP: "Exp",
    LOG: "Log",
    SIN: "Sin",
    COS: "Cos",
    TANH: "Tanh",
    SIGMOID: "Sigmoid",
    ERF: "Erf",
    RELU: "Relu",
    SIGN: "Sign",
    ABS: "Abs",
    POW: "Pow",
}
"""Leaves that are an operator; ``step`` and powers with a fixed exponent are made of others, π is a constant."""


def onnx_graph(
    program: Program, outputs: Sequence[str], given: Mapping[str, Array], free: str, sizes: Mapping[str, int], title: str = "byhand", dtype: Any = np.float32
) -> onnx.ModelProto:
    """The program with these inputs as stored numbers; the other inputs stay inputs, and the size ``free`` (samples) stays open.

    ``outputs`` names the results in order. Raises ``ByhandError`` for what ONNX has no operator for.
    """
    graph = _Graph(program, Measure(sizes), free, np.dtype(dtype))
    inputs = [graph.feed(variable.name, value, given) for variable, value in program.inputs.items()]
    for value, array in graph.fixed().items():
        graph.names[value] = graph.stored(array)
    for line in program.lines:
        if line.target not in graph.names:
            graph.names[line.target] = graph.line(line)
    results = [graph.result(name, value) for name, value in zip(outputs, program.results)]
    used = {name for node in graph.nodes for name in node.input}
    numbers = [one for one in graph.numbers if one.name in used]
    made = helper.make_graph(graph.nodes, "network", [one for one in inputs if one is not None], results, initializer=numbers)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="byhand", doc_string=title)
    model.ir_version = FORMAT
    onnx.checker.check_model(model)
    return model


@dataclass(slots=True)
class _Graph:
    """A graph under construction; ``names`` has the tensor of each value."""

    program: Program
    measure: Measure
    free: str
    dtype: Any
    names: dict[int, str] = field(default_factory=dict[int, str])
    nodes: list[Any] = field(default_factory=list[Any])
    numbers: list[Any] = field(default_factory=list[Any])

    # --------------------------------------------------------------------------------------- tensors

    def feed(self, name: str, value: int, given: Mapping[str, Array]) -> Any:
        """Stored numbers, or an input of the graph."""
        if name in given:
            self.names[value] = self.stored(given[name])
            return None
        self.names[value] = name
        return helper.make_tensor_value_info(name, self._kind, self._open(value))

    @property
    def _kind(self) -> int:
        return TensorProto.DOUBLE if self.dtype == np.float64 else TensorProto.FLOAT

    def _open(self, value: int) -> list[int | str]:
        """The shape of a value, the open size as its letter."""
        return [str(axis) if self._is_open(axis) else self._length(axis) for axis in self.program.values[value].shape]

    def _is_open(self, axis: int | Poly) -> bool:
        return isinstance(axis, Poly) and self.free in axis.letters

    def _length(self, axis: int | Poly) -> int:
        return self.measure.axis(axis)

    def fixed(self) -> dict[int, Array]:
        """The values that are the same for all inputs and all numbers of samples."""
        here = frozenset(self.program.constants)
        if any(self._is_open(axis) for value in here for axis in self.program.values[value].shape):
            return {}
        return constants(self.program, self.measure.sizes)

    def stored(self, array: Any, dtype: Any = None) -> str:
        name = f"/c{len(self.numbers)}"  # no name of a sheet begins with a slash
        self.numbers.append(numpy_helper.from_array(np.ascontiguousarray(array, dtype=dtype or self.dtype).reshape(np.shape(array)), name))
        return name

    def number(self, value: Poly) -> str:
        if self.free in value.letters:
            raise ByhandError(f"cannot write the network for ONNX: the number {value} in it changes with the number of samples {self.free}, which stays open.")
        return self.stored(float(self.measure.value(value)))

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"/t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def result(self, name: str, value: int) -> Any:
        self.nodes.append(helper.make_node("Identity", [self.names[value]], [name]))
        return helper.make_tensor_value_info(name, self._kind, self._open(value))

    def axes(self, *numbers: int) -> str:
        return self.stored(np.array(numbers), np.int64)

    # ----------------------------------------------------------------------------------------- lines

    def line(self, line: Line) -> str:
        match line.op:
            case Multiply(scale):
                return self._scaled(self._multiplied(line), scale)
            case Combine(coefficients):
                return self._spread(line, self._combined(line, coefficients))
            case Apply(leaf):
                return self._spread(line, self._applied(leaf, [self._operand(one, line.word) for one in line.operands]))
            case Reindex(by, scatter):
                return self._reindexed(line, by, scatter)
            case Fill(value):
                return self._filled(line, value)
            case Greatest():
                return self.node("ReduceMax", self.names[line.refs[0].value], self.axes(-1), keepdims=0)
            case Largest():
                return self._largest(line.refs[0].value)
            case Invert() | Solve():
                raise ByhandError("cannot write the network for ONNX: it has no operator for the inverse of a matrix.")
            case _:
                assert_never(line.op)

    def _scaled(self, name: str, scale: Poly) -> str:
        return name if scale == ONE else self.node("Mul", name, self.number(scale))

    def _operand(self, operand: Operand, word: str) -> str:
        """The operand with an axis for every letter of the word, of length one where it has none."""
        if isinstance(operand, Literal):
            return self.number(operand.number)
        name, letters = self._summed(operand, word)
        order = "".join(c for c in word if c in letters)
        name = self._turned(name, letters, order)
        missing = [k for k, c in enumerate(word) if c not in order]
        return self.node("Unsqueeze", name, self.axes(*missing)) if missing and order else name

    def _summed(self, ref: Ref, kept: str) -> tuple[str, str]:
        """The operand without the axes that have no letter in ``kept``, a diagonal as one axis."""
        name, word = self.names[ref.value], ref.word
        if len(set(word)) < len(word):
            unique = "".join(dict.fromkeys(word))
            name, word = self.node("Einsum", name, equation=f"{word}->{unique}"), unique
        gone = [k for k, c in enumerate(word) if c not in kept]
        if gone:
            name = self.node("ReduceSum", name, self.axes(*gone), keepdims=0)
        return name, "".join(c for c in word if c in kept)

    def _turned(self, name: str, word: str, order: str) -> str:
        return name if word == order else self.node("Transpose", name, perm=[word.index(c) for c in order])

    def _multiplied(self, line: Line) -> str:
        if len(set(line.word)) < len(line.word):
            raise ByhandError("cannot write the network for ONNX: it puts numbers on the diagonal of a matrix, which has no operator there.")
        if len(line.refs) == 1:
            return self._spread(line, self._operand(line.refs[0], line.word))
        left, right = line.refs
        first, ours = self._summed(left, line.word + right.word)
        second, theirs = self._summed(right, line.word + left.word)
        met = "".join(c for c in ours if c in theirs and c not in line.word)
        if not met:
            return self._spread(line, self.node("Mul", *(self._operand(ref, line.word) for ref in line.refs)))
        present = "".join(c for c in line.word if c in ours + theirs)
        if present == line.word and len(ours) == len(theirs) == 2 and len(met) == 1:
            return self._matrix_product(first, ours, second, theirs, met, line.word)
        found = self.node("Einsum", first, second, equation=f"{ours},{theirs}->{present}")
        missing = [k for k, c in enumerate(line.word) if c not in present]
        return self._spread(line, self.node("Unsqueeze", found, self.axes(*missing)) if missing else found, present)

    def _matrix_product(self, first: str, ours: str, second: str, theirs: str, met: str, word: str) -> str:
        if met + word[0] in (theirs, theirs[::-1]):
            first, ours, second, theirs = second, theirs, first, ours
        return self.node("MatMul", self._turned(first, ours, word[0] + met), self._turned(second, theirs, met + word[1]))

    def _spread(self, line: Line, name: str, present: str | None = None) -> str:
        """Stretched along the letters that no operand has."""
        here = "".join(ref.word for ref in line.refs) if present is None else present
        shape = self.program.values[line.target].shape
        missing = [axis for c, axis in zip(line.word, shape) if c not in here]
        if all(axis == 1 for axis in missing) and (here or not line.word):
            return name
        if any(self._is_open(axis) for axis in missing):
            raise ByhandError(f"cannot write the network for ONNX: a number in it is repeated for each of the {self.free} samples, whose number stays open.")
        wanted = [1 if c in here else self._length(axis) for c, axis in zip(line.word, shape)]
        return self.node("Expand", name, self.axes(*wanted))

    def _combined(self, line: Line, coefficients: Sequence[Poly]) -> str:
        total: str | None = None
        for factor, operand in zip(coefficients, line.operands):
            minus = total is not None and factor == -ONE
            part = self._operand(operand, line.word)
            part = part if minus else self._scaled(part, factor)
            total = part if total is None else self.node("Sub" if minus else "Add", total, part)
        assert total is not None
        return total

    def _applied(self, leaf: Leaf, args: list[str]) -> str:
        if leaf is ERF and self._kind == TensorProto.DOUBLE:  # runtimes have it in single precision alone
            return self.node("Cast", self.node("Erf", self.node("Cast", *args, to=TensorProto.FLOAT)), to=self._kind)
        if leaf in DIRECT:
            return self.node(DIRECT[leaf], *args)
        exponent = leaf.exponent
        if exponent == -1:
            return self.node("Reciprocal", *args)
        if exponent is not None and exponent.denominator == 2:
            root = self.node("Sqrt", *args)
            return root if exponent.numerator == 1 else self.node("Pow", root, self.stored(float(exponent.numerator)))
        if exponent is not None:
            return self.node("Pow", *args, self.stored(float(exponent)))
        if not args:
            return self.stored(np.pi)
        return self.node("Cast", self.node("Greater", args[0], self.stored(0.0)), to=self._kind)  # step, the one leaf that is left

    # ------------------------------------------------------------------------------------ other lines

    def _filled(self, line: Line, value: Poly) -> str:
        dims = [axis for axis in self.program.values[line.target].shape if self._is_open(axis)]
        if dims:
            raise ByhandError(f"cannot write the network for ONNX: a number in it is repeated for each of the {self.free} samples, whose number stays open.")
        return self.number(value)

    def _largest(self, value: int) -> str:
        shape = self.program.values[value].shape
        places = self.node("ArgMax", self.names[value], axis=-1, keepdims=1)
        counted = self.stored(np.arange(self._length(shape[-1])), np.int64)
        return self.node("Cast", self.node("Equal", places, counted), to=self._kind)

    def _reindexed(self, line: Line, by: Reshape | Gather | Window, scatter: bool) -> str:
        source, target = self.program.values[line.refs[0].value].shape, self.program.values[line.target].shape
        name = self.names[line.refs[0].value]
        match by:
            case Reshape():
                return self.node("Reshape", name, self.axes(*(-1 if self._is_open(axis) else self._length(axis) for axis in target)))
            case Gather(rows) if not scatter:
                return self.node("Gather", name, self.axes(*rows), axis=0)
            case Window() if not scatter:
                return self._windows(name, self.measure.reindexing(by), source, target)
            case _:
                raise ByhandError(
                    "cannot write the network for ONNX: only what leads forward can be written, and this adds entries back to where they came from."
                )

    def _windows(self, name: str, by: object, source: Sequence[int | Poly], target: Sequence[int | Poly]) -> str:
        """Entries picked by a table of their places; the axis of samples, which is carried along, in front of it."""
        assert isinstance(by, Window)
        lead = 1 if source and self._is_open(source[0]) else 0
        if lead and (not by.axes or by.axes[0] != Affine(0, ((0, 1),)) or any(k == 0 for axis in by.axes[1:] for k, _ in axis.strides)):
            raise ByhandError(f"cannot write the network for ONNX: it cuts windows along the axis of the {self.free} samples, whose number stays open.")
        inner: Dims = tuple(self._length(axis) for axis in source[lead:])
        outer: Dims = tuple(self._length(axis) for axis in target[lead:])
        moved = Window(tuple(Affine(axis.offset, tuple((k - lead, stride) for k, stride in axis.strides)) for axis in by.axes[lead:]))
        table = window_table(moved, inner, outer)
        flat = self.node("Reshape", name, self.axes(*([-1] * lead), prod(inner)))
        if (table >= prod(inner)).any():
            ends = [0] * lead + [0] + [0] * lead + [1]
            flat = self.node("Pad", flat, self.axes(*ends), self.stored(0.0))
        picked = self.node("Gather", flat, self.stored(table.ravel(), np.int64), axis=lead)
        return self.node("Reshape", picked, self.axes(*([-1] * lead), *outer))
