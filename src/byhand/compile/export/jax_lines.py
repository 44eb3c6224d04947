"""Lines of a program as terms of ``jax.numpy``: the table of leaves, and how a contraction is written.

XLA brings products into the form that it likes best, whether they are written with ``.T`` or with dimension numbers (measured: no
difference), so they are written as people do.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import assert_never

from byhand.compile.export.jax_windows import reindexed
from byhand.compile.export.terms import Called, Key, Lengths, Minus, NewAxis, Number, Picked, Place, Real, Setting, Sign, Term, Turned, Whole
from byhand.compile.program import Apply, Combine, Fill, Greatest, Invert, Largest, Line, Literal, Multiply, Operand, Program, Ref, Reindex, Solve
from byhand.lang.leaf import LOG, POW, Leaf
from byhand.lang.leaves import ABS, COS, ERF, EXP, PI, RELU, SIGMOID, SIGN, SIN, STEP, TANH
from byhand.lang.sizes import ONE, Poly, Size

ZERO, UNIT = Number(Poly.of(0)), Number(ONE)

LEAVES: Mapping[Leaf, Callable[..., Term]] = {
    EXP: lambda x: Called("jnp.exp", (x,)),
    LOG: lambda x: Called("jnp.log", (x,)),
    SIN: lambda x: Called("jnp.sin", (x,)),
    COS: lambda x: Called("jnp.cos", (x,)),
    TANH: lambda x: Called("jnp.tanh", (x,)),
    SIGMOID: lambda x: Called("jax.nn.sigmoid", (x,)),
    ERF: lambda x: Called("jax.scipy.special.erf", (x,)),
    RELU: lambda x: Called("jnp.maximum", (x, ZERO)),
    STEP: lambda x: Called("jnp.where", (Sign(">", x, ZERO), Number(ONE, real=True), Number(Poly.of(0), real=True))),
    SIGN: lambda x: Called("jnp.sign", (x,)),
    ABS: lambda x: Called("jnp.abs", (x,)),
    POW: lambda x, n: Sign("**", x, n),
    PI: lambda: Called("jnp.pi", ()),
}


def leaf_of(leaf: Leaf, args: tuple[Term, ...]) -> Term:
    """A leaf applied; powers have their exponent in them."""
    exponent = leaf.exponent
    if exponent is None:
        return LEAVES[leaf](*args)
    if exponent == -1:
        return Sign("/", UNIT, args[0])
    if exponent.denominator == 2:
        root = Called("jnp.sqrt", args)
        return root if exponent == 1 / 2 else Sign("**", root, Number(Poly.of(exponent.numerator)))
    return Sign("**", args[0], Number(Poly.of(exponent)))


@dataclass(frozen=True, slots=True)
class Axes:
    """An operand with a letter for each of its axes."""

    term: Term
    word: str


def term_of(program: Program, line: Line) -> Term:
    """What a line works out, of the shape of its target."""
    return _Writer(program, line).term()


@dataclass(frozen=True, slots=True)
class _Writer:
    program: Program
    line: Line

    def term(self) -> Term:
        line, shapes = self.line, [self.program.values[ref.value].shape for ref in self.line.refs]
        target = self.program.values[line.target].shape
        match line.op:
            case Multiply(scale):
                return self._product(scale)
            case Combine(coefficients):
                return self._combined(coefficients)
            case Apply(leaf):
                args = [self._argument(operand) for operand in line.operands]
                term = leaf_of(leaf, tuple(self._spread(arg, line.word) for arg in args))
                return self._full(term, {c for arg in args for c in arg.word})
            case Reindex(by, scatter):
                return reindexed(by, scatter, Place(line.refs[0].value), shapes[0], target)
            case Fill(value):
                return self._filled(value)
            case Invert():
                return Called("jnp.linalg.inv", (Place(line.refs[0].value),))
            case Solve():
                return _solved(line.op, *(Place(ref.value) for ref in line.refs), rank=len(shapes[1]))
            case Largest():
                return self._largest()
            case Greatest():
                return Called("jnp.max", (Place(line.refs[0].value),), (("axis", Setting(-1)),))
            case _:
                assert_never(line.op)

    def _filled(self, value: Poly) -> Term:
        word, shape = self.line.word, self.program.values[self.line.target].shape
        if len(word) == 2 and len(set(word)) == 1:
            return scaled(value, Called("jnp.eye", (Number(Poly.of(shape[0])),), (("dtype", Real()),)))
        unique = tuple(map(self._span, dict.fromkeys(word)))
        return self._full(Called("jnp.full", (Lengths(unique), Number(value)), (("dtype", Real()),)), word)

    def _largest(self) -> Term:
        place = Place(self.line.refs[0].value)
        shape = self.program.values[place.value].shape
        if not shape:
            return Called("jnp.ones_like", (place,))
        count = Number(Poly.of(shape[-1]))
        return Called("jax.nn.one_hot", (Called("jnp.argmax", (place,), (("axis", Setting(-1)),)), count), (("dtype", Real()),))

    # ------------------------------------------------------------------------------------------- operands

    def _span(self, letter: str) -> Size:
        for word, value in ((self.line.word, self.line.target), *((ref.word, ref.value) for ref in self.line.refs)):
            if letter in word:
                return self.program.values[value].shape[word.index(letter)]
        raise KeyError(letter)

    def _argument(self, operand: Operand) -> Axes:
        """The operand with each letter once, and without axes of size one that the line's word lacks."""
        match operand:
            case Literal(number):
                return Axes(Number(number), "")
            case Ref(value, word) if len(set(word)) < len(word):
                unique = "".join(dict.fromkeys(word))
                found = Axes(Called("jnp.einsum", (Setting(f"{word}->{unique}"), Place(value))), unique)
            case Ref(value, word):
                found = Axes(Place(value), word)
            case _:
                assert_never(operand)
        thin = [c for c in found.word if c not in self.line.word and self._span(c) == 1]
        if not thin:
            return found
        keys: list[Key] = [ZERO if c in thin else Whole() for c in found.word]
        return Axes(Picked(found.term, _shortened(keys)), "".join(c for c in found.word if c not in thin))

    def _spread(self, arg: Axes, word: str) -> Term:
        """In the order of ``word``, with a new axis for each letter that is missing between or behind its own."""
        own = "".join(c for c in dict.fromkeys(word) if c in arg.word)
        turned = _permuted(arg, own)
        if not own:
            return turned
        first = word.index(own[0])
        keys: list[Key] = [Whole() if c in own else NewAxis() for c in dict.fromkeys(word[first:])]
        return _widened(turned, keys) if any(isinstance(key, NewAxis) for key in keys) else turned

    def _full(self, term: Term, letters: Collection[str]) -> Term:
        """Broadcast along letters of the line's word that nothing has; on the diagonal of letters that it has twice."""
        word, shape = self.line.word, self.program.values[self.line.target].shape
        unique = "".join(dict.fromkeys(word))
        if not self._covered(letters, unique):
            term = Called("jnp.broadcast_to", (term, Lengths(tuple(map(self._span, unique)))))
        if unique == word:
            return term
        first = [word.index(c) == position for position, c in enumerate(word)]
        term = Picked(term, tuple(Whole() if own else NewAxis() for own in first))
        for position in (k for k, own in enumerate(first) if not own):
            eye = Called("jnp.eye", (Number(Poly.of(shape[position])),), (("dtype", Setting("bool")),))
            keys = [Whole() if k in (word.index(word[position]), position) else NewAxis() for k in range(len(word))]
            mask = eye if len(word) == 2 else Picked(eye, tuple(keys))
            term = Called("jnp.where", (mask, term, ZERO))
        return term

    def _covered(self, letters: Collection[str], word: str) -> bool:
        """Whether a term spread over this word has its shape: an axis of size one behind others is there already."""
        first = min((word.index(c) for c in letters if c in word), default=len(word))
        return all(c in letters or (position > first and self._span(c) == 1) for position, c in enumerate(word))

    # ----------------------------------------------------------------------------------------- arithmetic

    def _combined(self, coefficients: tuple[Poly, ...]) -> Term:
        """A sum from left to right, a term that is added first if there is one."""
        args = [self._argument(operand) for operand in self.line.operands]
        parts = [(factor, self._spread(arg, self.line.word)) for factor, arg in zip(coefficients, args)]
        parts.sort(key=lambda part: _is_negative(part[0]))
        total = scaled(*parts[0])
        for factor, part in parts[1:]:
            total = Sign("-", total, scaled(-factor, part)) if _is_negative(factor) else Sign("+", total, scaled(factor, part))
        return self._full(total, {c for arg in args for c in arg.word})

    def _product(self, scale: Poly) -> Term:
        word = "".join(dict.fromkeys(self.line.word))
        args = [self._argument(ref) for ref in self.line.refs]
        if len(args) == 1:
            found = _summed(args[0], word)
            return self._full(scaled(scale, self._spread(found, word)), found.word)
        left, right = (_summed(arg, word + other.word) for arg, other in zip(args, reversed(args)))
        met = "".join(c for c in left.word if c in right.word and c not in word)
        if met:
            found = _matrix_product(left, right, met, word)
            return self._full(scaled(scale, self._spread(found, word)), found.word)
        if len(left.word) == len(right.word) == 1 and word == left.word + right.word:
            return self._full(scaled(scale, Called("jnp.outer", (left.term, right.term))), word)
        both = Sign("*", self._spread(left, word), self._spread(right, word))
        return self._full(scaled(scale, both), left.word + right.word)


