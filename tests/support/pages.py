"""The lines of mathematics on the page of a solved sheet, and the scope in which each of them is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from byhand.app.solving import solve
from byhand.derive import Derivation
from byhand.lang.expr import Expr, Named, Var, named
from byhand.lang.names import Name, Updated
from byhand.lang.sizes import Poly
from byhand.lang.walk import postorder, substitute
from byhand.read.scope import Scope
from byhand.sheets import solution as s
from byhand.sheets.conventions import conventions_of
from byhand.sheets.report import report
from byhand.sheets.source import read_file
from byhand.show.document import Block, Claim, Line, Lines, Note, Prose, StepLine, Worked

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.md"))
DIGITS = 15
"""So many that what is put in, and what comes out, is as good as exact."""

OTHER_INPUTS = ("With other inputs", "The class, counted from 0")
"""Captions of lines whose numbers are not those of what is given; what stands on them is taken one by one."""


@dataclass(frozen=True)
class Page:
    """A solved sheet as it is shown, with the numbers of what is given."""

    solution: s.Solution
    scope: Scope
    lines: tuple[Line, ...]

    @property
    def data(self) -> Mapping[str, object]:
        items = [item for part in self.solution.parts for item in part.items]
        return {item.variable.name: item.value for item in items if isinstance(item, s.Given) and item.value is not None}


def page(path: Path) -> Page:
    solution = solve(read_file(path))
    document = report(solution, DIGITS)
    return Page(solution, scope_of_sheet(solution), tuple(line for section in document.sections for block in section.blocks for line in _lines(block)))


def _lines(block: Block) -> Iterator[Line]:
    match block:
        case Lines(caption, lines) if caption in OTHER_INPUTS:
            yield from (Line((link,)) for line in lines for link in line.links)
        case Lines(_, lines):
            yield from lines
        case Worked(_, _, line, steps, more):
            yield line
            for step in steps:
                yield from _of_step(step)
            for lines in more:
                yield from lines.lines
        case Claim(left, right, verdict):
            assert verdict == "holds"
            yield Line((left, right))
        case Prose() | Note():
            return


def _of_step(step: StepLine) -> Iterator[Line]:
    yield step.line
    if step.through is not None:
        yield step.through
    for inner in step.inner:
        yield from _of_step(inner)


# ------------------------------------------------------------------------------------------------- scope


def scope_of_sheet(solution: s.Solution) -> Scope:
    """All names that the page speaks of: the sheet's, the derivations', and what they are after a step."""
    items = [item for part in solution.parts for item in part.items]
    names: dict[Name, Expr] = {}
    for node in _named_in(items):
        names.setdefault(node.name, node)
    names |= {node.name: node for node in _after_a_step(items)}
    letters = {letter for node in names.values() for axis in node.shape for letter in Poly.of(axis).letters}
    sizes = {letter: Poly.letter(letter) for letter in sorted(letters)}
    losses = tuple(dict.fromkeys(str(item.derivation.loss.name) for item in items if isinstance(item, (s.GradientOf, s.Stepped))))
    return Scope(names=names, sizes=sizes, vectors=conventions_of(solution).vectors, losses=losses)


def _named_in(items: Iterable[s.Item]) -> Iterator[Var | Named]:
    for item in items:
        match item:
            case s.Given(variable):
                yield variable
            case s.Defined(quantity) | s.Asked(_, quantity):
                yield quantity
            case s.GradientOf(gradient, derivation):
                yield gradient
                yield from _of(derivation)
            case s.Stepped(derivation):
                yield from _of(derivation)
            case s.LocalOf(local, entries):
                yield from (entries, local.incoming)
                yield from _of(local.derivation)
            case _:
                pass


def _of(derivation: Derivation) -> Iterator[Named]:
    yield from derivation.forward
    yield from derivation.gradients.values()


def _after_a_step(items: Iterable[s.Item]) -> Iterator[Named]:
    """W′ for every parameter, and z′ for what is computed from it."""
    became: dict[Expr, Expr] = {}
    for item in items:
        if isinstance(item, s.Stepped):
            for update in item.rounds[0].updates:
                became[update.parameter] = update.updated
                yield update.updated
    for node in postorder(*(item.quantity for item in items if isinstance(item, s.Defined))):
        if isinstance(node, Named):
            body = substitute(node.body, became)
            if body is not node.body:
                became[node] = named(Updated(str(node.name), 1), body)
                yield became[node]
