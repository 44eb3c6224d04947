"""Numbers put in: the value of every quantity, exact where that is possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Call, Contract, Expr, Index, Inverse, Map, Named, Pick, Var, describe
from byhand.lang.sizes import shape_text
from byhand.run.algebra import Measure, Undefined, walk
from byhand.run.bind import Given, Value, bind_sizes, entry_text, refuse_huge, to_array
from byhand.run.kinks import Kink, kinks_of
from byhand.run.mixed import Mixed, is_exact
from byhand.run.order import Form, in_order, owner, stable, stable_unless_rational, users


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """The values of the roots and of every named or given quantity met; ``evaluation[expr]`` looks one up."""

    roots: tuple[Value, ...]
    values: Mapping[Expr, Value]
    sizes: Mapping[str, int]
    kinks: tuple[Kink, ...]

    def __getitem__(self, node: Expr) -> Value:
        return self.values[node]


def evaluate(roots: Sequence[Expr], data: Mapping[str, Given], sizes: Mapping[str, int] | None = None, *, exact: bool = True) -> Evaluation:
    """All roots at this data, every shared quantity once.

    Rationals stay exact as long as the operations keep them and they are cheap; otherwise, and with ``exact=False``,
    the values are 64-bit floats. Raises ``ByhandError`` where something is not defined, naming the entry.
    """
    arrays = {name: to_array(name, given) for name, given in data.items()}
    form = stable_unless_rational if exact and all(map(is_exact, arrays.values())) else stable
    order = in_order(roots, form)
    variables = [node for node in order if isinstance(node, Var)]
    for node in variables:
        if node.name not in arrays:
            raise ByhandError(f"no numbers are given for {node.name}, whose shape is {shape_text(node.shape)}.")
    bound = bind_sizes(variables, arrays, sizes)
    try:
        with np.errstate(all="ignore"):
            values = walk(order, Mixed(arrays, exact), Measure(bound), form)
    except Undefined as trouble:
        raise ByhandError(_message(trouble, order, form)) from None
    kept = {node: _tidy(node, values[node]) for node in (*roots, *(n for n in order if isinstance(n, (Var, Named, Call))))}
    return Evaluation(tuple(kept[root] for root in roots), kept, bound, tuple(kinks_of(roots, values)))


def _tidy(node: Expr, value: Value) -> Value:
    """Nobody writes -0.0, nor a rational that no float comes near."""
    if is_exact(value):
        refuse_huge(describe(node) if not isinstance(node, Call) else "the result", value.ravel().tolist(), value.shape)
        return value
    return np.asarray(value + 0.0)


def _message(trouble: Undefined, order: Sequence[Expr], form: Form) -> str:
    node = trouble.node
    assert node is not None
    home = owner(node, users(order, form))
    place = f" in {home.name}" if home is not None else ""
    if trouble.number is None:
        subject = _argument(node, 0)
        return f"cannot {trouble.doing}{f' {subject}' if subject else ''}{place}: {trouble.need}."
    return f"cannot {trouble.doing}{place}: {_where(node, trouble)} is {number_text(trouble.number)}; {trouble.need}."


def _where(node: Expr, trouble: Undefined) -> str:
    what = "the result" if trouble.operand is None else _argument(node, trouble.operand) or "the argument"
    return f"entry {entry_text(trouble.entry)} of {what}" if trouble.entry else what


def _argument(node: Expr, position: int) -> str:
    """The operand to blame by its name, if it has one that means something to a person."""
    match node:
        case Map(_, args) | Contract(_, args):
            arg = args[position] if position < len(args) else None
        case Index(_, _, arg) | Inverse(arg) | Pick(arg):
            pass
        case _:
            arg = None
    text = describe(arg) if arg is not None else ""
    return "" if text == "an expression" else text


def number_text(number: object) -> str:
    """A number as messages show it: a rational as a short decimal where it has one."""
    if isinstance(number, Fraction) and number.denominator != 1 and 10**6 % number.denominator == 0:
        return f"{float(number):.12g}"
    return repr(float(number)) if isinstance(number, float) else str(number)
