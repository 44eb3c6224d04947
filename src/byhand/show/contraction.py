"""Matrix notation read off the specification of a contraction."""

from __future__ import annotations

from dataclasses import dataclass

from byhand.lang.expr import Contract, Expr, Num, contract, split_factor
from byhand.lang.sizes import Poly
from byhand.lang.spec import Spec, letters
from byhand.show.index_form import Entries, by_entries
from byhand.show.masks import maximum
from byhand.show.pieces import Factor, Sizes, Work, diagonal, divisor, forms, identity, joined, math_of, plain_of, signed, upright
from byhand.show.products import elementwise, matrix_product, stacked_product
from byhand.show.stretch import aligned, dot, rearranged, squeezed, total, written_out
from byhand.show.tree import Entry, Filled, Function, Identity, Product, Setting, Sigma, Tree


def contraction(work: Work, node: Contract) -> Tree:
    """The tree of a contraction whose operands have theirs."""
    if isinstance(node.args[-1], Num):
        value = node.args[-1].value
        return signed(value, filled(work, node)) if value.terms else Filled(0, node.shape)
    value, rest = split_factor(node)
    return signed(value, work.done[rest], scalar=not node.shape) if value != Poly.of(1) else Contraction(work, node).tree(node.spec.output)


def filled(work: Work, node: Contract) -> Tree:
    """Ones, or ones on a diagonal; the number that ``node`` has everywhere is left to the caller."""
    out = node.spec.output
    if len(set(out)) == len(out):
        return Filled(1, node.shape)
    if len(out) == 2:
        return identity(work, node.shape[0])
    plain = _diagonals(None, out, dict(zip(out, node.shape)))
    return by_entries(work, node, plain) if all(out.count(c) > 1 for c in out) else plain


def _diagonals(inner: Tree | None, out: str, sizes: Sizes) -> Tree:
    """An array on the axes of the distinct letters of ``out``, spread along its diagonals."""
    spare = iter(letters(len(out), out))
    seen: dict[str, list[str]] = {}
    for letter in out:
        seen[letter] = [*seen[letter], next(spare)] if letter in seen else [letter]
    firsts = {c: iter(names) for c, names in seen.items()}
    word = "".join(next(firsts[c]) for c in out)
    full = {name: sizes[c] for c, names in seen.items() for name in names}
    pairs = [(names[0] + other, sizes[c]) for c, names in seen.items() for other in names[1:]]
    factors = [Factor(Identity(size), pair) for pair, size in pairs]
    factors.insert(0, Factor(inner if inner is not None else Filled(1, tuple(sizes[c] for c in seen)), "".join(seen)))
    trees = [aligned(factor, word, full) for factor in factors]
    result = trees[0]
    for tree in trees[1:]:
        result = Product("hadamard", result, tree)
    return result


