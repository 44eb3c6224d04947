"""Networks as scikit-learn's estimators: layers by their sizes, or a whole sheet.

Parameters have the names of scikit-learn's ``MLPClassifier`` where they mean the same, so that one stands in for the other.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin  # pyright: ignore[reportMissingTypeStubs]
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning  # pyright: ignore[reportMissingTypeStubs]
from sklearn.utils import check_random_state  # pyright: ignore[reportMissingTypeStubs]
from sklearn.utils.multiclass import check_classification_targets  # pyright: ignore[reportMissingTypeStubs]
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data  # pyright: ignore[reportMissingTypeStubs, reportPrivateUsage]

from byhand.lang.errors import ByhandError
from byhand.run.arrays import Array
from byhand.sklearn import choices
from byhand.train.data.labels import Task
from byhand.train.network import Network

USUAL_BATCH = 200
"""Samples in a batch where ``batch_size`` is "auto", as many as scikit-learn takes."""


def arrays(pair: Any) -> tuple[Array, Array]:
    """Samples and targets as scikit-learn hands them back."""
    return np.asarray(pair[0]), np.asarray(pair[1])


class _Trained(BaseEstimator):
    """What classifier and regressor have in common."""

    _task: Task = "classification"

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str = "relu",
        *,
        sheet: str | Path | None = None,
        rule: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate_init: float | None = 0.001,
        schedule: str = "constant",
        max_iter: int = 200,
        tol: float = 1e-4,
        n_iter_no_change: int | None = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        random_state: Any = None,
        engine: str = "auto",
        threads: int | None = 1,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.sheet = sheet
        self.rule = rule
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.schedule = schedule
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.engine = engine
        self.threads = threads

    def _fit(self, X: Array, y: Array, outputs: int, sample_weight: Any) -> None:
        """Train on checked data: (n, d) with (n,) or (n, k)."""
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=X.dtype, ensure_non_negative=True)
        batch = choices.batch("batch_size", self.batch_size, len(X), USUAL_BATCH)
        weight = batch if sample_weight is None else batch * float(np.mean(sample_weight))
        network = self._network(X.shape[1], outputs, weight)
        epochs = choices.whole("max_iter", self.max_iter)
        held_back = choices.real("validation_fraction", self.validation_fraction, 0, 1) if choices.truth("early_stopping", self.early_stopping) else 0.0
        network.fit(
            X,
            y,
            sample_weight=sample_weight,
            epochs=epochs,
            batch=min(batch, max(1, len(X) - int(np.ceil(held_back * len(X))))),
            rule=choices.text("rule", self.rule),
            rate=None if self.learning_rate_init is None else choices.real("learning_rate_init", self.learning_rate_init, above=True),
            schedule=choices.text("schedule", self.schedule),
            patience=None if self.n_iter_no_change is None else choices.whole("n_iter_no_change", self.n_iter_no_change),
            min_delta=choices.real("tol", self.tol),
            validation=held_back,
            scaling="none",
            dtype=X.dtype.name,
            seed=int(check_random_state(self.random_state).randint(2**31)),
            engine=choices.text("engine", self.engine),
            threads=None if self.threads is None else choices.whole("threads", self.threads),
        )
        self.network_ = network
        self.loss_curve_ = [epoch.loss for epoch in network.history]
        self.loss_, self.n_iter_ = self.loss_curve_[-1], len(self.loss_curve_)
        if self.n_iter_ == epochs > 1:
            message = f"{type(self).__name__} stopped after max_iter={self.max_iter} epochs while the loss was still falling by more than tol={self.tol:g}."
            warnings.warn(message, ConvergenceWarning, stacklevel=3)

    def _network(self, inputs: int, outputs: int, weight: float) -> Network:
        """The sheet, or one written for these layers; its penalty is scikit-learn's, alpha / 2 · Σ w² beside a batch of this weight in all."""
        sheet = choices.sheet_of("sheet", self.sheet)
        if sheet is not None:
            return self._on_sheet(Network(sheet, task=self._task), outputs)
        sizes = [inputs, *choices.layers("hidden_layer_sizes", self.hidden_layer_sizes), outputs]
        activation = choices.text("activation", self.activation)
        penalty = choices.real("alpha", self.alpha) / (2 * weight)
        return Network(sizes, activation={"logistic": "sigmoid"}.get(activation, activation), task=self._task, l2=penalty)

    def _on_sheet(self, network: Network, outputs: int) -> Network:
        """The network of a sheet; ``ByhandError`` where it is for another task, or for another number of classes."""
        model = network.model
        if self._task == "regression" and model.labels is not None:
            raise ByhandError(f"the loss {model.loss.name} of the sheet tells classes apart, and a regressor predicts numbers: use NetworkClassifier.")
        if self._task == "classification" and model.classes not in (None, outputs):
            raise ByhandError(f"y holds {outputs} classes, and the sheet has {model.classes}: change the shapes there, or give samples of every class.")
        return network

    def __sklearn_is_fitted__(self) -> bool:
        return "network_" in vars(self)

    def _checked(self, X: Any) -> Array:
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, reset=False, dtype=[np.float64, np.float32]))


