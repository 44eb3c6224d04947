"""``rates`` in Python, with the arguments that it has on a sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from byhand.analyse.hessian import hessian
from byhand.analyse.rates.analysis import Rates, analysed
from byhand.analyse.rates.method import Method
from byhand.analyse.rates.setting import Setting
from byhand.lang.errors import ByhandError, ShapeError
from byhand.lang.expr import Expr, Named, Operand, Operators, Var, describe, lift, named
from byhand.lang.sizes import shape_text
from byhand.lang.walk import postorder
from byhand.run.bind import Given, bind_sizes, to_array
from byhand.show.conventions import Conventions
from byhand.show.notation import notation
from byhand.show.plain import plain


def rates(
    f: Expr,
    x: Var | Sequence[Var],
    *,
    momentum: Operand | None = None,
    nesterov: bool = False,
    at: Given | Sequence[Given] | None = None,
    data: Mapping[str, Given] | None = None,
) -> Rates:
    """The learning rates for which gradient descent on a scalar f converges to its minimum from every start.

    ``x`` is the unknown, or several of them; ``data`` has numbers for any of the other variables, and for x its start. ``momentum`` is that of the heavy
    ball, or with ``nesterov`` that of Nesterov's method. ``at`` is a stationary point (one value for each unknown) to look at where f is not quadratic.
    Raises ``ShapeError`` where f is no scalar, ``ByhandError`` where numbers are missing or ``at`` is not stationary.
    """
    unknowns = (x,) if isinstance(x, Operators) else tuple(x)
    quantity = f if isinstance(f, Named) else named("f", f)
    _check(quantity, unknowns)
    arrays = {name: to_array(name, given) for name, given in (data or {}).items()}
    variables = dict.fromkeys((*unknowns, *(node for node in postorder(quantity) if isinstance(node, Var))))
    inside = {one.name for one in unknowns}
    known = {name: value for name, value in arrays.items() if name not in inside}
    start = {name: value for name, value in arrays.items() if name in inside}
    method = Method(None if momentum is None else lift(momentum), nesterov)
    setting = Setting(hessian(quantity, unknowns), method, known, bind_sizes(variables, arrays), start, _spelled)
    point = None if at is None else tuple(to_array(one.name, value) for one, value in zip(unknowns, [at] if len(unknowns) == 1 else at))  # type: ignore[arg-type]
    return analysed(setting, point)


def _check(f: Named, unknowns: Sequence[object]) -> None:
    if f.shape:
        raise ShapeError(f"rates looks for the minimum of a single number, and {describe(f)} has shape {shape_text(f.shape)}; sum or average it first.")
    for one in unknowns:
        if not isinstance(one, Var):
            raise ByhandError("rates takes variables as unknowns, as in rates(f, x) with x = byhand.var('x').")
    if not unknowns or len(set(unknowns)) < len(unknowns):
        raise ByhandError("rates takes one or more unknowns, each once, as in rates(f, [x, y]).")


def _spelled(expr: Expr) -> str:
    return plain(notation(expr, Conventions()))
