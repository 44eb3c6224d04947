"""``compare(E, C)``: losses on the same network side by side: output errors, saturation, gradients."""

from byhand.analyse.compare.analysis import Comparison, compare

__all__ = ["Comparison", "compare"]
