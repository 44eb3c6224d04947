"""From expressions to notation trees: how a person would write the formula down."""

from __future__ import annotations

from fractions import Fraction
from typing import assert_never

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var, as_number, num
from byhand.lang.leaves import EXP
from byhand.lang.rule import Argument, OptionValue
from byhand.lang.sizes import Poly
from byhand.lang.walk import children, postorder
from byhand.show.contraction import contraction
from byhand.show.conventions import Conventions
from byhand.show.elementwise import applied
from byhand.show.index_form import Entries
from byhand.show.indexing import concatenated, indexed
from byhand.show.masks import maximum
from byhand.show.pieces import ONE, Work, forms, math_of, plain_of, power, signed
from byhand.show.sums import covers, loose, summed
from byhand.show.tree import Constant, Function, Inverted, Power, Tree

MAX_DEPTH = 200
MAX_SIGNS = 20_000


def notation(expr: Expr, conventions: Conventions) -> Tree:
    """The formula as people write it; named quantities stand under their names (for a definition, ask for its body)."""
    return _work(expr, conventions).done[expr]


def index_entries(expr: Expr, letters: tuple[str, ...], conventions: Conventions, avoid: str = "") -> Tree:
    """The entry of ``expr`` at these indices, down to the entries of names: what a Jacobian looks like; ``avoid``: letters that stand around it."""
    work = _work(expr, conventions)
    work.taken |= frozenset(letters) | frozenset(avoid)
    return Entries(work, deep=True).of(expr, letters)


def _work(expr: Expr, conventions: Conventions) -> Work:
    order = postorder(expr, enter_named=False)
    problem = _unwritable(order)
    if problem:
        raise ByhandError(f"a formula {problem}, more than can be shown: give names to parts of it, on lines of their own.")
    names = frozenset(str(node.name) for node in order if isinstance(node, (Var, Named)))
    sizes = frozenset(letter for node in order for axis in node.shape for letter in Poly.of(axis).letters)
    work = Work(conventions, names | sizes | conventions.names, _tree)
    for node in order:
        work.done[node] = _tree(work, node)
    return work


def unwritable(*exprs: Expr) -> str:
    """Why a formula is beyond any line of mathematics, however broken; nothing for those that are not."""
    return _unwritable(postorder(*exprs, enter_named=False))


def _unwritable(order: list[Expr]) -> str:
    """Looked at before anything recurses through the formula; what stands in it twice is written twice."""
    depth: dict[Expr, int] = {}
    signs: dict[Expr, int] = {}
    for node in order:
        parts = () if isinstance(node, Named) else children(node)
        depth[node] = 1 + max((depth[part] for part in parts), default=0)
        signs[node] = 1 + sum(signs[part] for part in parts)
        if depth[node] > MAX_DEPTH:
            return f"is nested more than {MAX_DEPTH} deep"
        if signs[node] > MAX_SIGNS:
            return f"would have more than {MAX_SIGNS:,} signs"
    return ""


def _tree(work: Work, node: Expr) -> Tree:
    """The tree of a node whose operands have theirs."""
    match node:
        case Var(name) | Named(name):
            return work.conventions.sym(name)
        case Num(value):
            return signed(value, ONE)
        case Add():
            return concatenated(work, node) or summed(work, node)
        case Contract():
            return maximum(work, node) or contraction(work, node)
        case Map():
            return _mapped(work, node)
        case Index():
            return indexed(work, node)
        case Call():
            return _called(work, node)
        case Inverse(arg):
            return Inverted(work.done[arg])
        case Pick(arg):
            return Function("largest", (work.done[arg],))
        case _:
            assert_never(node)


def _mapped(work: Work, node: Map) -> Tree:
    if node.leaf.exponent is not None:
        return power(work.done[node.args[0]], Poly.of(node.leaf.exponent))
    if node.leaf is EXP and node.args[0] is num(1) and "e" not in work.taken:
        return Constant("e")
    if node.leaf.arity < 2 or not node.shape:
        return applied(work, node.leaf, tuple(work.done[arg] for arg in node.args))
    return _power_of_arrays(work, node)


def _power_of_arrays(work: Work, node: Map) -> Tree:
    """x**n with an exponent that is no fixed number; NumPy stretches one of the two."""
    parts = [loose(work, arg if as_number(arg) is None else None, node.shape) for arg in node.args]
    numbers = [as_number(arg) for arg in node.args]
    plain = [part.plain if value is None else signed(value, ONE) for part, value in zip(parts, numbers)]
    math = [part.math if value is None else signed(value, ONE) for part, value in zip(parts, numbers)]
    if not covers([part.plain_shape for part in parts], node.shape) or not covers([part.math_shape for part in parts], node.shape):
        return Power(work.done[node.args[0]], work.done[node.args[1]])
    return forms(Power(plain_of(plain[0]), plain_of(plain[1])), Power(math_of(math[0]), math_of(math[1])))


# ------------------------------------------------------------------------------------------------- rules


def _called(work: Work, node: Call) -> Tree:
    """A rule by its name; arguments and settings that are as by default are left out."""
    args = list(node.args)
    while args and _is_default(node.rule.arguments[len(args) - 1], args[-1]):
        args.pop()
    defaults = {option.name: option.default for option in node.rule.options}
    settings = tuple((name, _setting(value)) for name, value in node.options if value != defaults.get(name))
    return Function(node.rule.name, tuple(work.done[arg] for arg in args), settings, node.rule.symbol)


def _is_default(argument: Argument, arg: Expr) -> bool:
    if argument.default is None or isinstance(arg, (Var, Named)):
        return False
    value = as_number(arg)
    try:
        return value is not None and value.constant == Fraction(argument.default)
    except ValueError:
        return {"zeros": Fraction(0), "ones": Fraction(1)}.get(argument.default) == (value.constant if value is not None else None)


def _setting(value: OptionValue) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
