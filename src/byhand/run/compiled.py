"""Formulas as a flat list of NumPy calls, planned once and run often, many cases at a time.

What ``run.floats`` decides at every node of every run (which axes meet, how a sum is asked for, what is constant) is decided here
when the list is made. The numbers are those of ``run.floats`` but for the order in which a sum is added up.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TypeAlias, assert_never

import numpy as np

from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var
from byhand.lang.index import Reindexing, Window
from byhand.lang.leaf import Leaf
from byhand.lang.walk import postorder
from byhand.run.algebra import Measure
from byhand.run.arrays import Array, Dims, reindex, window_table
from byhand.run.contractions import Axes, Planner, contraction
from byhand.run.floats import FUNCTIONS, Floats, invert, pick
from byhand.run.order import Form, operands, stable, system_of

Operation: TypeAlias = Callable[[list[Array]], Array]
"""One NumPy call: it reads places of a list of arrays."""
Slot: TypeAlias = int
"""A place in that list."""


@dataclass(frozen=True, slots=True)
class Program:
    """Formulas made ready to be run: ``start`` has the constants in their places, ``operations`` say what comes into the others."""

    start: tuple[Array, ...]
    variables: tuple[tuple[Slot, str], ...]
    operations: tuple[tuple[Slot, Operation], ...]
    results: tuple[Slot, ...]

    def __call__(self, data: Mapping[str, Array]) -> list[Array]:
        """The value of each formula, with the axis of cases in front; of length 1 where nothing in it differs between them.

        ``Undefined`` where a matrix has no inverse. What is not defined at an entry comes out as NaN or inf, and NumPy may warn of it.
        """
        slots = list(self.start)
        for slot, name in self.variables:
            slots[slot] = data[name]
        for slot, operation in self.operations:
            slots[slot] = operation(slots)
        return [slots[slot] for slot in self.results]


def compiled(roots: Iterable[Expr], measure: Measure, form: Form = stable) -> Program:
    """All formulas as one program in which what they share is worked out once.

    Raises ``ByhandError`` for a size that is not known, ``Undefined`` where a constant part has no value, ``OverflowError`` for a
    number that no float comes near.
    """
    wanted = tuple(roots)
    compiler = _Compiler(measure, form)
    with np.errstate(all="ignore"):
        for node in _needed(wanted, form):
            compiler.known[node] = compiler.add_node(node)
    results = tuple(compiler.known[root] for root in wanted)
    return compiler.program(results)


def _needed(roots: Sequence[Expr], form: Form) -> list[Expr]:
    """What must be worked out, operands first: of a rule applied the form that runs, without the arguments that this does not use."""
    return postorder(*roots, below=lambda node: (form(node),) if isinstance(node, Call) else operands(node, form))


_EMPTY = np.zeros(0)
"""Stands where an operation will put its result."""


@dataclass(slots=True)
class _Compiler(Planner):
    """A program under construction. ``constant``: the places whose numbers are known already; ``made``: calls that are there, so as not to repeat them."""

    measure: Measure
    form: Form
    start: list[Array] = field(default_factory=list[Array])
    variables: list[tuple[Slot, str]] = field(default_factory=list[tuple[Slot, str]])
    calls: dict[Slot, tuple[Callable[..., Array], tuple[Slot, ...]]] = field(default_factory=dict[Slot, tuple[Callable[..., Array], tuple[Slot, ...]]])
    constant: set[Slot] = field(default_factory=set[Slot])
    known: dict[Expr, Slot] = field(default_factory=dict[Expr, Slot])
    made: dict[Hashable, Slot] = field(default_factory=dict[Hashable, Slot])

    # ------------------------------------------------------------------------------------------ places

    def _place(self, array: Array = _EMPTY) -> Slot:
        self.start.append(array)
        return len(self.start) - 1

    def number(self, array: Array) -> Slot:
        slot = self._place(array)
        self.constant.add(slot)
        return slot

    def call(self, key: Hashable, function: Callable[..., Array], *args: Slot) -> Slot:
        """``function`` of what stands at these places; ``key`` says what it does, so that no call is made twice."""
        full = (key, *args)
        if full not in self.made:
            self.made[full] = self._fresh(function, args)
        return self.made[full]

    def _fresh(self, function: Callable[..., Array], args: tuple[Slot, ...]) -> Slot:
        if all(arg in self.constant for arg in args):
            return self.number(function(*(self.start[arg] for arg in args)))
        slot = self._place()
        self.calls[slot] = function, args
        return slot

    def program(self, results: tuple[Slot, ...]) -> Program:
        """What leads to these places, and nothing else."""
        needed = set(results)
        for slot in reversed(self.calls):
            if slot in needed:
                needed.update(self.calls[slot][1])
        operations = tuple((slot, _operation(*call)) for slot, call in self.calls.items() if slot in needed)
        return Program(tuple(self.start), tuple(variable for variable in self.variables if variable[0] in needed), operations, results)

    # ------------------------------------------------------------------------------------------ nodes

    def dims(self, node: Expr) -> Dims:
        return self.measure.dims(node.shape)

    def add_node(self, node: Expr) -> Slot:
        match node:
            case Var(name):
                slot = self._place()
                self.variables.append((slot, name))
                return slot
            case Num(value):
                return self.number(np.full((1, *self.dims(node)), float(self.measure.value(value))))
            case Named(_, body):
                return self.known[body]
            case Call():
                return self.known[self.form(node)]
            case Add(terms):
                return self._sum(terms)
            case Contract():
                return self._contract(node) if system_of(node) is None else self._solve(node)
            case Map(leaf, args):
                return self._map(leaf, [self.known[arg] for arg in args])
            case Index(by, scatter, arg):
                table = _reindexed(self.measure.reindexing(by), scatter, self.dims(arg), self.dims(node))
                return self.call(node, table, self.known[arg])
            case Inverse(arg):
                return self.call("invert", invert, self.known[arg])
            case Pick(arg):
                return self.call("pick", pick if arg.shape else np.ones_like, self.known[arg])
            case _:
                assert_never(node)

    def _sum(self, terms: Sequence[Expr]) -> Slot:
        """From left to right; a term −x is subtracted."""
        first, *rest = terms
        if (minus := _negated(first)) is not None and _negated(rest[0]) is None:
            total, rest = self.call(np.subtract, np.subtract, self.known[rest[0]], self.known[minus]), rest[1:]
        else:
            total = self.known[first]
        for term in rest:
            minus = _negated(term)
            total = self.call(np.add, np.add, total, self.known[term]) if minus is None else self.call(np.subtract, np.subtract, total, self.known[minus])
        return total

    def _contract(self, node: Contract) -> Slot:
        args = [Axes(word, self.dims(arg), self.known[arg]) for word, arg in zip(node.spec.inputs, node.args)]
        return contraction(self, node.spec, args, self.dims(node))

    def _solve(self, node: Contract) -> Slot:
        system = system_of(node)
        assert system is not None
        floats = Floats({}, 1)
        right = node.args[1 - system.position]
        return self.call((system, "solve"), lambda matrix, columns: floats.solve(system, matrix, columns), self.known[system.matrix], self.known[right])

    def _map(self, leaf: Leaf, args: list[Slot]) -> Slot:
        if not args:
            return self.number(np.reshape(FUNCTIONS[leaf](), (1,)))
        return self.call(leaf, _function(leaf), *args)


def _negated(node: Expr) -> Expr | None:
    """x for −x."""
    match node:
        case Contract(how, (Num(value), rest)) if value.constant == -1 and how.inputs == ("", how.output) and len(set(how.output)) == len(how.output):
            return rest
        case _:
            return None


def _operation(function: Callable[..., Array], args: tuple[Slot, ...]) -> Operation:
    match args:
        case (first,):
            return lambda slots: function(slots[first])
        case (first, second):
            return lambda slots: function(slots[first], slots[second])
        case _:
            return lambda slots: function(*[slots[arg] for arg in args])


def _function(leaf: Leaf) -> Callable[..., Array]:
    """How floats run a leaf; a power with its exponent put in."""
    exponent = leaf.exponent
    if exponent is None:
        return FUNCTIONS[leaf]
    if exponent == 2:
        return np.square
    if exponent.denominator == 2:
        power = exponent.numerator
        return np.sqrt if power == 1 else lambda x: np.sqrt(x) ** power
    if exponent == -1:
        return np.reciprocal
    plain = int(exponent) if exponent.denominator == 1 else float(exponent)
    return lambda x: x**plain


def _reindexed(by: Reindexing, scatter: bool, source: Dims, target: Dims) -> Callable[[Array], Array]:
    """A re-indexing with its table of places made ready, where every entry is one of the argument's or the other way round."""
    if isinstance(by, Window):
        table = window_table(by, target, source) if scatter else window_table(by, source, target)
        count = prod(target if scatter else source)
        if not scatter and (table < count).all():
            return lambda x: x.reshape((len(x), -1)).take(table, axis=1)
    return lambda x: reindex(by, scatter, x, target, 1, 0.0)
