"""Contractions as terms of ``jax.numpy``.

XLA brings products into the form that it likes best, whether they are written with ``.T`` or with dimension numbers (measured: no
difference), so they are written as people do.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from byhand.compile.export.terms import ZERO, Called, Key, NewAxis, Picked, Setting, Sign, Term, Turned, Whole
from byhand.compile.program import Solve


@dataclass(frozen=True, slots=True)
class Axes:
    """An operand with a letter for each of its axes."""

    term: Term
    word: str


def matrix_product(left: Axes, right: Axes, met: str, word: str) -> Axes:
    """The sum over letters that both operands have: with ``@`` where that says it, as an einsum where it does not."""
    stack = "".join(c for c in word if c in left.word and c in right.word)
    rows = "".join(c for c in word if c in left.word and c not in right.word)
    columns = "".join(c for c in word if c in right.word and c not in left.word)
    if not rows and not columns and stack + met != met[:1]:
        order = stack + met
        product = Sign("*", permuted(left, order), permuted(right, order))
        return Axes(Called("jnp.sum", (product,), (("axis", _axes(range(len(stack), len(order)))),)), stack)
    if not stack and len(met) == 1 and len(rows) <= 1 and len(columns) <= 1:
        if rows and columns and word.index(columns) < word.index(rows):
            left, right, rows, columns = right, left, columns, rows
        if len(rows + columns) == 1:
            return _with_vector(left, right, met)
        return Axes(Sign("@", permuted(left, rows + met), permuted(right, met + columns)), rows + columns)
    plain = len(met) == len(columns) == 1 and left.word == stack + rows + met and right.word == stack + met + columns
    if plain and ((not stack) or len(rows) == 1):
        return Axes(Sign("@", left.term, right.term), stack + rows + columns)
    out = "".join(c for c in word if c in stack + rows + columns)
    return Axes(Called("jnp.einsum", (Setting(f"{left.word},{right.word}->{out}"), left.term, right.term)), out)


def _with_vector(left: Axes, right: Axes, met: str) -> Axes:
    """A vector and a matrix, the vector on the side on which no transpose is needed."""
    matrix, vector = (left, right) if len(left.word) == 2 else (right, left)
    kept = matrix.word.replace(met, "")
    product = Sign("@", matrix.term, vector.term) if matrix.word == kept + met else Sign("@", vector.term, matrix.term)
    return Axes(product, kept)


def summed(arg: Axes, kept: str) -> Axes:
    """Without the letters that nothing else has."""
    gone = [k for k, c in enumerate(arg.word) if c not in kept]
    if not gone:
        return arg
    settings = (("axis", _axes(gone)),) if len(gone) < len(arg.word) else ()
    return Axes(Called("jnp.sum", (arg.term,), settings), "".join(c for c in arg.word if c in kept))


def _axes(numbers: Collection[int] | range) -> Setting:
    found = tuple(numbers)
    return Setting(found[0]) if len(found) == 1 else Setting(found)


def permuted(arg: Axes, order: str) -> Term:
    if arg.word == order:
        return arg.term
    if arg.word == order[::-1]:
        return Turned(arg.term)
    return Called("jnp.transpose", (arg.term, Setting(tuple(arg.word.index(c) for c in order))))


def shortened(keys: list[Key]) -> tuple[Key, ...]:
    """Without ``:`` at the end, but for one."""
    while len(keys) > 1 and isinstance(keys[-1], Whole):
        keys = keys[:-1]
    return tuple(keys)


def widened(term: Term, keys: list[Key]) -> Term:
    """``term[keys]``, where keys are ``:`` and ``None``: an axis of size one that was taken away just where one is put is kept."""
    if not isinstance(term, Picked) or term.beyond or not all(isinstance(key, Whole) or key == ZERO for key in term.keys):
        return Picked(term, shortened(keys))
    before, found = list(term.keys), list[Key]()
    for key in keys:
        if isinstance(key, NewAxis):
            if before and before[0] == ZERO:
                before.pop(0)
                key = Whole()
            found.append(key)
            continue
        while before and before[0] == ZERO:
            found.append(before.pop(0))
        found.append(before.pop(0) if before else key)
    found += before
    return term.term if all(isinstance(key, Whole) for key in found) else Picked(term.term, shortened(found))


def solved(how: Solve, matrix: Term, right: Term, rank: int) -> Term:
    """The solution, the unknowns along the axis where the contraction has them."""
    left = Turned(matrix) if how.turned else matrix
    if rank == 1:
        return Called("jnp.linalg.solve", (left, right))
    columns = Turned(right) if how.place == 1 else right
    found = Called("jnp.linalg.solve", (left, columns))
    return Turned(found) if how.back == 1 else found
