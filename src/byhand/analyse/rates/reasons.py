"""Why no learning rate converges to a minimum, in a sentence; nothing where some do."""

from __future__ import annotations

from byhand.analyse.rates.curvature import Shape
from byhand.analyse.rates.eigenvalues import Eigenvalues
from byhand.analyse.rates.local import Across
from byhand.analyse.rates.setting import Setting
from byhand.lang.expr import is_zero


def in_numbers(setting: Setting, found: Eigenvalues, bounded: bool | None) -> str:
    """Why no rate converges to a minimum from every start; nothing where some do."""
    f, x, h = setting.second.f.name, names_of(setting), setting.letter
    low = f"{float(found.low):.6g}"
    match found.definite:
        case "positive definite":
            return ""
        case "positive semidefinite":
            return (
                ""
                if bounded is not False
                else f"{f} is unbounded below: along a direction in which {h} is zero it falls for ever, so there is no minimum to converge to"
            )
        case "zero":
            if bounded is None:
                return by_shape(setting, Shape("zero"))
            return (
                f"{f} does not depend on {x}: every point is a minimum, and gradient descent stays where it starts"
                if bounded
                else (f"{f} is linear in {x} and unbounded below: the gradient is the same everywhere and never zero, so there is no minimum to converge to")
            )
        case "indefinite":
            return (
                f"{h} is indefinite: along an eigenvector with the eigenvalue {low} < 0 {f} falls without bound, "
                f"and the factor 1 − η·({low}) > 1 makes errors grow for every η > 0"
            )
        case "negative definite" | "negative semidefinite":
            most = "a maximum but no minimum," if found.definite == "negative definite" else "no minimum"
            return f"{h} has no positive eigenvalue: {f} has {most} and is unbounded below, and 1 − ηλ > 1 makes errors grow for every η > 0"


def names_of(setting: Setting) -> str:
    names = [x.name for x in setting.unknowns]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def by_shape(setting: Setting, shape: Shape) -> str:
    f, x, h = setting.second.f.name, names_of(setting), setting.letter
    match shape.kind:
        case "zero":
            slopes = [gradient for gradient in setting.second.gradients if not is_zero(gradient)]
            if not slopes:
                return f"{f} does not depend on {x}: every point is a minimum, and gradient descent stays where it starts"
            return f"the Hessian is zero: {f} is linear in {x} and, where its slope is not zero, unbounded below, so there is no minimum to converge to"
        case "negative definite" | "negative semidefinite":
            return f"{h} has no positive eigenvalue: {f} is unbounded below wherever {h} is not zero, and 1 − ηλ > 1 makes errors grow for every η > 0"
        case "indefinite":
            return (
                f"{h} is indefinite: along an eigenvector with a negative eigenvalue {f} falls without bound, and 1 − ηλ > 1 makes errors grow for every η > 0"
            )
        case _:
            return ""


def nowhere(f: str, smooth: bool) -> str:
    kinks = "" if smooth else "; it has kinks, and at a minimum on a kink the gradient does not fade, so that steps of a fixed rate jump across it"
    return f"{f} is not quadratic, and no minimum of it was found where its gradient is zero{kinks}. Name a point with at="


def at_kink(f: str, x: str, what: str, across: Across) -> str:
    """``what`` are the functions whose kink it is."""
    if across == "kink":
        return (
            f"{f} has a kink ({what}) at its minimum {point_named(x)}: there the gradient does not fade as the minimum comes near, "
            "so steps of a fixed rate jump to and fro across it; in general no fixed rate converges"
        )
    return f"the second derivative of {f} jumps ({what}) at {point_named(x)}: it is not the same on all sides, so no single Hessian says how the error changes"


def point_named(x: str) -> str:
    """x*, or words for several unknowns."""
    return f"{x}*" if " " not in x else "the point found"


def near(found: Eigenvalues, x: str, h: str) -> str:
    star = point_named(x)
    match found.definite:
        case "positive definite":
            return ""
        case "positive semidefinite" | "zero":
            return f"the Hessian at {star} has the eigenvalue 0, so the linearised iteration has a factor of exactly 1 there and does not decide convergence"
        case "indefinite":
            return f"{star} is a saddle: {h}({star}) has the negative eigenvalue {float(found.low):.6g}, and errors in its direction grow for every η > 0"
        case "negative definite" | "negative semidefinite":
            return f"{star} is no minimum: no eigenvalue of {h}({star}) is positive, and errors grow for every η > 0"
