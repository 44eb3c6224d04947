"""Simplification: a few named identities, applied from the inside out, kept only where the formula gets shorter.

There is no search. Equality is decided by the prover, not by a canonical form; this only makes formulas readable.
"""

from __future__ import annotations

from functools import lru_cache

from byhand.derive.facts import sums_to_one
from byhand.derive.monomials import TooMany, assemble, axes_word, divisors, expand, like_terms, tidy
from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var, contract, num
from byhand.lang.leaves import EXP, LOG
from byhand.lang.spec import Spec
from byhand.lang.walk import children, postorder, rebuild


@lru_cache(maxsize=8192)
def cost(node: Expr) -> int:
    """How much a person has to write: one for each name, number, function and sum sign."""
    known: dict[Expr, int] = {}
    for inner in postorder(node, enter_named=False):
        known[inner] = _own_cost(inner) + (0 if isinstance(inner, Named) else sum(known[part] for part in children(inner)))
    return known[node]


def _own_cost(node: Expr) -> int:
    match node:
        case Num(value):
            return 0 if value.constant in (1, -1) else 1
        case Contract(how):
            return int(bool(how.summed))
        case Add():
            return 0
        case Var() | Named() | Map() | Call() | Index() | Inverse() | Pick():
            return 1


def simplify(root: Expr) -> Expr:
    """A shorter equal formula, by identities that hold always (where both sides are defined)."""
    return _inside_out(root, facts=False)


def with_facts(root: Expr) -> Expr:
    """A shorter equal formula, by facts known of the values in it as well: Σt = 1."""
    return _inside_out(root, facts=True)


def _inside_out(root: Expr, facts: bool) -> Expr:
    done: dict[Expr, Expr] = {}
    for node in postorder(root, enter_named=False):
        if isinstance(node, Named):
            done[node] = node
            continue
        parts = children(node)
        fresh = tuple(done[part] for part in parts)
        rebuilt = node if fresh == parts else rebuild(node, fresh)
        done[node] = _shorter(_local(rebuilt, facts))
    return done[root]


def _local(node: Expr, facts: bool) -> Expr:
    match node:
        case Map(leaf, (Map(inner, (arg,)),)) if {leaf, inner} == {EXP, LOG}:
            return arg
        case Contract(how, (arg,)) if how.summed:
            return _sum(node, how, arg, facts)
        case Contract(how, (left, right)) if how.summed and divisions(node):
            return _product_first(node, how, left, right, facts)
        case _:
            return node


def _sum(node: Contract, how: Spec, arg: Expr, facts: bool) -> Expr:
    """Σt = 1 where that is known, and factors without the summation letter in front of the sum."""
    (word,) = how.inputs
    if facts and len(how.summed) == 1 and word.count(how.summed) == 1 and sums_to_one(arg, word.index(how.summed)):
        return contract(Spec(("",), how.output), num(1), sizes=dict(zip(how.output, node.shape)))
    if isinstance(arg, Contract) and len(arg.args) == 2 and not arg.spec.summed:
        own = dict(zip(arg.spec.output, word))
        words = ["".join(own.get(c, "") for c in w) for w in arg.spec.inputs]
        for k, other in ((0, 1), (1, 0)):
            if not set(words[k]) & set(how.summed) and len(own) == len(arg.shape) and not isinstance(arg.args[k], Num):
                sizes = dict(zip(how.output, node.shape))
                rest = "".join(c for c in how.output if c in words[other] or c in how.broadcast)
                inner = contract(Spec((words[other],), rest), arg.args[other], sizes=sizes)
                return contract(Spec((words[k], rest), how.output), arg.args[k], _inside_out(inner, facts), sizes=sizes)
    return node


def _product_first(node: Contract, how: Spec, left: Expr, right: Expr, facts: bool) -> Expr:
    """A contraction as the sum of an elementwise product, if a factor cancels in that product."""
    union = "".join(dict.fromkeys("".join(how.inputs)))
    product = contract(Spec(how.inputs, union), left, right)
    shorter = _shorter(product)
    if cost(shorter) >= cost(product):
        return node
    return _inside_out(contract(Spec((union,), how.output), shorter, sizes=dict(zip(how.output, node.shape))), facts)


def divisions(body: Expr) -> frozenset[Expr]:
    """The reciprocals and other negative powers in a formula (named quantities are not looked into)."""
    inside = postorder(body, enter_named=False)
    return frozenset(node for node in inside if isinstance(node, Map) and node.leaf.exponent is not None and node.leaf.exponent < 0)


@lru_cache(maxsize=8192)
def _shorter(node: Expr) -> Expr:
    """The collected form of an elementwise formula, again and again while that makes it shorter."""
    while isinstance(node, (Add, Contract)) and (isinstance(node, Add) or not node.spec.summed):
        collected = collect(node)
        if cost(collected) >= cost(node):
            break
        node = collected
    return node


def collect(node: Expr, factored: bool = True) -> Expr:
    """Cancel, expand and collect an elementwise formula; what all terms share comes in front, if asked."""
    word = axes_word(node)
    try:
        terms = expand(node, word, divisors(node))
    except TooMany:
        return node
    return assemble(like_terms([tidy(term) for term in terms]), word, dict(zip(word, node.shape)), factored)
