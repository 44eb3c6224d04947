"""What a formula may be meant to say where it does not say it: products of entries side by side, numbers of the sheet, letters for numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.formulas.spelling import Spelling
from byhand.check.formulas.trees import pieces, upwards
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Num, num
from byhand.lang.sizes import Shape
from byhand.lang.walk import postorder
from byhand.read.beside import called
from byhand.read.elaborator import Elaborator
from byhand.read.functions import function
from byhand.read.literal import Data, data_of
from byhand.read.names import find
from byhand.read.scope import Scope
from byhand.read.syntax import Applied, At, Chain, Juxtaposed, Listed, Tree
from byhand.read.syntax import Name as NameTree
from byhand.read.value import Value as Meaning
from byhand.run.bind import Value
from byhand.run.evaluate import number_text
from byhand.run.mixed import is_exact

_RATES = ("η", "eta", "α", "alpha", "lr", "rate", "learning_rate", "γ", "μ", "ε", "epsilon")
MOST_NUMBERS = 10
MOST_FACTORS = 12

# ------------------------------------------------------------------------------------------- letters for numbers


def rated(tree: Tree, scope: Scope, quantity: Quantity, exercise: Exercise) -> tuple[Scope, tuple[str, ...]]:
    """The scope with a letter for the learning rate of a step, if the sheet has none: the only number in the step.

    In formulas for other quantities it is that of the first step, where it has no place.
    """
    step = quantity if quantity.kind == "updated" else next((one for one in exercise.quantities.values() if one.kind == "updated"), None)
    if step is None or not step.steps:
        return scope, ()
    unknown = [name for name in _unknown(tree, scope) if name in _RATES]
    numbers = [number for number in _numbers(step) if number != 1]
    if len(unknown) != 1 or len(numbers) > 1:
        return scope, ()
    rate = numbers[0] if numbers else Fraction(1)
    return replace(scope, names={**scope.names, unknown[0]: num(rate)}), (f"{unknown[0]} read as {number_text(rate)}",)


def with_letters(tree: Tree, scope: Scope, quantity: Quantity) -> Iterator[tuple[Scope, str]]:
    """Scopes in which an unknown letter is a number of the step, or the length of an axis."""
    unknown = list(_unknown(tree, scope))
    if len(unknown) != 1 or not (len(unknown[0]) == 1 or unknown[0] in _RATES):
        return
    axes = [Fraction(axis) for shape in _shapes(scope) for axis in shape if isinstance(axis, int) and axis > 1]
    for number in dict.fromkeys([*axes, *(one for one in _numbers(quantity) if one != 1)][:MOST_NUMBERS]):
        yield replace(scope, names={**scope.names, unknown[0]: num(number)}), f"{unknown[0]} read as {number_text(number)}"


def _unknown(tree: Tree, scope: Scope) -> dict[str, None]:
    reader = Elaborator(scope)
    found: dict[str, None] = {}
    for piece in pieces(tree):
        if isinstance(piece, NameTree) and piece.name != "T" and function(piece.name) is None and not _is_known(reader, piece.name):
            found[piece.name] = None
    return found


def _is_known(reader: Elaborator, name: str) -> bool:
    """Whether a name means something, if only as the name of an array with indices at its foot."""
    try:
        return find(reader, name) is not None or find(reader, name.partition("_")[0]) is not None
    except ByhandError:
        return True


def _shapes(scope: Scope) -> list[Shape]:
    """The shapes of everything that has a name."""
    return [expr.shape for expr in scope.names.values()]


def _numbers(quantity: Quantity) -> list[Fraction]:
    """The numbers in the step of a quantity, without their signs."""
    values = [node.value.constant for step in quantity.steps[:1] for node in postorder(step) if isinstance(node, Num)]
    return list(dict.fromkeys(abs(value) for value in values if value))


# --------------------------------------------------------------------------------------- numbers for letters


def given_by_name(tree: Tree, exercise: Exercise) -> tuple[Tree, str] | None:
    """The formula with names in the place of arrays that are written out as the sheet gives them."""
    if not any(isinstance(piece, Listed) for piece in pieces(tree)):
        return None
    given = {name: one.truth for name, one in exercise.quantities.items() if one.kind == "given" and one.truth is not None and one.truth.shape}
    put: list[str] = []

    def named(piece: Tree) -> Tree:
        data = _data(piece) if isinstance(piece, Listed) else None
        name = None if data is None else next((name for name, value in given.items() if _is_same(data, value)), None)
        if name is None:
            return piece
        put.append(name)
        return NameTree(name, piece.at)

    found = upwards(tree, named)
    return (found, f"with the numbers of {' and '.join(dict.fromkeys(put))} put in") if put else None


def _is_same(data: Data, value: Value) -> bool:
    return value.shape == data.shape and is_exact(value) and tuple(value.ravel().tolist()) == data.entries


def _data(tree: Tree) -> Data | None:
    try:
        return data_of(tree)
    except ByhandError:
        return None


# --------------------------------------------------------------------------------------------------- products


def otherwise_multiplied(tree: Tree, spelling: Spelling, fits: bool) -> Iterator[tuple[Tree, str]]:
    """The formula with a quotient before other factors as one of them; and, where its shape does not fit as it stands, with factors side by
    side multiplied entry by entry, and with ``*`` for products of matrices.
    """
    try:
        meant = spelling.tree(tree)
    except ByhandError:
        return
    if any(isinstance(piece, Juxtaposed) and len(piece.factors) > MOST_FACTORS for piece in pieces(meant)):
        return
    quotient = upwards(meant, _quotient_first)
    if quotient is not meant:
        yield quotient, "a quotient before other factors read as one factor"
    if fits:
        return
    reader = Elaborator(spelling.whole)
    for fold in (_from_left, _from_right):
        entrywise = upwards(meant, lambda piece, fold=fold: _entrywise(piece, reader, fold))
        if entrywise is not meant:
            yield entrywise, "factors side by side read as the product of entries"
    matrices = upwards(meant, _matrices)
    if matrices is not meant:
        yield matrices, "* read as the product of matrices"


def _value(tree: Tree, reader: Elaborator) -> Meaning | None:
    try:
        return reader.value(tree)
    except ByhandError:
        return None


def _entrywise(tree: Tree, reader: Elaborator, fold: Callable[[Sequence[Tree], Elaborator, At], tuple[Tree, bool]]) -> Tree:
    """x y, and x(y), as x ⊙ y where both have one shape."""
    match tree:
        case Juxtaposed(factors):
            factors = _called(reader, factors)
        case Applied(NameTree(name) as base, (arg,), ()) if function(name) is None:
            factors = (base, arg)
        case _:
            return tree
    found, changed = fold(factors, reader, tree.at)
    return found if changed else tree


def _from_left(factors: Sequence[Tree], reader: Elaborator, place: At) -> tuple[Tree, bool]:
    """Multiplied from left to right; whether entries were multiplied."""
    found, changed = factors[0], False
    for factor in factors[1:]:
        alike = _alike(found, factor, reader)
        changed = changed or alike
        found = _multiplied(found, factor, alike, place)
    return found, changed


def _from_right(factors: Sequence[Tree], reader: Elaborator, place: At) -> tuple[Tree, bool]:
    """Multiplied from right to left, as in relu′(h) W δ."""
    found, changed = factors[-1], False
    for factor in reversed(factors[:-1]):
        alike = _alike(factor, found, reader)
        changed = changed or alike
        found = _multiplied(factor, found, alike, place)
    return found, changed


def _called(reader: Elaborator, factors: Sequence[Tree]) -> Sequence[Tree]:
    try:
        return called(reader, factors)
    except ByhandError:
        return factors


def _alike(first: Tree, second: Tree, reader: Elaborator) -> bool:
    """Whether two factors have one shape, or else no matrix product, but entries that meet: g and X of shapes (D,) and (N, D)."""
    left, right = _value(first, reader), _value(second, reader)
    if left is None or right is None or not left.rank or not right.rank:
        return False
    if left.rank == right.rank:
        return left.expr.shape == right.expr.shape and left.flipped == right.flipped
    short, long = sorted((left.expr.shape, right.expr.shape), key=len)
    return long[len(long) - len(short) :] == short and _value(Juxtaposed((first, second), second.at), reader) is None


def _multiplied(left: Tree, right: Tree, entrywise: bool, place: At) -> Tree:
    return Chain(left, (("⊙", right, place),), place) if entrywise else Juxtaposed((left, right), place)


def _quotient_first(tree: Tree) -> Tree:
    """1/√d Q Kᵀ as (1/√d) Q Kᵀ."""
    match tree:
        case Chain(first, (("/", Juxtaposed(factors), place), *_)):
            whole = Juxtaposed((Chain(first, (("/", factors[0], place),), tree.at), *factors[1:]), tree.at)
            return Chain(whole, tree.rest[1:], tree.at) if tree.rest[1:] else whole
        case _:
            return tree


def _matrices(tree: Tree) -> Tree:
    """A * B as A B."""
    if not isinstance(tree, Chain):
        return tree
    rest = tuple(("·" if op == "*" else op, part, place) for op, part, place in tree.rest)
    return Chain(tree.first, rest, tree.at) if rest != tree.rest else tree
