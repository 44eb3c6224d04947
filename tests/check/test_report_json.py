"""A report as JSON is the contract: every key says something, and the text can be written to a file."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from reports import EVIL, HALF, LEFT_OUT, MARKS, ONE, evil, flawless, report

from byhand.check.answers.entry import Entry, Formulas, HandIn, Numbers, Unread
from byhand.check.answers.read import Kind, from_text
from byhand.check.report.answer import plain_json, to_json
from byhand.check.report.recheck import handed_in

STATUSES = {"right", "follows", "slip", "wrong", "unread", "blank"}


def test_the_contract() -> None:
    found = to_json(report())
    assert list(found["answers"]) == [mark.name for mark in MARKS]
    assert found["answers"]["h"] == {"status": "right", "read_as": "[1.5, -1]", "marks": 1, "max": 1}
    assert found["answers"]["L"] == {"status": "follows", "because_of": "a", "read_as": "0.625", "marks": 1, "max": 1}
    slip = found["answers"]["a"]
    assert (slip["slip"], slip["message"], slip["marks"], slip["cells"], slip["expected"]) == ("S03", LEFT_OUT, 0.5, [True, False], "[1.5, 0]")
    assert slip["ties"] == [
        {"slip": "S04", "message": "the identity is used in place of relu", "at": "a"},
        {"slip": "S02", "message": "the bias is left out", "at": "h"},
    ]
    assert found["answers"]["dL/db"]["message"] == "a bracket is not closed"
    assert (found["first_wrong"], found["marks"], found["max"]) == ("a", 3.5, 7)
    assert (found["version"], found["digest"], found["person"]) == ("1.2.3", report().digest, "Ada")
    assert all(answer["status"] in STATUSES for answer in found["answers"].values())


def test_several_causes_keep_the_first_as_a_name() -> None:
    answer = to_json(report())["answers"]["W'"]
    assert (answer["because_of"], answer["because_of_all"]) == ("dL/dW", ["dL/dW", "a"])


def test_a_slip_without_ties_says_so() -> None:
    assert to_json(report(marks=(replace(MARKS[1], ties=()),)))["answers"]["a"]["ties"] == []


def test_a_slip_in_the_step_to_another_quantity_says_which() -> None:
    assert to_json(report(marks=(replace(MARKS[1], name="L", at="a"),)))["answers"]["L"]["at"] == "a"
    assert "at" not in to_json(report())["answers"]["a"]


def test_what_was_expected_can_be_left_out() -> None:
    """A page can be handed back before the solution is; so can its JSON."""
    made = str(to_json(report(), answers=False)["answers"])
    assert "expected" in str(to_json(report())["answers"])
    assert not any(key in made for key in ("expected", "accepted", "counterexample"))


def test_nothing_says_nothing() -> None:
    def walk(value: Any) -> None:
        assert value is not None
        for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(part)

    for one in (report(), evil(), flawless(), report(marks=())):
        walk({key: value for key, value in to_json(one).items() if key != "first_wrong"})
    assert to_json(flawless())["first_wrong"] is None
    assert to_json(report(marks=()))["max"] == 0


def test_anything_can_be_written_and_read() -> None:
    strange = replace(MARKS[1], accepted=np.array([[1.0, np.inf], [np.nan, Fraction(1, 3)]], dtype=object), cells=np.array([True, False]))
    strange = replace(strange, counterexample={"left": np.float64(0.5), "sizes": {"n": np.int64(2)}}, marks=Fraction(1, 3))
    text = json.dumps(to_json(replace(evil(), marks=(*evil().marks, strange))), ensure_ascii=False, allow_nan=False)
    text.encode("utf-8")
    answer = json.loads(text)["answers"]["a"]
    assert answer["cells"] == [True, False]
    assert answer["accepted"][1] == ["nan", 1 / 3]
    assert answer["counterexample"] == {"left": 0.5, "sizes": {"n": 2}}


def test_numbers_are_whole_where_they_are() -> None:
    assert str(to_json(report(marks=(replace(MARKS[0], marks=HALF * 2, max=ONE),)))["marks"]) == "1"
    assert plain_json((True, Fraction(3, 2), {"k": (1,)})) == [True, 1.5, {"k": [1]}]


def hand_in() -> HandIn:
    numbers = np.array([0.5])
    written = Numbers(numbers, numbers, numbers, numbers, "[0.50]")
    lost = Numbers(numbers, numbers, numbers, numbers, "[0.5]", zeros_lost=True)
    entries = (
        Entry("h", written),
        Entry("a", lost),
        Entry("dL/dz", Formulas(("p - y",), "p - y")),
        Entry("h", Unread("no", "[[1")),
        Entry(EVIL, Unread("no", EVIL)),
    )
    return HandIn("Ada", entries)


def test_the_answers_themselves_are_kept() -> None:
    kept = to_json(report(), hand_in(), "ada.json")["hand_in"]
    assert kept["file"] == "ada.json"
    assert [one["name"] for one in kept["answers"][:4]] == ["h", "a", "dL/dz", "h"]
    assert kept["answers"][1] == {"name": "a", "text": "[0.5]", "zeros_lost": True}
    json.dumps(kept, ensure_ascii=False).encode()


KINDS: list[tuple[Kind, str]] = [
    ("json", '{"person": "Ada", "answers": {"h": ["0.50", "1e-3"], "a": [0.5, 2], "q": ["0,5", "2/3"], "w": "W x = 0.30", "dL/dz": "p - y", "bad": "[[1,"}}'),
    ("json", '{"answers": {"z1": [[2], [7.50]], "g": "9^9^9^9", "n": {"a": 1}, "t": "1.2e-5", "z1": 3}}'),
    ("lines", "h = [1.5; 2.50]\nz = W x + b = (0.3, 0.40)\nL = 0,50\ndW = \\begin{pmatrix} 1 & 2 \\\\ 3 & \\frac{1}{2} \\end{pmatrix}"),
    ("csv", 'quantity,value\nh,"[1, 2.50]"\nL,0.5\n'),
    ("csv", "person;h;L\nAda;[1,5 2,5];0,50\n"),
    ("yaml", "person: Ada\nanswers:\n  h: [1, 2.50]\n  L: 0.50\n  f: p - y\n"),
]


@pytest.mark.parametrize(("kind", "original"), KINDS)
def test_kept_answers_are_read_as_they_were(kind: Kind, original: str) -> None:
    (first,) = from_text(original, "x", kind)
    text, _ = handed_in(json.loads(json.dumps(to_json(report(first.person), first))))
    (again,) = from_text(text, "y", "json")
    assert again.person == first.person
    for one, two in zip(first.entries, again.entries, strict=True):
        assert (one.name, type(one.content), one.links) == (two.name, type(two.content), two.links)
        if isinstance(one.content, Numbers) and isinstance(two.content, Numbers):
            np.testing.assert_array_equal(one.content.values, two.content.values)
            np.testing.assert_array_equal(one.content.half, two.content.half)
            np.testing.assert_array_equal(one.content.decimals, two.content.decimals)
            assert one.content.zeros_lost == two.content.zeros_lost
        elif isinstance(one.content, Formulas):
            assert one.content == two.content
