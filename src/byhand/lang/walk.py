"""Going over expressions: operands, rebuilding, one order for everything, replacing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import assert_never

from byhand.lang.build import call, index, inverse, pick
from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var, add, apply, contract, named, power_of
from byhand.lang.index import Window
from byhand.lang.names import Name
from byhand.lang.sizes import Poly


def children(node: Expr) -> tuple[Expr, ...]:
    """The operands of a node; a ``Named`` has its body, a ``Call`` its arguments."""
    match node:
        case Var() | Num():
            return ()
        case Named(_, body):
            return (body,)
        case Add(terms):
            return terms
        case Contract(_, args) | Map(_, args) | Call(_, args):
            return args
        case Index(_, _, arg) | Inverse(arg) | Pick(arg):
            return (arg,)
        case _:
            assert_never(node)


def size_letters(node: Expr) -> frozenset[str]:
    """The size letters that a node itself speaks of, in its shape, its number or its offsets."""
    sizes = [*node.shape]
    match node:
        case Num(value):
            sizes.append(value)
        case Index(Window(axes)):
            sizes += [axis.offset for axis in axes]
        case _:
            pass
    return frozenset(letter for axis in sizes if isinstance(axis, Poly) for letter in axis.letters)


def rebuild(node: Expr, parts: tuple[Expr, ...]) -> Expr:
    """The same node over other operands, in normal form again."""
    match node:
        case Var() | Num():
            return node
        case Named(name):
            return named(name, parts[0])
        case Add():
            return add(parts)
        case Contract(how, _, shape):
            return contract(how, *parts, sizes=dict(zip(how.output, shape)))
        case Map(leaf):
            return power_of(parts[0], leaf.exponent) if leaf.exponent is not None else apply(leaf, *parts)
        case Index(by, scatter, _, shape):
            return index(by, parts[0], shape, scatter)
        case Call(rule, _, options):
            return call(rule, *parts, **dict(options))
        case Inverse():
            return inverse(parts[0])
        case Pick():
            return pick(parts[0])
        case _:
            assert_never(node)


def postorder(*roots: Expr, enter_named: bool = True, below: Callable[[Expr], tuple[Expr, ...]] = children) -> list[Expr]:
    """Every node below the roots once, operands before what uses them; bodies of names only if asked.

    ``below`` says what lies under a node, where that is not just its operands. Works without recursion, so depth
    is bounded by memory alone.
    """
    order: dict[Expr, None] = {}
    stack: list[tuple[Expr, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        node, done = stack.pop()
        if node in order:
            continue
        if done:
            order[node] = None
            continue
        stack.append((node, True))
        if enter_named or not isinstance(node, Named):
            stack.extend((child, False) for child in reversed(below(node)) if child not in order)
    return list(order)


def substitute(root: Expr, replacement: Mapping[Expr, Expr], enter_named: bool = False) -> Expr:
    """``root`` with nodes replaced; what holds a replaced node is rebuilt."""
    done: dict[Expr, Expr] = {}
    for node in postorder(root, enter_named=enter_named):
        if node in replacement:
            done[node] = replacement[node]
        elif isinstance(node, Named) and not enter_named:
            done[node] = node
        else:
            parts = children(node)
            fresh = tuple(done[part] for part in parts)
            done[node] = node if fresh == parts else rebuild(node, fresh)
    return done[root]


def spelled_out(roots: Iterable[Expr], keep: Callable[[Name], bool]) -> dict[Expr, Expr]:
    """What each node below the roots becomes once every name that is not kept is replaced by its formula.

    The bodies of kept names are not entered.
    """
    done: dict[Expr, Expr] = {}
    for node in postorder(*roots, below=lambda n: () if isinstance(n, Named) and keep(n.name) else children(n)):
        if isinstance(node, Named):
            done[node] = node if keep(node.name) else done[node.body]
        else:
            parts = children(node)
            fresh = tuple(done[part] for part in parts)
            done[node] = node if fresh == parts else rebuild(node, fresh)
    return done
