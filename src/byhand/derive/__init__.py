"""Derivation: every gradient as a formula, and the log of how it came about. Knows what a rule is, never a rule."""

from byhand.derive.local import Local, local_derivative
from byhand.derive.simplify import simplify
from byhand.derive.steps import Derivation, Step
from byhand.derive.sweep import derive

__all__ = ["Derivation", "Local", "Step", "derive", "local_derivative", "simplify"]
