"""embedding: rows of a table, looked up by number."""

from __future__ import annotations

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr
from byhand.lang.functions import gather, take
from byhand.lang.rule import Argument, Example, Option, Rule, ValueSlip


def _definition(W: Expr, rows: int | tuple[int, ...] | None) -> Expr:
    if rows is None:
        raise ByhandError("embedding needs the numbers of the rows to look up, as in embedding(W, [0, 2]).")
    if isinstance(rows, int):
        return take(W, (rows,))
    return gather(W, rows)


def _counted_from_one(W: Expr, rows: int | tuple[int, ...] | None) -> Expr:
    """Row k is taken where row k + 1 is meant; the first row stays."""
    if rows is None:
        return _definition(W, rows)
    return _definition(W, max(rows - 1, 0) if isinstance(rows, int) else tuple(max(row - 1, 0) for row in rows))


EMBEDDING = Rule(
    name="embedding",
    summary="The rows of a table W with the given numbers; a row looked up twice receives both gradients, a row not looked up receives 0.",
    formula="Y_i = W_{rows_i}",
    arguments=(Argument("W"),),
    options=(Option("rows", None, "ints"),),
    definition=_definition,
    value_slips=(ValueSlip("R17", _counted_from_one, "the rows of {W} are counted from 1: here they are counted from 0"),),
    examples=(
        Example("W: (5, d)", {"rows": (0, 2, 2)}),
        Example("W: (4, d)", {"rows": (3, 1)}),
        Example("W: (4, d)", {"rows": 1}),
    ),
    source="Bengio, Ducharme, Vincent and Jauvin 2003, A Neural Probabilistic Language Model, section 2",
)
