"""Hand-ins from files of every kind: the same answers, however they are written; classes; what is left out, and why."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from byhand.check.answers import yaml_file
from byhand.check.answers.entry import Entry, Formulas, HandIn, Numbers, Unread
from byhand.check.answers.read import Kind, from_text, hand_ins, kind_of
from byhand.lang.errors import ByhandError

WANTED: dict[str, Any] = {"z1": [[2], [7.5]], "L": 0.34, "h": [1, -2.25]}
"""What every hand-in below says, besides the formula p − y for dL/dz."""

JSON = '{"person": "anna", "answers": {"z1": [[2], [7.50]], "L": "0.34", "h": ["1", "-2.25"], "dL/dz": "p - y"}}'
YAML = 'person: anna\nanswers:\n  z1: [[2], [7.50]]\n  L: 0.34\n  h: ["1", "-2.25"]\n  dL/dz: p - y\n'
MARKDOWN = """---
title: My solution
student: anna
---
# Forward pass

The first layer gives $z_1 = 3$, no:

$$
z1 = \\begin{pmatrix} 2 \\\\ 7{,}50 \\end{pmatrix}
$$

- **L** = 0.34
- `h = array([ 1.  , -2.25])`

dL/dz = p - y
"""
LATEX = r"""\documentclass{article}
\begin{document}
\author{anna} % no front matter
\begin{align*}
z1 &= \begin{bmatrix} 2 \\ 7.50 \end{bmatrix} \\
L &= -\sum_i t_i \log p_i \approx 0{,}34, \\
h &= \left(\begin{array}{cc} 1 & -\frac{9}{4} \end{array}\right)^{\top} \label{h} \\
dL/dz &= p - y
\end{align*}
\end{document}
"""
TEXT = "z1 =\n[[2. ]\n [7.5]]\nL: 0,34\nh: [1\n -2.25]\ndL/dz = p - y   # as in the lecture\n"
TABLE = "| quantity | value |\n|---|---|\n| z1 | [2; 7.50] |\n| L | 0.34 |\n| h | (1, -2.25) |\n| dL/dz | p - y |\n"
WIDE = 'person;z1;L;h;dL/dz\nanna;[2; 7,50];0,34;"(1; -2,25)";p - y\n'
COMMAS = '\ufeffperson,z1,L,h,dL/dz\nanna,"[[2],[7.50]]",0.34,[1, -2.25],p - y\n'
LONG = 'person,quantity,value\nanna,z1,"[[2],[7.50]]"\nanna,L,0.34\nanna,h,"1, -2.25"\nanna,dL/dz,p - y\n'
PAIRS = 'quantity\tvalue\nz1\t[[2],[7.50]]\nL\t0.34\nh\t"[1, -2.25]"\ndL/dz\tp - y\n'
LINES = JSON + "\n"


def notebook() -> str:
    book: Any = nbformat.v4.new_notebook()  # pyright: ignore[reportUnknownMemberType]
    cell = nbformat.v4.new_code_cell("import numpy as np\n%matplotlib inline\nz1 = np.array([[2], [7.50]])\nL = loss(z1)\nprint('L =', L)\nh = z1.ravel()\nh")
    cell["outputs"] = [
        nbformat.v4.new_output("stream", text="L = 0.34\n"),
        nbformat.v4.new_output("execute_result", data={"text/plain": "array([ 1.  , -2.25])"}, execution_count=1),
    ]
    book["cells"] = [cell, nbformat.v4.new_markdown_cell("Therefore $dL/dz = p - y$.")]
    return nbformat.writes(book)


KINDS: list[tuple[Kind, str]] = [
    ("json", JSON), ("jsonl", LINES), ("yaml", YAML), ("lines", MARKDOWN), ("lines", LATEX), ("lines", TEXT), ("lines", TABLE), ("csv", WIDE), ("csv", COMMAS), ("csv", LONG),
    ("csv", PAIRS), ("notebook", notebook()),
]  # fmt: skip


def one(text: str, kind: Kind) -> HandIn:
    (found,) = from_text(text, "anna", kind)
    return found


def last(hand_in: HandIn) -> dict[str, Entry]:
    return {entry.name: entry for entry in hand_in.entries}


@pytest.mark.parametrize(("kind", "text"), KINDS)
def test_the_same_answers_in_every_kind(kind: Kind, text: str) -> None:
    found = one(text, kind)
    assert found.person == "anna"
    entries = last(found)
    for name, value in WANTED.items():
        content = entries[name].content
        assert isinstance(content, Numbers), (name, content)
        np.testing.assert_array_equal(content.values.ravel(), np.array(value, dtype=float).ravel())
    assert entries["dL/dz"].content == Formulas(("p - y",), "p - y")
    assert not found.problems


SUFFIXES = {"json": ".json", "jsonl": ".jsonl", "yaml": ".yml", "lines": ".md", "csv": ".csv", "notebook": ".ipynb"}


@pytest.mark.parametrize(("kind", "text"), KINDS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_by_their_names_and_by_their_content(tmp_path: Path, kind: Kind, text: str, encoding: str) -> None:
    path = tmp_path / f"anna{SUFFIXES[kind]}"
    path.write_text(text.lstrip("\ufeff"), encoding)
    (found,) = hand_ins(path)
    assert {"z1", "L", "h", "dL/dz"} <= last(found).keys()
    bare = tmp_path / "anna"
    bare.write_text(text.lstrip("\ufeff"), encoding)
    assert {"L", "h"} <= last(next(iter(hand_ins(bare)))).keys(), kind_of(text)


def test_digits_are_kept_and_zeros_are_known_to_be_lost() -> None:
    numbers = {name: entry.content for name, entry in last(one('{"a": 0.50, "b": "0.50", "c": ["0.50", "1"], "d": [0.5, 1]}', "json")).items()}
    assert {name: (content.text, content.zeros_lost) for name, content in numbers.items() if isinstance(content, Numbers)} == {
        "a": ("0.50", True), "b": ("0.50", False), "c": ("[0.50, 1]", False), "d": ("[0.5, 1]", True)}  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ classes


def test_a_class_in_json() -> None:
    for text in ('[{"name": "anna", "answers": {"z": 1}}, {"student": "ben", "z": 2}, 3]', '{"anna": {"z": 1}, "ben": {"answers": {"z": 2}}, "3": {}}'):
        found = list(from_text(text, "class", "json"))
        assert [(one.person, len(one.entries)) for one in found[:2]] == [("anna", 1), ("ben", 1)]
        assert len(found) == 3


def test_a_class_in_lines_of_json_goes_on_after_a_broken_one(tmp_path: Path) -> None:
    path = tmp_path / "class.jsonl"
    path.write_bytes(b'{"person": "anna", "z": 1}\n\n{"person": \n{"person": "J\xfcrgen", "z": [1, 2]}\n')
    found = list(hand_ins(path))
    assert [one.person for one in found] == ["anna", "class line 3", "Jürgen"]
    assert "cannot be read" in found[1].problems[0]
    assert "Latin-1" in found[2].problems[0]


def test_a_class_in_a_wide_table() -> None:
    found = list(from_text('name;z1;"W[0,0]";W[0,1];L\nanna;"[2; 7]";0,5;1;\nben;x @ y;;;"0,34"\n;3;;;\n', "class", "csv"))
    assert [one.person for one in found] == ["anna", "ben", "class row 4"]
    assert [entry.name for entry in found[0].entries] == ["z1", "W[0,0]", "W[0,1]"]
    assert [entry.content.text for entry in found[1].entries] == ["x @ y", "0.34"]
    assert found[1].entries[1].repairs == ("the comma in 0,34 read as the decimal point",)


def test_a_class_in_a_long_table() -> None:
    found = list(from_text('student,quantity,row,col,value\nanna,W,0,0,1\nben,z,,,"[1, 2]"\nanna,W,0,1,2.5\nben,L,,,0.3\n', "class", "csv"))
    assert [(one.person, [(entry.name, entry.content.text) for entry in one.entries]) for one in found] == [
        ("anna", [("W[0,0]", "1"), ("W[0,1]", "2.5")]), ("ben", [("z", "[1, 2]"), ("L", "0.3")])]  # fmt: skip


def test_memory_stays_flat_over_many_people(tmp_path: Path) -> None:
    for name, line in (("class.jsonl", '{"person": "p%d", "answers": {"z": [0.%d, 2], "L": 0.34}}\n'), ("class.csv", "p%d;0,%d;2,34\n")):
        path = tmp_path / name
        path.write_text(("person;z;L\n" if name.endswith("csv") else "") + "".join(line % (k, k) for k in range(2_000)))
        tracemalloc.start()
        count = sum(1 for _ in hand_ins(path))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert count == 2_000
        assert most < 6_000_000


# ------------------------------------------------------------------------------------------------------- single kinds


def test_json_says_what_is_no_answer() -> None:
    entries = last(one('{"a": null, "b": true, "c": {"x": 1}, "d": [1, [2]], "e": [NaN], "f": "", "g": [], "h": {"value": [1, 2]}, "k": 1e999}', "json"))
    assert {name: entry.content.message for name, entry in entries.items() if isinstance(entry.content, Unread)} == {
        "b": "true is no answer.", "c": "a JSON object is no answer; write the numbers as lists, a formula as text.",
        "d": "the list is ragged: one part has a single number, another 1 entry.", "e": "NaN is not a number; every entry must be finite.",
        "k": "the number 1e999 is out of range: it may have 400 digits and lie between -1e308 and 1e308."}  # fmt: skip
    assert isinstance(entries["h"].content, Numbers)
    assert not {"a", "f", "g"} & entries.keys()


def test_the_same_name_twice_is_kept_twice() -> None:
    assert [entry.content.text for entry in one('{"z": 1, "z": 2}', "json").entries] == ["1", "2"]


def test_one_broken_answer_spoils_no_other() -> None:
    text = "z = [1, 2\nh = [[1, 2], [3]]\nL = 0.34\nq = \\begin{pmatrix} 1 \\\\ 2\np = [0.5, 0.5]\n"
    entries = last(one(text, "lines"))
    assert {name for name, entry in entries.items() if isinstance(entry.content, Numbers)} == {"L", "p"}
    assert isinstance(entries["z"].content, Unread)
    assert isinstance(entries["h"].content, Unread)


def test_lines_know_where_they_stand_and_prose_is_no_answer() -> None:
    found = one(
        "# Solution\n\nWe use the chain rule. See page 3: nothing.\n1. h = [1, 2] (rounded)\n2) z = 3, L = 0.3\n\n```\ny = [1\n     2]\n```\nWe obtain dL/db1 = [1, 2] which is fine.\n",
        "lines",
    )
    assert [(entry.name, entry.content.text, entry.place) for entry in found.entries] == [
        ("h", "[1, 2]", "line 4"), ("z", "3", "line 5"), ("L", "0.3", "line 5"), ("y", "[[1], [2]]", "line 8"), ("We obtain dL/db1", "[1, 2]", "line 11")]  # fmt: skip


def test_a_notebook_is_never_run(tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    source = f"open({str(trap)!r}, 'w')\nz = __import__('pathlib').Path({str(trap)!r}).write_text('x')\n!touch {trap}\nx = np.array([0.50, 2])\nW = W - 0.1 * dW\nb -= db\nq = exec('1')"
    book = {
        "cells": [
            {"cell_type": "code", "source": source, "outputs": []},
            {"cell_type": "code", "source": ["print(W)"], "outputs": [{"output_type": "stream", "text": ["[[1. 2.]\n", " [3. 4.]]\n"]}]},
        ]
    }
    found = one(json.dumps(book), "notebook")
    assert not trap.exists()
    assert {name: entry.content.text for name, entry in last(found).items()} == {"x": "[0.50, 2]", "W'": "[[1., 2.], [3., 4.]]"}
    assert last(found)["W'"].repairs == ("W after its update in the code read as W'",)
    assert found.problems == ("computed in the code and not shown, so not read (notebooks are never run): z, b, q.",)


def test_what_a_notebook_shows_has_the_name_that_stands_in_its_code() -> None:
    def cell(source: str, printed: str = "", result: str = "") -> dict[str, Any]:
        outputs = [{"output_type": "stream", "text": printed}] if printed else []
        outputs += [{"output_type": "execute_result", "data": {"text/plain": result}}] if result else []
        return {"cell_type": "code", "source": source, "outputs": outputs}

    book = {"cells": [
        cell("h = f(1)\na = f(h)\nprint('h', h)\nprint(f'{a = }')", "h [1. 2.]\na = array([3., 4.])\n"),
        cell("z, p = f(a)\nprint('z:', z, 'p:', p)", "z: [[5. 6.]\n [7. 8.]] p: 0.5\n"),
        cell("u = f(1)\nv = f(2)\nprint(u)\nprint(v)", "[[1. 2.]\n [3. 4.]]\n0.25\n"),
        cell("q = f(1)\nr = f(2)\nq, r", result="(array([1., 2.]),\n array([[3.],\n        [4.]]))"),
        cell("s = f(1)\ns", result="np.float64(0.75)"),
        cell("t = f(1)\nprint(t, t.shape)", "[1. 2.] (2,)\n"),
    ]}  # fmt: skip
    found = one(json.dumps(book), "notebook")
    assert {name: entry.content.text for name, entry in last(found).items()} == {
        "h": "[1., 2.]", "a": "[3., 4.]", "z": "[[5., 6.], [7., 8.]]", "p": "0.5", "u": "[[1., 2.], [3., 4.]]", "v": "0.25", "q": "[1., 2.]", "r": "[[3.], [4.]]", "s": "0.75"}  # fmt: skip
    assert found.problems == ("computed in the code and not shown, so not read (notebooks are never run): t.",)


def test_a_value_that_was_computed_anew_is_not_the_old_one() -> None:
    book = {"cells": [{"cell_type": "code", "source": "z = [0, 0]\nz = W @ x", "outputs": []}]}
    assert not one(json.dumps(book), "notebook").entries


def test_yaml_keeps_digits_and_refuses_aliases_and_tags() -> None:
    entries = last(one("z: 0.50\nh: [2; 7]\nk: [2 7]\nm:\n  - [1, 2]\n  - [3, 4]\nn: yes\no: 1e-3\n", "yaml"))
    assert {name: entry.content.text for name, entry in entries.items()} == {
        "z": "0.50", "h": "[[2], [7]]", "k": "[2, 7]", "m": "[[1, 2], [3, 4]]", "n": "yes", "o": "1e-3"}  # fmt: skip
    assert "alias" in one("a: &a [1]\nb: *a\n", "yaml").problems[0]
    for tagged in ("a: !!python/object/apply:os.system [x]\n", "a: !!python/name:os.system x\n", "a: !new {b: 1}\n"):
        assert "tag" in one(tagged, "yaml").problems[0]
    assert "cannot be read at line" in one("a: [1, 2\n", "yaml").problems[0]


def test_without_yaml_everything_else_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_file, "yaml", None)
    assert one("z: 1\n", "yaml").problems == ("reading YAML needs the package PyYAML: pip install 'byhand[yaml]'.",)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ByhandError, match="cannot read"):
        list(hand_ins(tmp_path / "nobody.json"))


def test_reading_does_not_load_the_sheets(tmp_path: Path) -> None:
    """A file is read without anything of the language being run: no eval, no import of what stands in it."""
    (tmp_path / "a.json").write_text('{"z": "__import__(\'os\').system(\'x\')", "h": "9^9^9^9"}')
    code = f"import pathlib; from byhand.check.answers.read import hand_ins; print([e.content.text for h in hand_ins(pathlib.Path({str(tmp_path / 'a.json')!r})) for e in h.entries])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == """["__import__('os').system('x')", '9^9^9^9']"""
