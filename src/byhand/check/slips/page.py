"""What the numbers of a sheet tell of slips, as a document and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from byhand.check.exercise.quantity import Exercise
from byhand.check.report.names import in_words
from byhand.check.slips.mutation import Mutation
from byhand.check.slips.separate import DIGITS, Kind, Separation, share
from byhand.lang.english import percent
from byhand.show.document import Block, Cell, Document, Note, Section, Table
from byhand.show.notation import notation
from byhand.show.plain import plain

MOST_ROWS = 40
"""Of slips that cannot be told, where not all are to be listed."""


def document(exercise: Exercise, separations: Sequence[Separation], every: bool = False) -> Document:
    """A teacher's page: a line for each quantity, then what cannot be seen and what cannot be told apart; with ``every`` all slips as well."""
    title = f"{exercise.title or exercise.name}: slips that its numbers tell apart"
    sections = [Section(None, tuple(_overview(exercise, separations, every)))]
    sections += [Section(None, tuple(_listed(exercise, separations)))] if every else []
    return Document(title, tuple(sections))


def _overview(exercise: Exercise, separations: Sequence[Separation], every: bool) -> Iterator[Block]:
    slips = sum(len(kind.slips) for one in separations for kind in one.kinds)
    unseen = sum(len(kind.slips) for one in separations for kind in one.unseen)
    told, pairs = sum(one.told for one in separations), sum(one.pairs for one in separations)
    yield Note(
        f"{_counted(slips, 'slip')} in {_counted(len(separations), 'quantity')}, of which {slips - unseen} can be seen. "
        f"At {DIGITS} significant digits the numbers tell {told} of {pairs} pairs apart ({percent(share(separations))}): "
        "each slip from the right answer, and each two slips in one quantity."
    )
    rows = [_row(exercise, one) for one in separations]
    yield Table("What each number tells", ("quantity", "slips", "seen", "told apart", "not seen", "alike"), tuple(rows))
    if any(one.unseen for one in separations):
        hidden = [(in_words(exercise, slip.of), slip.id, slip.message) for one in separations for kind in one.unseen for slip in kind.slips]
        yield from _shortened("Not seen: with these slips the number is right all the same", hidden, every)
    if any(one.same for one in separations):
        alike = [row for one in separations for number, group in enumerate(one.same, 1) for row in _group(exercise, number if len(one.same) > 1 else 0, group)]
        yield from _shortened("Alike: these give one and the same wrong number", alike, every)


def _counted(count: int, what: str) -> str:
    many = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{count} {what if count == 1 else many}"


def _shortened(title: str, rows: Sequence[tuple[Cell, ...]], every: bool) -> Iterator[Block]:
    """A table of slips; of a long one its beginning, unless everything is wanted."""
    shown = rows if every or len(rows) <= MOST_ROWS else rows[:MOST_ROWS]
    yield Table(title, ("in", "slip", "mistake"), tuple(shown))
    if len(shown) < len(rows):
        yield Note(f"And {len(rows) - len(shown)} more; --all lists them.")


def _row(exercise: Exercise, one: Separation) -> tuple[Cell, ...]:
    slips, unseen = (sum(len(kind.slips) for kind in kinds) for kinds in (one.kinds, one.unseen))
    alike = sum(len(kind.slips) for group in one.same for kind in group)
    return in_words(exercise, one.quantity.name), str(slips), str(slips - unseen), percent(one.told / one.pairs), str(unseen or "–"), str(alike or "–")


def _group(exercise: Exercise, number: int, group: Sequence[Kind]) -> Iterator[tuple[Cell, ...]]:
    for kind in group:
        for slip in kind.slips:
            yield in_words(exercise, slip.of) + (f" ({number})" if number else ""), slip.id, slip.message


def _listed(exercise: Exercise, separations: Sequence[Separation]) -> Iterator[Block]:
    for one in separations:
        rows = [(slip.id, slip.message, "no" if kind in one.unseen else "yes") for kind in one.kinds for slip in kind.slips]
        yield Table(f"Slips in {in_words(exercise, one.quantity.name)}", ("slip", "mistake", "seen"), tuple(rows))


def to_json(exercise: Exercise, separations: Sequence[Separation]) -> dict[str, object]:
    """``score``: the share of pairs told apart; for each quantity its slips, those that are not seen, and groups of those that give one number."""
    return {
        "sheet": exercise.name,
        "title": exercise.title,
        "digest": exercise.digest,
        "digits": DIGITS,
        "score": round(share(separations), 6),
        "quantities": {one.quantity.name: _quantity(exercise, one) for one in separations},
    }


def _quantity(exercise: Exercise, one: Separation) -> dict[str, object]:
    return {
        "told": one.told,
        "pairs": one.pairs,
        "slips": [_slip(exercise, slip, kind not in one.unseen) for kind in one.kinds for slip in kind.slips],
        "same": [[plain(notation(slip.step, exercise.conventions)) for kind in group for slip in kind.slips] for group in one.same],
    }


def _slip(exercise: Exercise, slip: Mutation, seen: bool) -> dict[str, object]:
    return {"id": slip.id, "message": slip.message, "formula": plain(notation(slip.step, exercise.conventions)), "seen": seen}
