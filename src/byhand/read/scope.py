"""What a formula may refer to: names with their expressions, sizes, integer data, gradients, conventions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal, TypeAlias

from byhand.lang.expr import Expr
from byhand.lang.names import Grad, Name, Updated
from byhand.lang.sizes import Poly, Size, size
from byhand.read.alphabet import looks, odd_ones, spellings, without_macron

Ints: TypeAlias = int | tuple["Ints", ...]
"""Integers in nested tuples."""


def _no_gradient(of: str, wrt: str) -> Expr | None:
    return None


def _nothing(name: str) -> str:
    return ""


def _has_numbers(node: Expr) -> bool:
    return True


def _no_past(name: Updated) -> Expr | None:
    return None


@dataclass(frozen=True, slots=True)
class Scope:
    """``names`` has the quantities under their own names, and, once they exist, gradients and updated parameters.

    ``sizes``: the size letters, each with what it stands for (by default itself). ``integers``: names given as
    integers, which may stand where only integers can. ``gradient`` is asked for gradients that ``names`` lacks.
    ``losses``: what δ_z may be the gradient of, the likeliest first. ``loose``: names may run together, as in Xw for X w.
    ``explain`` says why a name has no meaning here, where more is known than that. ``counted`` collects the names whose
    integers were asked for. ``past`` is asked for updated parameters that ``names`` lacks. ``has_numbers``: whether
    the numbers of a formula would be worked out, so that it may not be large.
    """

    names: Mapping[Name, Expr] = field(default_factory=dict[Name, Expr])
    sizes: Mapping[str, Size] = field(default_factory=dict[str, Size])
    integers: Mapping[str, Ints] = field(default_factory=dict[str, Ints])
    vectors: Literal["columns", "rows"] = "columns"
    gradient: Callable[[str, str], Expr | None] = _no_gradient
    losses: tuple[str, ...] = ()
    loose: bool = False
    explain: Callable[[str], str] = _nothing
    counted: set[str] = field(default_factory=set[str])
    past: Callable[[Updated], Expr | None] = _no_past
    has_numbers: Callable[[Expr], bool] = _has_numbers

    def find(self, name: str) -> tuple[Name, Expr] | None:
        """A quantity by any of the spellings of its name."""
        for spelling in spellings(name):
            if spelling in self.names:
                return spelling, self.names[spelling]
        return None

    @property
    def stars(self) -> frozenset[str]:
        """The names that end in a star: solutions, such as w*."""
        return frozenset(name for name in self.names if isinstance(name, str) and name.endswith("*"))

    def size(self, name: str) -> Size | None:
        for spelling in spellings(name):
            if spelling in self.sizes:
                return self.sizes[spelling]
        return None

    def ints(self, name: str) -> Ints | None:
        for spelling in spellings(name):
            if spelling in self.integers:
                self.counted.add(spelling)
                return self.integers[spelling]
        return None

    def updated(self, name: str, times: int) -> tuple[Name, Expr] | None:
        """A parameter after so many steps, if so many have been taken."""
        for spelling in spellings(name):
            key = Updated(spelling, times)
            found = self.names.get(key) or self.past(key)
            if found is not None:
                return key, found
        return None

    def derivative(self, of: str, wrt: str) -> tuple[Name, Expr] | None:
        """The gradient of one name with respect to another; ``of`` may be empty where one loss is meant."""
        for loss in spellings(of) if of else self._losses():
            for quantity in spellings(wrt):
                key = Grad(loss, quantity)
                if key in self.names:
                    return key, self.names[key]
        for loss in spellings(of) if of else self._losses():
            for quantity in spellings(wrt):
                found = self.gradient(loss, quantity) if self._exists(loss) and self._exists(quantity) else None
                if found is not None:
                    return Grad(loss, quantity), found
        return self._second(of, wrt) if of[:1] == "2" else None

    def _second(self, of: str, wrt: str) -> tuple[Name, Expr] | None:
        """A second derivative by its plain spelling, d2L/dw2."""
        wanted = {f"d2{loss}/d{below}" for loss in spellings(of[1:]) for below in spellings(wrt)} if of[1:] else set[str]()
        known = next(((name, expr) for name, expr in self.names.items() if isinstance(name, Grad) and name.twice and str(name) in wanted), None)
        found = self.gradient(of, wrt) if known is None else None
        return known if found is None else (Grad(of, wrt), found)

    def _losses(self) -> tuple[str, ...]:
        known = [name.of for name in self.names if isinstance(name, Grad)]
        return tuple(dict.fromkeys([*self.losses, *known]))

    def _exists(self, name: str) -> bool:
        stem = name.rstrip("'")
        return stem in self.names or Updated(stem, len(name) - len(stem)) in self.names

    def barred(self, name: str) -> tuple[Name, Expr] | None:
        """Z̄: the gradient of Z."""
        under = without_macron(name)
        return self.derivative("", under) if under else None

    def nearest(self, name: str, more: tuple[str, ...] = ()) -> str:
        """A suggestion for a name that is not known, as the end of a message; ``more`` are names of functions."""
        known = [str(one) for one in self.names] + list(self.sizes)
        twin = next((one for one in known if one != name and looks(one) == looks(name)), None)
        if twin is not None:
            return f" {twin} looks the same, but is made of other characters: {odd_ones(name, twin)}."
        close = [one for one in known if one.lower() == name.lower()] or get_close_matches(name, known, n=1, cutoff=0.5)
        close = close or (get_close_matches(name, more, n=1, cutoff=0.7) if len(name) > 2 else [])
        return f" Did you mean {close[0]}?" if close else ""


def letters_of(*exprs: Expr) -> dict[str, Size]:
    """The size letters in the shapes of these expressions, each standing for itself."""
    found = {letter for node in exprs for axis in node.shape for letter in Poly.of(axis).letters}
    return {letter: size(Poly.letter(letter)) for letter in sorted(found)}
