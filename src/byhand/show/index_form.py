"""Index notation: one entry of an expression, as a formula of entries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import assert_never

from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var, as_number, contract, split_factor
from byhand.lang.index import Affine, Window
from byhand.lang.leaf import POW
from byhand.lang.sizes import Poly, Shape, Size
from byhand.lang.spec import Spec
from byhand.show.elementwise import applied
from byhand.show.listed import is_entry, listed
from byhand.show.pieces import ONE, Factor, Work, forms, is_minus, joined, math_of, power, scaled, signed, upright
from byhand.show.plain import plain_number
from byhand.show.tree import Comprehension, Entry, Kronecker, Numeral, Product, Sigma, Subscript, Sum, Tree, parts_of

Indices = tuple[str, ...]


def by_entries(work: Work, node: Expr, plain: Tree) -> Tree:
    """NumPy's spelling and in mathematics […]_{ij…}, the whole array by its entries, if these tell its shape."""
    letters = tuple(work.letters(len(node.shape)))
    body = Entries(work, deep=False, opened=node).of(node, letters)
    if not letters:
        return forms(plain, body)
    return forms(plain, Comprehension(body, letters)) if tells_sizes(body, letters) else plain


@dataclass(slots=True)
class Entries:
    """``deep``: written out down to the entries of names; otherwise matrix products keep their own notation.

    ``opened`` is written out in any case; ``used`` are the letters of the sums around.
    """

    work: Work
    deep: bool
    opened: Expr | None = None
    used: str = ""

    def of(self, node: Expr, at: Indices) -> Tree:
        """The entry of ``node`` at these indices."""
        constant = as_number(node)
        if constant is not None:
            return signed(constant, ONE)
        match node:
            case Num() | Var() | Named() | Call() | Inverse() | Pick():
                return self._whole(node, at)
            case Add():
                return self._sum(node, at)
            case Contract():
                return self._contraction(node, at)
            case Map(leaf, args) if leaf is POW and not self.deep and as_number(args[1]) is None:
                return self._whole(node, at)
            case Map(leaf, args):
                entries = tuple(self.of(arg, at) for arg in args)
                return power(entries[0], Poly.of(leaf.exponent)) if leaf.exponent is not None else applied(self.work, leaf, entries)
            case Index():
                return self._index(node, at)
            case _:
                assert_never(node)

    def _whole(self, node: Expr, at: Indices) -> Tree:
        base = math_of(self.work.tree(node))
        if at and all(index.isdigit() for index in at):
            return Subscript(base, ", ".join(at))  # z_1 would be a name
        return Entry(base, at) if at else base

    def _sum(self, node: Add, at: Indices) -> Tree:
        terms: list[tuple[bool, Tree]] = []
        entries = tuple(term for term in node.terms if is_entry(term))
        for term in node.terms:
            if term in entries:
                minus, tree = listed(self.work, entries)
                terms += [(minus, Entry(tree, at))] if term is entries[0] else []
                continue
            value = as_number(term)
            amount, entry = (value, ONE) if value is not None else _number_and(self, term, at)
            terms.append((is_minus(amount), scaled(-amount if is_minus(amount) else amount, entry)))
        if len(terms) == 1 and not terms[0][0]:
            return terms[0][1]
        return _common_factor(terms) if self.deep else Sum(tuple(terms))

    def _contraction(self, node: Contract, at: Indices) -> Tree:
        value, rest = split_factor(node)
        if value != Poly.of(1) and not isinstance(node.args[-1], Num):
            return signed(value, self.of(rest, at))
        summed = [c for c in node.spec.summed if not self.deep or _size_of(node, c) != 1]
        if summed and not self.deep and node is not self.opened and (kept := self._kept(node, at)) is not None:
            return kept
        letters = self._bound(node, at, summed)
        inner = replace(self, used=self.used + "".join(letters[c] for c in summed))
        body = signed(value, inner._product(node, letters, at)) if isinstance(node.args[-1], Num) else inner._product(node, letters, at)
        # What is stretched along an axis does not carry its letter: so many equal terms are a factor.
        carried = _carried(body)
        bound = tuple(letters[c] for c in summed if letters[c] in carried)
        times = Poly.of(1)
        for c in summed:
            times = times if letters[c] in carried else times * _size_of(node, c)
        return scaled(times, Sigma(bound, body) if bound else body)

    def _kept(self, node: Contract, at: Indices) -> Tree | None:
        """The entry of a sum in a notation of its own; nothing if that would be a Σ again."""
        spread = node.spec.broadcast
        if spread and len(set(node.spec.output)) == len(node.shape):
            rest = "".join(c for c in node.spec.output if c not in spread)
            return self.of(contract(Spec(node.spec.inputs, rest), *node.args), tuple(i for c, i in zip(node.spec.output, at) if c not in spread))
        if len(node.shape) > 2 or isinstance(math_of(self.work.tree(node)), Sigma):
            return None
        return self._whole(node, at)

    def _bound(self, node: Contract, at: Indices, summed: list[str]) -> dict[str, str]:
        """What each letter of the specification is called here; axes of size 1 have only the entry 0."""
        letters = dict.fromkeys(node.spec.summed, "0")
        for letter, index in zip(node.spec.output, at):
            letters.setdefault(letter, index)
        return letters | dict(zip(summed, self.work.letters(len(summed), skip="".join(at) + self.used)))

    def _product(self, node: Contract, letters: dict[str, str], at: Indices) -> Tree:
        factors = [self._factor(arg, tuple(letters[c] for c in word)) for word, arg in zip(node.spec.inputs, node.args) if not isinstance(arg, Num)]
        first: dict[str, str] = {}
        for letter, index in zip(node.spec.output, at):
            if first.setdefault(letter, index) != index:
                factors.append(Factor(Kronecker(first[letter], index), ""))
        return multiplied(factors)

    def _factor(self, node: Expr, at: Indices) -> Factor:
        if isinstance(node, Map) and node.leaf.exponent is not None and node.leaf.exponent < 0:
            return Factor(power(self.of(node.args[0], at), Poly.of(-node.leaf.exponent)), "", node, below=True)
        return Factor(self.of(node, at), "", node)

    def _index(self, node: Index, at: Indices) -> Tree:
        match node.by:
            case Window(axes) if self.deep and not node.scatter and all(_inside(axis, size, node.shape) for axis, size in zip(axes, node.arg.shape)):
                return self.of(node.arg, tuple(_affine(axis, at) for axis in axes))
            case _:
                return self._whole(node, at)


