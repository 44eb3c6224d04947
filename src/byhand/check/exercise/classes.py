"""The class that a network says, as a formula: the place of the largest entry, counted from 0."""

from __future__ import annotations

from byhand.lang.build import pick
from byhand.lang.expr import Expr, Named, filled, named
from byhand.lang.functions import concat, total

MOST_CLASSES = 1_000
CLASS = "class"
"""The slip of counting classes from 1."""


def class_of(text: str, score: Expr) -> Named | None:
    """Σ_k k·[entry k is the first largest] along the last axis, as a quantity called ``text``; ``None`` where the number of classes is not known."""
    count = score.shape[-1] if score.shape else 1
    if not isinstance(count, int) or count > MOST_CLASSES:
        return None
    places = concat([filled(k, (1,)) for k in range(count)])
    return named(text, total(pick(score) * places, -1))
