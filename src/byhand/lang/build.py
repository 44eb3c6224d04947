"""Constructors of the nodes that no operator makes: re-indexing, rules, inverses, masks."""

from __future__ import annotations

from byhand.lang.errors import ShapeError
from byhand.lang.expr import Call, Expr, Index, Inverse, Pick, as_number, describe, filled, intern, is_zero, scale, split_factor
from byhand.lang.index import Reindexing, Reshape
from byhand.lang.rule import OptionValue, Rule
from byhand.lang.sizes import Shape, shape_text


def index(by: Reindexing, arg: Expr, shape: Shape, scatter: bool = False) -> Expr:
    """Re-index ``arg`` (or scatter it back) into ``shape``; numbers in front stay in front."""
    factor, rest = split_factor(arg)
    if is_zero(arg):
        return filled(0, shape)
    if isinstance(by, Reshape):
        if shape == arg.shape:
            return arg
        if as_number(arg) is not None:
            return filled(factor, shape)
        if isinstance(rest, Index) and isinstance(rest.by, Reshape):
            return index(by, scale(factor, rest.arg), shape)
    return scale(factor, intern(Index, by, scatter, rest, shape))


def call(rule: Rule, *args: Expr, **options: OptionValue) -> Call:
    """A rule applied to all of its arguments; the definition checks their shapes."""
    settings = {option.name: option.default for option in rule.options} | options
    body = rule.definition(*args, **settings)
    return intern(Call, rule, args, tuple(settings.items()), body, body.shape)


def inverse(arg: Expr) -> Expr:
    """The inverse of a square matrix, or of each matrix of a stack."""
    if len(arg.shape) < 2 or arg.shape[-1] != arg.shape[-2]:
        raise ShapeError(f"cannot invert {describe(arg)}: its shape is {shape_text(arg.shape)}, and only square matrices have an inverse.")
    return arg.arg if isinstance(arg, Inverse) else intern(Inverse, arg, arg.shape)


def pick(arg: Expr) -> Expr:
    """The one-hot mask of the largest entry along the last axis."""
    return intern(Pick, arg, arg.shape)
