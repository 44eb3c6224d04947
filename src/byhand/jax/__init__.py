"""Hand-written derivative rules of JAX, checked against what is derived from the formula of the function itself.

byhand.jax.check(my_layer_norm, "layer_norm(X, gamma, beta)", X=("n", "d"), gamma=("d",), beta=("d",)).raise_if_wrong()
"""

from __future__ import annotations

from byhand.check.backward.result import BackwardCheck, WrongGradient
from byhand.jax.check import check

__all__ = ["BackwardCheck", "WrongGradient", "check"]
