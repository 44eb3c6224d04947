"""What a quantity is made of, given which ones were answered: formulas that go straight from the answers to it, right and wrong ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

from byhand.check.engine import variables_of
from byhand.check.exercise.over_names import put_in
from byhand.check.exercise.quantity import Exercise
from byhand.check.judge.turns import Turn, Turning, turning
from byhand.check.slips.mutation import Mutation
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Var, intern
from byhand.lang.walk import postorder, substitute
from byhand.run.arrays import Array

MOST_ROUTES = 8
"""How many other ways through what was left blank are tried."""


@dataclass(frozen=True, eq=False)
class Wrong:
    """A slip on the way to the quantity ``name``: ``made`` are the wrong steps, in its own step or in those of blank quantities before it.

    ``distance`` counts from that quantity backwards.
    """

    mutation: Mutation
    name: str
    distance: int
    made: Mapping[str, Expr]
    reaches: Reaches

    @property
    def places(self) -> tuple[str, ...]:
        """The quantities in whose steps the slip lies."""
        return tuple(self.made)

    @cached_property
    def at(self) -> Mapping[str, Expr]:
        """What becomes of these, as formulas over the answered quantities."""
        inner = self.reaches.inner(self.name)
        return {place: put_in(step, {one: body for one, body in inner.items() if one != place}) for place, step in self.made.items()}

    @cached_property
    def step(self) -> Expr | None:
        """What becomes of the quantity, as one formula over the answered ones; ``None`` where a wrong shape goes no further."""
        return self.reaches.changed(self.name, self.at)


@dataclass(frozen=True, slots=True)
class Reach:
    """``frontier``: the answered quantities that one quantity is made of; ``chain``: the blank computed ones on the way, operands first.

    ``steps``: formulas for it over the frontier and what is given.
    """

    frontier: tuple[str, ...]
    chain: tuple[str, ...]
    steps: tuple[Expr, ...]


@dataclass(slots=True)
class Reaches:
    """The reach of every quantity, given at which ones to stop since they have a value of their own. Shared by all who answered the same quantities.

    ``at_truth``: what each slip on the way to a quantity comes to at the true values.
    """

    exercise: Exercise
    mutations: Mapping[str, tuple[Mutation, ...]]
    stops: frozenset[str]
    found: dict[str, Reach] = field(default_factory=dict[str, Reach])
    slips: dict[str, tuple[Wrong, ...]] = field(default_factory=dict[str, "tuple[Wrong, ...]"])
    at_truth: dict[str, tuple[tuple[Wrong, Array], ...]] = field(default_factory=dict[str, "tuple[tuple[Wrong, Array], ...]"])
    turnings: dict[str, Turning | None] = field(default_factory=dict[str, "Turning | None"])
    inners: dict[str, Mapping[str, Expr]] = field(default_factory=dict[str, "Mapping[str, Expr]"])
    further: dict[str, Reaches] = field(default_factory=dict[str, "Reaches"])

    def stopped_at(self, name: str) -> Reaches:
        """The same with one more quantity that has a value of its own."""
        if name not in self.further:
            self.further[name] = Reaches(self.exercise, self.mutations, self.stops | {name})
        return self.further[name]

    def of(self, name: str) -> Reach:
        if name not in self.found:
            self.found[name] = self._search(name)
        return self.found[name]

    def wrong(self, name: str) -> tuple[Wrong, ...]:
        """Every slip in the step of a quantity, and in those of the blank ones that lead to it."""
        if name not in self.slips:
            self.slips[name] = tuple(self._slips(name))
        return self.slips[name]

    def turning(self, name: str) -> Turning | None:
        """The formula over the frontier with something added wherever a gradient on the way has a kink; ``None`` where none has."""
        if name not in self.turnings:
            self.turnings[name] = self._turning(name)
        return self.turnings[name]

    def _turning(self, name: str) -> Turning | None:
        quantities, chain = self.exercise.quantities, self.of(name).chain
        usual, fresh = self.inner(name), dict[str, Expr]()
        turns: list[Turn] = []
        for one in (*chain, name) if quantities[name].steps else ():
            step = quantities[one].steps[0]
            if quantities[one].kind == "gradient":
                found = turning(step, one)
                step = found.step
                turns += [replace(turn, arg=put_in(turn.arg, usual)) for turn in found.turns]
            fresh[one] = put_in(step, fresh)
        return Turning(fresh[name], tuple(turns)) if turns else None

    def _search(self, name: str) -> Reach:
        quantities, place = self.exercise.quantities, self.exercise.place
        frontier, chain = set[str](), set[str]()
        waiting = list(quantities[name].parents)
        while waiting:
            one = waiting.pop()
            if one in self.stops:
                frontier.add(one)
            elif one not in chain and quantities[one].steps:
                chain.add(one)
                waiting += quantities[one].parents
        ordered = sorted(chain, key=place.__getitem__)
        inner = self._inner(ordered)
        steps = dict.fromkeys(put_in(step, inner) for step in quantities[name].steps)
        steps |= dict.fromkeys(islice(self._other_routes(name, ordered, inner), MOST_ROUTES))
        return Reach(tuple(sorted(frontier, key=place.__getitem__)), tuple(ordered), tuple(steps))

    def _other_routes(self, name: str, chain: list[str], inner: Mapping[str, Expr]) -> Iterator[Expr]:
        """Formulas in which a blank quantity is made in another way, of answers that its usual formula does not need."""
        quantities = self.exercise.quantities
        for one in chain:
            usual, *others = quantities[one].steps
            for other in others:
                if self.stops.intersection(variables_of(other)).difference(variables_of(usual)):
                    yield put_in(quantities[name].steps[0], self._inner(chain, {one: put_in(other, inner)}, inner))

    def _inner(self, chain: Sequence[str], instead: Mapping[str, Expr] | None = None, right: Mapping[str, Expr] | None = None) -> dict[str, Expr]:
        """The formula of each blank quantity over the frontier; ``instead``: those that have another one; ``right``: what they are without that."""
        inner, changed = dict[str, Expr](), set[str]()
        for one in chain:
            quantity = self.exercise.quantities[one]
            if right is not None and one not in (instead or {}) and changed.isdisjoint(quantity.parents):
                inner[one] = right[one]
                continue
            changed.add(one)
            inner[one] = (instead or {}).get(one) or put_in(quantity.steps[0], inner)
        return inner

    def inner(self, name: str) -> Mapping[str, Expr]:
        """The formula of each blank quantity on the way to one, over the answered ones."""
        if name not in self.inners:
            self.inners[name] = self._inner(self.of(name).chain)
        return self.inners[name]

    def changed(self, name: str, at: Mapping[str, Expr]) -> Expr | None:
        """A quantity over the answered ones, with other formulas for some on the way."""
        if name in at:
            return at[name]
        try:
            return put_in(self.exercise.quantities[name].steps[0], self._inner(self.of(name).chain, at, self.inner(name)))
        except (ByhandError, ValueError):
            return None

    def _slips(self, name: str) -> Iterator[Wrong]:
        chain = self.of(name).chain
        yield from (Wrong(mutation, name, 0, {name: mutation.step}, self) for mutation in self.mutations.get(name, ()))
        for distance, blank in enumerate(reversed(chain), 1):
            for mutation in self.mutations.get(blank, ()):
                each = self._likewise(mutation, chain)
                if each:
                    words = f"{mutation.message}, and likewise for each other sample"
                    yield Wrong(replace(mutation, message=words), name, distance, each, self)
                yield Wrong(mutation, name, distance, {blank: mutation.step}, self)

    def _likewise(self, mutation: Mutation, chain: Sequence[str]) -> dict[str, Expr]:
        """The slip made for every sample, where samples are gone through one by one and this is the first of them; else nothing."""
        samples = self.exercise.samples
        each = samples.get(mutation.of, ())
        if not each or each[0] != mutation.of or not set(each).issubset(chain):
            return {}
        families = {names[0]: names for names in samples.values()}
        return {blank: _renamed(mutation.step, {names[0]: names[k] for names in families.values() if k < len(names)}) for k, blank in enumerate(each)}


def _renamed(step: Expr, names: Mapping[str, str]) -> Expr:
    """The formula with other names for some of its variables."""
    found = [node for node in postorder(step) if isinstance(node, Var) and node.name in names]
    return substitute(step, {node: intern(Var, names[node.name], node.shape, node.facts) for node in found})
