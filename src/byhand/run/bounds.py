"""Between which bounds the entries of a formula lie, from declared facts, data, and what leaves and rules say of their values."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from byhand.derive.monomials import Monomial, TooMany, axes_word, expand
from byhand.lang.bounds import ANY, NONNEGATIVE, POSITIVE, SYMMETRIC, UNIT, Bounds
from byhand.lang.expr import Add, Call, Contract, Expr, Index, Inverse, Map, Named, Num, Pick, Var, contract
from byhand.lang.index import Affine, Gather, Reindexing, Reshape, Window
from byhand.lang.leaf import LOG
from byhand.lang.sizes import ONE, Poly, Shape, Size
from byhand.lang.spec import Spec
from byhand.lang.walk import children, postorder
from byhand.run.bind import Value


def bounds(root: Expr, data: Mapping[str, Value] | None = None) -> Bounds:
    """Bounds of all entries."""
    known: dict[Expr, Bounds] = {}
    for node in postorder(root, below=_below):
        known[node] = _of(node, known, data or {})
    return known[root]


def _below(node: Expr) -> tuple[Expr, ...]:
    """The operands; of a rule that says nothing of its values also the definition."""
    return (*node.args, node.body) if isinstance(node, Call) and _stated(node) is None else children(node)


def of_monomial(front: Monomial, data: Mapping[str, Value] | None = None) -> Bounds:
    """Bounds of a scalar in front of a product. What is divided by is not zero, wherever the formula has a value."""
    found = _number(front.number)
    for (atom, _), exponent in front.factors.items():
        found = found * _power(bounds(atom, data), exponent)
    return found


def _of(node: Expr, known: Mapping[Expr, Bounds], data: Mapping[str, Value]) -> Bounds:
    match node:
        case Var(name, _, facts):
            return _data(data[name]) if name in data and data[name].size else _facts(facts)
        case Named(_, body):
            return known[body]
        case Num(value):
            return _number(value)
        case Add(terms):
            total = known[terms[0]]
            for term in terms[1:]:
                total = total + known[term]
            return total
        case Contract():
            return _contraction(node, known)
        case Map(leaf, (arg,)) if leaf is LOG:
            return _logarithm(known[arg])
        case Map(leaf, args):
            return _power(known[args[0]], leaf.exponent) if leaf.exponent is not None else leaf.values
        case Index(by, scatter, arg, shape):
            return _moved(by, scatter, known[arg], arg.shape, shape)
        case Call():
            return _stated(node) or known[node.body]
        case Pick():
            return UNIT
        case Inverse():
            return ANY


def _stated(node: Call) -> Bounds | None:
    """What a rule states of its values. Numbers that are not negative and sum to one are at most one."""
    facts = node.rule.facts
    if not {"positive", "nonnegative"} & set(facts):
        return None
    low = POSITIVE if "positive" in facts else NONNEGATIVE
    return Bounds(low.low, Fraction(1), low.low_open, False) if "sums_to_one" in facts else low


def _logarithm(inner: Bounds) -> Bounds:
    """ln x has the sign of x − 1."""
    if inner.high <= 1:
        return -NONNEGATIVE if inner.high == 1 and not inner.high_open else -POSITIVE
    return (NONNEGATIVE if inner.low == 1 and not inner.low_open else POSITIVE) if inner.low >= 1 else ANY


def _facts(facts: frozenset[str]) -> Bounds:
    if facts & {"one_hot", "one_hot_columns"}:
        return UNIT
    if "signs" in facts:
        return SYMMETRIC
    if "positive" in facts:
        return POSITIVE
    return NONNEGATIVE if "nonnegative" in facts else ANY


def _data(value: Value) -> Bounds:
    entries = value.ravel().tolist()
    return Bounds(min(entries), max(entries), False, False)


def _number(value: Poly) -> Bounds:
    """A number over sizes; sizes are at least one."""
    if value.constant is not None:
        return Bounds(value.constant, value.constant, False, False)
    coefficients = [c for _, c in value.terms]
    return POSITIVE if all(c > 0 for c in coefficients) else -POSITIVE if all(c < 0 for c in coefficients) else ANY


def _moved(by: Reindexing, scatter: bool, inner: Bounds, source: Shape, target: Shape) -> Bounds:
    """Entries elsewhere: zeros where nothing is read or put, sums where several are put in one place."""
    match by:
        case Reshape():
            return inner
        case Gather() if not scatter:
            return inner
        case Window(axes) if not scatter and all(_inside(axis, n, target) for axis, n in zip(axes, source)):
            return inner
        case Gather() | Window():
            return _summed(_with_zero(inner)) if scatter else _with_zero(inner)


def _inside(axis: Affine, count: Size, target: Shape) -> bool:
    """Whether an index stays within an axis for every entry of the result; not where that depends on sizes."""
    first = Poly.of(axis.offset)
    last = first
    for k, stride in axis.strides:
        reach = (Poly.of(target[k]) - 1) * stride
        first, last = (first + reach, last) if stride < 0 else (first, last + reach)
    above, below = first.constant, (Poly.of(count) - 1 - last).constant
    return above is not None and above >= 0 and below is not None and below >= 0


def _summed(found: Bounds) -> Bounds:
    """A sum of unknown many such entries."""
    if found.nonnegative:
        return POSITIVE if found.positive else NONNEGATIVE
    return -(POSITIVE if found.negative else NONNEGATIVE) if found.nonpositive else ANY


def _with_zero(inner: Bounds) -> Bounds:
    """Windows read zeros outside."""
    return Bounds(min(inner.low, Fraction(0)), max(inner.high, Fraction(0)), inner.low < 0 and inner.low_open, inner.high > 0 and inner.high_open)


def _power(base: Bounds, exponent: Fraction) -> Bounds:
    if exponent.denominator == 1 and exponent % 2 == 0:
        return POSITIVE if exponent < 0 or base.nonzero else NONNEGATIVE
    if exponent == 1:
        return base
    if base.nonnegative or exponent.denominator == 2:
        return POSITIVE if exponent < 0 or base.positive else NONNEGATIVE
    return -(POSITIVE if exponent < 0 or base.negative else NONNEGATIVE) if base.nonpositive and exponent.denominator == 1 else ANY


def _contraction(node: Contract, known: Mapping[Expr, Bounds]) -> Bounds:
    """Products entry by entry, sums of such."""
    if len(node.args) == 1:
        found = known[node.args[0]]
    else:
        (left, right), (a, b) = node.args, node.spec.inputs
        found = _power(known[left], Fraction(2)) if left is right and a == b else known[left] * known[right]
        if found is ANY and (not node.spec.summed or a == b):
            found = _by_powers(contract(Spec((a, b), a), left, right) if node.spec.summed else node, known)
    if len(set(node.spec.output)) < len(node.spec.output):
        found = _with_zero(found)
    return _summed(found) if node.spec.summed else found


def _by_powers(node: Expr, known: Mapping[Expr, Bounds]) -> Bounds:
    """A product entry by entry in which factors come twice: y · (y · s)."""
    inside = frozenset(inner for inner in postorder(node, enter_named=False) if isinstance(inner, Add))
    try:
        terms = expand(node, axes_word(node), inside)
    except TooMany:
        return ANY
    if len(terms) != 1 or any(atom not in known for atom, _ in terms[0].factors):
        return ANY
    found = _number(terms[0].number)
    for (atom, _), exponent in terms[0].factors.items():
        of_signs = isinstance(atom, Var) and "signs" in atom.facts and exponent % 2 == 0
        found = found * (_number(ONE) if of_signs else _power(known[atom], exponent))
    return found
