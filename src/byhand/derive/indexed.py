"""Sums of products of entries: what a chain of local derivatives is made of, and the few things done to it.

An entry is an array at index letters. A term is a number times entries, Kronecker deltas and brackets (sums of terms), all of it summed
over the term's own letters. ``as_array`` gives its value as an expression, which the prover can compare; what is done to terms stands in ``collapse.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod
from typing import TypeAlias

from byhand.lang.expr import Add, Contract, Expr, Map, add, as_number, contract, eye, num, power_of, scale, split_factor
from byhand.lang.sizes import ONE, Poly, Size
from byhand.lang.spec import LETTERS, Spec, canonical
from byhand.lang.walk import children, rebuild

Delta: TypeAlias = tuple[str, str]
ONE_POWER = Fraction(1)


@dataclass(frozen=True, slots=True)
class Factor:
    """An entry to a power; ``at`` has a letter for each axis."""

    expr: Expr
    at: str
    power: Fraction = ONE_POWER

    @property
    def carried(self) -> frozenset[str]:
        return frozenset(self.at)

    def renamed(self, old: str, new: str) -> Factor:
        return replace(self, at=self.at.replace(old, new))


@dataclass(frozen=True, slots=True)
class Term:
    number: Poly = ONE
    factors: tuple[Factor, ...] = ()
    deltas: tuple[Delta, ...] = ()
    brackets: tuple[Terms, ...] = ()
    bound: str = ""

    @property
    def carried(self) -> frozenset[str]:
        inside = [factor.carried for factor in self.factors] + [frozenset(pair) for pair in self.deltas]
        inside += [term.carried for bracket in self.brackets for term in bracket]
        return frozenset[str]().union(*inside) - frozenset(self.bound)

    def times(self, other: Term) -> Term:
        """The product; the letters summed over must differ."""
        return Term(
            self.number * other.number,
            self.factors + other.factors,
            _once((*self.deltas, *other.deltas)),
            self.brackets + other.brackets,
            self.bound + other.bound,
        )

    def renamed(self, old: str, new: str) -> Term:
        """Another letter for an index that is not summed over in here."""
        return replace(
            self,
            factors=tuple(factor.renamed(old, new) for factor in self.factors),
            deltas=_once((new if a == old else a, new if b == old else b) for a, b in self.deltas),
            brackets=tuple(tuple(term.renamed(old, new) for term in bracket) for bracket in self.brackets),
        )


Terms: TypeAlias = tuple[Term, ...]


def _once(deltas: Iterable[Delta]) -> tuple[Delta, ...]:
    """δ² = δ, and δ with the same index twice is 1."""
    return tuple({frozenset(pair): pair for pair in deltas if pair[0] != pair[1]}.values())


def factor_of(expr: Expr, at: str, power: Fraction = ONE_POWER) -> Factor:
    """The entry of an array as a factor that has only the letters on which it depends."""
    return Factor(*narrowed(expr, at), power)


def narrowed(expr: Expr, at: str) -> tuple[Expr, str]:
    """The same entry without the letters along which the array is only stretched."""
    number = as_number(expr)
    if number is not None:
        return num(number), ""
    match expr:
        case Contract(how, args) if len(set(how.output)) == len(how.output):
            outer = dict(zip(how.output, at))
            sizes = {c: axis for word, arg in zip(how.inputs, args) for c, axis in zip(word, arg.shape)}
            parts = [narrowed(arg, word) for word, arg in zip(how.inputs, args)]
            left = "".join(word for _, word in parts)
            output = "".join(c for c in how.output if c in left)
            times = prod((Poly.of(sizes[c]) for c in how.summed if c not in left), start=ONE)
            whole = contract(canonical(Spec(tuple(word for _, word in parts), output)), *(part for part, _ in parts))
            return scale(times, whole), "".join(outer[c] for c in output)
        case Add() | Map():
            return _narrowed_together(expr, at)
        case _:
            return expr, at


def _narrowed_together(expr: Add | Map, at: str) -> tuple[Expr, str]:
    """Terms, or the arguments of a function, on those axes that any of them has."""
    parts = [narrowed(part, at) for part in children(expr)]
    word = "".join(c for c in dict.fromkeys(at) if any(c in own for _, own in parts))
    if len(word) == len(at):
        return expr, at
    sizes = dict(zip(at, expr.shape))
    return rebuild(expr, tuple(stretched(part, own, word, sizes) for part, own in parts)), word


def stretched(expr: Expr, own: str, word: str, sizes: Mapping[str, Size]) -> Expr:
    """An array with axes called ``own``, on the axes of ``word``."""
    named = {new: sizes[old] for old, new in zip(dict.fromkeys(own + word), LETTERS)}
    return contract(canonical(Spec((own,), word)), expr, sizes=named)


# -------------------------------------------------------------------------------------------- reading arrays


@dataclass(slots=True)
class Names:
    """Index letters: the sizes of those in use, and those that may still be used."""

    sizes: dict[str, Size]
    spare: list[str]

    def fresh(self, size: Size) -> str:
        """A new letter; ``IndexError`` where none is left."""
        letter = self.spare.pop(0)
        self.sizes[letter] = size
        return letter


def entry(expr: Expr, at: str, names: Names) -> Term:
    """The entry of an array at these letters as a term; sums with a δ in them become brackets, all other sums stay whole."""
    number = as_number(expr)
    if number is not None:
        return Term(number)
    factor, rest = split_factor(expr)
    if factor != ONE:
        return Term(factor).times(entry(rest, at, names))
    match expr:
        case Add(terms) if any(_has_delta(term) for term in terms):
            return _with_common_in_front(tuple(entry(term, at, names) for term in terms), at)
        case Contract(how, args):
            return _product(how, args, at, names)
        case Map(leaf, (base,)) if leaf.exponent is not None and (not isinstance(base, Add) or leaf.exponent < 0):
            inner = entry(base, at, names)
            plain = not inner.deltas and not inner.brackets and not inner.bound and inner.number == ONE
            if plain:
                return Term(factors=tuple(replace(one, power=one.power * leaf.exponent) for one in inner.factors))
            return Term(factors=(factor_of(base, at, leaf.exponent),))
        case _:
            return Term(factors=(factor_of(expr, at),))


def _has_delta(expr: Expr) -> bool:
    """Whether some part of a formula is nonzero on a diagonal alone."""
    match expr:
        case Contract(how, args):
            return len(set(how.output)) < len(how.output) or any(map(_has_delta, args))
        case Add(terms):
            return any(map(_has_delta, terms))
        case _:
            return False


def _product(how: Spec, args: Sequence[Expr], at: str, names: Names) -> Term:
    letters: dict[str, str] = {}
    deltas: list[Delta] = []
    for c, letter in zip(how.output, at):
        first = letters.setdefault(c, letter)
        if first != letter:
            deltas.append((first, letter))
    sizes = {c: axis for word, arg in zip(how.inputs, args) for c, axis in zip(word, arg.shape)}
    bound = ""
    for c in how.summed:
        letters[c] = names.fresh(sizes[c])
        bound += letters[c]
    found = Term()
    for word, arg in zip(how.inputs, args):
        found = found.times(entry(arg, "".join(letters[c] for c in word), names))
    if len(found.brackets) == 1 and found.factors and not found.bound:
        inside = replace(found, number=ONE, brackets=())
        found = Term(found.number).times(_with_common_in_front(tuple(inside.times(part) for part in found.brackets[0]), at))
    used = found.carried
    for letter in bound:
        if letter not in used:  # so many equal terms
            found, bound = replace(found, number=found.number * names.sizes[letter]), bound.replace(letter, "")
    return replace(found, deltas=_once((*found.deltas, *deltas)), bound=found.bound + bound)


def _with_common_in_front(terms: Terms, at: str) -> Term:
    """p_i δ_ij − p_i p_j as p_i (δ_ij − p_j): at a δ either index may be written, and the one that is shared is, that of the front axes first."""
    variants = [_spellings(term) for term in terms]
    best = max(_choices(variants), key=lambda chosen: (len(_shared(chosen)), *(-at.find(c) for factor in _shared(chosen) for c in factor.at)))
    common = _shared(best)
    deltas = tuple(pair for pair in best[0].deltas if all(pair in term.deltas for term in best))
    rest = tuple(_without(term, common, deltas) for term in best)
    return Term(factors=common, deltas=deltas, brackets=(rest,)) if common or deltas else Term(brackets=(rest,))


def _spellings(term: Term) -> list[Term]:
    """A term with either index of its δs in its factors."""
    found = [term]
    for a, b in term.deltas:
        found += [replace(one, factors=tuple(factor.renamed(*pair) for factor in one.factors)) for one in found for pair in ((b, a), (a, b))]
    return found[:9]


def _choices(variants: Sequence[list[Term]]) -> Iterable[Terms]:
    """One spelling of each term; only one term at a time leaves its first spelling."""
    first = tuple(spellings[0] for spellings in variants)
    yield first
    for k, spellings in enumerate(variants):
        yield from ((*first[:k], other, *first[k + 1 :]) for other in spellings[1:])


def _shared(terms: Terms) -> tuple[Factor, ...]:
    return tuple(factor for factor in dict.fromkeys(terms[0].factors) if all(factor in term.factors for term in terms[1:]))


def _without(term: Term, factors: tuple[Factor, ...], deltas: tuple[Delta, ...]) -> Term:
    left = list(term.factors)
    for factor in factors:
        left.remove(factor)
    return replace(term, factors=tuple(left), deltas=tuple(pair for pair in term.deltas if pair not in deltas))


def readable(term: Term) -> Term:
    """P_ij (δ_jm − P_km) δ_ik as P_ij (δ_jm − P_im) δ_ik, for beside a δ its first index may stand for its second; vectors before matrices."""
    rest = replace(term, deltas=())
    for first, second in term.deltas:
        rest = rest.renamed(second, first)
    ordered = sorted(rest.factors, key=lambda factor: (factor.power < 0, len(set(factor.at))))
    return replace(rest, factors=tuple(ordered), deltas=term.deltas)


# ------------------------------------------------------------------------------------------------ back again


def as_array(terms: Terms, at: str, sizes: Mapping[str, Size]) -> Expr:
    """The array with these entries, its axes in the order of ``at``."""
    return add([_array(term, at, sizes) for term in terms])


def _array(term: Term, at: str, sizes: Mapping[str, Size]) -> Expr:
    word = "".join(dict.fromkeys(at + term.bound))
    whole, letters = num(1), ""
    parts: list[tuple[Expr, str]] = [(power_of(factor.expr, factor.power), factor.at) for factor in term.factors]
    parts += [(eye(sizes[a]), a + b) for a, b in term.deltas]
    for bracket in term.brackets:
        inner = "".join(c for c in word if any(c in one.carried for one in bracket))
        parts.append((as_array(bracket, inner, sizes), inner))
    for expr, own in parts:
        union = "".join(c for c in dict.fromkeys(letters + own))
        whole = contract(canonical(Spec((letters, own), union)), whole, expr)
        letters = union
    return scale(term.number, contract(canonical(Spec((word,), at)), stretched(whole, letters, word, sizes)))
