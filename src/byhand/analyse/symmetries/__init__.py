"""Weight-space symmetries: how many settings of the parameters give the same function (exercise A3)."""

from __future__ import annotations

from byhand.analyse.symmetries.search import symmetries

__all__ = ["symmetries"]
