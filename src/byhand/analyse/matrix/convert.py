"""Reading a formula as a sum of matrix products in which the unknowns stand as whole factors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import assert_never

from byhand.analyse.matrix.pieces import is_padding, multiplied, reshaped, together
from byhand.analyse.matrix.words import NotWords, Term, Words, scalars, single, words
from byhand.derive.monomials import Monomial, TooMany, expand
from byhand.lang.build import index
from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var, add, contract, eye, filled, split_factor
from byhand.lang.functions import take
from byhand.lang.index import Affine, Reshape, Window
from byhand.lang.sizes import Poly, Size, size
from byhand.lang.spec import Spec
from byhand.lang.walk import children, postorder


def depending(root: Expr, on: Iterable[Expr]) -> frozenset[Expr]:
    """The nodes below ``root`` whose value depends on one of these."""
    found: set[Expr] = set(on)
    for node in postorder(root):
        if any(part in found for part in (*children(node), *((node.body,) if isinstance(node, Call) else ()))):
            found.add(node)
    return frozenset(found)


def convert(root: Expr, unknowns: Iterable[Expr] = ()) -> Words:
    """The formula, of at most two axes, as a sum of matrix products.

    Products are multiplied out where the unknowns ask for it, and sums without an unknown stay whole inside of products:
    Xᵀ(y − μ) is a textbook form. Raises ``NotWords`` where an unknown stands inside of anything but products and sums.
    """
    unknowns = tuple(unknowns)
    return _Reader(depending(root, unknowns), frozenset(unknowns)).whole(root)


@dataclass(slots=True)
class _Reader:
    active: frozenset[Expr]
    unknowns: frozenset[Expr]
    done: dict[Expr, Words] = field(default_factory=dict[Expr, Words])

    def whole(self, node: Expr) -> Words:
        """A sum term by term, constants among them too."""
        factor, rest = split_factor(node)
        if isinstance(rest, Add):
            parts = [self.whole(term) for term in rest.terms]
            found = words((term for part in parts for term in part.terms), parts[0].rows, parts[0].columns)
            return found.times(Monomial(factor, {}))
        if isinstance(node, Contract) and len(node.args) == 2 and not node.spec.inputs[0] and node.spec.inputs[1] == node.spec.output:
            return multiplied((self.whole if node.args[0] in self.active else self.of)(node.args[0]), self.whole(node.args[1]))
        return self.of(node)

    def of(self, node: Expr) -> Words:
        """A formula as it stands inside of a product."""
        if node not in self.done:
            self.done[node] = self._of(node)
        return self.done[node]

    def _of(self, node: Expr) -> Words:
        if len(node.shape) > 2:
            raise NotWords
        if not node.shape and node not in self.active:
            return _scalar(node)
        if isinstance(node, Contract):
            return self._contraction(node)
        if node not in self.active or node in self.unknowns:
            return _atom(node)
        match node:
            case Add(terms):
                return self._sum(terms)
            case Call(_, _, _, body) | Named(_, body):
                return self.of(body)
            case Index():
                return self._selected(node)
            case Map() | Inverse() | Pick() | Var() | Num():
                raise NotWords
            case _:
                assert_never(node)

    def _sum(self, terms: tuple[Expr, ...]) -> Words:
        """The terms with an unknown one by one, those without as one factor."""
        moving = [self.of(term) for term in terms if term in self.active]
        fixed = [term for term in terms if term not in self.active]
        parts = [*moving, *([self.of(add(fixed))] if fixed else [])]
        found = words((term for part in parts for term in part.terms), parts[0].rows, parts[0].columns)
        for unknown in self.unknowns:
            found = together(found, unknown)
        return found

    def _selected(self, node: Index) -> Words:
        """w[1:] as a matrix of zeros and ones times w; what puts entries back is its transpose."""
        if isinstance(node.by, Reshape):
            return reshaped(self.of(node.arg), node.arg.shape, node.shape)
        if not isinstance(node.by, Window) or len(node.shape) > 1 or len(node.arg.shape) != 1:
            raise NotWords
        axis, arg = node.by.axes[0], self.of(node.arg)
        if not axis.strides or not node.shape:
            if node.shape or node.scatter:
                raise NotWords
            return single(take(eye(node.arg.shape[0]), (axis.offset,)), "turned") @ arg
        (long, short) = (node.shape[0], node.arg.shape[0]) if node.scatter else (node.arg.shape[0], node.shape[0])
        if not node.scatter and axis.strides == ((0, 1),) and is_padding(axis.offset, long, short):
            before = size(-Poly.of(axis.offset))
            if long == 1:
                return single(take(eye(short), (before,))) @ arg
            rows = take(eye(short), (slice(before, size(Poly.of(before) + long)),))
            return single(rows, "turned") @ arg
        if 1 in (long, short):
            raise NotWords
        rows = index(Window((axis, Affine(0, ((1, 1),)))), eye(long), (short, long))
        return single(rows, "turned" if node.scatter else "plain") @ arg

    # --------------------------------------------------------------------------------------- contractions

    def _contraction(self, node: Contract) -> Words:
        if any(len(arg.shape) > 2 for arg in node.args):
            return self._opaque(node)
        if len(node.args) == 1:
            return self._one(node)
        (left, right), (a, b) = node.args, node.spec.inputs
        if not a:
            return self._times_scalar(left, right, b, node)
        if node not in self.active and len(node.shape) == 2 and len(set(node.spec.output)) == 1:
            return _diagonal(contract(Spec(node.spec.inputs, node.spec.output[0]), left, right))
        first, second = self.of(left), self.of(right)
        out, shared = node.spec.output, set(a) & set(b)
        if max(len(a), len(b)) > 2 or len(set(a)) < len(a) or len(set(b)) < len(b) or len(set(out)) < len(out) or set(out) - set(a + b):
            return self._opaque(node)
        if len(node.spec.summed) == 1 and node.spec.summed in shared and len(shared) == 1:
            return self._product(first, second, a, b, node)
        if not shared and not node.spec.summed:
            return _turned_if(first @ second.transposed, out != a + b)
        if not node.spec.summed:
            return self._scaled(node, first, second)
        return self._opaque(node)

    def _opaque(self, node: Expr) -> Words:
        if node in self.active:
            raise NotWords
        return _atom(node)

    def _times_scalar(self, left: Expr, right: Expr, word: str, node: Contract) -> Words:
        if word != node.spec.output:
            right = contract(Spec((word,), node.spec.output), right, sizes=_sizes(node))
        return multiplied((self.whole if left in self.active else self.of)(left), self.of(right))

    def _product(self, first: Words, second: Words, a: str, b: str, node: Contract) -> Words:
        """A matrix product whichever axes meet."""
        meet = node.spec.summed
        left = first if a[-1] == meet and len(a) == 2 else first.transposed
        right = second if b[0] == meet else second.transposed
        found = left @ right
        rows = a.replace(meet, "")
        return _turned_if(found, node.spec.output != rows + b.replace(meet, "") or (not rows and len(node.shape) == 1))

    def _scaled(self, node: Contract, first: Words, second: Words) -> Words:
        """Rows or columns multiplied by the entries of a vector, or two vectors entry by entry."""
        (left, right), (a, b) = node.args, node.spec.inputs
        if len(a) == len(b) == 1:
            vector, other = (left, second) if left not in self.active else (right, first)
            return self._opaque(node) if vector in self.active else _diagonal(vector) @ other
        if len(a) == len(b) or {len(a), len(b)} != {1, 2}:
            return self._opaque(node)
        vector, axis, matrix, word = (left, a, second, b) if len(a) == 1 else (right, b, first, a)
        if vector in self.active:
            raise NotWords
        found = _diagonal(vector) @ matrix if word[0] == axis else matrix @ _diagonal(vector)
        return _turned_if(found, node.spec.output != word)

    def _one(self, node: Contract) -> Words:
        """Transposes, broadcasts, sums, diagonals."""
        (arg,), (word,), out = node.args, node.spec.inputs, _without_single_axes(node)
        if out != node.spec.output:
            return self.of(contract(Spec((word,), out), arg, sizes=dict(zip(out, node.shape))))
        if len(set(word)) < len(word) or len(word) > 2:
            return self._opaque(node)
        if len(set(out)) < len(out):
            return self._on_diagonal(node, arg, word)
        if word and not node.spec.summed and not node.spec.broadcast:
            return _turned_if(self.of(arg), word != out)
        inner, sizes = self.of(arg), _sizes(node)
        for position in reversed(range(len(word))):
            if word[position] not in out:
                ones = single(filled(1, (arg.shape[position],)))
                inner = inner @ ones if position == 1 else ones.transposed @ inner
        if len(word) == 1 and len(out) == 2:
            ones = single(filled(1, (sizes[node.spec.broadcast],)))
            return inner @ ones.transposed if out[0] == word else ones @ inner.transposed
        kept = "".join(c for c in word if c in out)
        if node.spec.broadcast and not kept:
            columns = [single(filled(1, (sizes[c],))) for c in out]
            return columns[0] @ inner @ columns[1].transposed if len(columns) == 2 else columns[0] @ inner
        if node.spec.broadcast:
            return self._opaque(node)
        return inner.transposed if len(word) == 2 and kept and word[0] not in out else inner

    def _on_diagonal(self, node: Contract, arg: Expr, word: str) -> Words:
        if not word:
            inner = self.of(arg)
            if any(term.factors for term in inner.terms):
                raise NotWords
            return words(inner.terms, node.shape[0], node.shape[0])
        return self._opaque(node) if arg in self.active or len(word) != 1 or len(node.shape) != 2 else _diagonal(arg)


def _without_single_axes(node: Contract) -> str:
    """The output's letters, where an axis of size 1 that is summed over and one that is made anew are taken to be the same."""
    sizes = dict(zip(node.spec.inputs[0], node.args[0].shape)) | _sizes(node)
    gone, made = ([c for c in letters if sizes[c] == 1] for letters in (node.spec.summed, node.spec.broadcast))
    out = node.spec.output
    for old, new in zip(made, gone):
        out = out.replace(old, new)
    return out


