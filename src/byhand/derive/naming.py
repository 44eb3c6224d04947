"""Names for intermediates that a person left unnamed, where a derivation needs to speak of them.

What is named: a value that a nonlinear function is applied to and that holds a product itself (a pre-activation), a value
that a product is formed with and that holds a nonlinear function itself (an activation), the value of a rule inside a
larger formula, and one link in each long chain of functions. Everything between stays inside the formula it stands in.
One bottom-up pass, so a network of any depth costs linear time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count

from byhand.derive.messages import operands
from byhand.lang.expr import Call, Contract, Expr, Index, Inverse, Map, Named, Pick, named, scale, split_factor
from byhand.lang.walk import children, rebuild

LONGEST_CHAIN = 2
"""How many functions may be nested inside one formula before the inner ones get a name."""


def introduce_names(order: Iterable[Expr], active: frozenset[Expr], taken: Iterable[str]) -> dict[Expr, Expr]:
    """What each node of ``order`` (operands first) becomes once its unnamed intermediates have names.

    Rules that state no message for an active operand are replaced by their definitions on the way.
    """
    namer = _Namer(active, set(taken))
    for node in order:
        namer.visit(node)
    return namer.became


@dataclass(slots=True)
class _Namer:
    active: frozenset[Expr]
    taken: set[str]
    became: dict[Expr, Expr] = field(default_factory=dict[Expr, Expr])
    products: set[Expr] = field(default_factory=set[Expr])
    chain: dict[Expr, int] = field(default_factory=dict[Expr, int])
    names: dict[Expr, Named] = field(default_factory=dict[Expr, Named])

    def visit(self, node: Expr) -> None:
        if node not in self.active:
            self.became[node] = node
        elif isinstance(node, Call) and operands(node, self.active) == (node.body,):
            self.became[node] = self.became[node.body]
        else:
            parts = children(node)
            fresh_parts = tuple(self._operand(node, self.became[part]) for part in parts)
            fresh = node if fresh_parts == parts else rebuild(node, fresh_parts)
            self.became[node] = fresh
            self._note(fresh)

    def _note(self, node: Expr) -> None:
        """Remember whether a formula holds a product, and how many functions it nests."""
        if isinstance(node, Named):
            return
        parts = children(node)
        self.chain[node] = max((self.chain.get(part, 0) for part in parts), default=0) + _is_function(node)
        if _is_product(node) or any(part in self.products for part in parts):
            self.products.add(node)

    def _operand(self, parent: Expr, child: Expr) -> Expr:
        factor, core = split_factor(child)
        if isinstance(core, Named) or not self._wants_name(parent, core):
            return child
        if core not in self.names:
            self.names[core] = named(self._fresh(core), core)
        return scale(factor, self.names[core])

    def _wants_name(self, parent: Expr, core: Expr) -> bool:
        nested = self.chain.get(core, 0)
        if isinstance(core, Call) and core.shape and (_is_function(parent) or (isinstance(parent, Contract) and len(parent.args) == 2)):
            return True
        if _is_function(parent) and (core in self.products or nested >= LONGEST_CHAIN):
            return True
        return _is_product(parent) and nested > 0

    def _fresh(self, core: Expr) -> str:
        letters = "asuv" if _is_function(core) else "zasuv"  # a name such as z1 beside a family z[1], z[2] would look like its member
        letter = next((one for one in letters if not any(name.startswith(f"{one}[") for name in self.taken)), letters[0])
        letter = letter.upper() if len(core.shape) > 1 else letter
        name = next(f"{letter}{k}" for k in count(1) if f"{letter}{k}" not in self.taken)
        self.taken.add(name)
        return name


def _is_product(node: Expr) -> bool:
    match node:
        case Contract(how, (_, _)):
            return bool(how.summed)
        case Index(_, scatter):
            return scatter
        case _:
            return isinstance(node, (Call, Inverse))


def _is_function(node: Expr) -> bool:
    return isinstance(node, (Map, Call, Pick))
