"""From the lines of a program to calls of NumPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

import numpy as np

from byhand.compile.calls.leaves import applied
from byhand.compile.calls.making import Making, Operand, aligned, plain
from byhand.compile.calls.plan import Given, Plan, Slot, View, Work
from byhand.compile.calls.products import contracted
from byhand.compile.calls.windows import reindexed
from byhand.compile.program import Apply, Combine, Fill, Greatest, Invert, Largest, Line, Literal, Multiply, Program, Ref, Reindex, Solve
from byhand.compile.program import Operand as Arg
from byhand.compile.reference import constants
from byhand.lang.sizes import Poly
from byhand.run.algebra import Measure

SHORT_ROWS, MANY_ROWS = 32, 16
"""Rows shorter than this, where there are many, are turned before their maximum is sought: 6.4 → 1.9 µs for 128 × 10."""


def planned(program: Program, sizes: Mapping[str, int]) -> Plan:
    """The plan of a program at these sizes; ``ByhandError`` for a size letter without a number."""
    planner = _Planner(program, sizes)
    for number, line in enumerate(program.lines):
        if line.target not in program.constants:
            planner.making.line = number
            planner.add(line)
    values = planner.values
    inputs = {variable: values[place] for variable, place in program.inputs.items()}
    results = tuple(values[place] for place in program.results)
    updates = tuple((values[new], values[old]) for new, old in program.updates)
    return Plan(tuple(planner.making.slots), tuple(planner.making.calls), values, results, updates, inputs)


class _Planner:
    def __init__(self, program: Program, sizes: Mapping[str, int]) -> None:
        self.program = program
        self.measure = Measure(sizes)
        self.dims = program.dims(sizes)
        self.making = Making()
        self.values: dict[int, View] = {}
        self.needed = {*program.results, *(new for new, _ in program.updates)}
        for variable, place in program.inputs.items():
            self.values[place] = self.making.slot(Slot(self.dims[place], Given(((variable, 0),)), value=place))
        for place, array in constants(program, sizes).items():
            self.values[place] = self.making.constant(np.asarray(array, dtype=np.float64).reshape(self.dims[place]), value=place)
        self.uses: dict[int, int] = {}
        self.makes = {line.target: line for line in program.lines}
        for line in program.lines:
            for ref in line.refs:
                self.uses[ref.value] = self.uses.get(ref.value, 0) + 1

    def add(self, line: Line) -> None:
        """The calls for one line."""
        match line.op:
            case Multiply(scale):
                self._multiply(line, self._number(scale))
            case Combine(coefficients):
                self._combine(line, [self._number(one) for one in coefficients])
            case Apply(leaf):
                applied(self.making, leaf, [self._aligned(line, one) for one in line.operands], self._target(line))
            case Reindex(by, scatter):
                reindexed(self.making, self.measure.reindexing(by), scatter, self._arg(line), self._target(line))
            case Fill():
                raise AssertionError("a number everywhere is a constant")
            case Invert():
                self.making.call("inverse", (self._arg(line),), self._target(line))
            case Solve():
                self._solve(line, line.op)
            case Largest():
                self._largest(line)
            case Greatest():
                self._greatest(line)
            case _:
                assert_never(line.op)

    # ------------------------------------------------------------------------------------------- operands

    def _number(self, poly: Poly) -> float:
        return float(self.measure.value(poly))

    def _target(self, line: Line) -> View:
        view = self.making.slot(Slot(self.dims[line.target], Work(), value=line.target))
        self.values[line.target] = view
        return view

    def _arg(self, line: Line) -> View:
        return self.values[line.refs[0].value]

    def _operand(self, ref: Ref) -> Operand:
        return plain(self.making, self.values[ref.value], ref.word, self.dims[ref.value])

    def _aligned(self, line: Line, arg: Arg) -> View:
        """An operand of an elementwise line, so that broadcasting meets the target."""
        if isinstance(arg, Literal):
            return self.making.number(self._number(arg.number))
        return self._broadcast(arg, line.word)

    def _broadcast(self, ref: Ref, word: str) -> View:
        view = self.values[ref.value]
        if ref.word == word or (len(set(ref.word)) == len(ref.word) and word.endswith(ref.word)):
            return view
        return aligned(self._operand(ref), word)

    # ------------------------------------------------------------------------------------------ operations

    def _multiply(self, line: Line, scale: float) -> None:
        dims = self.dims[line.target]
        spans = self.program.spans(line, self.dims)
        if len(line.refs) == 2 and len(set(line.word)) == len(line.word) and all(spans[letter] == 1 for letter in line.summed):
            self._product(line, scale)
            return
        operands = [self._operand(ref) for ref in self._inside(line)]
        word = "".join(letter for letter in line.word if spans[letter] != 1)
        if len(operands) == 1 and operands[0].word == word and operands[0].view.in_order and scale == 1 and line.target not in self.needed:
            self.values[line.target] = self.making.shaped(operands[0].view, dims)
            return
        if len(line.refs) == 1 and len(operands) == 2:
            scale *= self._number(self._op_of(self.makes[line.refs[0].value]).scale)
        target = self._target(line)
        short = tuple(count for count in dims if count != 1)
        contracted(self.making, operands, word, scale, Operand(self.making.shaped(target, short), word, short))

    def _inside(self, line: Line) -> Sequence[Ref]:
        """The operands; for the sum of all entries of a product that nothing else needs, those of the product."""
        made = self.makes.get(line.refs[0].value)
        if len(line.refs) == 1 and made is not None and self._joins(line, made):
            self._forget(made)
            return [Ref(ref.value, line.refs[0].word) for ref in made.refs]
        return line.refs

    def _joins(self, line: Line, made: Line) -> bool:
        alone = self.uses[made.target] == 1 and made.target not in self.needed and made.target not in self.program.constants
        full = not line.word and len(set(line.refs[0].word)) == len(line.refs[0].word)
        return full and alone and isinstance(made.op, Multiply) and len(made.refs) == 2 and all(ref.word == made.word for ref in made.refs)

    def _forget(self, line: Line) -> None:
        """Take back the calls of a line that another one does the work of."""
        number = self.program.lines.index(line)
        self.making.calls = [call for call in self.making.calls if call.line != number]

    def _op_of(self, line: Line) -> Multiply:
        assert isinstance(line.op, Multiply)
        return line.op

    def _product(self, line: Line, scale: float) -> None:
        """Entry by entry; times a reciprocal that nothing else needs is a division."""
        function, args = "np.multiply", [self._aligned(line, ref) for ref in line.refs]
        for position in (1, 0):
            made = self.makes.get(line.refs[position].value)
            if function == "np.multiply" and made is not None and self._is_reciprocal(made):
                below = made.refs[0]
                letters = dict(zip(made.word, line.refs[position].word))
                self._forget(made)
                divisor = self._broadcast(Ref(below.value, "".join(letters[c] for c in below.word)), line.word)
                function, args = "np.divide", [args[1 - position], divisor]
        target = self._target(line)
        if scale == 1:
            self.making.call(function, args, target)
        else:
            self.making.scaled(self.making.call(function, args, self.making.work(self.making.dims(target))), scale, target)

    def _is_reciprocal(self, made: Line) -> bool:
        alone = self.uses[made.target] == 1 and made.target not in self.needed and made.target not in self.program.constants
        is_power = isinstance(made.op, Apply) and made.op.leaf.exponent == -1
        return alone and is_power and len(made.refs) == 1 and set(made.refs[0].word) <= set(made.word)

    def _combine(self, line: Line, factors: list[float]) -> None:
        """From left to right, a term without a factor first; numbers last."""
        terms = [(factor, self._aligned(line, arg)) for factor, arg in zip(factors, line.operands) if isinstance(arg, Ref)]
        constant = sum(factor * self._number(arg.number) for factor, arg in zip(factors, line.operands) if isinstance(arg, Literal))
        first = next((k for k, (factor, _) in enumerate(terms) if factor == 1), 0)
        terms.insert(0, terms.pop(first))
        steps = [*terms[1:], *([(1.0, self.making.number(constant))] if constant else [])]
        target = self._target(line)
        factor, total = terms[0]
        if not steps:
            self.making.scaled(total, factor, target)
            return
        if factor == -1:
            factor, total, steps = self._led_by_another(terms[0], steps)
        if factor != 1:
            total = self.making.scaled(total, factor, self.making.work(self.making.dims(total)))
        for number, (factor, term) in enumerate(steps, 1):
            room = target if number == len(steps) else self.making.work(self.making.dims(target))
            if factor not in (1, -1):
                term = self.making.scaled(term, factor, self.making.work(self.making.dims(term)))
            total = self.making.call("np.subtract" if factor == -1 else "np.add", (total, term), room)

    def _led_by_another(self, first: tuple[float, View], steps: list[tuple[float, View]]) -> tuple[float, View, list[tuple[float, View]]]:
        """−x + y as y − x."""
        (factor, total), *rest = [*reversed(steps)]
        return factor, total, [first, *rest]

    def _largest(self, line: Line) -> None:
        """1 at the first largest entry of each row."""
        dims = self.dims[line.target]
        target = self._target(line)
        if not dims:
            self.making.call("np.copyto", (self.making.number(1.0),), target)
            return
        positions = self.making.constant(np.arange(dims[-1], dtype=np.intp), "place")
        chosen = self.making.call("argmax", (self._arg(line),), self.making.work(dims[:-1], "place"), -1)
        mask = self.making.work(dims, "truth")
        self.making.call("np.equal", (self.making.shaped(chosen, (*dims[:-1], 1)), positions), mask)
        self.making.call("np.copyto", (mask,), target)

    def _greatest(self, line: Line) -> None:
        """The largest entry of each row, of the columns of the turned array where rows are short."""
        arg = self._arg(line)
        dims = self.making.dims(arg)
        target = self._target(line)
        rows = self.making.slots[target.slot].size
        if not 1 < dims[-1] < SHORT_ROWS or rows < MANY_ROWS:
            self.making.call("np.maximum.reduce", (arg,), target, len(dims) - 1)
            return
        matrix = Operand(self.making.shaped(arg, (rows, dims[-1])), "ij", (rows, dims[-1]))
        turned = self.making.call("np.copyto", (matrix.turned("ji").view,), self.making.work((dims[-1], rows)))
        self.making.call("np.maximum.reduce", (turned,), self.making.shaped(target, (rows,)), 0)

    def _solve(self, line: Line, how: Solve) -> None:
        """Equations for all columns at once: the unknowns' axis is brought to the front and back."""
        matrix, right = (self.values[ref.value] for ref in line.refs)
        dims = self.making.dims(right)
        word = "ijklmnop"[: len(dims)]
        rest = word.replace(word[how.place], "")
        turned = Operand(right, word, dims).turned(word[how.place] + rest)
        columns = self.making.call("np.copyto", (turned.view,), self.making.work(turned.dims))
        count = turned.dims[0]
        flat = (count, self.making.slots[columns.slot].size // count)
        left = Operand(matrix, "ij", (count, count)).turned("ji" if how.turned else "ij").view
        found = self.making.call("solution", (left, self.making.shaped(columns, flat)), self.making.work(flat))
        back = rest[: how.back] + word[how.place] + rest[how.back :]
        shaped = Operand(self.making.shaped(found, turned.dims), turned.word, turned.dims).turned(back)
        self.making.call("np.copyto", (shaped.view,), self._target(line))
