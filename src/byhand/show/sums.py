"""Sums, their signs, and the broadcasting that sums leave to NumPy."""

from __future__ import annotations

from dataclasses import dataclass

from byhand.lang.expr import Add, Contract, Expr, Num, as_number, split_factor
from byhand.lang.sizes import Poly, Shape
from byhand.lang.spec import LETTERS
from byhand.show.contraction import Contraction, filled
from byhand.show.listed import is_entry, listed
from byhand.show.pieces import ONE, Factor, Work, forms, is_minus, math_of, negated, plain_of, scaled
from byhand.show.stretch import aligned, written_out
from byhand.show.tree import Subscript, Sum, Tree


@dataclass(frozen=True, slots=True)
class Loose:
    """A term as it stands beside others: in each notation its tree and the shape it has there by itself."""

    plain: Tree
    plain_shape: Shape
    math: Tree
    math_shape: Shape


def summed(work: Work, node: Add) -> Tree:
    """The terms with their signs; numbers and vectors stay as they are where another term stretches them."""
    signs: list[bool] = []
    parts: list[Loose] = []
    amounts: list[Poly] = []
    entries = tuple(term for term in node.terms if is_entry(term))
    terms = tuple(term for term in node.terms if term not in entries[1:])
    for term in terms:
        if term in entries:
            minus, tree = listed(work, entries)
            if len(terms) == 1:
                return negated(tree) if minus else tree
            signs.append(minus)
            amounts.append(Poly.of(1))
            parts.append(Loose(tree, node.shape, tree, node.shape))
            continue
        value, rest = _number_and_rest(term)
        signs.append(is_minus(value))
        amounts.append(-value if is_minus(value) else value)
        parts.append(loose(work, rest, node.shape))
    rests = [_number_and_rest(term)[1] for term in terms]
    plain = [part.plain for part in parts]
    math = [part.math for part in parts]
    if not covers([part.plain_shape for part in parts], node.shape):
        plain[0] = plain_of(tight(work, rests[0], node.shape))
    if not covers([part.math_shape for part in parts], node.shape):
        math[0] = math_of(tight(work, rests[0], node.shape))
    single = [part.plain_shape == () for part in parts]
    return forms(_sum(signs, amounts, plain, single), _sum(signs, amounts, math, single))


def _sum(signs: list[bool], amounts: list[Poly], trees: list[Tree], single: list[bool]) -> Tree:
    return Sum(tuple((minus, scaled(amount, tree, scalar)) for minus, amount, tree, scalar in zip(signs, amounts, trees, single)))


def _number_and_rest(term: Expr) -> tuple[Poly, Expr | None]:
    """A term as a number times something; ``None`` for the number alone, everywhere."""
    value = as_number(term)
    return (value, None) if value is not None else split_factor(term)


def covers(shapes: list[Shape], shape: Shape) -> bool:
    """Whether arrays of these shapes broadcast to ``shape``."""
    axes = [[s[len(s) - k] if k <= len(s) else 1 for s in shapes] for k in range(1, len(shape) + 1)]
    return all(shape[-k] in found for k, found in enumerate(axes, 1)) and (max(map(len, shapes)) == len(shape))


def loose(work: Work, node: Expr | None, shape: Shape) -> Loose:
    """``node`` where something beside it has the full shape."""
    if node is None:
        return Loose(ONE, (), ONE, ())
    if not isinstance(node, Contract) or not node.spec.broadcast or len(set(node.spec.output)) < len(node.shape) or isinstance(node.args[-1], Num):
        tree = tight(work, node, shape)
        return Loose(tree, shape, tree, shape)
    part = Contraction(work, node)
    out = node.spec.output
    gone = part.summed_in_place(out)
    if gone is not None:
        kept = tuple(1 if k in gone else size for k, size in enumerate(shape))
        tree = part.kept_sum(gone)
        if isinstance(tree, Subscript) and tree.at == ":, None" and len(shape) == 2:
            return Loose(tree, kept, written_out(work, Factor(tree.base, out[0]), out, part.sizes), shape)
        return Loose(tree, kept, tree, kept) if len(gone) < len(shape) or len(shape) > 2 else _lower(work, part, out, shape)
    return _lower(work, part, out, shape)


def _lower(work: Work, part: Contraction, out: str, shape: Shape) -> Loose:
    """Something with fewer axes."""
    inputs = "".join(part.node.spec.inputs)
    word = "".join(c for c in out if c in inputs)
    factor = Factor(part.tree(word), word)
    tree = aligned(factor, out, part.sizes)
    start = min((out.index(c) for c in word), default=len(out))
    here = tuple(part.sizes[c] if c in word else 1 for c in out[start:])
    if len(out) == 2 and word == out[0]:
        return Loose(tree, here, written_out(work, factor, out, part.sizes), shape)
    return Loose(tree, here, tree, here)


def tight(work: Work, node: Expr | None, shape: Shape) -> Tree:
    """``node`` with its full shape written out."""
    if node is None:
        return written_out(work, Factor(ONE, ""), LETTERS[: len(shape)], dict(zip(LETTERS, shape)))
    if isinstance(node, Contract) and len(node.args) == 1 and isinstance(node.args[0], Num):
        return filled(work, node)
    return work.done[node]
