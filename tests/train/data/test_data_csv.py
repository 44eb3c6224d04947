"""CSV as people have it."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byhand.train.data import csv_file
from byhand.train.data.csv_fast import plain_decimals
from byhand.train.data.load import load

IRIS = "sepal length,petal length,species\n5.1,1.4,setosa\n7.0,4.7,versicolor\n6.3,6.0,virginica\n5.0,1.5,setosa\n"


def write(path: Path, text: str | bytes, name: str = "train.csv") -> Path:
    path = path / name
    path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return path


def test_names_and_text_classes(tmp_path: Path) -> None:
    table = load(write(tmp_path, IRIS))
    assert table.describe() == "4 rows, 2 features, 3 classes: setosa, versicolor, virginica"
    assert table.columns == ("sepal length", "petal length")
    assert table.classes == ("setosa", "versicolor", "virginica")
    assert table.target is not None
    assert table.target.tolist() == [0, 1, 2, 0]
    assert table.target.dtype == np.int32
    np.testing.assert_array_equal(table.features, [[5.1, 1.4], [7.0, 4.7], [6.3, 6.0], [5.0, 1.5]])
    assert table.remarks == (
        "Read train.csv: cells separated by comma, names in line 1.",
        "The target is the last column, column 3 (species).",
    )


BODY = [[1.5, 2.0, 0], [3.25, -4.0, 1], [0.125, 6e3, 1], [7.0, 8.5, 0]]


@pytest.mark.parametrize(
    "text",
    [
        "1.5,2.0,0\n3.25,-4.0,1\n0.125,6e3,1\n7.0,8.5,0\n",
        "1.5,2.0,0\r\n3.25,-4.0,1\r\n0.125,6e3,1\r\n7.0,8.5,0",
        "1.5,2.0,0\r3.25,-4.0,1\r0.125,6e3,1\r7.0,8.5,0\r",
        "a;b;y\n1,5;2,0;0\n3,25;-4,0;1\n0,125;6e3;1\n7,0;8,5;0\n",
        "a\tb\ty\n1.5\t2.0\t0\n3.25\t-4.0\t1\n0.125\t6e3\t1\n7.0\t8.5\t0\n",
        "a|b|y\n1.5|2.0|0\n3.25|-4.0|1\n0.125|6e3|1\n7.0|8.5|0\n",
        "1.5 2.0 0\n 3.25  -4.0 1\n0.125 6e3 1\n7.0 8.5 0\n",
        "\ufeffa,b,y\n1.5,2.0,0\n3.25,-4.0,1\n0.125,6e3,1\n7.0,8.5,0\n",
        "\n\na,b,y\n\n1.5,2.0,0\n3.25,-4.0,1\n\n\n0.125,6e3,1\n7.0,8.5,0\n\n",
        "a, b, y\n 1.5 , 2.0, 0\n3.25, -4.0 ,1\n 0.125,6e3,1\n7.0,8.5,0\n",
        '"a","b","y"\n"1.5","2.0","0"\n"3.25","-4.0","1"\n0.125,6e3,1\n7.0,8.5,0\n',
        "sep=;\na;b;y\n1,5;2,0;0\n3,25;-4,0;1\n0,125;6e3;1\n7,0;8,5;0\n",
        "# a b y\n1.5 2.0 0\n3.25 -4.0 1\n0.125 6e3 1\n7.0 8.5 0\n",
        "# written on a Monday\n# a,b,y\n1.5,2.0,0\n3.25,-4.0,1\n0.125,6e3,1\n7.0,8.5,0\n",
        ",a,b,y\n0,1.5,2.0,0\n1,3.25,-4.0,1\n2,0.125,6e3,1\n3,7.0,8.5,0\n",
        "Id,a,b,y\n1,1.5,2.0,0\n2,3.25,-4.0,1\n3,0.125,6e3,1\n4,7.0,8.5,0\n",
        "a,b,y,\n1.5,2.0,0,\n3.25,-4.0,1,\n0.125,6e3,1,\n7.0,8.5,0,\n",
        "0,1,2\n1.5,2.0,0\n3.25,-4.0,1\n0.125,6e3,1\n7.0,8.5,0\n",
        "a,b,y\n1.5,2.0,0\n3.25,-4.0,1\n,,\n0.125,6e3,1\n7.0,8.5,0\n,,\n",
        "a,b,y\n1.5,2.0,0.0\n3.25,-4.0,1.0\n0.125,6e3,1.0\n7.0,8.5,0.0\n",
    ],
)
def test_the_same_table_however_it_is_written(tmp_path: Path, text: str) -> None:
    table = load(write(tmp_path, text))
    assert table.target is not None
    np.testing.assert_array_equal(np.column_stack([table.features, table.target]), BODY)
    assert table.classes == (0, 1)
    plain = text.lstrip("\ufeff")
    for data, name in (
        (plain.encode("utf-16"), "wide.csv"),
        (gzip.compress(text.encode("utf-8")), "small.csv.gz"),
        (gzip.compress(text.encode("utf-8")), "odd.txt"),
    ):
        again = load(write(tmp_path, data, name))
        np.testing.assert_array_equal(again.features, table.features)
        np.testing.assert_array_equal(again.target, table.target)


@pytest.mark.parametrize(
    ("header", "asked", "wanted"),
    [
        ("label,a,b", None, 0), ("a,Class,b", None, 1), ("y,b,target", None, 2), ("a,b,c", None, 2), ("a,b,c", "b", 1), ("a,b,c", "B", 1),
        ("a,b,c", "1", 0), ("a,b,c", "-3", 0), ("a,b,c", 0, 0), ("a,b,c", -1, 2), ("2,b,c", "2", 0), (None, None, 2), (None, "2", 1),
    ],
)  # fmt: skip
def test_target(tmp_path: Path, header: str | None, asked: str | int | None, wanted: int) -> None:
    rows = [[0.5, 1.5, 2.5], [10.5, 11.5, 12.5]]
    text = (header + "\n" if header else "") + "\n".join(",".join(map(str, row)) for row in rows)
    table = load(write(tmp_path, text), target=asked, header=header is not None)
    np.testing.assert_array_equal(table.target, [row[wanted] for row in rows])
    np.testing.assert_array_equal(table.features, [[one for k, one in enumerate(row) if k != wanted] for row in rows])


def test_several_targets_and_chosen_features(tmp_path: Path) -> None:
    path = write(tmp_path, "a,note,b,u,v\n1,x,2,3.5,4\n5,y,6,7.5,8\n")
    for target in ("u,v", ["u", "v"], [3, 4]):
        table = load(path, target=target, features=["b", "a"])
        np.testing.assert_array_equal(table.target, [[3.5, 4], [7.5, 8]])
        np.testing.assert_array_equal(table.features, [[2, 1], [6, 5]])
    assert table.describe() == "2 rows, 2 features, 2 targets"


def test_one_hot_columns_are_classes(tmp_path: Path) -> None:
    table = load(write(tmp_path, "a,x,y,z\n1,0,1,0\n2,1,0,0\n3,0,0,1\n"), target="x,y,z")
    assert table.target is not None
    assert table.target.tolist() == [1, 0, 2]
    assert table.classes == (0, 1, 2)


def test_whole_numbers_are_classes_where_they_are_few(tmp_path: Path) -> None:
    years = write(tmp_path, "a,y\n" + "".join(f"{k},{1950 + k}\n" for k in range(40)))
    assert load(years).classes is None
    assert load(years, task="classification").classes == tuple(range(1950, 1990))
    grades = write(tmp_path, "a,y\n" + "".join(f"{k},{k % 3}\n" for k in range(40)))
    assert load(grades).classes == (0, 1, 2)
    assert load(grades, task="regression").classes is None


def test_text_that_begins_late_in_the_target(tmp_path: Path) -> None:
    text = "a,y\n" + "".join(f"{k},{k % 3}\n" for k in range(30_000)) + "1,unknown\n"
    table = load(write(tmp_path, text))
    assert table.classes == ("0", "1", "2", "unknown")
    assert table.target is not None
    assert table.target[-1] == 3


def test_quoted_cells_with_everything_in_them(tmp_path: Path) -> None:
    text = 'a,"the ""class"", or so"\n1,"red, dark"\n2,"line\nbreak"\n3,"a ""quote"""\n4,"red, dark"\n'
    table = load(write(tmp_path, text))
    assert table.target_name == 'the "class", or so'
    assert table.classes == ('a "quote"', "line\nbreak", "red, dark")
    np.testing.assert_array_equal(table.features, [[1], [2], [3], [4]])


