"""Random well-typed expressions: the one strategy that every node kind, leaf and rule joins.

A drawn network is a scalar loss over a few variables with small concrete sizes, built bottom-up from operations that
are defined everywhere (divisors and arguments of logarithms are kept positive), with some intermediates named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import strategies as st

from byhand.lang import functions as f
from byhand.lang import leaves
from byhand.lang.build import call, inverse
from byhand.lang.expr import Expr, Var, contract, eye, named, var
from byhand.rules import RULES

UNARY: tuple[Callable[[Expr], Expr], ...] = (
    leaves.relu,
    leaves.tanh,
    leaves.sigmoid,
    leaves.exp,
    leaves.sin,
    leaves.cos,
    leaves.absolute,
    leaves.erf,
    lambda x: x**2,
    lambda x: x**3,
    lambda x: leaves.step(x) * x,
    lambda x: leaves.sign(x) * x,
    lambda x: leaves.log(1 + x**2),
    lambda x: leaves.sqrt(2 + x**2),
    lambda x: 1 / (1 + x**2),
    lambda x: (2 + x**2) ** (x / 3),
    lambda x: leaves.pi() * x,
    lambda x: -x,
    lambda x: x / 3,
)
SIZES = (2, 3, 4)


@dataclass(frozen=True)
class Network:
    """A scalar loss and the variables it is built from."""

    loss: Expr
    variables: tuple[Var, ...]


@st.composite
def networks(draw: st.DrawFn, steps: int = 6) -> Network:
    """A loss of one to ``steps`` operations over up to four variables."""
    shapes = st.lists(st.sampled_from(SIZES), max_size=2).map(tuple)
    variables = tuple(var(name, draw(shapes)) for name in ("x", "W", "v", "c")[: draw(st.integers(1, 4))])
    pool: list[Expr] = list(variables)
    for k in range(draw(st.integers(1, steps))):
        made = draw(st.sampled_from(OPERATIONS))(draw, pool)
        if len(made.shape) > 3 or any(n > 12 for n in made.shape):
            made = f.total(made)
        pool.append(named(f"q{k}", made) if draw(st.booleans()) else made)
    loss = f.total(pool[-1])
    if len(pool) > 2 and draw(st.booleans()):
        loss = loss + f.mean(draw(st.sampled_from(pool)))
    return Network(named("L", loss), variables)


def _pick(draw: st.DrawFn, pool: list[Expr]) -> Expr:
    return pool[-1] if draw(st.booleans()) else draw(st.sampled_from(pool))


def _elementwise(draw: st.DrawFn, pool: list[Expr]) -> Expr:
    return draw(st.sampled_from(UNARY))(_pick(draw, pool))


def _combined(draw: st.DrawFn, pool: list[Expr]) -> Expr:
    """Two operands broadcast together; the second is fitted where it does not fit."""
    left, right = _pick(draw, pool), _pick(draw, pool)
    right = right if _broadcasts(left, right) else f.mean(right)
    combine = draw(st.sampled_from([lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / (1 + b**2), f.maximum]))
    return combine(left, right)


def _broadcasts(left: Expr, right: Expr) -> bool:
    return all(a == b or 1 in (a, b) for a, b in zip(reversed(left.shape), reversed(right.shape)))


def _product(draw: st.DrawFn, pool: list[Expr]) -> Expr:
    """A matrix, dot or outer product of whatever fits, transposed where that makes it fit."""
    left, right = _pick(draw, pool), _pick(draw, pool)
    if not left.shape or not right.shape or len(left.shape) > 2 or len(right.shape) > 2:
        return left * f.total(right)
    for a, b in ((left, right), (left.T, right), (left, right.T), (left.T, right.T)):
        if a.shape[-1] == b.shape[max(0, len(b.shape) - 2)]:
            return a @ b
    return f.outer(f.flatten(left), f.flatten(right))


def _reduced(draw: st.DrawFn, pool: list[Expr]) -> Expr:
    node = _pick(draw, pool)
    axis = draw(st.sampled_from([None, *range(len(node.shape))]))
    reduce = draw(st.sampled_from([f.total, f.mean, f.largest, f.variance]))
    return reduce(node, axis, draw(st.booleans()))


def _rearranged(draw: st.DrawFn, pool: list[Expr]) -> Expr:
    node = _pick(draw, pool)
    if not node.shape:
        return node + 1
    choice = draw(st.integers(0, 6))
    if choice == 0:
        return node.T
    if choice == 1:
        return f.flatten(node)
    if choice == 2:
        return f.gather(node, draw(st.lists(st.integers(0, int(node.shape[0]) - 1), min_size=1, max_size=4)))
    if choice == 3:
        return f.take(node, [slice(None, None, draw(st.sampled_from([1, -1, 2])))])
    if choice == 4:
        return f.concat([node, node * node], draw(st.integers(0, len(node.shape) - 1)))
    if choice == 5:
        return f.windows(node, [2] * len(node.shape), [draw(st.integers(1, 2))] * len(node.shape), [draw(st.integers(0, 1))] * len(node.shape))
    return f.take(node, [draw(st.integers(-1, 1))])


def _matrix(draw: st.DrawFn, pool: list[Expr]) -> Expr:
    """Diagonals, traces and inverses of matrices that have one."""
    node = _pick(draw, pool)
    if len(node.shape) == 1:
        return f.diag(node)
    if len(node.shape) != 2:
        return f.norm(1 + node**2)
    gram = node @ node.T
    return draw(st.sampled_from([lambda m: f.trace(m), lambda m: f.diag(m), lambda m: inverse(m + eye(m.shape[0])), lambda m: contract("ij,ij->ij", m, m)]))(gram)


def _rule(draw: st.DrawFn, pool: list[Expr]) -> Expr:
    """A rule of one operand applied to something; the others are tested at their examples."""
    rule = draw(st.sampled_from([rule for rule in RULES if rule.name in ("softmax", "log_softmax", "logsumexp", "gelu", "silu", "softplus")]))
    node = _pick(draw, pool)
    return call(rule, node) if node.shape else call(rule, f.stack([node, Fraction(1, 2) * node]))


OPERATIONS = (_elementwise, _elementwise, _combined, _combined, _product, _product, _reduced, _rearranged, _matrix, _rule)
