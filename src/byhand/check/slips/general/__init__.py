"""Slips that can be made without knowing a rule: each changes the structure of a step."""

from byhand.check.slips.general.table import GENERAL_SLIPS, UNNUMBERED, mutations

__all__ = ["GENERAL_SLIPS", "UNNUMBERED", "mutations"]
