"""Tokens into a syntax tree: one Pratt parser for sheets, paper notation and LaTeX.

From loose to tight: comparison; sum; ``* / @ ⊙ ·``; juxtaposition; sign; power; postfix. A quotient written without
spaces before a factor written with one, as in ``1/N Σ_i x_i``, is a single factor.
"""

from __future__ import annotations

from fractions import Fraction

from byhand.lang.errors import ByhandError
from byhand.read.latex import tokenise
from byhand.read.limits import MAX_DEPTH, MAX_FORMULA, check_length, exact_numeral
from byhand.read.syntax import (
    Applied,
    At,
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
_STARTS = ("(", "[", "{", "√", "Σ", "∂", "∇", "frac", "‖", "|")


def parse_formula(text: str, line: int = 1, column: int = 1) -> Tree:
    """The tree of one formula, which is the whole text."""
    check_length(text, MAX_FORMULA, "the formula")
    parser = Parser([token for token in tokenise(text, line, column) if token.kind != "newline"])
    tree = parser.expression(COMPARE)
    parser.expect_end()
    return tree


def at(token: Token) -> At:
    return At(token.line, token.column)


def fail(message: str, token: Token) -> ByhandError:
    return ByhandError(message, token.line, token.column)


class Parser:
    """A place in the tokens. Every method reads from there on and leaves the place behind what it read."""

    __slots__ = ("bars", "depth", "pos", "tokens")

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.pos = 0
        self.depth = 0
        self.bars: list[str] = []

    # ------------------------------------------------------------------------------------------ tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.pos]

    def ahead(self, by: int = 1) -> Token:
        return self.tokens[min(self.pos + by, len(self.tokens) - 1)]

    def next(self) -> Token:
        token = self.tokens[self.pos]
        self.pos = min(self.pos + 1, len(self.tokens) - 1)
        return token

    def take(self, *texts: str) -> Token | None:
        """The next token if it is one of these operators."""
        return self.next() if self.token.is_op(*texts) else None

    def expect(self, text: str, after: str) -> Token:
        found = self.take(text)
        if not found:
            raise fail(f"'{text}' is expected {after}, but {_named(self.token)} stands here.", self.token)
        return found

    def expect_end(self) -> None:
        if self.token.kind != "end":
            raise fail(f"{_named(self.token)} is not expected here: an operator or the end of the formula should follow.", self.token)

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH + 2:
            raise fail(f"the formula is nested more than {MAX_DEPTH} deep.", self.token)

    # -------------------------------------------------------------------------------------- expressions

    def expression(self, level: int) -> Tree:
        """Everything from here on that binds at least as strongly as ``level``."""
        self.deeper()
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
                op = self.next()
                left = Comparison(op.text, left, self.expression(SUM), at(op))
        self.depth -= 1
        return left

    def level(self) -> int:
        """How strongly the next token binds what is before it; 0 if it does not."""
        token = self.token
        if token.kind in ("number", "name", "string") or token.is_op(*_STARTS):
            closes = token.is_op("|", "‖") and self.bars and self.bars[-1] == token.text
            return 0 if closes else JUXTAPOSED
        return _LEVELS.get(token.text, 0) if token.kind == "op" else 0

    def sum(self, left: Tree) -> Tree:
        terms: list[tuple[bool, Tree, At]] = [(False, left, left.at)]
        while op := self.take("+", "-"):
            terms.append((op.text == "-", self.expression(PRODUCT), at(op)))
        return Sum(tuple(terms), terms[1][2])

    def chain(self, left: Tree) -> Tree:
        rest: list[tuple[str, Tree, At]] = []
        while op := self.take("*", "/", "@", "·", "⊙", "⊗"):
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
        if op := self.take("-"):
            return Negative(self.expression(JUXTAPOSED), at(op))
        if self.take("+"):
            return self.expression(JUXTAPOSED)
        return self.operand()

    def operand(self) -> Tree:
        """A factor with its powers; a quotient without spaces before another factor is one factor."""
        start = self.pos
        base = self.powered()
        if self.tight_quotient(start):
            op = self.next()
            return Chain(base, (("/", self.powered(), at(op)),), at(op))
        return base

    def tight_quotient(self, start: int) -> bool:
        """Whether ``/`` and what follows it belong to the factor just read: ``1/N x``, ``m/2 log(y)``."""
        slash, below = self.token, self.ahead()
        if not slash.is_op("/") or slash.spaced or below.spaced or (start and self.tokens[start - 1].is_op("/", "@", "**", "^", ".")):
            return False
        end = self.simple_end(self.pos + 1)
        after = self.tokens[end] if end else None
        if after is None or not (after.kind in ("number", "name") or after.is_op(*_STARTS)):
            return False
        both_numbers = self.tokens[self.pos - 1].kind == below.kind == "number"
        return (after.spaced and not after.is_op("|", "‖")) or (both_numbers and not after.is_op("[")) or after.is_op("Σ", "frac")

    def simple_end(self, pos: int) -> int:
        """The position behind a number, a name or a bracket with its postfix signs; 0 if none starts here."""
        token = self.tokens[pos]
        if token.is_op("("):
            depth = 0
            while True:
                depth += {"(": 1, ")": -1}.get(self.tokens[pos].text, 0) if self.tokens[pos].kind == "op" else 0
                pos += 1
                if depth == 0:
                    break
        elif token.kind in ("number", "name"):
            pos += 1
            if self.tokens[pos].is_op("(") and not self.tokens[pos].spaced and token.kind == "name":
                return 0
        else:
            return 0
        while self.tokens[pos].kind in ("sub", "sup") or self.tokens[pos].is_op("'"):
            pos += 1
        return pos

    def powered(self) -> Tree:
        base = self.postfix(self.primary())
        while op := self.take("**", "^"):
            if op.text == "^" and self.take("⊤"):
                base = self.postfix(Transposed(base, at(op)))
            elif op.text == "^" and self.primes():
                base = self.postfix(Primed(base, self.eat_primes(), at(op)))
            else:
                base = self.postfix(_power(base, self.exponent(op), op))
        return base

    def primes(self) -> bool:
        """Whether a group of primes alone follows: ``^{\\prime\\prime}`` or ``^\\prime``."""
        pos = self.pos + (1 if self.token.is_op("{") else 0)
        return self.tokens[pos].is_op("'")

    def eat_primes(self) -> int:
        opened, count = self.take("{"), 0
        while self.take("'"):
            count += 1
        if opened:
            self.expect("}", "after the primes")
        return count

    def exponent(self, op: Token) -> Tree:
        self.deeper()
        if sign := self.take("-", "+"):
            found = self.exponent(op)
            found = Negative(found, at(sign)) if sign.text == "-" else found
        elif op.text == "^" and self.token.kind == "name" and self.token.text == "T":
            found = Name("T", at(self.next()))
        elif op.text == "^" and self.token.is_op("{", "("):
            found = self.primary()
            if nested := self.take("**", "^"):
                found = _power(found, self.exponent(nested), nested)
        else:
            found = self.powered()
        self.depth -= 1
        return found

    # ------------------------------------------------------------------------------------------- postfix

    def postfix(self, base: Tree) -> Tree:
        for _ in range(MAX_DEPTH):
            token = self.token
            if token.kind == "sub":
                base = _subscripted(base, self.next())
            elif token.kind == "sup":
                base = _superscript(base, self.next())
            elif token.is_op("⊤"):
                base = Transposed(base, at(self.next()))
            elif token.is_op("'"):
                base = Primed(base, self.eat_primes(), at(token))
            elif token.is_op(".") and self.ahead().kind == "name":
                self.next()
                base = self.attribute(base)
            elif token.is_op("[") and not token.spaced and not isinstance(base, Number):
                base = self.indexed(base)
            elif token.is_op("(", "{") and not token.spaced and isinstance(base, (Name, Attribute)) and self.calls(base, token):
                base = self.call(base)
            else:
                return base
        raise fail(f"more than {MAX_DEPTH} signs follow one operand.", self.token)

    def calls(self, base: Tree, token: Token) -> bool:
        return token.text == "(" or (isinstance(base, Name) and base.name == "sqrt")

    def attribute(self, base: Tree) -> Tree:
        token = self.next()
        if token.text == "T" or not isinstance(base, Name) or token.text in ("shape", "size", "ndim"):
            return Attribute(base, token.text, at(token))
        return Attribute(base, token.text, at(token))

    def call(self, function: Tree) -> Tree:
        opened = self.next()
        args: list[Tree] = []
        options: list[tuple[str, Tree]] = []
        while not self.take(")", "}"):
            if self.token.kind == "name" and self.ahead().is_op("="):
                name = self.next()
                self.next()
                options.append((name.text, self.expression(COMPARE)))
            elif options:
                raise fail("an argument without a name cannot follow one with a name.", self.token)
            else:
                args.append(self.expression(COMPARE))
            self.separator(")" if opened.text == "(" else "}", "between arguments")
        return Applied(function, tuple(args), tuple(options), function.at)

    def separator(self, closing: str, where: str) -> None:
        if not self.token.is_op(closing):
            if not self.token.is_op(","):
                raise fail(f"',' or '{closing}' is expected {where}, but {_named(self.token)} stands here.", self.token)
            self.next()

    def indexed(self, base: Tree) -> Tree:
        opened = self.next()
        items: list[Tree] = []
        while not self.take("]"):
            items.append(self.index_item())
            self.separator("]", "between indices")
        if not items:
            raise fail("there is no index between these brackets.", opened)
        return Indexed(base, tuple(items), at(opened))

    def index_item(self) -> Tree:
        start = self.token
        if self.take("..."):
            return Text("...", at(start))
        parts: list[Tree | None] = []
        while len(parts) < 3:
            parts.append(None if self.token.is_op(":", ",", "]") else self.expression(COMPARE))
            if not self.take(":"):
                break
        else:
            raise fail("a slice has at most three parts, start:stop:step.", self.token)
        if len(parts) == 1 and parts[0] is not None:
            return parts[0]
        if self.tokens[self.pos - 1].is_op(":") and len(parts) < 3:
            parts.append(None)
        if len(parts) == 1:
            raise fail(f"an index is expected, but {_named(start)} stands here.", start)
        first, second, third = [*parts, None, None][:3]
        return Range(first, second, third, at(start))

    # ------------------------------------------------------------------------------------------- primary

    def primary(self) -> Tree:
        token = self.next()
        if token.kind == "number":
            return _number(token)
        if token.kind == "string":
            return Text(token.text, at(token))
        if token.kind == "name":
            return self.name(token)
        if token.kind == "op":
            found = self.operator(token)
            if found is not None:
                return found
        self.pos -= token.kind != "end"
        raise fail(f"a name, a number or a bracket is expected, but {_named(token)} stands here.", token)

    def name(self, token: Token) -> Tree:
        """A name; ``dL/dW`` without spaces is read as a derivative, which it is unless dL has a meaning."""
        slash, below = self.token, self.ahead()
        if token.text[0] == "d" and slash.is_op("/") and below.kind == "name" and below.text[0] == "d" and not slash.spaced and not below.spaced:
            of, wrt = self.d_name(self.pos - 1), self.d_name(self.pos + 1)
            if of and wrt:
                before = self.tokens[self.pos - 2] if self.pos > 1 else token
                self.next()
                self.next()
                primes = "'" * self.eat_primes() if self.token.is_op("'") else ""
                return Derivative(of, wrt + primes, True, before.is_op("/", "@", "**", "^"), at(token))
        return Name(token.text, at(token))

    def d_name(self, pos: int) -> str:
        return self.tokens[pos].text[1:]

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
            case "Σ":
                return self.sigma(token)
            case "∂":
                return self.partial(token)
            case "∇":
                return self.nabla(token)
            case "frac":
                return self.fraction(token)
            case _:
                return None

    def group(self, opened: Token) -> Tree:
        """(a) is a; (a,), (a, b) and () are several things. Bars opened outside cannot close inside."""
        outer, self.bars = self.bars, []
        items: list[Tree] = []
        comma = False
        while not self.take(")"):
            items.append(self.expression(COMPARE))
            if comma := self.token.is_op(","):
                self.next()
            elif not self.token.is_op(")"):
                raise fail(f"an operator or ')' is expected, but {_named(self.token)} stands here.", self.token)
        self.bars = outer
        return items[0] if len(items) == 1 and not comma else Grouped(tuple(items), at(opened))

    def braces(self, opened: Token) -> Tree:
        outer, self.bars = self.bars, []
        body = self.expression(COMPARE)
        self.expect("}", f"to close the '{{' of line {opened.line}, column {opened.column}")
        self.bars = outer
        return body

    def listed(self, opened: Token) -> Tree:
        outer, self.bars = self.bars, []
        items: list[Tree] = []
        while not self.take("]"):
            items.append(self.quick_number() or self.expression(COMPARE))
            self.separator("]", "between the entries of a list")
        self.bars = outer
        return Listed(tuple(items), at(opened))

    def quick_number(self) -> Tree | None:
        """An entry that is only a number, the usual case in data."""
        token = self.token
        if token.kind == "number" and self.ahead().is_op(",", "]"):
            return _number(self.next())
        return None

    def between_bars(self, opened: Token) -> Tree:
        self.bars.append(opened.text)
        body = self.expression(COMPARE)
        self.bars.pop()
        self.expect(opened.text, f"to close the bar of line {opened.line}, column {opened.column}")
        return Bars(body, opened.text == "‖", at(opened))

    def root(self, token: Token) -> Tree:
        self.deeper()
        body = self.postfix(self.primary())
        self.depth -= 1
        return Applied(Name("sqrt", at(token)), (body,), (), at(token))

    def sigma(self, token: Token) -> Tree:
        subscript, upper = "", None
        for _ in range(2):
            if self.token.kind == "sub" and not subscript:
                subscript = self.next().text
            elif self.token.is_op("^") and upper is None:
                self.next()
                upper = self.primary()
            elif self.token.kind == "sup" and upper is None:
                mark = self.next()
                upper = Name(mark.text, at(mark))
        return Sigma(subscript, upper, self.expression(PRODUCT), at(token))

    def partial(self, token: Token) -> Tree:
        of = self.quantity()
        self.expect("/", "after ∂ and a name")
        self.expect("∂", "under the fraction line")
        return Derivative(of, self.quantity(), False, False, at(token))

    def nabla(self, token: Token) -> Tree:
        if self.token.kind != "sub":
            raise fail("∇ needs the name that the gradient is taken for as its subscript, as in ∇_W L.", token)
        wrt = self.next().text
        return Derivative(self.quantity(), wrt, False, False, at(token))

    def quantity(self) -> str:
        """A name with the subscripts and primes that belong to it."""
        opened = self.take("{", "(")
        token = self.next()
        if token.kind != "name":
            raise fail(f"a name is expected, but {_named(token)} stands here.", token)
        text = token.text
        while self.token.kind == "sub":
            text = joined(text, self.next().text)
        while self.take("'"):
            text += "'"
        if opened:
            self.expect("}" if opened.text == "{" else ")", "after the name")
        return text

    def fraction(self, token: Token) -> Tree:
        r"""\frac{a}{b}, \frac12, and \frac{\partial L}{\partial W}."""
        start = self.pos
        found = self.derivative_fraction(token)
        if found is not None:
            return found
        self.pos = start
        self.deeper()
        above, below = self.fraction_part(), self.fraction_part()
        self.depth -= 1
        return Chain(above, (("/", below, at(token)),), at(token))

    def fraction_part(self) -> Tree:
        """A group in braces, or a single digit or letter."""
        token = self.token
        if token.kind == "number" and len(token.text) > 1 and token.text.isdigit():
            rest = Token("number", token.text[1:], token.line, token.column + 1, token.start + 1)
            self.tokens[self.pos] = rest
            return _number(Token("number", token.text[0], token.line, token.column, token.start))
        return self.primary()

    def derivative_fraction(self, token: Token) -> Tree | None:
        if not (self.token.is_op("{") and (self.ahead().is_op("∂") or self.ahead().text[:1] == "d")):
            return None
        parts = [self.d_part(), self.d_part()]
        if parts[0] is None or parts[1] is None:
            return None
        sure = parts[0][1] or parts[1][1]
        return Derivative(parts[0][0], parts[1][0], not sure, False, at(token))

    def d_part(self) -> tuple[str, bool] | None:
        r"""The name in {\partial L}, {dL} or {d L}, and whether it can be nothing but a derivative."""
        if not self.take("{"):
            return None
        mark = self.next()
        if mark.is_op("∂") or (mark.kind == "name" and mark.text == "d"):
            text, sure = self.token.text, True
        elif mark.kind == "name" and mark.text[:1] == "d":
            text, sure, self.pos = mark.text[1:], False, self.pos - 1
        else:
            return None
        if self.next().kind != "name":
            return None
        while self.token.kind == "sub":
            text = joined(text, self.next().text)
        while self.take("'"):
            text += "'"
        return (text, sure) if self.take("}") else None


def joined(name: str, subscript: str) -> str:
    """W1 for W with subscript 1, h_out for h with subscript out."""
    return name + subscript if subscript[:1].isdigit() else f"{name}_{subscript}"


def _number(token: Token) -> Number:
    if "/" in token.text:
        return Number(Fraction(token.text), token.text, at(token))
    return Number(exact_numeral(token.text, token.line, token.column), token.text, at(token))


def _power(base: Tree, exponent: Tree, op: Token) -> Tree:
    return Raised(base, exponent, "**" if op.text == "**" else "^", at(op))


def _superscript(base: Tree, token: Token) -> Tree:
    place, text = at(token), token.text
    if text.endswith("T"):
        inner = _superscript(base, Token("sup", text[:-1], token.line, token.column, token.start)) if len(text) > 1 else base
        inner = _power(base, Negative(Number(Fraction(1), "1", place), place), token) if text == "-T" else inner
        return Transposed(inner, place)
    digits = text.lstrip("+-")
    if digits == "n":
        exponent: Tree = Name("n", place)
    elif digits.isdigit():
        exponent = Number(exact_numeral(digits, place.line, place.column), digits, place)
    else:
        raise fail("this superscript is no exponent.", token)
    return _power(base, Negative(exponent, place) if text[0] == "-" else exponent, token)


def _subscripted(base: Tree, token: Token) -> Tree:
    """A subscript; behind an exponent (x^2_i) it belongs to the base."""
    if isinstance(base, Raised) and isinstance(base.base, (Name, Subscripted)) and base.mark == "^":
        return Raised(Subscripted(base.base, token.text, at(token)), base.exponent, "^", base.at)
    return Subscripted(base, token.text, at(token))


def _named(token: Token) -> str:
    match token.kind:
        case "end":
            return "the end"
        case "newline":
            return "the end of the line"
        case "op" if token.text == "frac":
            return "a fraction"
        case "string":
            return f'"{token.text[:30]}"'
        case _:
            return f"'{token.text[:30]}'"
