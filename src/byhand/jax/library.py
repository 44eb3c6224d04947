"""JAX itself, where it is installed."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

from byhand.lang.errors import ByhandError


def found() -> ModuleType:
    """The library, or ``ByhandError`` that says what to install."""
    try:
        return import_module("jax")
    except ModuleNotFoundError as error:
        if error.name != "jax":
            raise
        raise ByhandError("byhand.jax checks functions of JAX, which is not installed here: pip install 'byhand[jax]'.") from None


jax = found()
jnp = import_module("jax.numpy")


def in_double() -> Any:
    """A context in which arrays keep 64 bits; it stood elsewhere before JAX 0.8."""
    here = getattr(jax, "enable_x64", None)
    return here(True) if callable(here) else import_module("jax.experimental").enable_x64()
