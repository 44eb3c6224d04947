"""What is asked of data, wherever they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from byhand.train.data.columns import Column
from byhand.train.data.labels import Task
from byhand.train.data.table import Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The arguments of :func:`byhand.train.data.load.load`; ``None`` is found out from the data."""

    target: Column | Sequence[Column] | None = None
    features: Sequence[Column] | None = None
    classes: Sequence[Label] | None = None
    target_file: Path | None = None
    task: Task | None = None
    labelled: bool = True
    expected: tuple[str, ...] = ()
    expected_target: str | None = None
    dtype: DTypeLike = np.float64
    delimiter: str | None = None
    decimal: str | None = None
    header: bool | None = None
