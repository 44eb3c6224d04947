"""The same exercise with other numbers: what may vary, drawing, judging what is nice, writing it into the sheet's own text."""

from byhand.analyse.variants.variants import Goal, Variant, variants

__all__ = ["Goal", "Variant", "variants"]
