"""A long vector that lies on its side has its dots on their side too."""

from __future__ import annotations

from byhand.show.latex import latex
from byhand.show.layout import layout
from byhand.show.mathml import mathml
from byhand.show.tree import Array, Transposed, turned

LONG = Array((("1",), ("2",), ("⋮",), ("9",)), "column")


def test_dots_turn_with_the_vector() -> None:
    assert turned(LONG.rows) == (("1", "2", "⋯", "9"),)
    assert turned(turned(LONG.rows)) == LONG.rows
    assert layout(Transposed(LONG)).lines == ("[1  2  ⋯  9]",)
    assert r"\cdots" in latex(Transposed(LONG))
    assert "⋯" in mathml(Transposed(LONG))
    assert "⋮" not in mathml(Transposed(LONG))
