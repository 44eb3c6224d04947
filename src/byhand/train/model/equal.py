"""Whether two formulas are equal, proved with as little in them as will do.

Proofs put numbers in, and a layer of thousands of units makes them long. So what both sides have in common is taken to be
anything, and what is claimed of a rule is claimed for all sizes: a large size is a letter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from byhand.lang.build import call
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Call, Expr, Num, Var, var
from byhand.lang.rule import OptionValue
from byhand.lang.sizes import Poly, Size, size
from byhand.lang.walk import children, postorder, substitute
from byhand.run.prove import is_proved

LARGE = 8
"""Sizes above this are letters in what is claimed of rules."""


def same(left: Expr, right: Expr, whatever: Iterable[Expr] = ()) -> bool:
    """Whether two formulas are one, or are proved equal: first for any values of the parts ``whatever``, which makes a shorter proof."""
    if left is right:
        return True
    parts: dict[Expr, Expr] = {node: var(f"part {k}", node.shape) for k, node in enumerate(whatever) if not isinstance(node, (Var, Num))}
    if parts and is_proved(substitute(left, parts, enter_named=True), substitute(right, parts, enter_named=True)):
        return True
    return is_proved(left, right)


def shared_parts(left: Expr, right: Expr) -> list[Expr]:
    """The largest formulas that both sides have."""
    both = set(postorder(left)) & set(postorder(right))
    outside = [node for node in postorder(left, right) if node not in both]
    return list(dict.fromkeys(part for node in outside for part in children(node) if part in both))


def at_any_size(node: Call) -> Call | None:
    """The rule on operands that may be anything, their large sizes letters; ``None`` where the rule needs the numbers, or all sizes are small."""
    if not any(isinstance(axis, int) and axis > LARGE for arg in node.args for axis in arg.shape):
        return None
    operands = [arg if isinstance(arg, Num) else var(f"part {k}", tuple(map(_letter, arg.shape))) for k, arg in enumerate(node.args)]
    return applied(node, operands, dict(node.options))


def _letter(axis: Size) -> Size:
    return size(Poly.letter(f"size {axis}")) if isinstance(axis, int) and axis > LARGE else axis


def applied(node: Call, operands: Sequence[Expr], options: Mapping[str, OptionValue]) -> Call | None:
    """The rule of a node on other operands; ``None`` where they do not fit."""
    try:
        return call(node.rule, *operands, **options)
    except ByhandError:
        return None