def test_a_wide_table(tmp_path: Path) -> None:
    """Whose names alone are more than is looked at of a narrow one."""
    names = ",".join(f"intensity at {k} nm" for k in range(9000))
    table = load(write(tmp_path, f"{names},y\n" + ("1.5," * 9000 + "cat\n") + ("2.5," * 9000 + "dog\n")))
    assert table.describe() == "2 rows, 9000 features, 2 classes: cat, dog"


def test_names_that_stand_twice(tmp_path: Path) -> None:
    table = load(write(tmp_path, "a,b,a,y\n1,2,3,0.5\n4,5,6,1.5\n"))
    assert table.columns == ("a", "b", "a (column 3)")
    assert any('"a" stands over several columns' in one for one in table.remarks)


def test_a_first_row_of_numbers_is_no_header(tmp_path: Path) -> None:
    assert load(write(tmp_path, "5.1,3.5,setosa\n4.9,3.0,virginica\n")).rows == 2
    assert load(write(tmp_path, "5.1,NA,7\n4.9,3.0,8\n"), features=[0]).rows == 2


def test_a_later_file_has_the_columns_and_classes_of_the_first(tmp_path: Path) -> None:
    first = load(write(tmp_path, IRIS))
    known: dict[str, Any] = {"features": first.columns, "classes": first.classes}
    later = load(write(tmp_path, "species,extra,petal length,sepal length\nvirginica,9,1,2\nvirginica,9,3,4\n", "test.csv"), target=first.target_name, **known)
    assert later.classes == first.classes
    assert later.target is not None
    assert later.target.tolist() == [2, 2]
    np.testing.assert_array_equal(later.features, [[2, 1], [4, 3]])
    bare = load(write(tmp_path, "petal length,sepal length\n1,2\n", "new.csv"), labelled=False, **known)
    assert bare.target is None
    np.testing.assert_array_equal(bare.features, [[2, 1]])
    nameless = load(write(tmp_path, "1,2,virginica\n", "new.csv"), target="species", **known)
    np.testing.assert_array_equal(nameless.features, [[1, 2]])
    assert "no names; they are taken in the order of sepal length, …, petal length." in nameless.remarks[-1]


