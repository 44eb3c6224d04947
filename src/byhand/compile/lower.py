"""From formulas to a program: numbers in front, transposes and broadcasts go into the lines that use them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, assert_never

from byhand.compile.program import Apply, Combine, Fill, Greatest, Invert, Largest, Line, Literal, Multiply, Op, Operand, Program, Ref, Reindex, Solve, Value
from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var
from byhand.lang.index import Reshape
from byhand.lang.names import Name
from byhand.lang.sizes import ONE, Poly, Shape, Size
from byhand.lang.spec import LETTERS, Spec
from byhand.lang.walk import postorder
from byhand.run.order import Form, operands, stable, system_of


@dataclass(frozen=True, slots=True)
class Seen:
    """What a node is once its number in front and its view are split off: ``factor · value[word]``, spread over the node's axes.

    The node's own axes are called ``LETTERS[:rank]``; without a ref the node is ``factor`` everywhere.
    """

    factor: Poly
    ref: Ref | None


Key: TypeAlias = tuple[Op, tuple[Operand, ...], str, Shape]


def lowered(roots: Sequence[Expr], updates: Mapping[Expr, Var] | None = None, *, first: Sequence[Expr] = (), form: Form = stable) -> Program:
    """The program that works out these formulas, in this order as far as they do not need each other.

    ``updates`` says which of them take the place of which input, ``first`` what is worked out before all else though nobody asks for
    it. Rules run in the form that floats prefer. Shapes may have size letters: ``Program.dims`` puts numbers in.
    """
    lowering = _Lowering(form)
    for node in postorder(*first, *roots, below=lambda one: (form(one),) if isinstance(one, Call) else operands(one, form)):
        lowering.known[node] = lowering.seen(node)
    results = tuple(lowering.whole(root) for root in roots)
    for root, result in zip(roots, results):
        lowering.name(root, result)
    pairs = tuple((results[roots.index(root)], lowering.inputs[variable]) for root, variable in (updates or {}).items() if variable in lowering.inputs)
    return _needed(Program(tuple(lowering.values), lowering.inputs, tuple(lowering.lines), results, pairs))


@dataclass(slots=True)
class _Lowering:
    """A program under construction. ``made`` finds a line that is there already."""

    form: Form
    values: list[Value] = field(default_factory=list[Value])
    inputs: dict[Var, int] = field(default_factory=dict[Var, int])
    lines: list[Line] = field(default_factory=list[Line])
    known: dict[Expr, Seen] = field(default_factory=dict[Expr, Seen])
    made: dict[Key, int] = field(default_factory=dict[Key, int])
    by_target: dict[int, Line] = field(default_factory=dict[int, Line])

    def seen(self, node: Expr) -> Seen:
        match node:
            case Var():
                self.inputs[node] = self._value(node, (node.name,))
                return self._plain(self.inputs[node])
            case Num(value):
                return Seen(value, None)
            case Named(_, body):
                return self._named(node, self.known[body])
            case Call():
                return self.known[self.form(node)]
            case Add(terms):
                return self._sum(node, [self.known[term] for term in terms])
            case Contract() if (system := system_of(node)) is not None:
                right = node.args[1 - system.position]
                return self._line(node, Solve(system.turned, system.place, system.back), [self._operand(system.matrix), self._operand(right)])
            case Contract():
                return self._contract(node)
            case Map(leaf, args):
                return self._line(node, Apply(leaf), [self._argument(arg) for arg in args])
            case Index(Reshape(), _, arg) if _without_ones(arg.shape) == _without_ones(node.shape):
                return self._regrouped(node, arg)
            case Index(by, scatter, arg):
                return self._line(node, Reindex(by, scatter), [self._operand(arg)])
            case Inverse(arg):
                return self._line(node, Invert(), [self._operand(arg)])
            case Pick(arg):
                return self._line(node, Largest(), [self._operand(arg)])
            case _:
                assert_never(node)

    # ----------------------------------------------------------------------------------------- values

    def _value(self, node: Expr, names: tuple[Name, ...] = (), shape: Shape | None = None) -> int:
        self.values.append(Value(node.shape if shape is None else shape, node, names))
        return len(self.values) - 1

    def _plain(self, value: int) -> Seen:
        return Seen(ONE, Ref(value, LETTERS[: len(self.values[value].shape)]))

    def name(self, node: Expr, value: int) -> None:
        """Note that a value has the name of this node."""
        known = self.values[value]
        if isinstance(node, Named) and node.name not in known.names:
            self.values[value] = replace(known, node=known.node if known.names else node, names=(*known.names, node.name))

    def _line(self, node: Expr, op: Op, args: Sequence[Operand], word: str | None = None, shape: Shape | None = None) -> Seen:
        """A line for this node, or the one that does the same already; of another word and shape where the node only spreads what it makes."""
        line_word = LETTERS[: len(node.shape)] if word is None else word
        key = (op, tuple(args), line_word, node.shape if shape is None else shape)
        if key not in self.made:
            self.made[key] = self._value(node, (), shape)
            line = Line(self.made[key], op, tuple(args), line_word)
            self.by_target[line.target] = line
            self.lines.append(line)
        return self._plain(self.made[key])

    def whole(self, node: Expr) -> int:
        """The value that holds the node entry for entry: a line of its own where it is a view, a multiple or a number."""
        seen = self.known[node]
        word = LETTERS[: len(node.shape)]
        if seen.ref is not None and seen.factor == ONE and seen.ref.word == word:
            return seen.ref.value
        if seen.ref is None:
            self.known[node] = self._line(node, Fill(seen.factor), ())
        elif seen.factor == ONE:
            self.known[node] = self._line(node, Multiply(ONE), (seen.ref,))
        else:
            self.known[node] = self._line(node, Combine((seen.factor,)), (seen.ref,))
        found = self.known[node].ref
        assert found is not None
        return found.value

    def _operand(self, node: Expr) -> Ref:
        """The node as the whole operand of a line that needs all its entries in place."""
        return Ref(self.whole(node), LETTERS[: len(node.shape)])

    def _argument(self, node: Expr) -> Operand:
        """The node as an operand of an elementwise line: a view will do."""
        seen = self.known[node]
        if seen.ref is None:
            return Literal(seen.factor)
        return seen.ref if seen.factor == ONE else self._operand(node)

    def _named(self, node: Named, seen: Seen) -> Seen:
        """A name for what is there; a multiple under a name of its own is worked out, a transpose or a broadcast stays a view."""
        if seen.ref is None or seen.factor == ONE:
            if seen.ref is not None and seen.ref.word == LETTERS[: len(node.shape)]:
                self.name(node, seen.ref.value)
            return seen
        self.known[node] = seen
        value = self.whole(node)
        self.name(node, value)
        return self.known[node]

    def _regrouped(self, node: Expr, arg: Expr) -> Seen:
        """Axes of size one put in or taken out: a view."""
        seen = self.known[arg]
        if seen.ref is None:
            return seen
        rank, old = len(node.shape), LETTERS[: len(arg.shape)]
        axes = iter(letter for letter, axis in zip(LETTERS, node.shape) if axis != 1)
        spare = iter(LETTERS[rank:])
        renamed = {letter: next(axes) for letter, axis in zip(old, arg.shape) if axis != 1}
        word = "".join(renamed[letter] if letter in renamed else next(spare) for letter in seen.ref.word)
        return Seen(seen.factor, Ref(seen.ref.value, word))

    # -------------------------------------------------------------------------------------- arithmetic

    def _sum(self, node: Add, terms: list[Seen]) -> Seen:
        args: list[Operand] = [Literal(ONE) if term.ref is None else term.ref for term in terms]
        return self._line(node, Combine(tuple(term.factor for term in terms)), args)

    def _contract(self, node: Contract) -> Seen:
        """Numbers go in front; what is one operand without a sum is a view and needs no line."""
        how, factor = node.spec, ONE
        refs: list[Ref] = []
        letters = _Letters(how)
        for word, arg in zip(how.inputs, node.args):
            seen = self.known[arg]
            factor = factor * seen.factor
            if seen.ref is None:
                letters.bind(word, arg.shape)
            else:
                refs.append(Ref(seen.ref.value, letters.through(seen.ref.word, word, arg.shape, self.values[seen.ref.value].shape)))
        factor = factor * letters.lost(refs)
        word = letters.output(refs, node.shape)
        repeated = len(set(how.output)) < len(how.output)
        if not refs:
            return Seen(factor, None) if not repeated else self._line(node, Fill(factor), (), word)
        line = Line(-1, Multiply(ONE), tuple(refs), word)
        if len(refs) == 1 and not repeated and all(letters.size_of[c] == 1 for c in line.summed):
            return Seen(factor, refs[0])
        if repeated:
            return self._line(node, Multiply(factor), refs, word)
        kept = [(c, axis) for c, axis in zip(word, node.shape) if any(c in ref.word for ref in refs)]
        return self._summed(node, factor, refs, "".join(c for c, _ in kept), tuple(axis for _, axis in kept))

    def _summed(self, node: Contract, factor: Poly, refs: Sequence[Ref], word: str, shape: Shape) -> Seen:
        """The product with the axes that its operands have; the others are a view."""
        greatest = self._greatest(refs, word)
        made = (
            self._line(node, Multiply(factor), refs, word, shape) if greatest is None else self._line(node, Greatest(), (greatest,), greatest.word[:-1], shape)
        )
        assert made.ref is not None
        return Seen(ONE if greatest is None else factor, Ref(made.ref.value, word))

    def _greatest(self, refs: Sequence[Ref], word: str) -> Ref | None:
        """x where the sum is Σⱼ (the mask of the largest xᵢⱼ) · xᵢⱼ along the last axis: the largest entry itself."""
        if len(refs) != 1 or refs[0].word[:-1] != word or not refs[0].word:
            return None
        line = self.by_target.get(refs[0].value)
        if line is None or line.op != Multiply(ONE) or len(line.refs) != 2 or line.refs[0].word != line.word:
            return None
        mask, other = line.refs
        maker = self.by_target.get(mask.value)
        if maker is None or not isinstance(maker.op, Largest) or not self._same(maker.refs[0], other, line.word):
            return None
        return Ref(maker.refs[0].value, line.word)

    def _same(self, of: Ref, other: Ref, word: str) -> bool:
        """Whether an operand is this value, or what this value is a copy of."""
        copy = self.by_target.get(of.value)
        return other == Ref(of.value, word) or (copy is not None and copy.op == Multiply(ONE) and copy.word == word and copy.operands == (other,))


def _without_ones(shape: Shape) -> tuple[Size, ...]:
    return tuple(axis for axis in shape if axis != 1)


class _Letters:
    """The letters of one contraction: those of the output are the node's own axes, the others come behind."""

    def __init__(self, how: Spec) -> None:
        inside = dict.fromkeys("".join(how.inputs))
        own = dict(zip(dict.fromkeys(how.output), LETTERS))
        if len(set(how.output)) == len(how.output):
            own = dict(zip(how.output, LETTERS))
        spare = iter(LETTERS[len(how.output) :])
        self.how = how
        self.renamed = {letter: own[letter] if letter in own else next(spare) for letter in inside}
        self.renamed |= {letter: own[letter] for letter in own}
        self.spare = spare
        self.size_of: dict[str, int | Poly] = {}

    def bind(self, word: str, shape: Shape) -> None:
        self.size_of |= {self.renamed[letter]: axis for letter, axis in zip(word, shape)}

    def through(self, view: str, word: str, shape: Shape, under: Shape) -> str:
        """The word of the value under a view of it: ``view`` names its axes by those of the operand, ``word`` those by the contraction's."""
        self.bind(word, shape)
        axis_of = dict(zip(LETTERS, word))
        out = ""
        for letter, size in zip(view, under):
            if letter in axis_of:
                out += self.renamed[axis_of[letter]]
            else:  # an axis of size one that the view spreads
                fresh = next(self.spare)
                self.size_of[fresh] = size
                out += fresh
        return out

    def lost(self, refs: Sequence[Ref]) -> Poly:
        """The sizes of letters that are summed over although nothing has them any more: sums of equal terms."""
        here = {c for ref in refs for c in ref.word}
        gone = [self.renamed[c] for c in dict.fromkeys("".join(self.how.inputs)) if c not in self.how.output and self.renamed[c] not in here]
        factor = ONE
        for letter in gone:
            factor = factor * self.size_of[letter]
        return factor

    def output(self, refs: Iterable[Ref], shape: Shape) -> str:
        word = "".join(self.renamed[c] for c in self.how.output)
        self.size_of |= dict(zip(word, shape))
        return word


def _needed(program: Program) -> Program:
    """Without the lines that lead to no result."""
    wanted = set(program.results)
    for line in reversed(program.lines):
        if line.target in wanted:
            wanted.update(ref.value for ref in line.refs)
    kept = [k for k in range(len(program.values)) if k in wanted]
    place = {old: new for new, old in enumerate(kept)}
    lines = tuple(_moved(line, place) for line in program.lines if line.target in place)
    return Program(
        tuple(program.values[k] for k in kept),
        {variable: place[value] for variable, value in program.inputs.items() if value in place},
        lines,
        tuple(place[k] for k in program.results),
        tuple((place[made], place[old]) for made, old in program.updates if old in place),
    )


def _moved(line: Line, place: Mapping[int, int]) -> Line:
    args = tuple(Ref(place[arg.value], arg.word) if isinstance(arg, Ref) else arg for arg in line.operands)
    return replace(line, target=place[line.target], operands=args)
