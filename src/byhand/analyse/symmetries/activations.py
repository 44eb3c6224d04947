"""Elementwise functions between the layers, and what is proved of each: odd, even, homogeneous, linear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np

from byhand.analyse.symmetries.opened import Opened
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Add, Call, Contract, Expr, Map, Named, Num, Var, as_number, contract, power_of, var
from byhand.lang.sizes import Poly, Shape, Size
from byhand.lang.walk import children, postorder, rebuild, substitute
from byhand.run.claim import claim
from byhand.run.evaluate import evaluate
from byhand.run.prove import prove
from byhand.run.sampling import floats

Parity: TypeAlias = Literal["odd", "even"] | None
Fresh: TypeAlias = Callable[[str], str]
DEGREES = (Fraction(1), Fraction(0), Fraction(2), Fraction(-1), Fraction(3), Fraction(1, 2), Fraction(-2), Fraction(4))


@dataclass(frozen=True, slots=True)
class Activation:
    """f(z), written with ``argument`` for z; ``shown`` is the same as the sheet writes it.

    ``degree``: f(cz) = c^degree f(z) for positive c; ``linear``: f(x + y) = f(x) + f(y).
    """

    value: Expr
    argument: Var
    parity: Parity
    degree: Fraction | None
    linear: bool
    shown: Expr


@dataclass(slots=True)
class Activations:
    """The elementwise functions of a function; each is looked at once."""

    function: Opened
    _above: dict[Expr, frozenset[Expr]] = field(default_factory=dict[Expr, frozenset[Expr]])
    _known: dict[Expr, Activation] = field(default_factory=dict[Expr, Activation])
    _laws: dict[Expr, Activation] = field(default_factory=dict[Expr, Activation])
    _rank: dict[Expr, int] = field(default_factory=dict[Expr, int])
    taken: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        for rank, node in enumerate(self.function.order):
            self._rank[node] = rank
            self.taken.update((node.name,) if isinstance(node, Var) else ())
            if node in self.function.moving:
                parts = [self._above[part] for part in self.function.parts(node)] if is_elementwise(node, self.function) else []
                self._above[node] = (frozenset[Expr].intersection(*parts) if parts else frozenset[Expr]()) | {node}

    def argument(self, node: Expr) -> Expr:
        """The z furthest down of which the node is an elementwise function, and nothing else that moves; perhaps itself."""
        return min(self._above[node], key=self._rank.__getitem__)

    def of(self, node: Expr) -> Activation:
        """What is known of a node as a function of its argument."""
        if node not in self._known:
            z = self.argument(node)
            name = self.fresh("z")
            argument = var(name, z.shape)
            self._known[node] = self._law(substitute(node, {z: argument}), argument, node)
        return self._known[node]

    def _shown(self, node: Expr, z: Expr, argument: Var) -> Expr | None:
        """The function with the rules and without the names of the sheet, if it can be written so."""
        ways = [way for way in self.function.written.get(node, []) if not isinstance(way, Named)]
        calls = [way for way in ways if isinstance(way, Call)]
        if not ways:
            return None
        shown = substitute((calls or ways)[-1], dict[Expr, Expr](dict.fromkeys(self.function.written.get(z, []), argument)))
        inside = postorder(shown, enter_named=False)
        return None if argument not in inside or any(isinstance(one, Named) for one in inside) else shown

    def fresh(self, name: str) -> str:
        """A name that the formula does not have."""
        while name in self.taken:
            name += "0"
        return name

    def _law(self, value: Expr, z: Var, node: Expr) -> Activation:
        if value not in self._laws:
            shown = self._shown(node, self.argument(node), z)
            self._laws[value] = law(value, z, self.fresh, value if shown is None else shown)
        return self._laws[value]


def is_elementwise(node: Expr, function: Opened) -> bool:
    """Whether each entry is made of the same entry of every operand that moves, and of nothing else that moves, everywhere alike."""
    match node:
        case Add(terms):
            return all(term in function.moving or as_number(term) is not None for term in terms)
        case Map():
            return True
        case Contract(how, args):
            words = [word for word, arg in zip(how.inputs, args) if arg in function.moving]
            return len(set(how.output)) == len(how.output) and all(word == how.output for word in words)
        case _:
            return False


def law(value: Expr, z: Var, fresh: Fresh, shown: Expr) -> Activation:
    """Parity, degree and linearity of an elementwise function, each one proved."""
    whole, written = value, z
    value, z = _of_any_size(value, z)
    c, other = var(fresh("c"), (), ("positive",)), var(fresh("u"), z.shape)
    negative = substitute(value, {z: -z})
    parity: Parity = "odd" if proved(negative, -value) else "even" if proved(negative, value) else None
    scaled = substitute(value, {z: c * z})
    degree = next((k for k in DEGREES if proved(scaled, power_of(c, k) * value if k else value)), None)
    linear = degree == 1 and parity == "odd" and proved(substitute(value, {z: z + other}), value + substitute(value, {z: other}))
    return Activation(whole, written, parity, degree, linear, shown)


def _of_any_size(value: Expr, z: Var) -> tuple[Expr, Var]:
    """The same function with letters for sizes: what holds for every entry alike need not be tried at thousands of them."""
    letters: dict[Size, Poly] = {}

    def shape(known: Shape) -> Shape:
        return tuple(letters.setdefault(n, Poly.letter(f"n{len(letters)}")) if isinstance(n, int) and n > 1 else n for n in known)

    done: dict[Expr, Expr] = {}
    for node in postorder(value):
        match node:
            case Var(name, known, facts):
                done[node] = var(name, shape(known), facts)
            case Num() | Add() | Map():
                done[node] = rebuild(node, tuple(done[part] for part in children(node)))
            case Contract(how, args):
                done[node] = contract(how, *(done[arg] for arg in args), sizes=dict(zip(how.output, shape(node.shape))))
            case _:
                return value, z
    fresh = done[z]
    assert isinstance(fresh, Var)
    return done[value], fresh


def proved(left: Expr, right: Expr) -> bool:
    """Whether the two are equal; a look at a few numbers comes first, since most questions are answered no."""
    return left is right or (alike(left, right) and prove(left, right).verdict == "holds")


def alike(left: Expr, right: Expr) -> bool:
    """Whether two formulas of one shape agree at a few random points; true where they have no value."""
    about = claim(left, right)
    measure = next(about.measures(0), None)
    if measure is None:
        return True
    for seed in (1, 2):
        data = {node.name: array[0] for node, array in floats(about.variables, measure, 1, seed).items()}
        try:
            first, second = evaluate((left, right), data, measure.sizes, exact=False).roots
        except ByhandError:
            continue
        if not np.allclose(first.astype(float), second.astype(float), rtol=1e-6, atol=1e-9):
            return False
    return True
