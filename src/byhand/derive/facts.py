"""What is known about a value: facts declared on variables and stated by rules, carried through sums."""

from __future__ import annotations

from byhand.lang.expr import Add, Call, Contract, Expr, Named, Num, Var, add, as_number, num, scale, split_factor
from byhand.lang.sizes import ONE, Poly


def sums_to_one(node: Expr, axis: int = -1) -> bool:
    """Whether the entries along an axis are known to sum to one."""
    axis = axis % max(len(node.shape), 1)
    match node:
        case Var(_, shape, facts):
            along_last = axis == len(shape) - 1 and bool(facts & {"sums_to_one", "one_hot"})
            return along_last or (axis == 0 and "one_hot_columns" in facts)
        case Named(_, body):
            return sums_to_one(body, axis)
        case Call(rule, _, options):
            along = dict(options).get("axis", -1)
            stated = "sums_to_one" in rule.facts and isinstance(along, int) and along % len(node.shape) == axis
            return stated or _adds_up(node.body, axis)
        case _:
            return _adds_up(node, axis)


def _adds_up(node: Expr, axis: int) -> bool:
    """Whether the sum over an axis, taken term by term, is one."""
    if not node.shape:
        return False
    parts = [_sum_along(term, axis) for term in (node.terms if isinstance(node, Add) else (node,))]
    if any(part is None for part in parts):
        return False
    return expanded(add([part for part in parts if part is not None])) == ONE


def _sum_along(term: Expr, axis: int) -> Expr | None:
    """The sum of one term over an axis, as a scalar, where it is known."""
    factor, core = split_factor(term)
    match core:
        case Contract(_, (inner,)) if not inner.shape and len(set(core.spec.output)) == len(core.shape):
            return scale(factor * Poly.of(term.shape[axis]), inner)
        case Contract(how, (inner,)) if not how.summed and sorted(how.inputs[0]) == sorted(how.output):
            return scale(factor, num(1)) if sums_to_one(inner, how.inputs[0].index(how.output[axis])) else None
        case Contract(how, (first, second)) if not how.inputs[0] and how.inputs[1] == how.output:
            return scale(factor, first) if sums_to_one(second, axis) else None
        case Var() | Named() | Call():
            return scale(factor, num(1)) if sums_to_one(core, axis) else None
        case _:
            return None


def expanded(node: Expr) -> Poly | None:
    """The number that a scalar formula comes to whatever its letters are, if products over sums show it."""
    return as_number(_expand_scalar(node))


def _expand_scalar(node: Expr) -> Expr:
    match node:
        case Add(terms):
            return add([_expand_scalar(term) for term in terms])
        case Contract(_, (Num(), inner)) if not node.shape:
            factor, _ = split_factor(node)
            grown = _expand_scalar(inner)
            return add([scale(factor, term) for term in (grown.terms if isinstance(grown, Add) else (grown,))])
        case _:
            return node
