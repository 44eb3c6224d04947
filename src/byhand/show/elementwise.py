"""Elementwise functions as people write them."""

from __future__ import annotations

from byhand.lang.leaf import POW, Leaf
from byhand.lang.leaves import PI, SIGMOID
from byhand.show.pieces import Work
from byhand.show.tree import Constant, Function, Power, Tree


def applied(work: Work, leaf: Leaf, args: tuple[Tree, ...]) -> Tree:
    """A leaf applied to trees; powers with a fixed exponent are made elsewhere."""
    if leaf is PI:
        return Function("pi", ()) if "pi" in work.taken else Constant("pi")
    if leaf is POW:
        return Power(*args)
    if leaf is SIGMOID and "sigma" not in work.taken:
        return Function("sigmoid", args, (), ("σ", r"\sigma"))
    return Function(leaf.name, args, (), ("√", r"\sqrt") if leaf.name == "sqrt" else None)
