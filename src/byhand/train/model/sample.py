"""The formulas of a batch told for one sample: the axis of samples is taken out wherever it stands.

A sum over the samples becomes the one term it has, the number of samples becomes 1. What is found is the same formula at a
batch of one sample, without the axis of length 1; whether the samples of a batch go their ways apart is then a claim
(the batch's loss is the mean of these), and proved as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import assert_never

from byhand.lang.build import index, inverse, pick
from byhand.lang.errors import ShapeError
from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var, add, apply, contract, intern, named, num, power_of
from byhand.lang.index import Affine, Gather, Reshape, Window
from byhand.lang.sizes import Poly, Shape, Size, size
from byhand.lang.spec import Spec
from byhand.lang.walk import children, postorder
from byhand.train.model.alike import alike
from byhand.train.model.equal import applied, at_any_size, is_large, same
from byhand.train.model.lift import Options

ROW_FACTS = frozenset(("one_hot", "sums_to_one"))
ALL_FACTS = frozenset(("positive", "nonnegative", "signs"))


def of_one_sample(roots: tuple[Expr, ...], letter: str) -> tuple[Expr, ...]:
    """The roots for one sample; ``letter`` is the size letter of the samples.

    Raises ``ShapeError`` where an axis mixes samples with something else, or has them twice.
    """
    single = _Single(letter)
    return tuple(single.of(root) for root in roots)


def places(shape: Shape, letter: str) -> tuple[int, ...]:
    """The axes along which the samples lie."""
    return tuple(k for k, axis in enumerate(shape) if axis == Poly.letter(letter))


def of_sample(variable: Var, letter: str) -> Var:
    """The variable for one sample, with those of its facts that speak of single entries or of rows."""
    gone = places(variable.shape, letter)
    last = len(variable.shape) - 1
    facts = {fact for fact in variable.facts if fact in ALL_FACTS or (fact in ROW_FACTS and last not in gone)}
    if "one_hot_columns" in variable.facts and len(variable.shape) == 2 and gone == (1,):
        facts.add("one_hot")
    return intern(Var, variable.name, _without(variable.shape, gone), frozenset(facts))


def _without(shape: Shape, gone: tuple[int, ...]) -> Shape:
    return tuple(axis for k, axis in enumerate(shape) if k not in gone)


@dataclass(slots=True)
class _Single:
    letter: str
    done: dict[Expr, Expr] = field(default_factory=dict[Expr, Expr])

    def of(self, root: Expr) -> Expr:
        for node in postorder(root, below=lambda node: (*node.args, node.body) if isinstance(node, Call) else children(node)):
            if node not in self.done:
                self.done[node] = self._single(node)
        return self.done[root]

    def _gone(self, node: Expr) -> tuple[int, ...]:
        return places(node.shape, self.letter)

    def _size(self, axis: Size) -> Size:
        """A size at one sample."""
        return size(self._poly(Poly.of(axis)))

    def _poly(self, value: Poly) -> Poly:
        total = Poly.of(0)
        for monomial, number in value.terms:
            total = total + Poly(((tuple((letter, power) for letter, power in monomial if letter != self.letter), number),))
        return total

    def _shape(self, node: Expr) -> Shape:
        return tuple(self._size(axis) for axis in _without(node.shape, self._gone(node)))

    def _single(self, node: Expr) -> Expr:
        match node:
            case Var():
                return of_sample(node, self.letter) if self._gone(node) else node
            case Num(value):
                return num(self._poly(value))
            case Named(name, body):
                return named(name, self.done[body])
            case Add(terms):
                return add([self.done[term] for term in terms])
            case Contract():
                return self._contraction(node)
            case Map(leaf, args):
                parts = [self.done[arg] for arg in args]
                return power_of(parts[0], leaf.exponent) if leaf.exponent is not None else apply(leaf, *parts)
            case Index():
                return self._index(node)
            case Call():
                return self._call(node)
            case Inverse(arg):
                return inverse(self.done[arg])
            case Pick(arg):
                if self._gone(arg) == (len(arg.shape) - 1,):
                    raise ShapeError("the largest entry is picked among the samples, so they cannot be told one by one.")
                return pick(self.done[arg])
            case _:
                assert_never(node)

    def _contraction(self, node: Contract) -> Expr:
        how = node.spec
        lost = {c for word, arg in zip(how.inputs, node.args) for k, c in enumerate(word) if k in self._gone(arg)}
        lost |= {c for k, c in enumerate(how.output) if k in self._gone(node)}
        words = tuple("".join(c for c in word if c not in lost) for word in how.inputs)
        output = "".join(c for c in how.output if c not in lost)
        return contract(Spec(words, output), *(self.done[arg] for arg in node.args), sizes=dict(zip(output, self._shape(node))))

    def _index(self, node: Index) -> Expr:
        arg, shape = self.done[node.arg], self._shape(node)
        match node.by:
            case Reshape():
                return index(node.by, arg, shape)
            case Window(axes):
                return self._window(node, axes, arg, shape)
            case Gather():
                if 0 in self._gone(node.arg) or 0 in self._gone(node):
                    raise ShapeError("rows of the batch are picked by their numbers, so the samples cannot be told one by one.")
                return index(node.by, arg, shape, node.scatter)
            case _:
                assert_never(node.by)

    def _window(self, node: Index, axes: tuple[Affine, ...], arg: Expr, shape: Shape) -> Expr:
        """``axes`` say where each entry of ``read`` lies by the places in ``laid``; the samples are read in order."""
        read, laid = (node, node.arg) if node.scatter else (node.arg, node)
        lost, from_ = self._gone(laid), self._gone(read)
        plain = all(axes[k].offset == 0 and len(axes[k].strides) == 1 and axes[k].strides[0][1] == 1 and axes[k].strides[0][0] in lost for k in from_)
        others = [axis for k, axis in enumerate(axes) if k not in from_]
        if not plain or len(lost) != len(from_) or any(k in lost for axis in others for k, _ in axis.strides):
            raise ShapeError("samples are picked out of the batch by their places, so they cannot be told one by one.")
        kept = [k for k in range(len(laid.shape)) if k not in lost]
        moved = [Affine(self._size(axis.offset), tuple((kept.index(k), stride) for k, stride in axis.strides)) for axis in others]
        return index(Window(tuple(moved)), arg, shape, node.scatter)

    def _call(self, node: Call) -> Expr:
        """The rule for one sample, or what its definition says."""
        plain = self.done[node.body]
        parts = [self.done[arg] for arg in node.args]
        gone = self._gone(node.args[0]) if node.args else ()
        for options in _options(node, gone):
            found = applied(node, parts, options)
            if found is not None and found.shape == plain.shape and self._is(node, options, found, plain, parts):
                return found
        return plain if node.rule.stable is None else self.of(node.rule.stable(*node.args, **dict(node.options)))

    def _is(self, node: Call, options: Options, found: Call, plain: Expr, parts: list[Expr]) -> bool:
        return alike(found.body, plain) or (self._means(node, options) if is_large(node) else same(found.body, plain, parts))

    def _means(self, node: Call, options: Options) -> bool:
        """Whether the rule with these settings says of one sample what it said of each, whatever its operands and its large sizes are."""
        batch = at_any_size(node)
        if batch is None:
            return False
        *parts, plain = of_one_sample((*batch.args, batch.body), self.letter)
        found = applied(batch, parts, options)
        return found is not None and found.shape == plain.shape and same(found.body, plain)


def _options(node: Call, gone: tuple[int, ...]) -> Iterator[Options]:
    """Settings that may mean the same with the axis of samples taken out of the first operand."""
    given: Options = dict(node.options)
    yield given
    axis = given.get("axis")
    if isinstance(axis, int):
        place = axis % max(len(node.args[0].shape), 1)
        yield given | {"axis": place - sum(k < place for k in gone)}
    if isinstance(axis, tuple):
        rank = len(node.args[0].shape)
        yield given | {"axis": tuple(one % rank - sum(k < one % rank for k in gone) for one in axis if one % rank not in gone)}
