"""Gradients of families: each member's gradient is the sum of what comes back from the members that use it.

Which members these are is found from the indices of the equations: z[l] is used by z[l+1] where that exists, and by f
where l is L − 1. Each message is derived by the ordinary sweep through one equation, with the gradient of that equation's
own member coming in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from byhand.derive import Derivation, derive
from byhand.lang.errors import ByhandError, NotYetError
from byhand.lang.expr import Expr, Named, Var, add, filled, intern, named
from byhand.lang.names import Grad
from byhand.lang.sizes import Poly
from byhand.lang.walk import postorder, substitute
from byhand.read.rebuild import everywhere
from byhand.read.syntax import Indexed, Name
from byhand.sheets.families.indices import Bound, Env, Index, affine, index_of, member, put
from byhand.sheets.families.model import Model
from byhand.sheets.families.seen import Atom
from byhand.sheets.families.system import Equation, System

Seeds = Callable[[str, Index], bool]


@dataclass(frozen=True, slots=True)
class Back:
    """One equation that uses a member, at the values of its letters; ``free``: letters that take all their values."""

    equation: Equation
    env: Env
    free: tuple[Bound, ...]

    @property
    def index(self) -> Index:
        return tuple(put(own, self.env) for own in self.equation.index)


def uses(system: System, name: str) -> list[tuple[Equation, Index]]:
    """The equations that a name occurs in, with the index it has there."""
    found: list[tuple[Equation, Index]] = []
    for one in system.equations:
        patterns: dict[Index, None] = {}
        if one.term == name:
            patterns[tuple(Poly.letter(k) for k in (*one.letters, *(bound.letter for bound in one.inner)))] = None
        for node in everywhere(one.value) if one.value is not None else ():
            if isinstance(node, Indexed) and isinstance(node.base, Name) and node.base.name == name and name in system.families:
                patterns[tuple(affine(item, {}) for item in node.items[: system.families[name]])] = None
            elif isinstance(node, Name) and node.name == name and (name not in system.families or any(not other.index for other in system.of(name))):
                patterns[()] = None
        found += [(one, pattern) for pattern in patterns]
    if name in system.families and any(not other.index for other in system.of(name)):
        found = [(one, pattern) for one, pattern in found if pattern or not _only_inside(one, name)]
    return found


def _only_inside(equation: Equation, name: str) -> bool:
    """Whether a name occurs in an equation with an index each time."""
    tree = equation.value
    nodes = everywhere(tree) if tree is not None else []
    bases = {id(node.base) for node in nodes if isinstance(node, Indexed)}
    return all(id(node) in bases for node in nodes if isinstance(node, Name) and node.name == name)


def backs(model: Model, name: str, index: Index) -> Iterator[Back]:
    """Where the gradient of a member comes from."""
    found = [(one, pattern) for one, pattern in uses(model.system, name) if len(pattern) == len(index)]
    for position, (one, pattern) in enumerate(found):
        _check_apart(name, pattern, [other for equation, other in found[:position] if equation is one])
        solved = _solved(model, one, pattern, index)
        if solved is not None:
            yield solved


def _check_apart(name: str, pattern: Index, others: list[Index]) -> None:
    """One equation may use a name at several indices only if these can never be the same."""
    for other in others:
        gaps = [a - b for a, b in zip(pattern, other)]
        if not any(gap.constant not in (None, 0) for gap in gaps):
            raise NotYetError(f"{name} is used at two indices in one formula that may be the same; give one of them a name of its own.")


def _solved(model: Model, equation: Equation, pattern: Index, index: Index) -> Back | None:
    """The values of an equation's letters at which its pattern is this index; ``None`` where there are none."""
    own = {bound.letter for bound in (*equation.over, *equation.inner)}
    env: dict[str, Poly] = {}
    conditions: list[Poly] = []
    for part, given in zip(pattern, index):
        letters = sorted(part.letters & own)
        if len(letters) > 1:
            raise NotYetError(f"an index with two index letters, {part}, cannot be followed back.")
        if letters and letters[0] not in env:
            slope = dict(part.terms)[((letters[0], 1),)]
            env[letters[0]] = (given - (part - Poly.letter(letters[0]) * slope)) * (1 / slope)
        else:
            conditions.append(put(part, env) - given)
    if not all(model.region.is_zero(one) for one in conditions):
        return None
    bounds = (*equation.over, *(equation.inner if equation.term is not None else ()))
    free: list[Bound] = []
    for bound in bounds:
        if bound.letter in env:
            if not model.region.inside(env[bound.letter], put(bound.low, env), put(bound.high, env)):
                return None
        elif bound in equation.over:
            letter = _unused(bound.letter, model, env)
            free.append(Bound(letter, put(bound.low, env), put(bound.high, env)))
            env[bound.letter] = Poly.letter(letter)
    return Back(equation, env, tuple(free))


