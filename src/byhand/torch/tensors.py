"""Arrays as tensors, and the other way."""

from __future__ import annotations

from typing import Any

import numpy as np

from byhand.check.backward.pairs import strided
from byhand.check.backward.truth import Precision
from byhand.run.arrays import Array
from byhand.torch.library import torch


def tensor(value: Array, precision: Precision, turned: bool, device: str | None) -> Any:
    """A tensor with memory of its own, transposed there or not; floats in this precision, whole numbers and truth values as they are."""
    plain = value.astype(precision) if value.dtype.kind == "f" else value.copy()
    if turned and plain.ndim:
        made = torch.from_numpy(strided(plain).copy(order="K"))
        if plain.ndim == 1:
            made = torch.stack([made, made], dim=1)[:, 0]
    else:
        made = torch.from_numpy(np.ascontiguousarray(plain).reshape(plain.shape).copy())
    return made if device is None else made.to(device)


def array(value: Any) -> Array:
    """A copy in NumPy's memory; kinds of floats that NumPy does not have become single precision."""
    detached = value.detach().cpu()
    if detached.dtype in (torch.bfloat16, torch.float16):
        detached = detached.float()
    return np.array(detached.numpy())


def example(value: object) -> object:
    """A tensor among the inputs as an array; anything else as it is."""
    return array(value) if isinstance(value, torch.Tensor) else value
