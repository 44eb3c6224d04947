"""The reasons in words: why a second derivative has a sign, as a sum of squares that a person can check."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from byhand.analyse.matrix.conditions import Condition, FullRank, Positive, Spell, Stacked, bracketed, in_words
from byhand.analyse.matrix.definite import Curvature, Form
from byhand.analyse.matrix.formulas import front_of
from byhand.analyse.matrix.words import UNIT, Factors, product
from byhand.derive.monomials import Monomial
from byhand.lang.expr import Var
from byhand.lang.sizes import ONE, Poly

DIRECTIONS = ("v", "u", "s", "t", "p", "q", "h", "d", "z")


def directions(unknowns: Sequence[Var], taken: frozenset[str]) -> tuple[str, ...]:
    """A letter for a direction in each unknown, a capital for a matrix."""
    found: list[str] = []
    for unknown in unknowns:
        letters = (letter.upper() if len(unknown.shape) > 1 else letter for letter in DIRECTIONS)
        found.append(next((letter for letter in letters if letter not in taken and letter not in found), f"v_{unknown.name}"))
    return tuple(found)


def by_structure(bent: Curvature) -> bool:
    """Whether the form alone shows that it is definite."""
    return any(not form.needs for form in bent.forms) and not bent.semi and not bent.unique_if


def squares(bent: Curvature, unknowns: Sequence[Var], names: Sequence[str], spell: Spell) -> str:
    """2 |X v|² + 2 λ |v|² > 0 for every v ≠ 0, because λ > 0."""
    scalar = len(unknowns) == 1 and not unknowns[0].shape
    total = " + ".join(square(form, unknowns, names, spell) for form in bent.forms).replace("+ −", "− ")
    negative = bent.forms[0].sign < 0
    if by_structure(bent):
        because = _because(bent, unknowns, names, spell)
        others = f"{names[0]} ≠ 0" if len(names) == 1 else f"{' and '.join(names)} that are not all 0"
        return f"{total} {'<' if negative else '>'} 0{'' if scalar else f' for every {others}'}{because}"
    given = f" where {' and '.join(need.says(spell) for need in bent.semi)}" if bent.semi else _weights(bent.forms, spell)
    return f"{total} {'≤' if negative else '≥'} 0{'' if scalar else f' for every {_all(names)}'}{given}"


def _all(names: Sequence[str]) -> str:
    return " and ".join(names)


def _because(bent: Curvature, unknowns: Sequence[Var], names: Sequence[str], spell: Spell) -> str:
    """What makes one term positive for every direction but 0."""
    if len(unknowns) > 1:
        return ""
    form = next(form for form in bent.forms if not form.needs)
    known = [f"{spell(atom)} > 0" for (atom, _), exponent in form.front.factors.items() if exponent % 2]
    if form.weight is not None and form.weight.turn == "diagonal":
        known.append(f"every entry of {spell(form.weight.atom)} is {'positive' if form.sign > 0 else 'negative'}")
    if form.left and unknowns[0].shape:
        known.append(f"{inside(form, names, spell)} = 0 for {names[0]} = 0 alone ({_rank(form.left, spell)})")
    return f", because {' and '.join(known)}" if known else ""


def _rank(factors: Factors, spell: Spell) -> str:
    return FullRank(factors).says(spell)


def _weights(forms: Sequence[Form], spell: Spell) -> str:
    """What makes weights no worse than 0."""
    weighted = [form for form in forms if form.weight is not None and form.weight.turn == "diagonal"]
    said = [
        f"{'every' if strict else 'no'} entry of {spell(form.weight.atom)} is {'positive' if strict == (forms[0].sign > 0) else 'negative'}"
        for form in weighted
        if form.weight is not None
        for strict in (Positive(form.weight.atom) not in form.needs,)
    ]
    return f", because {' and '.join(dict.fromkeys(said))}" if said else ""


# ------------------------------------------------------------------------------------------------------ one term


def square(form: Form, unknowns: Sequence[Var], names: Sequence[str], spell: Spell) -> str:
    """front · |J v|²; of a single number front · J."""
    if len(unknowns) == 1 and not unknowns[0].shape and not form.left and form.weight is None:
        return spell(front_of(form.front))
    one = inside(form, ("",) if len(unknowns) == 1 and not unknowns[0].shape else names, spell).strip()
    bare = one if one.isalnum() else f"({one})"
    scalar = all(not x.shape for x in unknowns) and not form.left and not form.maps
    if form.weight is None:
        return _with_front(form.front, f"{one}²" if scalar else f"|{one}|²", spell)
    if form.weight.turn == "diagonal":
        letters = "ij" if any(len(x.shape) > 1 for x in unknowns) else "i"
        weight = spell(form.weight.atom)
        return _with_front(form.front, f"Σ_{letters} {weight if weight.isalnum() else f'({weight})'}_i {bare}_{letters}²", spell)
    form_of = f"{bare}ᵀ {bracketed(form.weight.atom, spell)} {bare}"
    return _with_front(form.front, f"tr({form_of})" if len(unknowns[0].shape) > 1 else form_of, spell)


def _with_front(front: Monomial, core: str, spell: Spell) -> str:
    """Numbers and scalars before it, what is divided by behind it."""
    (letters, value), *more = front.number.terms
    if more:
        return f"({spell(front_of(front))}) {core}"
    above = Poly(((tuple((c, p) for c, p in letters if p > 0), value),))
    below = Poly(((tuple((c, -p) for c, p in letters if p < 0), Fraction(1)),))
    over = Monomial(above, {atom: e for atom, e in front.factors.items() if e > 0})
    under = Monomial(below, {atom: -e for atom, e in front.factors.items() if e < 0})
    first = "" if over == UNIT else "−" if over == Monomial(-ONE, {}) else f"{spell(front_of(over))} "
    if under == UNIT:
        return f"{first}{core}"
    text = spell(front_of(under))
    return f"{first}{core} / {f'({text})' if ' ' in text else text}"


def inside(form: Form, names: Sequence[str], spell: Spell) -> str:
    """J v, of several unknowns their sum."""
    if form.maps:
        return " + ".join(f"{_map(factors, spell)}{names[position]}" for position, factors in form.maps)
    return f"{_map(form.left, spell)}{names[0]}{f' {_map(form.right, spell)}'.rstrip() if form.right else ''}"


def _map(factors: Factors, spell: Spell) -> str:
    return f"{bracketed(product(factors), spell)} " if factors else ""


def condition_texts(choices: Sequence[Sequence[Condition]], spell: Spell) -> list[str]:
    """What uniqueness needs, as one sentence, or nothing."""
    return [in_words(choices, spell)] if choices else []


def impossible(choices: Sequence[Sequence[Condition]], spell: Spell) -> str:
    """Why no choice can hold: a matrix with fewer rows than columns. Nothing if one may."""
    said = [next((_too_few(need, spell) for need in choice if _too_few(need, spell)), "") for choice in choices]
    return said[0] if said and all(said) else ""


def _too_few(need: Condition, spell: Spell) -> str:
    if isinstance(need, FullRank):
        rows, columns = need.factors[0].rows, need.factors[-1].columns
        if isinstance(rows, int) and isinstance(columns, int) and rows < columns:
            turned = all(factor.turn != "plain" for factor in need.factors)
            name = spell(product(tuple(f.transposed for f in reversed(need.factors)) if turned else need.factors))
            return f"{name} is {columns}×{rows} and cannot have full row rank" if turned else f"{name} is {rows}×{columns} and cannot have full column rank"
    if isinstance(need, Stacked) and not need.beside:
        rows = [factors[0].rows for factors in need.maps]
        columns = need.maps[0][-1].columns
        if isinstance(columns, int) and all(isinstance(row, int) for row in rows) and sum(row for row in rows if isinstance(row, int)) < columns:
            return "together they have fewer rows than columns"
    return ""
