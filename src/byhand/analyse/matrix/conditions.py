"""What still has to hold where facts do not decide it, as objects first and as words at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from byhand.analyse.matrix.words import Factors, product
from byhand.lang.english import listed
from byhand.lang.expr import Add, Contract, Expr
from byhand.lang.walk import postorder

Spell: TypeAlias = Callable[[Expr], str]


@dataclass(frozen=True, slots=True)
class FullRank:
    """A product has full column rank (its transpose: full row rank)."""

    factors: Factors

    def says(self, spell: Spell) -> str:
        turned = tuple(factor.transposed for factor in reversed(self.factors))
        by_rows = all(factor.turn != "plain" for factor in self.factors)
        name = spell(product(turned if by_rows else self.factors))
        if len(self.factors) == 1 and self.factors[0].is_vector:
            return f"{name} is not zero"
        return f"{name} has full {'row' if by_rows else 'column'} rank"


@dataclass(frozen=True, slots=True)
class Positive:
    """A scalar, or every entry of a vector, is positive (or at least 0)."""

    what: Expr
    strictly: bool = True

    def says(self, spell: Spell) -> str:
        if self.strictly and not self.what.shape and isinstance(self.what, Contract) and len(self.what.args) == 2 and self.what.args[0] is self.what.args[1]:
            return f"{spell(self.what.args[0])} is not zero"
        each = "every entry of " if self.what.shape else ""
        return f"{each}{spell(self.what)} {'>' if self.strictly else '>='} 0"


@dataclass(frozen=True, slots=True)
class NonZero:
    """A scalar is not zero."""

    what: Expr

    def says(self, spell: Spell) -> str:
        return f"{spell(self.what)} is not zero"


@dataclass(frozen=True, slots=True)
class Definite:
    """A symmetric matrix that is known to be positive semidefinite is positive definite."""

    what: Expr

    def says(self, spell: Spell) -> str:
        return f"{spell(self.what)} is positive definite"


@dataclass(frozen=True, slots=True)
class Stacked:
    """No direction but 0 is mapped to 0 by all of these at once."""

    maps: tuple[Factors, ...]
    beside: bool = False

    def says(self, spell: Spell) -> str:
        how = "the columns of {} together are linearly independent" if self.beside else "{}, stacked on one another, have full column rank"
        return how.format(listed(spell(product(factors)) for factors in self.maps))


Condition: TypeAlias = FullRank | Positive | NonZero | Definite | Stacked


def in_words(choices: Sequence[Sequence[Condition]], spell: Spell) -> str:
    """Any one of these sets of conditions."""
    return ", or ".join(" and ".join(need.says(spell) for need in choice) for choice in choices)


def weakest(choices: Iterable[tuple[Condition, ...]]) -> tuple[tuple[Condition, ...], ...]:
    """Without those that ask for more than another one does."""
    found = list(dict.fromkeys(choices))
    return tuple(one for k, one in enumerate(found) if not any(other != one and _implied(other, one) and j != k for j, other in enumerate(found)))


def _implied(weaker: Sequence[Condition], stronger: Sequence[Condition]) -> bool:
    return all(need in stronger or (isinstance(need, Positive) and Positive(need.what) in stronger) for need in weaker)


def bracketed(expr: Expr, spell: Spell) -> str:
    """A formula as a factor."""
    return f"({spell(expr)})" if isinstance(expr, Add) else spell(expr)


def speaks_of(need: Condition, unknowns: Sequence[Expr]) -> bool:
    """Whether a condition is one on the unknowns themselves, and so of no use beforehand."""
    match need:
        case Positive(what) | NonZero(what) | Definite(what):
            inside = [what]
        case FullRank(factors):
            inside = [factor.atom for factor in factors]
        case Stacked(maps):
            inside = [factor.atom for factors in maps for factor in factors]
        case _:
            assert_never(need)
    return any(node in unknowns for node in postorder(*inside))
