"""What the makers of notation trees share: the work in hand, and small trees that keep to textbook form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from byhand.lang.expr import Expr, Index, Map
from byhand.lang.index import Window
from byhand.lang.sizes import Poly, Shape, Size
from byhand.lang.spec import LETTERS
from byhand.show.conventions import Conventions
from byhand.show.numbers import is_fraction
from byhand.show.tree import Filled, Forms, Function, Identity, Inverted, Numeral, Power, Product, Quotient, Setting, Subscript, Sum, Sym, Transposed, Tree

Sizes = Mapping[str, Size]
ONE = Numeral(Poly.of(1))


@dataclass(slots=True)
class Work:
    """The trees made so far, operands before what uses them, and the names that index letters must avoid."""

    conventions: Conventions
    taken: frozenset[str]
    make: Callable[[Work, Expr], Tree]
    done: dict[Expr, Tree] = field(default_factory=dict[Expr, Tree])

    def tree(self, node: Expr) -> Tree:
        """The tree of a node; parts of a formula that are none of its own nodes are made when asked for."""
        return self.done[node] if node in self.done else self.make(self, node)

    def letters(self, count: int, skip: str = "") -> str:
        """Index letters i, j, k, … that no name uses."""
        return "".join([c for c in LETTERS if c not in skip and c not in self.taken and not any(name.endswith(f"_{c}") for name in self.taken)][:count])


@dataclass(frozen=True, slots=True)
class Factor:
    """An operand with the letters of its axes. ``below``: it divides; the tree is then what stands under the line."""

    tree: Tree
    word: str
    expr: Expr | None = None
    below: bool = False


def forms(plain: Tree, math: Tree) -> Tree:
    """Both spellings, or the one that both share."""
    return plain if plain == math else Forms(plain, math)


def plain_of(tree: Tree) -> Tree:
    while isinstance(tree, Forms):
        tree = tree.plain
    return tree


def math_of(tree: Tree) -> Tree:
    while isinstance(tree, Forms):
        tree = tree.math
    return tree


def transposed(tree: Tree) -> Tree:
    """Aᵀ, without a double or an idle transpose."""
    match tree:
        case Transposed(base):
            return base
        case Identity():
            return tree
        case Forms(plain, math):
            return forms(transposed(plain), transposed(math))
        case Product("matmul", left, right) if transposed(left) == right:  # a Gram matrix is symmetric
            return tree
        case Inverted(base) if transposed(base) == base:
            return tree
        case _:
            return Transposed(tree)


def negated(tree: Tree) -> Tree:
    return Sum(((True, tree),))


def signed(value: Poly, tree: Tree, scalar: bool = False) -> Tree:
    """A number times a tree, its sign in front."""
    return negated(scaled(-value, tree, scalar)) if is_minus(value) else scaled(value, tree, scalar)


def is_minus(value: Poly) -> bool:
    return bool(value.terms) and value.terms[0][1] < 0


def scaled(value: Poly, tree: Tree, scalar: bool = False) -> Tree:
    """A number that is not negative times a tree; numbers move to the front of products and onto fractions.

    ``scalar``: the tree is a single number, so that its name may stand on a fraction line: ε/3.
    """
    if value == Poly.of(1):
        return tree
    match tree:
        case Forms(plain, math):
            return forms(scaled(value, plain, scalar), scaled(value, math, scalar))
        case Numeral(other):
            return Numeral(value * other)
        case Quotient(top, bottom) if len(value.terms) == 1:
            above, below = _above_and_below(value)
            return Quotient(scaled(above, top), scaled(below, bottom))
        case Sym() if scalar and is_fraction(value):
            above, below = _above_and_below(value)
            return Quotient(scaled(above, tree), Numeral(below))
        case Product("hadamard", left, right):
            return Product("hadamard", scaled(value, left), right)
        case _:
            return Product("scale", Numeral(value), tree)


def _above_and_below(value: Poly) -> tuple[Poly, Poly]:
    """p/q as p and q."""
    ((monomial, amount),) = value.terms
    above = tuple((letter, power) for letter, power in monomial if power > 0)
    below = tuple((letter, -power) for letter, power in monomial if power < 0)
    return Poly(((above, Fraction(amount.numerator)),)), Poly(((below, Fraction(amount.denominator)),))


def power(base: Tree, exponent: Poly) -> Tree:
    """xⁿ for a rational n: roots and quotients where people write them so."""
    constant = exponent.constant
    if constant is None:
        return Power(base, Numeral(exponent))
    if constant < 0:
        return Quotient(ONE, power(base, -exponent))
    if constant == 1:
        return base
    if constant * 2 == 1:
        return Function("sqrt", (base,), (), ("√", r"\sqrt"))
    return Power(base, Numeral(exponent))


def divisor(work: Work, node: Expr) -> Tree | None:
    """x where ``node`` is 1/x (or a power that stands below the line), else nothing."""
    if isinstance(node, Map) and node.leaf.exponent is not None and node.leaf.exponent < 0:
        return power(work.done[node.args[0]], Poly.of(-node.leaf.exponent))
    return None


def joined(kind: Literal["scale", "hadamard"], left: Factor, right: Factor) -> Tree:
    """The product of two factors, elementwise, as a quotient where one divides."""
    match left.below, right.below:
        case False, False if kind == "scale" and isinstance(right.tree, Quotient):
            top = right.tree.top
            return Quotient(scaled(top.value, left.tree) if isinstance(top, Numeral) else Product("scale", left.tree, top), right.tree.bottom)
        case False, False:
            return Product(kind, left.tree, right.tree)
        case False, True:
            return Quotient(left.tree, right.tree)
        case True, False:
            return Quotient(right.tree, left.tree)
        case _:
            return Quotient(ONE, Product(kind, left.tree, right.tree))


def upright(factor: Factor) -> Tree:
    """The factor as a multiplier."""
    return Quotient(ONE, factor.tree) if factor.below else factor.tree


def ones(shape: Shape) -> Tree:
    return Filled(1, shape)


def identity(work: Work, size: Size) -> Tree:
    """I_n, unless the sheet has an I of its own."""
    return Forms(Identity(size), Function("eye", (Setting(str(size)),))) if "I" in work.taken else Identity(size)


def diagonal(tree: Tree) -> Tree:
    return Function("diag", (tree,))


def new_axes(tree: Tree, pattern: str) -> Tree:
    """v[:, None]"""
    return Subscript(tree, pattern)


def without_new_axes(node: Expr) -> tuple[Expr, tuple[int, ...]] | None:
    """The operand of v[:, None] and the places of the axes it gained."""
    if not isinstance(node, Index) or node.scatter or not isinstance(node.by, Window):
        return None
    kept: list[int] = []
    for axis, size in zip(node.by.axes, node.arg.shape):
        if axis.offset != 0 or len(axis.strides) != 1 or axis.strides[0][1] != 1 or node.shape[axis.strides[0][0]] != size:
            return None
        kept.append(axis.strides[0][0])
    gained = tuple(k for k in range(len(node.shape)) if k not in kept)
    return (node.arg, gained) if kept == sorted(set(kept)) and gained and all(node.shape[k] == 1 for k in gained) else None
