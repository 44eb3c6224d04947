"""``byhand derive``: one formula from the command line."""

from __future__ import annotations

import re
from difflib import get_close_matches

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Var, named
from byhand.sheets.single import checked_derivation, read_with_shapes, solution_of
from byhand.sheets.solution import Solution

_FORMULA = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)\s*")


def derive_formula(formula: str, wrt: str, shapes: str) -> Solution:
    """The derivation of ``formula`` (or ``L = formula``) for the names in ``wrt``."""
    named_so = _FORMULA.match(formula)
    body, variables = read_with_shapes(formula[named_so.end() :] if named_so else formula, shapes)
    wanted = [_variable(name.strip(), variables) for name in wrt.split(",") if name.strip()]
    if not wanted:
        raise ByhandError("--wrt names nothing; give the names to differentiate with respect to, such as W1,b1.")
    twice = next((one for k, one in enumerate(wanted) if one in wanted[:k]), None)
    if twice is not None:
        raise ByhandError(f"--wrt names {twice.name} twice.")
    if named_so and named_so[1] in variables:
        raise ByhandError(f"the formula is called {named_so[1]}, and {named_so[1]} occurs in it; give it another name.")
    name = named_so[1] if named_so else next((n for n in ("L", "loss", "f") if n not in variables), "L_")
    return solution_of(checked_derivation(named(name, body), wanted), wanted)


def _variable(name: str, variables: dict[str, Var]) -> Var:
    if name in variables:
        return variables[name]
    close = get_close_matches(name, list(variables), n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    raise ByhandError(f"--wrt names {name}, which does not occur in the formula.{hint}")
