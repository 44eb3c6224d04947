"""The answer of ``rates`` for programs: bounds as exact text, formulas that read back, and floats beside them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from byhand.analyse.rates.analysis import Bounds, Rates
from byhand.analyse.rates.eigenvalues import Number
from byhand.analyse.rates.optimum import optimum
from byhand.lang.expr import Expr, as_number
from byhand.run.bind import Value
from byhand.sheets.answer import to_json

MOST_ROWS = 8
"""Of a matrix that is written out."""


def answer_of(found: Rates) -> Mapping[str, Any]:
    """What stands under ``answers`` in the JSON."""
    shared = {"local": found.local, **_hessian(found), **_point(found)}
    if found.reason:
        outcome = {"none": found.reason.verdict == "none", found.reason.verdict: True}
        return {"low": None, "high": None, **outcome, "reason": found.reason.text, **shared}
    bounds = found.known or found.formula
    numbers = found.numbers
    interval = {"low": "0", "high": _text(found, bounds, numbers.high if numbers else None, "high"), "low_open": True, "high_open": True}
    more = {
        "exact": _is_exact(found),
        "best": _text(found, bounds, numbers.best if numbers else None, "best"),
        "contraction": _text(found, bounds, numbers.factor if numbers else None, "factor"),
        "unique": None if found.unique else found.unique is not None,
        "conditions": list(found.needs),
        **({"unique_if": list(found.unique)} if found.unique else {}),
    }
    return {**interval, **more, **_method(found), **_formulas(found), **_values(found), **shared}


def _text(found: Rates, bounds: Bounds | None, number: Number | None, which: str) -> str | None:
    """A number as exact text where there is one, else the formula."""
    if number is not None:
        return number_text(number)
    formula = None if bounds is None else {"high": bounds.high, "best": bounds.best, "factor": bounds.factor}[which]
    return None if formula is None else _formula_text(found, formula)


def number_text(value: Number) -> str:
    """1/5, or the shortest decimal that reads back to the same float."""
    return str(value) if isinstance(value, Fraction) else repr(value)


def _formula_text(found: Rates, formula: Expr) -> str:
    value = as_number(formula)
    constant = value.constant if value is not None else None
    return found.setting.spell(formula) if constant is None else str(constant)


def _is_exact(found: Rates) -> bool:
    if found.numbers is not None and found.numbers.high is not None:
        return isinstance(found.numbers.high, Fraction)
    bounds = found.known or found.formula
    return bounds is None or bounds.exact


def _hessian(found: Rates) -> dict[str, Any]:
    """H and the ends of its spectrum."""
    values = found.numbers.eigenvalues if found.numbers is not None else None
    bounds = found.formula or found.known
    ends = {
        "lambda_max": number_text(values.high) if values else _formula_text(found, bounds.most) if bounds else None,
        "lambda_min": number_text(values.low) if values else _formula_text(found, bounds.least) if bounds else None,
    }
    blocks = {} if len(found.setting.unknowns) == 1 or found.local else {"hessian_blocks": _blocks(found)}
    return {"hessian": _hessian_text(found), **blocks, **ends}


def _blocks(found: Rates) -> dict[str, str]:
    """The second derivatives by each pair of unknowns that has a matrix form."""
    names, matrices = [x.name for x in found.setting.unknowns], found.second.matrices
    pairs = [(i, j) for i in range(len(names)) for j in range(i, len(names)) if len(matrices[i][j].shape) <= 2]
    return {f"{names[i]}, {names[j]}": _formula_text(found, matrices[i][j]) for i, j in pairs}


def _hessian_text(found: Rates) -> str | None:
    """As a formula where there is one, else in numbers; ``None`` where it is neither."""
    matrices = found.second.matrices
    numbers = found.numbers.matrix if found.numbers is not None else None
    if found.local or (found.formula is None and numbers is not None):
        return _matrix_text(numbers) if numbers is not None else None
    if found.spectrum is not None and found.spectrum.small is not None:
        return found.setting.spell(found.spectrum.small)
    if len(matrices) == 1 and len(matrices[0][0].shape) <= 2:
        return _formula_text(found, matrices[0][0])
    if all(not block.shape for row in matrices for block in row):
        return _listed([[_formula_text(found, block) for block in row] for row in matrices])
    return _matrix_text(numbers) if numbers is not None else None


def _matrix_text(matrix: Value) -> str | None:
    """Exact entries as fractions; the entry alone where there is one."""
    if len(matrix) > MOST_ROWS:
        return None
    rows = [[number_text(entry) for entry in row] for row in matrix.tolist()]
    return rows[0][0] if len(rows) == 1 else _listed(rows)


def _listed(rows: list[list[str]]) -> str:
    return f"[{', '.join('[' + ', '.join(row) + ']' for row in rows)}]"


def _point(found: Rates) -> dict[str, Any]:
    """x*, where it has numbers."""
    if found.point is None:
        return {}
    return {"at": {x.name: to_json(value) for x, value in zip(found.setting.unknowns, found.point.values)}}


def _method(found: Rates) -> dict[str, Any]:
    """The momentum, and the best pair of rate and momentum."""
    method = found.setting.method
    if method.momentum is None:
        return {}
    best = optimum(found)
    pair = {"optimum": {name: number_text(value) for name, value in best.items()}} if best else {}
    return {"momentum": _formula_text(found, method.momentum), "nesterov": method.nesterov, **pair}


def _formulas(found: Rates) -> dict[str, Any]:
    """The bound with symbols, where the bound above is a number or has numbers in it."""
    if found.formula is None or (found.numbers is None and found.known is None):
        return {}
    return {"formula": _formula_text(found, found.formula.high)}


def _values(found: Rates) -> dict[str, Any]:
    """Floats for the bounds that have some."""
    numbers = found.numbers
    if numbers is None or numbers.high is None:
        return {}
    ends = {"lambda_max": numbers.eigenvalues.high, "lambda_min": numbers.eigenvalues.low}
    pairs = {"high": numbers.high, "best": numbers.best, "contraction": numbers.factor, **ends}
    return {"value": {name: float(value) for name, value in pairs.items() if value is not None}}
