"""What a function takes, as the person who has it checked says so: a shape, numbers to begin with, or a number that stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.lang.sizes import Size, shape_text
from byhand.read.statements import FACTS, declared_shape, parse_shapes
from byhand.run.arrays import Array

Kind: TypeAlias = Literal["drawn", "fixed", "number"]
NOT_VARIED = frozenset(("one_hot", "sums_to_one", "signs"))
"""Facts of what is a target or a mask: it has no gradient unless one is asked for."""


@dataclass(frozen=True, slots=True)
class Input:
    """One argument of the function, in the order of the call.

    ``kind``: ``drawn`` arrays get random numbers, ``fixed`` ones keep theirs (whole numbers and truth values: indices, masks),
    a ``number`` is passed as it is. ``shape``: of arrays, with letters for sizes that may be anything.
    """

    name: str
    kind: Kind
    shape: tuple[Size, ...] = ()
    facts: tuple[str, ...] = ()
    example: Array | None = None
    number: int | float | Fraction | None = None

    @property
    def varies(self) -> bool:
        """Whether a gradient is expected for it where nothing else is said."""
        return self.kind == "drawn" and not NOT_VARIED & set(self.facts)

    @property
    def statement(self) -> str:
        """The line of a sheet that says the same."""
        match self.kind:
            case "drawn":
                return f"{self.name} : {shape_text(self.shape)} {' '.join(self.facts)}"
            case "fixed":
                assert self.example is not None
                return f"{self.name} = {self.example.astype(int).tolist()}"
            case "number":
                return f"{self.name} = {decimal(self.number)}"


def decimal(number: int | float | Fraction | None) -> str:
    """A number as sheets write it, without an exponent: 0.00001 for 1e-05."""
    exact = number if isinstance(number, (int, Fraction)) else Fraction(repr(number))
    if isinstance(exact, int) or exact.denominator == 1:
        return str(int(exact))
    return f"{exact.numerator}/{exact.denominator}"


def read_inputs(given: Mapping[str, object]) -> tuple[Input, ...]:
    """The arguments in their order.

    A tuple is a shape, of integers and letters; a text is a declaration such as ``"(n, K) one_hot"``; an array or a list is numbers: floats show
    the shape and are one of the points that are tried, whole numbers and truth values stay as they are; a single number is passed on.
    Raises ``ByhandError`` for anything else.
    """
    return tuple(_input(name, value) for name, value in given.items())


def _input(name: str, value: object) -> Input:
    if not name.isidentifier():
        raise ByhandError(f"cannot take the input {name!r}: its name must be one that formulas can use.")
    match value:
        case str():
            return _declared(name, value)
        case tuple():
            return _declared(name, f"({', '.join(map(str, value))}{',' if len(value) == 1 else ''})")
        case bool() | np.bool_():
            return Input(name, "number", number=int(value))
        case int() | float() | Fraction() | np.integer() | np.floating():
            return _number(name, value.item() if isinstance(value, np.generic) else value)
        case list() | np.ndarray():
            return _array(name, np.asarray(value))
        case _:
            what = type(value).__name__
            raise ByhandError(f"cannot take a {what} for the input {name}: give its shape such as (8, 5), a declaration such as '(n, d) positive', or numbers.")


def _declared(name: str, text: str) -> Input:
    try:
        (statement,) = parse_shapes(f"{name} : {text}")
        shape = declared_shape(statement)
    except ValueError as error:
        if isinstance(error, ByhandError):
            raise ByhandError(f"cannot read {text!r} as the shape of {name}: {error.message}") from None
        raise ByhandError(f"cannot read {text!r} as the shape of {name}: write one shape and then facts ({', '.join(FACTS)}).") from None
    return Input(name, "drawn", shape, statement.facts)


def _number(name: str, value: int | float | Fraction) -> Input:
    if not np.isfinite(float(value)):
        raise ByhandError(f"the input {name} is {value}, and formulas need numbers that are finite.")
    return Input(name, "number", number=value)


def _array(name: str, value: Array) -> Input:
    if value.dtype.kind not in "biuf" or not value.size:
        raise ByhandError(f"cannot take the numbers of {name}, of the type {value.dtype}: arrays of floats, whole numbers or truth values are needed.")
    if value.dtype.kind in "biu":
        return Input(name, "fixed", value.shape, example=value)
    if not np.isfinite(value).all():
        raise ByhandError(f"the numbers of {name} are not all finite; give its shape instead, and they are drawn.")
    return Input(name, "drawn", value.shape, example=value)
