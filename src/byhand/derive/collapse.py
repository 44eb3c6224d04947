"""What is done to sums of products of entries: δs collapse, entries cancel, sums are taken term by term, known sums are put in.

Every operation keeps the value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from byhand.derive.facts import sums_to_one
from byhand.derive.indexed import Delta, Names, Term, Terms, as_array, entry
from byhand.derive.simplify import cost, simplify
from byhand.lang.expr import Expr, power_of
from byhand.lang.sizes import ONE, Poly, Size


def flat(term: Term) -> Term:
    """Brackets around a single term opened."""
    found = replace(term, brackets=())
    for bracket in term.brackets:
        found = found.times(flat(bracket[0])) if len(bracket) == 1 else replace(found, brackets=(*found.brackets, tuple(map(flat, bracket))))
    return found


def without_deltas(term: Term) -> tuple[Term, tuple[Delta, ...]]:
    """Sums over a letter that a δ ties to another have one term; the δs that went, each as (letter that went, letter left)."""
    gone: list[Delta] = []
    while (pair := next((pair for pair in _outer_deltas(term) if set(pair) & set(term.bound)), None)) is not None:
        old, new = (
            (pair[1], pair[0]) if pair[1] in term.bound and not (pair[0] in term.bound and term.bound.index(pair[0]) > term.bound.index(pair[1])) else pair
        )
        term = replace(_dropped(term, pair).renamed(old, new), bound=term.bound.replace(old, ""))
        gone.append((old, new))
    return term, tuple(gone)


def _outer_deltas(term: Term) -> list[Delta]:
    """The δs that are factors of the whole term."""
    return [*term.deltas, *(pair for bracket in term.brackets if len(bracket) == 1 for pair in _outer_deltas(bracket[0]))]


def _dropped(term: Term, pair: Delta) -> Term:
    """The term without one δ that is a factor of it."""
    if pair in term.deltas:
        k = term.deltas.index(pair)
        return replace(term, deltas=term.deltas[:k] + term.deltas[k + 1 :])
    brackets = list(term.brackets)
    k = next(k for k, bracket in enumerate(brackets) if len(bracket) == 1 and pair in _outer_deltas(bracket[0]))
    rest = _dropped(brackets[k][0], pair)
    brackets[k : k + 1] = [] if rest == Term() else [(rest,)]
    return replace(term, brackets=tuple(brackets))


def cancelled(term: Term, sizes: Mapping[str, Size]) -> Term:
    """The entries multiplied together and made shorter, if they get shorter."""
    inside = tuple(tuple(cancelled(one, sizes) for one in bracket) for bracket in term.brackets)
    term = replace(term, brackets=inside)
    if len(term.factors) < 2:
        return term
    word = "".join(dict.fromkeys("".join(factor.at for factor in term.factors)))
    whole = as_array((Term(factors=term.factors),), word, sizes)
    short = simplify(whole)
    if cost(short) >= sum(cost(power_of(factor.expr, factor.power)) for factor in term.factors):
        return term
    fresh = entry(short, word, Names(dict(sizes), []))
    return replace(term, factors=(), brackets=()).times(fresh) if not term.brackets else replace(term, factors=()).times(fresh)


def multiplied_out(term: Term, sizes: Mapping[str, Size]) -> Term:
    """Brackets with a δ that ties a letter summed over are opened: that sum is taken term by term, and what does not take part stands in front."""
    found = next(((k, letter) for k, bracket in enumerate(term.brackets) if (letter := _tied(bracket, term.bound))), None)
    if found is None:
        return in_front(term, sizes)
    k, letter = found
    bracket, others = term.brackets[k], term.brackets[:k] + term.brackets[k + 1 :]
    outside = Term(
        term.number,
        tuple(factor for factor in term.factors if letter not in factor.carried),
        tuple(pair for pair in term.deltas if letter not in pair),
        tuple(one for one in others if not _any_carries(one, letter)),
        term.bound.replace(letter, ""),
    )
    inside = Term(
        ONE,
        tuple(factor for factor in term.factors if letter in factor.carried),
        tuple(pair for pair in term.deltas if letter in pair),
        tuple(one for one in others if _any_carries(one, letter)),
        letter,
    )
    opened = [multiplied_out(cancelled(without_deltas(flat(inside.times(part)))[0], sizes), sizes) for part in bracket]
    whole = _signed(replace(outside, brackets=(*outside.brackets, tuple(opened))))
    return multiplied_out(whole, sizes)


def _tied(bracket: Terms, bound: str) -> str:
    """A letter summed over that some δ in a bracket of several terms ties, the one nearest to the front."""
    letters = {letter for term in bracket for pair in _outer_deltas(term) for letter in pair} if len(bracket) > 1 else set[str]()
    return next((letter for letter in bound if letter in letters), "")


def _any_carries(bracket: Terms, letter: str) -> bool:
    return any(letter in part.carried for part in bracket)


def _signed(term: Term) -> Term:
    """−(a − b) as b − a in the last bracket, what is added before what is taken away."""
    *others, last = term.brackets
    if _is_negative(term.number) and any(_is_negative(part.number) for part in last):
        term, last = replace(term, number=-term.number), tuple(replace(part, number=-part.number) for part in last)
    return replace(term, brackets=(*others, tuple(sorted(last, key=lambda part: _is_negative(part.number)))))


def _is_negative(number: Poly) -> bool:
    return bool(number.terms) and number.terms[0][1] < 0


def in_front(term: Term, sizes: Mapping[str, Size]) -> Term:
    """What does not carry a letter summed over comes in front of the sum; a sum over a letter that nothing carries is a factor."""
    everything = replace(term, bound="").carried
    number = term.number
    for letter in term.bound:
        number = number if letter in everything else number * sizes[letter]
    bound = "".join(letter for letter in term.bound if letter in everything)
    taking_part = frozenset(bound)
    factors = [factor for factor in term.factors if factor.carried & taking_part]
    brackets = [bracket for bracket in term.brackets if any(part.carried & taking_part for part in bracket)]
    if not bound or (len(factors) == len(term.factors) and len(brackets) == len(term.brackets)):
        return replace(term, number=number, bound=bound)
    inner = Term(ONE, tuple(factors), tuple(p for p in term.deltas if set(p) & taking_part), tuple(brackets), bound)
    front = [factor for factor in term.factors if factor not in factors]
    rest = [bracket for bracket in term.brackets if bracket not in brackets]
    return Term(number, tuple(front), tuple(p for p in term.deltas if not set(p) & taking_part), (*rest, (inner,)))


def with_known_sums(term: Term) -> tuple[Term, tuple[Expr, ...]]:
    """Σ_k t_k put as 1 where that is known; the arrays whose entries sum to one."""
    known: list[Expr] = []
    brackets: list[Terms] = []
    for bracket in term.brackets:
        done = [with_known_sums(part) for part in bracket]
        known += [expr for _, found in done for expr in found]
        brackets.append(tuple(part for part, _ in done))
    term = replace(term, brackets=tuple(bracket for bracket in brackets if bracket != (Term(),)))
    for letter in term.bound:
        using = [factor for factor in term.factors if letter in factor.at]
        free = not any(letter in part.carried for bracket in term.brackets for part in bracket) and not any(letter in pair for pair in term.deltas)
        if free and len(using) == 1 and using[0].power == 1 and using[0].at.count(letter) == 1 and sums_to_one(using[0].expr, using[0].at.index(letter)):
            known.append(using[0].expr)
            term = replace(term, factors=tuple(factor for factor in term.factors if factor is not using[0]), bound=term.bound.replace(letter, ""))
    return term, tuple(known)
