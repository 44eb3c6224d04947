"""Mistakes in how a gradient comes back through the parts of a formula: a part taken for a constant, or the factor of a mean left out.

The message of one node is exchanged for a wrong one, and everything else follows from the formula itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from itertools import combinations

from byhand.check.backward.problem import Problem
from byhand.derive.back import Instead, passed_back
from byhand.lang.english import listed
from byhand.lang.expr import Call, Contract, Expr, Map, Named, Num, Var, contract, intern, scale
from byhand.lang.sizes import Poly
from byhand.lang.spec import Spec
from byhand.lang.walk import children, postorder, rebuild, substitute

MOST_PARTS, MOST_AT_ONCE, MOST_NODES = 8, 3, 80
WAY = "{way}"
"""Stands in messages where the end of the way back is named."""
LONGEST = 100
"""Characters of a formula that stands in a message."""


@dataclass(frozen=True, slots=True)
class Detour:
    """A wrong formula for a gradient over the inputs, named intermediates and the incoming gradient, made when it is asked for.

    ``words`` end "matches what you get if …", with a place for the end of the way; the same for all inputs. ``given``: what else stands in the formula
    under a name, with a formula of its own. ``mistakes``: how far-fetched it is; a quantity with a name comes to mind sooner than a sum without one.
    """

    id: str
    words: str
    formula: Callable[[], Expr]
    given: Mapping[str, Expr] = field(default_factory=dict[str, "Expr"])
    mistakes: int = 1


def detours(problem: Problem, of: str) -> Iterator[Detour]:
    """The wrong gradients of one input, those with the fewest mistakes first; none for an intermediate."""
    to = next((node for node in postorder(problem.value) if isinstance(node, Var) and node.name == of), None)
    if to is not None:
        yield from _without_factors(problem, _opened(problem.value), to)
        yield from _powers(problem, _opened(problem.value), to)
        yield from _constants(problem, _named_parts(problem, to), to)
        yield from _constants(problem, _sums(problem, to), to)


def _back(problem: Problem, whole: Expr, to: Var, instead: Instead | None = None) -> Expr:
    return passed_back(whole, to, intern(Var, problem.incoming, whole.shape, frozenset[str]()), whole, instead)


# ---------------------------------------------------------------------------------------------------- constants


@dataclass(frozen=True, slots=True)
class _Part:
    """A part that somebody may take for a constant, in words; ``node`` stands in ``root``, ``stand_in`` is it as a constant."""

    words: str
    root: Expr
    node: Expr
    stand_in: Var


def _constants(problem: Problem, parts: Sequence[_Part], to: Var) -> Iterator[Detour]:
    for many in range(1, min(MOST_AT_ONCE, len(parts)) + 1):
        for chosen in combinations(parts, many):
            given = {part.stand_in.name: part.node for part in chosen if not isinstance(part.node, Named)}
            words = listed(part.words for part in chosen)
            message = f"{words} {'is treated as a constant' if many == 1 else 'are treated as constants'}{WAY}"
            yield Detour("S38", message, partial(_held, problem, chosen, to), given, many + MOST_AT_ONCE * bool(given))


def _held(problem: Problem, parts: Sequence[_Part], to: Var) -> Expr:
    """The gradient with these parts as constants."""
    held: dict[Expr, Expr] = {part.node: part.stand_in for part in parts}
    return _back(problem, _opened(substitute(parts[0].root, held, enter_named=True)), to)


def _named_parts(problem: Problem, to: Var) -> list[_Part]:
    """The quantities that have a name on the way from an input to the output."""
    nodes = [node for node in postorder(problem.value) if isinstance(node, Named) and node is not problem.value and to in postorder(node)]
    found = [_Part(str(node.name), problem.value, node, intern(Var, str(node.name), node.shape, frozenset[str]())) for node in nodes]
    return found[-MOST_PARTS:]


def _sums(problem: Problem, to: Var) -> list[_Part]:
    """The sums over an axis in the whole formula, such as means and sums of squares, the plainest first."""
    whole = _opened(problem.value)
    nodes = [node for node in postorder(whole) if isinstance(node, Contract) and node.spec.summed and node is not whole and to in postorder(node)]
    said = [(node, problem.text(unspread(node))) for node in nodes]
    short = [(node, text) for node, text in said if len(text) <= LONGEST][:MOST_PARTS]
    return [_Part(text, whole, node, intern(Var, f"part {k}", node.shape, frozenset[str]())) for k, (node, text) in enumerate(short)]


def unspread(node: Contract) -> Expr:
    """A sum without the axes that it is stretched along."""
    kept = "".join(c for c in node.spec.output if c not in node.spec.broadcast)
    return contract(Spec(node.spec.inputs, kept), *node.args)


# ------------------------------------------------------------------------------------------------------ factors


def _without_factors(problem: Problem, whole: Expr, to: Var) -> Iterator[Detour]:
    """The factors of means that are left out on the way back, one of them or all."""
    found: list[tuple[str, Expr, Expr, Poly]] = []
    for node in postorder(whole):
        match node:
            case Contract(how, (Num(value), rest)) if how.inputs == ("", how.output) and _kept(value) != value and to in postorder(rest):
                found.append((str(value).removeprefix("-"), node, rest, _kept(value)))
            case _:
                pass
    table: dict[Expr, Callable[[Expr, Expr], Sequence[tuple[Expr, Expr]]]] = {node: _scaled(rest, kept) for _, node, rest, kept in found}
    for words, node, rest, _ in found:
        text = problem.text(unspread(rest) if isinstance(rest, Contract) else rest)
        what = f" of {text}" if len(text) <= LONGEST else ""
        message = f"the factor {words}{what} is missing{WAY}: the sum stands for the mean"
        yield Detour("S22", message, partial(_back, problem, whole, to, {node: table[node]}))
    if len(found) > 1:
        factors = listed(dict.fromkeys(words for words, *_ in found))
        message = f"the factor {factors} of every mean is missing{WAY}: sums stand for the means"
        yield Detour("S22", message, partial(_back, problem, whole, to, table))


def _kept(value: Poly) -> Poly:
    """A number without what it divides by: 2 for 2/d."""
    return Poly(tuple((tuple((letter, power) for letter, power in letters if power > 0), Fraction(amount.numerator)) for letters, amount in value.terms))


def _scaled(rest: Expr, factor: Poly) -> Callable[[Expr, Expr], Sequence[tuple[Expr, Expr]]]:
    return lambda g, y: ((rest, scale(factor, g)),)


def _powers(problem: Problem, whole: Expr, to: Var) -> Iterator[Detour]:
    """The exponent that comes down as a factor is left out, or does not get less by one."""
    for node in postorder(whole):
        if isinstance(node, Map) and node.leaf.exponent is not None and to in postorder(node):
            (x,), exponent, text = node.args, node.leaf.exponent, problem.text(node)
            if len(text) <= LONGEST:
                wrong = {
                    f"the factor {exponent} of the derivative of {text} is missing": x ** (exponent - 1),
                    f"the exponent {exponent} of {text} is not made smaller by one in its derivative": exponent * node,
                }
                for message, slope in wrong.items():
                    yield Detour("S34", message, partial(_back, problem, whole, to, {node: _times(x, slope)}))


def _times(x: Expr, slope: Expr) -> Callable[[Expr, Expr], Sequence[tuple[Expr, Expr]]]:
    return lambda g, y: ((x, g * slope),)


# ------------------------------------------------------------------------------------------------ the whole formula


def parts_of(problem: Problem) -> Iterator[tuple[Expr, str]]:
    """What the forward formula is made of: its quantities, and the arrays without a name in it, with how they are written."""
    seen: set[Expr] = set()
    for node in [*postorder(problem.value, enter_named=True), *postorder(_opened(problem.value))]:
        if not isinstance(node, Num) and node is not problem.value and node not in seen:
            seen.add(node)
            text = str(node.name) if isinstance(node, (Var, Named)) else problem.text(node)
            if len(text) <= LONGEST and len(seen) <= MOST_NODES:
                yield node, text


def _opened(root: Expr) -> Expr:
    """The formula with formulas put in for names and definitions for rules."""
    done: dict[Expr, Expr] = {}
    for node in postorder(root, below=_inside):
        if isinstance(node, (Named, Call)):
            done[node] = done[node.body]
        else:
            parts = children(node)
            fresh = tuple(done[part] for part in parts)
            done[node] = node if fresh == parts else rebuild(node, fresh)
    return done[root]


def _inside(node: Expr) -> tuple[Expr, ...]:
    return (node.body,) if isinstance(node, Call) else children(node)
