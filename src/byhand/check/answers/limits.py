"""What is refused in a hand-in before anything else is done with it."""

from __future__ import annotations

MAX_FILE = 10_000_000
"""Bytes of one person's hand-in, or of one line of a class's file."""
MAX_ENTRIES = 100_000
"""Numbers in one answer, and parts of one hand-in."""
MAX_ANSWERS = 10_000
MAX_AXES = 16
MAX_DEPTH = 100
MAX_FORMULA = 20_000
MAX_ARRAY = 600_000
"""Characters of one answer that is an array."""
MAX_NAME = 200
MAX_DIGITS = 400
MAX_EXPONENT = 400
MAX_TEXT = 300_000
"""Characters of a hand-in that is read line by line, and of one in YAML."""
MAX_LINE = 50_000
MAX_LINES = 10_000
MAX_STATEMENTS = 2_000
"""Answers of a hand-in in lines."""
MAX_VALUES = 300_000
"""Commas of a text in JSON."""
MAX_YAML = 30_000
"""Values of one in YAML, which takes several times as long to read."""
MAX_CELL = 30_000
"""Characters of one cell of a notebook."""
MAX_CODE = 300_000
MAX_CELLS = 2_000
MAX_COLUMNS = 5_000


def short(text: str, most: int = 40) -> str:
    """The beginning of a text that may be long, on one line."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most and len(text) <= 4 * most else line[: most - 1] + "…"
