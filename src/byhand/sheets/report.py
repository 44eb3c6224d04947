"""From a solution to a document: what a person reads, in the order of the sheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby

from byhand.derive import Derivation, Step
from byhand.derive.simplify import cost
from byhand.derive.steps import TERM_BY_TERM
from byhand.lang.expr import Named, Var
from byhand.lang.names import Grad, Name
from byhand.lang.walk import postorder
from byhand.run.evaluate import number_text
from byhand.run.kinks import Kink
from byhand.sheets import solution as s
from byhand.sheets.chain_page import chain_blocks
from byhand.sheets.conventions import conventions_of
from byhand.sheets.jacobians import entry_line, jacobian_lines
from byhand.sheets.joined import AS_ABOVE, joined
from byhand.sheets.lines import Writer
from byhand.sheets.steps.page import groups, stepped
from byhand.show.conventions import Conventions
from byhand.show.document import Block, Claim, Document, Line, Lines, Note, Prose, Section, StepLine, Worked
from byhand.show.tree import Function, Member, Sym
from byhand.show.unicode import text

LONGEST_FORMULA_USED = 60


def report(solution: s.Solution, digits: int = 6, parts: tuple[s.Part, ...] | None = None) -> Document:
    """The document of a solution, or of some of its parts."""
    wanted = solution.parts if parts is None else parts
    in_entries = _speaks_of_entries(solution)
    conventions = conventions_of(solution, digits)
    conventions = replace(conventions, gradients="partial") if in_entries else conventions  # δ means Kronecker's there
    reporter = _Reporter(conventions, _sheet_names(solution), _asked(wanted), in_entries)
    return Document(solution.title, tuple(reporter.section(part) for part in wanted))


def _sheet_names(solution: s.Solution) -> frozenset[Name]:
    items = [item for part in solution.parts for item in part.items]
    defined = [item.quantity.name for item in items if isinstance(item, s.Defined)]
    return frozenset(defined) | frozenset(item.variable.name for item in items if isinstance(item, s.Given))


def _asked(parts: Iterable[s.Part]) -> frozenset[Name]:
    """The quantities whose numbers are shown where they are asked for, and so not where they are defined."""
    return frozenset(item.quantity.name for part in parts for item in part.items if isinstance(item, s.Asked) and not item.state.taken)


def _speaks_of_entries(solution: s.Solution) -> bool:
    """Whether the sheet asks for a Jacobian anywhere; then gradients are shown entry by entry too."""
    return any(isinstance(item, s.LocalOf) for part in solution.parts for item in part.items)


@dataclass(slots=True)
class _Reporter:
    """``shown``: the gradients that have been worked out on the page already, with the numbers they had; ``here``: in this part.

    ``inputs``: those of the last ``at``.
    """

    conventions: Conventions
    sheet_names: frozenset[Name]
    asked: frozenset[Name]
    in_entries: bool
    shown: set[tuple[Name, int]] = field(default_factory=set[tuple[Name, int]])
    here: set[Name] = field(default_factory=set[Name])
    inputs: tuple[int, str] = (0, "")

    def section(self, part: s.Part) -> Section:
        blocks: list[Block] = []
        self.here.clear()
        for kind, group in groupby(part.items, type):
            items = list(group)
            if kind is s.Given:
                blocks.append(self._given([item for item in items if isinstance(item, s.Given)]))
            elif kind is s.Defined:
                blocks.append(Lines("Definitions", tuple(self._defined(item) for item in items if isinstance(item, s.Defined))))
            elif kind is s.Asked:
                blocks.append(Lines("Values", tuple(self._value(item) for item in items if isinstance(item, s.Asked))))
            elif kind is s.AskedUpdate:
                blocks.append(Lines("Updated", tuple(self._updated(item) for item in items if isinstance(item, s.AskedUpdate))))
            else:
                blocks += [block for item in items for block in self._item(item)]
        blocks += [Note(kink_note(kink)) for kink in {(kink.what, kink.entries): kink for kink in reversed(part.kinks)}.values()]
        return Section(part.label, tuple(joined(blocks)))

    def _item(self, item: s.Item) -> Iterator[Block]:
        match item:
            case s.Prose(words):
                yield Prose(words)
            case s.GradientOf(gradient, derivation, needed, state):
                yield from self._gradients(derivation, needed, state, gradient)
            case s.LocalOf():
                yield from self._on_the_way(item.local.derivation, item.state)
                yield self._local(item)
            case s.Stepped():
                yield from self._stepped(item)
            case s.At():
                yield self._at(item)
            case s.Claimed():
                yield self._claim(item)
            case s.Answered(blocks=blocks, state=state, worked=worked):
                if worked is not None:
                    yield from self._gradients(worked.derivation, worked.needed, state)
                yield from blocks(self._writer(state))
            case s.Given() | s.Defined() | s.Asked() | s.AskedUpdate():
                raise AssertionError("shown in groups")

    def _writer(self, state: s.State) -> Writer:
        return Writer(self.conventions, state)

    # ------------------------------------------------------------------------------- given and defined

    def _given(self, items: list[s.Given]) -> Block:
        writer = self._writer(s.State())
        return Lines("Given", tuple(_declared(writer, item) for item in items))

    def _defined(self, item: s.Defined) -> Line:
        state = s.State() if item.quantity.name in self.asked else item.state
        return self._writer(state).quantity(item.quantity)

    def _value(self, item: s.Asked) -> Line:
        writer = self._writer(item.state)
        if isinstance(item.quantity, Var) or item.quantity.name in self.sheet_names:
            return writer.quantity(item.quantity)
        line = writer.quantity(item.quantity)
        return replace(line, links=line.links[1:])

    def _updated(self, item: s.AskedUpdate) -> Line:
        """The number, which was worked out above; where there is none the line that the step was."""
        writer = self._writer(item.before)
        name = Sym(item.updated.name)
        return writer.chain((name,) if item.value is not None else (name, writer.formula(item.updated.body)), item.value)

    # --------------------------------------------------------------------------------------- gradients

    def _gradients(self, derivation: Derivation, needed: tuple[Named, ...], state: s.State, asked: Named | None = None) -> Iterator[Block]:
        """What has to be worked out for a gradient and is not on the page yet, itself last."""
        fresh = [gradient for gradient in needed if (gradient.name, id(state)) not in self.shown]
        self.shown.update((gradient.name, id(state)) for gradient in fresh)
        if fresh:
            yield from self._on_the_way(derivation, state)
        for gradient in fresh:
            yield self._worked(gradient, derivation, state, gradient is asked)
            if gradient is asked and self.in_entries:
                yield from chain_blocks(self._writer(state), derivation, gradient)
        self.here.update(gradient.name for gradient in fresh)
        if asked is not None and asked.name not in self.here:
            writer = self._writer(state)
            yield Lines(AS_ABOVE, (writer.chain((writer.name(asked.name),), state.numbers.get(asked.name)),))

    def _on_the_way(self, derivation: Derivation, state: s.State) -> Iterator[Block]:
        """What the derivation itself gave a name and is not on the page yet."""
        new = [node for node in derivation.forward if self._is_ours(node) and (node.name, id(state)) not in self.shown]
        self.shown.update((node.name, id(state)) for node in new)
        if new:
            yield Lines("Names for values on the way", tuple(self._writer(state).quantity(node) for node in new))

    def _is_ours(self, node: Named) -> bool:
        """Whether byhand made up this name."""
        return isinstance(node.name, str) and node.name not in self.sheet_names

    def _worked(self, gradient: Named, derivation: Derivation, state: s.State, asked: bool) -> Worked:
        writer = self._writer(state)
        steps = derivation.steps_of(gradient.name)
        lines = tuple(step_line(writer, step, alone=_messages(steps) == 1) for step in steps)
        line = writer.quantity(gradient)
        more = entry_line(writer, gradient) if asked and self.in_entries else ()
        if not steps:
            more = (Lines(f"{derivation.loss.name} does not depend on it", ()), *more)
        return Worked(str(gradient.name), Sym(gradient.name), line, lines, more)

    def _local(self, item: s.LocalOf) -> Worked:
        local = item.local
        writer = Writer(replace(self.conventions, gradients="delta", loss=str(local.y.name)), item.state)  # what arrives inside is a message, not ∂y/∂z
        own = [step for step in local.derivation.steps if step.of != Grad(str(local.y.name), str(local.y.name))]
        lines, more = jacobian_lines(writer, item)
        return Worked(str(item.entries.name), Sym(item.entries.name), lines, tuple(step_line(writer, step, alone=False) for step in own), more)

    # ------------------------------------------------------------------------------------------- tasks

    def _stepped(self, item: s.Stepped) -> Iterator[Block]:
        """What the steps see, the gradients, and the lines of the rule for the first steps and the last."""
        if item.about:
            yield Note(item.about)
        first = item.rounds[0] if item.rounds else s.Round((), s.State())
        if item.generic:
            if not {(gradient.name) for gradient in item.needed} <= {name for name, _ in self.shown}:
                yield from self._gradients(item.derivation, item.needed, s.State(first.state.taken, run=first.state.run))
        else:
            yield from groups(self._writer, first.data)
            yield from self._gradients(item.derivation, item.needed, first.state)
        yield from stepped(self._writer, item)

    def _at(self, item: s.At) -> Block:
        writer = self._writer(item.state)
        inputs = tuple(writer.chain((writer.name(variable.name),), value) for variable, value in item.inputs.items())
        way = self._way(writer, item)
        line = writer.quantity(item.quantity)
        updated = " and the updated parameters" if item.inputs and item.state.taken else ""
        if item.quantity.name not in self.sheet_names:
            line = replace(line, links=line.links[1:])
        if item.argmax:
            chosen = writer.name(item.quantity.name) if item.quantity.name in self.sheet_names else writer.formula(item.quantity.body)
            winner = Line((Function("argmax", (chosen,)), writer.array(item.value)))
            return Lines(f"The class, counted from 0{', with the updated parameters' if updated else ''}", (*inputs, *way, line, winner))
        return Lines(f"With other inputs{updated}", (*inputs, *way, line))

    def _way(self, writer: Writer, item: s.At) -> tuple[Line, ...]:
        """The sheet's quantities between the new inputs and what was asked for, where these inputs did not just stand on the page."""
        seen = (id(item.state.taken), str({variable.name: value.tolist() for variable, value in item.inputs.items()}))
        known, self.inputs = self.inputs, seen
        nodes = [node for node in postorder(item.quantity) if isinstance(node, Named) and node is not item.quantity and node.name in self.sheet_names]
        return tuple(writer.quantity(node) for node in nodes if known != seen and any(variable in postorder(node) for variable in item.inputs))

    def _claim(self, item: s.Claimed) -> Block:
        writer = self._writer(s.State())
        found = item.verdict.counterexample
        lines: tuple[Line, ...] = ()
        if found is not None:
            sizes = {variable.name: variable for variable in postorder(item.left, item.right) if isinstance(variable, Var)}
            lines = tuple(writer.chain((writer.name(name),), value) for name, value in found.data.items() if name in sizes)
        return Claim(writer.formula(item.left), writer.formula(item.right), item.verdict.verdict, _explained(item), lines)


