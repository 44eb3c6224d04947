"""Activations that are odd but for a constant, f(−z) = k − f(z) as for the sigmoid: a flip leaves a constant behind, which the next bias takes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from byhand.analyse.symmetries.activations import proved
from byhand.analyse.symmetries.axes import Axis
from byhand.analyse.symmetries.changes import changed, multiplied
from byhand.analyse.symmetries.found import Generator
from byhand.analyse.symmetries.grading import Slot, Structure, UnitByUnit
from byhand.analyse.symmetries.proving import local
from byhand.analyse.symmetries.solving import Equations
from byhand.lang.expr import Add, Contract, Expr, Var, as_number, contract, filled, var
from byhand.lang.spec import Spec
from byhand.lang.walk import children, substitute
from byhand.run.prove import prove


@dataclass(frozen=True, slots=True)
class _Use:
    """W·a in a sum with a bias: the weight with its letters, the bias with those of its axes, the letter of the units."""

    weight: Var
    word: str
    bias: Var
    bias_word: str
    unit: str


def shifted_flip(structure: Structure, unit: Axis, places: tuple[Slot, ...]) -> Generator | None:
    """Flips of this layer that the bias of the next one makes good, if there are any."""
    nodes = [node for node in structure.order() if structure.argument(node) is not None and structure.places(node, unit)]
    if len(nodes) != 1 or (constant := _constant(structure, nodes[0])) is None or (use := _use(structure, nodes[0])) is None:
        return None
    ways = UnitByUnit(structure, unit, Equations(signs=True), odd=frozenset(nodes)).solve(tuple(dict.fromkeys(slot[0] for slot in places)))
    powers = {slot: ways[0][slot] for slot in places if slot in ways[0]} if len(ways) == 1 else {}
    if not any(slot[0] is use.weight for slot in powers) or use.bias in (slot[0] for slot in powers):
        return None
    signs = var(structure.activations.fresh("s"), (unit.size,), ("signs",))
    after = changed(structure, ((slot, multiplied(signs, Fraction(1))) for slot in powers))
    flipped = (1 - signs) / 2
    after[use.bias] = use.bias + constant * contract(Spec((use.word, use.unit), use.bias_word), use.weight, flipped)
    root = local(structure, frozenset(after), unit)
    verdict = prove(substitute(root, {**after}), root)
    return Generator("shifted flip", powers, {use.bias: constant}, after, verdict) if verdict.verdict == "holds" else None


def _constant(structure: Structure, node: Expr) -> Fraction | None:
    """k where f(−z) = k − f(z)."""
    known = structure.activations.of(node)
    middle = as_number(substitute(known.value, {known.argument: filled(0, known.argument.shape)}))
    constant = middle.constant if middle is not None else None
    if not constant:
        return None
    negative = substitute(known.value, {known.argument: -known.argument})
    return 2 * constant if proved(negative + known.value, filled(2 * constant, known.value.shape)) else None


def _use(structure: Structure, node: Expr) -> _Use | None:
    """The only use of a node, if it is W·a + b with parameters W and b."""
    users = [other for other in structure.function.order if node in children(other)]
    if len(users) != 1 or not isinstance(users[0], Contract) or len(users[0].args) != 2 or len(users[0].spec.summed) != 1:
        return None
    product = users[0]
    sums = [other for other in structure.function.order if isinstance(other, Add) and product in other.terms]
    at = 1 - product.args.index(node)
    weight, word, unit = product.args[at], product.spec.inputs[at], product.spec.summed
    if len(sums) != 1 or not isinstance(weight, Var) or weight not in structure.function.moving or unit not in word:
        return None
    for term in sums[0].terms:
        bias, letters = (term, product.spec.output) if isinstance(term, Var) else _stretched(term, product.spec.output)
        if bias is not None and bias in structure.function.moving and set(letters) == set(word) - {unit} and len(set(letters)) == len(letters):
            return _Use(weight, word, bias, letters, unit)
    return None


def _stretched(term: Expr, output: str) -> tuple[Var | None, str]:
    """A bias that stands in a sum for every sample, with the letters of the sum."""
    match term:
        case Contract(how, (Var() as bias,)) if not how.summed:
            return bias, "".join(output[how.output.index(letter)] for letter in how.inputs[0])
        case _:
            return None, ""
