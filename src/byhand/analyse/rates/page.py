"""The worked answer: the Hessian, its eigenvalues, what the error does from step to step, the interval, the regimes, the best rate."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from byhand.analyse.rates import letters as w
from byhand.analyse.rates.analysis import Bounds, Rates
from byhand.analyse.rates.derivation import curvature_of, shrunk, steps
from byhand.analyse.rates.eigenvalues import Number
from byhand.analyse.rates.letters import Letters
from byhand.analyse.rates.optimum import optimum
from byhand.analyse.rates.pictures import Course, pictures
from byhand.lang.expr import Expr, as_number, is_zero
from byhand.sheets.lines import Writer
from byhand.show.document import Block, Line, Lines, Note, Sign, Table, Worked
from byhand.show.tree import Entry, Sym, Tree
from byhand.show.unicode import text

MOST_ROWS = 8
"""Of a matrix that is shown in numbers."""


def blocks_of(writer: Writer, found: Rates, course: Course | None, taken: frozenset[str]) -> Iterator[Block]:
    """Everything that is said of the rates of one function."""
    extremes = found.spectrum.extremes if found.spectrum is not None else {}
    letters = Letters.of(writer, found.setting.unknowns, extremes, taken)
    page = _Page(writer, found, letters)
    yield from page.point()
    if not found.local or found.numbers is not None:
        yield page.hessian()
        yield from page.eigenvalues()
    if found.reason:
        yield Note(found.reason.said("to this point from all starts near it" if found.local and found.point is not None else "to a minimum from every start"))
        return
    yield from page.momentum()
    yield page.worked()
    if found.setting.method.kind == "plain":
        yield page.regimes()
    yield from page.best()
    yield from page.pair()
    yield from (Note(remark) for remark in page.remarks())
    yield from pictures(course) if course is not None else ()


class _Page:
    """What the blocks of one answer share."""

    __slots__ = ("found", "letters", "writer")

    def __init__(self, writer: Writer, found: Rates, letters: Letters) -> None:
        self.writer, self.found, self.letters = writer, found, letters

    # ------------------------------------------------------------------------------------- point and Hessian

    def point(self) -> Iterator[Block]:
        """x*, where it has numbers."""
        point = self.found.point
        if point is None:
            return
        setting = self.found.setting
        lines = []
        for x, value in zip(setting.unknowns, point.values):
            star = w.Power(self.writer.name(x.name), w.Setting("*"))
            lines.append(Line((star, self.writer.array(value)), self.writer.is_rounded(value)))
        yield Lines(self._point_caption(), tuple(lines))

    def _point_caption(self) -> str:
        if not self.found.local:
            return "Where the gradient is zero"
        return "The point looked at" if self.found.reason else "A point where the gradient is zero, near which everything below holds"

    def hessian(self) -> Block:
        """Its blocks as formulas, and the whole in numbers."""
        second, found = self.found.second, self.found
        lines: list[Line] = []
        if found.spectrum is not None and found.spectrum.small is not None:
            lines.append(Line((self.letters.hessian, self.writer.formula(found.spectrum.small))))
        elif len(second.unknowns) == 1:
            shown = second.matrices[0][0]
            lines.append(Line((self.letters.hessian, self.writer.formula(shown))) if len(shown.shape) <= 2 else Line((self.letters.hessian,)))
        elif found.formula is not None or found.local or found.numbers is None:
            lines += self._blocks()
        lines = [line for line in lines if len(line.links) > 1]
        numbers = found.numbers
        if numbers is not None and numbers.matrix is not None and len(numbers.matrix) <= MOST_ROWS and not self._is_number_already():
            name = self.letters.hessian if not found.local else w.Function(self.letters.letter, (self.letters.star,))
            value = numbers.matrix.reshape(()) if numbers.matrix.size == 1 else numbers.matrix
            lines.append(Line((name, self.writer.array(value)), self.writer.is_rounded(value)))
        return Lines(self._hessian_caption(), tuple(lines))

    def _blocks(self) -> Iterator[Line]:
        """Those on the diagonal and above it."""
        second = self.found.second
        for i, x in enumerate(second.unknowns):
            for j, y in enumerate(second.unknowns[i:], i):
                block = second.matrices[i][j]
                if len(block.shape) <= 2 and not (is_zero(block) and len(second.unknowns) > 3):
                    pair = (x.name, y.name) if len(x.name) == len(y.name) == 1 else (f"{x.name},{y.name}",)
                    yield Line((Entry(self.letters.hessian, pair), self.writer.formula(block)))

    def _is_number_already(self) -> bool:
        blocks = [block for row in self.found.second.matrices for block in row]
        return len(blocks) == 1 and as_number(blocks[0]) is not None and not blocks[0].shape

    def _hessian_caption(self) -> str:
        if self._scalar():
            return "The gradient differentiated once more: the second derivative"
        found, names = self.found, [x.name for x in self.found.setting.unknowns]
        if found.spectrum is not None and found.spectrum.small is not None and len(names) == 1:
            which = "column" if found.second.unknowns[0].shape[1] == found.spectrum.times else "row"
            return f"The gradient differentiated once more: the Hessian, the same for every {which} of {names[0]}"
        return "The gradient differentiated once more: the Hessian"

    def eigenvalues(self) -> Iterator[Block]:
        """λ_max and λ_min, unless H is a single number or formula."""
        formula, numbers = self._formula(), self.found.numbers
        if self._scalar() or (formula is None and numbers is None):
            return
        high = self._line(w.LAMBDA_MAX, formula.most if formula else None, numbers.eigenvalues.high if numbers else None)
        low = self._line(w.LAMBDA_MIN, formula.least if formula else None, numbers.eigenvalues.low if numbers else None)
        yield Lines(f"The largest and the smallest eigenvalue of {self.letters.letter}", (high, low))

    def _formula(self) -> Bounds | None:
        """The formulas, if they say more than that λ_max is an eigenvalue of H."""
        spectrum = self.found.spectrum
        bare = spectrum is not None and spectrum.extremes and all(one.of is None for one in spectrum.extremes.values())
        return None if bare else self.found.formula

    def _scalar(self) -> bool:
        return len(self.found.setting.unknowns) == 1 and not self.found.setting.unknowns[0].shape

    def _line(self, name: Tree, formula: Expr | None, number: Number | None, *before: tuple[Tree, Sign]) -> Line:
        """name = formula = number, each where there is one; ``before`` stands to the left, as in 0 < η < …"""
        links: list[Tree] = [tree for tree, _ in before]
        signs: list[Sign] = [sign for _, sign in before]
        links.append(name)
        if formula is not None and self.letters.formula(formula) != name:
            links.append(self.letters.formula(formula))
            signs.append("=")
        rounded = False
        if number is not None and (formula is None or as_number(formula) is None):
            links.append(self.letters.number(number))
            signs.append("=")
            rounded = self.letters.is_rounded(number)
        return Line(tuple(links), rounded, tuple(signs))

    # ------------------------------------------------------------------------------------------ the interval

    def momentum(self) -> Iterator[Block]:
        """β, where it has a number."""
        numbers, method = self.found.numbers, self.found.setting.method
        if numbers is not None and numbers.beta is not None:
            beta = w.momentum(method, self.letters)
            yield Lines("The momentum", (Line((beta, self.letters.number(numbers.beta)), self.letters.is_rounded(numbers.beta)),))

    def worked(self) -> Block:
        """The derivation, with the interval above it."""
        return Worked("rates", self.letters.eta, self.interval(), steps(self.found, self.letters))

    def interval(self) -> Line:
        """0 < η < 2/λ_max = …"""
        eta, found = self.letters.eta, self.found
        general = self.general_bound()
        bounds, numbers = self._formula(), found.numbers
        formula = bounds.high if bounds is not None else found.known.high if found.known is not None else None
        number = numbers.high if numbers is not None else None
        return self._line(general, formula, number, (w.ZERO, "<"), (eta, "<"))

    def general_bound(self) -> Tree:
        """2/λ_max, or what it is with momentum."""
        method = self.found.setting.method
        beta = w.momentum(method, self.letters)
        most: Tree = w.LAMBDA_MAX if not self._scalar() else w.Function(self.letters.letter, (self.letters.star,)) if self.found.local else self.letters.hessian
        match method.kind:
            case "plain":
                return w.over(w.whole(2), most)
            case "heavy ball":
                return w.over(w.times(w.whole(2), w.plus(w.ONE, beta)), most)
            case "nesterov":
                return w.over(w.times(w.whole(2), w.plus(w.ONE, beta)), w.times(w.plus(w.ONE, w.times(w.whole(2), beta)), most))

    def regimes(self) -> Block:
        """What the slowest and the fastest rates look like."""
        half, full = self._half_and_full()
        eta = text(self.letters.eta)
        single = self._scalar()
        where = "" if single else ", along the eigenvector of λ_max: the steepest direction"
        factor = text(shrunk(self.found, self.letters, curvature_of(self.found, self.letters))) if single else f"1 − {eta} λ_max"
        at_once = "reach it in one step" if single else "this component is gone after one step"
        at_edge = "jump to and fro between two points for ever: neither nearer nor away"
        if self.found.local:
            at_once, at_edge = "come nearer faster than by any factor", "to first order neither nearer nor away: not decided here"
        return Table(
            f"The regimes{where}",
            (f"rate {eta}", f"factor {factor}", "the iterates" + (" near x*".replace("x*", text(self.letters.star)) if self.found.local else "")),
            (
                (f"0 < {eta} < {half}", "between 0 and 1", "approach the minimum from one side: monotone"),
                (f"{eta} = {half}", "0", at_once),
                (f"{half} < {eta} < {full}", "between −1 and 0", "jump from side to side and come nearer: oscillating"),
                (f"{eta} = {full}", "−1", at_edge),
                (f"{eta} > {full}", "below −1", "move away, further with each step: diverging"),
            ),
        )

    def _half_and_full(self) -> tuple[str, str]:
        numbers, bounds = self.found.numbers, self.found.formula or self.found.known
        if numbers is not None and numbers.high is not None and not self.letters.is_rounded(numbers.high) and not self.letters.is_rounded(numbers.high / 2):
            return text(self.letters.number(numbers.high / 2)), text(self.letters.number(numbers.high))
        if bounds is not None and self._scalar() and numbers is None:
            return text(self.letters.formula(bounds.best or 1 / bounds.most)), text(self.letters.formula(bounds.high))
        return "1/λ_max", "2/λ_max"

    # ------------------------------------------------------------------------------------------ best and notes

    def best(self) -> Iterator[Block]:
        """The rate with the smallest factor, and that factor."""
        found, method = self.found, self.found.setting.method
        bounds, numbers = self._formula() or found.known, found.numbers
        bounds = None if numbers is not None and numbers.eigenvalues.singular and numbers.best is not None else bounds
        rate = numbers.best if numbers is not None else None
        factor = numbers.factor if numbers is not None else None
        if (bounds is None or bounds.best is None) and rate is None:
            return
        lines = [self._line(self.letters.eta, bounds.best if bounds else None, rate)]
        name = Sym("rho")
        shown = bounds.factor if bounds else None
        if not (self._scalar() and method.kind == "plain") and (factor is not None or shown is not None):
            lines.append(self._line(name, shown, factor))
        yield Lines(self._best_caption(len(lines) > 1), tuple(lines))

    def pair(self) -> Iterator[Block]:
        """Rate and momentum at their best together, where the momentum is open."""
        pair = optimum(self.found)
        if pair is None:
            return
        beta = w.momentum(self.found.setting.method, self.letters)
        names: tuple[Tree, ...] = (self.letters.eta, beta, Sym("rho"))
        lines = tuple(Line((name, self.letters.number(value)), self.letters.is_rounded(value)) for name, value in zip(names, pair.values()))
        how = f"{text(self.letters.eta)} = 1/λ_max, {text(beta)} = (√κ − 1)/(√κ + 1), ρ = 1 − 1/√κ with κ = λ_max/λ_min, the usual choice"
        if not self.found.setting.method.nesterov:
            how = f"{text(self.letters.eta)} = 4/(√λ_max + √λ_min)², √{text(beta)} = ρ = (√κ − 1)/(√κ + 1) with κ = λ_max/λ_min"
        yield Lines(f"Rate and momentum together: {how}", lines)

    def _best_caption(self, factor: bool) -> str:
        eta = text(self.letters.eta)
        long_run = "; in the long run errors shrink by the factor ρ a step"
        match self.found.setting.method.kind:
            case "plain":
                singular = self.found.numbers is not None and self.found.numbers.eigenvalues.singular
                if self._scalar():
                    return "The best rate: its factor is 0" + (", and the first step reaches the minimum" if not self.found.local else "")
                least = ", with the smallest positive eigenvalue in the place of λ_min" if singular else ""
                return f"The best rate makes both ends of the spectrum shrink alike: {eta} = 2/(λ_max + λ_min){least}; ρ is the factor of a step"
            case "heavy ball":
                ends = f"(1 + β)/{self.letters.letter}" if self._scalar() else "2 (1 + β)/(λ_max + λ_min)"
                return f"The best rate for this momentum: {eta} = {ends}{long_run if factor else ''}"
            case "nesterov":
                return f"The best rate for this momentum{long_run}"

    def _said(self, condition: str) -> str:
        """A condition with names and signs as they stand on the page."""
        known = self.writer.conventions.names
        named = re.sub(r"[^\W\d]\w*", lambda found: text(self.writer.name(found[0])) if found[0] in known else found[0], condition)
        return named.replace(">=", "≥").replace("<=", "≤")

    def _needs(self) -> tuple[str, tuple[str, ...]]:
        """What the momentum has to be, if it has no number, and what has to hold besides."""
        needs, momentum = self.found.needs, self.found.setting.method.momentum
        is_open = momentum is not None and self.found.setting.number(momentum) is None
        return (needs[0], needs[1:]) if is_open else ("", needs)

    def remarks(self) -> Iterator[str]:
        """Conditions, uniqueness, rounding, where it holds."""
        found = self.found
        if found.local:
            f, x = found.second.f.name, text(self.letters.star)
            yield (
                f"This is a local result, for {f} is not quadratic: with a rate inside the interval gradient descent converges to {x} from every start "
                "near enough to it; how near is not said, and from elsewhere it may go to another point or diverge"
            )
        momentum, needs = self._needs()
        if momentum:
            yield f"The momentum is one with {self._said(momentum)}; with 1 or more no rate converges"
        if needs:
            yield f"This holds if {self._said(' and '.join(needs))}; otherwise there need not be a minimum to converge to"
        if found.unique is None:
            yield (
                "λ_min = 0, so the minimum is not unique: the part of the error along these eigenvectors never changes (its factor is exactly 1). "
                "Gradient descent converges from every start, to the minimiser nearest to that start"
            )
        elif found.unique:
            unique = self._said(" and ".join(found.unique))
            yield f"The minimum is unique if {unique}; otherwise gradient descent converges to the minimiser nearest to its start"
        numbers = found.numbers
        if numbers is not None and numbers.high is not None and not isinstance(numbers.high, Fraction):
            yield "Eigenvalues that are not rational are rounded, and so is what follows from them"