def _declared(writer: Writer, item: s.Given) -> Line:
    if item.value is not None:
        return writer.chain((writer.name(item.variable.name),), item.value)
    facts = tuple(fact.replace("_", "-" if fact == "one_hot" else " ") for fact in sorted(item.variable.facts))
    return Line((Member(writer.name(item.variable.name), item.variable.shape, facts),))


def _messages(steps: tuple[Step, ...]) -> int:
    return sum(step.through is not None and step.rule != "insert" for step in steps)


def step_line(writer: Writer, step: Step, alone: bool) -> StepLine:
    """``alone``: the message is all there is, so the gradient equals it."""
    is_message = step.through is not None and step.rule != "insert"
    formula = writer.formula(step.after)
    links = (formula,) if is_message and not alone else (writer.name(step.of), formula)
    inner = tuple(StepLine(one.rule, one.because, _inner_line(writer, one)) for one in step.inner)
    return StepLine(step.rule, step.because, Line(links), inner, _through(writer, step))


def _inner_line(writer: Writer, step: Step) -> Line:
    """What a message becomes inside a formula; for an identity both of its sides."""
    after = writer.formula(step.after)
    return Line((writer.formula(step.before), after)) if step.rule == TERM_BY_TERM else Line((after,))


def _through(writer: Writer, step: Step) -> Line | None:
    """The equality that a step uses: the formula its message came through, or the gradient put in."""
    if not isinstance(step.through, Named) or cost(step.through.body) > LONGEST_FORMULA_USED:
        return None
    formula = writer.formula(step.through.body)
    return Line((writer.name(step.through.name), formula)) if len(text(formula)) <= LONGEST_FORMULA_USED else None


