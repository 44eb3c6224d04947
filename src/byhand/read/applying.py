"""f(x), x.f(), np.f(x), and a quantity before a bracket, which is a product."""

from __future__ import annotations

from collections.abc import Mapping

from byhand.lang.expr import num
from byhand.lang.sizes import shape_text
from byhand.read.arguments import applied
from byhand.read.functions import FUNCTIONS, TASKS, function
from byhand.read.names import find
from byhand.read.products import juxtaposed
from byhand.read.scope import Scope
from byhand.read.static import Reader, error, number_of
from byhand.read.syntax import Applied, Attribute, Name
from byhand.read.value import ATOM, Value

_INSTEAD: Mapping[str, str] = dict.fromkeys(("d", "D", "grad", "gradient", "diff", "derivative", "jacobian"), " A derivative is written dL/dW.")


def application(reader: Reader, tree: Applied) -> Value:
    base = tree.function
    if isinstance(base, Attribute):
        return _method(reader, base, tree)
    assert isinstance(base, Name)
    if base.name in TASKS and (function(base.name) is None or (base.name == "step" and len(tree.args) > 1)):
        raise error(f"{base.name}(…) is a task: it stands on a line of its own, and is no part of a formula.", tree)
    found = function(base.name)
    known = reader.scope.find(base.name) is not None
    if found is not None and (not known or base.name in FUNCTIONS):
        return applied(reader, found, base.name, tree)
    length = number_of(reader, tree)
    if length is not None and not known:
        return Value(num(length), str(length), ATOM if len(length.terms) == 1 else 1)
    factor = find(reader, base.name)
    if factor is None:
        raise error(f"there is no function {base.name[:60]}.{_INSTEAD.get(base.name) or _nearest(base.name)}", base)
    if len(tree.args) != 1 or tree.options:
        raise error(f"{base.name} is no function: its shape is {shape_text(factor.expr.shape)}.", tree)
    return juxtaposed(factor, reader.value(tree.args[0]), reader.scope.vectors)


def _method(reader: Reader, base: Attribute, tree: Applied) -> Value:
    """x.sum(axis=0), np.exp(x), np.linalg.inv(A)."""
    module = base.base.base if isinstance(base.base, Attribute) and base.base.name in ("linalg", "nn", "functional", "special") else base.base
    found = function(base.name)
    if isinstance(module, Name) and module.name in ("np", "numpy") and reader.scope.find(module.name) is None:
        if found is None:
            raise error(f"there is no function {base.name[:60]}.{_nearest(base.name)}", base)
        return applied(reader, found, base.name, tree)
    inner = reader.value(base.base)
    if found is None or not found.params or found.params[0].kind != "expr":
        raise error(f"arrays have no method {base.name[:60]}.{_nearest(base.name)}", base)
    return applied(reader, found, base.name, tree, (inner,))


def _nearest(name: str) -> str:
    return Scope(names=dict.fromkeys(FUNCTIONS, num(0))).nearest(name)
