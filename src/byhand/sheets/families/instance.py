"""Families at a depth that is a number: ordinary expressions, derived by the ordinary sweep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

from byhand.derive import Derivation, derive
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, filled
from byhand.lang.sizes import Poly, Shape, Size, size
from byhand.lang.walk import postorder
from byhand.read.syntax import Tree
from byhand.sheets.families.indices import Index, Region, index_of, index_text, member, value
from byhand.sheets.families.model import Model
from byhand.sheets.families.system import System
from byhand.sheets.families.terms import Shapes
from byhand.show.conventions import Vectors, detect

DEEPEST = 6
SAMPLES = 2
"""How many samples (or members of any other family without a recursion) an instance has."""


@dataclass(slots=True)
class Instance:
    """The network with so many layers; sizes of layers stay letters."""

    depths: Mapping[str, int]
    model: Model
    derivations: dict[str, Derivation] = field(default_factory=dict[str, Derivation])

    @staticmethod
    def of(system: System, depths: Mapping[str, int], shapes: Shapes) -> Instance:
        region = Region(tuple(depths), (dict(depths),))
        found = Instance(depths, Model(system, region, lambda name, index: False, _none, shapes))
        found.model.gradients = lambda model, loss, name, index: found.gradient(loss, name, index)
        return found

    @property
    def env(self) -> dict[str, Poly]:
        return {letter: Poly.of(count) for letter, count in self.depths.items()}

    def loss(self, name: str) -> Named:
        loss = self.model.quantity(name, ())
        if not isinstance(loss, Named):
            raise ByhandError(f"{name} is given and not computed, so it has no gradient.")
        if any(axis != 1 for axis in loss.shape):
            raise ByhandError(f"cannot differentiate {name}: a gradient needs a single number, and {name} has several entries. Sum or average it first.")
        return loss

    def derivation(self, name: str) -> Derivation:
        """All gradients of a loss, from one sweep."""
        if name not in self.derivations:
            loss = self.loss(name)
            inside = [node for node in postorder(loss) if isinstance(node, (Named, Var))]
            self.derivations[name] = derive(loss, inside, filled(1, loss.shape) if loss.shape else None)
        return self.derivations[name]

    def gradient(self, loss: str, name: str, index: Index) -> Expr:
        node = self.model.quantity(name, index)
        assert isinstance(node, (Named, Var))
        found = self.derivation(loss).gradients.get(node.name)
        return filled(0, node.shape) if found is None else found


def _none(model: Model, loss: str, name: str, index: Index) -> Expr:
    raise ByhandError("no gradient is known here.")


@dataclass(slots=True)
class Instances:
    """The network at small depths. ``deep``: the letter that counts layers; any other range has ``SAMPLES`` members."""

    system: System
    deep: tuple[str, ...] = ()
    made: dict[tuple[tuple[str, int], ...], Instance] = field(default_factory=dict[tuple[tuple[str, int], ...], Instance])

    def at(self, depths: Mapping[str, int]) -> Instance:
        key = tuple(sorted(depths.items()))
        if key not in self.made:
            self.made[key] = Instance.of(self.system, depths, self)
        return self.made[key]

    def vectors(self) -> Vectors:
        """Whether vectors multiply matrices from the left, as rows do."""
        for depth in (3, 2, 1):
            instance = self.at(dict.fromkeys(self.system.depths, depth))
            try:
                nodes = [instance.model.quantity(one.name, ()) for one in self.system.equations if not one.index]
            except ByhandError:
                continue
            return detect([node.body for node in postorder(*nodes) if isinstance(node, Named)])
        return "columns"

    def shape(self, name: str, index: Index, region: Region) -> Shape:
        """The shape of a member at a symbolic index: what the shapes at whole numbers have in common."""
        points = _spread(region)
        shapes = [self.at({d: p[d] for d in self.system.depths}).model.quantity(name, tuple(Poly.of(value(one, p)) for one in index)).shape for p in points]
        return _common(member(name, index), shapes, points, [*index, *map(Poly.letter, self.system.depths), Poly.of(0)])

    def pattern(self, body: Tree, letters: tuple[str, ...]) -> Shape:
        """The shape of a formula as its index letters have it, well inside of their ranges."""
        shapes: list[Shape] = []
        points: list[Mapping[str, int]] = []
        trouble = ByhandError("the size of an empty product cannot be told from its factor.")
        depths = self.system.depths
        for counts, values in product(product(*((7 - 3 * k, 8 - 3 * k) for k in range(len(depths)))), product((2, 3), repeat=len(letters))):
            point = {**dict(zip(sorted(depths, key=lambda d: d not in self.deep), counts)), **dict(zip(letters, values))}
            instance = self.at({d: point[d] for d in self.system.depths})
            try:
                shapes.append(instance.model.expr(body, {**instance.env, **{k: Poly.of(point[k]) for k in letters}}).shape)
                points.append(point)
            except ByhandError as error:
                trouble = error
        if not points:
            raise trouble
        single = [*map(Poly.letter, (*letters, *self.system.depths))]
        return _common("the factor", shapes, points, [*single, Poly.of(0), *(a - b for a in single for b in single), *(a + b for a in single for b in single)])


def _common(what: str, shapes: list[Shape], points: list[Mapping[str, int]], bases: list[Poly]) -> Shape:
    """The one shape with index letters that gives all these shapes."""
    if len({len(shape) for shape in shapes}) > 1:
        raise ByhandError(f"{what} has not the same number of axes for all indices.")
    return tuple(_axis(what, axes, points, bases) for axes in zip(*shapes))


def _axis(name: str, axes: tuple[Size, ...], points: list[Mapping[str, int]], bases: list[Poly]) -> Size:
    if len(set(axes)) == 1:
        return axes[0]
    for base, shift in product(bases, (0, -1, 1, -2, 2)):
        pattern = base + shift
        found = next((_general(axis, pattern, point) for axis, point in zip(axes, points) if isinstance(axis, Poly)), None)
        fits = (_special(found, point) == axis for axis, point in zip(axes, points) if isinstance(axis, Poly)) if found is not None else iter((False,))
        if found is not None and all(fits):
            return size(found)
    raise ByhandError(f"the sizes of {name} follow no pattern that holds for all indices.")


def _spread(region: Region) -> list[Mapping[str, int]]:
    """A few points of a region, the deepest ones, far apart."""
    points = sorted(region.points, key=lambda point: sorted(point.values()), reverse=True)
    step = max(1, len(points) // 5)
    return [*points[::step], points[-1]]


def _general(axis: Size, pattern: Poly, point: Mapping[str, int]) -> Poly | None:
    """n[3] as n[l+1] where l + 1 is 3 at this point."""
    place = value(pattern, point)
    found = Poly.of(0)
    for monomial, amount in Poly.of(axis).terms:
        term = Poly.of(amount)
        for letter, power in monomial:
            name, _, foot = letter.partition("[")
            if foot and foot != f"{place}]":
                return None
            factor = Poly.letter(f"{name}[{index_text(pattern)}]" if foot else letter)
            for _ in range(power):
                term = term * factor
        found = found + term
    return found


def _special(axis: Poly, point: Mapping[str, int]) -> Size:
    """n[l+1] at a point."""
    found = Poly.of(0)
    for monomial, amount in axis.terms:
        term = Poly.of(amount)
        for letter, power in monomial:
            name, _, foot = letter.partition("[")
            factor = Poly.letter(f"{name}[{value(index_of(foot[:-1]), point)}]" if foot else letter)
            for _ in range(power):
                term = term * factor
        found = found + term
    return size(found)
