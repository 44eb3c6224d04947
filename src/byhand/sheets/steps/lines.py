"""One step of one parameter: the lines of its update rule, over the states that the rule keeps."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count

from byhand.derive import Step
from byhand.lang.expr import Expr, Named, Var, intern, named, num
from byhand.lang.names import Updated
from byhand.lang.update_rule import COUNT, GRADIENT, PARAMETER, RATE
from byhand.lang.walk import postorder, substitute
from byhand.run.bind import to_array
from byhand.sheets import solution as s
from byhand.sheets.steps.call import Call
from byhand.sheets.workspace import Memory, Workspace

MOST_WRITTEN = 20
"""Up to how many steps of a parameter the formulas are written out for programs: they differ in their primes alone."""


@dataclass(frozen=True, slots=True)
class Lines:
    """``starts``: the states that begin here; ``count``: the number of this step as a quantity, where a line speaks of it."""

    parameter: Var
    gradient: Expr
    memory: Memory
    starts: tuple[Var, ...]
    working: tuple[s.Working, ...]
    updated: Named
    because: str
    counter: Var | None
    formulas: tuple[Named, ...] = ()

    @property
    def roots(self) -> list[Named]:
        return [*(one.quantity for one in self.working), self.updated]

    def log(self, rule: str) -> list[Step]:
        """The lines as steps of the log."""
        said = [(one.quantity, one.because) for one in self.working] + [(self.updated, self.because)]
        before: Mapping[str, Expr] = {state.name: state for state in self.memory.states.values()}
        return [Step(made.name, rule, because, _before(made, before, self), made.body) for made, because in said]


def _before(made: Named, states: Mapping[str, Expr], lines: Lines) -> Expr:
    """What a line renews: a state, the parameter; for a quantity of its own the gradient."""
    stem = made.name.name if isinstance(made.name, Updated) else str(made.name)
    return lines.parameter if stem == lines.parameter.name else states.get(stem, lines.gradient)


def remembered(space: Workspace, call: Call, parameter: Var) -> tuple[Memory, tuple[Var, ...]]:
    """The states that the rule keeps of a parameter, and those among them that begin now."""
    known = space.memory.get(parameter.name)
    if known is not None and known.rule == call.rule.name:
        return known, ()
    states = {one.name: intern(Var, _free(space, f"{one.name}_{parameter.name}", space.made), parameter.shape, frozenset()) for one in call.rule.states}
    value = space.data.get(parameter.name)
    for one in call.rule.states:
        if value is not None:
            filled = to_array(states[one.name].name, [one.start] * value.size).reshape(value.shape)
            space.data[states[one.name].name] = filled
            space.hold(value.size)
    memory = Memory(call.rule.name, states)
    space.remember(parameter, memory)
    return memory, tuple(states.values())


def _free(space: Workspace, name: str, own: Collection[str] = ()) -> str:
    """The name, or one like it that the sheet does not use."""
    tries = (name if k == 1 else f"{name}_{k}" for k in count(1))
    return next(one for one in tries if one in own or (one not in space.names and one not in space.later))


def counter_for(space: Workspace, call: Call) -> tuple[Var, ...]:
    """The number of this step for each parameter: one t for all, or one for each where they have seen different numbers of steps."""
    counts = [space.memory[one.name].count for one in call.parameters]
    alike = len(set(counts)) == 1
    free = next((one for one in (COUNT, "k", "tau") if one not in space.names and one not in space.later), None)
    names = [(free if alike else None) or _free(space, f"{COUNT}_{one.name}") for one in call.parameters]
    return tuple(intern(Var, name, (), frozenset()) for name in names)


def lines_for(space: Workspace, call: Call, parameter: Var, gradient: Expr, counter: Var | None, remembered: tuple[Memory, tuple[Var, ...]]) -> Lines:
    """The rule's lines for one parameter; each name carries as many primes as the parameter has seen steps, this one included."""
    memory, starts = remembered
    times = space.state.taken.get(parameter.name, 0) + 1
    q: dict[str, Expr] = {PARAMETER: parameter, GRADIENT: gradient, RATE: call.rate, **call.hyper, **memory.states}
    if counter is not None:
        q[COUNT] = counter
    working: list[s.Working] = []
    *before, last = [line for line in call.rule.lines if line.only_with not in call.off]
    for line in before:
        state = memory.states.get(line.of)
        name = state.name if state is not None else _free(space, f"{line.of}_{parameter.name}")
        made = named(Updated(name, times), line.build(q))
        q[f"{line.of}'"] = made
        if line.of == GRADIENT:
            q[GRADIENT] = made
        working.append(s.Working(made, line.title, line.because))
    updated = named(Updated(parameter.name, times), last.build(q))
    found = Lines(parameter, gradient, memory, starts, tuple(working), updated, last.because, counter if counter in postorder(updated) else None)
    return replace(found, formulas=_formulas(found)) if space.state.taken.get(parameter.name, 0) < MOST_WRITTEN else found


def _formulas(lines: Lines) -> tuple[Named, ...]:
    """The lines as programs get them, with the number of the step in the place of its name."""
    if lines.counter is None:
        return tuple(lines.roots)
    number: dict[Expr, Expr] = {lines.counter: num(Fraction(lines.memory.count + 1))}
    plain = [substitute(root, number, enter_named=True) for root in lines.roots]
    return tuple(root for root in plain if isinstance(root, Named))


def finished(space: Workspace, all_lines: list[Lines], numbers: Mapping[s.Name, s.Value]) -> tuple[s.Update, ...]:
    """The updates of one step with their numbers; afterwards the parameters and the states are the new ones."""
    updates: list[s.Update] = []
    fresh: dict[Var, tuple[Named, s.Value | None]] = {}
    for one in all_lines:
        value = numbers.get(one.updated.name)
        updates.append(s.Update(one.parameter, one.updated, value, one.working, one.because, one.formulas, one.starts))
        fresh[one.parameter] = one.updated, value
        made = {working.quantity.name: working.quantity for working in one.working}
        for state in one.memory.states.values():
            times = space.state.taken.get(one.parameter.name, 0) + 1
            renewed = made[Updated(state.name, times)]
            fresh[state] = renewed, numbers.get(renewed.name)
        one.memory.count += 1
    space.update(fresh)
    return tuple(updates)
