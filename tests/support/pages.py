"""The lines of mathematics on the page of a solved sheet, and the scope in which each of them is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from byhand.app.solving import solve
from byhand.derive import Derivation
from byhand.lang.expr import Expr, Named, Var, named, var
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

OTHER_INPUTS = ("With other inputs", "The class, counted from 0", "At the minimum", "The solution of least norm")
"""Beginnings of the captions of lines whose numbers are not those of what is given; what stands on them is taken one by one."""


NOT_READ = ("The message entry by entry", "How many settings give the same function", "Permutations and sign flips, by number")
"""Captions of lines that the reader does not know: letters for entries on both sides, whose law is in ``test_local_derivatives.py``; factorials."""
FOR_EVERY = (var("z", ()), var("c", (), frozenset({"positive"})))
"""The numbers of which a law of an activation speaks."""


@dataclass(frozen=True)
class Page:
    """Lines of a solved sheet as they are shown, what they speak of, and the numbers of what is given there.

    ``equations`` are lines on the way to a solution, each with the names of the unknown and of the solution at which it holds; the same name
    twice where there are many solutions. ``iterates``: the sheet asks for learning rates, whose lines speak of iterates.
    """

    scope: Scope
    lines: tuple[Line, ...]
    data: Mapping[str, object]
    equations: tuple[tuple[Line, str, str], ...] = ()
    iterates: bool = False


def pages(path: Path) -> Iterator[Page]:
    """A sheet's page part by part; the values for one sample of a batch apart, since they are those of its data."""
    solution = solve(read_file(path))
    document = report(solution, DIGITS)
    iterates = any(isinstance(item, s.Answered) and item.text.startswith("rates") for part in solution.parts for item in part.items)
    for number, (section, part) in enumerate(zip(document.sections, solution.parts, strict=True), 1):
        scope, data = scope_of_sheet(solution, number), data_of(solution, part)
        samples = {group.caption: group.state.numbers for group in _groups(part)}
        plain = [block for block in section.blocks if not _is_sample(block, samples)]
        solving = [block for block in plain if isinstance(block, Worked) and _is_solving(block)]
        lines = tuple(line for block in plain if block not in solving for line in _lines(block))
        lines += tuple(block.line for block in solving if str(block.title.name).endswith("*"))
        yield Page(scope, lines, data, tuple(one for block in solving for one in _equations(block)), iterates)
        for block in section.blocks:
            if isinstance(block, Lines) and _is_sample(block, samples):
                own = {str(name): value for name, value in samples[block.caption].items()}
                yield Page(scope, block.lines, {name: own.get(name, value) for name, value in data.items()}, (), iterates)


def _is_solving(block: Worked) -> bool:
    return block.anchor.startswith("minimise ")


def _equations(block: Worked) -> Iterator[tuple[Line, str, str]]:
    for step in block.steps:
        for line in _of_step(step):
            yield line, block.anchor.split()[-1], str(block.title.name)


def _is_sample(block: Block, samples: Mapping[str, object]) -> bool:
    return isinstance(block, Lines) and block.caption.startswith("Sample ") and block.caption in samples


def _groups(part: s.Part) -> list[s.Group]:
    return [group for item in part.items if isinstance(item, s.Stepped) for one in item.rounds for group in one.data]


def data_of(solution: s.Solution, part: s.Part) -> dict[str, object]:
    """What is given on the sheet, and the data of samples that a step of this part was given."""
    items = [item for one in solution.parts for item in one.items]
    given: dict[str, object] = {item.variable.name: item.value for item in items if isinstance(item, s.Given) and item.value is not None}
    return given | {str(name): value for group in _groups(part) for name, value in group.state.numbers.items() if isinstance(name, str) and name not in given}


def _lines(block: Block) -> Iterator[Line]:
    match block:
        case Lines(caption, lines) if caption in NOT_READ:
            return
        case Lines(caption, lines) if caption.startswith(OTHER_INPUTS):
            yield from (Line((link,)) for line in lines for link in line.links)
        case Lines(_, lines):
            yield from lines
        case Worked(_, _, line, steps, more):
            yield line
            for step in steps:
                yield from _of_step(step)
            for lines in more:
                yield from _lines(lines)
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


def scope_of_sheet(solution: s.Solution, parts: int | None = None) -> Scope:
    """All names that the page speaks of up to some part: the sheet's, the derivations', and what they are after a step of the last run."""
    items = [item for part in solution.parts[:parts] for item in part.items]
    names: dict[Name, Expr] = {}
    for node in (*_named_in(items), *FOR_EVERY):
        names.setdefault(node.name, node)
    run = max([1, *(item.rounds[0].state.run for item in items if isinstance(item, s.Stepped) and item.rounds)])
    names |= {node.name: node for node in _after_a_step(items, run)}
    letters = {letter for node in names.values() for axis in node.shape for letter in Poly.of(axis).letters}
    sizes = {letter: Poly.letter(letter) for letter in sorted(letters)}
    losses = tuple(dict.fromkeys(str(item.derivation.loss.name) for item in items if isinstance(item, (s.GradientOf, s.Stepped))))
    conventions = conventions_of(solution)
    likeliest = tuple(dict.fromkeys([conventions.loss or losses[0], *losses])) if losses else ()
    return Scope(names=names, sizes=sizes, vectors=conventions.vectors, losses=likeliest)


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
            case s.Stepped(derivation, _, rounds):
                yield from _of(derivation)
                roots = [quantity for one in rounds for group in one.data for quantity in group.quantities]
                yield from (node for node in postorder(*roots) if isinstance(node, (Var, Named)))
            case s.Answered(worked=worked, formulas=formulas, values=values):
                yield from formulas
                yield from (var(name, value.shape) for name, value in values.items())
                yield from _of(worked.derivation) if worked is not None else ()
            case s.LocalOf(local, entries):
                yield from (entries, local.incoming)
                yield from _of(local.derivation)
            case _:
                pass


def _of(derivation: Derivation) -> Iterator[Named]:
    yield from derivation.forward
    yield from derivation.gradients.values()


def _after_a_step(items: Iterable[s.Item], run: int) -> Iterator[Named]:
    """W′ for every parameter, and z′ for what is computed from it."""
    became: dict[Expr, Expr] = {}
    for item in items:
        if isinstance(item, s.Stepped) and item.rounds and item.rounds[0].state.run == run:
            for update in item.rounds[0].updates:
                became[update.parameter] = update.updated
                yield update.updated
    for node in postorder(*(item.quantity for item in items if isinstance(item, s.Defined))):
        if isinstance(node, Named):
            body = substitute(node.body, became)
            if body is not node.body:
                became[node] = named(Updated(str(node.name), 1), body)
                yield became[node]
