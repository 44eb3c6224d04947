"""Local derivatives ∂y/∂x of any rank: the Jacobian, entry by entry and as a matrix, and the message it makes.

The message J ↦ Σ G·∂Y/∂X is linear in the incoming gradient G, so the Jacobian is read off it: put in for G the unit
arrays of Y's shape, all at once. Layout: the axes of y first, those of x after them (numerator layout).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, count
from typing import assert_never

from byhand.derive.simplify import collect, cost, simplify, with_facts
from byhand.derive.steps import Derivation
from byhand.derive.sweep import derive
from byhand.lang.build import index
from byhand.lang.errors import ByhandError, NotYetError
from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var, add, as_number, contract, filled, num, var
from byhand.lang.functions import permute
from byhand.lang.index import Affine, Gather, Reshape, Window
from byhand.lang.names import Grad, Name
from byhand.lang.sizes import Shape
from byhand.lang.spec import LETTERS, Spec
from byhand.lang.walk import children, postorder, rebuild, spelled_out

MOST_SIGNS = 2_000
"""Names, numbers, functions and sum signs in a derivative where nothing goes by a name."""


@dataclass(frozen=True, slots=True)
class Local:
    """∂y/∂x: ``jacobian`` has the shape of y followed by that of x.

    ``entries`` is an equal form whose index notation reads as textbooks print it, ``matrix`` one that reads as products of matrices.
    ``incoming`` stands for the gradient at y, ``message`` is what it becomes at x, ``derivation`` shows how.
    """

    y: Named
    x: Var | Named
    incoming: Var
    message: Expr
    entries: Expr
    matrix: Expr
    derivation: Derivation


def local_derivative(y: Named, x: Var | Named, taken: Iterable[str] = ()) -> Local:
    """The derivative of one quantity, of any shape, with respect to another."""
    used = {*taken, *(str(node.name) for node in postorder(y) if isinstance(node, (Named, Var)))}
    incoming = var(next(name for name in chain(("g",), (f"g{k}" for k in count(1))) if name not in used), y.shape)
    derivation = derive(y, [x], incoming, taken)
    gradient = derivation.gradients.get(x.name)
    raw = spelled_out([gradient.body], _is_no_gradient)[gradient.body] if gradient is not None else filled(0, x.shape)
    if cost(raw) > MOST_SIGNS:
        raise ByhandError(
            f"d{y.name}/d{x.name} written entry by entry would have more than {MOST_SIGNS:,} signs: ask for the derivative of something nearer to {x.name}, "
            "or for the gradient of a single number, where everything on the way keeps its name."
        )
    message = with_facts(simplify(raw))
    entries = jacobian(message, incoming)
    return Local(y, x, incoming, message, entries, _as_matrix(entries), derivation)


def _as_matrix(entries: Expr) -> Expr:
    """The form that reads best as products of matrices: without columns of ones if that can be, and short."""
    return min((entries, _expanded(entries), collect(entries, factored=False)), key=lambda form: (_stretched(form), cost(form)))


def _expanded(node: Expr) -> Expr:
    """What stands between matrix products multiplied out: (diag(p) − ppᵀ) W."""
    match node:
        case Contract(how, args, shape) if how.summed and len(args) == 2:
            return contract(how, *map(_expanded, args), sizes=dict(zip(how.output, shape)))
        case _:
            return collect(node, factored=False)


def _stretched(form: Expr) -> int:
    """How often something is stretched along an axis, as by a product with ones."""
    nodes = [node for node in postorder(form, enter_named=False) if isinstance(node, Contract) and as_number(node) is None]
    return sum(bool(node.spec.broadcast) and len(set(node.spec.output)) == len(node.shape) for node in nodes)


def _is_no_gradient(name: Name) -> bool:
    return not isinstance(name, Grad)


def jacobian(message: Expr, incoming: Var) -> Expr:
    """The array [y axes…, x axes…] of a message that is linear in ``incoming``."""
    front = incoming.shape
    message = _rules_opened(message, incoming)
    lifted: dict[Expr, Expr] = {incoming: _unit(front)}
    for node in postorder(message, enter_named=False):
        if node is not incoming and any(part in lifted for part in _operands(node)):
            lifted[node] = _lift(node, lifted, front)
    return lifted[message] if message in lifted else filled(0, front + message.shape)


def _operands(node: Expr) -> tuple[Expr, ...]:
    return () if isinstance(node, Named) else children(node)


def _rules_opened(message: Expr, incoming: Var) -> Expr:
    """The message with the definition in place of every rule that is applied to the incoming gradient."""
    done: dict[Expr, Expr] = {}
    for node in postorder(message, enter_named=False):
        parts = _operands(node)
        fresh = tuple(done[part] for part in parts)
        now = node if fresh == parts else rebuild(node, fresh)
        if isinstance(now, Call) and incoming in postorder(*now.args, enter_named=False):
            now = _rules_opened(now.body, incoming)
        done[node] = now
    return done[message]


def _unit(shape: Shape) -> Expr:
    """δ for every axis: entry [k…, k'…] is one where k = k'."""
    word = LETTERS[: len(shape)]
    return contract(Spec(("",), word + word), num(1), sizes=dict(zip(word, shape))) if shape else num(1)


def _lift(node: Expr, lifted: dict[Expr, Expr], front: Shape) -> Expr:
    """The node with the axes of the incoming gradient in front."""
    rank = len(front)
    match node:
        case Add(terms):
            return add([lifted.get(term, filled(0, front + term.shape)) for term in terms])
        case Contract(how, args, shape):
            extra = LETTERS[-rank:] if rank else ""
            words = tuple((extra if arg in lifted else "") + word for word, arg in zip(how.inputs, args))
            return contract(Spec(words, extra + how.output), *(lifted.get(arg, arg) for arg in args), sizes=dict(zip(how.output, shape)))
        case Index(by, scatter, arg, shape):
            return _lift_index(by, scatter, lifted[arg], front, shape)
        case Map() | Call() | Inverse() | Pick() | Var() | Named() | Num():
            raise NotYetError("cannot write this derivative as one array of numbers: its message is not linear in the incoming gradient.")
        case _:
            assert_never(node)


def _lift_index(by: Window | Reshape | Gather, scatter: bool, arg: Expr, front: Shape, shape: Shape) -> Expr:
    rank = len(front)
    plain = tuple(Affine(0, ((k, 1),)) for k in range(rank))
    match by:
        case Window(axes):
            moved = tuple(Affine(axis.offset, tuple((k + rank, stride) for k, stride in axis.strides)) for axis in axes)
            return index(Window(plain + moved), arg, front + shape, scatter)
        case Reshape():
            return index(by, arg, front + shape)
        case Gather():
            turned = permute(arg, (*range(rank, len(arg.shape)), *range(rank)))
            moved = index(by, turned, shape + front, scatter)
            return permute(moved, (*range(len(shape), len(shape) + rank), *range(len(shape))))
        case _:
            assert_never(by)