class NetworkClassifier(ClassifierMixin, _Trained):
    """A network that tells classes, trained by the formulas that byhand derives for it.

    Parameters
    ----------
    hidden_layer_sizes : units of each hidden layer; activation : a name that sheets know (relu, tanh, sigmoid or logistic, gelu, …).
    sheet : a whole sheet as the model, its text or its file, in the place of both; its logits or probabilities come last.
    rule : the update rule (``gradient_descent``, ``momentum``, ``adam``, …) with ``learning_rate_init`` and its ``schedule``.
    alpha : strength of the penalty on squared weights; batch_size : samples in a batch, 200 or all of fewer if "auto".
    max_iter : epochs at most; training stops after ``n_iter_no_change`` epochs in which the loss fell by less than ``tol``: the training
        loss, or with ``early_stopping`` that of a share ``validation_fraction`` which is held back.
    class_weight : "balanced" or a mapping from classes to weights; random_state : decides first weights, split and order.
    engine, threads : what runs the steps (``auto``, ``c``, ``numpy``) and on how many threads.

    Attributes
    ----------
    classes_, n_features_in_, n_iter_, loss_, loss_curve_ as in scikit-learn; network_ : the trained ``byhand.Network`` with its formulas.
    """

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str = "relu",
        *,
        sheet: str | Path | None = None,
        rule: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate_init: float | None = 0.001,
        schedule: str = "constant",
        max_iter: int = 200,
        tol: float = 1e-4,
        n_iter_no_change: int | None = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        class_weight: Any = None,
        random_state: Any = None,
        engine: str = "auto",
        threads: int | None = 1,
    ) -> None:
        super().__init__(
            hidden_layer_sizes,
            activation,
            sheet=sheet,
            rule=rule,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate_init=learning_rate_init,
            schedule=schedule,
            max_iter=max_iter,
            tol=tol,
            n_iter_no_change=n_iter_no_change,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            random_state=random_state,
            engine=engine,
            threads=threads,
        )
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> NetworkClassifier:
        """Train on samples X (n, d) with classes y (n,). ``ValueError`` (``ByhandError`` is one) says what does not fit."""
        samples, labels = arrays(validate_data(self, X, y, dtype=[np.float64, np.float32]))
        check_classification_targets(labels)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        count = len(self.classes_)
        if count < 2:
            raise ByhandError(f"cannot train a classifier on one class: y holds {self.classes_.tolist()[0]!r} alone; it takes samples of at least two classes.")
        weights = choices.class_weights("class_weight", self.class_weight, self.classes_.tolist(), codes)
        if weights is not None:
            given = 1.0 if sample_weight is None else _check_sample_weight(sample_weight, samples, ensure_non_negative=True)
            sample_weight = given * weights[codes]
        self._fit(samples, codes, 1 if count == 2 and self.sheet is None else count, sample_weight)
        if self.network_.classes is None:
            raise ByhandError(f"the output {self.network_.model.output.name} of the sheet is no score or probability of {count} classes: use NetworkRegressor.")
        return self

    def predict_proba(self, X: Any) -> Array:
        """The probabilities (n, classes), in the order of ``classes_``."""
        samples = self._checked(X)
        return self.network_.predict_proba(samples)

    def predict_log_proba(self, X: Any) -> Array:
        """The logarithms of ``predict_proba``."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> Array:
        """The likeliest class of each sample, (n,)."""
        samples = self._checked(X)
        return self.classes_[np.asarray(self.network_.predict(samples), dtype=int)]


class NetworkRegressor(RegressorMixin, _Trained):
    """A network that predicts numbers, one or several, trained by the formulas that byhand derives for it.

    Parameters and attributes are those of ``NetworkClassifier``, without classes.
    """

    _task: Task = "regression"

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> NetworkRegressor:
        """Train on samples X (n, d) with numbers y (n,) or (n, k)."""
        samples, goals = arrays(validate_data(self, X, y, dtype=[np.float64, np.float32], multi_output=True, y_numeric=True))
        if goals.ndim == 2 and goals.shape[1] == 1:
            warnings.warn("A column-vector y was passed when a 1d array was expected.", DataConversionWarning, stacklevel=2)
            goals = goals.ravel()
        self._fit(samples, goals.astype(samples.dtype), 1 if goals.ndim == 1 else goals.shape[-1], sample_weight)
        return self

    def predict(self, X: Any) -> Array:
        """The numbers for each sample, (n,) or (n, k)."""
        samples = self._checked(X)
        return self.network_.predict(samples)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
