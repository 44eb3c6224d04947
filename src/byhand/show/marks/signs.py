"""What all pages share of marked answers: signs that need no colour, and wrong entries in words."""

from __future__ import annotations

from byhand.show.document import Entries, Judged, Status
from byhand.show.tree import Tree
from byhand.show.unicode import text

SIGNS: dict[Status, str] = {"right": "✓", "follows": "→", "slip": "~", "wrong": "✗", "unread": "?", "blank": "–"}
WORDS: dict[Status, str] = {"right": "right", "follows": "follows", "slip": "a slip", "wrong": "wrong", "unread": "unread", "blank": "blank"}
MOST_NAMED = 6


def name_text(answer: Judged) -> str:
    """The name on one line of Unicode."""
    return "".join(map(_word, answer.name))


def _word(piece: Tree | str) -> str:
    return piece if isinstance(piece, str) else text(piece)


def is_wrong(entries: Entries, i: int, j: int) -> bool:
    return bool(entries.right) and not entries.right[i][j]


def wrong_entries(entries: Entries) -> str:
    """Wrong entries, of 60: row 1, column 3 is 0.5; row 2, column 2 is 7; and 4 more."""
    places = [(i, j) for i, row in enumerate(entries.rows) for j in range(len(row)) if is_wrong(entries, i, j)]
    if not places:
        return ""
    named = "; ".join(f"{place_text((i, j), entries)} is {entries.rows[i][j]}" for i, j in places[:MOST_NAMED])
    total = sum(map(len, entries.rows))
    more = f"; and {len(places) - MOST_NAMED} more" if len(places) > MOST_NAMED else ""
    return f"Wrong {'entries' if len(places) > 1 else 'entry'}, of {total}: {named}{more}"


def place_text(place: tuple[int, int], entries: Entries) -> str:
    """Where an entry stands, counted from 1 as people do."""
    i, j = place
    if len(entries.rows) == 1 or len(entries.rows[0]) == 1:
        return f"entry {max(i, j) + 1}"
    return f"row {i + 1}, column {j + 1}"
