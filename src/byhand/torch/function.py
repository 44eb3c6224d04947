"""A function of tensors, called forward and back by autograd as any program would."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from byhand.check.backward.caller import Answer, How, Layout, Numbers, Trouble, damage, one_line
from byhand.check.backward.problem import Problem
from byhand.run.arrays import Array
from byhand.torch.library import torch
from byhand.torch.tensors import array, tensor

_INVALID = re.compile(r"invalid gradient at index (\d+) - got \[([\d, ]*)\]")
"""What autograd says of a gradient that cannot have the shape it has."""


@dataclass(frozen=True)
class TorchFunction:
    """``exposed``: where the backward function puts gradients of intermediates, by name."""

    title: str
    function: Callable[..., Any]
    device: str | None = None
    exposed: MutableMapping[str, Any] | None = None
    layouts: tuple[Layout, ...] = ("plain", "strided", "turned", "spread")
    partly: bool = True
    again: bool = True

    def __call__(self, inputs: Mapping[str, Numbers], incoming: Array, how: How) -> Answer:
        given = {name: self._input(name, value, how) for name, value in inputs.items()}
        tensors = {name: value for name, value in given.items() if isinstance(value, torch.Tensor)}
        before = _copies(tensors)
        try:
            with torch.enable_grad():
                out = self.function(*given.values())
        except Exception as error:  # whatever a stranger's function raises is what is reported
            return Answer(trouble=Trouble("forward", one_line(error)))
        if not isinstance(out, torch.Tensor):
            what = f"it returns a {type(out).__name__}, and one tensor is needed; wrap it so that it returns the output alone"
            return Answer(trouble=Trouble("forward", what))
        answer = Answer(array(out), changed=damage(before, _copies(tensors), "forward"))
        if out.shape != incoming.shape:
            return answer
        answer = self._answered(answer, out, tensors, incoming, how)
        return replace(answer, raw=self._raw(inputs, incoming, how)) if how.twice and answer.trouble is None else answer

    def _answered(self, forward: Answer, out: Any, tensors: Mapping[str, Any], incoming: Array, how: How) -> Answer:
        """The answer of the forward function with what the backward function adds to it."""
        g = self._incoming(incoming, out, how)
        before = _copies({**tensors, "": g})
        try:
            found = self._back(out, tensors, g, how)
            again = self._back(out, tensors, g, how) if how.twice else None
        except Exception as error:  # as before
            return replace(forward, trouble=_trouble(error, out, tensors))
        changed = (*forward.changed, *damage(before, _copies({**tensors, "": g}), "backward"))
        types = {} if str(out.dtype) == f"torch.{how.precision}" else {"": str(out.dtype)}
        return replace(forward, gradients=found, types=types, changed=changed, again=again)

    def _input(self, name: str, value: Numbers, how: How) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        made = tensor(value, how.precision, how.layout == "strided", self.device)
        return made.requires_grad_(True) if name in how.needs else made

    def _incoming(self, incoming: Array, out: Any, how: How) -> Any:
        if how.layout == "spread" and incoming.ndim:
            return torch.tensor(float(incoming.flat[0]), dtype=out.dtype, device=out.device).expand(out.shape)
        return tensor(incoming, how.precision, how.layout in ("strided", "turned"), self.device).to(out.dtype)

    def _back(self, out: Any, tensors: Mapping[str, Any], g: Any, how: How) -> dict[str, Array | None]:
        """Gradients by name; ``None`` where autograd has none."""
        names = [name for name in tensors if name in how.needs]
        if self.exposed is not None:
            self.exposed.clear()
        if not out.requires_grad:
            return dict.fromkeys(names)
        found = torch.autograd.grad(out, [tensors[name] for name in names], g, retain_graph=how.twice, allow_unused=True)
        table = {name: None if one is None else array(one) for name, one in zip(names, found)}
        return table | {str(name): array(one) for name, one in (self.exposed or {}).items() if isinstance(one, torch.Tensor)}

    def _raw(self, inputs: Mapping[str, Numbers], incoming: Array, how: How) -> dict[str, tuple[int, ...]]:
        """The shapes of the gradients as the backward function returned them, if its output is what is checked."""
        given = {name: self._input(name, value, how) for name, value in inputs.items()}
        out = self.function(*given.values())
        node = out.grad_fn
        if getattr(node, "_forward_cls", None) is None:
            return {}
        found = node.apply(self._incoming(incoming, out, how))
        parts = [one for one in (found if isinstance(found, tuple) else (found,)) if isinstance(one, torch.Tensor)]
        names = [_name_of(node, k, given) for k in range(len(node.next_functions))]
        wanted = [name for name in names if name is not None]
        return {name: tuple(one.shape) for name, one in zip(wanted, parts)} if len(wanted) == len(parts) else {}


def twice(function: Callable[..., Any], title: str, device: str | None) -> Callable[[Problem], TorchFunction]:
    """The gradients of a function as a function themselves: of its inputs, the incoming gradient, and an array for each gradient to be multiplied with."""

    def caller(problem: Problem) -> TorchFunction:
        names = [one.name for one in problem.inputs]
        places = [names.index(name) for name in problem.wanted]

        def gradients(*given: Any) -> Any:
            parts = [value if k not in places or value.requires_grad else value.detach().requires_grad_(True) for k, value in enumerate(given[: len(names)])]
            incoming, *partners = given[len(names) :]
            found = torch.autograd.grad(function(*parts), [parts[k] for k in places], incoming, create_graph=True, allow_unused=True)
            return sum(((one * partner).sum() for one, partner in zip(found, partners) if one is not None), start=torch.zeros((), dtype=incoming.dtype))

        return TorchFunction(title, gradients, device, None, ("plain",), False, False)

    return caller


def _copies(tensors: Mapping[str, Any]) -> dict[str, Array]:
    return {name: array(one) for name, one in tensors.items()}


def _trouble(error: Exception, out: Any, tensors: Mapping[str, Any]) -> Trouble:
    """An error of the backward function; of a gradient that does not fit, also which and how."""
    found = _INVALID.search(str(error))
    if found is None:
        return Trouble("backward", one_line(error))
    shape = tuple(int(n) for n in found[2].split(",") if n.strip())
    return Trouble("backward", one_line(error), _name_of(out.grad_fn, int(found[1]), tensors), shape)


def _name_of(node: Any, position: int, tensors: Mapping[str, Any]) -> str | None:
    """The input that a gradient goes to, if it goes there directly."""
    following = node.next_functions[position][0] if position < len(node.next_functions) else None
    leaf = getattr(following, "variable", None)
    return next((name for name, one in tensors.items() if one is leaf), None) if leaf is not None else None