def _number_and(entries: Entries, term: Expr, at: Indices) -> tuple[Poly, Tree]:
    value, rest = split_factor(term)
    return value, entries.of(rest, at)


def multiplied(factors: list[Factor]) -> Tree:
    """The product of entries; an empty one is 1."""
    if not factors:
        return ONE
    result = factors[0]
    for factor in factors[1:]:
        if result.tree == ONE and not result.below:
            result = factor
        else:
            result = Factor(joined("scale", result, factor), "")
    return upright(result)


def _size_of(node: Contract, letter: str) -> Size:
    return next(size for word, arg in zip(node.spec.inputs, node.args) for c, size in zip(word, arg.shape) if c == letter)


def _carried(tree: Tree) -> frozenset[str]:
    """The indices that stand free somewhere in a formula."""
    if isinstance(tree, Entry):
        return _carried(tree.base) | _letters_of(tree.at)
    if isinstance(tree, Kronecker):
        return _letters_of((tree.left, tree.right))
    bound = tree.letters if isinstance(tree, (Sigma, Comprehension)) else ()
    return frozenset[str]().union(*map(_carried, parts_of(tree))) - frozenset(bound)


def _letters_of(indices: Indices) -> frozenset[str]:
    """The letters in indices, computed ones such as 2i+1 included."""
    return frozenset(c for index in indices for c in index if c.isalpha())


def tells_sizes(tree: Tree, letters: Iterable[str]) -> bool:
    """Whether a formula by itself says how far each of its indices runs, those of the sums in it included."""
    known = _measured(tree, frozenset())
    return known >= {*letters} and _sums_tell(tree, known)


