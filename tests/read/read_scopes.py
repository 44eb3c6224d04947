"""The scope of the tests: a small classifier with its names, a gradient, an updated parameter and integer data."""

from __future__ import annotations

from dataclasses import replace

from byhand.lang.expr import Expr, named, var
from byhand.lang.names import Grad, Name, Updated
from byhand.read.scope import Scope, letters_of

SHAPES: dict[str, tuple[str | int, ...]] = {
    "x": ("d",),
    "W1": ("d", "n"),
    "b1": ("n",),
    "a": ("n",),
    "v": ("n",),
    "z1": ("n",),
    "h_out": ("n",),
    "A": ("n", "n"),
    "X": ("m", "d"),
    "G": ("m", "n"),
    "w": ("d",),
    "p": ("q",),
    "ys": ("q",),
    "z": ("q",),
    "B": ("b", "n", "n"),
    "C": ("b", "n", "n"),
    "Z": (3, 4),
    "u": (4,),
    "K": (2, 3, 4),
    "lam": (),
    "eps": (),
    "s": (),
}


def _scope() -> Scope:
    names: dict[Name, Expr] = {name: var(name, shape) for name, shape in SHAPES.items()}
    names["L"] = named("L", names["lam"] * 2)
    names[Grad("L", "z")] = named(Grad("L", "z"), names["p"] - names["ys"])
    names[Grad("L", "W1")] = named(Grad("L", "W1"), names["W1"] * 3)
    integers = {"rows": (0, 2), "labels": (1, 0, 3), "k": 2, "table": ((0, 1), (2, 0))}
    return Scope(names, letters_of(*names.values()), integers, losses=("L",))


SCOPE = _scope()
ROWS = replace(SCOPE, vectors="rows")
LOOSE = replace(SCOPE, loose=True)
STEPPED = replace(SCOPE, names={**SCOPE.names, Updated("W1", 1): named(Updated("W1", 1), SCOPE.names["W1"] * 5)})
