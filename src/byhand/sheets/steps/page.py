"""Steps on a page: what each one saw, the lines of the rule, the updated parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from byhand.lang.expr import Named, Var
from byhand.lang.names import Updated
from byhand.sheets import solution as s
from byhand.sheets.lines import Writer
from byhand.show.document import Block, Cell, Line, Lines, Note, StepLine, Table, Worked
from byhand.show.tree import Sym

GROUPS_SHOWN = 3
MOST_CELLS, ROWS_SHOWN = 8, 30
WriterOf = Callable[[s.State], Writer]


def stepped(writer: WriterOf, item: s.Stepped) -> Iterator[Block]:
    """The rounds, the first ones and the last; what they have in common is said before."""
    count = len(item.rounds)
    for number, one in enumerate(item.rounds, 1):
        if number <= item.shown or number == count:
            yield from _round(writer, item, one, number)
        elif number == item.shown + 1:
            yield Note(f"Steps {number} to {count - 1} go the same way." if number < count - 1 else f"Step {number} goes the same way.")
    yield from _after_each_step(writer, item)
    for note in item.notes:
        yield Note(note)


def _after_each_step(writer: WriterOf, item: s.Stepped) -> Iterator[Block]:
    """The parameters before and after each step, where not every step is shown and they are few enough for a table."""
    if not item.needed or len(item.rounds) <= item.shown:
        return
    first = item.rounds[0]
    values = [[first.state.numbers.get(update.parameter.name) for update in first.updates]]
    values += [[update.value for update in one.updates] for one in item.rounds]
    known = [[value for value in row if value is not None and value.ndim < 2] for row in values]
    if any(len(row) < len(first.updates) for row in known) or sum(value.size for value in known[0]) > MOST_CELLS:
        return
    plain = writer(s.State())
    head: tuple[Cell, ...] = ("step", *(plain.name(update.parameter.name) for update in first.updates))
    rows: list[tuple[Cell, ...]] = [(str(number), *map(plain.array, row)) for number, row in enumerate(known)]
    left_out: tuple[Cell, ...] = ("⋯",) * len(head)
    yield Table("After each step", head, tuple(rows if len(rows) <= ROWS_SHOWN else [*rows[: ROWS_SHOWN - 2], left_out, rows[-1]]))


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
