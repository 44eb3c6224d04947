"""Scalar circuits: the first gradients of lecture notes and blogs."""

from __future__ import annotations

import jax.numpy as jnp
from harness import Board, exercise
from jax.scipy.special import erf


@exercise(
    """
x = -2
y = 5
z = -4
q = x + y
f = q * z
df/dx, df/dy, df/dz, df/dq
""",
    exact={"f": "-12", "df/dx": "-4", "df/dz": "3"},
)
def sum_times_z(s: Board) -> None:
    s.q = s.x + s.y
    s.f = s.q * s.z


@exercise(
    """
w0 = 2.0
x0 = -1.0
w1 = -3.0
x1 = -2.0
w2 = -3.0
dot = w0*x0 + w1*x1 + w2
f = 1 / (1 + exp(-dot))
df/dw0, df/dx0
df/dw1, df/dx1, df/dw2, df/ddot
""",
    exact={"dot": "1"},
)
def neuron_of_two_inputs(s: Board) -> None:
    s.dot = s.w0 * s.x0 + s.w1 * s.x1 + s.w2
    s.f = jnp.exp(s.dot) / (1 + jnp.exp(s.dot))


@exercise("""
x = 3
y = -4
sigy = 1.0 / (1 + exp(-y))
num = x + sigy
sigx = 1.0 / (1 + exp(-x))
xpy = x + y
xpysqr = xpy**2
den = sigx + xpysqr
invden = 1.0 / den
f = num * invden
df/dx, df/dy, df/dden, df/dnum, df/dsigx
""")
def staged_computation(s: Board) -> None:
    s.sigy = 1 / (1 + jnp.exp(-s.y))
    s.num = s.x + s.sigy
    s.sigx = 1 / (1 + jnp.exp(-s.x))
    s.xpy = s.x + s.y
    s.xpysqr = s.xpy * s.xpy
    s.den = s.sigx + s.xpysqr
    s.invden = 1 / s.den
    s.f = s.num * s.invden


@exercise(
    """
a = 2.0
b = -3.0
c = 10.0
f = -2.0
e = a*b
d = e + c
L = d*f
dL/da, dL/db, dL/dc, dL/df, dL/de, dL/dd
""",
    exact={"L": "-8", "dL/da": "6", "dL/db": "-4", "dL/dc": "-2", "dL/df": "4"},
)
def first_graph(s: Board) -> None:
    s.e = s.a * s.b
    s.d = s.e + s.c
    s.L = s.d * s.f


@exercise("""
x1 = 2
x2 = 0
w1 = -3
w2 = 1
b = 6.8813735870195432
n = x1*w1 + x2*w2 + b
o = tanh(n)
do/dw1, do/dw2, do/dx1, do/dx2, do/db, do/dn
""")
def tanh_neuron(s: Board) -> None:
    s.n = s.x1 * s.w1 + s.x2 * s.w2 + s.b
    s.o = jnp.tanh(s.n)


@exercise("""
# tanh spelled out with exponentials
x1 = 2
w1 = -3
b = 6.5
n = x1*w1 + b
e = exp(2*n)
o = (e - 1)/(e + 1)
do/dw1, do/dx1, do/db, do/dn, do/de
""")
def tanh_by_hand(s: Board) -> None:
    s.n = s.x1 * s.w1 + s.b
    s.e = jnp.exp(2 * s.n)
    s.o = (s.e - 1) / (s.e + 1)


@exercise(
    """
a = -4.0
b = 2.0
c1 = a + b
d1 = a * b + b**3
c2 = c1 + c1 + 1
c3 = c2 + 1 + c2 + (-a)
d2 = d1 + d1 * 2 + relu(b + a)
d3 = d2 + 3 * d2 + relu(b - a)
e = c3 - d3
f = e**2
g1 = f / 2.0
g = g1 + 10.0 / f
dg/da, dg/db
""",
    exact={"dg/da": None},
)
def sanity_check_of_an_engine(s: Board) -> None:
    relu = lambda t: jnp.where(t > 0, t, 0.0)  # noqa: E731
    s.c1 = s.a + s.b
    s.d1 = s.a * s.b + s.b**3
    s.c2 = 2 * s.c1 + 1
    s.c3 = s.c2 + 1 + s.c2 - s.a
    s.d2 = s.d1 + s.d1 * 2 + relu(s.b + s.a)
    s.d3 = s.d2 + 3 * s.d2 + relu(s.b - s.a)
    s.e = s.c3 - s.d3
    s.f = s.e**2
    s.g1 = s.f / 2
    s.g = s.g1 + 10 / s.f


@exercise("""
x = 2
y = 3
z = 1
f = x*y + sin(z)
df/dx, df/dy, df/dz
""")
def product_plus_sine(s: Board) -> None:
    s.f = s.x * s.y + jnp.sin(s.z)


@exercise("""
x1 = 2
x2 = 5
v1 = log(x1)
v2 = x1 * x2
v3 = sin(x2)
v4 = v1 + v2
v5 = v4 - v3
dv5/dx1, dv5/dx2, dv5/dv4, dv5/dv3, dv5/dv1
""")
def survey_of_automatic_differentiation(s: Board) -> None:
    s.v1 = jnp.log(s.x1)
    s.v2 = s.x1 * s.x2
    s.v3 = jnp.sin(s.x2)
    s.v4 = s.v1 + s.v2
    s.v5 = s.v4 - s.v3


