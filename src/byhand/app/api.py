"""byhand in Python: sheets, expressions, derivations. These are the names that ``import byhand`` offers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, overload

import numpy as np

from byhand.analyse.variants import variants
from byhand.app.jupyter import attach
from byhand.app.render import BinaryForm, TextForm, render
from byhand.app.solving import solve, solve_text
from byhand.app.tasks import Argument, asked
from byhand.derive import Derivation, Step
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Operators, Var, named
from byhand.lang.expr import var as variable
from byhand.lang.sizes import Size
from byhand.read.elaborate import read_formula
from byhand.read.scope import Scope, letters_of
from byhand.run.bind import Given, Value
from byhand.run.evaluate import evaluate
from byhand.sheets.answer import answer
from byhand.sheets.single import checked_derivation, solution_of
from byhand.sheets.solution import Solution
from byhand.sheets.source import read_file, read_text

if TYPE_CHECKING:
    from byhand.app.checked import Answers, Checked

attach()


@dataclass(frozen=True)
class Sheet:
    """A sheet: its text, or the file it stands in."""

    source: str | Path

    def solve(self) -> Solved:
        """The worked solution; ``ByhandError`` says with its line what cannot be done."""
        return Solved(solve(read_file(self.source)) if isinstance(self.source, Path) else solve_text(self.source))

    def variants(self, count: int = 30, seed: int = 1, *, separate: float | None = None) -> Iterator[Sheet]:
        """The same exercise with other numbers; ``ByhandError`` for a sheet without numbers, or without so many variants.

        ``separate``: what share of its slips, from 0 to 1, the numbers of each should tell apart; the best that are found where none reach it.
        """
        text, name = read_text(self.source) if isinstance(self.source, Path) else (self.source, "sheet")
        goal = None
        if separate is not None:
            from byhand.app.slips import telling_apart  # what only checking needs

            goal = telling_apart(text, name, separate)
        return (Sheet(variant.text) for variant in variants(text, count, seed, solve, name, goal))

    def check(self, answers: Answers) -> Checked:
        """Marks for answers: a mapping from names to numbers and formulas, a file that somebody handed in, or the text of one."""
        from byhand.app.checked import checked  # what only marking needs

        text, name = read_text(self.source) if isinstance(self.source, Path) else (self.source, "sheet")
        return checked(text, name, answers)


@dataclass(frozen=True)
class Solved:
    """A worked solution. ``values`` are the numbers of everything given, defined or asked for, as NumPy arrays."""

    solution: Solution

    @cached_property
    def answer(self) -> dict[str, object]:
        """What ``byhand solve --to json`` prints."""
        return answer(self.solution)

    @cached_property
    def values(self) -> dict[str, np.ndarray]:
        found = self.answer["values"]
        assert isinstance(found, dict)
        return {name: np.asarray(value) for name, value in found.items()}

    @property
    def found(self) -> dict[str, object]:
        """What the last question to an analysis found: the bounds of ``rates``, the count of ``symmetries``, …; empty if there was none."""
        answers = self.answer["answers"]
        assert isinstance(answers, dict)
        return dict(next(reversed(answers.values()), {}))

    def __getitem__(self, name: str) -> np.ndarray:
        return self.values[name]

    @overload
    def to(self, form: TextForm, *, digits: int = 6, part: str | None = None) -> str: ...
    @overload
    def to(self, form: BinaryForm, *, digits: int = 6, part: str | None = None) -> bytes: ...
    def to(self, form: TextForm | BinaryForm, *, digits: int = 6, part: str | None = None) -> str | bytes:
        """As ``text``, ``md``, ``tex``, ``html``, ``ipynb`` or ``json``, or as the bytes of a ``pdf``."""
        return render(self.solution, form, digits=digits, part=part)

    def __str__(self) -> str:
        return self.to("text")

    def _repr_html_(self) -> str:
        return self.to("html")


@dataclass(frozen=True)
class Derived:
    """The gradients of one scalar, with the steps that led to them."""

    derivation: Derivation
    wrt: tuple[Named | Var, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.derivation.steps

    @property
    def gradients(self) -> dict[str, Named]:
        """For each name asked for, its gradient; ``.body`` is the formula."""
        return {str(x.name): self.derivation.gradients[x.name] for x in self.wrt}

    def __getitem__(self, name: str) -> Named:
        return self.gradients[name]

    def at(self, **data: Given) -> dict[str, Value]:
        """The gradients at these numbers: floats, or exact rationals where all of the data is rational."""
        found = self.gradients
        evaluation = evaluate(list(found.values()), data)
        return dict(zip(found, evaluation.roots))

    @overload
    def to(self, form: TextForm, *, digits: int = 6, data: Mapping[str, Given] | None = None) -> str: ...
    @overload
    def to(self, form: BinaryForm, *, digits: int = 6, data: Mapping[str, Given] | None = None) -> bytes: ...
    def to(self, form: TextForm | BinaryForm, *, digits: int = 6, data: Mapping[str, Given] | None = None) -> str | bytes:
        """The worked derivation as ``text``, ``md``, ``tex``, ``html``, ``ipynb`` or ``json``, or as the bytes of a ``pdf``, with numbers if there is data."""
        return render(solution_of(self.derivation, self.wrt, data), form, digits=digits)

    def __str__(self) -> str:
        return self.to("text")

    def _repr_html_(self) -> str:
        return self.to("html")


def sheet(source: str | os.PathLike[str]) -> Sheet:
    """A sheet from its Markdown text, or from the path of a file.

    >>> import byhand
    >>> solved = byhand.sheet('''
    ... ```byhand
    ... x = [1, 2]
    ... L = sum(x**2)
    ... dL/dx
    ... ```
    ... ''').solve()
    >>> solved["dL/dx"]
    array([2, 4])
    """
    if isinstance(source, str) and ("\n" in source or not source.strip()):
        return Sheet(source)
    return Sheet(Path(source))


def check(source: Sheet | str | os.PathLike[str], answers: Answers) -> Checked:
    """What somebody wrote as solution of a sheet, marked: each answer is right, follows from an earlier mistake, is explained by a slip, or is wrong.

    ``answers``: a mapping from names to numbers and formulas, a file that was handed in, or the text of one.

    >>> import byhand
    >>> found = byhand.check('''
    ... ```byhand
    ... x = [1, 2]
    ... L = sum(x**2)
    ... L, dL/dx
    ... ```
    ... ''', {"L": 5, "dL/dx": [1, 2]})
    >>> found["L"].status, found["dL/dx"].status, found.first_wrong
    ('right', 'slip', 'dL/dx')
    """
    return (source if isinstance(source, Sheet) else sheet(source)).check(answers)


def var(name: str, *shape: Size | str, facts: Iterable[str] = ()) -> Var:
    """A given quantity; letters in the shape are symbolic sizes.

    >>> import byhand
    >>> byhand.var("X", "m", "n").T.shape == byhand.var("Y", "n", "m").shape
    True
    """
    return variable(name, shape, facts)


def name(name: str, value: Expr) -> Named:
    """An intermediate under a name of its own, which every derivation keeps."""
    return named(name, value)


def formula(text: str, **quantities: Expr) -> Expr:
    """An expression from a formula in the sheet language over quantities under the names given here.

    >>> import byhand
    >>> x = byhand.var("x", "n")
    >>> byhand.derive(byhand.formula("sum(relu(x))", x=x), [x])["x"].body is byhand.formula("step(x)", x=x)
    True
    """
    return read_formula(text, Scope(names={**quantities}, sizes=letters_of(*quantities.values())))


def derive(loss: Expr, wrt: Named | Var | Sequence[Named | Var]) -> Derived:
    """The gradients of a scalar with respect to variables or named intermediates, as formulas.

    Raises ``ByhandError`` for a loss that is no scalar, or does not depend on one of them.
    """
    wanted = (wrt,) if isinstance(wrt, Operators) else tuple(wrt)
    for one in wanted:
        if not isinstance(one, (Named, Var)):  # pyright: ignore[reportUnnecessaryIsInstance] - people pass anything
            raise ByhandError("derive differentiates with respect to variables and named intermediates; give the expression a name first: byhand.name('h', …).")
    return Derived(checked_derivation(loss, wanted), wanted)


def at(expr: Expr, **data: Given) -> Value:
    """The value of an expression: an array of floats, or of exact rationals where all is rational.

    >>> import byhand
    >>> x = byhand.var("x", 2)
    >>> byhand.at(x / 3, x=[1, 2]).tolist()
    [Fraction(1, 3), Fraction(2, 3)]
    """
    return evaluate([expr], data).roots[0]


# --------------------------------------------------------------------------------------- tasks, as on a sheet


def step(loss: Expr, parameters: Var | Sequence[Var], *, data: Mapping[str, Given] | None = None, **options: Argument) -> Solved:
    """Steps of an update rule; options are those of a sheet: ``rate``, ``rule``, ``times``, ``batches``, …

    >>> import byhand
    >>> w = byhand.var("w", 2)
    >>> byhand.step(byhand.functions.sum(w**2), [w], data={"w": [1, 2]}, rate=0.1)["w'"]
    array([0.8, 1.6])
    """
    return Solved(asked("step", [loss, _listed(parameters)], options, data))


def minimise(loss: Expr, unknowns: Var | Sequence[Var], *, data: Mapping[str, Given] | None = None) -> Solved:
    """The minimum of a scalar in closed form; ``.found`` has its formula, and the conditions on which it is unique.

    >>> import byhand
    >>> X, w, t = byhand.var("X", "m", "n"), byhand.var("w", "n"), byhand.var("t", "m")
    >>> byhand.minimise(byhand.functions.sum((X @ w - t) ** 2), w).found["text"]
    'inv(X.T @ X) @ X.T @ t'
    """
    return Solved(asked("minimise", [loss, unknowns], {}, data))


def rates(f: Expr, unknowns: Var | Sequence[Var], *, data: Mapping[str, Given] | None = None, **options: Argument) -> Solved:
    """The learning rates with which gradient descent converges from every start, between ``.found["low"]`` and ``["high"]``.

    >>> import byhand
    >>> x = byhand.var("x")
    >>> byhand.rates(5 * x**2 + 2, x).found["high"]
    '1/5'
    """
    return Solved(asked("rates", [f, unknowns], options, data))


def symmetries(y: Expr, parameters: Var | Sequence[Var], *, data: Mapping[str, Given] | None = None) -> Solved:
    """The weight-space symmetries of a network; ``.found["count"]`` is their number.

    >>> import byhand
    >>> x, V, W = byhand.var("x", "N"), byhand.var("V", "N", "M"), byhand.var("W", "M", "K")
    >>> byhand.symmetries(byhand.functions.tanh(x @ V) @ W, [V, W]).found["count"]
    'M! * 2**M'
    """
    return Solved(asked("symmetries", [y, _listed(parameters)], {}, data))


def compare(*losses: Expr, data: Mapping[str, Given] | None = None, **options: Argument) -> Solved:
    """Two or more losses on one network side by side: what each sends back, and what it does where the output saturates."""
    return Solved(asked("compare", losses, options, data))


def draw(y: Expr, parameters: Var | Sequence[Var] = (), *, data: Mapping[str, Given] | None = None, **options: Argument) -> Solved:
    """The network that computes y, drawn; with data ``values=True`` puts the numbers in. All but the parameters goes in, where they are listed."""
    return Solved(asked("draw", [y, *([_listed(parameters)] if parameters != () else [])], options, data))


def _listed(parameters: Var | Sequence[Var]) -> list[Var]:
    return [parameters] if isinstance(parameters, Operators) else list(parameters)
