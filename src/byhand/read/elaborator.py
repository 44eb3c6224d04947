"""A syntax tree with a scope into an expression: names, shapes and conventions decide what was meant."""

from __future__ import annotations

from typing import assert_never

from byhand.lang.errors import ByhandError, NotYetError
from byhand.lang.expr import num
from byhand.lang.functions import norm
from byhand.lang.leaves import absolute, step
from byhand.read.alphabet import ONES, ZEROS
from byhand.read.applying import application
from byhand.read.beside import called, tightly
from byhand.read.derivatives import joined
from byhand.read.index_form import comprehension, sigma_value
from byhand.read.indexing import indexed
from byhand.read.limits import MAX_FACTORS, MAX_LITERAL_IN_FORMULA, check_entries, check_size
from byhand.read.literal import data_of
from byhand.read.names import find, gradient_name, member, quantity, sized_constant, unknown
from byhand.read.products import at_sign, dotted, hadamard, juxtaposed, outer_product, raised_to, total, transposed
from byhand.read.rearranging import stacked
from byhand.read.reductions import constant
from byhand.read.scope import Scope
from byhand.read.spread import spread
from byhand.read.static import error, number_of
from byhand.read.syntax import (
    Applied,
    Attribute,
    Bars,
    Chain,
    Comparison,
    Derivative,
    Grouped,
    Indexed,
    Juxtaposed,
    Listed,
    Name,
    Negative,
    Number,
    Primed,
    Raised,
    Range,
    Ranged,
    Sigma,
    Subscripted,
    Sum,
    Text,
    Transposed,
    Tree,
)
from byhand.read.value import Value, negative


