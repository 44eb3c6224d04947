"""Blocks of a page that belong together although what they say was found one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from byhand.show.document import Block, Lines, Note
from byhand.show.outline import sentence

AS_ABOVE = "As found above"
REMARK = "Note"


def joined(blocks: Iterable[Block]) -> Iterator[Block]:
    """Quantities that were found before, asked for one after another, under one caption; remarks that follow each other as one."""
    for kind, group in groupby(blocks, _kind):
        together = list(group)
        if kind == AS_ABOVE:
            yield Lines(AS_ABOVE, tuple(line for block in together if isinstance(block, Lines) for line in block.lines))
        elif kind == REMARK:
            yield Note(" ".join(sentence(block.text) for block in together if isinstance(block, Note)))
        else:
            yield from together


def _kind(block: Block) -> str:
    """What may be joined with its like."""
    return REMARK if isinstance(block, Note) else AS_ABOVE if isinstance(block, Lines) and block.caption == AS_ABOVE else ""
