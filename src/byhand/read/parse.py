"""Tokens into a syntax tree: one Pratt parser for sheets, paper notation and LaTeX.

From loose to tight: comparison; sum; ``* / @ ⊙ ·``; juxtaposition; sign; power; postfix. A quotient written without
spaces before a factor written with one, as in ``1/N Σ_i x_i``, is a single factor.
"""

from __future__ import annotations

from collections.abc import Container

from byhand.read.cursor import STARTS, Cursor, at, fail, shown
from byhand.read.derivatives import nabla, partial, second, slashed
from byhand.read.latex import tokenise
from byhand.read.limits import MAX_DEPTH, MAX_FORMULA, check_length
from byhand.read.pieces import number, power, starred, subscripted, superscript
from byhand.read.postfix import call, fraction, indexed
from byhand.read.ranges import is_for, product_sign
from byhand.read.syntax import (
    Applied,
    At,
    Attribute,
    Bars,
    Chain,
    Comparison,
    Derivative,
    Grouped,
    Juxtaposed,
    Listed,
    Name,
    Negative,
    Number,
    Primed,
    Sigma,
    Subscripted,
    Sum,
    Text,
    Transposed,
    Tree,
)
from byhand.read.tokens import Token

COMPARE, SUM, PRODUCT, JUXTAPOSED = 1, 2, 3, 4
_LEVELS = dict.fromkeys(("==", "!=", "<", ">", "<=", ">="), COMPARE) | {"+": SUM, "-": SUM} | dict.fromkeys(("*", "/", "@", "·", "⊙", "⊗"), PRODUCT)


def parse_formula(text: str, line: int = 1, column: int = 1, stars: Container[str] = ()) -> Tree:
    """The tree of one formula, which is the whole text; ``stars`` are the names that end in a star, such as w*."""
    check_length(text, MAX_FORMULA, "the formula")
    parser = Parser([token for token in tokenise(text, line, column) if token.kind != "newline"], stars)
    tree = parser.expression(COMPARE)
    parser.cursor.expect_end()
    return tree


