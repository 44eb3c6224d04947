"""What is known about a value: facts declared on variables and stated by rules, carried through sums."""

from __future__ import annotations

from byhand.lang.expr import Add, Call, Contract, Expr, Named, Num, Var, add, as_number, num, scale, split_factor
from byhand.lang.sizes import ONE, Poly


def sums_to_one(node: Expr) -> bool:
    """Whether the entries along the last axis are known to sum to one."""
    match node:
        case Var(_, _, facts):
            return bool(facts & {"sums_to_one", "one_hot"})
        case Named(_, body):
            return sums_to_one(body)
        case Call(rule, _, options):
            along = dict(options).get("axis", -1)
            stated = "sums_to_one" in rule.facts and along in (-1, len(node.shape) - 1)
            return stated or _adds_up(node.body)
        case _:
            return _adds_up(node)


def _adds_up(node: Expr) -> bool:
    """Whether the sum over the last axis, taken term by term, is one."""
    if not node.shape:
        return False
    parts = [_row_sum(term) for term in (node.terms if isinstance(node, Add) else (node,))]
    if any(part is None for part in parts):
        return False
    return expanded(add([part for part in parts if part is not None])) == ONE


def _row_sum(term: Expr) -> Expr | None:
    """The sum of one term over its last axis, as a scalar, where it is known."""
    factor, core = split_factor(term)
    match core:
        case Contract(how, (inner,)) if not how.summed and how.output[-1:] not in how.inputs[0]:
            return scale(factor * Poly.of(term.shape[-1]), inner) if not inner.shape else None
        case Contract(how, (first, second)) if not how.inputs[0] and how.inputs[1] == how.output:
            return scale(factor, first) if sums_to_one(second) else None
        case Add():
            return None
        case Var() | Named() | Call():
            return scale(factor, num(1)) if sums_to_one(core) else None
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

