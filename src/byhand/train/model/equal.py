"""Whether two formulas are equal, proved with as little in them as will do.

Proofs put numbers in, and a layer of thousands of units makes them long. So what both sides have in common is taken to be
anything, and what is claimed of a rule is claimed for all sizes: a large size is a letter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count

from byhand.lang.build import call
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Call, Expr, Num, Var, as_number, var
from byhand.lang.rule import OptionValue
from byhand.lang.sizes import Poly, Size, size
from byhand.lang.walk import children, postorder, substitute
from byhand.run.prove import is_proved
from byhand.train.model.alike import alike

LARGE = 8
"""Sizes above this are letters in what is claimed of rules."""


def same(left: Expr, right: Expr, whatever: Iterable[Expr] = ()) -> bool:
    """Whether two formulas are one, or are proved equal: first for any values of the parts ``whatever``, which makes a shorter proof."""
    if left is right or alike(left, right):
        return True
    parts: dict[Expr, Expr] = {node: var(f"part {k}", node.shape) for k, node in enumerate(whatever) if not isinstance(node, (Var, Num))}
    if parts and is_proved(substitute(left, parts, enter_named=True), substitute(right, parts, enter_named=True)):
        return True
    return is_proved(left, right)


def shared_parts(left: Expr, right: Expr) -> list[Expr]:
    """The largest formulas that both sides have."""
    both = set(postorder(left)) & set(postorder(right))
    outside = [node for node in postorder(left, right) if node not in both]
    return list(dict.fromkeys(part for node in outside for part in children(node) if part in both and as_number(part) is None))


def is_large(node: Call) -> bool:
    """Whether a proof with the sizes of these operands would be long."""
    return any(isinstance(axis, int) and axis > LARGE for arg in node.args for axis in arg.shape)


def at_any_size(node: Call) -> Call | None:
    """The rule on operands that may be anything, their large sizes letters; where it needs numbers (strides), smaller ones that leave the same rests."""
    for sizes in (_letters(node), _small(node)):
        operands = [arg if isinstance(arg, Num) else var(f"part {k}", tuple(sizes.get(axis, axis) for axis in arg.shape)) for k, arg in enumerate(node.args)]
        found = applied(node, operands, dict(node.options))
        if found is not None:
            return found
    return None


def _large_sizes(node: Call) -> list[int]:
    return sorted({axis for arg in node.args for axis in arg.shape if isinstance(axis, int) and axis > LARGE})


def _letters(node: Call) -> dict[Size, Size]:
    return {axis: size(Poly.letter(f"size {axis}")) for axis in _large_sizes(node)}


def _small(node: Call) -> dict[Size, Size]:
    """For each large size one of its own, a little above the limit, with the same rest when divided by 12, so by strides of 2, 3, 4 and 6."""
    found: dict[Size, Size] = {}
    for axis in _large_sizes(node):
        found[axis] = next(fresh for fresh in count(LARGE + 1) if fresh % 12 == axis % 12 and fresh not in found.values())
    return found


def applied(node: Call, operands: Sequence[Expr], options: Mapping[str, OptionValue]) -> Call | None:
    """The rule of a node on other operands; ``None`` where they do not fit."""
    try:
        return call(node.rule, *operands, **options)
    except ByhandError:
        return None
