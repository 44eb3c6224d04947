"""``byhand.jax.check``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any

import numpy as np

from byhand.check.backward.caller import Caller
from byhand.check.backward.check import check_function, order_of
from byhand.check.backward.pairs import Pair
from byhand.check.backward.result import BackwardCheck
from byhand.check.backward.truth import Precision
from byhand.jax.function import JaxFunction, array, made, twice
from byhand.jax.library import in_double, jax
from byhand.lang.errors import ByhandError


def check(
    function: Callable[..., Any],
    formula: str,
    /,
    *,
    backward: Callable[..., Any] | None = None,
    wrt: Sequence[str] | str | None = None,
    output: str | None = None,
    exposed: MutableMapping[str, Any] | None = None,
    dtype: Any = None,
    order: int = 1,
    raises: bool = False,
    inputs: Mapping[str, object] | None = None,
    **shapes: object,
) -> BackwardCheck:
    """A derivative rule written by hand against the gradients derived from the formula of the function.

    ``function``: one made by ``jax.custom_vjp``, any function of arrays; or with ``backward`` a plain forward function, of which
    ``backward(incoming, *inputs)`` returns the gradients in the order of the inputs or by name. ``formula``: a formula, lines, a sheet, a rule's name.
    ``shapes`` (``inputs``, for names that are taken) in the order of the call: ``(8, 5)``, ``("n", "d")`` for any sizes, ``"(n, K) one_hot"``, arrays to
    begin with, or single numbers.
    ``wrt``: the inputs that must have a gradient; by default all but targets. ``output``: the line that is the output, if not the last one.
    ``exposed``, for a plain ``backward``: a dictionary in which it leaves gradients of intermediates, by the names of their lines.
    ``order``: 2 to compare the gradients of the gradients as well.
    ``dtype``: float32 for a function of single precision; by default double, which is switched on for the call alone. ``raises``: whether a wrong
    function raises ``WrongGradient``.

    Raises ``ByhandError`` for a formula or inputs that cannot be read.
    """
    given = {name: array(value) if isinstance(value, jax.Array) else value for name, value in {**(inputs or {}), **shapes}.items()}
    names = [wrt] if isinstance(wrt, str) else wrt
    title = getattr(function, "__name__", "the function")
    title = "the function" if title == "<lambda>" else title
    more = tuple(exposed) if exposed is not None else ()
    caller: Caller = JaxFunction(title, function) if backward is None else Pair(title, function, backward, made, array, exposed, ("plain",))
    again = twice(function, f"{title}, differentiated twice") if order_of(order, backward is not None) == 2 else None
    with in_double():
        found = check_function(caller, formula, given, wrt=names, output=output, exposed=more, precision=_precision(dtype), again=again)
    return found.raise_if_wrong() if raises else found


def _precision(dtype: Any) -> Precision | None:
    match None if dtype is None else np.dtype(dtype).name:
        case None:
            return None
        case "float32":
            return "float32"
        case "float64":
            return "float64"
        case other:
            raise ByhandError(f"cannot check in {other}: rounding would hide mistakes; give float32 or float64, or nothing.")
