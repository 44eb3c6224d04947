"""What sums and products are made of, and for which indices the sheet gives a name its meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Protocol

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr
from byhand.lang.sizes import Poly, Shape
from byhand.read.rebuild import rebuilt
from byhand.read.syntax import Indexed, Name, Number, Tree
from byhand.sheets.families.indices import Env, Index, Region, affine, index_of, index_text, member, put, value
from byhand.sheets.families.system import Equation, System


class Shapes(Protocol):
    """What shapes at whole numbers tell of shapes at symbolic indices."""

    def shape(self, name: str, index: Index, region: Region) -> Shape: ...

    def pattern(self, body: Tree, letters: tuple[str, ...]) -> Shape: ...


class NotDefined(ByhandError):
    """A member that no equation of the sheet speaks of."""


def covers_at(equation: Equation, index: tuple[int, ...], point: Mapping[str, int]) -> bool:
    """Whether an equation speaks of this member."""
    if len(equation.index) != len(index):
        return False
    here = dict(point)
    for own, given in zip(equation.index, index):
        if own.letters and own.letters <= {*equation.letters}:
            here[next(iter(own.letters))] = given
        elif value(own, point) != given:
            return False
    return all(value(b.low, here) <= here[b.letter] <= value(b.high, here) for b in equation.over)


def covers(system: System, name: str, index: tuple[int, ...], point: Mapping[str, int]) -> bool:
    """Whether a member has a meaning at a point."""
    return any(covers_at(one, index, point) for one in system.of(name))


def times(left: Expr, right: Expr) -> Expr:
    return left @ right if left.shape and right.shape and len(left.shape) + len(right.shape) > 2 else left * right


def folded(kind: str, parts: list[Expr]) -> Expr:
    found = parts[0]
    for part in parts[1:]:
        found = found + part if kind == "sum" else times(found, part)
    return found


_PLACE = re.compile(r",? ?(?:at=)?At\(line=\d+, column=\d+\)")


def stamp(tree: Tree, env: Env) -> str:
    """A text that is the same for formulas that are, once their letters are put in."""

    def inner(part: Tree) -> Tree:
        match part:
            case Indexed(base, items, at):
                try:
                    text = ",".join(index_text(affine(item, env)) for item in items)
                except ByhandError:
                    return rebuilt(part, inner)
                return Indexed(inner(base), (Name(text, at),), at)
            case Name(name, at) if name in env:
                return Name(f"({index_text(env[name])})", at)
            case Number(number, _, at):
                return Number(number, "", at)
            case _:
                return rebuilt(part, inner)

    return _PLACE.sub("", repr(inner(tree)))


def said(system: System, name: str) -> str:
    """For which indices the sheet gives a name its meaning."""
    parts: list[str] = []
    for one in system.of(name):
        ranges = ", ".join(f"{b.letter} in {index_text(b.low)}..{index_text(b.high)}" for b in one.over)
        parts.append(f"{member(name, one.index)}{f' for {ranges}' if ranges else ''}")
    return f"the sheet defines {' and '.join(parts)}" if parts else f"{name} is not defined on this sheet"


def placed(axis: Poly, env: Env, size: Callable[[str, Poly], Poly]) -> Poly:
    """A size such as n[k-1] where its index letters stand for these indices."""
    found = Poly.of(0)
    for monomial, amount in axis.terms:
        term = Poly.of(amount)
        for letter, power in monomial:
            name, _, foot = letter.partition("[")
            factor = size(name, put(index_of(foot[:-1]), env)) if foot else Poly.letter(letter)
            for _ in range(power):
                term = term * factor
        found = found + term
    return found
