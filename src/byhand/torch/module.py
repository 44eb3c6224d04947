"""A module as a function of its parameters: they are inputs like any other."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any

from byhand.torch.library import torch
from byhand.torch.tensors import array


def parameters_in(module: Any, formula: str, given: Mapping[str, object]) -> dict[str, str]:
    """The parameters that a formula names: what they are called in the formula, and in the module.

    Dots of their names are underscores, and names that begin with a number begin with ``layer``: ``0.weight`` is ``layer0_weight``.
    """
    words = set(re.findall(r"[^\W\d]\w*", formula))
    names = {_word(name): name for name, _ in module.named_parameters()}
    return {word: name for word, name in names.items() if word in words and word not in given}


def _word(name: str) -> str:
    """``0.weight`` is ``layer0_weight`` in formulas."""
    plain = name.replace(".", "_")
    return f"layer{plain}" if plain[0].isdigit() else plain


def as_function(module: Any, own: Mapping[str, str], inputs: Mapping[str, object]) -> tuple[Callable[..., Any], dict[str, object]]:
    """The module as a function of its inputs and then the parameters of ``own``, with the inputs that say so; it works on a copy, whose state it may change."""
    module = copy.deepcopy(module)
    values = dict(module.named_parameters())
    count = len(inputs)

    def function(*given: Any) -> Any:
        module.to(next(one.dtype for one in given if isinstance(one, torch.Tensor) and one.is_floating_point()))  # its buffers, too
        return torch.func.functional_call(module, dict(zip(own.values(), given[count:])), tuple(given[:count]))

    return function, {**inputs, **{word: array(values[name]) for word, name in own.items()}}


def place_of(module: Any) -> str | None:
    """Where the parameters of a module are, if it has any."""
    return next((str(one.device) for one in module.parameters()), None)
