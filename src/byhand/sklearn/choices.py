"""Parameters of estimators, checked when they are used: ``ByhandError``, which is a ``ValueError``, under the names that scikit-learn has for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf, isfinite
from numbers import Integral, Real
from pathlib import Path
from typing import Any, cast

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.run.arrays import Array


def whole(name: str, value: Any, least: int = 1) -> int:
    """A whole number, NumPy's too, of at least ``least``."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Integral) or int(value) < least:
        raise ByhandError(f"{name}={value!r} cannot be: it is a whole number of at least {least}.")
    return int(value)


def real(name: str, value: Any, low: float = 0.0, high: float = inf, *, above: bool = False) -> float:
    """A number from ``low``, or above it, up to, not including, ``high``."""
    number = isinstance(value, Real) and not isinstance(value, (bool, np.bool_)) and isfinite(float(value))
    if not number or not low <= float(value) < high or (above and float(value) == low):
        least = f"above {low:g}" if above else f"of at least {low:g}"
        raise ByhandError(f"{name}={value!r} cannot be: it is a number {least}{'' if high == inf else f' and below {high:g}'}.")
    return float(value)


def text(name: str, value: Any) -> str:
    """A text."""
    if not isinstance(value, str):
        raise ByhandError(f"{name}={value!r} cannot be: it is a text.")
    return str(value)


def truth(name: str, value: Any) -> bool:
    """True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise ByhandError(f"{name}={value!r} cannot be: it is True or False.")
    return bool(value)


def layers(name: str, value: Any) -> list[int]:
    """The sizes of layers: one number, or several."""
    if isinstance(value, Integral):
        return [whole(name, value)]
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise ByhandError(f"{name}={value!r} cannot be: it is the number of units of each hidden layer, such as (64, 32).")
    return [whole(name, one) for one in cast("Iterable[Any]", value)]


def batch(name: str, value: Any, rows: int, usual: int) -> int:
    """The size of a batch: the usual one if it is "auto", and never more than there are samples."""
    if isinstance(value, str) and value == "auto":
        return min(usual, rows)
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Integral) or value < 1:
        raise ByhandError(f'{name}={value!r} cannot be: it is "auto" or a whole number of at least 1.')
    return min(int(value), rows)


def sheet_of(name: str, value: Any) -> str | Path | None:
    """A sheet's text or its file."""
    if value is not None and not isinstance(value, (str, Path)):
        raise ByhandError(f"{name}={value!r} cannot be: it is the text of a sheet or the path of its file.")
    return value


def class_weights(name: str, value: Any, classes: list[Any], codes: Array) -> Array | None:
    """How much each class counts, in the order of the classes; "balanced": samples / (classes · samples of the class)."""
    if value is None:
        return None
    if isinstance(value, str) and value == "balanced":
        return len(codes) / (len(classes) * np.bincount(codes))
    if not isinstance(value, Mapping):
        raise ByhandError(f'{name}={value!r} cannot be: it is "balanced", or a number for each class, such as {{{classes[0]!r}: 2.0}}.')
    given = cast("Mapping[Any, Any]", value)
    unknown = [label for label in given if label not in classes]
    if unknown:
        raise ByhandError(f"{name} has the class {unknown[0]!r}, which y does not hold: its classes are {', '.join(map(repr, classes))}.")
    found = np.array([real(f"{name}[{label!r}]", given.get(label, 1.0)) for label in classes])
    if not found.any():
        raise ByhandError(f"{name} leaves no sample that counts: the weight of every class is 0.")
    return found
