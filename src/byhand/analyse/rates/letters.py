"""The mathematics around the formulas: x_{n+1}, the error e_n, η, λ_max(XᵀX), as trees that every page can spell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from byhand.analyse.rates.eigenvalues import Number
from byhand.analyse.rates.method import Method
from byhand.analyse.rates.spectrum import Extreme
from byhand.lang.expr import Expr, Var
from byhand.lang.sizes import Poly
from byhand.sheets.lines import Writer
from byhand.show.numbers import decimal, format_number
from byhand.show.tree import Array, Entry, Function, Numeral, Power, Product, Quotient, Setting, Sum, Sym, Tree, rebuilt
from byhand.show.unicode import text

SYMBOLS: Mapping[str, tuple[str, str]] = {"λ_max": ("λ_max", r"\lambda_{\max}"), "λ_min": ("λ_min", r"\lambda_{\min}")}


@dataclass(frozen=True, slots=True)
class Letters:
    """Letters that are free on this sheet: the counter of steps, the error, the rate; ``x`` stands for all unknowns."""

    writer: Writer
    extremes: Mapping[Var, Extreme]
    step: str
    error: str
    rate: str
    x: Tree
    letter: str

    @classmethod
    def of(cls, writer: Writer, unknowns: Iterable[Var], extremes: Mapping[Var, Extreme], taken: Iterable[str]) -> Letters:
        used = {*taken, *writer.conventions.names}

        def free(*candidates: str) -> str:
            return next((one for one in candidates if one not in used), candidates[0])

        several = tuple(unknowns)
        x = writer.name(several[0].name) if len(several) == 1 else Sym(free("theta", "z", "v", "omega"))
        step, error, rate = free("n", "k", "t", "j"), free("e", "d", "epsilon"), free("eta", "alpha", "gamma")
        return cls(writer, extremes, step, error, rate, x, free_letter(used))

    # ------------------------------------------------------------------------------------------------ pieces

    @property
    def hessian(self) -> Tree:
        return Sym(self.letter)

    @property
    def eta(self) -> Tree:
        return Sym(self.rate)

    def at(self, base: Tree, ahead: int = 0) -> Tree:
        """x_n, x_{n+1}, x_{n−1}."""
        return Entry(base, (self.step + ("" if not ahead else f"+{ahead}" if ahead > 0 else f"−{-ahead}"),))

    def e(self, ahead: int = 0) -> Tree:
        return self.at(Sym(self.error), ahead)

    @property
    def star(self) -> Tree:
        """x*: where the gradient is zero."""
        return Power(self.x, Setting("*"))

    def formula(self, expr: Expr) -> Tree:
        """A formula in which eigenvalues without one are written λ_max(…)."""
        return self._spelled(self.writer.formula(expr))

    def _spelled(self, tree: Tree) -> Tree:
        if isinstance(tree, Sym):
            found = next((one for name, one in self.extremes.items() if name.name == tree.name), None)
            return self.eigenvalue(found) if found is not None else tree
        return rebuilt(tree, self._spelled)

    def eigenvalue(self, one: Extreme) -> Tree:
        inside = self.writer.formula(one.of) if one.of is not None else self.hessian
        return Function(one.end, (inside,), (), SYMBOLS.get(one.end))

    def number(self, value: Number) -> Tree:
        """A number: exact fractions as such, where they are short."""
        if isinstance(value, Fraction) and (decimal(value) is not None or len(str(value)) <= 12):
            return signed_number(value)
        return Array(((format_number(value, self.writer.conventions.digits),),), "scalar")

    def is_rounded(self, value: Number) -> bool:
        """Whether what ``number`` writes is not exactly this."""
        if isinstance(value, Fraction):
            return not (decimal(value) is not None or len(str(value)) <= 12)
        return Fraction(format_number(value, self.writer.conventions.digits)) != Fraction(value)


def free_letter(taken: Iterable[object]) -> str:
    """What the Hessian is called: H, unless the sheet has an H."""
    names = set(map(str, taken))
    return next((one for one in ("H", "K", "Q", "G") if one not in names), "H")


def signed_number(value: Fraction) -> Tree:
    return Numeral(Poly.of(value)) if value >= 0 else Sum(((True, Numeral(Poly.of(-value))),))


ONE, ZERO = Numeral(Poly.of(1)), Numeral(Poly.of(0))
EIGENVALUE = Sym("lam")
LAMBDA_I = Entry(EIGENVALUE, ("i",))
LAMBDA_MAX, LAMBDA_MIN = (Entry(EIGENVALUE, (end,)) for end in ("max", "min"))


def times(left: Tree, right: Tree) -> Tree:
    return Product("scale", left, right)


def applied(left: Tree, right: Tree) -> Tree:
    return Product("matmul", left, right)


def minus(left: Tree, right: Tree) -> Tree:
    return Sum(((False, left), (True, right)))


def plus(left: Tree, right: Tree) -> Tree:
    return Sum(((False, left), (False, right)))


def over(top: Tree, bottom: Tree) -> Tree:
    return Quotient(top, bottom)


def whole(value: int) -> Tree:
    return Numeral(Poly.of(value))


def absolute(inside: Tree) -> Tree:
    return Function("abs", (inside,))


def momentum(method: Method, letters: Letters) -> Tree:
    """β as the sheet writes it, a letter where it wrote a number."""
    match method.momentum:
        case Var() as name:
            return letters.writer.name(name.name)
        case _:
            return Sym("beta")


def said(tree: Tree) -> str:
    """The same in a sentence."""
    return text(tree)
