"""Hand-written backward functions of PyTorch, checked against what is derived from the formula of their forward function.

byhand.torch.check(MyLinear.apply, "Y = X @ W + b", X=("n", "d"), W=("d", "k"), b=("k",)).raise_if_wrong()
"""

from __future__ import annotations

from byhand.check.backward.result import BackwardCheck, WrongGradient
from byhand.torch.check import check

__all__ = ["BackwardCheck", "WrongGradient", "check"]
