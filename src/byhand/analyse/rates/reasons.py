"""Why no interval of learning rates is given, in a sentence; nothing where one is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from byhand.analyse.rates.curvature import Shape
from byhand.analyse.rates.eigenvalues import Eigenvalues
from byhand.analyse.rates.local import Across
from byhand.analyse.rates.setting import Setting
from byhand.lang.english import listed
from byhand.lang.expr import is_zero
from byhand.show.numbers import format_number

Verdict: TypeAlias = Literal["none", "undecided", "every"]
"""Whether no rate converges, every rate does, or it cannot be told from the Hessian."""
DIGITS = 6


@dataclass(frozen=True, slots=True)
class Reason:
    """Why there is no interval of rates."""

    text: str
    verdict: Verdict = "none"

    def said(self, where: str) -> str:
        """What is known, and why; ``where`` as in "to a minimum from every start"."""
        match self.verdict:
            case "none":
                return f"There is no learning rate with which gradient descent converges {where}: {self.text}"
            case "undecided":
                return f"For which learning rates gradient descent converges {where} is not decided here: {self.text}"
            case "every":
                return f"Every learning rate will do: {self.text}"


def in_numbers(setting: Setting, found: Eigenvalues, bounded: bool | None) -> Reason | None:
    """Why no rate converges to a minimum from every start; nothing where some do."""
    f, x, h = setting.second.f.name, names_of(setting), setting.letter
    match found.definite:
        case "positive definite":
            return None
        case "positive semidefinite":
            falls = f"{f} is unbounded below: along a direction in which {h} is zero it falls for ever, so there is no minimum to converge to"
            return Reason(falls) if bounded is False else None
        case "zero":
            if bounded is None:
                return by_shape(setting, Shape("zero"))
            falls = f"{f} is linear in {x} and unbounded below: the gradient is the same everywhere and never zero, so there is no minimum to converge to"
            return constant(setting) if bounded else Reason(falls)
        case "indefinite":
            return Reason(
                f"{h} is indefinite: along an eigenvector with the eigenvalue {_negative(found)} < 0 {f} falls without bound, "
                "and its factor 1 − ηλ > 1 makes errors grow for every η > 0"
            )
        case "negative definite" | "negative semidefinite":
            most = "a maximum but no minimum," if found.definite == "negative definite" else "no minimum"
            return Reason(f"{h} has no positive eigenvalue: {f} has {most} and is unbounded below, and 1 − ηλ > 1 makes errors grow for every η > 0")


def constant(setting: Setting) -> Reason:
    text = f"{setting.second.f.name} does not depend on {names_of(setting)}: every point is a minimum, and gradient descent stays where it starts"
    return Reason(text, "every")


def _negative(found: Eigenvalues) -> str:
    """The smallest eigenvalue, below zero."""
    return f"−{format_number(-found.low, DIGITS)}"


def names_of(setting: Setting) -> str:
    return listed(x.name for x in setting.unknowns)


def by_shape(setting: Setting, shape: Shape) -> Reason | None:
    f, x, h = setting.second.f.name, names_of(setting), setting.letter
    match shape.kind:
        case "zero":
            slopes = [gradient for gradient in setting.second.gradients if not is_zero(gradient)]
            if not slopes:
                return constant(setting)
            return Reason(f"the Hessian is zero: {f} is linear in {x} and, where its slope is not zero, unbounded below, so there is no minimum to converge to")
        case "negative definite" | "negative semidefinite":
            return Reason(f"{h} has no positive eigenvalue: {f} is unbounded below wherever {h} is not zero, and 1 − ηλ > 1 makes errors grow for every η > 0")
        case "indefinite":
            return Reason(
                f"{h} is indefinite: along an eigenvector with a negative eigenvalue {f} falls without bound, and 1 − ηλ > 1 makes errors grow for every η > 0"
            )
        case _:
            return None


def nowhere(f: str, smooth: bool) -> Reason:
    kinks = "" if smooth else "; it has kinks, and at a minimum on a kink the gradient does not fade, so that steps of a fixed rate jump across it"
    return Reason(f"{f} is not quadratic, and no minimum of it was found where its gradient is zero{kinks}. Name a point with at=", "undecided")


def at_kink(f: str, x: str, what: str, across: Across) -> Reason:
    """``what`` are the functions whose kink it is."""
    if across == "kink":
        return Reason(
            f"{f} has a kink ({what}) at its minimum {point_named(x)}: there the gradient does not fade as the minimum comes near, "
            "so steps of a fixed rate jump to and fro across it; in general no fixed rate converges"
        )
    jumps = f"the second derivative of {f} jumps ({what}) at {point_named(x)}: it is not the same on all sides, so no single Hessian says how the error changes"
    return Reason(jumps, "undecided")


def point_named(x: str) -> str:
    """x*, or words for several unknowns."""
    return f"{x}*" if " " not in x else "the point found"


def near(found: Eigenvalues, x: str, h: str) -> Reason | None:
    star = point_named(x)
    match found.definite:
        case "positive definite":
            return None
        case "positive semidefinite" | "zero":
            zero = f"the Hessian at {star} has the eigenvalue 0, so the linearised iteration has a factor of exactly 1 there and does not decide convergence"
            return Reason(zero, "undecided")
        case "indefinite":
            return Reason(f"{star} is a saddle: {h} has the negative eigenvalue {_negative(found)} there, and errors in its direction grow for every η > 0")
        case "negative definite" | "negative semidefinite":
            return Reason(f"{star} is no minimum: no eigenvalue of {h} is positive there, and errors grow for every η > 0")
