"""The formulas of one sample told for a batch: everything that depends on the data gets a letter of samples in front.

A contraction gets the letter in the words of what depends on the data and in its output, an elementwise function has its
arguments stretched, a window is laid over one axis more. A rule is applied to the batch where its definition then says the
same of every sample, and entered through its definition where it does not. The meaning is that of ``vmap``: entry i of the
result is the formula at sample i (Bradbury et al. 2018, JAX; here by rewriting the formulas, not the run).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from byhand.lang.build import index, inverse, pick
from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var, add, apply, contract, named, num, power_of, var
from byhand.lang.functions import count, total
from byhand.lang.index import Affine, Gather, Reshape, Window
from byhand.lang.rule import OptionValue
from byhand.lang.sizes import Poly, Size
from byhand.lang.spec import LETTERS, Spec, letters
from byhand.lang.walk import children, postorder
from byhand.train.model.alike import alike
from byhand.train.model.equal import applied, at_any_size, is_large, same

Options: TypeAlias = dict[str, OptionValue]
REDUCTION, NONE = "reduction", "none"
"""The option by which rules say what becomes of the losses of all samples, and its value where each keeps its own."""


def lifted(roots: tuple[Expr, ...], data: Mapping[Var, Expr], samples: Size) -> tuple[Expr, ...]:
    """The roots for a batch: ``data`` says what stands for each variable of a sample, the axis of samples first.

    What does not depend on the data gets the axis too (the same for every sample), so that every root has it.
    """
    lift = _Lift(data, samples)
    return tuple(lift.stretched(root) for root in roots)


@dataclass(slots=True)
class _Lift:
    """``moving``: what depends on the data, and so has the axis of samples in ``done``."""

    data: Mapping[Var, Expr]
    samples: Size
    done: dict[Expr, Expr] = field(default_factory=dict[Expr, Expr])
    moving: set[Expr] = field(default_factory=set[Expr])

    def of(self, root: Expr) -> Expr:
        for node in postorder(root, below=lambda node: () if node in self.done else self._below(node)):
            if node not in self.done:
                moves = node in self.data or any(part in self.moving for part in self._below(node))
                if moves:
                    self.moving.add(node)
                self.done[node] = self._lifted(node) if moves else node
        return self.done[root]

    @staticmethod
    def _below(node: Expr) -> tuple[Expr, ...]:
        return (*node.args, node.body) if isinstance(node, Call) else children(node)

    def stretched(self, node: Expr) -> Expr:
        """What stands for a node, with the axis of samples in any case."""
        found = self.of(node)
        if node in self.moving:
            return found
        word = LETTERS[: len(node.shape)]
        front = LETTERS[len(node.shape)]
        return contract(Spec((word,), front + word), found, sizes={front: self.samples} | dict(zip(word, node.shape)))

    def _lifted(self, node: Expr) -> Expr:
        match node:
            case Var():
                return self.data[node]
            case Num():
                return node
            case Named(name, body):
                return named(name, self.done[body])
            case Add(terms):
                return add([self.stretched(term) for term in terms])
            case Contract():
                return self._contraction(node)
            case Map(leaf, args):
                parts = [self.stretched(arg) for arg in args]
                return power_of(parts[0], leaf.exponent) if leaf.exponent is not None else apply(leaf, *parts)
            case Index():
                return self._index(node)
            case Call():
                return self._call(node)
            case Inverse(arg):
                return inverse(self.done[arg])
            case Pick(arg):
                return pick(self.done[arg])
            case _:
                assert_never(node)

    def _contraction(self, node: Contract) -> Expr:
        how = node.spec
        front = letters(1, "".join(how.inputs) + how.output)
        words = tuple(front + word if arg in self.moving else word for word, arg in zip(how.inputs, node.args))
        sizes = dict(zip(how.output, node.shape)) | {front: self.samples}
        return contract(Spec(words, front + how.output), *(self.done[arg] for arg in node.args), sizes=sizes)

    def _index(self, node: Index) -> Expr:
        arg, shape = self.done[node.arg], (self.samples, *node.shape)
        match node.by:
            case Reshape():
                return index(node.by, arg, shape)
            case Window(axes):
                moved = tuple(Affine(axis.offset, tuple((k + 1, stride) for k, stride in axis.strides)) for axis in axes)
                return index(Window((Affine(0, ((0, 1),)), *moved)), arg, shape, node.scatter)
            case Gather():
                exchanged = (shape[1], shape[0], *shape[2:])
                return _first_two_exchanged(index(node.by, _first_two_exchanged(arg), exchanged, node.scatter))
            case _:
                assert_never(node.by)

    # ---------------------------------------------------------------------------------------------- rules

    def _is(self, node: Call, options: Options, found: Call, plain: Expr, parts: list[Expr]) -> bool:
        return alike(found.body, plain) or (self._means(node, options) if is_large(node) else same(found.body, plain, parts))

    def _means(self, node: Call, options: Options) -> bool:
        """Whether the rule with these settings says the same of every sample, whatever its operands and its large sizes are."""
        one = at_any_size(node)
        if one is None:
            return False
        moving = {part: var(part.name, (self.samples, *part.shape)) for part, arg in zip(one.args, node.args) if arg in self.moving and isinstance(part, Var)}
        found = applied(one, [moving.get(part, part) if isinstance(part, Var) else part for part in one.args], options)
        (plain,) = lifted((one.body,), {**moving}, self.samples)
        return found is not None and found.shape == plain.shape and same(found.body, plain)

    def _call(self, node: Call) -> Expr:
        """The rule for the whole batch, or what its definition says."""
        plain = self.done[node.body]
        parts = [self.stretched(arg) if arg in self.moving else self.done[arg] for arg in node.args]
        for options in _options(node):
            found = applied(node, parts, options)
            if found is not None and found.shape == plain.shape and self._is(node, options, found, plain, parts):
                return found
        parted = parted_loss(node)
        if parted is not None and parted is not node.body:
            return self.of(parted)
        if node.rule.stable is None:
            return plain
        return self.of(node.rule.stable(*node.args, **dict(node.options)))


def _first_two_exchanged(node: Expr) -> Expr:
    word = LETTERS[: len(node.shape)]
    return contract(Spec((word,), word[1] + word[0] + word[2:]), node)


def _options(node: Call) -> Iterator[Options]:
    """Settings that may mean the same with one axis more in front: as they are, axes counted on by one, losses kept apart."""
    given = dict(node.options)
    yield given
    axis = given.get("axis")
    if isinstance(axis, int) and axis >= 0:
        yield given | {"axis": axis + 1}
        yield given | {"axis": axis - len(node.args[0].shape)}
    if isinstance(axis, tuple):
        yield given | {"axis": tuple(one + 1 if one >= 0 else one for one in axis)}
    if REDUCTION in given and given[REDUCTION] != NONE:
        yield given | {REDUCTION: NONE}


def parted_loss(node: Call) -> Expr | None:
    """A loss as the sum or the mean of the losses that the rule gives with its reduction off; ``None`` for a rule that has none."""
    options: Options = dict(node.options)
    if options.get(REDUCTION, NONE) == NONE:
        return None
    apart = applied(node, node.args, options | {REDUCTION: NONE})
    if apart is None or not apart.shape:
        return None
    general = at_any_size(node) if is_large(node) else None
    one = general if general is not None else node
    losses = applied(one, one.args, options | {REDUCTION: NONE})
    for form in _FORMS:
        found = form(losses) if losses is not None else None
        if found is not None and same(found, one.body, one.args):
            return form(apart)
    return None


def _shared_out(over: Callable[[Expr], Size]) -> Callable[[Expr], Expr | None]:
    def form(losses: Expr) -> Expr | None:
        inverse_of = Poly.of(over(losses)).inverse()
        return None if inverse_of is None else total(losses) * num(inverse_of)

    return form


_FORMS = (_shared_out(count), _shared_out(lambda losses: 1), _shared_out(lambda losses: count(losses, tuple(range(len(losses.shape) - 1)))))
"""The mean over all entries, the sum, and the sum over the last axis, averaged over the others."""
