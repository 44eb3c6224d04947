"""Linear regression and ridge regression by the closed forms that ``minimise`` derives.

The formula is found once, over letters for all sizes, and then run on the data. Björck, Numerical Methods for Least Squares Problems, 1996,
section 2.4, for running it a second time on what is left over: normal equations alone lose half of the digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin  # pyright: ignore[reportMissingTypeStubs]
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data  # pyright: ignore[reportMissingTypeStubs, reportPrivateUsage]

from byhand.analyse.minimise.find import minimise
from byhand.compile.lower import lowered
from byhand.compile.program import Program
from byhand.compile.reference import Solver, run_program
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, named, var
from byhand.lang.functions import total
from byhand.run.arrays import Array
from byhand.show.conventions import Conventions
from byhand.show.notation import notation
from byhand.show.plain import plain

EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """The minimiser of a loss: its program, whose results are w* and then b* where there is an intercept, and its text."""

    program: Program
    formulas: tuple[str, ...]


@lru_cache(maxsize=4)
def closed_form(penalised: bool, intercept: bool) -> ClosedForm:
    """w* and b* of Σ (X w + b − y)² + α Σ w², with X (n, d) and y (n,)."""
    X, y, w, b, alpha = var("X", ("n", "d")), var("y", ("n",)), var("w", ("d",)), var("b"), var("alpha", (), ("positive",))
    loss: Expr = total(((X @ w + b if intercept else X @ w) - y) ** 2)
    unknowns = [w, b] if intercept else [w]
    found = minimise(named("L", loss + alpha * total(w**2) if penalised else loss), unknowns)
    stars = [next(one.star for one in found.solved if one.unknown is unknown) for unknown in unknowns]
    shown = tuple(f"{one.star.name} = {plain(notation(one.star.body, Conventions()))}" for one in found.solved)
    return ClosedForm(lowered(stars), shown)


def shortest(matrix: Array, right: Array) -> Array:
    """The shortest x with M x = B for a symmetric M: what the data say nothing of is zero."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    least = np.abs(values).max(initial=0.0) * len(values) * EPSILON
    kept = values > least
    return vectors[:, kept] @ ((vectors[:, kept].T @ right) / values[kept, None])


class _Linear(MultiOutputMixin, RegressorMixin, BaseEstimator):
    """What both have in common."""

    fit_intercept: bool

    def _fit(self, X: Any, y: Any, sample_weight: Any, alpha: float) -> None:
        """Data are centred first, which changes no minimiser but b and keeps digits; rows with weights are scaled by their roots."""
        samples, goals = map(np.asarray, validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True))
        weights: Array = (
            np.ones(len(samples)) if sample_weight is None else _check_sample_weight(sample_weight, samples, dtype=np.float64, ensure_non_negative=True)
        )
        kept = weights > 0
        samples, goals, weights = samples[kept], np.asarray(goals[kept], dtype=np.float64), weights[kept]
        columns = goals.T if goals.ndim == 2 else goals[None]
        shift = weights @ samples / weights.sum() if self.fit_intercept else np.zeros(samples.shape[1])
        level = columns @ weights / weights.sum() if self.fit_intercept else np.zeros(len(columns))
        form = closed_form(alpha > 0, self.fit_intercept and sample_weight is None)
        root = np.sqrt(weights)
        solved = [_solved(form, (samples - shift) * root[:, None], (column - mean) * root, alpha) for column, mean in zip(columns, level)]
        slopes = np.stack([w for w, _ in solved])
        intercepts = level + np.array([b for _, b in solved]) - slopes @ shift
        self.coef_ = slopes if goals.ndim == 2 else slopes[0]
        self.intercept_ = 0.0 if not self.fit_intercept else intercepts if goals.ndim == 2 else float(intercepts[0])
        self.formula_ = "\n".join(form.formulas)

    def predict(self, X: Any) -> Array:
        """X w + b for samples X (n, d): (n,), or (n, k) for several targets."""
        check_is_fitted(self)
        samples = np.asarray(validate_data(self, X, reset=False, dtype=np.float64))
        return samples @ self.coef_.T + self.intercept_


def _solved(form: ClosedForm, X: Array, y: Array, alpha: float) -> tuple[Array, float]:
    """w and b by the formula; without a penalty once more for what is left over, since w* and b* are linear in y."""
    if alpha:
        return _run(form, X, y, alpha, np.linalg.solve)
    w, b = _run(form, X, y, alpha, shortest)
    more, beside = _run(form, X, y - X @ w - b, alpha, shortest)
    return w + more, b + beside


def _run(form: ClosedForm, X: Array, y: Array, alpha: float, solve: Solver) -> tuple[Array, float]:
    inputs = {"X": X, "y": y, "alpha": np.asarray(alpha)}
    w, *b = run_program(form.program, {one.name: inputs[one.name] for one in form.program.inputs}, solve=solve)
    return w, float(b[0]) if b else 0.0


class LinearRegression(_Linear):
    """Least squares by the closed form; where the data leave w open, the shortest w, as scikit-learn has it.

    Parameters: fit_intercept. Attributes: coef_ (d,) or (k, d), intercept_, formula_ (the closed form that was run), n_features_in_.
    Columns that are nearly but not quite dependent, with a condition number of X above 1e7, count as dependent.
    """

    def __init__(self, *, fit_intercept: bool = True) -> None:
        self.fit_intercept = fit_intercept

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LinearRegression:
        """Samples X (n, d), targets y (n,) or (n, k), weights (n,). ``ValueError`` says what does not fit."""
        self._fit(X, y, sample_weight, 0.0)
        return self


class Ridge(_Linear):
    """Least squares with the penalty alpha · Σ w², by the closed form; the intercept is not penalised.

    Parameters: alpha, fit_intercept. Attributes: coef_ (d,) or (k, d), intercept_, formula_ (the closed form that was run), n_features_in_.
    """

    def __init__(self, alpha: float = 1.0, *, fit_intercept: bool = True) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Ridge:
        """Samples X (n, d), targets y (n,) or (n, k), weights (n,). ``ValueError`` says what does not fit."""
        if isinstance(self.alpha, bool) or not isinstance(self.alpha, Real) or not 0 <= self.alpha < np.inf:
            raise ByhandError(f"alpha={self.alpha!r} cannot be: it is a number of at least 0.")
        self._fit(X, y, sample_weight, float(self.alpha))
        return self
