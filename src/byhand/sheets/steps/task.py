"""``step(L, [W, b], rate=0.1, …)``: one step after another, all parameters at once from the old values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from byhand.derive import Derivation, Step
from byhand.derive.direction import Direction, direction
from byhand.lang.errors import NotYetError
from byhand.lang.expr import Expr, Named, Var
from byhand.lang.names import Name
from byhand.lang.walk import postorder
from byhand.read.statements import Task
from byhand.rules.updates import BY_NAME, UPDATE_RULES
from byhand.run.bind import Value, to_array
from byhand.sheets import solution as s
from byhand.sheets.gradients import needed_for
from byhand.sheets.inputs import evaluated
from byhand.sheets.steps import units
from byhand.sheets.steps.call import Call, about, check_steps, read_call
from byhand.sheets.steps.hessian import judged
from byhand.sheets.steps.lines import Lines, counter_for, finished, lines_for, remembered
from byhand.sheets.steps.samples import Seen, schedule
from byhand.sheets.steps.sums import group, is_mean, summed
from byhand.sheets.workspace import Workspace


def step(space: Workspace, task: Task) -> list[s.Item]:
    """``step(L, [W, b], rate=0.1, rule=adam, times=3)``: the parameters named go down the loss, by gradient descent or another rule."""
    call = read_call(space, task)
    if call.rule.error is not None:
        return units.learned(space, call, task.text)
    plan = schedule(space, call)
    count = call.passes * max(1, len(plan))
    check_steps(space, call.parameters, count)
    said = _said(space, call)
    walk = _Walk(space, call)
    held = space.held
    rounds: list[s.Round] = []
    for number in range(count):
        if number == 1:
            space.hold((space.held - held) * (count - 1), book=False)
        epoch = f", epoch {number // len(plan) + 1}" if plan and call.passes > 1 else ""
        rounds.append(walk.round(plan[number % len(plan)] if plan else None, epoch))
    assert walk.derivation is not None
    said += f" Here {' and '.join(walk.counters)} is the number of the step." if walk.counters else ""
    return [s.Stepped(walk.derivation, walk.needed, tuple(rounds), said.strip(), tuple(walk.notes), bool(plan) and plan[0].summed, tuple(walk.steps))]


def _said(space: Workspace, call: Call) -> str:
    """Which rule it is, and what becomes of the memory of another one; nothing for plain gradient descent."""
    known = [space.memory.get(one.name) for one in call.parameters]
    if call.rule.states and all(one is not None and one.rule == call.rule.name and one.count for one in known):
        return f"{call.rule.title} goes on with what it remembers of the steps before."
    others = dict.fromkeys(BY_NAME[one.rule].title for one in known if one is not None and one.states and one.rule != call.rule.name)
    forgotten = f"The rule was {' and '.join(others)} before; what it remembered is forgotten. " if others else ""
    plain = call.rule is UPDATE_RULES[0] and len(call.off) == len(call.rule.hyperparameters)
    return forgotten + ("" if plain else about(call) + _starts(call))


def _starts(call: Call) -> str:
    names = [one.name for one in call.rule.states]
    return f" Before the first step {' and '.join(names)} {'are' if len(names) > 1 else 'is'} 0." if names else ""


@dataclass(slots=True)
class _Walk:
    """Takes the steps. ``derivation``, ``needed`` and ``steps`` are those of the first one, once it is ``logged``; ``notes`` are said once."""

    space: Workspace
    call: Call
    derivation: Derivation | None = None
    needed: tuple[Named, ...] = ()
    steps: list[Step] = field(default_factory=list[Step])
    notes: dict[str, None] = field(default_factory=dict[str, None])
    ways: dict[tuple[Named, ...], Direction] = field(default_factory=dict[tuple[Named, ...], Direction])
    logged: bool = False
    counters: list[str] = field(default_factory=list[str])

    def round(self, seen: Seen | None, epoch: str) -> s.Round:
        loss = self.call.what if seen is None else seen.samples[0].what
        derivation, gradients = self._gradients(loss)
        first = self.derivation is None
        if first:
            self.derivation, self.needed = derivation, needed_for(derivation, gradients.values())
        if seen is not None and seen.summed:
            found = self._summed(seen, derivation, gradients)
        elif seen is not None:
            found = self._batch(seen, derivation, gradients, epoch, first)
        else:
            found = self._plain(gradients)
        return replace(found, derivation=derivation)

    def _gradients(self, loss: Named) -> tuple[Derivation, dict[Var, Named]]:
        derivation = self.space.derivation(loss, [one.name for one in self.call.parameters])
        return derivation, {one: self.space.gradient(loss, one)[0] for one in self.call.parameters}

    def _lines(self, gradients: Mapping[Var, Expr]) -> list[Lines]:
        kept = [remembered(self.space, self.call, one) for one in self.call.parameters]
        counters = counter_for(self.space, self.call)
        found = [lines_for(self.space, self.call, one, gradients[one], t, memory) for one, t, memory in zip(self.call.parameters, counters, kept)]
        if not self.logged:
            self.steps += [step for one in found for step in one.log(self.call.rule.name)]
            self.counters += dict.fromkeys(one.counter.name for one in found if one.counter is not None)
            self.logged = True
        return found

    def _counters(self, lines: Sequence[Lines]) -> dict[Var, Value]:
        return {one.counter: to_array(one.counter.name, one.memory.count + 1) for one in lines if one.counter is not None}

    # ------------------------------------------------------------------------------- on the sheet's own data

    def _plain(self, gradients: Mapping[Var, Named]) -> s.Round:
        space = self.space
        state = space.count(list(gradients.values()))
        then: tuple[s.Group, ...] = ()
        again: tuple[s.Group, ...] = ()
        used: Mapping[Var, Expr] = gradients
        if self.call.rule.direction is not None:
            way = self._way(gradients)
            space.count([way.hessian])
            self._judge(way, state.numbers.get(way.hessian.name))
            space.count([*way.quantities, *way.directions])
            again = (s.Group("", tuple(gradients.values()), state),) if self.logged else ()
            then, used = self._groups_of(way, state), way.pieces
        lines = self._lines(used)
        for counter, value in self._counters(lines).items():
            space.data[counter.name] = value
        state = space.count([root for one in lines for root in one.roots])
        return s.Round(finished(space, lines, state.numbers), state, then=(*again, *then), published=_names(then))

    def _way(self, gradients: Mapping[Var, Named]) -> Direction:
        key = tuple(gradients.values())
        if key not in self.ways:
            taken = {str(name) for name in self.space.names} | set(self.space.later)
            self.ways[key] = direction(self.call.rule, gradients, taken)
        return self.ways[key]

    def _judge(self, way: Direction, value: Value | None) -> None:
        if not self.logged:
            self.steps += way.steps
        remark = judged(self.call.rule, value, self.call.parameters) if value is not None else ""
        if remark:
            self.notes[remark] = None

    # ------------------------------------------------------------------------------------------- on other data

    def _batch(self, seen: Seen, derivation: Derivation, gradients: Mapping[Var, Named], epoch: str, first: bool) -> s.Round:
        """A step on a batch: the whole loss with its data."""
        (sample,) = seen.samples
        used: Mapping[Var, Expr] = gradients
        way: Direction | None = None
        if self.call.rule.direction is not None:
            way = self._way(gradients)
            self._judge(way, evaluated(self.space, [way.hessian], sample.inputs, str(sample.what.name)).roots[0])
            used = way.pieces
        lines = self._lines(used)
        roots: list[Expr] = [*derivation.forward, *derivation.gradients.values(), *(root for one in lines for root in one.roots)]
        state = self._evaluated([*roots, *(way.quantities if way else ())], {**sample.inputs, **self._counters(lines)}, str(sample.what.name))
        ways = self._groups_of(way, state) if way else ()
        then = (*([] if first else [s.Group("", tuple(gradients.values()), state)]), *ways)
        data = s.Group(f"{seen.title[:1].upper()}{seen.title[1:]}{epoch}", (*sample.inputs, *self._own(derivation)), state)
        return s.Round(finished(self.space, lines, state.numbers), state, f"{seen.title}{epoch}", (data,), then, _names(ways))

    def _summed(self, seen: Seen, derivation: Derivation, gradients: Mapping[Var, Named]) -> s.Round:
        """A step on samples one by one, whose gradients are added up."""
        if self.call.rule.direction is not None:
            raise NotYetError(f"rule={self.call.rule.name} over a list of samples is not there yet; write the loss for a matrix of samples.")
        taken = {str(name) for name in self.space.names} | set(self.space.later)
        whole = summed(seen, derivation, gradients, is_mean(self.call.options.get("reduction")), taken)
        lines = self._lines(whole.gradients)
        roots: list[Expr] = [told[node] for told in whole.told for node in (*derivation.forward, *derivation.gradients.values())]
        roots += [*whole.gradients.values(), *(root for one in lines for root in one.roots)]
        state = self._evaluated(roots, {**whole.inputs, **self._counters(lines)}, str(derivation.loss.name))
        inputs = list(seen.samples[0].inputs)
        quantities = [*self._own(derivation), *self.needed]
        data = [group(k, told, inputs, quantities, state) for k, told in enumerate(whole.told, 1)]
        words = "Averaged over the samples" if is_mean(self.call.options.get("reduction")) else "Added up over the samples"
        total = s.Group(words, tuple(whole.gradients.values()), state)
        published = whole.published([derivation.loss, *gradients.values()])
        return s.Round(finished(self.space, lines, state.numbers), state, seen.title, (*data, total), published=published, told=whole.told)

    def _own(self, derivation: Derivation) -> list[Named]:
        """The quantities on the way to the loss that have names on the sheet."""
        return [node for node in derivation.forward if node.name in self.space.names]

    def _evaluated(self, roots: Sequence[Expr], inputs: Mapping[Var, Value], what: str) -> s.State:
        found = evaluated(self.space, roots, inputs, what)
        numbers = {node.name: value for node, value in found.values.items() if isinstance(node, (Named, Var))}
        self.space.hold(sum(value.size for value in numbers.values()))
        self.space.kinks.update(dict.fromkeys(found.kinks))
        return s.State(self.space.state.taken, numbers, self.space.state.run)

    def _groups_of(self, way: Direction, state: s.State) -> tuple[s.Group, ...]:
        """The Hessian and the direction, with what the Hessian names on its way."""
        known = {node.name for node in (self.derivation.forward if self.derivation is not None else ())} | {node.name for node in way.quantities}
        fresh = [node for node in postorder(way.hessian) if isinstance(node, Named) and isinstance(node.name, str)]
        names = tuple(node for node in fresh if node.name not in known and node.name not in self.space.names)
        return (s.Group("The Hessian", (*names, *way.quantities), state), s.Group("The direction d, which solves H d = gradient", way.directions, state))


def _names(groups: Sequence[s.Group]) -> tuple[Name, ...]:
    return tuple(node.name for group in groups for node in group.quantities)
