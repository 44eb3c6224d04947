"""Terms worked out with the functions of JAX that they name: what an exporter prints, done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

import jax
import jax.numpy as jnp

from byhand.compile.export.terms import (
    Called,
    Cut,
    Key,
    Lengths,
    Minus,
    NewAxis,
    Number,
    Picked,
    Place,
    Real,
    Scattered,
    Setting,
    Sign,
    Term,
    Turned,
    Whole,
)
from byhand.run.algebra import Measure

OUTSIDE: dict[str, Any] = {"mode": "fill", "wrap_negative_indices": False}
"""By these settings an index that lies outside reads a zero, and adds nothing."""
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "jnp.abs": jnp.abs,
    "jnp.arange": jnp.arange,
    "jnp.argmax": jnp.argmax,
    "jnp.array": jnp.array,
    "jnp.broadcast_to": jnp.broadcast_to,
    "jnp.cos": jnp.cos,
    "jnp.einsum": jnp.einsum,
    "jnp.exp": jnp.exp,
    "jnp.eye": jnp.eye,
    "jnp.full": jnp.full,
    "jnp.linalg.inv": jnp.linalg.inv,
    "jnp.linalg.solve": jnp.linalg.solve,
    "jnp.log": jnp.log,
    "jnp.max": jnp.max,
    "jnp.maximum": jnp.maximum,
    "jnp.ones_like": jnp.ones_like,
    "jnp.outer": jnp.outer,
    "jnp.pi": lambda: jnp.pi,
    "jnp.reshape": jnp.reshape,
    "jnp.sign": jnp.sign,
    "jnp.sin": jnp.sin,
    "jnp.sqrt": jnp.sqrt,
    "jnp.sum": jnp.sum,
    "jnp.tanh": jnp.tanh,
    "jnp.transpose": jnp.transpose,
    "jnp.where": jnp.where,
    "jnp.zeros": jnp.zeros,
    "jax.nn.one_hot": jax.nn.one_hot,
    "jax.nn.sigmoid": jax.nn.sigmoid,
    "jax.scipy.special.erf": jax.scipy.special.erf,
}


@dataclass(frozen=True, slots=True)
class Worker:
    """Works out terms. ``values``: what stands at each place of the program so far."""

    measure: Measure
    dtype: Any
    values: list[Any]

    def of(self, term: Term) -> Any:
        match term:
            case Place(value):
                return self.values[value]
            case Number(value, real):
                number = self.measure.value(value)
                return int(number) if number.denominator == 1 and not real else float(number)
            case Lengths(shape):
                return self.measure.dims(shape)
            case Setting(value):
                return value
            case Real():
                return self.dtype
            case Sign(symbol, left, right):
                return _signed(symbol, self.of(left), self.of(right))
            case Minus(inner):
                return -self.of(inner)
            case Turned(inner):
                return self.of(inner).T
            case Called(name, args, settings):
                return FUNCTIONS[name](*(self.of(arg) for arg in args), **{key: self.of(value) for key, value in settings})
            case Picked(inner, keys, beyond):
                return self._picked(self.of(inner), self._keys(keys), beyond)
            case Scattered(into, keys, inner, beyond):
                mode = OUTSIDE if beyond else {}
                return self.of(into).at[self._keys(keys)].add(self.of(inner), **mode)
            case _:
                assert_never(term)

    def _picked(self, found: Any, keys: tuple[Any, ...], beyond: bool) -> Any:
        return found.at[keys].get(fill_value=0, **OUTSIDE) if beyond else found[keys]

    def _keys(self, keys: Sequence[Key]) -> tuple[Any, ...]:
        return tuple(map(self._key, keys))

    def _key(self, key: Key) -> Any:
        match key:
            case Whole():
                return slice(None)
            case NewAxis():
                return None
            case Cut(start, count, stride):
                many = int(self.measure.value(count))
                return slice(start, start + stride * many if stride > 1 else start + many, stride)
            case _:
                return self.of(key)


def _signed(symbol: str, left: Any, right: Any) -> Any:
    match symbol:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right
        case "@":
            return left @ right
        case "**":
            return left**right
        case _:
            return left > right
