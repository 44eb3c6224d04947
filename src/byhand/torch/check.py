"""``byhand.torch.check``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from byhand.check.backward.caller import Caller
from byhand.check.backward.check import check_function, order_of
from byhand.check.backward.pairs import Pair
from byhand.check.backward.problem import Problem
from byhand.check.backward.result import BackwardCheck
from byhand.check.backward.truth import Precision
from byhand.lang.errors import ByhandError
from byhand.torch.function import TorchFunction, twice
from byhand.torch.library import torch
from byhand.torch.module import as_function, parameters_in, place_of
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

    ``function``: a ``torch.autograd.Function`` or its ``apply``, any function of tensors, a module; or with ``backward`` a plain forward function, of
    which ``backward(incoming, *inputs)`` returns the gradients in the order of the inputs or by name.
    ``formula``: a formula, several lines, a sheet, or the name of a rule. ``shapes`` (or ``inputs``, for names that are taken) in the order of the call:
    ``(8, 5)``, ``("n", "d")`` for any sizes, ``"(n, K) one_hot"``, tensors to begin with, or single numbers. A module's parameters that the formula names
    are inputs by themselves.
    ``wrt``: the inputs that must have a gradient; by default all but targets. ``output``: the line that is the output, if not the last one.
    ``exposed``: a dictionary in which the backward function leaves gradients of intermediates, by the names of their lines.
    ``order``: 2 to compare the gradients of the gradients as well. ``dtype``: ``torch.float32``, or double, which is tried first where nothing is said.

    Raises ``ByhandError`` for what cannot be read; with ``raises``, ``WrongGradient`` for a wrong function.
    """
    subject = _subject(function, formula, {name: example(value) for name, value in {**(inputs or {}), **shapes}.items()}, device)
    caller = subject.caller(backward, exposed)
    again = subject.twice if order_of(order, backward is not None) == 2 else None
    names = [wrt] if isinstance(wrt, str) else wrt
    more = tuple(exposed or ())
    found = check_function(caller, formula, subject.inputs, wrt=names, output=output, exposed=more, precision=_precision(dtype), again=again)
    return found.raise_if_wrong() if raises else found


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is checked: a function of tensors, what it is called, its inputs, and where it runs."""

    title: str
    function: Callable[..., Any]
    inputs: Mapping[str, object]
    device: str | None

    def caller(self, backward: Callable[..., Any] | None, exposed: MutableMapping[str, Any] | None) -> Caller:
        if backward is None:
            return TorchFunction(self.title, self.function, self.device, exposed)
        return Pair(self.title, self.function, backward, _made(self.device), array, exposed)

    def twice(self, problem: Problem) -> Caller:
        return twice(self.function, f"{self.title}, differentiated twice", self.device)(problem)


def _subject(function: Any, formula: str, given: dict[str, object], device: str | None) -> _Subject:
    if isinstance(function, torch.nn.Module):
        run, inputs = as_function(function, parameters_in(function, formula, given), given)
        return _Subject(type(function).__name__, run, inputs, device or place_of(function))
    if isinstance(function, type) and issubclass(function, torch.autograd.Function):
        return _Subject(function.__name__, function.apply, given, device)
    return _Subject(_title(function), function, given, device)


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
