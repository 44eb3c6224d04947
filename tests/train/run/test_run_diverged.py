"""A run that diverges says with which learning rates it would not have: the bound is derived, and is where divergence begins."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from byhand.compile.reference import run_program
from byhand.rules.updates import BY_NAME
from byhand.train.diverged.curvature import Curvature
from byhand.train.diverged.stability import Frozen, stable_below
from byhand.train.model.make import model_of
from byhand.train.model.text import network_text
from byhand.train.network import Network
from byhand.train.run.fitting import Diverged

LINE = """
```byhand
X : (N, 4)
y : (N,)
w : (4,)
f = X @ w
L = mean((f - y)**2)
dL/dw
```
"""
rng = np.random.default_rng(3)
X = rng.normal(size=(60, 4)) @ rng.normal(size=(4, 4))
Y = X @ [1.0, 2.0, -1.0, 0.5] + rng.normal(size=60)


@pytest.mark.parametrize(
    ("name", "options", "bound"),
    [
        ("gradient_descent", {}, 2 / 5),
        ("gradient_descent", {"weight_decay": 3}, 2 / 8),
        ("heavy_ball", {"beta": 0.6}, 2 * 1.6 / 5),
        ("momentum", {"beta": 0.6}, 2 * 1.6 / 5),
        ("nesterov", {"beta": 0.6}, 2 * 1.6 / (1 + 1.2) / 5),
        ("adam", {}, 2 * 1.9 / 0.1 / 5),
        ("rmsprop", {}, 2 / 5),
    ],
)
def test_bounds_that_are_known(name: str, options: dict[str, float], bound: float) -> None:
    """Polyak 1964, Nesterov 1983, Cohen et al. 2022; weight decay adds to the curvature."""
    rule = Frozen.of(BY_NAME[name], {key: Fraction(str(value)) for key, value in options.items()})
    assert stable_below(rule, 5.0, 10**6) == pytest.approx(bound, rel=1e-6)


def test_no_bound_where_the_loss_is_not_curved() -> None:
    assert stable_below(Frozen.of(BY_NAME["adam"], {}), -1.0, 10) == float("inf")


def test_what_measures_gradients_divides_by_its_root() -> None:
    rule = Frozen.of(BY_NAME["adam"], {})
    np.testing.assert_allclose(rule.scale({"v": np.array([4.0, 1.0, 0.25])}, 10**6), [0.5, 1, 2], rtol=1e-6)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_the_largest_eigenvalue_is_that_of_jax_hessian(activation: str) -> None:
    jax = pytest.importorskip("jax")
    from jax import numpy as jnp

    model = model_of(network_text([3, 4, 2], activation), "sheet")
    numbers = {one.name: rng.normal(size=[int(str(axis)) for axis in one.shape]) for one in model.parameters}
    x, y = rng.normal(size=(9, 3)), np.eye(2)[rng.integers(0, 2, 9)]
    act = {"tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid}[activation]

    def loss(flat: Any) -> Any:
        w1, b1, w2, b2 = flat[:12].reshape(3, 4), flat[12:16], flat[16:24].reshape(4, 2), flat[24:]
        return -(jax.nn.log_softmax(act(x @ w1 + b1) @ w2 + b2) * y).sum(axis=1).mean()

    names = [one.name for one in model.parameters]
    assert names == ["W1", "b1", "W2", "b2"]
    hessian = np.asarray(jax.jit(jax.hessian(loss))(jnp.concatenate([numbers[name].ravel() for name in names])), dtype=float)
    curvature = Curvature.of(model.derivation, model.parameters)
    data = dict(zip([one.name for one in (*model.inputs, model.target) if one is not None], (x, y)))
    ones = {name: np.ones(array.shape) for name, array in numbers.items()}
    found = curvature.largest(lambda inputs: run_program(curvature.program, inputs), {**numbers, **data}, ones)
    assert found == pytest.approx(np.linalg.eigvalsh(hessian)[-1], rel=1e-2)


@pytest.mark.parametrize("rule", ["gradient_descent", "momentum"])
def test_the_bound_is_where_divergence_begins(rule: str) -> None:
    """On a quadratic loss in one batch the derived bound is exact: below it no run diverges, above it every one does."""
    z, t = (X - X.mean(0)) / X.std(0), (Y - Y.mean()) / Y.std()
    steepest = np.linalg.eigvalsh(2 * z.T @ z / len(z))[-1]
    bound = (2 if rule == "gradient_descent" else 2 * 1.9) / steepest

    def run(rate: float) -> Network:
        return Network(LINE).fit(X, Y, rule=rule, rate=rate, batch=60, validation=0, epochs=3000)

    with pytest.raises(Diverged) as caught:
        run(1.02 * bound)
    assert f"needs a learning rate below {bound:.2g}" in str(caught.value)
    assert run(0.98 * bound).history[-1].loss < 2 * t.var()


@pytest.mark.parametrize("choices", [{"rule": "gradient_descent", "rate": 40.0}, {"rule": "adam", "rate": 90.0}, {"rule": "nesterov", "rate": 9.0}])
def test_the_rate_that_is_told_goes_well(choices: dict[str, Any]) -> None:
    x = rng.normal(size=(200, 6))
    labels = (x[:, 0] * x[:, 1] > 0).astype(int)
    net = Network([6, 20, 2], activation="tanh", loss=None)
    try:
        net.fit(x * 100, labels, scaling="none", epochs=10, **choices)
    except Diverged as error:
        said = str(error)
        calm = float(said.split("with ")[1].split(" the epoch from there")[0])
        again = Network([6, 20, 2], activation="tanh").fit(x * 100, labels, scaling="none", epochs=10, **{**choices, "rate": calm})
        assert np.isfinite(again.history[-1].loss)
    assert all(np.isfinite(array).all() for array in net.parameters.values())


def test_the_last_good_weights_are_kept() -> None:
    net = Network(LINE)
    with pytest.raises(Diverged) as caught:
        net.fit(X, Y, rule="gradient_descent", rate=3.0, epochs=400, batch=10, validation=0, warmup=300.0)
    good = caught.value.fitted
    assert len(good.history) > 5
    assert f"at the weights of epoch {len(good.history)}" in str(caught.value)
    assert good.stopped == "diverged"
    assert np.isfinite(net.predict(X)).all()
    assert f"The weights of epoch {len(good.history)} are kept." in str(caught.value)


def test_a_loss_that_is_infinite_from_the_start_is_not_blamed_on_the_rate() -> None:
    sheet = LINE.replace("mean((f - y)**2)", "mean(log(f * 0 + y) * f)")
    with pytest.raises(Diverged, match="is no finite number at the first weights already, whatever the learning rate; look for log"):
        Network(sheet).fit(X, np.zeros(60), epochs=2, scaling="none", validation=0)
