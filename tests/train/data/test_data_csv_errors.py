"""What is wrong in a text file is said with its line and column."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from byhand.lang.errors import ByhandError
from byhand.train.data import limits
from byhand.train.data.load import load


def said(path: Path, text: str | bytes, name: str = "train.csv", **options: Any) -> str:
    path = path / name
    path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    with pytest.raises(ByhandError) as problem:
        load(path, **options)
    return problem.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "train.csv is empty: a table has a row for each sample."),
        ("\n \n\n", "train.csv is empty: a table has a row for each sample."),
        ("a,b,y\n", "train.csv has names of columns and no rows: a table has a row for each sample."),
        ("# a,b,y\n", "train.csv has names of columns and no rows: a table has a row for each sample."),
        (
            "a,colour,y\n1,2,0\n3,red,1\n5,blue,0\n",
            'line 3 of train.csv, column 2 (colour): "red" is not a number: only the target may be text; leave the column out, or write it as numbers.',
        ),
        (
            "1,2,0\n\n\n3,x,1\n",
            'line 4 of train.csv, column 2: "x" is not a number: only the target may be text; leave the column out, or write it as numbers.',
        ),
        (
            'a,y\n1,"two\nlines"\nx,c\n',
            'line 4 of train.csv, column 1 (a): "x" is not a number: only the target may be text; leave the column out, or write it as numbers.',
        ),
        ("a,b,y\n1,2,0\n1,2\n", "line 3 of train.csv has 2 cells, but 3 are in the other lines: complete it, or leave it out."),
        (
            "a,b,y\n1,2,0\n1,2,3,4\n",
            "line 3 of train.csv has 4 cells, but 3 are in the other lines: a text with a comma takes quotation marks, and decimal commas a semicolon between cells.",
        ),
        ("a,b,y\n1,,0\n", "one cell of train.csv has no number, line 2 of train.csv, column 2 (b): empty. Fill it in, or leave the row out."),
        (
            "a,b,y\n1,2,0\n?,3,1\n4,nan,1\n5,6,NA\n",
            '3 cells of train.csv have no number; the first is in line 3 of train.csv, column 1 (a): "?". Fill them in, or leave those rows out.',
        ),
        ("a,y\n1,0\n-inf,1\n", 'one cell of train.csv has no number, line 3 of train.csv, column 1 (a): "-inf". Fill it in, or leave the row out.'),
        ("a,y\n1,cat\n2,\n", "one cell of train.csv has no number, line 3 of train.csv, column 2 (y): empty. Fill it in, or leave the row out."),
        (
            "a;y\n1.234,5;1\n2;3\n",
            'line 2 of train.csv, column 1 (a): "1.234,5" is not a number: write numbers with a decimal point and nothing between thousands.',
        ),
        (
            "4,5,6,b\n1,2,3,1\n4,5,6,0\n7,8,x,9\n",
            'line 4 of train.csv, column 3: "x" is not a number: only the target may be text; leave the column out, or write it as numbers.',
        ),
        (
            'a,y\n1,2\n3,"4\n5,6\n7,8\n',
            "line 3 of train.csv cannot be read: unexpected end of data; is a quotation mark left open, or not doubled?",
        ),
        (b"a,y\n1,caf\xe9\n", 'line 2 of train.csv is not UTF-8 text near "1,café"; save the file as UTF-8 (it may be in Latin-1 or Windows-1252).'),
        (b"a,y\n1,\x00\x01\n", "train.csv is not text: data come as CSV (also gzipped), NPY, NPZ or Parquet."),
        (b"\x89HDF\r\n\x1a\n", "train.csv is an HDF5 file: data come as CSV (also gzipped), NPY, NPZ or Parquet."),
        (b"\x80\x04\x95abc", "train.csv is a pickle, which may run anything: data come as CSV (also gzipped), NPY, NPZ or Parquet."),
        (
            gzip.compress(b"a,y\n1,2\n" * 9)[:-12],
            "train.csv is a damaged gzip file: compressed file ended before the end-of-stream marker was reached; fetch it again.",
        ),
        (
            "1_000,2\n3,4\n",
            'line 1 of train.csv, column 1: "1_000" is not a number: if the first line has the names of the columns, say that it is a header.',
        ),
    ],
)
def test_message(tmp_path: Path, text: str | bytes, message: str) -> None:
    assert said(tmp_path, text) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "klass"}, 'train.csv has no column called "klass"; did you mean "class"?'),
        ({"target": "zzz"}, 'train.csv has no column called "zzz": it has "a", "b", "class".'),
        ({"target": "4"}, "train.csv has no column 4: it has 3."),
        ({"target": 3}, "train.csv has no column of index 3: it has 3, from 0 to 2."),
        ({"target": "a", "features": ["a", "b"]}, "column 1 (a) of train.csv cannot be a feature and the target: leave it out of the features."),
        ({"delimiter": "::"}, '"::" cannot stand between the cells of a table: a delimiter is one sign, such as a comma, a semicolon or a tab.'),
        ({"task": "regression"}, 'line 2 of train.csv, column 3 (class): "x" is not a number, but numbers are wanted as the target: choose another column, or a sheet for classes.'),
        ({"target": "a", "task": "classification", "features": ["b"]}, "line 3 of train.csv has 2.5 as its class: classes are texts or whole numbers."),
        ({"classes": ("x", "z")}, 'line 3 of train.csv has the class "y", which is unknown: the classes trained on are x, z.'),
        ({"target": "b", "features": ["a"], "classes": (2, 7)}, 'line 3 of train.csv has the class "4", which is unknown: the classes trained on are 2, 7.'),
    ],
)  # fmt: skip
def test_message_of_what_is_asked(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    assert said(tmp_path, "a,b,class\n1,2,x\n2.5,4,y\n", **options) == message


def test_names_that_are_not_unique(tmp_path: Path) -> None:
    message = 'train.csv has 2 columns called "y": say which by its number, 2 and 4.'
    assert said(tmp_path, "a,y,b,y\n1,2,3,4\n", target="y") == message
    assert said(tmp_path, "a,b,B\n1,2,3\n", target="c") == 'train.csv has no column called "c": it has "a", "b", "B".'
    assert said(tmp_path, "a,yy,yY\n1,2,3\n", target="YY") == 'train.csv has 2 columns called "YY": say which by its number, 2 and 3.'


def test_only_a_target(tmp_path: Path) -> None:
    assert said(tmp_path, "y\n1\n2\n") == "train.csv has no columns of features: it has the target alone; add columns of numbers."


def test_a_number_too_large_for_32_bits(tmp_path: Path) -> None:
    message = "line 3 of train.csv, column 1 (a): 1e39 is too large for 32-bit floats, which hold numbers up to 3.4e38; scale the column, or train in float64."
    assert said(tmp_path, "a,y\n1,0\n1e39,1\n", dtype=np.float32) == message
    assert load(tmp_path / "train.csv").rows == 2


def test_what_is_far_down_in_a_large_file(tmp_path: Path) -> None:
    lines = ["a,b,y"] + [f"{k},{k / 4},{k % 2}" for k in range(40_000)]
    lines[35_001] = "1,,0"
    lines[38_000] = "nan,2,0"
    message = said(tmp_path, "\n".join(lines))
    assert (
        message == "2 cells of train.csv have no number; the first is in line 35002 of train.csv, column 2 (b): empty. Fill them in, or leave those rows out."
    )


def test_a_line_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a gzip file of a few kilobytes that unpacks to one line of terabytes."""
    message = said(tmp_path, gzip.compress(b"1" * (limits.MAX_LINE + 10)), "bomb.csv.gz")
    assert message == "line 1 of bomb.csv.gz has more than 8,388,608 characters: this is no table of samples as rows."


