"""``byhand.torch.check``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any

from byhand.check.backward.caller import Caller
from byhand.check.backward.check import check_function, order_of
from byhand.check.backward.pairs import Pair
from byhand.check.backward.result import BackwardCheck
from byhand.check.backward.truth import Precision
from byhand.lang.errors import ByhandError
from byhand.torch.function import TorchFunction, twice
from byhand.torch.library import torch
from byhand.torch.module import as_function, parameters_in
from byhand.torch.tensors import array, example


def check(
    function: Any,
    formula: str,
    /,
    *,
    backward: Callable[..., Any] | None = None,
    wrt: Sequence[str] | str | None = None,
    output: str | None = None,
    exposed: MutableMapping[str, Any] | None = None,
    dtype: Any = None,
    device: str | None = None,
    order: int = 1,
    raises: bool = False,
    inputs: Mapping[str, object] | None = None,
    **shapes: object,
) -> BackwardCheck:
    """A hand-written backward function against the gradients derived from the formula of its forward function.

    ``function``: a ``torch.autograd.Function`` or its ``apply``, any function of tensors that uses one, a module, or with ``backward`` a plain forward
    function, of which ``backward(incoming, *inputs)`` returns the gradients in the order of the inputs or by name.
    ``formula``: one formula, several lines, a sheet, or the name of a rule. ``shapes`` (or ``inputs``, for names that are taken) are its inputs in the order
    of the call: a shape ``(8, 5)`` or ``("n", "d")``, a declaration ``"(n, K) one_hot"``, tensors to begin with, or single numbers. Letters mean that any
    size will do. A module's parameters that the formula names are inputs by themselves.
    ``wrt``: the inputs that must have a gradient; by default all drawn ones but those declared to be targets. ``output``: the line that is the output,
    the last one unless said. ``exposed``: a dictionary in which the backward function leaves gradients of intermediates, by the names of their lines.
    ``order``: 2 to compare the gradients of the gradients as well, of a function that supports double backward.
    ``dtype``: ``torch.float32`` for a function of single precision; by default double where the function takes it. ``raises``: whether a wrong function
    raises ``WrongGradient``.

    Raises ``ByhandError`` for a formula or inputs that cannot be read.
    """
    given = {name: example(value) for name, value in {**(inputs or {}), **shapes}.items()}
    names = [wrt] if isinstance(wrt, str) else wrt
    precision = _precision(dtype)
    if isinstance(function, torch.nn.Module):
        title = type(function).__name__
        function, given = as_function(function, parameters_in(function, formula, given), given)
    else:
        title = _title(function)
    if isinstance(function, type) and issubclass(function, torch.autograd.Function):
        function = function.apply
    caller: Caller = TorchFunction(title, function, device, exposed) if backward is None else Pair(title, function, backward, _made(device), array, exposed)
    more = tuple(exposed) if exposed is not None else ()
    again = twice(function, f"{title}, differentiated twice", device) if order_of(order, backward is not None) == 2 else None
    found = check_function(caller, formula, given, wrt=names, output=output, exposed=more, precision=precision, again=again)
    return found.raise_if_wrong() if raises else found


def _made(device: str | None) -> Callable[[Any], Any]:
    return lambda value: torch.from_numpy(value.copy()) if device is None else torch.from_numpy(value.copy()).to(device)


def _title(function: Any) -> str:
    """What a function is called; for the ``apply`` of a class the class."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, type):
        return owner.__name__
    name = getattr(function, "__name__", type(function).__name__)
    return "the function" if name == "<lambda>" else name


def _precision(dtype: Any) -> Precision | None:
    match str(dtype).removeprefix("torch."):
        case "None":
            return None
        case "float32":
            return "float32"
        case "float64":
            return "float64"
        case other:
            raise ByhandError(f"cannot check in {other}: rounding would hide mistakes; give torch.float32 or torch.float64, or nothing.")