def test_labels_in_a_file_of_their_own(tmp_path: Path) -> None:
    features = write(tmp_path, "a,b\n1,2\n3,4\n5,6\n")
    for text in ("cat\ndog\ncat\n", "animal\ncat\ndog\ncat\n", "id,label\n0,cat\n1,dog\n2,cat\n"):
        table = load(features, target_file=write(tmp_path, text, "labels.txt"))
        assert table.classes == ("cat", "dog")
        assert table.target is not None
        assert table.target.tolist() == [0, 1, 0]


def test_whole_file_in_float32(tmp_path: Path) -> None:
    table = load(write(tmp_path, "a,y\n0.1,1.5\n0.2,2.5\n"), dtype=np.float32)
    assert table.features.dtype == np.float32
    np.testing.assert_array_equal(table.features, np.array([[0.1], [0.2]], dtype=np.float32))


# ------------------------------------------------------------------------------------------- fast is careful

FINITE = (
    st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**20), 10**20) | st.sampled_from([0.0, -0.0, 1e-320, 5e-324, 1.7976931348623157e308])
)
LABELS = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=6).map(str.strip).filter(bool)


@given(st.data())
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Every number to its last bit, whatever the module csv does to write a table, and the same by both readers."""
    width = data.draw(st.integers(1, 4))
    rows = data.draw(st.lists(st.tuples(*[FINITE] * width), min_size=1, max_size=8))
    labels = data.draw(st.lists(st.sampled_from(["a", "b c", 'q"q', "x,y", "ü;", "-1x"]), min_size=len(rows), max_size=len(rows)))
    mark = data.draw(st.sampled_from(",;\t"))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=mark, lineterminator=data.draw(st.sampled_from(["\n", "\r\n"])), quoting=data.draw(st.sampled_from([0, 1])))
    writer.writerow([*(f"f{k}" for k in range(width)), "label"])
    for row, label in zip(rows, labels):
        writer.writerow([*map(repr, row), label])
    path = write(tmp_path_factory.mktemp("csv"), text.getvalue())
    with pytest.MonkeyPatch.context() as patch:
        tables = [load(path)]
        patch.setattr(csv_file, "fast", lambda recipe: None)
        tables.append(load(path))
    for table in tables:
        wanted = np.array([[float(one) for one in row] for row in rows])
        assert table.features.tobytes() == wanted.tobytes()
        assert table.classes == tuple(sorted(set(labels)))
        assert table.target is not None
        assert [table.classes[k] for k in table.target.tolist()] == labels


@pytest.mark.parametrize(
    "text",
    [
        "1,2\n3\n4,5,6\n7,8\n",
        "1.2.3,4\n",
        "1,2\n\n3,4\n",
        "1e3,2\n",
        "1 ,2\n",
        "1,\n",
        "-,2\n",
        "1-2,3\n",
        "9007199254740993,1\n",
        "x,1\n",
        "1,2\n3;4\n",
        "é,1\n",
        "9" * 19 + ",1\n",
    ],
)
def test_what_is_no_plain_decimal_is_left_to_others(text: str) -> None:
    assert plain_decimals(text, ",", 2) is None


@settings(max_examples=30)
@given(
    st.lists(st.lists(st.from_regex(r"[-+]?(?:[0-9]{1,7}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})", fullmatch=True), min_size=3, max_size=3), min_size=1, max_size=6),
    st.booleans(),
)
def test_plain_decimals_are_the_nearest_floats(rows: list[list[str]], windows: bool) -> None:
    found = plain_decimals(("\r\n" if windows else "\n").join(";".join(row) for row in rows), ";", 3)
    assert found is not None
    assert found.tobytes() == np.array([[float(cell) for cell in row] for row in rows]).tobytes()