def test_too_many_columns(tmp_path: Path) -> None:
    assert said(tmp_path, ",".join("1" * 100_001)) == "a table of 100,001 columns is refused; at most 100,000 are read."


def test_a_cell_without_end(tmp_path: Path) -> None:
    text = 'a,y\n1,"' + "x" * 200_000 + '"\n'
    assert said(tmp_path, text) == "line 2 of train.csv has a cell of more than 131,072 characters; is a quotation mark left open, or not doubled?"


def test_more_numbers_than_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("byhand.train.data.grow.memory", lambda: 1000)
    message = said(tmp_path, "a,y\n" + "1,2\n" * 200)
    assert message.startswith("train.csv takes ")
    assert message.endswith("as numbers, more than there is memory: save it as NPY or Parquet, which are read in pieces.")


def test_places(tmp_path: Path) -> None:
    with pytest.raises(ByhandError, match=r"^there is no file .*nowhere; the data that come along are digits, iris"):
        load(tmp_path / "nowhere")
    with pytest.raises(ByhandError, match=r"^there is no file .*nowhere\.csv\.$"):
        load(tmp_path / "nowhere.csv")
    with pytest.raises(ByhandError, match=r"is a folder: say which file in it has the data\.$"):
        load(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ByhandError, match=r"pipe is no ordinary file: data are read more than once, so write them to a file first\.$"):
        load(tmp_path / "pipe")
    with pytest.raises(ByhandError, match=r"^cannot read .*: embedded null byte\.$"):
        load("a\0b.csv")
    with pytest.raises(ByhandError, match=r"^cannot read .*: file name too long\.$"):
        load("a" * 5000)
