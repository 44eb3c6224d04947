"""Whether two formulas are the same but for the order of factors and of terms, which needs no proof."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var
from byhand.lang.spec import Spec, canonical
from byhand.lang.walk import children, postorder


def alike(left: Expr, right: Expr) -> bool:
    """Whether a product a · b here is b · a there, and so on all the way down."""
    if left.shape != right.shape:
        return False
    numbers = _Numbers()
    return numbers.of(left) == numbers.of(right)


@dataclass(slots=True)
class _Numbers:
    """A number for each formula, equal for formulas that are alike."""

    known: dict[Hashable, int] = field(default_factory=dict[Hashable, int])
    done: dict[Expr, int] = field(default_factory=dict[Expr, int])

    def of(self, root: Expr) -> int:
        for node in postorder(root):
            if node not in self.done:
                self.done[node] = self.known.setdefault(self._key(node), len(self.known))
        return self.done[root]

    def _key(self, node: Expr) -> Hashable:
        parts = tuple(self.done[part] for part in children(node))
        match node:
            case Var() | Num():
                return node
            case Named(name):
                return "named", name, parts
            case Add():
                return "sum", tuple(sorted(parts))
            case Contract(how):
                turned = canonical(Spec(how.inputs[::-1], how.output))
                return "product", min((str(canonical(how)), parts), (str(turned), parts[::-1])), node.shape
            case Map(leaf):
                return "leaf", leaf, parts
            case Index(by, scatter):
                return "index", by, scatter, parts, node.shape
            case Call(rule, _, options):
                return "rule", rule, options, parts
            case Inverse() | Pick():
                return type(node).__name__, parts
