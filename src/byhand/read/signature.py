"""What a function takes: parameters in order, each of a kind, some with a default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from byhand.lang.build import call
from byhand.lang.expr import Expr
from byhand.lang.rule import Rule

Kind: TypeAlias = Literal["expr", "classes", "parts", "axis", "size", "shape", "sizes", "bool", "int", "ints", "rows", "str", "pair", "spec"]


@dataclass(frozen=True, slots=True)
class Required:
    """Stands where a parameter has no default."""


REQUIRED: Final = Required()


@dataclass(frozen=True, slots=True)
class Formula:
    """A default written as a formula."""

    text: str


@dataclass(frozen=True, slots=True)
class Param:
    """``rest``: takes all further positional arguments, as a tuple."""

    name: str
    kind: Kind = "expr"
    default: Any = REQUIRED
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """``build`` gets one value for each parameter, in order. ``other`` is meant when two arrays are given to max or min."""

    name: str
    params: tuple[Param, ...]
    build: Callable[..., Expr]
    other: str = ""

    def takes(self) -> str:
        """What it takes, for messages: "1 argument and the option axis"."""
        needed = [p for p in self.params if isinstance(p.default, Required)]
        options = [p.name for p in self.params if not isinstance(p.default, Required)]
        many = any(p.rest for p in self.params)
        count = f"{len(needed)}{' or more' if many else ''} argument{'s' if len(needed) != 1 or many else ''}"
        return count + (f" and the option{'s' if len(options) > 1 else ''} {', '.join(options)}" if options else "")


def of_rule(rule: Rule) -> Function:
    """A rule by its declared signature."""
    arguments = tuple(
        Param(one.name, "classes" if one.classes else "expr", REQUIRED if one.default is None else Formula(one.default)) for one in rule.arguments
    )
    options = tuple(Param(one.name, one.kind, one.default) for one in rule.options)
    names = [one.name for one in rule.options]
    count = len(arguments)
    return Function(rule.name, arguments + options, lambda *values: call(rule, *values[:count], **dict(zip(names, values[count:]))))
