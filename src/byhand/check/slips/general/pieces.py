"""Formulas taken apart and put together again as slips need it: factors, terms, products, one entry of a sum."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Add, Contract, Expr, Map, Num, Var, add, contract, num, scale, split_factor
from byhand.lang.functions import take
from byhand.lang.sizes import ONE, Poly, Size
from byhand.lang.spec import LETTERS, Spec
from byhand.lang.walk import postorder


def tried(build: Callable[..., Expr], *args: object) -> Expr | None:
    """What ``build`` makes, or ``None`` where the shapes do not allow it."""
    if any(arg is None for arg in args):
        return None
    try:
        return build(*args)
    except (ByhandError, ValueError):  # ValueError: an array with another number of axes in the place of one
        return None


def variables(node: Expr) -> list[Var]:
    """The quantities that a formula mentions."""
    return [inner for inner in postorder(node) if isinstance(inner, Var)]


def terms_of(node: Expr) -> tuple[Expr, ...]:
    return node.terms if isinstance(node, Add) else (node,)


def only_term_changed(step: Expr, term: Expr, fresh: Expr | None) -> Expr | None:
    """The sum with one term replaced, or left out where nothing takes its place."""
    if fresh is not None and fresh.shape != step.shape:
        return None
    kept = [(fresh if one is term else one) for one in terms_of(step)]
    rest = [one for one in kept if one is not None]
    return add(rest) if rest else None


# --------------------------------------------------------------------------------------------------- factors


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of an elementwise product; ``word`` says which axes of the product it has."""

    node: Expr
    word: str


@dataclass(frozen=True, slots=True)
class Product:
    """An elementwise product with the number in front, axes called i, j, k, … in order."""

    number: Poly
    factors: tuple[Factor, ...]
    like: Expr

    def of(self, factors: Iterable[Factor], number: Poly | None = None) -> Expr:
        """The product of these factors, of the same shape; stretched where they lack an axis."""
        word = LETTERS[: len(self.like.shape)]
        total, letters = num(1), ""
        for factor in factors:
            union = "".join(c for c in word if c in letters or c in factor.word)
            total = contract(Spec((letters, factor.word), union), total, factor.node)
            letters = union
        stretched = contract(Spec((letters,), word), total, sizes=dict(zip(word, self.like.shape)))
        return scale(self.number if number is None else number, stretched)

    def without(self, gone: Iterable[Factor]) -> list[Factor] | None:
        """The factors that are left, or ``None`` if one of ``gone`` is not there."""
        rest = list(self.factors)
        for factor in gone:
            if factor not in rest:
                return None
            rest.remove(factor)
        return rest


def product_of(term: Expr) -> Product:
    """A term as number and factors; a matrix product is one factor."""
    number, rest = split_factor(term)
    return Product(number, tuple(_factors(rest, LETTERS[: len(term.shape)])), term)


def _factors(node: Expr, word: str) -> Iterable[Factor]:
    match node:
        case Num(value) if value == ONE:
            return
        case Contract(how, (inner,)) if _elementwise(how):
            yield from _factors(inner, _letters(how.inputs[0], how, word))
        case Contract(how, (left, right)) if _elementwise(how) and not _is_outer(how):
            yield from _factors(left, _letters(how.inputs[0], how, word))
            yield from _factors(right, _letters(how.inputs[1], how, word))
        case _:
            yield Factor(node, word)


def _elementwise(how: Spec) -> bool:
    return not how.summed and all(len(set(word)) == len(word) for word in (*how.inputs, how.output))


def _is_outer(how: Spec) -> bool:
    return bool(how.inputs[0] and how.inputs[1]) and not set(how.inputs[0]) & set(how.inputs[1])


def _letters(inner: str, how: Spec, word: str) -> str:
    outer = dict(zip(how.output, word))
    return "".join(outer[c] for c in inner)


def is_product(node: Expr) -> bool:
    """Whether a node is a product of matrices or vectors: something is summed over, or it is an outer product."""
    return isinstance(node, Contract) and len(node.args) == 2 and (_is_outer(node.spec) or any(c in node.spec.inputs[1] for c in node.spec.summed))


def is_scalar_multiple(node: Expr) -> bool:
    """Whether a node is a scalar quantity times something."""
    return isinstance(node, Contract) and len(node.args) == 2 and not node.spec.inputs[0] and not isinstance(node.args[0], Num)


def reciprocal_of(node: Expr) -> Expr | None:
    """x for 1/x."""
    return node.args[0] if isinstance(node, Map) and node.leaf.exponent == Fraction(-1) else None


# ------------------------------------------------------------------------------------------------- one entry


def only_entry(node: Contract, letter: str, at: int) -> Expr:
    """A sum of products with one value of the summed index alone."""
    words = tuple(word.replace(letter, "") for word in node.spec.inputs)
    parts = [_entry(arg, word, letter, at) for arg, word in zip(node.args, node.spec.inputs)]
    return contract(Spec(words, node.spec.output), *parts, sizes=dict(zip(node.spec.output, node.shape)))


def _entry(arg: Expr, word: str, letter: str, at: int) -> Expr:
    return take(arg, [at if c == letter else slice(None) for c in word]) if letter in word else arg


def size_of(node: Contract, letter: str) -> object:
    """How many entries the sum over a letter has."""
    sizes = {c: axis for word, arg in zip(node.spec.inputs, node.args) for c, axis in zip(word, arg.shape)}
    return sizes[letter]


def divided(number: Poly, by: Size) -> bool:
    """Whether a number has a size in its denominator."""
    if isinstance(by, int):
        return bool(number.terms) and all(value.denominator % by == 0 for _, value in number.terms)
    letters = Poly.of(by)
    if len(letters.terms) != 1:
        return False
    wanted = letters.terms[0][0]
    return bool(number.terms) and all(dict(monomial).get(letter, 0) <= -power for monomial, _ in number.terms for letter, power in wanted)
