"""Several unknowns at once: the second derivative of all of them as Gram matrices plus what is left for each alone.

The cross terms say how: J₁ᵀ D J₂ between two unknowns belongs to the Gram matrix [J₁ J₂]ᵀ D [J₁ J₂], if the diagonal parts of that are
there as well. A bias b of every row counts as bᵀ, one row for all right-hand sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement, product

from byhand.analyse.matrix.conditions import Condition, FullRank, Stacked
from byhand.analyse.matrix.convert import convert
from byhand.analyse.matrix.definite import Curvature, Form, Kind, curvature, is_injective, middle_form, scaled
from byhand.analyse.matrix.words import Factors, NotWords, Term, Words, words
from byhand.analyse.minimise.normal import Linear, Part
from byhand.derive.monomials import Monomial
from byhand.lang.expr import Contract, Var, contract, describe
from byhand.lang.sizes import Size
from byhand.run.bind import Value

Blocks = dict[tuple[int, int], Words]
UNDECIDED = Curvature("unknown")


@dataclass(frozen=True, slots=True)
class Group:
    """front · [J₁ J₂ …]ᵀ M [J₁ J₂ …], with the number of the unknown of each J."""

    front: Monomial
    middle: Factors
    maps: Mapping[int, Factors]

    def entry(self, row: int, column: int) -> Term:
        return Term(self.front, (*turned(self.maps[row]), *self.middle, *self.maps[column]))


def turned(factors: Factors) -> Factors:
    return tuple(factor.transposed for factor in reversed(factors))


def joint(gradients: Sequence[Linear], unknowns: Sequence[Var], data: Mapping[str, Value]) -> Curvature:
    """What the second derivative is with respect to all unknowns together. Raises ``NotWords`` where it is no sum of products."""
    blocks = _blocks(gradients, unknowns)
    groups: list[Group] = []
    while cross := next(((i, j, term) for (i, j), block in blocks.items() if i < j for term in block.terms), None):
        found = next(_candidates(blocks, len(unknowns), *cross), None)
        if found is None:
            return UNDECIDED
        group, blocks = found
        groups.append(group)
    rest = {i: _alone(blocks[i, i], data) for i in range(len(unknowns))}
    return _together(groups, rest, data)


def _alone(block: Words, data: Mapping[str, Value]) -> Curvature:
    return curvature([(term.front, term.factors, ()) for term in block.terms], data)


# ------------------------------------------------------------------------------------------------------- blocks


def _blocks(gradients: Sequence[Linear], unknowns: Sequence[Var]) -> Blocks:
    """Every gradient's linear part in every unknown, as products from the left."""
    as_row = {x for g, own in zip(gradients, unknowns) if len(own.shape) == 2 for x in unknowns if len(x.shape) == 1 and g.of(x)}
    found: Blocks = {}
    for i, (gradient, own) in enumerate(zip(gradients, unknowns)):
        for j, other in enumerate(unknowns):
            parts = [_turned(part) if own in as_row else part for part in gradient.of(other)]
            if any(part.right or part.turned != (other in as_row) for part in parts):
                raise NotWords
            block = words((Term(part.front, part.left) for part in parts), _rows(own, own in as_row), _rows(other, other in as_row))
            found[i, j] = _opened(block) if block.rows == block.columns == 1 else block
    return found


def _opened(block: Words) -> Words:
    """Of a number the dot products that stand in front as factors again."""
    return Words(tuple(map(_without_scalars, block.terms)), 1, 1)


def _without_scalars(term: Term) -> Term:
    for (atom, word), exponent in term.front.factors.items():
        if exponent == 1 and not term.factors and isinstance(atom, Contract):
            inner = convert(contract(atom.spec, *atom.args) if len(atom.args) == 1 else atom, atom.args)
            if len(inner.terms) == 1 and inner.terms[0].factors:
                rest = Monomial(term.front.number, {key: e for key, e in term.front.factors.items() if key != (atom, word)})
                return _ordered(Term(rest.times(inner.terms[0].front), inner.terms[0].factors))
    return _ordered(term)


def _ordered(term: Term) -> Term:
    """aᵀb and bᵀa are one number: the vector that comes first by name stands first."""
    other = turned(term.factors)
    return term if [describe(f.atom) for f in term.factors] <= [describe(f.atom) for f in other] else Term(term.front, other)


def _turned(part: Part) -> Part:
    return Part(part.front, turned(part.right), turned(part.left), not part.turned)


def _rows(unknown: Var, as_row: bool) -> Size:
    return 1 if as_row or not unknown.shape else unknown.shape[0]


