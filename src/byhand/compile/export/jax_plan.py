"""A program as statements: what is named, used more than once or asked for gets one; the rest is put in where it is used.

The exporter prints these statements, the engine runs them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from byhand.compile.export.jax_lines import term_of
from byhand.compile.export.terms import (
    UNIT,
    Called,
    Cut,
    Key,
    Lengths,
    Minus,
    NewAxis,
    Number,
    Picked,
    Place,
    Real,
    Scattered,
    Setting,
    Sign,
    Term,
    Turned,
    Whole,
)
from byhand.compile.program import Line, Program

MOST_PARTS = 8
"""A term of more parts than this has a statement of its own, so that lines stay short."""


@dataclass(frozen=True, slots=True)
class Statement:
    """``line.target`` is ``term``."""

    line: Line
    term: Term


def statements(program: Program) -> list[Statement]:
    """All statements, from top to bottom."""
    uses = Counter(ref.value for line in program.lines for ref in line.refs) + Counter(program.results)
    once: dict[Term, Term] = {}
    found: list[Statement] = []
    for line in program.lines:
        term = put_in(term_of(program, line), once)
        is_small = parts(term) <= MOST_PARTS and not program.values[line.target].names
        if is_small and uses[line.target] == 1 and line.target not in program.results:
            once[Place(line.target)] = term
        else:
            found.append(Statement(line, term))
    return found


def put_in(term: Term, of: Mapping[Term, Term]) -> Term:
    """The term with others for some of its parts, and shorter where that makes it so."""
    return of[term] if term in of else _shorter(through(term, lambda part: put_in(part, of)))


def _shorter(term: Term) -> Term:
    """a · (1 / b) as a / b, and a product with a mask as a product with the comparison itself."""
    match term:
        case Sign("*", left, Sign("/", one, right)) if one == UNIT:
            return Sign("/", left, right)
        case Sign("*", Sign("/", one, right), left) if one == UNIT:
            return Sign("/", left, right)
        case Sign("*", left, Called("jnp.where", (Sign(">") as test, Number(), Number()))):
            return Sign("*", left, test)
        case Picked(Sign("/", one, right), keys, False) if one == UNIT and all(isinstance(key, (Whole, NewAxis)) for key in keys):
            return Sign("/", one, Picked(right, keys))
        case _:
            return term


def through(term: Term, change: Callable[[Term], Term]) -> Term:
    """The term with its parts changed."""
    match term:
        case Place() | Number() | Lengths() | Setting() | Real():
            return term
        case Sign(_, left, right):
            return replace(term, left=change(left), right=change(right))
        case Minus(inner) | Turned(inner):
            return replace(term, term=change(inner))
        case Called(_, args, settings):
            return replace(term, args=tuple(map(change, args)), settings=tuple((key, change(value)) for key, value in settings))
        case Picked(inner, keys):
            return replace(term, term=change(inner), keys=tuple(_changed(key, change) for key in keys))
        case Scattered(into, keys, inner):
            return replace(term, into=change(into), term=change(inner), keys=tuple(_changed(key, change) for key in keys))
        case _:
            assert_never(term)


def _changed(key: Key, change: Callable[[Term], Term]) -> Key:
    return key if isinstance(key, (Whole, NewAxis, Cut)) else change(key)


def parts(term: Term) -> int:
    """How many signs, calls and names stand in a term."""
    inside = below(term)
    return sum(map(parts, inside)) + (1 if isinstance(term, (Place, Number, Called, Picked, Scattered, Sign)) else 0)


def inside(term: Term) -> Iterator[Term]:
    """All terms inside a term."""
    for part in below(term):
        yield part
        yield from inside(part)


def below(term: Term) -> tuple[Term, ...]:
    """The terms inside a term."""
    match term:
        case Place() | Number() | Lengths() | Setting() | Real():
            return ()
        case Sign(_, left, right):
            return left, right
        case Minus(inner) | Turned(inner):
            return (inner,)
        case Called(_, args, settings):
            return (*args, *(value for _, value in settings))
        case Picked(inner, keys):
            return (inner, *_terms(keys))
        case Scattered(into, keys, inner):
            return (into, inner, *_terms(keys))
        case _:
            assert_never(term)


def _terms(keys: tuple[Key, ...]) -> tuple[Term, ...]:
    return tuple(key for key in keys if not isinstance(key, (Whole, NewAxis, Cut)))
