"""The page of initialisers: the formula of each, as its file declares it."""

from __future__ import annotations

from collections.abc import Iterator

from byhand.lang.expr import named, var
from byhand.lang.initialiser import FAN_IN, FAN_OUT, GAIN, Initialiser
from byhand.lang.update_rule import PARAMETER
from byhand.rules.initialisers import BIAS, INITIALISERS, SCALE, WEIGHT, WEIGHT_BEFORE_GAIN
from byhand.show.conventions import Conventions
from byhand.show.latex import latex
from byhand.show.markdown import fenced
from byhand.show.notation import notation

START = """# Initialisers

How the first numbers of a parameter W are drawn when a network is trained and its sheet gives none. fan_in is how many entries each
sum has that W stands in, fan_out into how many sums each input goes, the window of a kernel counting on both sides; they are read
off the formulas, so that W @ x and X @ W are both right. gain is what the activation behind it states (2 for relu and its kin),
1 where it states none.

"""
CONVENTIONS = Conventions()


def initialiser_page() -> str:
    """Every initialiser with its formula."""
    usual = (
        f"Where nothing is said, weights before an activation that states a gain begin with `{WEIGHT_BEFORE_GAIN.name}`, other weights with "
        f"`{WEIGHT.name}`,\nwhat is only added with `{BIAS.name}`, and what multiplies entry by entry with `{SCALE.name}`.\n"
    )
    return START + usual + "".join("\n" + "\n\n".join(_parts(one)) + "\n" for one in INITIALISERS)


def _parts(one: Initialiser) -> Iterator[str]:
    others = f" (also {', '.join(f'`{name}`' for name in one.others)})" if one.others else ""
    yield f"## {one.title}"
    yield f"`{one.name}`{others}. {one.summary}"
    yield fenced(_formula(one))
    yield f"Because {one.because}."
    yield f"Source: {one.source}."


def _formula(one: Initialiser) -> str:
    q = {FAN_IN: var("n_in"), FAN_OUT: var("n_out"), GAIN: var("g")}
    spread = latex(notation(one.spread(q), CONVENTIONS))
    parameter = latex(CONVENTIONS.sym(named("W", var(PARAMETER)).name))
    match one.distribution:
        case "constant":
            return f"{parameter}_{{ij}} = {spread}"
        case "uniform":
            return f"{parameter}_{{ij}} \\sim \\mathcal{{U}}(-a, a), \\qquad a = {spread}"
        case "normal":
            return f"{parameter}_{{ij}} \\sim \\mathcal{{N}}(0, \\sigma^2), \\qquad \\sigma^2 = {spread}"
        case "orthogonal":
            return f"{parameter} = {spread}\\,Q, \\qquad Q^\\top Q = I \\text{{ or }} Q Q^\\top = I"
