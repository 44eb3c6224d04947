"""Numbers in what is said of an answer."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from byhand.run.arrays import Array, Dims


def array_text(value: Array) -> str:
    """Numbers to six significant digits, as a person would type them."""
    return _text(value.shape, np.asarray(value, dtype=np.float64).tobytes())


@lru_cache(maxsize=2000)
def _text(shape: Dims, numbers: bytes) -> str:
    """The right numbers are the same for a whole class."""
    return _spelled(np.frombuffer(numbers).reshape(shape))


def _spelled(value: Array) -> str:
    if not value.ndim:
        return f"{float(value):.6g}"
    return f"[{', '.join(map(_spelled, value))}]"
