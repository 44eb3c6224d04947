"""Rules written out by hand: a formula that is proved to be one applied, so that the slips of that rule are slips here too.

A rule is a candidate where it takes as many axes as the formula has and uses the same transcendental functions; numbers at a few
points leave nearly none, and those are proved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import permutations

import numpy as np

from byhand.lang.build import call
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Add, Call, Contract, Expr, Map, Num, Var, intern, num, var
from byhand.lang.leaf import Leaf
from byhand.lang.rule import Argument, OptionValue, Rule
from byhand.lang.sizes import Poly
from byhand.lang.walk import children, postorder, substitute
from byhand.read.statements import declared_shape, parse_shapes
from byhand.rules import RULES
from byhand.run.algebra import Measure, Undefined, walk
from byhand.run.floats import Floats
from byhand.run.order import definition, in_order
from byhand.run.prove import is_proved

MOST_OPERANDS = 3
MOST_NODES = 60
"""A larger formula is looked at part by part only."""
MOST_PARTS = 12
POINTS = 4


@dataclass(frozen=True, slots=True)
class Disguised:
    """A part of a formula, and the rule applied that it is equal to."""

    part: Expr
    as_rule: Call


def disguised(step: Expr, within: bool = True) -> Iterator[Disguised]:
    """Every part of a formula that is some rule written out; with ``within=False`` the whole and the terms of a sum alone."""
    inner = [node for node in reversed(postorder(step)) if isinstance(node, (Add, Contract, Map))]
    parts = inner if within else [step, *(step.terms if isinstance(step, Add) else ())]
    inside: set[tuple[Rule, Expr]] = set()
    for part in parts[:MOST_PARTS]:
        found = None if isinstance(part, Call) else recognised(part)
        if found is not None and (found.rule, part) not in inside:
            inside |= {(found.rule, below) for below in postorder(part)}
            yield Disguised(part, found)


def recognised(part: Expr) -> Call | None:
    """The rule applied that a formula is; looked up under other names, so that the same formula is recognised once."""
    nodes = postorder(part)
    variables = [node for node in nodes if isinstance(node, Var)]
    if not 1 <= len(variables) <= MOST_OPERANDS or len(nodes) > MOST_NODES:
        return None
    plain: dict[Expr, Expr] = {node: intern(Var, f"operand {k}", node.shape, node.facts) for k, node in enumerate(variables)}
    found = _canonical(substitute(part, plain))
    if found is None:
        return None
    back = substitute(found, {fresh: node for node, fresh in plain.items()})
    return back if isinstance(back, Call) else None


@lru_cache(maxsize=2048)
def _canonical(part: Expr) -> Call | None:
    data = _points(part)
    right = _values([part], data)
    if right is None or not np.isfinite(right[0]).all() or isinstance(part, (Var, Num)):
        return None
    candidates = sorted(_candidates(part), key=_settings)
    values = _values(candidates, data) or [(_values([one], data) or [None])[0] for one in candidates]
    for one, value in zip(candidates, values):
        if value is not None and value.shape == right[0].shape and np.allclose(value, right[0], rtol=1e-9, atol=1e-12) and is_proved(part, one):
            return one
    return None


def _settings(node: Call) -> int:
    """How many options differ from what they are by default: the plainest way to write a rule comes first."""
    said = dict(node.options)
    return sum(said[option.name] != option.default for option in node.rule.options)


def _points(part: Expr) -> dict[Var, np.ndarray]:
    """Positive numbers below one, so that logarithms and roots of them, and of one minus them, are defined."""
    generator = np.random.default_rng(7)
    measure = _measure(part)
    return {node: generator.uniform(0.1, 0.9, (POINTS, *measure.dims(node.shape))) for node in postorder(part) if isinstance(node, Var)}


def _measure(part: Expr) -> Measure:
    letters = sorted({letter for node in postorder(part) for axis in node.shape if isinstance(axis, Poly) for letter in axis.letters})
    return Measure({letter: 3 + k for k, letter in enumerate(letters)})


def _values(formulas: Sequence[Expr], data: dict[Var, np.ndarray]) -> list[np.ndarray] | None:
    if not formulas:
        return []
    try:
        with np.errstate(all="ignore"):
            found = walk(in_order(formulas, definition), Floats(data, 1), _measure(formulas[0]), definition)
    except (Undefined, ByhandError):
        return None
    return [np.broadcast_to(found[one], (POINTS, *found[one].shape[1:])) for one in formulas]


# ------------------------------------------------------------------------------------------------- candidates


@dataclass(frozen=True, slots=True)
class _Form:
    """How a rule may be applied: which operands are given, with how many axes, and the options. ``args`` are stand-ins."""

    rule: Rule
    given: tuple[int, ...]
    ranks: tuple[int, ...]
    options: tuple[tuple[str, OptionValue], ...]
    args: tuple[Expr, ...]


@lru_cache(maxsize=1)
def _forms() -> tuple[_Form, ...]:
    """Read off the examples of every rule that has slips: each choice of operands with each choice of options."""
    found: dict[object, _Form] = {}
    for rule in RULES:
        for operands in dict.fromkeys(example.shapes for example in rule.examples) if rule.slips or rule.value_slips else ():
            for example in rule.examples:
                form = _form(rule, _declared(operands), tuple(example.options.items()))
                found.setdefault((rule, form.given, form.ranks, form.options), form)
    return tuple(found.values())


@lru_cache(maxsize=512)
def _declared(operands: str) -> Mapping[str, Expr]:
    return {one.name: var(one.name, declared_shape(one)) for one in parse_shapes(operands)}


def _form(rule: Rule, declared: Mapping[str, Expr], options: tuple[tuple[str, OptionValue], ...]) -> _Form:
    given = tuple(k for k, argument in enumerate(rule.arguments) if argument.name in declared)
    args = tuple(declared.get(argument.name) or _default(argument) for argument in rule.arguments)
    return _Form(rule, given, tuple(len(args[k].shape) for k in given), options, args)


@lru_cache(maxsize=1024)
def _value_of(form: _Form) -> tuple[int, frozenset[Leaf]] | None:
    """The number of axes of the value, and the functions inside; ``None`` where the operands do not go together."""
    node = _tried(form.rule, form.args, form.options)
    return None if node is None else (len(node.shape), _functions(node))


@lru_cache(maxsize=64)
def _default(argument: Argument) -> Expr:
    return num(Fraction(argument.default or "0"))


def _functions(part: Expr) -> frozenset[Leaf]:
    """The functions that a formula uses, rules opened; powers are not counted, since a product may stand for them."""
    nodes = postorder(part, below=lambda node: (node.body,) if isinstance(node, Call) else children(node))
    return frozenset(node.leaf for node in nodes if isinstance(node, Map) and node.leaf.exponent is None)


def _candidates(part: Expr) -> Iterator[Call]:
    """Every rule applied to the variables of a formula, and to numbers in it, that could be equal to it."""
    nodes = postorder(part)
    variables = [node for node in nodes if isinstance(node, Var)]
    functions, numbers = _functions(part), _numbers(nodes)
    for form in _forms():
        for operands in _assigned(form, variables, numbers):
            if _value_of(form) != (len(part.shape), functions):
                break
            args = [_default(argument) for argument in form.rule.arguments]
            for k, operand in zip(form.given, operands):
                args[k] = operand
            made = _tried(form.rule, args, form.options)
            if made is not None and made.shape == part.shape:
                yield made


def _assigned(form: _Form, variables: list[Var], numbers: list[Expr]) -> Iterator[tuple[Expr, ...]]:
    """Operands of the right ranks in which every variable stands once, and at most one number."""
    missing = len(form.ranks) - len(variables)
    pools: list[list[Expr]] = [[*variables]] if not missing else [[*variables, one] for one in numbers] if missing == 1 else []
    for pool in pools:
        for order in permutations(pool):
            if all(len(operand.shape) == rank for operand, rank in zip(order, form.ranks)):
                yield order


def _numbers(nodes: Sequence[Expr]) -> list[Expr]:
    """The numbers between 0 and 1 in a formula, and what they lack to 1."""
    found = [value.constant for node in nodes if isinstance(node, Num) and (value := node.value) and value.constant is not None]
    return [num(one) for one in dict.fromkeys(part for one in found for part in (one, 1 - one) if 0 < part < 1)]


def _tried(rule: Rule, args: Sequence[Expr], options: tuple[tuple[str, OptionValue], ...]) -> Call | None:
    try:
        return call(rule, *args, **dict(options))
    except ByhandError:
        return None
