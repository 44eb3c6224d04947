"""Losses on one network side by side: output errors, what becomes of them where the output saturates, gradients of shared parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from byhand.analyse.compare.limits import Case, Limit, Setting, is_label, is_small, limits
from byhand.analyse.compare.shared import activation, parameters, parting, targets
from byhand.derive import Derivation, derive, simplify
from byhand.derive.simplify import with_facts
from byhand.lang.errors import ByhandError, ShapeError
from byhand.lang.expr import Contract, Expr, Named, Var, filled, named, var
from byhand.lang.names import Grad, Name
from byhand.lang.sizes import Poly, shape_text
from byhand.lang.walk import postorder, spelled_out, substitute
from byhand.run.bind import Given, Value, bind_sizes, to_array

Derive = Callable[[Named, Sequence[str]], Derivation]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the losses. ``errors``: its gradients at its own output, if it names one, and at the quantity shared (last); with the formulas in full.

    ``factors`` are those of the last, where it is an elementwise product.
    """

    loss: Named
    derivation: Derivation
    errors: tuple[tuple[Named, Expr], ...]
    gradients: Mapping[Name, Named]
    factors: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What one output error and its loss tend to in one case, and the factors of the error that vanish there."""

    error: Limit
    loss: Limit
    vanishing: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """``at``: where the losses part, ``None`` if they share only givens. ``cases`` has one behaviour for each side; ``exact``: by leading terms alone."""

    at: Named | Var | None
    sides: tuple[Side, ...]
    parameters: tuple[Named | Var, ...]
    target: Var | None
    cases: Mapping[Case, tuple[Behaviour, ...]]
    exact: bool = False


def compare(*losses: Expr, at: Named | Var | None = None, wrt: Sequence[Named | Var] | None = None, data: Mapping[str, Given] | None = None) -> Comparison:
    """Two or more losses, all scalars with names, side by side.

    ``at``: where output errors are taken, by default the deepest quantity that all losses share; ``wrt``: whose gradients are compared, by
    default all givens behind it. Raises ``ByhandError`` for fewer than two losses, for one that is no scalar or has no name, and where they share nothing.
    """
    checked = check_losses(losses)
    arrays = {name: to_array(name, given) for name, given in (data or {}).items()}
    variables = [node for node in postorder(*checked) if isinstance(node, Var)]
    known = {str(node.name): node for node in postorder(*checked) if isinstance(node, (Named, Var))}

    def derived(loss: Named, names: Sequence[str]) -> Derivation:
        return derive(loss, [known[name] for name in names if name in known])

    return compared(checked, at, wrt, frozenset(), derived, arrays, bind_sizes(variables, arrays))


def compared(
    losses: Sequence[Named],
    at: Named | Var | None,
    wrt: Sequence[Named | Var] | None,
    wanted: frozenset[str],
    derived: Derive,
    data: Mapping[str, Value],
    sizes: Mapping[str, int],
) -> Comparison:
    """The same for losses that were checked, with derivations from a sheet."""
    shared = parting(losses) if at is None else _checked(losses, at, "at")
    chosen = parameters(losses, shared, wanted) if wrt is None else tuple(_checked(losses, one, "with respect to") for one in wrt)
    if shared is None and not chosen:
        names = ", ".join(str(loss.name) for loss in losses[:-1])
        raise ByhandError(f"cannot compare {names} and {losses[-1].name}: no quantity stands in the formulas of all of them.")
    known = frozenset(node.name for node in postorder(*losses) if isinstance(node, (Named, Var)))
    sides = tuple(_side(loss, shared, chosen, derived, known) for loss in losses)
    if shared is None:
        return Comparison(None, sides, chosen, None, {})
    target = _target(losses, shared, data)
    cases, exact = _behaviours(sides, shared, target, data, sizes)
    if not any(is_nothing(one.error) for case, found in cases.items() for one in found if case.target == "right"):  # never right: a value, no label
        target = None
        cases, exact = _behaviours(sides, shared, None, data, sizes)
    return Comparison(shared, sides, chosen, target, cases, exact)


def check_losses(losses: Sequence[Expr]) -> tuple[Named, ...]:
    """The losses, if they can be compared."""
    if len(losses) < 2:
        raise ByhandError("compare takes two or more losses, as in compare(E, C).")
    for loss in losses:
        if not isinstance(loss, Named):
            what = f"{loss.name} is given" if isinstance(loss, Var) else "one of these has no name"
            raise ByhandError(f"compare takes losses that are defined by formulas under a name, as in compare(E, C); {what}.")
        if loss.shape:
            raise ShapeError(f"cannot compare {loss.name}: a loss is a single number, and its shape is {shape_text(loss.shape)}. Sum or average it first.")
    named_losses = tuple(loss for loss in losses if isinstance(loss, Named))
    twice = next((loss for k, loss in enumerate(named_losses) if loss in named_losses[:k]), None)
    if twice is not None:
        raise ByhandError(f"compare is given {twice.name} twice; it takes different losses, as in compare(E, C).")
    return named_losses


def _checked(losses: Sequence[Named], one: Named | Var, doing: str) -> Named | Var:
    """A quantity that every loss depends on."""
    for loss in losses:
        if one not in postorder(loss.body):
            raise ByhandError(f"cannot compare {', '.join(str(each.name) for each in losses)} {doing} {one.name}: {loss.name} does not depend on it.")
    return one


def _side(loss: Named, at: Named | Var | None, chosen: Sequence[Named | Var], derived: Derive, known: frozenset[Name]) -> Side:
    output = activation(loss, at) if at is not None else None
    places = [place for place in (output, at) if place is not None]
    derivation = derived(loss, [str(node.name) for node in (*places, *chosen)])
    errors = tuple((one, _in_full(one, known)) for one in (_gradient(derivation, place) for place in places))
    factors = _factors(errors[-1][1]) if errors else []
    return Side(loss, derivation, errors, {one.name: _gradient(derivation, one) for one in chosen}, tuple(factors))


def _gradient(derivation: Derivation, wrt: Named | Var) -> Named:
    missing = named(Grad(str(derivation.loss.name), str(wrt.name)), filled(0, wrt.shape))
    return derivation.gradients.get(wrt.name, missing)


def _in_full(gradient: Named, known: frozenset[Name]) -> Expr:
    """The formula in the names of the losses alone, the gradients on the way put in."""
    spelled = spelled_out([gradient.body], known.__contains__)[gradient.body]
    return with_facts(simplify(spelled))


# ------------------------------------------------------------------------------------------------ saturation


def _target(losses: Sequence[Named], at: Named | Var, data: Mapping[str, Value]) -> Var | None:
    """The one given quantity that says what the output should be, if it is a matter of right and wrong."""
    found = targets(losses, at)
    return found[0] if len(found) == 1 and is_label(found[0], data) else None


def _behaviours(
    sides: Sequence[Side], at: Named | Var, target: Var | None, data: Mapping[str, Value], sizes: Mapping[str, int]
) -> tuple[dict[Case, tuple[Behaviour, ...]], bool]:
    if not is_small(at.shape, sizes):
        return {}, False
    roots: list[tuple[Expr, bool]] = []
    for side in sides:
        roots += [(side.errors[-1][1], True), (side.loss.body, False), *((part, True) for part in side.factors)]
    found = limits([(cut(root, at), per_entry) for root, per_entry in roots], Setting(score(at), target, data, sizes))
    return {case: tuple(_grouped(list(values), [side.factors for side in sides])) for case, values in found.limits.items()}, found.exact


def score(at: Named | Var) -> Var:
    """The quantity shared as a variable of its own, whatever it is computed from."""
    return at if isinstance(at, Var) else var(str(at.name), at.shape)


def cut(root: Expr, at: Named | Var) -> Expr:
    """A formula over that variable. It is found by its name: a derivation names more on the way to it than the sheet does."""
    found = {node: score(at) for node in postorder(root) if isinstance(node, Named) and node.name == at.name}
    return substitute(root, {**found}, enter_named=True)


def _grouped(values: list[Limit], factors: Sequence[Sequence[Expr]]) -> list[Behaviour]:
    """The limits of one case, side by side: of the error, of the loss, of the error's factors."""
    found: list[Behaviour] = []
    for parts in factors:
        error, loss, *rest = (values.pop(0) for _ in range(2 + len(parts)))
        gone = tuple(part for part, limit in zip(parts, rest) if is_nothing(limit))
        found.append(Behaviour(error, loss, gone if is_nothing(error) else ()))
    return found


def is_nothing(limit: Limit) -> bool:
    return isinstance(limit, Poly) and not limit.terms


def _factors(formula: Expr) -> list[Expr]:
    """The factors of an elementwise product that have its shape; none if it is no product."""
    match formula:
        case Contract(how, (left, right)) if not how.summed and len(set(how.output)) == len(how.output):
            return [part for side in (left, right) for part in (_factors(side) or [side]) if part.shape == formula.shape]
        case _:
            return []
