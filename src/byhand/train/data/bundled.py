"""Small real data that scikit-learn brings along, read from its files; scikit-learn itself, which takes long to start, is not imported."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from byhand.lang.errors import ByhandError
from byhand.train.data.limits import Array
from byhand.train.data.stores import Held
from byhand.train.data.table import Label, Table

_IRIS = ("sepal length", "sepal width", "petal length", "petal width")
_DIABETES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")
_WINE = (
    "alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids", "nonflavanoid_phenols", "proanthocyanins",
    "color_intensity", "hue", "od280/od315_of_diluted_wines", "proline",
)  # fmt: skip
_CELLS = ("radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave points", "symmetry", "fractal dimension")
_BREAST_CANCER = (*(f"mean {one}" for one in _CELLS), *(f"{one} error" for one in _CELLS), *(f"worst {one}" for one in _CELLS))
_PIXELS = tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8))


def bundled(name: str) -> Table:
    """One of ``BUNDLED``, features in float64 and codes or numbers as scikit-learn's own loader gives them."""
    found = find_spec("sklearn")
    if found is None or not found.submodule_search_locations:
        raise ByhandError(f"the data {name} come with scikit-learn, which is not installed: pip install byhand[sklearn].")
    folder = Path(found.submodule_search_locations[0]) / "datasets" / "data"
    try:
        return BUNDLED[name](folder)
    except (OSError, ValueError, IndexError):
        raise ByhandError(f"the data {name} are not where the installed scikit-learn used to keep them: hand them over as a file.") from None


def _digits(folder: Path) -> Table:
    rows = _numbers(folder / "digits.csv.gz", ",", np.uint8)
    return _classes("digits", rows, _PIXELS, tuple(range(10)))


def _iris(folder: Path) -> Table:
    return _classes("iris", *_with_names(folder / "iris.csv", _IRIS))


def _wine(folder: Path) -> Table:
    return _classes("wine", *_with_names(folder / "wine_data.csv", _WINE))


def _breast_cancer(folder: Path) -> Table:
    return _classes("breast_cancer", *_with_names(folder / "breast_cancer.csv", _BREAST_CANCER))


def _diabetes(folder: Path) -> Table:
    """Each feature with mean 0 and squares that sum to one, as scikit-learn hands them over."""
    features = _numbers(folder / "diabetes_data_raw.csv.gz", " ")
    target = _numbers(folder / "diabetes_target.csv.gz", " ")[:, 0]
    centred = features - features.mean(axis=0)
    scaled = centred / (centred.std(axis=0) * np.sqrt(len(centred)))
    return Table("diabetes", {"X": Held(scaled)}, target, "disease progression", _DIABETES)


BUNDLED: dict[str, Callable[[Path], Table]] = {"digits": _digits, "iris": _iris, "wine": _wine, "breast_cancer": _breast_cancer, "diabetes": _diabetes}


def _numbers(path: Path, delimiter: str, dtype: DTypeLike = np.float64, skip: int = 0) -> Array:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    return np.loadtxt(text.splitlines(), dtype, delimiter=delimiter, skiprows=skip, ndmin=2, comments=None)


def _with_names(path: Path, columns: tuple[str, ...]) -> tuple[Array, tuple[str, ...], tuple[Label, ...]]:
    """The rows, names of columns, and the classes that the first line of the file names in the order of their codes."""
    with path.open(encoding="utf-8") as file:
        _, _, *classes = file.readline().strip().split(",")
    return _numbers(path, ",", skip=1), columns, tuple(classes)


def _classes(name: str, rows: Array, columns: tuple[str, ...], classes: tuple[Label, ...]) -> Table:
    return Table(name, {"X": Held(rows[:, :-1].astype(np.float64))}, rows[:, -1].astype(np.int32), "class", columns, classes)
