"""Formulas as the sheet writes them: syntax trees as notation trees, with other indices put in for their letters.

The expression that a formula means has lost which product was written how; in a claim and its proof people look for
what they wrote.
"""

from __future__ import annotations

from dataclasses import dataclass

from byhand.lang.errors import ByhandError
from byhand.lang.names import Grad
from byhand.lang.sizes import Poly, Shape
from byhand.read.functions import function
from byhand.read.syntax import Applied, At, Attribute, Chain, Derivative, Indexed, Juxtaposed, Name, Negative, Number, Raised, Ranged, Sum, Transposed, Tree
from byhand.sheets.families.indices import Bound, Env, Region, affine, member, mostly, value
from byhand.sheets.families.model import Model
from byhand.sheets.families.writing import Pen
from byhand.show import tree as t

ONE = t.Numeral(Poly.of(1))
_SYMBOLS = {"sigmoid": ("σ", r"\sigma"), "sqrt": ("√", r"\sqrt")}


class Unwritten(Exception):
    """This piece is shown as what it means instead."""


@dataclass(frozen=True, slots=True)
class Writing:
    """``model`` knows the shapes, from which follows what a product is."""

    pen: Pen
    model: Model

    def tree(self, tree: Tree, env: Env) -> t.Tree:
        """The formula where its letters stand for these indices."""
        try:
            return self._tree(tree, env)
        except Unwritten:
            return self.pen.formula(self.model.expr(tree, env), self.model)

    def _tree(self, tree: Tree, env: Env) -> t.Tree:
        match tree:
            case Number(number):
                return t.Numeral(Poly.of(number))
            case Name(name) if name in env:
                return t.Numeral(env[name])
            case Name(name):
                return self.pen.name(name)
            case Indexed(Name(name), items) if name in self.model.system.families and len(items) == self.model.system.families[name]:
                return self.pen.name(member(name, tuple(affine(item, env) for item in items)))
            case Indexed(Derivative(of, wrt), items):
                return self.pen.name(Grad(of, member(wrt, tuple(affine(item, env) for item in items))))
            case Derivative(of, wrt):
                return self.pen.name(Grad(of, wrt))
            case Sum(terms):
                return t.Sum(tuple((minus, self._tree(term, env)) for minus, term, _ in terms))
            case Negative(body):
                return t.Sum(((True, self._tree(body, env)),))
            case Chain(first, rest):
                return self._chain(first, rest, env)
            case Juxtaposed((first, *rest), at):
                return self._chain(first, tuple(("·", factor, at) for factor in rest), env)
            case Attribute(base, "T") | Transposed(base):
                inner, on_paper = self._tree(base, env), isinstance(tree, Transposed)
                return inner if inner == ONE or (len(self._shape(base, env)) < 2 and not on_paper) else t.Transposed(inner)
            case Raised(base, exponent) if not isinstance(exponent, Name):
                return t.Power(self._tree(base, env), self._tree(exponent, env))
            case Applied(Name("eye"), (_,), ()):
                return t.Identity(self._shape(tree, env)[0])
            case Applied(Name("outer"), (left, right), ()):
                return self._outer(self._tree(left, env), self._tree(right, env))
            case Applied(Name(name), args, ()) if function(name) is not None and name != "sum":
                symbol = _SYMBOLS.get(name)
                return t.Function(self.pen.step if name == "step" else name, tuple(self._tree(arg, env) for arg in args), (), symbol)
            case Ranged(kind="sum" | "prod"):
                return self._ranged(tree, env)
            case _:
                raise Unwritten

    def _shape(self, tree: Tree, env: Env) -> Shape:
        try:
            return self.model.expr(tree, env).shape
        except ByhandError:
            raise Unwritten from None

    def _outer(self, left: t.Tree, right: t.Tree) -> t.Tree:
        if ONE in (left, right):
            return t.Transposed(right) if left == ONE else left
        rows = self.model.vectors == "rows"
        math = t.Product("matmul", t.Transposed(left) if rows else left, right if rows else t.Transposed(right))
        return t.Forms(t.Function("outer", (left, right)), math)

    def _chain(self, first: Tree, rest: tuple[tuple[str, Tree, At], ...], env: Env) -> t.Tree:
        """Products and quotients from left to right; how each is written follows from the shapes."""
        found, shape, so_far = self._tree(first, env), self._shape(first, env), first
        for op, part, at in rest:
            right, other = self._tree(part, env), self._shape(part, env)
            so_far = Chain(so_far, ((op, part, at),), first.at)
            if op == "/":
                found = self._over(found, right)
            elif ONE in (found, right):
                found = right if found == ONE else found
            elif op in ("@", "·") and shape and other and not (_single(shape) and _single(other)):
                found = self._matmul(found, right, shape, other)
            elif _single(shape) or _single(other):
                found = self._scaled(found, right)
            else:
                found = t.Product("hadamard", found, right)
            shape = self._shape(so_far, env)
        return found

    def _matmul(self, left: t.Tree, right: t.Tree, shape: Shape, other: Shape) -> t.Tree:
        if len(shape) == len(other) == 1:
            turned = self.model.vectors == "columns"
            return t.Product("matmul", t.Transposed(left) if turned else left, right if turned else t.Transposed(right))
        return t.Product("matmul", left, right)

    def _scaled(self, left: t.Tree, right: t.Tree) -> t.Tree:
        if isinstance(left, t.Sum) and len(left.terms) == 1:
            return t.Sum(((left.terms[0][0], self._scaled(left.terms[0][1], right)),))
        return t.Product("scale", left, right)

    def _over(self, left: t.Tree, right: t.Tree) -> t.Tree:
        if isinstance(left, t.Sum) and len(left.terms) == 1:
            return t.Sum(((left.terms[0][0], t.Quotient(left.terms[0][1], right)),))
        return t.Quotient(left, right)

    def _ranged(self, tree: Ranged, env: Env) -> t.Tree:
        first, *more = tree.over
        low, high = affine(first.low, env), affine(first.high, env)
        body: Tree = Ranged(tree.kind, tree.body, tuple(more), tree.at) if more else tree.body
        counts = {value(high - low, point) for point in self.model.region.points}
        if tree.kind == "prod" and counts == {-1}:
            return ONE
        if counts == {0}:
            return self._tree(body, {**env, first.letter: low})
        from_letters = {letter for poly in (low, high) for letter in poly.letters}
        if not from_letters <= {*self.model.region.letters} or tree.kind == "all":
            raise Unwritten
        region = self.model.region.over(Bound(first.letter, low, high))

        def written(part: Region) -> t.Tree:
            inner = Writing(self.pen, self.model.inside(part))
            return inner._tree(body, {**env, first.letter: Poly.letter(first.letter)})

        return t.Ranged(tree.kind, first.letter, low, high, mostly(region, written))


def _single(shape: Shape) -> bool:
    return all(axis == 1 for axis in shape)
