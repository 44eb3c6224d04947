"""Slips beside what they are slips of: found in steps, also where a rule is written out by hand, against NumPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from catalogues import Floats, exercise, numbers, truths

from byhand.app.api import formula, var
from byhand.check.slips import of_rules, of_updates
from byhand.check.slips.disguise import disguised
from byhand.check.slips.uses import Uses
from byhand.rules.updates import BY_NAME

Truths = dict[str, Floats]

BATCH = """X = [[1, 2, 0], [0, -1, 1], [3, 1, 1], [0.5, 0, 2]]
W = [[0.5, -1], [0.25, 1], [1, 0.5]]
T = [[1, 0], [0, 1], [1, 0], [0, 1]]
Z = X @ W
P = softmax(Z)
L = -mean(sum(T * log(P), axis=1))
dL/dZ, dL/dW"""
CHAIN = """x = [0.5, -1]
W = [[1, 0.5], [-0.5, 2]]
t = [0, 1]
z = W @ x
h = {}(z)
E = sum((h - t)**2) / 2
dE/dz, dE/dW"""
SMOOTH = """z = [1, -0.5, 2]
y = [0, 1, 0]
eps = 0.3
p = exp(z) / sum(exp(z))
ys = (1 - eps) * y + eps / 3
L = -sum(ys * log(p))
dL/dz"""
LAYERS = """x = [1, 3, 2, -4]
g = [1, 2, 0.5, -1]
b = [0.5, 0, 1, 2]
y = layer_norm(x, g, b, eps=0.5)
L = sum(y**2)
dL/dx, dL/dg"""
ATTENTION = """Q = [[1, 0, 2], [0, 1, 1]]
K = [[1, 1, 0], [0, 2, 1]]
V = [[1, -1], [2, 3]]
A = attention(Q, K, V)
L = sum(A**2)
dL/dQ"""
IMAGE = """X = [[1, 2, 0, 1], [3, 1, 1, 0], [0, 2, 2, 1], [1, 0, 1, 4]]
k = [[1, 2], [0, -1]]
C = conv2d(X, k)
M = max_pool2d(X, size=2)
L = sum(C) + sum(M**2)
dL/dX, dL/dk"""
LOGITS = """z = [0.5, -1, 2]
y = [1, 0, 1]
L = bce_with_logits(z, y)
dL/dz"""
PENALTY = """w = [1, -2, 0.5]
x = [2, 1, 4]
L = (w @ x - 1)**2 + 0.1 * l2_penalty(w)
dL/dw"""


def softmax(z: Floats, axis: int | None = -1) -> Floats:
    return np.exp(z) / np.exp(z).sum(axis=axis, keepdims=True)


def standard(x: Floats, eps: float = 0.5, ddof: int = 0) -> Floats:
    return (x - x.mean()) / np.sqrt(x.var(ddof=ddof) + eps)


def attended(v: Truths, divisor: float) -> Floats:
    return softmax(v["Q"] @ v["K"].T / divisor) @ v["V"]


def windows(x: Floats, k: Floats) -> Floats:
    return np.array([[(x[i : i + 2, j : j + 2] * k).sum() for j in range(3)] for i in range(3)])


CASES: list[tuple[str, str, str, Callable[[Truths], Floats]]] = [
    (BATCH, "P", "S05", lambda v: softmax(v["Z"], 0)),
    (BATCH, "P", "S05", lambda v: softmax(v["Z"], None)),
    (BATCH, "P", "S06", lambda v: np.exp(v["Z"])),
    (BATCH, "P", "S06", lambda v: v["Z"] / v["Z"].sum(axis=1, keepdims=True)),
    (BATCH, "L", "S07", lambda v: -v["L"]),
    (BATCH, "L", "S08", lambda v: v["L"] / np.log(10)),
    (BATCH, "L", "S10", lambda v: 4 * v["L"]),
    (BATCH, "L", "S10", lambda v: v["L"] / 2),
    (BATCH, "dL/dZ", "S14", lambda v: (v["T"] - v["P"]) / 4),
    (BATCH, "dL/dZ", "S15", lambda v: (v["P"] - v["T"]) / 4 * v["P"] * (1 - v["P"])),
    (BATCH, "dL/dZ", "S17", lambda v: -v["T"] / v["P"] / 4 * v["P"] * (1 - v["P"])),
    (BATCH, "dL/dZ", "S18", lambda v: v["T"] * (v["P"] - 1) / 4),
    (BATCH, "dL/dZ", "S19", lambda v: -v["T"] / v["P"] / 4),
    (BATCH, "dL/dZ", "S22", lambda v: v["P"] - v["T"]),
    (SMOOTH, "p", "S06", lambda v: np.exp(v["z"])),
    (SMOOTH, "ys", "S11", lambda v: 0.7 * v["y"] + 0.15 * (1 - v["y"])),
    (SMOOTH, "ys", "S11", lambda v: 0.7 * v["y"] + 0.15),
    (SMOOTH, "ys", "S12", lambda v: 0.9 * v["y"] + 0.1),
    (SMOOTH, "ys", "S13", lambda v: 0.7 * v["y"] + 1 / 3),
    (SMOOTH, "L", "S08", lambda v: v["L"] / np.log(2)),
    (SMOOTH, "dL/dz", "S17", lambda v: -v["ys"] * (1 - v["p"])),
    (SMOOTH, "dL/dz", "S14", lambda v: v["ys"] - v["p"]),
    (CHAIN.format("tanh"), "dE/dz", "S32", lambda v: (v["h"] - v["t"]) * (1 - np.tanh(v["h"]) ** 2)),
    (CHAIN.format("tanh"), "dE/dz", "S34", lambda v: (v["h"] - v["t"]) * (1 + v["h"] ** 2)),
    (CHAIN.format("tanh"), "dE/dz", "S34", lambda v: (v["h"] - v["t"]) * (1 - v["z"] ** 2)),
    (CHAIN.format("sigmoid"), "dE/dz", "S33", lambda v: (v["h"] - v["t"]) * v["z"] * (1 - v["z"])),
    (CHAIN.format("sigmoid"), "dE/dz", "S32", lambda v: (v["h"] - v["t"]) / (2 + np.exp(v["h"]) + np.exp(-v["h"]))),
    (CHAIN.format("relu"), "dE/dz", "S37", lambda v: v["h"] - v["t"]),
    (CHAIN.format("relu"), "dE/dz", "S37", lambda v: (v["h"] - v["t"]) * (v["z"] < 0)),
    (CHAIN.format("tanh"), "E", "S09", lambda v: v["E"] / 2),
    (CHAIN.format("tanh"), "dE/dh", "S21", lambda v: (v["h"] - v["t"]) / 2),
    (CHAIN.format("leaky_relu"), "h", "S04", lambda v: np.maximum(v["z"], 0)),
    (CHAIN.format("leaky_relu"), "dE/dz", "S37", lambda v: (v["h"] - v["t"]) * 0.01),
    (CHAIN.format("silu"), "dE/dz", "S38", lambda v: (v["h"] - v["t"]) / (1 + np.exp(-v["z"]))),
    (LAYERS, "y", "R07", lambda v: standard(v["x"], 0) * v["g"] + v["b"]),
    (LAYERS, "y", "R08", lambda v: standard(v["x"], ddof=1) * v["g"] + v["b"]),
    (LAYERS, "y", "R12", lambda v: standard(v["x"])),
    (LAYERS, "dL/dx", "S38", lambda v: 2 * v["y"] * v["g"] / np.sqrt(v["x"].var() + 0.5)),
    (ATTENTION, "A", "R13", lambda v: attended(v, 1)),
    (ATTENTION, "A", "R13", lambda v: attended(v, 3)),
    (ATTENTION, "A", "S05", lambda v: softmax(v["Q"] @ v["K"].T / np.sqrt(3), 0) @ v["V"]),
    (IMAGE, "C", "R15", lambda v: windows(v["X"], v["k"][::-1, ::-1])),
    (IMAGE, "M", "R16", lambda v: v["X"].reshape(2, 2, 2, 2).mean(axis=(1, 3))),
    (LOGITS, "L", "S10", lambda v: 3 * v["L"]),
    (LOGITS, "L", "S18", lambda v: np.mean(v["y"] * np.log1p(np.exp(-v["z"])))),
    (LOGITS, "dL/dz", "S15", lambda v: (1 / (1 + np.exp(-v["z"])) - v["y"]) / 3 / (2 + np.exp(v["z"]) + np.exp(-v["z"]))),
    (PENALTY, "dL/dw", "S46", lambda v: 2 * (v["w"] @ v["x"] - 1) * v["x"] + 0.1 * v["w"]),
]


@pytest.mark.parametrize(("sheet", "quantity", "slip", "by_hand"), CASES)
def test_slips_in_numbers(sheet: str, quantity: str, slip: str, by_hand: Callable[[Truths], Floats]) -> None:
    of = exercise(sheet)
    found = numbers(of, of_rules.mutations(of, of.quantities[quantity]))
    wanted = by_hand(truths(of))
    assert any(id_ == slip and value.shape == wanted.shape and np.allclose(value, wanted, rtol=1e-12) for id_, value, _ in found), found


def test_only_the_slipping_path_is_wrong() -> None:
    """h goes on through tanh and straight on: the second path stays right."""
    of = exercise("x = [0.5, -1]\nz = 2*x\nh = tanh(z)\ny = h + z\nL = sum(y**2)\ndL/dz")
    v = truths(of)
    found = numbers(of, of_rules.mutations(of, of.quantities["dL/dz"]))
    wanted = 2 * v["y"] * (1 + v["h"] ** 2) + 2 * v["y"]
    assert any(slip == "S34" and np.allclose(value, wanted) for slip, value, _ in found)


def test_messages_name_the_quantities() -> None:
    of = exercise(CHAIN.format("tanh"))
    words = [slip.message for slip in of_rules.mutations(of, of.quantities["dE/dz"])]
    assert "the derivative of tanh is taken as 1 − z²: it is 1 − h², with the value h = tanh(z)" in words
    assert not any("{" in message for message in words)


ONE = {name: var(name, 3) for name in ("z", "t", "y", "p")} | {
    "eps": var("eps"),
    "X": var("X", 4, 3),
    "T": var("T", 4, 3),
    "a": var("a", 2, 3),
    "b": var("b", 3),
}
DISGUISES = [
    ("exp(z) / sum(exp(z))", "softmax"),
    ("(1 - eps)*y + eps/3", "label_smoothing"),
    ("0.9*y + 0.1/3", "label_smoothing"),
    ("-sum(t * log(softmax(z)))", "cross_entropy"),
    ("-mean(sum(T * log(softmax(X)), axis=1))", "cross_entropy"),
    ("sum(t * (log(sum(exp(z))) - z))", "cross_entropy"),
    ("sum((y - t)**2)", "squared_error"),
    ("(y - t) @ (y - t)", "squared_error"),
    ("mean((y - t)**2)", "mse"),
    ("mean((X - T)**2)", "mse"),
    ("log(sum(exp(z)))", "logsumexp"),
    ("-(y*log(p) + (1 - y)*log(1 - p))", "binary_cross_entropy"),
    ("z * sigmoid(z)", "silu"),
    ("log(1 + exp(z))", "softplus"),
    ("sum(X**2)", "l2_penalty"),
    ("max(0, z) + 0.01*min(0, z)", "leaky_relu"),
]
NOT_ONE = ["exp(z) / sum(exp(y))", "exp(z) / (1 + sum(exp(z)))", "(1 - eps)*y + eps/2", "sum(t * log(p))", "(y + t) @ (y - t)", "a @ z", "tanh(z)", "X @ z"]


@pytest.mark.parametrize(("text", "rule"), DISGUISES)
def test_rules_in_disguise(text: str, rule: str) -> None:
    found = next(iter(disguised(formula(text, **ONE))), None)
    assert found is not None
    assert found.as_rule.rule.name == rule


@pytest.mark.parametrize("text", NOT_ONE)
def test_what_only_looks_like_a_rule(text: str) -> None:
    whole = formula(text, **ONE)
    assert not [found for found in disguised(whole) if found.part is whole]


@pytest.mark.parametrize("sheet", [BATCH, SMOOTH, LAYERS, ATTENTION, IMAGE, LOGITS, PENALTY, CHAIN.format("tanh")])
def test_gradients_are_put_together_from_their_uses(sheet: str) -> None:
    """Without a slip the messages add up to the gradient, for each of them."""
    of = exercise(sheet)
    uses = Uses.of_exercise(of)
    gradients = [one for one in of.quantities.values() if one.kind == "gradient" and one.parents]
    assert gradients
    assert all(uses.of(one) is not None for one in gradients), [one.name for one in gradients if uses.of(one) is None]


# ------------------------------------------------------------------------------------------------ update rules

STEP = "w = [1, -2]\nx = [0.5, 3]\nL = (w @ x - 1)**2\nstep(L, [w], rate=0.1, rule={}, times=2)"
LINES: list[tuple[str, str, str, Callable[[Truths], Floats]]] = [
    ("adam", "m_w''", "R22", lambda v: 0.9 * v["m_w'"] + v["dL/dw'"]),
    ("adam", "v_w'", "R24", lambda v: 0.001 * v["dL/dw"]),
    ("adam", "mhat_w'", "R25", lambda v: v["m_w'"]),
    ("adam", "mhat_w''", "R25", lambda v: v["m_w''"] / 0.1),
    ("adam", "d_w''", "R21", lambda v: v["mhat_w''"] / np.sqrt(v["vhat_w''"] + 1e-8)),
    ("momentum", "v_w''", "R22", lambda v: 0.9 * v["v_w'"] + 0.1 * v["dL/dw'"]),
    ("momentum", "w''", "R23", lambda v: v["w'"] - 0.1 * v["dL/dw'"]),
    ("momentum, beta=0.5", "v_w''", "R22", lambda v: 0.5 * v["v_w'"] + 0.5 * v["dL/dw'"]),
    ("heavy_ball", "v_w'", "S44", lambda v: 0.1 * v["dL/dw"]),
    ("heavy_ball", "w'", "S45", lambda v: v["w"] + 0.1 * v["v_w'"]),
    ("nesterov", "w''", "R23", lambda v: v["w'"] - 0.1 * v["v_w''"]),
    ("rmsprop", "s_w''", "R22", lambda v: 0.99 * v["s_w'"] + v["dL/dw'"] ** 2),
    ("adagrad", "d_w'", "R21", lambda v: v["dL/dw"] / (v["s_w'"] + 1e-10)),
    ("adamw", "w'", "S46", lambda v: v["w"] - 0.1 * v["d_w'"] - 0.01 * v["w"]),
    ("sgd, weight_decay=0.3", "g_w''", "S46", lambda v: v["dL/dw'"] + 0.6 * v["w'"]),
]


@pytest.mark.parametrize(("rule", "quantity", "slip", "by_hand"), LINES)
def test_slips_of_update_rules(rule: str, quantity: str, slip: str, by_hand: Callable[[Truths], Floats]) -> None:
    of = exercise(STEP.format(rule))
    found = numbers(of, of_updates.mutations(of, of.quantities[quantity]))
    assert any(id_ == slip and np.allclose(value, by_hand(truths(of)), rtol=1e-12) for id_, value, _ in found), found


@pytest.mark.parametrize("rule", ["momentum", "heavy_ball", "nesterov", "adagrad", "rmsprop", "adam", "adamw"])
def test_lines_of_every_rule_are_recognised(rule: str) -> None:
    """Every line that declares slips finds them on a sheet."""
    of = exercise(STEP.format(rule))
    found = {slip.of.rstrip("'").removesuffix("_w") for quantity in of.quantities.values() for slip in of_updates.mutations(of, quantity)}
    assert found >= {line.of for line in BY_NAME[rule].lines if line.slips and not line.only_with}