class Elaborator:
    """Values of trees in one scope; each piece of a tree is worked out once."""

    __slots__ = ("_done", "_scope")

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._done: dict[int, tuple[Tree, Value]] = {}

    @property
    def scope(self) -> Scope:
        return self._scope

    def value(self, tree: Tree) -> Value:
        """The value of a piece; what is wrong with it is said with its place."""
        known = self._done.get(id(tree))
        if known is not None:
            return known[1]
        try:
            found = self._value(tree)
            check_size(found.expr.shape, lambda: self._scope.has_numbers(found.expr))
        except ByhandError as problem:
            raise problem.at(tree.at.line, tree.at.column) from problem.__cause__
        self._done[id(tree)] = (tree, found)
        return found

    def _value(self, tree: Tree) -> Value:
        match tree:
            case Number(value, text):
                return Value(num(value), text if "/" not in text else f"({text})")
            case Name():
                return self._name(tree)
            case Sum(terms):
                return total([(minus, self.value(term), place) for minus, term, place in terms])
            case Chain():
                return self._chain(tree)
            case Juxtaposed(factors):
                return self._juxtaposed(factors)
            case Negative(body):
                return negative(self.value(body))
            case Raised() | Transposed() if (apart := tightly(self, tree)) is not tree:
                return self.value(apart)
            case Raised():
                return self._raised(tree)
            case Transposed(base):
                return transposed(self.value(base), True)
            case Primed():
                return self._primed(tree)
            case Attribute():
                return self._attribute(tree)
            case Applied():
                return application(self, tree)
            case Indexed():
                return self._indexed(tree)
            case Subscripted():
                return self._subscripted(tree)
            case Bars(body, double):
                inner = self.value(body)
                return Value(norm(inner.expr), f"norm({inner.text})") if double else Value(absolute(inner.expr), f"abs({inner.text})").lying_as(inner)
            case Sigma():
                return sigma_value(self, tree)
            case Derivative():
                return self._derivative(tree)
            case Ranged():
                return self.value(spread(self, tree))
            case Comparison():
                return self._comparison(tree)
            case Listed():
                return self._listed(tree)
            case Grouped():
                raise error("several things in brackets stand where one formula is expected; write [a, b] for an array.", tree)
            case Text(text):
                raise error(f'the text "{text[:30]}" stands where a formula is expected.', tree)
            case Range():
                raise error("a slice stands where a formula is expected.", tree)
            case _:
                assert_never(tree)

    # -------------------------------------------------------------------------------------------- names

    def _name(self, tree: Name) -> Value:
        found = find(self, tree.name)
        if found is None:
            raise error(unknown(self, tree.name), tree)
        return found

    def _primed(self, tree: Primed) -> Value:
        """W′ after a step where one was taken; otherwise a transpose."""
        name = self._quantity_name(tree.base)
        after = self._scope.updated(name, tree.count) if name else None
        if after is not None:
            return quantity(*after)
        if tree.count > 1:
            raise error(f"{tree.count} primes mean a value after {tree.count} steps, and so many have not been taken.", tree)
        return transposed(self.value(tree.base), True)

    def _quantity_name(self, tree: Tree) -> str:
        if isinstance(tree, Name):
            return tree.name
        return joined(tree.base.name, tree.text) if isinstance(tree, Subscripted) and isinstance(tree.base, Name) else ""

    def _derivative(self, tree: Derivative) -> Value:
        above, below = f"d{tree.of}", f"d{tree.wrt}"
        if tree.unsure and self._scope.find(above) is not None:
            if tree.awkward:
                raise error(
                    f"{above}/{below} without spaces is a quotient of names here; put it in brackets, so that it is clear what is divided by what.", tree
                )
            return hadamard("/", self._name(Name(above, tree.at)), self._name(Name(below, tree.at)))
        found = self._scope.derivative(tree.of, tree.wrt)
        if found is not None:
            return quantity(*found)
        for name in (tree.of, tree.wrt.rstrip("'")):
            if self._scope.find(name) is None:
                raise error(f"{above}/{below} is the gradient of {tree.of} with respect to {tree.wrt}, but {unknown(self, name)}", tree)
        raise NotYetError(f"the gradient {above}/{below} is not known here.", tree.at.line, tree.at.column)

    # ----------------------------------------------------------------------------------------- operators

    def _chain(self, tree: Chain) -> Value:
        if len(tree.rest) > MAX_FACTORS:
            raise error(f"a product of more than {MAX_FACTORS} factors is refused.", tree)
        found = self.value(tree.first)
        for op, part, place in tree.rest:
            right = self.value(part)
            try:
                found = self._operated(op, found, right)
            except ByhandError as problem:
                raise problem.at(place.line, place.column) from problem.__cause__
        return found

    def _operated(self, op: str, left: Value, right: Value) -> Value:
        match op:
            case "*" | "⊙":
                return hadamard("*", left, right)
            case "/":
                return hadamard("/", left, right)
            case "@":
                return at_sign(left, right, self._scope.vectors)
            case "⊗":
                return outer_product(left, right)
            case _:
                return dotted(left, right, self._scope.vectors)

    def _juxtaposed(self, factors: tuple[Tree, ...]) -> Value:
        """Factors from left to right; a function without brackets takes the factor after it."""
        if len(factors) > MAX_FACTORS:
            raise error(f"a product of more than {MAX_FACTORS} factors is refused.", factors[0])
        if all(isinstance(factor, Number) for factor in factors):
            raise error("two numbers stand side by side; a comma or an operator is missing between them.", factors[1])
        first, *rest = called(self, factors)
        found = self.value(first)
        for factor in rest:
            found = self._beside(found, self.value(factor), factor)
        return found

    def _beside(self, left: Value, right: Value, tree: Tree) -> Value:
        try:
            return juxtaposed(left, right, self._scope.vectors)
        except ByhandError as problem:
            raise problem.at(tree.at.line, tree.at.column) from problem.__cause__

    def _raised(self, tree: Raised) -> Value:
        base = self.value(tree.base)
        exponent = tree.exponent
        flipped = exponent.body if isinstance(exponent, Negative) else exponent
        if tree.mark == "^" and isinstance(flipped, Name) and flipped.name == "T" and (base.rank or self._scope.find("T") is None):
            value = raised_to(base, negative(Value(num(1), "1")), "^") if flipped is not exponent else base
            return transposed(value, True)
        return raised_to(base, self.value(exponent), tree.mark)

    def _comparison(self, tree: Comparison) -> Value:
        """x > c as 1 where it holds and 0 elsewhere."""
        left, right = self.value(tree.left), self.value(tree.right)
        over, under = (left, right) if tree.op in (">", "<=") else (right, left)
        if tree.op not in (">", "<", ">=", "<="):
            raise error(f"'{tree.op}' compares two formulas; it belongs into a claim, show(… {tree.op} …).", tree)
        difference = total([(False, over, tree.at), (True, under, tree.at)])
        zero = under.expr is num(0)
        mask = step(over.expr if zero else difference.expr)
        text = f"step({over.text if zero else difference.text})"
        if tree.op in (">", "<"):
            return Value(mask, text).lying_as(difference)
        return Value(1 - mask, f"1 - {text}", 1).lying_as(difference)

    # --------------------------------------------------------------------------------- functions and pieces

    def _attribute(self, tree: Attribute) -> Value:
        if tree.name == "T":
            return transposed(self.value(tree.base), False)
        if isinstance(tree.base, Name) and tree.base.name in ("np", "numpy") and tree.name in ("pi", "e"):
            return self._name(Name(tree.name, tree.at))
        raise error(f"arrays have no attribute {tree.name[:60]}; .T is the transpose, and functions are written f(x) or x.f().", tree)

    def _indexed(self, tree: Indexed) -> Value:
        number = number_of(self, tree)
        if number is not None:
            return Value(num(number), f"({number})")
        return member(self, tree) or indexed(self, tree)

    def _listed(self, tree: Listed) -> Value:
        """A list: of numbers, or of formulas of one shape."""
        data = data_of(tree)
        if data is not None:
            check_entries(len(data.entries), MAX_LITERAL_IN_FORMULA)
            return Value(constant(data), self._literal(tree))
        check_entries(len(tree.items), MAX_FACTORS)
        values = [self.value(item) for item in tree.items]
        return Value(stacked([value.expr for value in values]), f"[{', '.join(value.text for value in values)}]")

    def _literal(self, tree: Tree) -> str:
        if isinstance(tree, Listed):
            return f"[{', '.join(self._literal(item) for item in tree.items)}]"
        return self.value(tree).text

    def _subscripted(self, tree: Subscripted) -> Value:
        """A subscript outside a sum: part of a name, a size, the brackets of index notation."""
        base = tree.base
        if isinstance(base, Listed) and len(base.items) == 1:
            letters = tuple(tree.text.replace(",", ""))
            if letters and len(set(letters)) == len(letters) and all(c.isalpha() for c in letters):
                return comprehension(self, base.items[0], letters, tree)
        if isinstance(base, Name):
            return self._footed(base, tree)
        raise error(f"the index {tree.text[:20]} is bound by no sum and no brackets [ ]_{{…}} around it.", tree)

    def _footed(self, base: Name, tree: Subscripted) -> Value:
        name = joined(base.name, tree.text)
        found = self._scope.find(name) or self._scope.find(f"{base.name}[{tree.text.replace('−', '-').replace(' ', '')}]") or self._scope.barred(name)
        if found is not None:
            return quantity(*found)
        if base.name in (ONES, ZEROS, "I"):
            filled_value = sized_constant(self, base.name, tree.text)
            if filled_value is not None:
                return filled_value
            raise error(f"{tree.text[:40]} is no size known here.", tree)
        value = gradient_name(self, f"{base.name}_{tree.text}") or find(self, joined(base.name, tree.text))
        if value is None:
            raise error(unknown(self, joined(base.name, tree.text)), tree)
        return value
