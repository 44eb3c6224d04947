"""Working through a sheet with families of symbolic depth: the same parts as any sheet, answered from the recursion."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TypeVar

from byhand.lang.errors import ByhandError, NotYetError
from byhand.lang.expr import Named, Var, named
from byhand.lang.sizes import Poly, Shape
from byhand.read.families import Member
from byhand.read.parse import parse_formula
from byhand.read.rebuild import everywhere
from byhand.read.statements import Asked, Declared, Defined, Statement, Task
from byhand.read.syntax import Derivative, Indexed, Tree
from byhand.sheets import solution as s
from byhand.sheets.families.claims import Decided, Families, decide
from byhand.sheets.families.closed import Closed, Closer, in_own_names
from byhand.sheets.families.gradients import Gradients, words
from byhand.sheets.families.indices import Region, Split, member, mostly, put, value
from byhand.sheets.families.model import Model
from byhand.sheets.families.page import claim_blocks, gradient_blocks, unrolled
from byhand.sheets.families.system import Equation, system_of
from byhand.sheets.families.writing import Pen
from byhand.sheets.families.written import Writing
from byhand.sheets.lines import Writer
from byhand.show import tree as t
from byhand.show.conventions import Conventions
from byhand.show.document import Block, Line, Lines

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the sheet says of a quantity, and for which indices."""

    node: Named | Var
    model: Model
    where: str
    text: str = ""

    @property
    def caption(self) -> str:
        if isinstance(self.node, Var):
            return "Given"
        return f"Definitions, for {self.where}" if self.where else "Definitions"

    def line(self, pen: Pen) -> Line:
        if isinstance(self.node, Named):
            return Line((pen.name(self.node.name), pen.formula(self.node.body, self.model)))
        facts = (fact.replace("_", "-" if fact == "one_hot" else " ") for fact in sorted(self.node.facts))
        return Line((t.Member(pen.name(self.node.name), self.node.shape, (*facts, *([self.where] if self.where else []))),))


