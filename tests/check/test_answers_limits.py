"""Hostile hand-ins: refused at once with one sentence, without a traceback, and at nobody else's cost."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byhand.check.answers.entry import Formulas, HandIn, Numbers, Unread
from byhand.check.answers.read import Kind, from_text, hand_ins
from byhand.check.answers.written import written

MOST_SECONDS = 0.15
"""Three times what is promised, of this process's own time: the machine may be busy."""


def code(*sources: str) -> bytes:
    return json.dumps({"cells": [{"cell_type": "code", "source": one, "outputs": []} for one in sources]}).encode()


FILES: dict[str, bytes] = {
    "large.json": b" " * 10_000_001, "deep.json": b'{"answers":{"z1":' + b"[" * 5_000_000, "objects.json": b'{"a":' * 1_000_000, "long.json": b'{"z":"' + b"x" * 9_900_000 + b'"}',
    "brackets.json": b'{"z":"' + b"[" * 9_900_000 + b'"}', "digits.json": b'{"z":' + b"1" * 9_900_000 + b"}", "point.json": b'{"z":0.' + b"1" * 9_900_000 + b"}", "quoted.json": b'{"z":"' + b"1" * 9_900_000 + b'"}',
    "many.json": b'{"z":[' + b"1," * 4_900_000 + b"1]}", "keys.json": b"{" + b",".join(b'"a%d":1' % k for k in range(700_000)) + b"}", "nul.json": b'{"a":\0 1}', "zip.json": b"PK\x03\x04xxxx",
    "binary.md": bytes(range(256)) * 1000, "nul.csv": b"person,z\n\0a,2\n", "wide.csv": b"a," * 4_900_000, "quote.csv": b'person,z\nann,"' + b"x" * 9_000_000,
    "bomb.yaml": b"a: &a [x,x]\n" + b"".join(b"%c: &%c [*%c,*%c]\n" % (98 + k, 98 + k, 97 + k, 97 + k) for k in range(20)), "deep.yaml": b"a: " + b"[" * 200_000, "dashes.yaml": b"- " * 100_000,
    "many.yaml": b"a: 1\n" * 50_000, "keys.yaml": b"? " * 100_000, "long.md": b"z = " + b"[" * 1_900_000, "opens.md": b"z = [\n" * 50_000, "blank.md": b"\n" * 299_000,
    "deepcode.ipynb": code("x=" + "(" * 20_000, "x=" + "-" * 20_000 + "1", "x=" + "not " * 7_000 + "1", "x=a" + ".b" * 10_000), "cells.ipynb": code(*["x=1"] * 100_000),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_refused_at_once(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    start = time.process_time()
    found = list(hand_ins(path))
    assert time.process_time() - start < MOST_SECONDS
    said = [
        *(problem for one in found for problem in one.problems),
        *(entry.content.message for one in found for entry in one.entries if isinstance(entry.content, Unread)),
    ]
    assert said
    assert all(len(sentence) < 300 and sentence.endswith(".") and "\n" not in sentence and "Traceback" not in sentence for sentence in said)


LONG_LINES = [
    "=", "a=b", "$", "$a=1", "\\begin{pmatrix}", "\\begin{pmatrix}\n", " ", "|", "|a|1|\n", "\\frac{", "a:", "- ", "a = 1 # ", "a1 = 2, ", "\\\\", "---\n", "**", "z = 3 ab ", "z = 3 &", "0.3...", "1,2;", "[1\n", "2\n",
    " x 10", "½", "⁰", "⎡1⎤\n", "\\hat{", "{", "^", "_", "'", "∂", "(", "z = (", "z = 1 and ", "z = 1,", "\t", "\r", "≈", "<", "eta < ", "1.", "(a) ", "`", "~", "\\left(", "d/d",
]  # fmt: skip


@pytest.mark.parametrize("piece", LONG_LINES)
def test_no_text_takes_long(piece: str) -> None:
    for head in ("", "z = ", "z = 5"):
        text = head + piece * (45_000 // len(piece))
        start = time.process_time()
        for one in from_text(text, "x", "lines"):
            assert isinstance(one, HandIn)
        written(text)
        assert time.process_time() - start < 4 * MOST_SECONDS


@given(st.binary(max_size=300), st.sampled_from([".json", ".jsonl", ".csv", ".yaml", ".md", ".ipynb", ""]))
def test_any_bytes_are_a_hand_in(tmp_path_factory: pytest.TempPathFactory, raw: bytes, suffix: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"fuzz{suffix}"
    path.write_bytes(raw)
    assert all(isinstance(one, HandIn) for one in hand_ins(path))


SIGNS = st.text(alphabet="[](){}0123456789.,;:-+eE /\\n\n&|=^_'\"$#%TWzL≈…½⁻·×−\\", max_size=80)


@settings(max_examples=300)
@given(SIGNS, st.sampled_from(["json", "jsonl", "csv", "yaml", "lines", "notebook"]))
def test_any_text_is_a_hand_in(text: str, kind: Kind) -> None:
    assert all(isinstance(one, HandIn) for one in from_text(text, "x", kind))


@settings(max_examples=500)
@given(SIGNS)
def test_any_answer_is_numbers_or_a_formula_or_unread(text: str) -> None:
    found = written(text)
    assert found is None or isinstance(found.content, (Numbers, Formulas, Unread))


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(json_values)
def test_any_json_is_a_hand_in(value: object) -> None:
    for kind in ("json", "notebook"):
        assert all(isinstance(one, HandIn) for one in from_text(json.dumps(value), "x", kind))
    assert all(isinstance(one, HandIn) for one in from_text(json.dumps({"cells": [value], "answers": value}), "x", "notebook"))
