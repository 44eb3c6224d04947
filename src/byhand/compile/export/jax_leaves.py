"""The table of leaves for JAX, and numbers in front of terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from byhand.compile.export.terms import UNIT, ZERO, Called, Minus, Number, Sign, Term
from byhand.lang.leaf import LOG, POW, Leaf
from byhand.lang.leaves import ABS, COS, ERF, EXP, PI, RELU, SIGMOID, SIGN, SIN, STEP, TANH
from byhand.lang.sizes import ONE, Poly

LEAVES: Mapping[Leaf, Callable[..., Term]] = {
    EXP: lambda x: Called("jnp.exp", (x,)),
    LOG: lambda x: Called("jnp.log", (x,)),
    SIN: lambda x: Called("jnp.sin", (x,)),
    COS: lambda x: Called("jnp.cos", (x,)),
    TANH: lambda x: Called("jnp.tanh", (x,)),
    SIGMOID: lambda x: Called("jax.nn.sigmoid", (x,)),
    ERF: lambda x: Called("jax.scipy.special.erf", (x,)),
    RELU: lambda x: Called("jnp.maximum", (x, ZERO)),
    STEP: lambda x: Called("jnp.where", (Sign(">", x, ZERO), Number(ONE, real=True), Number(Poly.of(0), real=True))),
    SIGN: lambda x: Called("jnp.sign", (x,)),
    ABS: lambda x: Called("jnp.abs", (x,)),
    POW: lambda x, n: Sign("**", x, n),
    PI: lambda: Called("jnp.pi", ()),
}


def leaf_of(leaf: Leaf, args: tuple[Term, ...]) -> Term:
    """A leaf applied; powers have their exponent in them."""
    exponent = leaf.exponent
    if exponent is None:
        return LEAVES[leaf](*args)
    if exponent == -1:
        return Sign("/", UNIT, args[0])
    if exponent.denominator == 2:
        root = Called("jnp.sqrt", args)
        return root if exponent == 1 / 2 else Sign("**", root, Number(Poly.of(exponent.numerator)))
    return Sign("**", args[0], Number(Poly.of(exponent)))


def is_negative(value: Poly) -> bool:
    return bool(value.terms) and value.terms[0][1] < 0


def scaled(factor: Poly, term: Term) -> Term:
    """A number times a term: as a division where that is how it is said."""
    if isinstance(term, Number):
        return Number(factor * term.value)
    if factor == ONE:
        return term
    if is_negative(factor):
        return Minus(scaled(-factor, term))
    under = factor.inverse()
    constant = factor.constant
    if under is not None and constant is None and all(power < 0 for _, power in factor.terms[0][0]) and factor.terms[0][1].numerator == 1:
        return Sign("/", term, Number(under))
    if under is not None and constant is not None and constant.numerator == 1 and not is_decimal(constant.denominator):
        return Sign("/", term, Number(under))
    return Sign("*", Number(factor), term)


def is_decimal(denominator: int) -> bool:
    """Whether a fraction with this denominator ends as a decimal."""
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    return denominator == 1
