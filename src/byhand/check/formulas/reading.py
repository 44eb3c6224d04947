"""Formulas as people write them, read with the names of an exercise; what could be meant besides is read too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from byhand.check.exercise.quantity import Quantity
from byhand.check.formulas.chainrule import chained
from byhand.check.formulas.guesses import given_by_name, otherwise_multiplied, rated, with_letters
from byhand.check.formulas.indices import whole_arrays
from byhand.check.formulas.loosely import as_matrices, loosely, with_ones
from byhand.check.formulas.mending import Mended, transposes
from byhand.check.formulas.scope import Scopes
from byhand.check.formulas.spelling import Spelling, tidied
from byhand.check.formulas.trees import extent, pieces
from byhand.lang.errors import ByhandError, ShapeError
from byhand.lang.expr import Expr, Num
from byhand.lang.names import Grad, Updated
from byhand.lang.walk import postorder
from byhand.read.elaborate import elaborate
from byhand.read.parse import parse_formula
from byhand.read.scope import Scope
from byhand.read.syntax import Attribute, Chain, Juxtaposed, Primed, Raised, Transposed, Tree
from byhand.read.syntax import Name as NameTree

MOST_CHARACTERS = 2_500
MOST_SPELLED = 4 * MOST_CHARACTERS
"""With the commands of LaTeX spelled out, each of which counts as one."""
_SIGNS = re.compile(r"\\(?:[A-Za-z]+|.)|[{}\s]+")
MOST_DELTAS = 8
MOST_LEVELS = 60
MOST_PIECES = 600
MOST_FACTORS = 60
MOST_BITS = 1000
_LYING = (Juxtaposed, Transposed, Primed, Raised, Attribute)
"""What depends on the way in which vectors lie."""
_BARE = re.compile(r"(?:δ|delta)(?:_[a-z])?$")
TOO_DEEP = "this formula is nested too deeply."


@dataclass(frozen=True, slots=True)
class Sense:
    """Another sense of a formula: its tree, its names, what a bare δ is, and what to say of it."""

    tree: Tree
    scope: Scope
    delta: Grad | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Understood:
    """One way to read a formula. ``guess``: it counts only if the formula turns out to be right in this sense, which ``remarks`` say."""

    expr: Expr
    read_as: str
    remarks: tuple[str, ...] = ()
    guess: bool = False


@dataclass(slots=True)
class Readings:
    """Reads formulas for the quantities of one exercise."""

    scopes: Scopes

    def of(self, quantity: Quantity, text: str) -> Iterator[Understood]:
        """All ways to read a formula, the plain one first. Raises ``ByhandError`` at the end if no plain one was found."""
        count = len(_SIGNS.sub(".", text)) if len(text) <= MOST_SPELLED else len(text)
        if count > MOST_CHARACTERS:
            raise ByhandError(f"the formula has {count:,} characters; the limit for an answer is {MOST_CHARACTERS:,}.")
        scope = self.scopes.of(quantity)
        tree = _parsed(tidied(text, scope), scope)
        deltas = self._deltas(quantity)
        problem: ByhandError | None = None
        scope, rate = rated(tree, scope, quantity, self.scopes.exercise)
        fits = False
        try:
            for found in self._plain(tree, scope, quantity, deltas[:1]):
                fits = fits or found.expr.shape in (quantity.node.shape, ())
                yield replace(found, remarks=(*found.remarks, *rate))
        except ByhandError as error:
            problem = error
        for sense in self._senses(tree, quantity, scope, deltas, fits):
            yield from (replace(found, remarks=(*found.remarks, *rate)) for found in self._guess(sense, quantity))
        if problem is not None:
            raise problem

    def mended(self, quantity: Quantity, text: str) -> Iterator[tuple[Mended, Understood]]:
        """A formula whose shapes do not fit, with one transpose more or less."""
        scope, deltas = self.scopes.of(quantity), self._deltas(quantity)
        tree = _parsed(tidied(text, scope), scope)
        for mended in transposes(tree):
            sense = Sense(mended.tree, rated(tree, scope, quantity, self.scopes.exercise)[0], deltas[0] if deltas else None)
            yield from ((mended, found) for found in self._guess(sense, quantity))

    def _guess(self, sense: Sense, quantity: Quantity) -> Iterator[Understood]:
        """The formula in another sense, which counts only if it is right in it."""
        remarks = (sense.remark,) if sense.remark else ()
        try:
            for found in self._plain(sense.tree, sense.scope, quantity, [sense.delta] if sense.delta is not None else []):
                yield replace(found, remarks=(*found.remarks, *remarks), guess=True)
        except ByhandError:
            pass

    def _senses(self, tree: Tree, quantity: Quantity, scope: Scope, deltas: list[Grad], fits: bool) -> Iterator[Sense]:
        """Other senses in which the formula could be meant."""
        delta = deltas[0] if deltas else None
        if any(isinstance(piece, _LYING) or (isinstance(piece, Chain) and any(op == "·" for op, _, _ in piece.rest)) for piece in pieces(tree)):
            turned = replace(scope, vectors="rows" if scope.vectors == "columns" else "columns")
            yield Sense(tree, turned, delta, f"read with vectors as {turned.vectors}")
        matrices = as_matrices(tree)
        if matrices is not tree:
            yield Sense(matrices, scope, delta, f"read with vectors as matrices of one {scope.vectors[:-1]}")
        newest = self.scopes.newest(quantity)
        if newest is not None:
            yield Sense(tree, newest, delta, "read with the names for their values after the step")
        batch = self.scopes.on_batch(quantity)
        if batch is not None:
            yield Sense(tree, batch, delta, "read with the data of the batch")
        if quantity.kind != "updated" and not quantity.state.taken and any(isinstance(piece, Primed) for piece in pieces(tree)):
            before = {name: expr for name, expr in scope.names.items() if not isinstance(name, Updated)}
            yield Sense(tree, replace(scope, names=before), delta, "read with ′ for the transpose")
        if any(isinstance(piece, NameTree) and _BARE.match(piece.name) for piece in pieces(tree)):
            yield from (Sense(tree, scope, one) for one in deltas[1:])
        named = given_by_name(tree, self.scopes.exercise)
        if named is not None:
            yield Sense(named[0], scope, delta, named[1])
        spelling = self._spelling(scope, delta)
        for other, remark in otherwise_multiplied(tree, spelling, fits):
            yield Sense(other, spelling.whole, delta, remark)
        if fits:
            return
        for one, remark in ((tree, ""), *loosely(tree, scope)):
            if one is not tree:
                yield Sense(one, scope, delta, remark)
            for other, letters in with_letters(one, scope, quantity):
                yield Sense(one, other, delta, "; ".join(filter(None, (remark, letters))))

    def _plain(self, tree: Tree, scope: Scope, quantity: Quantity, deltas: list[Grad]) -> Iterator[Understood]:
        """The formula in one scope: as it stands, as a product of local derivatives, or as the entries of an array."""
        spelling = self._spelling(scope, deltas[0] if deltas else None)
        meant = spelling.tree(tree)
        meant = with_ones(meant, spelling.whole, quantity.node.shape)
        product = chained(meant, scope)
        if product is not None:
            yield Understood(*product, tuple(spelling.remarks))
            return
        problem: ByhandError | None = None
        try:
            reading = elaborate(meant, spelling.whole)
            refuse_huge(reading.expr)
            yield Understood(reading.expr, reading.read_as, tuple(spelling.remarks))
        except ByhandError as error:
            problem = error
        if problem is not None:
            yield from _entries(meant, spelling, quantity, problem)

    def _spelling(self, scope: Scope, delta: Grad | None) -> Spelling:
        scopes = self.scopes
        return Spelling(scope, delta, scopes.layers, scopes.gradients, scopes.activations, scopes.output)

    def _deltas(self, quantity: Quantity) -> list[Grad]:
        """What a bare δ may be the gradient of: of layers before all, the nearest one first."""
        exercise, layers = self.scopes.exercise, set(self.scopes.layers)
        known = {name: one.node.name for name, one in exercise.quantities.items() if isinstance(one.node.name, Grad)}
        near = [known[name] for name in quantity.parents if name in known]
        below = sorted(self.scopes.ground.below(quantity.name) & known.keys(), key=lambda name: -exercise.place[name])
        far = [known[name] for name in below if known[name] in layers]
        ordered = [*(one for one in near if one in layers), *far, *near, *self.scopes.layers]
        itself = quantity.node.name
        others = [one for one in dict.fromkeys(ordered) if one != itself][: MOST_DELTAS - 1]
        return [*others, itself] if isinstance(itself, Grad) else others


def _parsed(text: str, scope: Scope) -> Tree:
    try:
        tree = parse_formula(text, 1, 1, scope.stars)
    except RecursionError:
        raise ByhandError(TOO_DEEP) from None
    levels, count = extent(tree)
    if levels > MOST_LEVELS:
        raise ByhandError(TOO_DEEP)
    if count > MOST_PIECES:
        raise ByhandError(f"the formula has {count:,} names, numbers and operations; the limit for an answer is {MOST_PIECES}.")
    if any(
        len(piece.factors if isinstance(piece, Juxtaposed) else piece.rest) > MOST_FACTORS for piece in pieces(tree) if isinstance(piece, (Juxtaposed, Chain))
    ):
        raise ByhandError(f"a product of more than {MOST_FACTORS} factors is refused in an answer.")
    return tree


def _entries(tree: Tree, spelling: Spelling, quantity: Quantity, problem: ByhandError) -> Iterator[Understood]:
    """A formula for entries as the formula of the array; raises the problem of the formula as it stands where that is impossible too."""
    found: list[Understood] = []
    for array in whole_arrays(tree, spelling.whole):
        try:
            reading = elaborate(array, spelling.whole)
            refuse_huge(reading.expr)
        except ByhandError:
            continue
        found.append(Understood(reading.expr, reading.read_as, tuple(spelling.remarks)))
    if not found:
        raise problem
    fitting = [one for one in found if one.expr.shape == quantity.node.shape]
    yield fitting[0] if fitting else found[0]


def refuse_huge(expr: Expr) -> None:
    """``ByhandError`` for a number that no 64-bit float comes near."""
    for node in postorder(expr):
        if isinstance(node, Num) and any(abs(value.numerator.bit_length() - value.denominator.bit_length()) > MOST_BITS for _, value in node.value.terms):
            raise ByhandError("a number in this formula is too large, or too near to zero, for a 64-bit float.")


def is_ill_shaped(problem: ByhandError) -> bool:
    """Whether a formula was understood, but its operands do not fit."""
    return isinstance(problem, ShapeError)
