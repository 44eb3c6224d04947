"""Lines of a program as terms of ``jax.numpy``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import assert_never

from byhand.compile.export.jax_leaves import is_negative, leaf_of, scaled
from byhand.compile.export.jax_products import Axes, matrix_product, permuted, shortened, solved, summed, widened
from byhand.compile.export.jax_windows import reindexed
from byhand.compile.export.terms import ZERO, Called, Key, Lengths, NewAxis, Number, Picked, Place, Real, Setting, Sign, Term, Whole
from byhand.compile.program import Apply, Combine, Fill, Greatest, Invert, Largest, Line, Literal, Multiply, Operand, Program, Ref, Reindex, Solve
from byhand.lang.sizes import Poly, Size


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
                return solved(line.op, *(Place(ref.value) for ref in line.refs), rank=len(shapes[1]))
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
        return Axes(Picked(found.term, shortened(keys)), "".join(c for c in found.word if c not in thin))

    def _spread(self, arg: Axes, word: str) -> Term:
        """In the order of ``word``, with a new axis for each letter that is missing between or behind its own."""
        own = "".join(c for c in dict.fromkeys(word) if c in arg.word)
        turned = permuted(arg, own)
        if not own:
            return turned
        first = word.index(own[0])
        keys: list[Key] = [Whole() if c in own else NewAxis() for c in dict.fromkeys(word[first:])]
        return widened(turned, keys) if any(isinstance(key, NewAxis) for key in keys) else turned

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
        parts.sort(key=lambda part: is_negative(part[0]))
        total = scaled(*parts[0])
        for factor, part in parts[1:]:
            total = Sign("-", total, scaled(-factor, part)) if is_negative(factor) else Sign("+", total, scaled(factor, part))
        return self._full(total, {c for arg in args for c in arg.word})

    def _product(self, scale: Poly) -> Term:
        word = "".join(dict.fromkeys(self.line.word))
        args = [self._argument(ref) for ref in self.line.refs]
        if len(args) == 1:
            found = summed(args[0], word)
            return self._full(scaled(scale, self._spread(found, word)), found.word)
        left, right = (summed(arg, word + other.word) for arg, other in zip(args, reversed(args)))
        met = "".join(c for c in left.word if c in right.word and c not in word)
        if met:
            found = matrix_product(left, right, met, word)
            return self._full(scaled(scale, self._spread(found, word)), found.word)
        if len(left.word) == len(right.word) == 1 and word == left.word + right.word:
            return self._full(scaled(scale, Called("jnp.outer", (left.term, right.term))), word)
        both = Sign("*", self._spread(left, word), self._spread(right, word))
        return self._full(scaled(scale, both), left.word + right.word)