@exercise("""
x = 1.5
a = x**2
b = exp(a)
c = a + b
d = sqrt(c)
e = cos(c)
f = d + e
df/dx, df/da, df/db, df/dc, df/dd, df/de
""")
def square_root_and_cosine(s: Board) -> None:
    s.a = s.x**2
    s.b = jnp.exp(s.a)
    s.c = s.a + s.b
    s.d = jnp.sqrt(s.c)
    s.e = jnp.cos(s.c)
    s.f = s.d + s.e


@exercise(
    """
x = 3
y = 3*x**2 - 4*x + 5
dy/dx
""",
    exact={"y": "20", "dy/dx": "14"},
)
def parabola(s: Board) -> None:
    s.y = 3 * s.x**2 - 4 * s.x + 5


@exercise("""
w = -5
x = 2
b = 3
t = 1
lam = 0.1
z = w*x + b
y = sigmoid(z)
loss = 0.5*(y - t)**2
reg = 0.5*w**2
loss_reg = loss + lam*reg
dloss_reg/dw, dloss_reg/db, dloss_reg/dy, dloss_reg/dz, dloss_reg/dreg
""")
def regularised_neuron(s: Board) -> None:
    s.z = s.w * s.x + s.b
    s.y = 1 / (1 + jnp.exp(-s.z))
    s.loss = (s.y - s.t) ** 2 / 2
    s.reg = s.w**2 / 2
    s.loss_reg = s.loss + s.lam * s.reg


@exercise(
    """
x = 0.5
y = 2
f = maximum(x, y) + minimum(x**2, y) - abs(x - y)
g = f / (x*y)
dg/dx, dg/dy, dg/df
""",
    exact={"f": None, "dg/dx": None},
)
def maximum_minimum_abs(s: Board) -> None:
    s.f = s.y + s.x**2 - (s.y - s.x)
    s.g = s.f / (s.x * s.y)


@exercise("""
x = 0.7
y1 = sigmoid(x)
y2 = tanh(x)
y3 = relu(x)
y4 = leaky_relu(x)
y5 = elu(x)
y6 = gelu(x)
y7 = silu(x)
y8 = softplus(x)
y9 = huber(x)
f = y1*y2 + y3*y4 + y5*y6 + y7*y8 + y9
df/dx
df/dy6, df/dy9
""")
def every_activation(s: Board) -> None:
    s.y1 = 1 / (1 + jnp.exp(-s.x))
    s.y2 = jnp.tanh(s.x)
    s.y3 = s.x
    s.y4 = s.x
    s.y5 = s.x
    s.y6 = s.x * (1 + erf(s.x / jnp.sqrt(2.0))) / 2
    s.y7 = s.x / (1 + jnp.exp(-s.x))
    s.y8 = jnp.log(1 + jnp.exp(s.x))
    s.y9 = s.x**2 / 2
    s.f = s.y1 * s.y2 + s.y3 * s.y4 + s.y5 * s.y6 + s.y7 * s.y8 + s.y9


@exercise("""
x = -1.3
y4 = leaky_relu(x)
y5 = elu(x)
y6 = gelu(x)
y7 = silu(x)
y8 = softplus(x)
y9 = huber(x)
f = y4 + 2*y5 + 3*y6 + 4*y7 + 5*y8 + 6*y9
df/dx
""")
def every_activation_below_zero(s: Board) -> None:
    s.y4 = 0.01 * s.x
    s.y5 = jnp.exp(s.x) - 1
    s.y6 = s.x * (1 + erf(s.x / jnp.sqrt(2.0))) / 2
    s.y7 = s.x / (1 + jnp.exp(-s.x))
    s.y8 = jnp.log(1 + jnp.exp(s.x))
    s.y9 = -s.x - 0.5
    s.f = s.y4 + 2 * s.y5 + 3 * s.y6 + 4 * s.y7 + 5 * s.y8 + 6 * s.y9


@exercise("""
# weight sharing in one variable: x feeds every stage
x = 0.5
a = x*x
b = a*x + a
c = b*b - x
d = exp(-c) * a
dd/dx, dd/da, dd/db, dd/dc
""")
def reused_variable(s: Board) -> None:
    s.a = s.x**2
    s.b = s.x * s.a + s.a
    s.c = s.b**2 - s.x
    s.d = s.a / jnp.exp(s.c)


@exercise("""
# Gaussian log-likelihood of one observation
x = 1.2
mu = 0.5
sigma = 2
logp = -0.5*log(2*pi) - log(sigma) - (x - mu)**2 / (2*sigma**2)
dlogp/dmu, dlogp/dsigma, dlogp/dx
""")
def gaussian_log_likelihood(s: Board) -> None:
    s.logp = -jnp.log(2 * jnp.pi) / 2 - jnp.log(s.sigma) - ((s.x - s.mu) / s.sigma) ** 2 / 2


@exercise(
    """
x = 2
y = x ** 3 / (1 + x ** 2) ** 2
z = e ** x + 2 ** (-1) * y ** -2
dy/dx, dz/dx
""",
    exact={"y": "8/25", "dy/dx": "-4/125"},
)
def powers(s: Board) -> None:
    s.y = s.x**3 / (1 + s.x**2) ** 2
    s.z = jnp.exp(s.x) + 1 / (2 * s.y**2)
