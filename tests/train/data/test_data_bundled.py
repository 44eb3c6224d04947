"""scikit-learn's bundled data without scikit-learn, beside what its own loaders give."""

from __future__ import annotations

import subprocess
import sys
from importlib import util

import numpy as np
import pytest

from byhand.lang.errors import ByhandError
from byhand.train.data.bundled import BUNDLED
from byhand.train.data.load import load


@pytest.mark.parametrize("name", BUNDLED)
def test_as_scikit_learn_loads_it(name: str) -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    oracle = getattr(datasets, f"load_{name}")()
    table = load(name)
    np.testing.assert_allclose(table.features, oracle.data, rtol=1e-13, atol=1e-16)
    np.testing.assert_array_equal(table.target, oracle.target)
    names = None if table.classes is None else [str(one) for one in table.classes]
    assert names == (None if name == "diabetes" else [str(one) for one in oracle.target_names])
    assert [one.removesuffix(" (cm)") for one in oracle.feature_names] == list(table.columns)


def test_options() -> None:
    pytest.importorskip("sklearn")
    some = load("iris", features=["petal width", "1"], target="class", classes=("setosa", "versicolor", "virginica"))
    np.testing.assert_array_equal(some.features, load("iris").features[:, [3, 0]])
    assert some.columns == ("petal width", "sepal length")
    assert load("iris", labelled=False).target is None
    with pytest.raises(ByhandError, match=r"^iris comes with its target \(class\), for which no other can be chosen\.$"):
        load("iris", target="petal width")
    with pytest.raises(ByhandError, match=r"^iris has the classes setosa, versicolor, virginica, but those trained on are a, b\.$"):
        load("iris", classes=("a", "b"))


def test_scikit_learn_is_not_imported() -> None:
    pytest.importorskip("sklearn")
    code = "import sys; from byhand.train.data.load import load; print(load('digits').describe(), {'sklearn', 'scipy', 'pandas', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1797 rows, 64 features, 10 classes: 0…9 set()\n"


def test_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    found = util.find_spec
    monkeypatch.setattr("byhand.train.data.bundled.find_spec", lambda name: None if name == "sklearn" else found(name))
    with pytest.raises(ByhandError, match=r"^the data digits come with scikit-learn, which is not installed: pip install byhand\[sklearn\]\.$"):
        load("digits")
