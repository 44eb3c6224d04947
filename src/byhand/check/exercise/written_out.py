"""Functions that a sheet writes out, such as exp(z) / sum(exp(z)), seen as the functions they are.

People who know softmax go on with p and p − t, whatever the sheet has for p: the gradients are derived once more with the functions in
the open, and what comes out are other routes to the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from byhand.check.exercise.routes import routes_of
from byhand.check.slips.disguise import recognised
from byhand.derive import Derivation, derive
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Call, Expr, Map, Named, Var, apply, intern
from byhand.lang.leaves import LEAVES
from byhand.lang.names import Grad, Name
from byhand.lang.walk import children, postorder, rebuild, substitute
from byhand.run.prove import is_proved

MOST_NODES = 40


def function_of(body: Expr) -> Map | Call | None:
    """The function of one quantity, of the same shape, that a formula writes out; ``None`` where it is none, or has its name already."""
    nodes = postorder(body, enter_named=False)
    operands = [node for node in nodes if isinstance(node, (Var, Named))]
    if len(operands) != 1 or operands[0].shape != body.shape or len(nodes) > MOST_NODES or _is_named(body):
        return None
    stand_in = intern(Var, "operand", body.shape, frozenset[str]())
    found = _function(substitute(body, {operands[0]: stand_in}), stand_in)
    fresh = None if found is None else substitute(found, {stand_in: operands[0]})
    return fresh if isinstance(fresh, (Map, Call)) else None


def _is_named(body: Expr) -> bool:
    """A function in the open has no formula that would be a better name for it."""
    return isinstance(body, (Var, Named)) or (isinstance(body, (Map, Call)) and len(body.args) == 1 and isinstance(body.args[0], (Var, Named)))


@lru_cache(maxsize=1024)
def _function(body: Expr, operand: Var) -> Expr | None:
    if all(isinstance(node, Var) or not isinstance(node, (Map, Call)) for node in postorder(body)):
        return None
    rule = recognised(body)
    if rule is not None and len(rule.args) == 1:
        return rule
    return next((apply(leaf, operand) for leaf in LEAVES if leaf.slips and is_proved(body, apply(leaf, operand))), None)


def routes_in_the_open(derivation: Derivation) -> Mapping[Name, tuple[Expr, ...]]:
    """For the name of each quantity other formulas for its gradient, in the nodes of the derivation itself.

    Functions that are written out are taken as what they are; a loss that is one rule is opened where the gradient that it sends back then
    cancels: what is left is y − t.
    """
    functions = {node.body: found for node in derivation.forward if (found := function_of(node.body)) is not None}
    opened = {node.body: node.body.body for node in derivation.forward if isinstance(node.body, Call) and len(node.body.args) > 1 and not node.shape}
    found = _derived_again(derivation, functions) if functions else {}
    for name, routes in (_derived_again(derivation, {**functions, **opened}) if opened else {}).items():
        if _uses_gradients(derivation.gradients[name].body):
            found[name] = (*found.get(name, ()), *(route for route in routes if not _uses_gradients(route)))
    return found


def _uses_gradients(body: Expr) -> bool:
    return any(isinstance(node, Named) and isinstance(node.name, Grad) for node in postorder(body, enter_named=False))


def _derived_again(derivation: Derivation, instead: Mapping[Expr, Expr]) -> dict[Name, tuple[Expr, ...]]:
    """The gradients with other formulas for the quantities on the way, those that can be said in the names of the derivation."""
    known = {node.name: node for node in (*derivation.forward, derivation.loss, *derivation.gradients.values())}
    now: dict[Expr, Expr] = {}
    for node in postorder(derivation.loss, enter_named=True):
        form = instead.get(node, node)
        now[node] = rebuild(form, tuple(now[part] for part in children(form))) if form is node and children(node) else _over(form, now)
    wanted = [now[node] for node in now if isinstance(node, (Var, Named)) and node.name in derivation.gradients and node is not derivation.loss]
    try:
        again = derive(now[derivation.loss], wanted)
    except ByhandError:
        return {}
    found: dict[Name, tuple[Expr, ...]] = {}
    for name, gradient in again.gradients.items():
        if name in derivation.gradients and name != derivation.loss.name:
            routes = (_renamed(route, known) for route in (gradient.body, *routes_of(again, gradient)))
            found[name] = tuple(route for route in routes if route is not None)
    return found


def _over(form: Expr, now: Mapping[Expr, Expr]) -> Expr:
    return substitute(form, {node: now[node] for node in postorder(form, enter_named=False) if isinstance(node, (Var, Named)) and node in now})


def _renamed(route: Expr, known: Mapping[Name, Named]) -> Expr | None:
    """The formula over the nodes of the derivation that is on the sheet; ``None`` where it mentions what that one does not have."""
    mentioned = [node for node in postorder(route, enter_named=False) if isinstance(node, Named)]
    return substitute(route, {node: known[node.name] for node in mentioned}) if all(node.name in known for node in mentioned) else None
