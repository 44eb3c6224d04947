"""PyTorch itself, where it is installed."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from byhand.lang.errors import ByhandError


def found() -> ModuleType:
    """The library, or ``ByhandError`` that says what to install."""
    try:
        return import_module("torch")
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise ByhandError("byhand.torch checks functions of PyTorch, which is not installed here: pip install 'byhand[torch]'.") from None


torch = found()