def _candidates(blocks: Blocks, count: int, i: int, j: int, term: Term) -> Iterator[tuple[Group, Blocks]]:
    """The Gram matrices that this cross term can be part of, with what is left of the blocks without them."""
    number = blocks[i, j].rows == blocks[i, j].columns == 1
    for factors in (term.factors, turned(term.factors)) if number else (term.factors,):
        for cut, width in product(range(len(factors) + 1), (0, 1)):
            middle = factors[cut : cut + width]
            if width and (not middle or middle[0].transposed != middle[0]):
                continue
            maps = {i: turned(factors[:cut]), j: factors[cut + width :]}
            group = Group(term.front, middle, _with_others(blocks, count, i, maps, middle, term.front))
            left = _without(blocks, group)
            if left is not None:
                yield group, left


def _with_others(blocks: Blocks, count: int, i: int, maps: dict[int, Factors], middle: Factors, front: Monomial) -> dict[int, Factors]:
    """The further unknowns whose cross terms with the first begin in the same way."""
    begin = (*turned(maps[i]), *middle)
    for other in range(count):
        if other not in maps:
            for term in blocks[min(i, other), max(i, other)].terms:
                factors = term.factors if i < other else turned(term.factors)
                if term.front == front and factors[: len(begin)] == begin:
                    maps = {**maps, other: factors[len(begin) :]}
    return maps


def _without(blocks: Blocks, group: Group) -> Blocks | None:
    """The blocks minus the group; ``None`` if it is not in there as a whole."""
    left = dict(blocks)
    for i, j in combinations_with_replacement(sorted(group.maps), 2):
        block = left[i, j]
        entry = words([group.entry(i, j)], block.rows, block.columns)
        entry = _opened(entry) if block.rows == block.columns == 1 else entry
        rest = block + entry.negated
        if len(rest.terms) >= len(block.terms) and not _fewer(block, rest):
            return None
        left[i, j] = rest
    return left


def _fewer(before: Words, after: Words) -> bool:
    """Whether a number of a term became smaller without changing its sign."""
    then = {(frozenset(t.front.factors.items()), t.factors): t.front.number for t in before.terms}
    keys = [(frozenset(t.front.factors.items()), t.factors) for t in after.terms]
    return all(key in then and (then[key].terms[0][1] < 0) == (t.front.number.terms[0][1] < 0) for key, t in zip(keys, after.terms))


# ------------------------------------------------------------------------------------------------------- verdict


def _together(groups: Sequence[Group], rest: Mapping[int, Curvature], data: Mapping[str, Value]) -> Curvature:
    forms = [_form(group, data) for group in groups]
    own = [replace(form, maps=((i, form.left),)) for i, one in rest.items() for form in one.forms]
    signs = {form.sign for form in (*forms, *own)}
    if signs not in ({1}, {-1}) or any(form.semi for form in (*forms, *own)):
        return UNDECIDED
    word = "positive" if signs == {1} else "negative"
    pinned = [i for i, one in rest.items() if one.definite]
    choices = list(_choices(groups, rest, [i for i in rest if i not in pinned], data))
    sure = any(not choice for choice in choices)
    kind: Kind = f"{word} {'definite' if sure else 'semidefinite'}"  # type: ignore[assignment]
    return Curvature(kind, (*forms, *own), () if sure else tuple(choices))


def _form(group: Group, data: Mapping[str, Value]) -> Form:
    middle = middle_form(group.middle[0], data) if group.middle else Form(1)
    form = Form(middle.sign, weight=group.middle[0] if group.middle else None, needs=middle.needs, maps=tuple(sorted(group.maps.items())))
    found = scaled(form, group.front, data)
    return replace(found, maps=form.maps)


def _choices(groups: Sequence[Group], rest: Mapping[int, Curvature], free: Sequence[int], data: Mapping[str, Value]) -> Iterator[tuple[Condition, ...]]:
    """Sets of conditions, any of which leaves no direction in which the second derivative vanishes."""
    if not free:
        yield ()
        return
    group = next((group for group in groups if set(free) <= set(group.maps)), None)
    if group is None:
        return
    needs = _form(group, data).needs
    yield (*needs, *_independent([group.maps[i] for i in free], data))
    for i in free:
        others = [group.maps[k] for k in free if k != i]
        for choice in rest[i].unique_if:
            yield (*choice, *needs, *(_independent(others, data) if others else ()))


def _independent(maps: Sequence[Factors], data: Mapping[str, Value]) -> tuple[Condition, ...]:
    if len(maps) > 1:
        return (Stacked(tuple(maps), beside=True),)
    return () if all(is_injective(factor, data) for factor in maps[0]) else (FullRank(maps[0]),)
