"""Steps of optimisers, values at other inputs, classes."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from harness import Board, Oracle, Values, exercise


def descended(e: Oracle, loss: str, names: list[str], rate: float) -> Oracle:
    return e.at(**{name: e[name] - rate * e[f"d{loss}/d{name}"] for name in names})


@exercise(
    """
x = [1, 2]
t = 1
w = [0.5, -0.5]
b = 0
y = w @ x + b
L = (y - t)**2
dL/dw, dL/db
step(L, [w, b], rate=0.1)
""",
    then=lambda e: {f"{k}'": descended(e, "L", ["w", "b"], 0.1)[k] for k in ("w", "b")},
    exact={"w'": ["4/5", "1/10"], "b'": "3/10"},
)
def one_step(s: Board) -> None:
    s.y = s.w @ s.x + s.b
    s.L = (s.y - s.t) ** 2


def twice(e: Oracle) -> Values:
    first = descended(e, "L", ["w"], 0.25)
    second = descended(first, "L", ["w"], 0.25)
    return {"w'": first["w"], "w''": second["w"]}


@exercise(
    """
w = 4
L = (w - 1)**2
step(L, [w], rate=0.25)
step(L, [w], rate=0.25)
w', w''
""",
    then=twice,
    exact={"w'": "5/2", "w''": "7/4"},
)
def two_steps(s: Board) -> None:
    s.L = (s.w - 1) ** 2


def three_times(e: Oracle) -> Values:
    found = {}
    for primes in ("'", "''", "'''"):
        e = descended(e, "J", ["theta"], 0.5)
        found["theta" + primes] = e["theta"]
    return found


@exercise(
    """
X = [[1, 0], [1, 1], [1, 2]]
y = [1, 3, 5]
theta = [0, 0]
J = 1/6 * sum((X @ theta - y)**2)
step(J, [theta], rate=0.5, times=3)
""",
    then=three_times,
    exact={"theta'''": None},
)
def three_steps(s: Board) -> None:
    s.J = ((s.X @ s.theta - s.y) ** 2).sum() / 6


@exercise("""
x = [1, 0, 0, 0, 1]
W = [[1, 2, 3, 4, 5], [0, 1, 0, 1, 0], [-1, 0, 1, 0, 2]]
b = [0, 1, -3]
z = W @ x + b
p = softmax(z)
argmax(p)
at(z, x=[0, 1, 0, 0, 0])
at(p, x=[0, 0, 0, 0, 0])
""")
def other_inputs(s: Board) -> None:
    s.z = s.W @ s.x + s.b
    s.p = jax.nn.softmax(s.z)


def before_and_after(e: Oracle) -> Values:
    after = descended(e, "L", ["W", "b"], 0.2)
    return {"W'": after["W"], "b'": after["b"]}


@exercise(
    """
# the loss before and after a step
X = [[1, 2], [-1, 1], [0.5, -0.5]]
Y = [[1, 0], [0, 1], [1, 0]]
W = [[0.1, -0.1], [0.2, 0.3]]
b = [0, 0]
P = softmax(X @ W + b)
L = -mean(sum(Y * log(P), axis=1))
L
step(L, [W, b], rate=0.2)
L
W'
""",
    then=before_and_after,
)
def loss_before_and_after(s: Board) -> None:
    s.P = jax.nn.softmax(s.X @ s.W + s.b)
    s.L = -(s.Y * jnp.log(s.P)).sum() / 3
