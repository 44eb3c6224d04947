"""What people call data, targets and weights: it decides where formulas alone do not."""

from __future__ import annotations

import re

DATA_NAME = re.compile(r"[xXtTyY](?![a-zA-Z])|[xX]s?_|target|label|input|features?")
TARGET_NAME = re.compile(r"[tTyY](?![a-wz])|target|label")
WEIGHT_NAME = re.compile(r"([wWbBcvVuU]|theta|θ|beta|β|gamma|γ|bias|weight)[\d_*₀-₉\[\]]*$")
