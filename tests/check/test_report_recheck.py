"""Marked again: what changed, for whom, and why it may have."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from reports import EVIL, MARKS, flawless, report

from byhand.check.report.answer import to_json
from byhand.check.report.recheck import Difference, Verdict, changes, differences, document, handed_in, people
from byhand.lang.errors import ByhandError
from byhand.show import terminal

OLD = to_json(report())


def later() -> dict[str, object]:
    """One answer judged otherwise, one gone, one new."""
    changed = replace(MARKS[1], status="right", marks=Fraction(1), slip=None)
    new = replace(MARKS[0], name="x")
    return to_json(replace(report(marks=(MARKS[0], changed, *MARKS[2:-1], new)), digest="other", version="1.3.0"))


def test_the_same_is_no_difference() -> None:
    assert differences(OLD, to_json(report())) == ()
    assert differences(OLD, to_json(replace(report(), version="9"))) == ()


def test_what_changed() -> None:
    assert differences(OLD, later()) == (
        Difference("Ada", "a", Verdict("slip", 0.5, 1, "S03"), Verdict("right", 1, 1)),
        Difference("Ada", "x", None, Verdict("right", 1, 1)),
        Difference("Ada", "b'", Verdict("blank", 0, 1), None),
    )
    assert str(differences(OLD, later())[0]) == "Ada, a: slip S03, 0.5/1 -> right, 1/1"


def test_a_class() -> None:
    bob = to_json(flawless())
    old, new = {"people": [OLD, bob]}, {"people": [bob, later()]}
    assert {one.person for one in differences(old, new)} == {"Ada"}
    assert [one.person for one in changes(old, new)] == ["Bob", "Ada"]
    assert {one.person for one in differences({"people": [OLD]}, {"people": [OLD, bob]})} == {"Bob"}


def test_the_page_says_why() -> None:
    text = terminal.render(document(differences(OLD, later()), changes(OLD, later())))
    assert "3 answers are judged differently, of 1 person." in text
    assert "The version of byhand has changed: 1.2.3 before, 1.3.0 now" in text
    assert f"The sheet has changed: version {OLD['digest']} before, other now" in " ".join(text.split())
    assert "slip S03, 0.5/1" in text
    assert "3.5 of 7" in text
    assert "5 of 7" in text


def test_nothing_changed() -> None:
    text = terminal.render(document(differences(OLD, OLD), changes(OLD, OLD)))
    assert "Nothing is judged differently, for 1 person." in text
    assert "Neither the sheet nor byhand has changed." in text


def test_strangers() -> None:
    one = to_json(report(EVIL))
    two = to_json(replace(report(EVIL, marks=(replace(MARKS[0], status="wrong"),))))
    assert "\x1b" not in terminal.render(document(differences(one, two), changes(one, two)))


@pytest.mark.parametrize("wrong", [{}, {"answers": 1}, {"people": 3}, {"people": [1]}, {"people": [{}]}])
def test_what_is_no_result(wrong: dict[str, object]) -> None:
    with pytest.raises(ByhandError, match="result of byhand check"):
        differences(wrong, OLD)


@pytest.mark.parametrize("kept", [{}, {"hand_in": 1}, {"hand_in": {}}, {"hand_in": {"answers": {}}}])
def test_answers_that_were_not_kept(kept: dict[str, object]) -> None:
    with pytest.raises(ByhandError, match="cannot be marked again"):
        handed_in(kept)


def test_people_of_one_name_are_two_people() -> None:
    listed = people({"people": [{"person": "Ada", "answers": {}}, {"person": "Ada", "answers": {}}, {"person": "Bob", "answers": {}}]})
    assert list(listed) == ["Ada", "Ada (2)", "Bob"]


def test_a_name_stands_once_for_all_answers_of_a_person() -> None:
    before, after = Verdict("right", 1, 1), Verdict("follows", 1, 1)
    downloaded = "Ada Lovelace_4711_assignsubmission_file_x"
    found = [Difference(downloaded, name, before, after) for name in ("h", "a")]
    text = terminal.render(document(found, ()))
    assert text.count("Ada Lovelace") == 1
    assert "4711" not in text
