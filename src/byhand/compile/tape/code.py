"""Jobs of one group as register code, and registers used again when they have been read for the last time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import pi
from typing import assert_never

from byhand.compile.tape.groups import Grouping
from byhand.compile.tape.job import Access, Argument, Entrywise, Linear, Reduction, Times
from byhand.compile.tape.tape import Code, Load, Step, Store, View
from byhand.lang.leaf import POW, Leaf
from byhand.lang.leaves import PI
from byhand.run.arrays import Dims

Where = Callable[[int, tuple[int, ...]], View]
"""The view of a value by these strides."""


@dataclass(slots=True)
class Writer:
    """``at`` says in which register a value is, ``loaded`` what has been loaded by which strides. Registers are made without end."""

    grouping: Grouping
    space: Dims
    where: Where
    stored: frozenset[int]
    code: list[Load | Step | Store] = field(default_factory=list[Load | Step | Store])
    last: list[Store] = field(default_factory=list[Store])
    at: dict[int, int] = field(default_factory=dict[int, int])
    loaded: dict[tuple[int, tuple[int, ...]], int] = field(default_factory=dict[tuple[int, tuple[int, ...]], int])
    made: int = 0

    def write(self, members: Iterable[int]) -> tuple[int, Code]:
        """How many registers, and the code for these jobs."""
        rank = len(self.space)
        for number in sorted(members):
            job = self.grouping.order[number]
            assert isinstance(job, (Entrywise, Reduction))
            register = self._entrywise(job) if isinstance(job, Entrywise) else self._reduced(job)
            self.at[job.target] = register
            if job.target in self.stored:
                strides = self.grouping.out_strides(job, rank)
                once = rank > 0 and len(job.letters) < rank
                store = Store(register, self.where(job.target, strides), once)
                (self.last if job.target in self.grouping.updated else self.code).append(store)
        return _few_registers((*self.code, *self.last))

    def _new(self) -> int:
        self.made += 1
        return self.made - 1

    def _step(self, op: str, *args: int, number: float = 0.0, offset: float = 0.0) -> int:
        out = self._new()
        self.code.append(Step(op, out, args, number, offset))
        return out

    def _read(self, letters: str, arg: Argument) -> int:
        if not isinstance(arg, Access):
            return self._step("fill", number=arg)
        if arg.value in self.at:
            return self.at[arg.value]
        strides = self.grouping.strides_in(letters, arg, len(self.space))
        key = (arg.value, strides)
        if key not in self.loaded:
            self.loaded[key] = self._new()
            self.code.append(Load(self.loaded[key], self.where(arg.value, strides)))
        return self.loaded[key]

    def _reduced(self, job: Reduction) -> int:
        register = self._step("row_max" if job.largest else "row_sum", self._read(job.letters + job.summed, job.arg))
        return register if job.scale == 1 else self._step("affine", register, number=job.scale)

    def _entrywise(self, job: Entrywise) -> int:
        match job.work:
            case Linear(coefficients):
                return self._linear(job.letters, list(zip(coefficients, job.args)))
            case Times(scale):
                return self._times(job.letters, scale, job.args)
            case Leaf() as leaf:
                return self._leaf(leaf, [self._read(job.letters, arg) for arg in job.args])
            case _:
                assert_never(job.work)

    def _linear(self, letters: str, terms: Sequence[tuple[float, Argument]]) -> int:
        offset = float(sum(factor * arg for factor, arg in terms if not isinstance(arg, Access)))
        rest = [(factor, self._read(letters, arg)) for factor, arg in terms if isinstance(arg, Access)]
        if not rest:
            return self._step("fill", number=offset)
        if len(rest) == 1:
            ((factor, register),) = rest
            return self._step("copy", register) if factor == 1 and not offset else self._step("affine", register, number=factor, offset=offset)
        rest.sort(key=lambda term: term[0] != 1)
        (factor, total), *others = rest
        if factor != 1:
            total = self._step("affine", total, number=factor)
        for factor, register in others:
            if abs(factor) == 1:
                total = self._step("add" if factor == 1 else "sub", total, register)
            else:
                total = self._step("add_scaled", total, register, number=factor)
        return self._step("affine", total, number=1.0, offset=offset) if offset else total

    def _times(self, letters: str, scale: float, args: Sequence[Argument]) -> int:
        registers: list[int] = []
        for arg in args:
            if isinstance(arg, Access):
                registers.append(self._read(letters, arg))
            else:
                scale *= arg
        if not registers:
            return self._step("fill", number=scale)
        if len(registers) == 2:
            registers = [self._step("square", registers[0]) if registers[0] == registers[1] else self._step("mul", *registers)]
        return registers[0] if scale == 1 and len(args) == 2 else self._step("affine", registers[0], number=scale)

    def _leaf(self, leaf: Leaf, args: Sequence[int]) -> int:
        if leaf.exponent is not None:
            return self._power(leaf.exponent, args[0])
        if leaf is PI:
            return self._step("fill", number=pi)
        return self._step("power" if leaf is POW else leaf.name, *args)

    def _power(self, exponent: Fraction, arg: int) -> int:
        if exponent == -1:
            return self._step("reciprocal", arg)
        if exponent.denominator == 2:
            root = self._step("sqrt", arg)
            return root if exponent == Fraction(1, 2) else self._power(Fraction(exponent.numerator), root)
        if exponent == 2:
            return self._step("square", arg)
        return self._step("power_whole" if exponent.denominator == 1 else "power_real", arg, number=float(exponent))


def _few_registers(code: Code) -> tuple[int, Code]:
    """The same code with registers that are used again: a linear scan. A step does not write where it reads, for the two may be of different extent."""
    last: dict[int, int] = {}
    for number, one in enumerate(code):
        for register in _touched(one):
            last[register] = number
    place: dict[int, int] = {}
    free: list[int] = []
    made = 0
    found: list[Load | Step | Store] = []
    for number, one in enumerate(code):
        gone = [register for register in dict.fromkeys(_read_by(one)) if last[register] == number]
        moved = {register: place[register] for register in _read_by(one)}
        for register in _made_by(one):
            if not free:
                free.append(made)
                made += 1
            place[register] = moved[register] = free.pop()
            if last[register] == number:
                gone.append(register)
        free += [place[register] for register in gone]
        found.append(_renamed(one, moved))
    return made, tuple(found)


def _made_by(one: Load | Step | Store) -> tuple[int, ...]:
    match one:
        case Load(register):
            return (register,)
        case Step(_, out):
            return (out,)
        case Store():
            return ()
        case _:
            assert_never(one)


def _read_by(one: Load | Step | Store) -> tuple[int, ...]:
    match one:
        case Load():
            return ()
        case Step(_, _, args):
            return args
        case Store(register):
            return (register,)
        case _:
            assert_never(one)


def _touched(one: Load | Step | Store) -> tuple[int, ...]:
    return (*_made_by(one), *_read_by(one))


def _renamed(one: Load | Step | Store, place: Mapping[int, int]) -> Load | Step | Store:
    match one:
        case Load(register) | Store(register):
            return replace(one, register=place[register])
        case Step(_, out, args):
            return replace(one, out=place[out], args=tuple(place[arg] for arg in args))
        case _:
            assert_never(one)
