"""One trial of exact random arithmetic: functions of residues that obey the laws the real functions obey.

A value is a pair of residues, modulo ``P`` and modulo ``Q``, with Q dividing P − 1. The exponential takes the second
residue x to ``G``**x modulo P, so that exp(a + b) = exp(a)·exp(b) holds exactly. Where arithmetic cannot follow (a
logarithm, erf, the second residue of an exponential, a root of a non-square) the value is random but a function of
the argument, which can make equal things look different and never different things look equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from random import Random
from typing import TypeAlias

from byhand.lang.leaf import LOG, Leaf
from byhand.lang.leaves import ABS, COS, ERF, EXP, PI, RELU, SIGMOID, SIGN, SIN, STEP, TANH

Q = 2305843009213655999
"""A prime near 2**61; (Q − 1)/2 is prime too, so that roots of every odd order exist."""
COFACTOR = 69375421
P = 2 * COFACTOR * Q + 1
"""A prime modulo which −1 is no square and every prime below 60 is: squares stand for the positive numbers."""
G = pow(3, 2 * COFACTOR, P)
MODULI = (P, Q)

Pair: TypeAlias = tuple[int, int]
MOST_RELATIONS = 200


class Redraw(Exception):
    """A division by zero, or the like: the trial says nothing, take another."""


def reciprocal(x: int, modulus: int) -> int:
    if not x % modulus:
        raise Redraw
    return pow(x, -1, modulus)


def invert(x: Pair, deep: bool) -> Pair:
    return reciprocal(x[0], P), reciprocal(x[1], Q) if deep else 0


def multiply(x: Pair, y: Pair) -> Pair:
    return x[0] * y[0] % P, x[1] * y[1] % Q


@dataclass(slots=True)
class Trial:
    """The random choices of one trial, each made when it is first needed.

    ``exps`` and ``logs`` are the two directions of what is known of the exponential: exponents (second residue) to
    values, and values (first residue) to logarithms. ``divisors`` are values that were divided by below a logarithm.
    """

    key: bytes
    exps: dict[int, Pair] = field(default_factory=lambda: {0: (1, 1)})
    logs: dict[int, Pair] = field(default_factory=lambda: {1: (0, 0)})
    inverses: dict[int, int] = field(default_factory=dict[int, int])
    signs: dict[int, int] = field(default_factory=lambda: {0: 0})
    divisors: dict[int, int] = field(default_factory=dict[int, int])
    free_logs: bool = False
    guessed: bool = False
    """Whether a root of a non-square had to be made up: then "different" means nothing, and "equal" still holds."""

    def random(self, what: str, *about: int) -> Pair:
        """A pair that depends on these numbers alone."""
        text = f"{what}{about}".encode()
        digest = blake2b(text, digest_size=32, key=self.key).digest()
        return int.from_bytes(digest[:18]) % P, int.from_bytes(digest[18:]) % Q

    def odd(self, what: str, x: int) -> Pair:
        """The same with the opposite sign at −x."""
        if not x:
            return 0, 0
        low = min(x, P - x)
        p, q = self.random(what, low)
        return (p, q) if x == low else (P - p, Q - q)

    def sign(self, x: int) -> int:
        """1 for squares, −1 for the others: odd and multiplicative, as the sign of real numbers is."""
        found = self.signs.get(x)
        if found is None:
            found = self.signs[x] = 1 if pow(x, (P - 1) // 2, P) == 1 else -1
            self.signs[P - x] = -found
        return found

    def exp(self, x: Pair, deep: bool) -> Pair:
        found = self.exps.get(x[1])
        if found is None:
            product = self._product_of_known(x[1]) if deep or self.free_logs else None
            found = product or (pow(G, x[1], P), self.random("exp", x[1])[1])
            self.exps[x[1]] = found
            self.logs[found[0]] = x
        return found

    def _product_of_known(self, x: int) -> Pair | None:
        """exp(x) from two known ones, as exp(a)·exp(b) or exp(a)/exp(b)."""
        for a, value in list(self.exps.items())[:MOST_RELATIONS]:
            if (other := self.exps.get((x - a) % Q)) is not None:
                return multiply(value, other)
            if (other := self.exps.get((a - x) % Q)) is not None:
                return multiply(value, invert(other, True))
        return None

    def log(self, x: Pair) -> Pair:
        if not x[0]:
            raise Redraw
        return self._known_log(x[0]) or self._quotient(x[0]) or self._free_log(x)

    def _free_log(self, x: Pair) -> Pair:
        """A made-up logarithm, remembered in both directions."""
        found = self.logs[x[0]] = self.random("log", x[0])
        self.exps[found[1]] = x
        self.free_logs = True
        return found

    def _known_log(self, x: int) -> Pair | None:
        """log(x) if it is known, or from two known ones: x is the root of an argument, or a product or quotient of two."""
        if x in self.logs:
            return self.logs[x]
        square = self.logs.get(x * x % P)
        if square is not None:
            return self._remember(x, (square[0] * (P + 1) // 2, square[1] * (Q + 1) // 2))
        below = pow(x, -1, P)
        for a, log in list(self.logs.items())[:MOST_RELATIONS]:
            if a not in self.inverses:
                self.inverses[a] = pow(a, -1, P)
            if (other := self.logs.get(x * self.inverses[a] % P)) is not None:
                return self._remember(x, (log[0] + other[0], log[1] + other[1]))
            if (other := self.logs.get(a * below % P)) is not None:
                return self._remember(x, (log[0] - other[0], log[1] - other[1]))
        return None

    def _quotient(self, x: int) -> Pair | None:
        """log(a/s) as log(a) − log(s), where log(a) is known and s was divided by: the logarithm of a softmax."""
        for s in list(self.divisors)[:MOST_RELATIONS]:
            above = self.logs.get(x * s % P)
            if above is not None:
                log = self._known_log(s) or self._free_log((s, self.divisors[s]))
                return self._remember(x, (above[0] - log[0], above[1] - log[1]))
        return None

    def _remember(self, x: int, log: Pair) -> Pair:
        found = self.logs[x] = log[0] % P, log[1] % Q
        return found

    def root(self, x: int, above: int, below: int, part: int) -> int:
        """x**(above/below): among the squares, whose number is prime to ``below``, there is exactly one such root."""
        modulus = MODULI[part]
        if not x:
            if above < 0:
                raise Redraw
            return 0
        square = self.sign(x) == 1 if part == 0 else pow(x, (Q - 1) // 2, Q) == 1
        if square:
            return pow(x, above * pow(below, -1, (modulus - 1) // 2), modulus)
        self.guessed = self.guessed or part == 0
        return pow(self.random("root", x, below)[part], above, modulus)

    def positive(self, random: Random) -> Pair:
        """A random positive number, whose logarithm is known."""
        exponent = random.randrange(1, Q)
        value = pow(G, exponent, P), pow(random.randrange(1, Q), 2, Q)
        self.exps[exponent] = value
        self.logs[value[0]] = self.random("log", value[0])[0], exponent
        return value


def _log(trial: Trial, x: Pair, deep: bool) -> Pair:
    return trial.log(x)


def _erf(trial: Trial, x: Pair, deep: bool) -> Pair:
    return trial.odd("erf", x[0])


def _sigmoid(trial: Trial, x: Pair, deep: bool) -> Pair:
    e = trial.exp(x, deep)
    return multiply(e, invert((e[0] + 1, e[1] + 1), deep))


def _tanh(trial: Trial, x: Pair, deep: bool) -> Pair:
    e = trial.exp(x, deep)
    square = multiply(e, e)
    return multiply((square[0] - 1, square[1] - 1), invert((square[0] + 1, square[1] + 1), deep))


def _sin(trial: Trial, x: Pair, deep: bool) -> Pair:
    """sin and cos are a random point of the circle, by its rational parametrisation: odd and even, squares summing to 1."""
    t = trial.odd("angle", x[0])
    return multiply((2 * t[0], 2 * t[1]), invert((1 + t[0] ** 2, 1 + t[1] ** 2), True))


def _cos(trial: Trial, x: Pair, deep: bool) -> Pair:
    t = trial.odd("angle", x[0])
    return multiply((1 - t[0] ** 2, 1 - t[1] ** 2), invert((1 + t[0] ** 2, 1 + t[1] ** 2), True))


def _step(trial: Trial, x: Pair, deep: bool) -> Pair:
    positive = int(trial.sign(x[0]) > 0)
    return positive, positive


def _relu(trial: Trial, x: Pair, deep: bool) -> Pair:
    return x if trial.sign(x[0]) > 0 else (0, 0)


def _sign(trial: Trial, x: Pair, deep: bool) -> Pair:
    sign = trial.sign(x[0])
    return sign % P, sign % Q


def _abs(trial: Trial, x: Pair, deep: bool) -> Pair:
    return x if trial.sign(x[0]) >= 0 else (P - x[0], -x[1] % Q)


FUNCTIONS: Mapping[Leaf, Callable[[Trial, Pair, bool], Pair]] = {
    EXP: Trial.exp,
    LOG: _log,
    SIN: _sin,
    COS: _cos,
    TANH: _tanh,
    SIGMOID: _sigmoid,
    ERF: _erf,
    RELU: _relu,
    STEP: _step,
    SIGN: _sign,
    ABS: _abs,
}
"""Every leaf of one argument but the powers; the last argument says whether the second residue is needed."""


def pi(trial: Trial) -> Pair:
    """A square, since π is positive."""
    p, q = trial.random(PI.name)
    return multiply((p, q), (p, q))


def power_of_two_arguments(trial: Trial, x: Pair, n: Pair, deep: bool) -> Pair:
    """x**n as exp(n log x), where n is no small whole number."""
    whole = n[0] if n[0] <= MOST_RELATIONS else n[0] - P
    if abs(whole) > MOST_RELATIONS:
        return trial.exp(multiply(n, trial.log(x)), deep)
    if whole < 0:
        x = invert(x, deep)
    return pow(x[0], abs(whole), P), pow(x[1], abs(whole), Q)