def _matrix_product(left: Axes, right: Axes, met: str, word: str) -> Axes:
    """The sum over letters that both operands have: with ``@`` where that says it, as an einsum where it does not."""
    stack = "".join(c for c in word if c in left.word and c in right.word)
    rows = "".join(c for c in word if c in left.word and c not in right.word)
    columns = "".join(c for c in word if c in right.word and c not in left.word)
    if not rows and not columns and stack + met != met[:1]:
        order = stack + met
        product = Sign("*", _permuted(left, order), _permuted(right, order))
        return Axes(Called("jnp.sum", (product,), (("axis", _axes(range(len(stack), len(order)))),)), stack)
    if not stack and len(met) == 1 and len(rows) <= 1 and len(columns) <= 1:
        if rows and columns and word.index(columns) < word.index(rows):
            left, right, rows, columns = right, left, columns, rows
        if len(rows + columns) == 1:
            return _with_vector(left, right, met)
        return Axes(Sign("@", _permuted(left, rows + met), _permuted(right, met + columns)), rows + columns)
    plain = len(met) == len(columns) == 1 and left.word == stack + rows + met and right.word == stack + met + columns
    if plain and ((not stack) or len(rows) == 1):
        return Axes(Sign("@", left.term, right.term), stack + rows + columns)
    out = "".join(c for c in word if c in stack + rows + columns)
    return Axes(Called("jnp.einsum", (Setting(f"{left.word},{right.word}->{out}"), left.term, right.term)), out)


