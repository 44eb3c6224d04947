"""Passes of a tape as C: register code over rows and columns becomes straight code on vectors, in as few loops as the sums along rows allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from byhand.compile.export.c_text import Places, along, counters, looped, number, real
from byhand.compile.tape.tape import Code, Load, Pass, Scalars, Step, Store, View


def _calling(function: str) -> Callable[..., str]:
    return lambda step, arg: f"{function}({arg})"


VECTOR: Mapping[str, Callable[..., str]] = {
    "copy": lambda s, a: a,
    "add": lambda s, a, b: f"{a} + {b}",
    "sub": lambda s, a, b: f"{a} - {b}",
    "add_scaled": lambda s, a, b: f"bh_fma(bh_splat({number(s.number)}), {b}, {a})",
    "mul": lambda s, a, b: f"{a} * {b}",
    "square": lambda s, a: f"{a} * {a}",
    "sqrt": lambda s, a: f"bh_root({a})",
    "power_whole": lambda s, a: f"bh_power_whole({a}, {int(s.number)})",
    "power_real": lambda s, a: f"bh_pow({a}, bh_splat({number(s.number)}))",
    "power": lambda s, a, b: f"bh_pow({a}, {b})",
    **{name: _calling(f"bh_{name}") for name in ["exp", "log", "sin", "cos", "tanh", "sigmoid", "erf", "relu", "step", "sign", "abs", "reciprocal"]},
}
"""How a step is written on vectors; ``fill`` and ``affine`` depend on their numbers."""

SINGLE: Mapping[str, Callable[..., str]] = {
    "copy": lambda s, a: a,
    "add": lambda s, a, b: f"{a} + {b}",
    "sub": lambda s, a, b: f"{a} - {b}",
    "add_scaled": lambda s, a, b: f"{a} + {real(s.number)} * {b}",
    "mul": lambda s, a, b: f"{a} * {b}",
    "square": lambda s, a: f"{a} * {a}",
    "reciprocal": lambda s, a: f"1 / {a}",
    "sigmoid": lambda s, a: f"1 / (1 + exp(-{a}))",
    "relu": lambda s, a: f"{a} > 0 || {a} != {a} ? {a} : 0",
    "step": lambda s, a: f"{a} > 0 ? 1 : 0",
    "sign": lambda s, a: f"{a} > 0 ? 1 : {a} < 0 ? -1 : {a} == 0 ? 0 : {a}",
    "abs": lambda s, a: f"fabs({a})",
    "power_whole": lambda s, a: f"pow({a}, {real(s.number)})",
    "power_real": lambda s, a: f"pow({a}, {real(s.number)})",
    "power": lambda s, a, b: f"pow({a}, {b})",
    **{name: _calling(name) for name in ["exp", "log", "sin", "cos", "tanh", "erf", "sqrt"]},
}
"""How a step is written on single numbers, which are 64-bit floats."""


def scalars(one: Scalars, places: Places) -> list[str]:
    """Single numbers, one statement each."""
    lines: list[str] = []
    names: dict[int, str] = {}
    made = 0
    for step in one.code:
        match step:
            case Load(register, view):
                text = places.entry(view)
            case Store(register, view):
                lines.append(f"{places.entry(view)} = (REAL){names[register]};")
                continue
            case Step():
                register, text = step.out, _single(step, [names[arg] for arg in step.args])
            case _:
                assert_never(step)
        names[register] = f"s{made}"
        made += 1
        lines.append(f"const double {names[register]} = {text};")
    return ["{", *(f"    {line}" for line in lines), "}"] if lines else []


def _single(step: Step, args: list[str]) -> str:
    if step.op == "fill":
        return real(step.number)
    if step.op == "affine":
        product = args[0] if step.number == 1 else f"{real(step.number)} * {args[0]}"
        return product if not step.offset else f"{product} + {real(step.offset)}"
    return SINGLE[step.op](step, *args)


# ------------------------------------------------------------------------------------------------- vectors


@dataclass(slots=True)
class _Made:
    """A vector that a pass makes: ``wide`` if it has all columns, else one number a row; it is there from loop ``level`` on."""

    name: str
    wide: bool
    level: int
    load: View | None = None
    kept: bool = False


@dataclass(slots=True)
class _Writer:
    one: Pass
    places: Places
    rows: list[str]
    at: dict[int, _Made] = field(default_factory=dict[int, _Made])
    loops: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    before: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    known: dict[tuple[int, str], str] = field(default_factory=dict[tuple[int, str], str])
    room: list[str] = field(default_factory=list[str])
    made: int = 0

    def lines(self) -> list[str]:
        """The body of the loops over rows."""
        levels = self._levels()
        last: list[Store] = []
        loaded = {(step.view.base, step.view.offset) for step in self.one.code if isinstance(step, Load)}
        for step in self.one.code:
            match step:
                case Load(register, view):
                    self._load(register, view)
                case Step():
                    self._step(step)
                case Store(_, view):
                    if (view.base, view.offset) in loaded and levels:
                        last.append(Store(step.register, view, step.once))
                        self.at[-len(last)] = self.at[step.register]
                    else:
                        self._store(self.at[step.register], step, self.at[step.register].level)
                case _:
                    assert_never(step)
        for count, step in enumerate(last, 1):
            self._store(self.at[-count], step, max([levels, *self.loops, *self.before]))
        return self._written()

    def _levels(self) -> int:
        return sum(isinstance(step, Step) and step.op in ("row_sum", "row_max") for step in self.one.code)

    def _name(self) -> str:
        self.made += 1
        return f"v{self.made - 1}"

    def _moves(self, view: View, column: bool) -> list[tuple[str, int]]:
        moves = along(self.rows, view.strides)
        return [*moves, ("j", view.strides[-1])] if column else moves

    def _load(self, register: int, view: View) -> None:
        wide = bool(view.strides) and view.strides[-1] != 0
        name = self._name()
        self.at[register] = _Made(name, wide, 0, view)
        if not wide:
            self.before.setdefault(0, []).append(f"const BH_V {name} = bh_splat({self.places.entry(view, *self._moves(view, False))});")

    def _wide(self, made: _Made, level: int) -> str:
        """A vector inside the loop of this level: loaded again, or taken from where it was kept."""
        if not made.wide or (made.load is None and made.level == level):
            return made.name
        key = (level, made.name)
        if key in self.known:
            return self.known[key]
        if made.load is not None:
            text = self._read(made.load)
        else:
            self._keep(made)
            text = f"bh_load_part(row_{made.name} + j, left)"
        self.known[key] = made.name if made.load is not None and not any(one == made.name for _, one in self.known) else f"{made.name}_{level}"
        self.loops.setdefault(level, []).append(f"const BH_V {self.known[key]} = {text};")
        return self.known[key]

    def _read(self, view: View) -> str:
        if view.strides[-1] == 1:
            return f"bh_load_part({self.places.at(view, *self._moves(view, True))}, left)"
        return f"gathered({self.places.at(view, *self._moves(view, True))}, {view.strides[-1]}, left)"

    def _keep(self, made: _Made) -> None:
        """Put a vector of all columns where a later loop finds it."""
        if not made.kept:
            made.kept = True
            self.room.append(f"REAL row_{made.name}[{self.one.columns}];")
            self.loops.setdefault(made.level, []).append(f"bh_store_part(row_{made.name} + j, {made.name}, left);")

    def _step(self, step: Step) -> None:
        args = [self.at[arg] for arg in step.args]
        name = self._name()
        if step.op in ("row_sum", "row_max"):
            self._along_row(step.op, args[0], step.out, name)
            return
        wide, level = any(arg.wide for arg in args), max((arg.level for arg in args), default=0)
        texts = [self._wide(arg, level) if wide else arg.name for arg in args]
        where = self.loops if wide else self.before
        where.setdefault(level, []).append(f"const BH_V {name} = {_vector(step, texts)};")
        self.at[step.out] = _Made(name, wide, level)

    def _along_row(self, op: str, arg: _Made, out: int, name: str) -> None:
        """One number of a whole row, there for the loops behind."""
        function = "bh_sum" if op == "row_sum" else "bh_largest"
        if not arg.wide:
            text = f"{arg.name} * bh_splat({self.one.columns})" if op == "row_sum" else arg.name
        elif arg.load is not None:
            text = f"bh_splat({function}({self.places.at(arg.load, *self._moves(arg.load, False))}, {self.one.columns}, {arg.load.strides[-1]}))"
        else:
            self._keep(arg)
            text = f"bh_splat({function}(row_{arg.name}, {self.one.columns}, 1))"
        self.before.setdefault(arg.level + 1, []).append(f"const BH_V {name} = {text};")
        self.at[out] = _Made(name, False, arg.level + 1)

    def _store(self, made: _Made, step: Store, level: int) -> None:
        if step.once:
            self.before.setdefault(max(level, made.level), []).append(f"{self.places.entry(step.view, *self._moves(step.view, False))} = {made.name}[0];")
            return
        text = self._wide(made, level)
        where = self.places.at(step.view, *self._moves(step.view, True))
        stride = step.view.strides[-1]
        line = f"bh_store_part({where}, {text}, left);" if stride == 1 else f"scattered({where}, {stride}, {text}, left);"
        self.loops.setdefault(level, []).append(line)

    def _written(self) -> list[str]:
        lines = list(self.room)
        for level in range(max([0, *self.loops, *self.before]) + 1):
            lines += self.before.get(level, [])
            if level in self.loops:
                lines += [
                    f"for (ptrdiff_t j = 0; j < {self.one.columns}; j += BH_LANES) {{",
                    *([f"    const ptrdiff_t left = {self.one.columns} - j;"] if any("left" in line for line in self.loops[level]) else []),
                    *(f"    {line}" for line in self.loops[level]),
                    "}",
                ]
        return lines


def _vector(step: Step, args: list[str]) -> str:
    if step.op == "fill":
        return f"bh_splat({number(step.number)})"
    if step.op != "affine":
        return VECTOR[step.op](step, *args)
    factor, offset = f"bh_splat({number(step.number)})", f"bh_splat({number(step.offset)})"
    if not step.offset:
        return f"{factor} * {args[0]}"
    return f"{args[0]} + {offset}" if step.number == 1 else f"bh_fma({factor}, {args[0]}, {offset})"


def vectors(one: Pass, places: Places) -> list[str]:
    """A pass as loops; one loop over everything where rows follow each other in memory and no line looks along them."""
    flat = _flat(one)
    names = counters("r", flat.dims)
    body = _Writer(flat, places, names).lines()
    if names:
        return looped(names, flat.dims, body)
    return ["{", *(f"    {line}" for line in body), "}"]


def _flat(one: Pass) -> Pass:
    """The same pass with the innermost rows joined to their columns, as far as that goes."""
    if not one.dims or any(isinstance(step, Step) and step.op in ("row_sum", "row_max") for step in one.code):
        return one
    views = [step.view for step in one.code if not isinstance(step, Step)]
    if any(isinstance(step, Store) and step.once for step in one.code):
        return one
    if any(view.strides[-2] != view.strides[-1] * one.columns for view in views):
        return one
    code: Code = tuple(step if isinstance(step, Step) else _joined(step) for step in one.code)
    return _flat(Pass(one.dims[:-1], one.dims[-1] * one.columns, one.registers, code))


def _joined(step: Load | Store) -> Load | Store:
    view = View(step.view.base, step.view.offset, (*step.view.strides[:-2], step.view.strides[-1]))
    return Load(step.register, view) if isinstance(step, Load) else Store(step.register, view, step.once)
