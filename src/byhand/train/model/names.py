"""What people call data, targets and weights, which decides where formulas alone do not; and names for what byhand adds."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import count

DATA_NAME = re.compile(r"[xXtTyY](?![a-zA-Z])|[xX]s?_|target|label|input|features?")
TARGET_NAME = re.compile(r"[tTyY](?![a-wz])|target|label")
WEIGHT_NAME = re.compile(r"([wWbBcvVuU]|theta|θ|beta|β|gamma|γ|bias|weight)[\d_*₀-₉\[\]]*$")


def free_name(name: str, taken: Collection[str]) -> str:
    """The name itself where nothing is called that, else the first of name_1, name_2, … that is free."""
    return next(one for one in (f"{name}_{k}" if k else name for k in count()) if one not in taken)
