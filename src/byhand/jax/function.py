"""A function of JAX arrays, called forward and back by ``jax.grad`` as any program would."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from byhand.check.backward.caller import Answer, How, Layout, Numbers, Trouble, one_line
from byhand.check.backward.problem import Problem
from byhand.jax.library import in_double, jax, jnp
from byhand.run.arrays import Array

_INVALID = re.compile(r"at output\[(\d+)\] the bwd rule produced an output of type \w+\[([\d,]*)\]")
"""What JAX says of a gradient that does not have the type of its input."""


def made(value: Array) -> Any:
    return jnp.asarray(value)


def array(value: Any) -> Array:
    """A copy in NumPy's memory; kinds of floats that NumPy does not have become single precision."""
    found = np.asarray(value)
    return np.array(found if found.dtype.kind in "biuf" else np.asarray(jnp.asarray(value).astype("float32")))


@dataclass(frozen=True)
class JaxFunction:
    """``jax.grad`` takes the inputs that need a gradient; the others stand in the call as they are."""

    title: str
    function: Callable[..., Any]
    layouts: tuple[Layout, ...] = ("plain", "jit")
    partly: bool = False
    again: bool = True

    def __call__(self, inputs: Mapping[str, Numbers], incoming: Array, how: How) -> Answer:
        with in_double():
            return self._called(inputs, incoming, how)

    def _called(self, inputs: Mapping[str, Numbers], incoming: Array, how: How) -> Answer:
        given = {name: _input(value, how) for name, value in inputs.items()}
        try:
            out = self.function(*given.values())
        except Exception as error:  # whatever a stranger's function raises is what is reported
            return Answer(trouble=Trouble("forward", one_line(error)))
        if not isinstance(out, jax.Array):
            what = f"it returns a {type(out).__name__}, and one array is needed; wrap it so that it returns the output alone"
            return Answer(trouble=Trouble("forward", what))
        value = array(out)
        if value.shape != incoming.shape:
            return Answer(value)
        return self._answered(Answer(value), given, jnp.asarray(incoming.astype(how.precision)).astype(out.dtype), how)

    def _answered(self, forward: Answer, given: Mapping[str, Any], g: Any, how: How) -> Answer:
        """The answer of the forward function with what the backward function adds to it."""
        names = [name for name in given if name in how.needs]

        def gradients(g: Any, *parts: Any) -> Any:
            return _back(self.function, {**given, **dict(zip(names, parts))}, names, g)

        run = jax.jit(gradients) if how.layout == "jit" else gradients
        try:
            found = run(g, *(given[name] for name in names))
            again = run(g, *(given[name] for name in names)) if how.twice else None
        except Exception as error:  # as before
            return replace(forward, trouble=self._trouble(error, list(given)))
        types = {} if str(g.dtype) == how.precision else {"": str(g.dtype)}
        return replace(forward, gradients=_named(names, found), types=types, again=None if again is None else _named(names, again))

    def _trouble(self, error: Exception, names: list[str]) -> Trouble:
        """An error of the backward function; of a gradient that does not fit, also which and how."""
        found = _INVALID.search(str(error)) if isinstance(self.function, jax.custom_vjp) else None
        if found is None or int(found[1]) >= len(names):
            return Trouble("backward", one_line(error))
        return Trouble("backward", one_line(error), names[int(found[1])], tuple(int(n) for n in found[2].split(",") if n))


def twice(function: Callable[..., Any], title: str) -> Callable[[Problem], JaxFunction]:
    """The gradients of a function as a function themselves: of its inputs, the incoming gradient, and an array for each gradient to be multiplied with."""

    def caller(problem: Problem) -> JaxFunction:
        names = [one.name for one in problem.inputs]

        def gradients(*given: Any) -> Any:
            incoming, *partners = given[len(names) :]
            found = _back(function, dict(zip(names, given)), list(problem.wanted), incoming)
            return sum((one * partner).sum() for one, partner in zip(found, partners))

        return JaxFunction(title, gradients, ("plain",), again=False)

    return caller


def _input(value: Numbers, how: How) -> Any:
    return value if not isinstance(value, np.ndarray) else made(value.astype(how.precision) if value.dtype.kind == "f" else value)


def _back(function: Callable[..., Any], given: Mapping[str, Any], names: list[str], g: Any) -> Any:
    """The gradients at these inputs when this one comes in: those of the sum of all products with it."""

    def whole(parts: tuple[Any, ...]) -> Any:
        return (g * function(*{**given, **dict(zip(names, parts))}.values())).sum()

    return jax.grad(whole)(tuple(given[name] for name in names))


def _named(names: list[str], found: Any) -> dict[str, Array | None]:
    return {name: array(one) for name, one in zip(names, found)}
