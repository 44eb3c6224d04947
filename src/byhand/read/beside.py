"""What stands side by side: a function takes the factor behind it, a power the factor before it, and Σ without an index the products of entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from byhand.lang.functions import total
from byhand.read.functions import FUNCTIONS, function
from byhand.read.names import find, taken_apart, unknown
from byhand.read.rebuild import rebuilt
from byhand.read.static import Reader, error
from byhand.read.syntax import Applied, Chain, Grouped, Juxtaposed, Name, Negative, Number, Raised, Sum, Transposed, Tree
from byhand.read.value import Value


def called(reader: Reader, factors: Sequence[Tree]) -> list[Tree]:
    """The factors, with log p as log(p), and tanh²(z) as tanh(z)²."""
    found: list[Tree] = []
    waiting: Name | Raised | None = None
    for factor in factors:
        if waiting is not None:
            call = Applied(_named(waiting), factor.items if isinstance(factor, Grouped) else (factor,), (), waiting.at)
            found.append(replace(waiting, base=call) if isinstance(waiting, Raised) else call)
            waiting = None
        elif isinstance(factor, (Name, Raised)) and _is_waiting(reader, factor):
            waiting = factor
        else:
            found.append(factor)
    if waiting is not None:
        raise error(unknown(reader, _named(waiting).name), waiting)
    return found


def _is_waiting(reader: Reader, factor: Name | Raised) -> bool:
    """A function without its argument; tanh⁻¹ is no power of it."""
    match factor:
        case Name(name) | Raised(Name(name), Number()):
            return find(reader, name) is None and function(name) is not None
        case _:
            return False


def _named(waiting: Name | Raised) -> Name:
    base = waiting.base if isinstance(waiting, Raised) else waiting
    assert isinstance(base, Name)
    return base


# ------------------------------------------------------------------------------------ Σ without an index


def entries(reader: Reader, body: Tree) -> Value:
    """What is summed up: where factors of one shape stand side by side, as in Σ t log p, they are multiplied entry by entry."""
    return reader.value(_entrywise(reader, body))


def summed_up(value: Value) -> Value:
    return Value(total(value.expr), f"sum({value.text})")


def _entrywise(reader: Reader, tree: Tree) -> Tree:
    match tree:
        case Juxtaposed(factors):
            return _multiplied(reader, [("", factor) for factor in called(reader, factors)], tree)
        case Chain(first, rest) if any(op == "·" for op, _, _ in rest):
            return _multiplied(reader, [("", _entrywise(reader, first)), *((op, _entrywise(reader, part)) for op, part, _ in rest)], tree)
        case Sum() | Negative() | Chain():
            return rebuilt(tree, lambda part: _entrywise(reader, part))
        case _:
            return tree


def _multiplied(reader: Reader, factors: Sequence[tuple[str, Tree]], tree: Tree) -> Tree:
    """Factors with the sign before each, from left to right; side by side and with a dot entry by entry where they have one shape."""
    (_, found), *rest = factors
    for op, factor in rest:
        alike = op in ("", "·") and _alike(reader.value(found), reader.value(factor))
        found = Chain(found, (("⊙" if alike else op, factor, factor.at),), tree.at) if alike or op else Juxtaposed((found, factor), factor.at)
    return found


def _alike(left: Value, right: Value) -> bool:
    return left.rank > 0 and left.expr.shape == right.expr.shape and left.flipped == right.flipped


# ------------------------------------------------------------------------------------ powers and transposes


def tightly(reader: Reader, tree: Raised | Transposed) -> Tree:
    """A power of the last factor alone: c(y − t)² is c times (y − t)², and p pᵀ may be written together."""
    match tree.base:
        case Applied(Name(name) as first, (last,), ()) if _is_quantity(reader, name):
            return Juxtaposed((first, replace(tree, base=last)), tree.at)
        case Name(name) if pieces := taken_apart(reader, name):
            *before, last = (Name(piece, tree.at) for piece in pieces)
            return Juxtaposed((*before, replace(tree, base=last)), tree.at)
        case _:
            return tree


def _is_quantity(reader: Reader, name: str) -> bool:
    """Whether a name before brackets is a factor, or an entry that is one."""
    if function(name) is not None and (name in FUNCTIONS or reader.scope.find(name) is None):
        return False
    stem = name.rpartition("_")[0]
    return find(reader, name) is not None or (stem != "" and find(reader, stem) is not None)
