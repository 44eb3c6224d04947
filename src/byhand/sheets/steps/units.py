"""Rules that learn from mistakes, sample by sample, without a loss: a unit's score, its targets, a correction where it is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from byhand.derive import Derivation, Step, derive
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Map, Named, Var, named
from byhand.lang.leaves import SIGN, STEP
from byhand.lang.names import Grad
from byhand.lang.walk import spelled_out
from byhand.read.syntax import Name
from byhand.run.bind import Value
from byhand.sheets import solution as s
from byhand.sheets.inputs import check_data, evaluated
from byhand.sheets.lines import Writer
from byhand.sheets.steps.call import Call, about, check_steps
from byhand.sheets.steps.lines import finished, lines_for, remembered
from byhand.sheets.steps.one_by_one import one_by_one
from byhand.sheets.workspace import Workspace
from byhand.show.document import Block, Cell, Note, Table

MOST_EPOCHS, MOST_LOOKS = 100, 10_000
ENOUGH = 300
"""Updates after which nobody waits for the end any more, unless the sheet says how many epochs."""
ROWS_SHOWN = 40
UPDATES_SHOWN = 12
LIKE = "as in step(y, [w, b], rate=1, rule={}, target=t)"


@dataclass(frozen=True, slots=True)
class _Sample:
    """One sample: the unit's score, the error in the place of a gradient, and what it makes of each parameter."""

    score: Named
    error: Named
    target: Var
    inputs: Mapping[Var, Value]
    gradients: Mapping[Var, Expr]
    derivation: Derivation


@dataclass(frozen=True, slots=True)
class _Visit:
    """One sample looked at: its score, the error, and the parameters afterwards."""

    epoch: int
    number: int
    score: Value
    target: Value
    wrong: bool
    after: tuple[Value, ...]


@dataclass(slots=True)
class _Lesson:
    visits: list[_Visit] = field(default_factory=list[_Visit])
    rounds: list[s.Round] = field(default_factory=list[s.Round])
    steps: list[Step] = field(default_factory=list[Step])
    mistakes: list[int] = field(default_factory=list[int])