@dataclass(slots=True)
class Contraction:
    """One contraction, or a part of it: the same operands with fewer letters in the output."""

    work: Work
    node: Contract

    @property
    def sizes(self) -> Sizes:
        pairs = {c: size for word, arg in zip(self.node.spec.inputs, self.node.args) for c, size in zip(word, arg.shape)}
        return pairs | dict(zip(self.node.spec.output, self.node.shape))

    def factor(self, arg: Expr, word: str) -> Factor | None:
        """An operand with its letters; ``None`` if it has a diagonal that matrix notation has no sign for."""
        below = divisor(self.work, arg)
        found = Factor(self.work.done[arg] if below is None else below, word, arg, below is not None)
        if len(set(word)) == len(word):
            return found
        return Factor(diagonal(upright(found)), word[0]) if len(word) == 2 else None

    def tree(self, out: str) -> Tree:
        """The contraction with the output ``out``."""
        if len(set(out)) < len(out):
            return self._on_diagonals(out)
        part = self.part(out) if out != self.node.spec.output else None
        if isinstance(part, Contract) and (found := maximum(self.work, part)) is not None:
            return found
        inputs = "".join(self.node.spec.inputs)
        inner = "".join(c for c in out if c in inputs)
        if inner != out:
            return self._kept_axes(out) or written_out(self.work, Factor(self.tree(inner), inner), out, self.sizes)
        factors = [self.factor(arg, word) for arg, word in zip(self.node.args, self.node.spec.inputs)]
        if self.node.spec.inputs == ("ii",) and not out:
            return Function("trace", (self.work.done[self.node.args[0]],))
        known = [factor for factor in factors if factor is not None]
        if len(known) < len(factors):
            return self.einsum(out)
        return self.one(known[0], out) if len(known) == 1 else self.two(known[0], known[1], out)

    def _on_diagonals(self, out: str) -> Tree:
        distinct = "".join(dict.fromkeys(out))
        if len(out) == 2 and not any(out[0] in word for word in self.node.spec.inputs):
            return Product("scale", self.tree(""), identity(self.work, self.sizes[out[0]]))
        inner = self.tree(distinct)
        if len(out) == 2:
            return diagonal(inner)
        plain = _diagonals(inner, out, self.sizes)
        broadcast = any(c not in "".join(self.node.spec.inputs) for c in distinct)
        return plain if broadcast or out != self.node.spec.output else by_entries(self.work, self.node, plain)

    def _kept_axes(self, out: str) -> Tree | None:
        """A sum whose axes stay with size 1."""
        gone = self.summed_in_place(out)
        if gone is None or any(self.sizes[out[k]] != 1 for k in gone):
            return None
        return self.kept_sum(gone)

    def summed_in_place(self, out: str) -> tuple[int, ...] | None:
        """The axes that are summed over, where every other axis of the one operand keeps its place in ``out``."""
        word = self.node.spec.inputs[0]
        if len(self.node.args) != 1 or len(word) != len(out) or len(set(word)) != len(word):
            return None
        gone = tuple(k for k, (mine, theirs) in enumerate(zip(word, out)) if mine != theirs)
        return gone if gone and all(word[k] not in out and out[k] not in word for k in gone) else None

    def kept_sum(self, gone: tuple[int, ...]) -> Tree:
        """rowsum(G), colsum(G) and their like with more axes; nothing to sum where the axes have size 1."""
        arg = self.node.args[0]
        body = self.work.done[arg]
        if all(arg.shape[k] == 1 for k in gone):
            return body
        plain = total(body, len(arg.shape), gone, keepdims=True)
        if len(arg.shape) != 2 or len(gone) != 1:
            return plain
        return forms(plain, Function("rowsum" if gone == (1,) else "colsum", (body,)))

    # ----------------------------------------------------------------------------------------- one operand

    def one(self, factor: Factor, out: str) -> Tree:
        """Sums and permutations."""
        whole = contract(Spec((factor.word,), ""), factor.expr) if factor.expr is not None and not out else None
        factor = squeezed(Factor(upright(factor), factor.word), out, self.sizes)
        gone = "".join(c for c in factor.word if c not in out)
        if not gone:
            return rearranged(factor.tree, factor.word, out)
        summed = self.reduced(factor.tree, factor.word, gone, whole)
        return rearranged(summed, "".join(c for c in factor.word if c in out), out)

    def reduced(self, body: Tree, word: str, gone: str, whole: Expr | None) -> Tree:
        """A sum over the axes ``gone`` of something with the axes ``word``; ``whole`` is this sum where it is over all entries."""
        axes = tuple(k for k, c in enumerate(word) if c in gone)
        plain = total(body, len(word), axes)
        if whole is not None:
            return forms(plain, Entries(self.work, deep=False, opened=whole).of(whole, ()))
        index = dict(zip(word, self.work.letters(len(word))))
        entry = Entry(math_of(body), tuple(index[c] if c in gone else ":" for c in word))
        return forms(plain, Sigma(tuple(index[c] for c in gone), entry))

    def part(self, out: str) -> Expr:
        """The contraction with another output, as an expression."""
        if out == self.node.spec.output:
            return self.node
        return contract(Spec(self.node.spec.inputs, out), *self.node.args, sizes={c: self.sizes[c] for c in out})

    # ---------------------------------------------------------------------------------------- two operands

    def two(self, left: Factor, right: Factor, out: str) -> Tree:
        if not left.word:
            rest = right if right.word == out else Factor(self.one(right, out), out)
            return joined("scale", left, rest)
        summed = [c for c in self.sizes if c in left.word + right.word and c not in out and not self._idle(c, left, right)]
        if not summed:
            return elementwise(self.work, left, right, out, self.sizes)
        first, second = squeezed(left, out + right.word, self.sizes), squeezed(right, out + left.word, self.sizes)
        found = self._dot(first, second, out) or matrix_product(self.work, first, second, out)
        return found or self._summed_product(first, second, out) or self._summed_entries(first, second, out) or self.einsum(out)

    def _idle(self, letter: str, left: Factor, right: Factor) -> bool:
        return self.sizes[letter] == 1 and not (letter in left.word and letter in right.word)

    def _dot(self, left: Factor, right: Factor, out: str) -> Tree | None:
        if out or left.word != right.word or len(left.word) != 1:
            return None
        return dot(self.work, upright(left), upright(right))

    def _summed_product(self, left: Factor, right: Factor, out: str) -> Tree | None:
        """Sums over axes that only one factor has: of the matrix product."""
        lone = [c for c in left.word + right.word if c not in out and (c in left.word) != (c in right.word)]
        shared = [c for c in left.word if c in right.word and c not in out]
        word = "".join(c for c in left.word + right.word if c not in shared)
        inner = matrix_product(self.work, left, right, word) if lone and len(set(word)) == len(word) else None
        if inner is None:
            return None
        gone = "".join(c for c in word if c not in out)
        axes = tuple(map(word.index, gone))
        index = dict(zip(word, self.work.letters(len(word))))
        entry = Entry(math_of(inner), tuple(index[c] if c in gone else ":" for c in word) if out else tuple(index[c] for c in word))
        found = forms(total(inner, len(word), axes), Sigma(tuple(index[c] for c in gone), entry))
        return rearranged(found, "".join(c for c in word if c in out), out)

    def _summed_entries(self, left: Factor, right: Factor, out: str) -> Tree | None:
        """Sums of elementwise products."""
        if not out and len(left.word) == 2 and left.word == right.word[::-1]:
            return Function("trace", (Product("matmul", upright(left), upright(right)),))
        big = left if set(right.word) <= set(left.word) else right if set(left.word) <= set(right.word) else None
        if big is None:
            return None
        gone = "".join(c for c in big.word if c not in out)
        summed = self.reduced(elementwise(self.work, left, right, big.word, self.sizes), big.word, gone, None if out else self.part(""))
        if out and len(big.word) > 2:
            return by_entries(self.work, self.part(out), plain_of(rearranged(summed, "".join(c for c in big.word if c in out), out)))
        return rearranged(summed, "".join(c for c in big.word if c in out), out)

    def einsum(self, out: str) -> Tree:
        """Anything else: index notation, and for NumPy its einsum or a product of stacks of matrices."""
        words, trees = self.node.spec.inputs, tuple(self.work.done[arg] for arg in self.node.args)
        plain = stacked_product(words, trees, out) or Function("einsum", (Setting(f'"{",".join(words)}->{out}"'), *trees))
        return by_entries(self.work, self.part(out), plain)
