"""scikit-learn's own checks of estimators, and its own estimators as oracles."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest

sklearn = pytest.importorskip("sklearn")

from sklearn import datasets, linear_model  # noqa: E402
from sklearn.base import clone  # noqa: E402
from sklearn.exceptions import ConvergenceWarning  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split  # noqa: E402
from sklearn.neural_network import MLPClassifier, MLPRegressor  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import estimator_checks_generator  # noqa: E402

from byhand.lang.errors import ByhandError  # noqa: E402
from byhand.sklearn import LinearRegression, NetworkClassifier, NetworkRegressor, Ridge  # noqa: E402

ESTIMATORS = (NetworkClassifier(max_iter=100), NetworkRegressor(max_iter=100), LinearRegression(), Ridge())
NOT_HERE = ("pandas", "SCIPY_ARRAY_API", "polars")
"""What scikit-learn itself skips a check for: a package or a setting that is not there."""


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda one: type(one).__name__)
def test_all_of_scikit_learns_checks(estimator):
    failed: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for one, check in estimator_checks_generator(estimator, legacy=True):
            try:
                check(one)
            except Exception as error:  # each check that fails is named
                if not any(word in str(error) for word in NOT_HERE):
                    failed.append(f"{check.func.__name__}: {type(error).__name__}: {str(error)[:200]}")
    assert not failed, "\n".join(failed)


# --------------------------------------------------------------------------------------------- closed forms


def data_of(kind: str) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(0)
    match kind:
        case "diabetes":
            return datasets.load_diabetes(return_X_y=True)
        case "several targets":
            return draw.normal(size=(200, 10)) + 5, draw.normal(size=(200, 3))
        case "far from zero":
            return draw.normal(size=(200, 10)) + 1e4, draw.normal(size=200)
        case "wide":
            return draw.normal(size=(20, 50)), draw.normal(size=20)
        case _:
            some = draw.normal(size=(100, 5))
            return np.c_[some, some @ draw.normal(size=(5, 3))], draw.normal(size=100)


@pytest.mark.parametrize("kind", ["diabetes", "several targets", "far from zero", "wide", "collinear"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (LinearRegression(), linear_model.LinearRegression()),
        (Ridge(0.5), linear_model.Ridge(0.5)),
        (Ridge(2, fit_intercept=False), linear_model.Ridge(2, fit_intercept=False)),
    ],
    ids=["least squares", "ridge", "ridge without intercept"],
)
def test_closed_forms_equal_scikit_learn(kind, weighted, ours, theirs):
    X, y = data_of(kind)
    if kind == "far from zero" and not ours.fit_intercept:
        pytest.skip("ten digits are beyond both there: the condition number is 1e8")
    weight = np.random.default_rng(1).uniform(0, 3, len(X)) if weighted else None
    ours, theirs = clone(ours).fit(X, y, weight), clone(theirs).fit(X, y, weight)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=0, atol=1e-10 * np.abs(theirs.coef_).max())
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=0, atol=1e-10 * np.abs(y).max())


def test_the_formula_that_was_run_is_shown():
    X, y = data_of("diabetes")
    assert LinearRegression(fit_intercept=False).fit(X, y).formula_ == "w* = inv(X.T @ X) @ X.T @ y"
    assert "alpha * eye(d)" in Ridge().fit(X, y).formula_


@pytest.mark.parametrize("alpha", [-1.0, np.inf, "much"])
def test_a_penalty_that_is_none(alpha):
    with pytest.raises(ByhandError, match="alpha="):
        Ridge(alpha).fit([[1.0], [2.0]], [1.0, 2.0])


# -------------------------------------------------------------------------------------------------- networks


def scores(model, X, y, seeds=range(5)):
    found = []
    for seed in seeds:
        parts = train_test_split(X, y, test_size=0.25, random_state=seed, stratify=y if len(np.unique(y)) < 20 else None)
        found.append(make_pipeline(StandardScaler(), clone(model).set_params(random_state=seed)).fit(parts[0], parts[2]).score(parts[1], parts[3]))
    return np.array(found)


@pytest.mark.parametrize("name", ["wine", "breast_cancer", "digits", "diabetes"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_as_good_as_scikit_learns_networks(name):
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    y = (y - y.mean()) / y.std() if name == "diabetes" else y
    pair = (NetworkRegressor, MLPRegressor) if name == "diabetes" else (NetworkClassifier, MLPClassifier)
    choices = {"hidden_layer_sizes": (20,), "max_iter": 40 if name == "digits" else 400}
    ours, theirs = (scores(one(**choices), X, y) for one in pair)
    noise = np.sqrt((ours.var(ddof=1) + theirs.var(ddof=1)) / 5) + 0.005
    assert ours.mean() > theirs.mean() - 2 * noise, (ours, theirs)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_in_pipelines_searches_and_other_processes():
    X, y = datasets.load_wine(return_X_y=True)
    model = make_pipeline(StandardScaler(), NetworkClassifier((8,), max_iter=60, learning_rate_init=0.02, random_state=0))
    search = GridSearchCV(model, {"networkclassifier__alpha": [1e-4, 1e-2]}, cv=3, n_jobs=2).fit(X, y)
    assert search.best_score_ > 0.9
    assert (cross_val_score(model, X, y, cv=3, n_jobs=2) == cross_val_score(model, X, y, cv=3)).all(), "the same bits in every process"
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    assert (again.predict_proba(X) == search.best_estimator_.predict_proba(X)).all()


SHEET = """
```byhand
X : (N, 4)
Y : (N, 3) one_hot
W : (4, 3)
b : (3,)
Z = X @ W + b
L = cross_entropy(Z, Y)
```

```byhand
dL/dW, dL/db
```
"""


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_whole_sheet_as_the_model():
    X, y = datasets.load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    model = NetworkClassifier(sheet=SHEET, max_iter=300, learning_rate_init=0.05, random_state=1)
    model.fit(X, names)
    assert model.score(X, names) > 0.95
    assert set(model.predict(X)) == set(names)
    assert model.network_.formulas["dL/dW"]


def test_training_that_was_cut_off_says_so():
    X, y = datasets.load_iris(return_X_y=True)
    with pytest.warns(ConvergenceWarning, match="max_iter=3"):
        NetworkClassifier((3,), max_iter=3).fit(X, y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_class_weights_and_what_they_cannot_be():
    X, y = datasets.make_classification(400, 5, weights=[0.95], flip_y=0.1, random_state=0)
    plain = NetworkClassifier((5,), random_state=0, max_iter=50, tol=1).fit(X, y)
    balanced = NetworkClassifier((5,), class_weight="balanced", random_state=0, max_iter=50, tol=1).fit(X, y)
    assert balanced.predict(X).sum() > plain.predict(X).sum()
    with pytest.raises(ByhandError, match="class_weight has the class 7"):
        NetworkClassifier(class_weight={7: 1.0}).fit(X, y)
    with pytest.raises(ByhandError, match="batch_size='many'"):
        NetworkClassifier(batch_size="many").fit(X, y)
    with pytest.raises(ValueError, match="at least one non-zero"):
        NetworkClassifier().fit(X, y, np.zeros(len(X)))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_single_precision_stays():
    X, y = datasets.load_wine(return_X_y=True)
    model = NetworkClassifier((4,), max_iter=2, tol=10).fit(X.astype(np.float32), y)
    assert model.predict_proba(X.astype(np.float32)).dtype == np.float32
