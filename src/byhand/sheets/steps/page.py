"""Steps on a page: what each one saw, the lines of the rule, the updated parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from byhand.lang.expr import Named, Var
from byhand.lang.names import Updated
from byhand.sheets import solution as s
from byhand.sheets.lines import Writer
from byhand.show.document import Block, Line, Lines, Note, StepLine, Worked
from byhand.show.tree import Sym

GROUPS_SHOWN = 3
WriterOf = Callable[[s.State], Writer]


def stepped(writer: WriterOf, item: s.Stepped) -> Iterator[Block]:
    """The rounds, the first ones and the last; what they have in common is said before."""
    count = len(item.rounds)
    for number, one in enumerate(item.rounds, 1):
        if number <= item.shown or number == count:
            yield from _round(writer, item, one, number)
        elif number == item.shown + 1:
            yield Note(f"Steps {number} to {count - 1} go the same way." if number < count - 1 else f"Step {number} goes the same way.")
    for note in item.notes:
        yield Note(note)


def _round(writer: WriterOf, item: s.Stepped, one: s.Round, number: int) -> Iterator[Block]:
    count = len(item.rounds)
    if number > 1 or item.generic:
        yield from groups(writer, one.data)
    yield from groups(writer, one.then)
    working = any(update.working for update in one.updates)
    if working and number == 1:
        yield from (_worked(writer(one.state), update) for update in one.updates)
        return
    caption = "The updated parameters" if count == 1 else f"Step {number} of {count}"
    seen = f" ({one.seen})" if one.seen and count > 1 else ""
    yield Lines(f"{caption}{seen}", tuple(line for update in one.updates for line in _lines(writer(one.state), update)))


def _worked(writer: Writer, update: s.Update) -> Worked:
    """The first step of a rule with several lines: each with its reason."""
    steps = [StepLine(line.title, line.because, _line(writer, line.quantity)) for line in update.working]
    last = _line(writer, update.updated)
    return Worked(str(update.updated.name), Sym(update.updated.name), last, (*steps, StepLine("update", update.because, last)))


def _lines(writer: Writer, update: s.Update) -> Iterator[Line]:
    for line in update.working:
        yield _line(writer, line.quantity)
    yield _line(writer, update.updated)


def _line(writer: Writer, quantity: Named) -> Line:
    """W′ = W − η ∂L/∂W = … : the old names carry the primes they had before this step."""
    return writer.quantity(quantity, as_name=Sym(quantity.name) if isinstance(quantity.name, Updated) else None)


def groups(writer: WriterOf, found: Iterable[s.Group]) -> Iterator[Block]:
    """Quantities with the numbers that they have for one sample or batch; of many groups the first ones and the last."""
    listed = list(found)
    for number, one in enumerate(listed, 1):
        if number < GROUPS_SHOWN or number >= len(listed) - 1:
            yield Lines(one.caption, tuple(_short(writer(one.state), quantity) for quantity in one.quantities))
        elif number == GROUPS_SHOWN:
            yield Note(f"The samples up to number {len(listed) - 2} go the same way.")


def _short(writer: Writer, quantity: Named | Var) -> Line:
    """Name = formula = result, without the numbers put in."""
    if isinstance(quantity, Var):
        return writer.quantity(quantity)
    line = writer.chain((writer.name(quantity.name), writer.formula(quantity.body)), writer.state.numbers.get(quantity.name))
    return replace(line, links=line.links)
