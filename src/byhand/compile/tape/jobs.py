"""The lines of a program at given sizes as jobs: which letters run how far, and by which strides each operand is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import assert_never

from byhand.compile.program import Apply, Combine, Fill, Greatest, Invert, Largest, Line, Literal, Multiply, Program, Ref, Reindex, Solve
from byhand.compile.reference import constants
from byhand.compile.tape.job import LONGEST_ROW, Access, Argument, Chosen, Entrywise, Job, Linear, Matmul, Moved, Reduction, Times, Work, natural
from byhand.compile.tape.tape import Unsupported
from byhand.lang.index import Reindexing, Reshape
from byhand.run.algebra import Measure
from byhand.run.arrays import Array, Dims


@dataclass(slots=True)
class Jobs:
    """``dims`` of every value, those that only jobs know among them; ``span`` how far each letter of each target's job runs."""

    program: Program
    measure: Measure
    dims: list[Dims]
    jobs: list[Job] = field(default_factory=list[Job])
    spans: dict[int, Mapping[str, int]] = field(default_factory=dict[int, Mapping[str, int]])
    fixed: dict[int, Array] = field(default_factory=dict[int, Array])
    same: dict[int, int] = field(default_factory=dict[int, int])

    @classmethod
    def of(cls, program: Program, sizes: Mapping[str, int]) -> Jobs:
        made = cls(program, Measure(sizes), list(program.dims(sizes)))
        if any(0 in dims for dims in made.dims):
            raise Unsupported("an array of it is empty.")
        made.fixed = constants(program, sizes)
        for line in program.lines:
            if line.target not in made.fixed:
                made._add(line)
        return made

    def span(self, job: Job) -> Mapping[str, int]:
        return self.spans[job.target]

    def extents(self, job: Job, letters: str) -> Dims:
        spans = self.spans[job.target]
        return tuple(spans[letter] for letter in letters)

    def root(self, value: int) -> int:
        """The value whose memory this one shares."""
        while value in self.same:
            value = self.same[value]
        return value

    # ------------------------------------------------------------------------------------------- lines

    def _add(self, line: Line) -> None:
        spans = {c: n for c, n in self.program.spans(line, self.dims).items() if n > 1}
        self.spans[line.target] = spans
        word = "".join(c for c in line.word if c in spans)
        match line.op:
            case Multiply(scale):
                self._product(line, word, float(self.measure.value(scale)))
            case Combine(coefficients):
                self._entrywise(line, word, Linear(tuple(float(self.measure.value(c)) for c in coefficients)))
            case Apply(leaf):
                self._entrywise(line, word, leaf)
            case Reindex(by, scatter):
                self._moved(line, self.measure.reindexing(by), scatter)
            case Largest():
                self.jobs.append(Chosen(line.target, self._whole(line.refs[0])))
            case Greatest():
                letters = "".join(c for c in line.refs[0].word if c in spans)
                self._reduced(line.target, word, "".join(c for c in letters if c not in word), self._access(line.refs[0], spans), largest=True, scale=1.0)
            case Invert() | Solve():
                raise Unsupported("it solves systems of equations.")
            case Fill():
                raise Unsupported("a number in it has no value at these sizes.")
            case _:
                assert_never(line.op)

    def _access(self, ref: Ref, spans: Mapping[str, int]) -> Access:
        strides: dict[str, int] = {}
        for letter, step in zip(ref.word, natural(self.dims[ref.value])):
            if letter in spans:
                strides[letter] = strides.get(letter, 0) + step
        return Access(self.root(ref.value), strides)

    def _argument(self, operand: Ref | Literal, spans: Mapping[str, int]) -> Argument:
        if isinstance(operand, Literal):
            return float(self.measure.value(operand.number))
        known = self.fixed.get(operand.value)
        if known is not None and known.size and (known == known.flat[0]).all():
            return float(known.flat[0])
        return self._access(operand, spans)

    def _entrywise(self, line: Line, word: str, work: Work) -> None:
        spans = self.spans[line.target]
        self._spread(line.target, word, work, tuple(self._argument(one, spans) for one in line.operands))

    def _spread(self, target: int, word: str, work: Work, args: tuple[Argument, ...]) -> None:
        """An entrywise job; where the word repeats a letter, it writes the diagonal."""
        letters = "".join(dict.fromkeys(word))
        steps = dict.fromkeys(letters, 0)
        for letter, step in zip(word, (step for step, count in zip(natural(self.dims[target]), self.dims[target]) if count > 1)):
            steps[letter] += step
        self.jobs.append(Entrywise(target, letters, work, args, tuple(steps.values()), len(letters) < len(word)))

    def _whole(self, ref: Ref) -> int:
        return self.root(ref.value)

    def _moved(self, line: Line, by: Reindexing, scatter: bool) -> None:
        source = self._whole(line.refs[0])
        if isinstance(by, Reshape):
            self.same[line.target] = source
        else:
            self.jobs.append(Moved(line.target, by, scatter, source, self.dims[line.refs[0].value]))

    # ---------------------------------------------------------------------------------------- products

    def _product(self, line: Line, word: str, scale: float) -> None:
        spans, target = self.spans[line.target], line.target
        letters = "".join(dict.fromkeys(word))
        if len(line.refs) == 2 and any(isinstance(self._argument(ref, spans), float) for ref in line.refs):
            for ref in line.refs:
                number = self._argument(ref, spans)
                if isinstance(number, float) and set(self._access(ref, spans).strides) <= {c for other in line.refs if other is not ref for c in other.word}:
                    return self._one(target, word, letters, self._access(next(o for o in line.refs if o is not ref), spans), scale * number)
        if len(line.refs) == 1:
            return self._one(target, word, letters, self._access(line.refs[0], spans), scale)
        left, right = (self._access(ref, spans) for ref in line.refs)
        left = self._alone(left, letters + "".join(right.strides), spans)
        right = self._alone(right, letters + "".join(left.strides), spans)
        met = "".join(c for c in left.strides if c in right.strides and c not in letters)
        if not met:
            return self._spread(target, word, Times(scale), (left, right))
        return self._met(target, word, letters, met, left, right, scale)

    def _one(self, target: int, word: str, letters: str, arg: Access, scale: float) -> None:
        summed = "".join(c for c in arg.strides if c not in letters)
        if not summed:
            return self._spread(target, word, Linear((scale,)), (arg,))
        kept = "".join(c for c in letters if c in arg.strides)
        if kept == word:
            return self._reduced(target, kept, summed, arg, largest=False, scale=scale)
        made = self._virtual(kept, self.spans[target])
        self._reduced(made.value, kept, summed, arg, largest=False, scale=scale)
        return self._spread(target, word, Linear((1.0,)), (made,))

    def _met(self, target: int, word: str, letters: str, met: str, left: Access, right: Access, scale: float) -> None:
        """A product with a sum: a matrix product, or where only one operand has letters of its own, maybe a sum along rows."""
        spans = self.spans[target]
        stack = "".join(c for c in letters if c in left.strides and c in right.strides)
        rows = "".join(c for c in letters if c in left.strides and c not in right.strides)
        columns = "".join(c for c in letters if c in right.strides and c not in left.strides)
        if (rows and not columns) or (rows and columns and word and letters.index(rows[-1]) > letters.index(columns[-1])):
            rows, columns, left, right = columns, rows, right, left
        if not rows and (not columns or self._along_rows(met, columns, right, prod(spans[c] for c in met))):
            kept = "".join(c for c in letters if c in stack + columns)
            order = "".join(sorted(stack + columns + met, key=lambda c: -right.strides[c]))
            both = self._virtual(order, spans)
            self._spread(both.value, order, Times(1.0), (left, right))
            summed = "".join(c for c in order if c in met)
            return self._finish(target, word, kept, lambda made: self._reduced(made, kept, summed, both, largest=False, scale=scale))
        made = stack + rows + columns
        return self._finish(target, word, made, lambda value: self._matmul(value, stack, rows, columns, met, left, right, scale))

    def _along_rows(self, met: str, columns: str, right: Access, length: int) -> bool:
        """Whether the sum runs along neighbours and the letters that stay do not: a number for each row of a matrix."""
        return length <= LONGEST_ROW and all(right.strides[c] != 1 for c in columns) and any(right.strides[c] == 1 for c in met)

    def _matmul(self, target: int, stack: str, rows: str, columns: str, met: str, left: Access, right: Access, scale: float) -> None:
        self.jobs.append(Matmul(target, stack, rows, columns, met, left, right, scale))

    def _finish(self, target: int, word: str, made: str, work: Callable[[int], None]) -> None:
        """The work on the target itself if its axes come as they are made, else on a value of its own that is then spread."""
        if made == word:
            work(target)
            return
        own = self._virtual(made, self.spans[target])
        work(own.value)
        self._spread(target, word, Linear((1.0,)), (own,))

    def _alone(self, access: Access, needed: str, spans: Mapping[str, int]) -> Access:
        """Letters that only this operand has and nobody asks for are summed over first."""
        summed = "".join(c for c in access.strides if c not in needed)
        if not summed:
            return access
        kept = "".join(c for c in access.strides if c in needed)
        made = self._virtual(kept, spans)
        self._reduced(made.value, kept, summed, access, largest=False, scale=1.0)
        return made

    def _virtual(self, letters: str, spans: Mapping[str, int]) -> Access:
        """A value that no line has."""
        dims = tuple(spans[c] for c in letters)
        self.dims.append(dims)
        value = len(self.dims) - 1
        self.spans[value] = spans
        return Access(value, dict(zip(letters, natural(dims))))

    def _reduced(self, target: int, letters: str, summed: str, arg: Access, largest: bool, scale: float) -> None:
        """A sum over everything goes row by row first, so that rows can be worked on at once."""
        spans = self.spans[target]
        last = summed[-1:]
        if not summed:
            self._spread(target, letters, Linear((scale,)), (arg,))
            return
        if not largest and not letters and len(summed) > 1 and arg.strides[last] == 1:
            made = self._virtual(summed[:-1], spans)
            self.jobs.append(Reduction(made.value, summed[:-1], last, arg, False, 1.0))
            self._reduced(target, "", summed[:-1], made, largest=False, scale=scale)
            return
        self.jobs.append(Reduction(target, letters, summed, arg, largest, scale))
