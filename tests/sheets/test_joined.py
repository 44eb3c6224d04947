"""What was found in several steps reads as one remark."""

from __future__ import annotations

from byhand.sheets.joined import AS_ABOVE, joined
from byhand.show.document import Line, Lines, Note
from byhand.show.tree import Sym


def test_remarks_that_follow_each_other_are_one() -> None:
    assert list(joined([Note("it is convex"), Note("so the minimum is unique.")])) == [Note("It is convex. So the minimum is unique.")]


def test_other_blocks_stand_between_them() -> None:
    between = Lines("The numbers", (Line((Sym("x"),)),))
    assert list(joined([Note("One."), between, Note("Two.")])) == [Note("One."), between, Note("Two.")]


def test_what_was_found_before_stands_under_one_caption() -> None:
    first, second = Line((Sym("x"),)), Line((Sym("y"),))
    assert list(joined([Lines(AS_ABOVE, (first,)), Lines(AS_ABOVE, (second,))])) == [Lines(AS_ABOVE, (first, second))]
