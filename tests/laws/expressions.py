"""Random well-typed expressions: the one strategy that every node kind, leaf, array function and rule joins.

A drawn network is a scalar loss over a few variables, built bottom-up from operations that are defined everywhere
(divisors and arguments of logarithms are kept positive), with some intermediates named. Sizes are small numbers,
mostly different and sometimes equal, or letters. New leaves and rules join by being in ``LEAVES`` and ``RULES``; a new
array function by a line in ``FUNCTIONS``, which a test demands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from math import prod
from typing import Any, TypeVar

from hypothesis import strategies as st

from byhand.lang import functions as f
from byhand.lang import leaves
from byhand.lang.build import call, index, inverse
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Call, Expr, Named, Var, contract, eye, named, num, var
from byhand.lang.index import Affine, Gather, Window
from byhand.lang.leaf import LOG, POW, Leaf
from byhand.lang.rule import Example, Rule
from byhand.lang.sizes import Poly, Shape, Size, shape_text, size, volume
from byhand.lang.spec import LETTERS, Spec
from byhand.lang.walk import children, postorder
from byhand.rules import RULES
from byhand.show.conventions import Conventions
from byhand.show.notation import notation
from byhand.show.plain import plain
from support.rule_cases import declared

T = TypeVar("T")
NUMBERS: tuple[Size, ...] = (2, 3, 4)
SYMBOLS: tuple[Size, ...] = tuple(Poly.letter(letter) for letter in "mnqr")
VALUES = {"m": 4, "n": 3, "q": 2, "r": 5}
"""What the letters stand for where numbers are needed: all different."""
MOST_ENTRIES = 40
SPECIAL = ("positive", "signs", "one_hot", "sums_to_one", "symmetric")


@dataclass(frozen=True)
class Network:
    """A scalar loss, the array it sums up, the variables it is built from, and what its size letters stand for."""

    loss: Named
    output: Named
    variables: tuple[Var, ...]
    sizes: Mapping[str, int]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """How hypothesis prints a network at which a law fails."""
        given = ", ".join(" ".join((f"{node.name}: {shape_text(node.shape)}", *sorted(node.facts))) for node in self.variables)
        defined = [f"{node.name} = {plain(notation(node.body, Conventions()))}" for node in postorder(self.loss) if isinstance(node, Named)]
        printer.text("; ".join((given, *defined)))


@dataclass
class Builder:
    """An expression under construction: ``pool`` has everything made so far."""

    draw: st.DrawFn
    sizes: Sequence[Size]
    variables: list[Var] = field(default_factory=list)
    pool: list[Expr] = field(default_factory=list)
    names: Iterator[str] = field(default_factory=lambda: (name for names in (("x", "W", "v", "c"), (f"t{k}" for k in count(1))) for name in names))

    def one_of(self, options: Sequence[T]) -> T:
        return self.draw(st.sampled_from(options))

    def maybe(self) -> bool:
        return self.draw(st.booleans())

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def shape(self, rank: int) -> Shape:
        return tuple(self.one_of(self.sizes) for _ in range(rank))

    def variable(self, shape: Shape, facts: frozenset[str] = frozenset()) -> Var:
        fresh = var(next(self.names), shape, facts)
        self.variables.append(fresh)
        return fresh

    def given(self) -> Var:
        """A variable to start with, now and then with a fact."""
        shape = self.shape(self.one_of((0, 1, 1, 2, 2, 2, 3)))
        fact = self.one_of((None, None, None, *SPECIAL))
        fits = (
            fact == "positive" or (fact in ("signs", "one_hot", "sums_to_one") and shape) or (fact == "symmetric" and len(shape) == 2 and shape[0] == shape[1])
        )
        return self.variable(shape, frozenset([fact]) if fact and fits else frozenset())

    def any(self) -> Expr:
        """Something made before, most often the latest."""
        return self.pool[-1] if self.maybe() else self.one_of(self.pool)

    def of_rank(self, *ranks: int) -> Expr:
        """Something of one of these ranks, made from what there is if need be."""
        node = self.any()
        found = next((one for one in (node, *reversed(self.pool)) if len(one.shape) in ranks), None)
        return found if found is not None else self.fitted(node, self.shape(ranks[0]))

    def fitted(self, node: Expr, shape: Shape) -> Expr:
        """Something of this shape that depends on ``node``."""
        if node.shape == shape:
            return node
        if shape and volume(node.shape) == volume(shape):
            return f.reshape(node, shape)
        return self.variable(shape) + f.mean(node)

    def known(self, shape: Shape, facts: frozenset[str]) -> Expr:
        """Something of this shape with these facts, made from the pool where a formula can have them."""
        if facts - {"positive", "nonnegative"}:
            return self.variable(shape, facts)
        node = self.fitted(self.any(), shape)
        return (node**2 + 1) / 3 if facts else node


# ------------------------------------------------------------------------------------------- elementwise

SAFE: Mapping[Leaf, Callable[[Expr], Expr]] = {
    LOG: lambda x: leaves.log(1 + x**2),
    leaves.STEP: lambda x: leaves.step(x) * x,
    leaves.SIGN: lambda x: leaves.sign(x) * x,
    leaves.EXP: lambda x: leaves.exp(x / 2),
    leaves.PI: lambda x: leaves.pi() * x,
    POW: lambda x: (2 + x**2) ** (x / 3),
}
"""How leaves join that are not defined everywhere, would send no gradient, grow fast, or do not have one argument."""

POWERS: tuple[Callable[[Expr], Expr], ...] = (
    lambda x: x**2,
    lambda x: x**3,
    lambda x: leaves.sqrt(2 + x**2),
    lambda x: (2 + x**2) ** Fraction(1, 3),
    lambda x: 1 / (1 + x**2),
    lambda x: (3 + x**2) ** -2,
    lambda x: 2 ** (x / 4),
)


def _elementwise(b: Builder) -> Expr:
    leaf, x = b.one_of(leaves.LEAVES), b.any()
    return SAFE[leaf](x) if leaf in SAFE else x.through(leaf)


def _power(b: Builder) -> Expr:
    return b.one_of(POWERS)(b.any())


ARITHMETIC: tuple[Callable[[Expr, Expr], Expr], ...] = (
    lambda x, y: x + y,
    lambda x, y: x - y,
    lambda x, y: x * y,
    lambda x, y: x * (1 - y),
    lambda x, y: x / (1 + y**2),
    lambda x, y: 3 - x / 2,
    lambda x, y: -x * y,
)


def _broadcast_pair(b: Builder) -> tuple[Expr, Expr]:
    """Two operands that NumPy broadcasts together; the second is averaged where it does not fit."""
    left, right = b.any(), b.any()
    fits = all(x == y or 1 in (x, y) for x, y in zip(reversed(left.shape), reversed(right.shape)))
    right = right if fits else f.mean(right)
    return (left, right) if b.maybe() else (right, left)


def _arithmetic(b: Builder) -> Expr:
    return b.one_of(ARITHMETIC)(*_broadcast_pair(b))


# ---------------------------------------------------------------------------------------------- products


def _matmul(b: Builder) -> Expr:
    """A product of matrices and vectors, or of stacks of them, transposed where that makes them fit."""
    left = b.of_rank(2, 1, 3)
    options = [one for node in b.pool for one in ((node, node.T) if len(node.shape) == 2 else (node,)) if one.shape]
    fitting = [one for one in options if one.shape[max(0, len(one.shape) - 2)] == left.shape[-1] and _stacks(left, one)]
    return left @ b.one_of(fitting) if fitting else left @ b.variable((left.shape[-1], *b.shape(b.number(0, 1))))


def _stacks(left: Expr, right: Expr) -> bool:
    return all(x == y or 1 in (x, y) for x, y in zip(reversed(left.shape[:-2]), reversed(right.shape[:-2])))


def _einsum(b: Builder) -> Expr:
    """Any contraction of one or two operands: axes of one size share a letter or not, any of them in the output, in any order."""
    args = [b.any() for _ in range(b.number(1, 2))]
    letters: dict[str, Size] = {}
    words = ["".join(_letter(b, letters, axis) for axis in arg.shape) for arg in args]
    kept = b.draw(st.permutations(sorted(letters)))[: b.number(0, 3)]
    if kept and b.number(0, 5) == 0:
        kept = [*kept, kept[0]]
    if b.number(0, 5) == 0:
        kept, letters["z"] = [*kept, "z"], b.one_of(b.sizes)
    return contract(Spec(tuple(words), "".join(kept)), *args, sizes={letter: letters[letter] for letter in kept})


def _letter(b: Builder, letters: dict[str, Size], axis: Size) -> str:
    same = [letter for letter, known in letters.items() if known == axis]
    if same and b.maybe():
        return b.one_of(same)
    letters[fresh := LETTERS[len(letters)]] = axis
    return fresh


def _diag(b: Builder) -> Expr:
    node = b.of_rank(1, 2)
    return f.diag(node if len(node.shape) == 1 else node.T @ node)


def _trace(b: Builder) -> Expr:
    node = b.of_rank(2)
    return f.trace(node @ (node.T if b.maybe() else f.reshape(node, node.shape[::-1])))


def _inverse(b: Builder) -> Expr:
    """Of a matrix, or of each matrix of a stack, that has one."""
    node = b.of_rank(2, 3)
    gram = contract("aij,akj->aik", node, node) if len(node.shape) == 3 else node @ node.T
    return inverse(gram + eye(gram.shape[-1]))


# -------------------------------------------------------------------------------------------- reductions


def _reduced(reduce: Callable[..., Expr]) -> Callable[[Builder], Expr]:
    """Over all axes, one, or two, kept with size 1 or not."""

    def reduced(b: Builder) -> Expr:
        node = b.any()
        rank = len(node.shape)
        axis = b.one_of([None, *range(-rank, rank), *([(0, rank - 1)] if rank > 1 else [])])
        return reduce(node, axis, b.maybe())

    return reduced


# ------------------------------------------------------------------------------------------ re-indexing


def _slices(b: Builder) -> Expr:
    node = b.of_rank(1, 2, 3)
    return f.take(node, [_slice(b, axis) for axis in node.shape[: b.number(1, len(node.shape))]] + ([None] if b.maybe() else []))


def _slice(b: Builder, axis: Size) -> int | slice:
    if isinstance(axis, int) and axis > 1:
        return b.one_of([0, -1, slice(None), slice(1, None), slice(None, -1), slice(None, None, 2), slice(None, None, -1)])
    return b.one_of([0, slice(None), slice(None, None, -1), slice(-1, None)])


def _rows(b: Builder, node: Expr) -> list[int]:
    """Numbers of rows, some of them perhaps twice; an axis of symbolic size has at least two entries."""
    first = node.shape[0]
    return b.draw(st.lists(st.integers(0, first - 1 if isinstance(first, int) else 1), min_size=1, max_size=4))


def _gather(b: Builder) -> Expr:
    node = b.of_rank(1, 2)
    return f.gather(node, _rows(b, node))


def _scatter(b: Builder) -> Expr:
    """Rows added up where a look-up would have found them; windows added back to where they came from."""
    if b.maybe():
        node, rows = b.of_rank(1, 2), [1, 0, 1]
        return index(Gather(tuple(rows)), b.fitted(node, (3, *node.shape[1:])), (b.one_of(b.sizes), *node.shape[1:]), scatter=True)
    node = b.of_rank(2)
    return index(Window((Affine(-1, ((0, 1), (1, 1))),)), node, (4,), scatter=True)


def _window(b: Builder) -> Expr:
    """Any affine re-indexing of a vector: out[i, j] = x[a + r i + s j]."""
    node = b.of_rank(1)
    return f.window(node, [Affine(b.number(-1, 1), ((0, b.one_of((1, 2, -1))), (1, b.number(0, 1))))], (3, b.one_of(b.sizes)))


def _windows(b: Builder) -> Expr:
    node = b.of_rank(1, 2)
    rank = len(node.shape)
    return f.windows(
        node,
        [2] * rank,
        [b.number(1, 2) if isinstance(n, int) else 1 for n in node.shape],
        [1 if isinstance(n, int) and n < 2 else b.number(0, 1) for n in node.shape],
    )


def _pad(b: Builder) -> Expr:
    node = b.of_rank(1, 2)
    return f.pad(node, [b.number(0, 1) for _ in node.shape], [b.number(0, 2) for _ in node.shape])


def _reshape(b: Builder) -> Expr:
    node = b.any()
    split = [(*node.shape[:k], -1, *node.shape[k + 2 :]) for k in range(len(node.shape) - 1)]
    return f.reshape(node, b.one_of([(-1,), (1, -1), node.shape[::-1], *split]))


def _concat(b: Builder) -> Expr:
    left, right = b.of_rank(1, 2, 3), b.any()
    return f.concat([left, b.fitted(right, left.shape)], b.number(-len(left.shape), len(left.shape) - 1))


def _stack(b: Builder) -> Expr:
    node = b.any()
    return f.stack([node, b.fitted(b.any(), node.shape), node / 2])


def _one_hot(b: Builder) -> Expr:
    node = b.of_rank(1, 2)
    classes = _rows(b, node)
    return f.one_hot(classes, node.shape[0]) @ node


FUNCTIONS: Mapping[str, Callable[[Builder], Expr]] = {
    "total": _reduced(f.total),
    "mean": _reduced(f.mean),
    "variance": _reduced(f.variance),
    "largest": _reduced(f.largest),
    "norm": lambda b: f.norm(f.stack([num(1) + 0 * (x := b.any()), x])),
    "outer": lambda b: f.outer(b.of_rank(1), f.flatten(b.any())),
    "diag": _diag,
    "trace": _trace,
    "move_axis": lambda b: f.move_axis(x := b.of_rank(2, 3), b.number(0, len(x.shape) - 1), b.number(-1, len(x.shape) - 1)),
    "permute": lambda b: f.permute(x := b.any(), b.draw(st.permutations(range(len(x.shape))))),
    "maximum": lambda b: f.maximum(*_broadcast_pair(b)) if b.maybe() else f.maximum(b.any(), num(0)),
    "reshape": _reshape,
    "flatten": lambda b: f.flatten(b.any()),
    "take": _slices,
    "window": _window,
    "windows": _windows,
    "pad": _pad,
    "gather": _gather,
    "one_hot": _one_hot,
    "concat": _concat,
    "stack": _stack,
}
"""How each array function of the language joins."""

# ------------------------------------------------------------------------------------------------- rules


def _rule(b: Builder) -> Expr:
    rule = b.one_of(RULES)
    return applied(b, rule, b.one_of(rule.examples))


def applied(b: Builder, rule: Rule, example: Example) -> Expr:
    """A rule on operands of the shapes and with the facts of one of its examples, whatever their formulas."""
    own: dict[str, Size] = {}
    shapes = declared(example.shapes)
    for letter in sorted({letter for node in shapes.values() for axis in node.shape if isinstance(axis, Poly) for letter in axis.letters}):
        own[letter] = b.one_of(b.sizes)
    made = {name: b.known(tuple(_with_letters(axis, own) for axis in node.shape), node.facts) for name, node in shapes.items()}
    args = [made[argument.name] if argument.name in made else num(Fraction(argument.default or "nan")) for argument in rule.arguments]
    return call(rule, *args, **example.options)


def _with_letters(axis: Size, own: Mapping[str, Size]) -> Size:
    """A size with other sizes put in for its letters."""
    terms = [
        Poly.of(value) * prod((Poly.of(own[letter]) for letter, power in powers for _ in range(power)), start=Poly.of(1))
        for powers, value in Poly.of(axis).terms
    ]
    return size(sum(terms, start=Poly.of(0)))


# ----------------------------------------------------------------------------------------------- networks

OPERATIONS: tuple[Callable[[Builder], Expr], ...] = (
    *([_elementwise] * 6),
    *([_power] * 2),
    *([_arithmetic] * 6),
    *([_matmul] * 5),
    *([_einsum] * 2),
    _inverse,
    _scatter,
    *FUNCTIONS.values(),
    *([_rule] * 6),
)


def _built(draw: st.DrawFn, sizes: Sequence[Size], steps: int) -> Network:
    b = Builder(draw, sizes)
    b.pool += [b.given() for _ in range(b.number(1, 3))]
    for k in range(b.number(2, steps)):
        made = _tried(b, b.one_of(OPERATIONS))
        b.pool.append(named(f"q{k}", made) if b.maybe() else made)
    last = b.pool[-1]
    output = last if isinstance(last, Named) else named("out", last)
    loss = f.total(output)
    for _ in range(b.number(0, 2)):
        loss = loss + f.mean(b.one_of(b.pool) ** 2) / 2
    return Network(named("L", loss), output, tuple(b.variables), {} if isinstance(sizes[0], int) else VALUES)


def _tried(b: Builder, operation: Callable[[Builder], Expr]) -> Expr:
    """What an operation makes, summed up where it is large; something simple where sizes do not fit it."""
    try:
        made = operation(b)
    except ByhandError:
        return _arithmetic(b)
    if not all(Poly.of(axis).at(VALUES) > 0 for node in postorder(made, below=_with_definitions) for axis in node.shape):
        return _arithmetic(b)
    few = Poly.of(volume(made.shape)).at(VALUES) <= MOST_ENTRIES and len(made.shape) <= 4
    return made if few else f.total(made)


def _with_definitions(node: Expr) -> tuple[Expr, ...]:
    return (*node.args, node.body) if isinstance(node, Call) else children(node)


@st.composite
def networks(draw: st.DrawFn, steps: int = 6) -> Network:
    """A loss of two to ``steps`` operations over a few variables whose sizes are numbers."""
    return _built(draw, NUMBERS, steps)


@st.composite
def symbolic_networks(draw: st.DrawFn, steps: int = 6) -> Network:
    """The same with letters for sizes; at the sizes of the network every shape has entries."""
    return _built(draw, SYMBOLS, steps)
