"""The recipe for a decision record: the next number, a heading, half a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.sources import ROOT

RECORDS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
LONGEST = 40


def test_numbers_have_no_gaps() -> None:
    numbers = [int(path.name[:4]) for path in RECORDS]
    assert numbers == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_record(path: Path) -> None:
    assert re.fullmatch(r"\d{4}(-[a-z0-9]+)+\.md", path.name)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(rf"# {path.name[:4]} \S.*", lines[0]), "the heading repeats the number"
    assert lines[1] == "" != lines[2], "an empty line, then the text"
    assert 3 <= len(lines) <= LONGEST
