"""Every function of the sheet language, called from Python: ``byhand.functions.softmax(z, axis=0)``."""

from __future__ import annotations

from collections.abc import Callable

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Operators, Scalar
from byhand.read.elaborate import read_formula
from byhand.read.functions import FUNCTIONS
from byhand.read.scope import Scope, letters_of

Setting = Expr | Scalar | str | None | tuple[int, ...] | list[int] | list[Expr]


class Functions:
    """One attribute for each function; arguments are expressions, numbers, and settings such as ``axis=0``."""

    def __getattr__(self, name: str) -> Callable[..., Expr]:
        if name not in FUNCTIONS:
            raise AttributeError(f"byhand has no function {name}.{Scope(names={}).nearest(name, tuple(FUNCTIONS))}")
        return lambda *args, **options: _call(name, args, options)

    def __dir__(self) -> list[str]:
        return sorted(FUNCTIONS)


def _call(name: str, args: tuple[Setting, ...], options: dict[str, Setting]) -> Expr:
    """The function, read as the formula that a sheet would have."""
    operands: dict[str, Expr] = {}
    written = [_written(arg, operands) for arg in args] + [f"{key}={_written(value, operands)}" for key, value in options.items()]
    scope = Scope(names={**operands}, sizes=letters_of(*operands.values()))
    try:
        return read_formula(f"{name}({', '.join(written)})", scope)
    except ByhandError as error:
        raise type(error)(error.message) from None


def _written(value: Setting, operands: dict[str, Expr]) -> str:
    if isinstance(value, Operators):
        name = f"operand_{len(operands)}"
        operands[name] = value
        return name
    if isinstance(value, (list, tuple)):
        inside = ", ".join(_written(part, operands) for part in value)
        return f"[{inside}]" if isinstance(value, list) else f"({inside},)"
    return f'"{value}"' if isinstance(value, str) else repr(value)


functions = Functions()