def _sums_tell(tree: Tree, known: frozenset[str]) -> bool:
    if isinstance(tree, Sigma):
        known = _measured(tree.body, known - frozenset(tree.letters))
        if not known >= {*tree.letters}:
            return False
    return all(_sums_tell(part, known) for part in parts_of(tree))


def _measured(tree: Tree, known: frozenset[str]) -> frozenset[str]:
    """The indices whose range can be told from an array that carries them, or from a δ with such an index."""
    known = known | _in_arrays(tree)
    deltas = _deltas(tree)
    for _ in deltas:
        known |= {index for pair in deltas if pair & known for index in pair}
    return known


def _in_arrays(tree: Tree) -> frozenset[str]:
    if isinstance(tree, Entry):
        return frozenset(tree.at)
    bound = tree.letters if isinstance(tree, (Sigma, Comprehension)) else ()
    return frozenset[str]().union(*map(_in_arrays, parts_of(tree))) - frozenset(bound)


def _deltas(tree: Tree) -> list[frozenset[str]]:
    if isinstance(tree, Kronecker):
        return [frozenset((tree.left, tree.right))]
    return [pair for part in parts_of(tree) for pair in _deltas(part)]


# ------------------------------------------------------------------------------------- computed indices


def _inside(axis: Affine, size: Size, shape: Shape) -> bool:
    """Whether the index stays within the axis, so that no zero outside is meant, and is no letter that runs over just its beginning."""
    if len(axis.strides) == 1 and axis.offset == 0 and axis.strides[0][1] == 1 and shape[axis.strides[0][0]] != size:
        return False
    low = high = Poly.of(axis.offset)
    for place, stride in axis.strides:
        reach = (Poly.of(shape[place]) - 1) * stride
        low, high = (low + reach, high) if stride < 0 else (low, high + reach)
    room = (Poly.of(size) - 1 - high).constant
    if room is None and not axis.strides:
        return True  # one entry of an axis of symbolic size: whoever wrote it means one that exists
    return low.constant is not None and low.constant >= 0 and room is not None and room >= 0


def _affine(axis: Affine, at: Indices) -> str:
    """i+u, 2i+1, …"""
    parts = [_strided(stride, at[place]) for place, stride in axis.strides if at[place] != "0"]
    offset = plain_number(Poly.of(axis.offset)).replace(" ", "")
    if axis.offset != 0 or not parts:
        signed_offset = offset if offset.startswith("-") else f"+{offset}"
        parts.insert(len(parts) if any(part.startswith("+") for part in parts) else 0, signed_offset)
    return "".join(parts).removeprefix("+")


def _strided(stride: int, index: str) -> str:
    sign, times = "-" if stride < 0 else "+", "" if abs(stride) == 1 else str(abs(stride))
    return f"{sign}{times}({index})" if len(index) > 1 and stride != 1 else f"{sign}{times}{index}"


# --------------------------------------------------------------------------------------- common factors


def _common_factor(terms: list[tuple[bool, Tree]]) -> Tree:
    """p_i δ_ij − p_i p_j as p_i (δ_ij − p_j)."""
    lists = [_factors(term) for _, term in terms]
    shared = [tree for tree in lists[0] if tree != ONE and not isinstance(tree, Numeral) and all(tree in other for other in lists[1:])]
    if not shared or len(terms) < 2:
        return Sum(tuple(terms))
    front = shared[0]
    rest = [(minus, multiplied([Factor(tree, "") for tree in _removed(found, front)])) for (minus, _), found in zip(terms, lists)]
    return Product("scale", front, _common_factor(rest))


def _factors(tree: Tree) -> list[Tree]:
    if isinstance(tree, Product) and tree.kind == "scale":
        return [*_factors(tree.left), *_factors(tree.right)]
    return [tree]


def _removed(found: list[Tree], one: Tree) -> list[Tree]:
    position = found.index(one)
    return found[:position] + found[position + 1 :]