def _with_vector(left: Axes, right: Axes, met: str) -> Axes:
    """A vector and a matrix, the vector on the side on which no transpose is needed."""
    matrix, vector = (left, right) if len(left.word) == 2 else (right, left)
    kept = matrix.word.replace(met, "")
    product = Sign("@", matrix.term, vector.term) if matrix.word == kept + met else Sign("@", vector.term, matrix.term)
    return Axes(product, kept)


def _summed(arg: Axes, kept: str) -> Axes:
    """Without the letters that nothing else has."""
    gone = [k for k, c in enumerate(arg.word) if c not in kept]
    if not gone:
        return arg
    settings = (("axis", _axes(gone)),) if len(gone) < len(arg.word) else ()
    return Axes(Called("jnp.sum", (arg.term,), settings), "".join(c for c in arg.word if c in kept))


def _axes(numbers: Collection[int] | range) -> Setting:
    found = tuple(numbers)
    return Setting(found[0]) if len(found) == 1 else Setting(found)


def _permuted(arg: Axes, order: str) -> Term:
    if arg.word == order:
        return arg.term
    if arg.word == order[::-1]:
        return Turned(arg.term)
    return Called("jnp.transpose", (arg.term, Setting(tuple(arg.word.index(c) for c in order))))


def _shortened(keys: list[Key]) -> tuple[Key, ...]:
    """Without ``:`` at the end, but for one."""
    while len(keys) > 1 and isinstance(keys[-1], Whole):
        keys = keys[:-1]
    return tuple(keys)


def _widened(term: Term, keys: list[Key]) -> Term:
    """``term[keys]``, where keys are ``:`` and ``None``: an axis of size one that was taken away just where one is put is kept."""
    if not isinstance(term, Picked) or term.beyond or not all(isinstance(key, Whole) or key == ZERO for key in term.keys):
        return Picked(term, _shortened(keys))
    before, found = list(term.keys), list[Key]()
    for key in keys:
        if isinstance(key, NewAxis):
            if before and before[0] == ZERO:
                before.pop(0)
                key = Whole()
            found.append(key)
            continue
        while before and before[0] == ZERO:
            found.append(before.pop(0))
        found.append(before.pop(0) if before else key)
    found += before
    return term.term if all(isinstance(key, Whole) for key in found) else Picked(term.term, _shortened(found))


def _is_negative(value: Poly) -> bool:
    return bool(value.terms) and value.terms[0][1] < 0


def scaled(factor: Poly, term: Term) -> Term:
    """A number times a term: as a division where that is how it is said."""
    if isinstance(term, Number):
        return Number(factor * term.value)
    if factor == ONE:
        return term
    if _is_negative(factor):
        return Minus(scaled(-factor, term))
    under = factor.inverse()
    constant = factor.constant
    if under is not None and constant is None and all(power < 0 for _, power in factor.terms[0][0]) and factor.terms[0][1].numerator == 1:
        return Sign("/", term, Number(under))
    if under is not None and constant is not None and constant.numerator == 1 and not is_decimal(constant.denominator):
        return Sign("/", term, Number(under))
    return Sign("*", Number(factor), term)


def is_decimal(denominator: int) -> bool:
    """Whether a fraction with this denominator ends as a decimal."""
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    return denominator == 1


def _solved(how: Solve, matrix: Term, right: Term, rank: int) -> Term:
    """The solution, the unknowns along the axis where the contraction has them."""
    left = Turned(matrix) if how.turned else matrix
    if rank == 1:
        return Called("jnp.linalg.solve", (left, right))
    columns = Turned(right) if how.place == 1 else right
    found = Called("jnp.linalg.solve", (left, columns))
    return Turned(found) if how.back == 1 else found
