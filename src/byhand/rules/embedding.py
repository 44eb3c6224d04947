"""embedding: rows of a table, looked up by number."""

from __future__ import annotations

from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr
from byhand.lang.functions import gather, take
from byhand.lang.rule import Argument, Example, Option, Rule


def _definition(W: Expr, rows: int | tuple[int, ...] | None) -> Expr:
    if rows is None:
        raise ByhandError("embedding needs the numbers of the rows to look up, as in embedding(W, [0, 2]).")
    if isinstance(rows, int):
        return take(W, (rows,))
    return gather(W, rows)


EMBEDDING = Rule(
    name="embedding",
    summary="The rows of a table W with the given numbers; a row looked up twice receives both gradients, a row not looked up receives 0.",
    formula="Y_i = W_{rows_i}",
    arguments=(Argument("W"),),
    options=(Option("rows", None, "ints"),),
    definition=_definition,
    examples=(
        Example("W: (5, d)", {"rows": (0, 2, 2)}),
        Example("W: (4, d)", {"rows": (3, 1)}),
        Example("W: (4, d)", {"rows": 1}),
    ),
    source="Bengio, Ducharme, Vincent and Jauvin 2003, A Neural Probabilistic Language Model, section 2",
)
