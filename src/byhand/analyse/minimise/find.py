"""``minimise``: the stationary point of a quadratic in closed form, what kind of point it is, and when it is the only one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count

from byhand.analyse.columns import separated
from byhand.analyse.hessian import Hessian, depends, hessian
from byhand.analyse.matrix.conditions import speaks_of
from byhand.analyse.matrix.convert import convert
from byhand.analyse.matrix.definite import Curvature, Kind, curvature, of_words
from byhand.analyse.matrix.words import NotWords, Term, words
from byhand.analyse.minimise.gram import regrouped
from byhand.analyse.minimise.intercept import penalised
from byhand.analyse.minimise.joint import joint
from byhand.analyse.minimise.large import has_inverse, vanishes
from byhand.analyse.minimise.normal import split
from byhand.analyse.minimise.numbers import numbers_of
from byhand.analyse.minimise.outcome import Ends, Minimum, Numbers, Proof, Solved
from byhand.analyse.minimise.solving import by_entries, by_products
from byhand.analyse.minimise.wording import impossible
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Call, Expr, Map, Named, Operators, Pick, Var, describe, filled, is_zero, named, var
from byhand.lang.sizes import shape_text
from byhand.lang.walk import children, postorder, spelled_out, substitute
from byhand.run.bind import Given, Value, bind_sizes, to_array
from byhand.run.bounds import bounds
from byhand.run.prove import prove

DISCRETE = frozenset(("one_hot", "one_hot_columns", "signs", "sums_to_one", "symmetric"))
MOST_BLOCKS = 6


def minimise(loss: Expr, unknowns: Var | Sequence[Var], data: Mapping[str, Given] | None = None) -> Minimum:
    """The minimum of a scalar over one or several variables, in closed form where its gradient is affine in them.

    ``data``: numbers for the other variables, by name. Raises ``ByhandError`` for a loss that is no scalar or does not depend on an unknown.
    (The normal equations: Legendre 1805, Gauss 1809; Boyd, Vandenberghe, Convex Optimization, 9.1.)
    """
    wanted = (unknowns,) if isinstance(unknowns, Operators) else tuple(unknowns)
    arrays = {name: to_array(name, given) for name, given in (data or {}).items()}
    root = loss if isinstance(loss, Named) else named("L", loss)
    variables = [node for node in postorder(root) if isinstance(node, Var)]
    return found(root, wanted, arrays, bind_sizes(variables, arrays), [node.name for node in variables])


def check(loss: Expr, unknowns: Sequence[Var]) -> None:
    """``ByhandError`` for what cannot be minimised."""
    if loss.shape:
        shape = shape_text(loss.shape)
        raise ByhandError(f"cannot minimise {_name(loss)}: its shape is {shape}, and only a single number can be smallest. Sum or average it first.")
    for position, unknown in enumerate(unknowns):
        if not isinstance(unknown, Var):  # pyright: ignore[reportUnnecessaryIsInstance] - people pass anything
            raise ByhandError(f"minimise looks for values of what is given or declared; {_name(unknown)} is computed by a formula.")
        if unknown in unknowns[:position]:
            raise ByhandError(f"minimise names {unknown.name} twice.")
        if unknown not in postorder(loss):
            raise ByhandError(f"{_name(loss)} does not depend on {unknown.name}, so every {unknown.name} is as good as any other.")
        if held := sorted(unknown.facts & DISCRETE):
            raise ByhandError(f"minimise lets every entry of {unknown.name} vary freely, and {unknown.name} is declared {held[0].replace('_', '-')}.")
    if not unknowns:
        raise ByhandError("minimise names no unknown, as in minimise(L, w) or minimise(L, [w, b]).")
    if len(unknowns) > MOST_BLOCKS:
        raise ByhandError(f"minimise takes at most {MOST_BLOCKS} unknowns at once; {len(unknowns)} are named.")


def _name(node: object) -> str:
    return str(node.name) if isinstance(node, (Named, Var)) else "an expression"


def found(loss: Named, unknowns: tuple[Var, ...], data: Mapping[str, Value], sizes: Mapping[str, int], taken: Iterable[str], tag: str = "") -> Minimum:
    """The same with the sizes that are known; ``taken`` are names that nothing on the way may get, ``tag`` goes into those of the solution."""
    check(loss, unknowns)
    known = {name: value for name, value in data.items() if name not in {x.name for x in unknowns}}
    second = hessian(loss, unknowns, tuple(taken))
    second = replace(second, gradients=tuple(_in_full(gradient, unknowns) for gradient in second.gradients))
    if not second.quadratic:
        return _no_closed_form(loss, unknowns, second, known)
    bent = _curvature(second, known)
    if all(is_zero(block) for row in second.blocks for block in row):
        return Minimum(loss, unknowns, second, bent, "unbounded")
    solved = _solved(second, known, tag)
    counted = numbers_of(second, solved, known, sizes, tag)
    singular = _is_singular(bent, solved, counted)
    proofs = () if singular else tuple(_proofs(loss, second, solved))
    if any(proof.verdict.verdict == "fails" for proof in proofs):  # nothing is shown that does not hold
        solved, proofs = (), ()
    unsure = any(proof.verdict.verdict == "undecided" for proof in proofs)
    if counted is None and unsure and any(len(one.matrix.shape) == 2 and not has_inverse(one.matrix) for one in solved):
        singular, proofs = True, ()
    notes = tuple(penalised(bent, unknowns[0], known, sizes)) if len(unknowns) == 1 else ()
    bent = _by_numbers(bent, counted)
    return Minimum(loss, unknowns, second, bent, _ends(bent, counted), solved, proofs, counted, remarks=notes, tag=tag, singular=singular)


def _is_singular(bent: Curvature, solved: Sequence[Solved], counted: Numbers | None) -> bool:
    """Whether the normal equations have no inverse: at the data, or for all sizes and values."""
    if counted is not None:
        return counted.rank < counted.count
    return bool(impossible(bent.unique_if, describe)) or not all(has_inverse(one.matrix) for one in solved)


def _in_full(gradient: Expr, unknowns: Sequence[Var]) -> Expr:
    """Names that depend on an unknown spelled out; all others kept."""
    kept = frozenset(node.name for node in postorder(gradient) if isinstance(node, Named) and not depends(node, unknowns))
    return spelled_out([gradient], kept.__contains__)[gradient]


def _solved(second: Hessian, data: Mapping[str, Value], tag: str) -> tuple[Solved, ...]:
    try:
        return by_products(second.gradients, second.unknowns, data, tag)
    except NotWords:
        return by_entries(second, tag) if len(second.unknowns) == 1 else ()


def _proofs(loss: Named, second: Hessian, solved: Sequence[Solved]) -> Iterable[Proof]:
    """The gradient vanishes where it is said to."""
    stars: dict[Expr, Expr] = {one.unknown: one.star for one in solved}
    if len(stars) < len(second.unknowns):
        return
    for unknown, gradient in zip(second.unknowns, second.gradients):
        at = ", ".join(f"{one.unknown.name} = {one.star.name}" for one in sorted(solved, key=lambda one: second.unknowns.index(one.unknown)))
        there = substitute(gradient, stars)
        zero = filled(0, unknown.shape)
        verdict = prove(in_general(there, second.unknowns), zero)
        verdict = verdict if verdict.verdict == "holds" else prove(there, zero)
        verdict = (vanishes(there) if verdict.verdict == "undecided" else None) or verdict
        yield Proof(f"d{loss.name}/d{unknown.name} == 0 at {at}", there, zero, verdict)


def in_general(formula: Expr, unknowns: Sequence[Var]) -> Expr:
    """The formula with any array in the place of those that it only uses as they are: what holds then, holds for them."""
    inside = postorder(formula, below=lambda node: () if _stands_alone(node) else children(node))
    taken = {str(node.name) for node in postorder(formula) if isinstance(node, (Named, Var))} | {x.name for x in unknowns}
    fresh = (f"any{k}" for k in count(1) if f"any{k}" not in taken)
    return substitute(formula, {node: var(next(fresh), node.shape) for node in inside if _stands_alone(node)}, enter_named=True)


def _stands_alone(node: Expr) -> bool:
    """A named array that is given by a formula, or the value of a rule."""
    return bool(node.shape) and (isinstance(node, Call) or (isinstance(node, Named) and not str(node.name).endswith("*")))


# --------------------------------------------------------------------------------------------- which kind of point


def _curvature(second: Hessian, data: Mapping[str, Value]) -> Curvature:
    """From the structure of the second derivative alone."""
    try:
        linear = [split(convert(gradient, second.unknowns), second.unknowns) for gradient in second.gradients]
        if len(linear) > 1:
            return joint(linear, second.unknowns, data)
        parts = linear[0].of(second.unknowns[0])
        if any(part.turned for part in parts):
            raise NotWords
        if any(part.right for part in parts):
            return curvature([(part.front, part.left, part.right) for part in parts], data)
        rows = (*second.unknowns[0].shape, 1)[0]
        return of_words(regrouped(words((Term(part.front, part.left) for part in parts), rows, rows)), data)
    except NotWords:
        return _of_formula(second, data)


def _of_formula(second: Hessian, data: Mapping[str, Value]) -> Curvature:
    """From the second derivative itself where it is a matrix or a number."""
    block = second.matrices[0][0]
    small = separated(second.blocks[0][0]) if len(second.unknowns) == 1 and len(block.shape) == 4 else None
    if small is not None:
        return _of_matrix(small[1], data)
    if len(second.unknowns) > 1 or len(block.shape) > 2:
        return Curvature("unknown")
    if not block.shape:
        inside = bounds(block, data)
        found: Kind = "positive definite" if inside.positive else "negative definite" if inside.negative else "unknown"
        return Curvature("positive semidefinite" if found == "unknown" and inside.nonnegative else found)
    return _of_matrix(block, data)


def _of_matrix(matrix: Expr, data: Mapping[str, Value]) -> Curvature:
    try:
        return of_words(convert(matrix), data)
    except NotWords:
        return Curvature("unknown")


def _by_numbers(bent: Curvature, counted: Numbers | None) -> Curvature:
    """What the data decides that the structure left open."""
    if counted is None or bent.definite:
        return bent
    low, high = counted.low, counted.high
    if counted.rank == counted.count:
        kind = "positive definite" if low > 0 else "negative definite" if high < 0 else "indefinite"
    else:
        kind = "positive semidefinite" if low >= 0 else "negative semidefinite" if high <= 0 else "indefinite"
    return replace(bent, kind=kind, semi=())


def _ends(bent: Curvature, counted: Numbers | None) -> Ends:
    if counted is not None and not counted.solvable:
        return "unbounded"
    if bent.semi:
        return "open"
    match bent.kind:
        case "positive definite" | "positive semidefinite":
            return "minimum"
        case "negative definite" | "negative semidefinite":
            return "maximum"
        case "indefinite":
            return "saddle"
        case "zero":
            return "unbounded"
        case "unknown":
            return "open"


# -------------------------------------------------------------------------------------------------- no closed form


def _no_closed_form(loss: Named, unknowns: tuple[Var, ...], second: Hessian, data: Mapping[str, Value]) -> Minimum:
    bent = _of_formula(second, data) if second.smooth else Curvature("unknown")
    bent = replace(bent, unique_if=tuple(choice for choice in bent.unique_if if not any(speaks_of(need, unknowns) for need in choice)))
    ends: Ends = "minimum" if bent.kind in ("positive definite", "positive semidefinite") and not bent.semi else "open"
    return Minimum(loss, unknowns, second, bent, ends, why="higher" if second.smooth else "kinks", through=tuple(_through(second)))


def _through(second: Hessian) -> Iterable[Expr]:
    """The outermost functions through which an unknown still enters the second derivative; of kinks those in the gradient."""
    shown = [second.matrices[0][0]] if second.smooth else [*second.gradients]
    seen: set[Expr] = set()
    stack = list(shown)
    while stack:
        node = stack.pop()
        if node in seen or not depends(node, second.unknowns):
            continue
        seen.add(node)
        if isinstance(node, (Map, Call, Pick)):
            yield node
        else:
            stack += children(node)


__all__ = ["check", "found", "minimise"]