class Parser:
    """A place in the tokens. Every method reads from there on and leaves the place behind what it read."""

    __slots__ = ("bars", "cursor", "stars")

    def __init__(self, tokens: list[Token], stars: Container[str] = ()) -> None:
        self.cursor = Cursor(tokens)
        self.bars: list[str] = []
        self.stars = stars

    # -------------------------------------------------------------------------------------- expressions

    def expression(self, level: int) -> Tree:
        """Everything from here on that binds at least as strongly as ``level``."""
        self.cursor.deeper()
        left = self.prefix()
        while True:
            here = self.level()
            if here < level or not here:
                break
            if here == JUXTAPOSED:
                left = self.juxtaposed(left)
            elif here == PRODUCT:
                left = self.chain(left)
            elif here == SUM:
                left = self.sum(left)
            else:
                op = self.cursor.next()
                left = Comparison(op.text, left, self.expression(SUM), at(op))
        self.cursor.depth -= 1
        return left

    def inner(self) -> Tree:
        """A formula inside brackets; bars that were opened outside cannot close there."""
        outer, self.bars = self.bars, []
        found = self.expression(COMPARE)
        self.bars = outer
        return found

    def level(self) -> int:
        """How strongly the next token binds what is before it; 0 if it does not."""
        token = self.cursor.token
        if token.kind in ("number", "name", "string") or token.is_op(*STARTS):
            if is_for(token):
                return 0
            closes = token.is_op("|", "‖") and self.bars and self.bars[-1] == token.text
            return 0 if closes else JUXTAPOSED
        return _LEVELS.get(token.text, 0) if token.kind == "op" else 0

    def sum(self, left: Tree) -> Tree:
        terms: list[tuple[bool, Tree, At]] = [(False, left, left.at)]
        while op := self.cursor.take("+", "-"):
            terms.append((op.text == "-", self.expression(PRODUCT), at(op)))
        return Sum(tuple(terms), terms[1][2])

    def chain(self, left: Tree) -> Tree:
        rest: list[tuple[str, Tree, At]] = []
        while op := self.cursor.take("*", "/", "@", "·", "⊙", "⊗"):
            right = self.expression(JUXTAPOSED)
            if isinstance(right, Derivative) and op.text in "/@":
                right = Derivative(right.of, right.wrt, right.unsure, True, right.at)
            rest.append((op.text, right, at(op)))
        return Chain(left, tuple(rest), rest[0][2])

    def juxtaposed(self, left: Tree) -> Tree:
        factors = [left]
        while self.level() == JUXTAPOSED:
            factors.append(self.operand())
        return Juxtaposed(tuple(factors), factors[1].at)

    def prefix(self) -> Tree:
        if op := self.cursor.take("-"):
            return Negative(self.expression(JUXTAPOSED), at(op))
        if self.cursor.take("+"):
            return self.expression(JUXTAPOSED)
        return self.operand()

    def operand(self) -> Tree:
        """A factor with its powers; a quotient without spaces before another factor is one factor."""
        start = self.cursor.pos
        base = self.powered()
        if self.cursor.tight_quotient(start, self.bars[-1] if self.bars else ""):
            op = self.cursor.next()
            return Chain(base, (("/", self.powered(), at(op)),), at(op))
        return base

    def powered(self) -> Tree:
        base = self.postfix(self.primary())
        while op := self.cursor.take("**", "^"):
            if op.text == "^" and self.cursor.transpose_mark():
                base = self.postfix(Transposed(base, at(op)))
            elif op.text == "^" and self.cursor.primes():
                base = self.postfix(Primed(base, self.cursor.eat_primes(), at(op)))
            else:
                base = self.postfix(power(base, self.exponent(op), op))
        return base

    def exponent(self, op: Token) -> Tree:
        self.cursor.deeper()
        if sign := self.cursor.take("-", "+"):
            found = self.exponent(op)
            found = Negative(found, at(sign)) if sign.text == "-" else found
        elif op.text == "^" and self.cursor.token.kind == "name" and self.cursor.token.text == "T":
            found = Name("T", at(self.cursor.next()))
        elif op.text == "^" and self.cursor.token.is_op("{", "("):
            found = self.primary()
            if nested := self.cursor.take("**", "^"):
                found = power(found, self.exponent(nested), nested)
        else:
            found = self.powered()
        self.cursor.depth -= 1
        return found

    # ------------------------------------------------------------------------------------------- postfix

    def postfix(self, base: Tree) -> Tree:
        for _ in range(MAX_DEPTH):
            token = self.cursor.token
            if token.kind == "sub":
                base = subscripted(base, self.cursor.next())
            elif token.kind == "sup":
                base = superscript(base, self.cursor.next())
            elif token.is_op("⊤"):
                base = Transposed(base, at(self.cursor.next()))
            elif token.is_op("'"):
                base = Primed(base, self.cursor.eat_primes(), at(token))
            elif token.is_op(".") and self.cursor.ahead().kind == "name":
                self.cursor.next()
                base = Attribute(base, self.cursor.token.text, at(self.cursor.next()))
            elif token.is_op("[") and not token.spaced and not isinstance(base, Number):
                base = indexed(self, base)
            elif token.is_op("(", "{") and not token.spaced and isinstance(base, (Name, Attribute)) and (token.text == "(" or base.name == "sqrt"):
                base = call(self, base)
            elif isinstance(base, (Name, Subscripted)) and (star := starred(self.cursor, base, self.stars)) is not None:
                base = star
            else:
                return base
        raise fail(f"more than {MAX_DEPTH} signs follow one operand.", self.cursor.token)

    # ------------------------------------------------------------------------------------------- primary

    def primary(self) -> Tree:
        token = self.cursor.next()
        if token.kind == "number":
            return number(token)
        if token.kind == "string":
            return Text(token.text, at(token))
        if token.kind == "name":
            return self.name(token)
        if token.kind == "op":
            found = self.operator(token)
            if found is not None:
                return found
        self.cursor.pos -= token.kind != "end"
        raise fail(f"a name, a number or a bracket is expected, but {shown(token)} stands here.", token)

    def name(self, token: Token) -> Tree:
        """A name; ``dL/dW`` without spaces is read as a derivative, which it is unless dL has a meaning."""
        return slashed(self.cursor, token) or second(self.cursor, token) or Name(token.text, at(token))

    def operator(self, token: Token) -> Tree | None:
        match token.text:
            case "(":
                return self.group(token)
            case "{":
                return self.braces(token)
            case "[":
                return self.listed(token)
            case "|" | "‖":
                return self.between_bars(token)
            case "√":
                return self.root(token)
            case "Σ" | "Π":
                return self.sigma(token)
            case "∂":
                return partial(self.cursor, token)
            case "∇":
                return nabla(self.cursor, token)
            case "frac":
                return fraction(self, token)
            case _:
                return None

    def group(self, opened: Token) -> Tree:
        """(a) is a; (a,), (a, b) and () are several things."""
        items: list[Tree] = []
        comma = False
        while not self.cursor.take(")"):
            items.append(self.inner())
            if comma := self.cursor.token.is_op(","):
                self.cursor.next()
            elif not self.cursor.token.is_op(")"):
                raise fail(f"an operator or ')' is expected, but {shown(self.cursor.token)} stands here.", self.cursor.token)
        return items[0] if len(items) == 1 and not comma else Grouped(tuple(items), at(opened))

    def braces(self, opened: Token) -> Tree:
        body = self.inner()
        self.cursor.expect("}", f"to close the '{{' of line {opened.line}, column {opened.column}")
        return body

    def listed(self, opened: Token) -> Tree:
        items: list[Tree] = []
        while not self.cursor.take("]"):
            items.append(self.quick_number() or self.inner())
            self.cursor.separator("]", "between the entries of a list")
        return Listed(tuple(items), at(opened))

    def quick_number(self) -> Tree | None:
        """An entry that is only a number, the usual case in data."""
        token = self.cursor.token
        if token.kind == "number" and self.cursor.ahead().is_op(",", "]"):
            return number(self.cursor.next())
        return None

    def between_bars(self, opened: Token) -> Tree:
        self.bars.append(opened.text)
        body = self.expression(COMPARE)
        self.bars.pop()
        self.cursor.expect(opened.text, f"to close the bar of line {opened.line}, column {opened.column}")
        return Bars(body, opened.text == "‖", at(opened))

    def root(self, token: Token) -> Tree:
        self.cursor.deeper()
        body = self.postfix(self.primary())
        self.cursor.depth -= 1
        return Applied(Name("sqrt", at(token)), (body,), (), at(token))

    def sigma(self, token: Token) -> Tree:
        subscript, upper = "", None
        for _ in range(2):
            if self.cursor.token.kind == "sub" and not subscript:
                subscript = self.cursor.next().text
            elif self.cursor.token.is_op("^") and upper is None:
                self.cursor.next()
                upper = self.primary()
            elif self.cursor.token.kind == "sup" and upper is None:
                mark = self.cursor.next()
                upper = Name(mark.text, at(mark))
        body = self.expression(PRODUCT)
        return Sigma(subscript, upper, body, at(token)) if token.text == "Σ" else product_sign(token, subscript, upper, body, parse_formula)
