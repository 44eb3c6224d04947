"""The order in which quantities are worked out, and which form of a rule is used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from weakref import WeakKeyDictionary

from byhand.lang.expr import Call, Contract, Expr, Inverse, Map, Named, describe
from byhand.lang.leaf import POW
from byhand.lang.leaves import ABS, RELU, SIGN, STEP
from byhand.lang.walk import children, postorder

Form: TypeAlias = Callable[[Call], Expr]
"""What stands for a rule applied: its definition, or an equal form."""

_RATIONAL = frozenset((ABS, RELU, SIGN, STEP))
_stable_of: WeakKeyDictionary[Call, Expr] = WeakKeyDictionary()


def definition(node: Call) -> Expr:
    return node.body


def stable(node: Call) -> Expr:
    """The form that floats prefer."""
    if node.rule.stable is None:
        return node.body
    found = _stable_of.get(node)
    if found is None:
        found = _stable_of[node] = node.rule.stable(*node.args, **dict(node.options))
    return found


def stable_unless_rational(node: Call) -> Expr:
    """The form for exact data: where the definition keeps rationals rational, there is nothing to round."""
    return node.body if node.rule.stable is not None and is_rational(node.body) else stable(node)


def is_rational(root: Expr) -> bool:
    """Whether rationals give a rational, whatever they are."""
    return all(_keeps_rational(node) for node in in_order((root,), definition) if isinstance(node, Map))


def _keeps_rational(node: Map) -> bool:
    exponent = node.leaf.exponent
    return node.leaf in _RATIONAL or (node.leaf is not POW and exponent is not None and exponent.denominator == 1)


def operands(node: Expr, form: Form) -> tuple[Expr, ...]:
    """What must be known before this node; of a rule applied also its arguments, so that every name gets a value.

    A product with an inverse is worked out by solving, so that the inverse itself is not needed.
    """
    match node:
        case Call():
            return (*node.args, form(node))
        case Contract(_, (left, right)) if (system := system_of(node)) is not None:
            return (system.matrix, right) if system.position == 0 else (left, system.matrix)
        case _:
            return children(node)


@dataclass(frozen=True, slots=True)
class System:
    """A product A⁻¹ B (or A⁻ᵀ B, if ``turned``) that a contraction is: the operand at ``position`` is the inverse of ``matrix``.

    ``place`` is the axis of the other operand that is summed over, ``back`` the axis of the result where the unknowns go.
    """

    matrix: Expr
    position: int
    turned: bool
    place: int
    back: int


def system_of(node: Contract) -> System | None:
    """The equations that a product with the inverse of a matrix solves; ``None`` for any other contraction."""
    how = node.spec
    if len(how.summed) != 1 or len(how.inputs) != 2:
        return None
    for position, arg in enumerate(node.args):
        word, other = how.inputs[position], how.inputs[1 - position]
        if isinstance(arg, Inverse) and len(word) == 2 and len(set(word)) == 2 and word.count(how.summed) == other.count(how.summed) == 1:
            kept = word.replace(how.summed, "")
            rest = other.replace(how.summed, "")
            if kept not in other and sorted(how.output) == sorted(kept + rest) and len(rest) <= 1:
                return System(arg.arg, position, word[0] == how.summed, other.index(how.summed), how.output.index(kept))
    return None


def in_order(roots: Iterable[Expr], form: Form) -> list[Expr]:
    """Every node below the roots once, operands before what uses them."""
    return postorder(*roots, below=lambda node: operands(node, form))


def users(order: Iterable[Expr], form: Form) -> dict[Expr, Expr]:
    """For every node the first one that uses it."""
    found: dict[Expr, Expr] = {}
    for node in order:
        for part in operands(node, form):
            found.setdefault(part, node)
    return found


def owner(node: Expr, used_by: Mapping[Expr, Expr]) -> Named | None:
    """The innermost named quantity in whose formula the node stands."""
    while not isinstance(node, Named):
        if node not in used_by:
            return None
        node = used_by[node]
    return node


def subject(node: Expr, used_by: Mapping[Expr, Expr]) -> str:
    """How a message speaks of a node: by its own name, or as something in a named formula."""
    home = owner(node, used_by)
    return describe(node) if home is None or home is node or describe(node) != "an expression" else f"an expression in {home.name}"