def _explained(item: s.Claimed) -> str:
    verdict = item.verdict
    if verdict.counterexample is not None:
        found = verdict.counterexample
        where = f"entry [{', '.join(map(str, found.entry))}]" if found.entry else "the value"
        return f"{where} is {number_text(found.left[found.entry])} on the left and {number_text(found.right[found.entry])} on the right"
    if verdict.reason:
        return verdict.reason
    if verdict.verdict == "holds":
        exact = "for all values and sizes: proved by exact random evaluation"
        return exact if verdict.certainty == "exact" else "agrees to many digits at random points, which is strong evidence but no proof"
    return "neither proved nor refuted"


def kink_note(kink: Kink) -> str:
    """What to say of a value exactly on a kink."""
    entries = ", ".join(f"[{', '.join(map(str, entry))}]" for entry in kink.entries[:4] if entry)
    more = f" and {len(kink.entries) - 4} more" if len(kink.entries) > 4 else ""
    where = f"{'entries' if len(kink.entries) > 1 else 'entry'} {entries}{more} of {kink.what}" if entries else kink.what
    if kink.leaf == "max":
        return f"The maximum is tied at {where}: the first of the largest entries receives the gradient."
    if kink.value is not None:
        return f"{kink.leaf} sits exactly on its jump at {where}. By convention {kink.leaf}(0) = {kink.value}."
    return f"{kink.leaf} sits exactly on its kink at {where}. By convention step(0) = 0, so relu′(0) = 0; other subgradients are as good."