def learned(space: Workspace, call: Call, text: str) -> list[s.Item]:
    """The lesson: every sample in turn, epoch after epoch, until none is wrong or the epochs are over."""
    for option in ("batches", "reduction", "over"):
        if option in call.options:
            raise ByhandError(f"rule={call.rule.name} goes through the samples one by one and takes no {option}.")
    if call.inputs:
        raise ByhandError(f"rule={call.rule.name} goes through the samples of the sheet one by one and takes no other data.")
    samples = _samples(space, call)
    asked = bool({"times", "epochs"} & call.options.keys())
    most = call.passes if asked else max(1, min(MOST_EPOCHS, MOST_LOOKS // len(samples)))
    if most * len(samples) > MOST_LOOKS:
        raise ByhandError(f"{most} epochs of {len(samples)} samples are more than {MOST_LOOKS:,} looks at a sample; take fewer epochs.")
    lesson = _Lesson()
    while len(lesson.mistakes) < most and (not lesson.mistakes or lesson.mistakes[-1]) and (asked or _may_settle(lesson)):
        before = len(lesson.rounds)
        for number, sample in enumerate(samples, 1):
            _look(space, call, sample, len(lesson.mistakes) + 1, number, lesson)
        lesson.mistakes.append(len(lesson.rounds) - before)
    done = not lesson.mistakes[-1]
    answer = {"updates": len(lesson.rounds), "epochs": len(lesson.mistakes), "mistakes": list(lesson.mistakes), "converged": done}
    names = [one.name for one in call.parameters]
    notes = (_conclusion(lesson, done),)
    table = s.Answered(text, lambda writer: _table(writer, call, names, lesson.visits), s.State(), answer)
    return [table, s.Stepped(samples[0].derivation, (), tuple(lesson.rounds), "", notes, steps=tuple(lesson.steps), shown=UPDATES_SHOWN)]


def _may_settle(lesson: _Lesson) -> bool:
    return len(lesson.rounds) < ENOUGH and not _seen_before(lesson)


def _seen_before(lesson: _Lesson) -> int:
    """The earlier epoch that ended with the parameters that the last one ended with; 0 if none did."""
    per_epoch = max((visit.number for visit in lesson.visits), default=1)
    *before, last = [visit.after for visit in lesson.visits[per_epoch - 1 :: per_epoch]] or [()]
    return next((k for k, after in enumerate(before, 1) if all(map(np.array_equal, after, last))), 0)


def _conclusion(lesson: _Lesson, done: bool) -> str:
    epochs, count = len(lesson.mistakes), len(lesson.rounds)
    updates = f"{count} update{'' if count == 1 else 's'} in all"
    if done:
        return f"In epoch {epochs} every answer is right, so nothing changes any more: {updates}."
    last = lesson.mistakes[-1]
    said = f"After epoch {epochs} it has not settled: {last} answer{' was' if last == 1 else 's were'} wrong in that epoch, {updates}."
    same = _seen_before(lesson)
    circle = f" Epoch {epochs} ends where epoch {same} ended, so it goes round in circles and never settles." if same else ""
    return said + circle


def _look(space: Workspace, call: Call, sample: _Sample, epoch: int, number: int, lesson: _Lesson) -> None:
    """One sample: nothing where the answer is right, an update where it is wrong."""
    found = evaluated(space, [sample.score, sample.error, *call.parameters], sample.inputs, str(sample.score.name))
    score, error, *values = found.roots
    wrong = bool(error.any())
    if wrong:
        check_steps(space, call.parameters, 1)
        lesson.rounds.append(_update(space, call, sample, f"sample {number}, epoch {epoch}", lesson.steps))
        values = [space.data[one.name] for one in call.parameters]
    lesson.visits.append(_Visit(epoch, number, score, found[sample.target], wrong, tuple(values)))


def _update(space: Workspace, call: Call, sample: _Sample, seen: str, log: list[Step]) -> s.Round:
    kept = [remembered(space, call, one) for one in call.parameters]
    lines = [lines_for(space, call, one, sample.gradients[one], None, memory) for one, memory in zip(call.parameters, kept)]
    log += [step for one in lines for step in one.log(call.rule.name)] if not log else []
    found = evaluated(space, [root for one in lines for root in one.roots], sample.inputs, str(sample.score.name))
    numbers = {node.name: value for node, value in found.values.items() if isinstance(node, (Named, Var))}
    space.hold(sum(value.size for value in numbers.values()))
    state = s.State(space.state.taken, numbers, space.state.run)
    shown = s.Group("", (*sample.inputs, sample.score, sample.error), state)
    return s.Round(finished(space, lines, numbers), state, seen, (), (shown,))


# ---------------------------------------------------------------------------------------------- samples


def _samples(space: Workspace, call: Call) -> list[_Sample]:
    target = _target(space, call)
    check_data([call.what], str(call.what.name), space.data, space.bound().keys())
    told = one_by_one(space, call, lambda unit: _score(space, unit), target)
    signed = all(abs(entry) == 1 for entry in space.data[target.name].ravel().tolist()) and call.rule.signed_error is not None
    rule_error = call.rule.signed_error if signed else call.rule.error
    assert rule_error is not None
    found: list[_Sample] = []
    for k, one in enumerate(told, 1):
        error = named(f"e_{k}", rule_error(one.score, one.target))
        derivation = derive(one.score, call.parameters, seed=-error)
        gradients = {parameter: _plain(derivation, parameter) for parameter in call.parameters}
        found.append(_Sample(one.score, error, one.target, one.inputs, gradients, derivation))
    return found


def _plain(derivation: Derivation, parameter: Var) -> Expr:
    gradient = derivation.gradients.get(parameter.name)
    if gradient is None:
        raise ByhandError(f"{derivation.loss.name} does not depend on {parameter.name}, so no mistake can change it.")
    return spelled_out([gradient.body], lambda name: not isinstance(name, Grad))[gradient.body]


def _target(space: Workspace, call: Call) -> Var:
    tree = call.options.get("target")
    like = LIKE.format(call.rule.name)
    if tree is None:
        raise ByhandError(f"rule={call.rule.name} learns from the answers of a unit and their targets, {like}; for a loss take gradient descent.")
    target = space.known(tree.name) if isinstance(tree, Name) else None
    if not isinstance(target, Var) or target.name not in space.data:
        raise ByhandError(f"target names the given answers, {like}.", tree.at.line, tree.at.column)
    value = space.data[target.name]
    if value.ndim > 2:
        raise ByhandError(f"the targets are one number, or one for each unit, for each sample; {target.name} has {value.ndim} axes.")
    entries = {Fraction(entry) for entry in value.ravel().tolist()}
    if not (entries <= {Fraction(0), Fraction(1)} or entries <= {Fraction(-1), Fraction(1)}):
        raise ByhandError(f"the targets of rule={call.rule.name} are 0 and 1, or -1 and 1; {target.name} has others.")
    return target


def _score(space: Workspace, unit: Named) -> Named:
    """What the unit's answer is decided by: the argument of its step or sign, or the quantity itself."""
    body = unit.body
    if not isinstance(body, Map) or body.leaf not in (STEP, SIGN):
        return unit
    (score,) = body.args
    return score if isinstance(score, Named) else named("z" if "z" not in space.names else "score", score)


# ----------------------------------------------------------------------------------------------- page


def _table(writer: Writer, call: Call, names: Iterable[str], visits: list[_Visit]) -> Iterator[Block]:
    """Every look at a sample; of many the first ones and the last."""
    yield Note(about(call))
    head: tuple[Cell, ...] = ("epoch", "sample", "score", "target", "answer", *(f"{name} afterwards" for name in names))
    rows = [_row(writer.array, one) for one in visits]
    left_out = len(rows) > ROWS_SHOWN
    shown = [*rows[: ROWS_SHOWN - 2], ("⋯",) * len(head), rows[-1]] if left_out else rows
    yield Table("Sample by sample", head, tuple(shown))


def _row(number: Callable[[Value], Cell], one: _Visit) -> tuple[Cell, ...]:
    said = "wrong" if one.wrong else "right"
    return (str(one.epoch), str(one.number), number(one.score), number(one.target), said, *(number(value) for value in one.after))