@dataclass(slots=True)
class FamilySolver:
    """``step``: whether the sheet writes pos for the step function."""

    families: Families
    step: str
    gradients: dict[str, Gradients] = field(default_factory=dict[str, Gradients])
    shown: set[tuple[str, str, int]] = field(default_factory=set[tuple[str, str, int]])
    named: bool = False
    closers: dict[str, Closer] = field(default_factory=dict[str, Closer])

    @staticmethod
    def of(statements: Iterable[Statement]) -> FamilySolver:
        every = list(statements)
        uses_pos = any("pos(" in one.text for one in every)
        return FamilySolver(Families.of(system_of(every)), "pos" if uses_pos else "step")

    def part(self, label: str | None, opening: list[s.Item], block: list[Statement]) -> s.Part:
        """One block with the prose before it."""
        items = list(opening)
        given: list[Meaning] = []
        for statement in block:
            if isinstance(statement, (Member, Declared, Defined)):
                given += _placed(lambda st=statement: self._given(st), statement)
            else:
                items += [*self._shown(given), *_placed(lambda st=statement: self._items(st), statement)]
                given = []
        return s.Part(label, (*items, *self._shown(given)))

    def _shown(self, given: list[Meaning]) -> list[s.Item]:
        """What is given, then definitions, those for one range together."""
        if not given:
            return []

        def blocks(writer: Writer) -> Iterable[Block]:
            pen = self.pen(writer)
            for caption, group in groupby(given, lambda one: one.caption):
                yield Lines(caption, tuple(one.line(pen) for one in group))

        formulas = tuple(one.node for one in given if isinstance(one.node, Named) and not one.model.atoms)
        pen = Pen(Conventions(vectors=self.families.prover.vectors), self.step)
        sums = [one for one in given if isinstance(one.node, Named) and one.model.atoms]
        written = {str(one.node.name): (one.line(pen).links[-1], one.node.shape) for one in sums}
        return [s.Answered("\n".join(one.text for one in given), blocks, s.State(), formulas=formulas, written=written)]

    def pen(self, writer: Writer) -> Pen:
        families = self.families
        names = writer.conventions.names | frozenset(families.system.families) | {one.name for one in families.system.equations}
        conventions = replace(writer.conventions, vectors=families.prover.vectors, gradients="partial", names=names)
        return Pen(conventions, self.step)

    # ----------------------------------------------------------------------------------------- statements

    def _items(self, statement: Statement) -> list[s.Item]:
        match statement:
            case Asked(what, text):
                return [self._asked(self.families.system.normal(what), text)]
            case Task("show", args, options) if len(args) == 1 and not options:
                return [self._claim(statement)]
            case Task("show"):
                raise ByhandError("show takes one claim, as in show(dC/db[l] == …).")
            case Task(name):
                letter = next(iter(self.families.deep), "L")
                raise NotYetError(f"{name} needs a network whose depth is a number here; give it, as in {letter} = 3.")
            case _:
                raise AssertionError(statement)

    def _given(self, statement: Member | Declared | Defined) -> list[Meaning]:
        """A quantity as the sheet gives it its meaning; what is said of sizes is no quantity."""
        found = [one for one in self.families.system.written if one.name == statement.name and one.text == statement.text]
        return [replace(self._meaning(one), text=statement.text) for one in found[:1]]

    def _meaning(self, equation: Equation) -> Meaning:
        """An equation under its own name, read where its indices are well inside of their ranges."""
        system, letters = self.families.system, equation.letters
        points = tuple(p for p in self.families.points(letters) if all(value(b.low, p) <= p[b.letter] <= value(b.high, p) for b in equation.over))
        region = Region((*system.depths, *letters), points)
        where = words(region, letters, system.depths) if points else ""
        waiting = [region]
        while True:
            region = waiting.pop(0)
            model = Gradients(self.families, "").model(region)
            env = {letter: region.fixed(letter, system.depths) or Poly.letter(letter) for letter in letters}
            index = tuple(put(own, env) for own in equation.index)
            try:
                if equation.value is None:
                    node = model.quantity(equation.name, index)
                    assert isinstance(node, (Named, Var))
                    return Meaning(node, model, where)
                return Meaning(named(member(equation.name, index), model.expr(equation.value, env)), model, where)
            except Split as split:
                parts = (region.part(split.holds), region.part(lambda point, holds=split.holds: not holds(point)))
                waiting = sorted([*waiting, *(part for part in parts if part.points)], key=lambda part: -len(part.points))

    # ----------------------------------------------------------------------------------------- questions

    def _asked(self, what: Tree, text: str) -> s.Item:
        match what:
            case Indexed(Derivative(of, wrt), items):
                return self._gradient(of, wrt, len(items), text)
            case Derivative(of, wrt):
                return self._gradient(of, wrt, 0, text)
            case _:
                raise NotYetError(f"{text} has no number while the depth is a letter; ask for a gradient, such as dC/dW[l], or give the depth as a number.")

    def _gradient(self, of: str, wrt: str, count: int, text: str) -> s.Item:
        families = self.families
        families.instances.at(families.depths[-1]).loss(of)
        gradients = self.gradients.setdefault(of, Gradients(families, of))
        before = len(gradients.order)
        gradients.need(wrt, count)
        names = self._names_on_the_way()
        fresh = [one for one in gradients.order[before:] if (of, *one) not in self.shown]
        self.shown.update((of, *one) for one in fresh)
        wanted = fresh or [(wrt, count)]

        closed = self.closers.setdefault(of, Closer(families, gradients)).asked(wrt, count)

        def blocks(writer: Writer) -> Iterable[Block]:
            if names:
                yield Lines("Names for values on the way", tuple(one.line(self.pen(writer)) for one in names))
            yield from gradient_blocks(self.pen(writer), gradients, wanted)
            if closed is not None:
                yield from unrolled(self.pen(writer), families, closed.decided)

        steps = tuple(step for key in fresh for part in gradients.parts[key] for step in part.steps)
        return s.Answered(text, blocks, s.State(), steps=steps, written=self._written(gradients, wrt, count, closed))

    def _written(self, gradients: Gradients, name: str, count: int, closed: Closed | None) -> dict[str, tuple[t.Tree, Shape]]:
        """The formula for other programs: unrolled where that was found, else the recursion."""
        part = max(gradients.parts[name, count], key=lambda part: len(part.region.points))
        pen = Pen(Conventions(vectors=self.families.prover.vectors), self.step)
        key = f"d{gradients.loss}/d{member(name, tuple(map(Poly.letter, gradients.letters(name, count))))}"
        if closed is None:
            return {key: (pen.formula(part.gradient.body, part.model), part.gradient.shape)}
        text = in_own_names(self.families, closed.right)
        region = max((case.region for case in closed.decided.cases), key=lambda region: len(region.points))
        env = {letter: Poly.letter(letter) for letter in closed.decided.letters}
        right = self.families.system.normal(parse_formula(text))
        tree = mostly(region, lambda part: Writing(pen, gradients.model(part)).tree(right, env))
        return {key: (tree, part.gradient.shape)}

    def _names_on_the_way(self) -> list[Meaning]:
        """The values that byhand gave a name, the first time they are needed."""
        if self.named:
            return []
        self.named = True
        return [self._meaning(one) for one in self.families.system.equations if one.ours and one.value is not None]

    def _unrolls(self, decided: Decided) -> bool:
        """Whether closed forms of the gradients that a claim speaks of were found, which may prove it."""
        before = len(self.families.prover.lemmas)
        losses = {node.of for side in (decided.left, decided.right) for node in everywhere(side) if isinstance(node, Derivative)}
        for loss in sorted(losses):
            gradients = self.gradients.setdefault(loss, Gradients(self.families, loss))
            closer = self.closers.setdefault(loss, Closer(self.families, gradients))
            for name in self.families.prover.moving:
                gradients.need(name, self.families.system.families[name])
                closer.closed(name, self.families.system.families[name])
        return len(self.families.prover.lemmas) > before

    def _claim(self, task: Task) -> s.Item:
        decided = decide(self.families, task.args[0])
        if decided.verdict.verdict == "undecided" and self._unrolls(decided):
            decided = decide(self.families, task.args[0])
        left, _, right = task.text.strip().removeprefix("show").strip()[1:-1].partition("==")

        def blocks(writer: Writer) -> Iterable[Block]:
            yield from claim_blocks(self.pen(writer), writer, self.families, decided, (left.strip(), right.strip()))

        return s.Answered(task.text, blocks, s.State(), claims=((task.text, decided.verdict),))


def _placed(work: Callable[[], T], statement: Statement) -> T:
    """Do something for a statement; what goes wrong is said with its line."""
    try:
        return work()
    except ByhandError as error:
        raise error.at(statement.at.line, statement.at.column) from None