def _unused(letter: str, model: Model, env: Env) -> str:
    taken = {*model.region.letters, *(one for poly in env.values() for one in poly.letters)}
    return next(one for one in (letter, *"jkpqrstuv") if one not in taken)


# ------------------------------------------------------------------------------------------------- messages


@dataclass(frozen=True, slots=True)
class Message:
    """What one equation sends back to one member: the derivation through it, and the message itself."""

    back: Back
    derivation: Derivation | None
    body: Expr


def through(model: Model, loss: str, back: Back, node: Var, incoming: Expr) -> Message:
    """The message of one equation, all its operands standing for themselves."""
    if back.equation.term is not None:
        return Message(back, None, incoming)
    assert back.equation.value is not None
    consumer = named(member(back.equation.name, back.index), model.in_general().expr(back.equation.value, back.env))
    derivation = derive(consumer, [node], incoming, model.system.taken, loss)
    found = derivation.gradients.get(node.name)
    return Message(back, derivation, filled(0, node.shape) if found is None else found.body)


def gradient(model: Model, loss: str, name: str, index: Index, seeds: Seeds) -> Named:
    """A gradient as a formula, down to the gradients that ``seeds`` leaves standing for themselves."""
    index = model.settled(index)
    if (loss, name, index) in model.sent:
        return model.sent[loss, name, index]
    node = opaque_node(model, name, index)
    title = Grad(loss, member(name, index))
    if name == loss and not index:
        found = named(title, filled(1, node.shape))
    elif seeds(name, index):
        found = named(title, intern(Var, f"∂{member(name, index)}", node.shape, frozenset()))
    else:
        terms = [_term(model, loss, back, node) for back in backs(model, name, index)]
        found = named(title, add(terms) if terms else filled(0, node.shape))
    model.sent[loss, name, index] = found
    return found


def _term(model: Model, loss: str, back: Back, node: Var) -> Expr:
    if not back.free:
        return _message(model, loss, back, node)
    bound, *more = back.free

    def term(inner: Model, k: Poly) -> Expr:
        env = {**{letter: put(one, {bound.letter: k}) for letter, one in back.env.items()}}
        rest = tuple(one.put({bound.letter: k}) for one in more)
        return _term(inner, loss, Back(back.equation, env, rest), node)

    key = f"message {loss} {node.name} {back.equation.name} {[str(one) for one in back.equation.index]} "
    return model.folded(Atom("sum", bound, term, lambda k: key + str([str(put(one, {bound.letter: k})) for one in back.env.values()]), shape=node.shape))


def _message(model: Model, loss: str, back: Back, node: Var) -> Expr:
    """The message with the real operands put in."""
    incoming = model.gradients(model, loss, back.equation.name, back.index)
    if back.equation.term is not None:
        return incoming
    return _realised(model, through(model, loss, back, node, incoming).body, incoming)


def _realised(model: Model, body: Expr, incoming: Expr) -> Expr:
    """A formula whose members stood for themselves, with the formulas they have in this model."""
    inside = [one for one in postorder(body, enter_named=False) if isinstance(one, (Var, Named)) and one is not incoming]
    return substitute(body, {one: _real(model, one, incoming) for one in inside})


def _real(model: Model, node: Var | Named, incoming: Expr) -> Expr:
    if not isinstance(node.name, str):
        return _realised(model, node.body, incoming) if isinstance(node, Named) else node
    name, _, foot = node.name.partition("[")
    if foot and name in model.system.families:
        return model.quantity(name, tuple(index_of(part) for part in foot[:-1].split(",")))
    if model.system.is_known(node.name):
        return model.quantity(node.name, ())
    return _realised(model, node.body, incoming) if isinstance(node, Named) else node


def opaque_node(model: Model, name: str, index: Index) -> Var:
    """A member standing for itself."""
    node = model.in_general().quantity(name, index)
    if not isinstance(node, Var):
        raise ByhandError(f"{member(name, index)} is no quantity.")
    return node
