"""max(x), which expressions have as what the mask of the largest entry picks out of x itself."""

from __future__ import annotations

from byhand.lang.expr import Contract, Expr, Index, Pick, contract
from byhand.lang.index import Reshape
from byhand.lang.spec import Spec
from byhand.show.pieces import Work
from byhand.show.tree import Function, Tree


def maximum(work: Work, node: Contract) -> Tree | None:
    """max(x) or max(x, axis=k), if ``node`` is one."""
    masked = node.args[0]
    if len(node.args) != 1 or node.spec.output != node.spec.inputs[0][:-1] or not isinstance(masked, Contract) or len(masked.args) != 2:
        return None
    mask, array = masked.args
    turned = Spec((masked.spec.inputs[1],), masked.spec.inputs[0])
    if not isinstance(mask, Pick) or masked.spec.output != masked.spec.inputs[0] or masked.spec.summed or contract(turned, array) is not mask.arg:
        return None
    over, axis = _moved_last(mask.arg)
    return Function("max", (work.done[over],), (("axis", str(axis)),) if axis is not None else ())


def _moved_last(node: Expr) -> tuple[Expr, int | None]:
    """What ``node`` is with one axis moved to the end, and which; or with all axes made one, and none."""
    if len(node.shape) == 1:
        flat = isinstance(node, Index) and isinstance(node.by, Reshape)
        return (node.arg if flat and isinstance(node, Index) else node), None
    if isinstance(node, Contract) and len(node.args) == 1 and sorted(node.spec.output) == sorted(node.spec.inputs[0]):
        word, last = node.spec.inputs[0], node.spec.output[-1]
        if word.replace(last, "") + last == node.spec.output:
            return node.args[0], word.index(last)
    return node, len(node.shape) - 1
