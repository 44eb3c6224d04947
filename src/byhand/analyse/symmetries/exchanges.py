"""Hidden units that the formula writes out one by one, and layers beside each other: whole parameters change places, or units of two layers do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, permutations

from byhand.analyse.symmetries.activations import alike
from byhand.analyse.symmetries.changes import stretch
from byhand.analyse.symmetries.found import Generator, Layer
from byhand.analyse.symmetries.grading import Slot, Structure
from byhand.analyse.symmetries.twins import Twins
from byhand.lang.expr import Expr, Var
from byhand.lang.functions import concat
from byhand.lang.walk import substitute
from byhand.run.prove import prove

MOST_PARAMETERS = 40
"""Among more of them exchanges are not looked for."""
MOST_LAYERS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Exchanges:
    """``order``: in how many ways whole parameters may change places; ``pools``: layers whose units may mix, by their numbers."""

    order: int
    pools: tuple[tuple[int, ...], ...]
    generators: tuple[Generator, ...]


def exchanges(structure: Structure, parameters: tuple[Var, ...], layers: tuple[Layer, ...]) -> Exchanges:
    """Looked for among few parameters of equal shape, and among few layers."""
    pools, mixing = _pools(structure, layers)
    held = {slot[0] for layer in layers for slot in layer.slots}
    order, whole = _whole(structure, [one for one in parameters if one not in held])
    return Exchanges(order, pools, (*mixing, *whole))


# ------------------------------------------------------------------------------------------------ whole parameters


def _whole(structure: Structure, parameters: Sequence[Var]) -> tuple[int, list[Generator]]:
    """In how many ways whole parameters may change places, and some that make up all."""
    shapes = [one.shape for one in parameters]
    among = [one for one in parameters if shapes.count(one.shape) > 1]
    if len(among) > MOST_PARAMETERS:
        return 1, []
    proofs: dict[frozenset[tuple[Var, Var]], Generator | None] = {}

    def passes(after: Mapping[Var, Var]) -> bool:
        key = frozenset(after.items())
        if key not in proofs:
            proofs[key] = _proved(structure, after)
        return proofs[key] is not None

    order, made = Twins(structure.function, among, passes).order()
    return order, _shortest([one for after in made if (one := proofs[frozenset(after.items())]) is not None])


def _proved(structure: Structure, after: Mapping[Var, Expr]) -> Generator | None:
    root = structure.function.root
    changed = substitute(root, {**after})
    if changed is not root and not alike(changed, root):
        return None
    verdict = prove(changed, root)
    return Generator("exchange", {}, dict.fromkeys(after, Fraction(1)), after, verdict) if verdict.verdict == "holds" else None


def _shortest(ways: list[Generator]) -> list[Generator]:
    """Those that exchange the fewest parameters."""
    fewest = min((len(one.after) for one in ways), default=0)
    return [one for one in ways if len(one.after) == fewest]


# ------------------------------------------------------------------------------------------------ layers side by side


def _pools(structure: Structure, layers: tuple[Layer, ...]) -> tuple[tuple[tuple[int, ...], ...], list[Generator]]:
    """Layers of which a unit of one may change places with a unit of the other."""
    home = list(range(len(layers)))
    found: list[Generator] = []
    for a, b in combinations(range(len(layers)), 2) if len(layers) <= MOST_LAYERS else ():
        if home[a] != home[b] and (one := _between(structure, layers[a], layers[b])) is not None:
            found.append(one)
            home = [home[a] if k == home[b] else k for k in home]
    pools = {k: tuple(at for at, one in enumerate(home) if one == k) for k in home}
    return tuple(pool for pool in pools.values() if len(pool) > 1), found


def _between(structure: Structure, first: Layer, second: Layer) -> Generator | None:
    if len(first.slots) != len(second.slots) or not (_simple(structure, first) and _simple(structure, second)):
        return None
    for order in permutations(second.slots) if len(second.slots) <= 4 else ():
        pairs = list(zip(first.slots, order))
        if all(_fits(one, other) for one, other in pairs):
            after = {key: value for one, other in pairs for key, value in _first_units_exchanged(one, other).items()}
            found = _proved(structure, after)
            if found is not None:
                return Generator("exchange units", {slot: Fraction(1) for slot in (*first.slots, *order)}, {}, after, found.verdict)
    return None


def _simple(structure: Structure, layer: Layer) -> bool:
    parameters = [slot[0] for slot in layer.slots]
    return layer.permutes and len(set(parameters)) == len(parameters) and all(len(structure.leaves(slot[0], slot[1])) == 1 for slot in layer.slots)


def _fits(one: Slot, other: Slot) -> bool:
    """Whether a unit has the same shape in both."""
    (p, axis, _), (q, same, _) = one, other
    rest = [shape[:axis] + shape[axis + 1 :] for shape in (p.shape, q.shape)]
    return axis == same and rest[0] == rest[1] and p.facts == q.facts and p is not q


def _first_units_exchanged(one: Slot, other: Slot) -> dict[Var, Expr]:
    (p, axis, _), (q, _, _) = one, other
    first = [stretch(array, axis, 0, 1) for array in (p, q)]
    rest = [stretch(array, axis, 1, array.shape[axis]) for array in (p, q)]
    return {p: concat([first[1], rest[0]], axis), q: concat([first[0], rest[1]], axis)}