def _sizes(node: Contract) -> dict[str, Size]:
    return dict(zip(node.spec.output, node.shape))


def _turned_if(found: Words, turn: bool) -> Words:
    return found.transposed if turn else found


def _diagonal(vector: Expr) -> Words:
    """diag(v), numbers and scalars in front of v taken out."""
    front, rest = _in_front(vector)
    return words((Term(f.times(t.front), t.factors) for f in front for t in single(rest, "diagonal").terms), vector.shape[0], vector.shape[0])


def _atom(node: Expr) -> Words:
    """A factor, numbers and scalars in front of it taken out."""
    if not node.shape:
        return scalars([Monomial(Poly.of(1), {(node, ""): Fraction(1)})])
    front, rest = _in_front(node)
    own = single(rest)
    return words((Term(f.times(t.front), t.factors) for f in front for t in own.terms), own.rows, own.columns)


def _in_front(node: Expr) -> tuple[list[Monomial], Expr]:
    number, rest = split_factor(node)
    front = [Monomial(number, {})]
    if isinstance(rest, Contract) and len(rest.args) == 2 and not rest.spec.inputs[0] and rest.spec.inputs[1] == rest.spec.output:
        inner, deeper = _in_front(rest.args[1])
        return [f.times(s).times(i) for f in front for s in _monomials(rest.args[0]) for i in inner], deeper
    return front, rest


def _scalar(node: Expr) -> Words:
    return scalars(_monomials(node))


def _monomials(node: Expr) -> list[Monomial]:
    """A scalar formula as monomials; sums below products stay whole."""
    inside = frozenset(inner for inner in postorder(node, enter_named=False) if isinstance(inner, Add))
    try:
        return expand(node, "", inside)
    except TooMany:
        return [Monomial(Poly.of(1), {(node, ""): Fraction(1)})]
