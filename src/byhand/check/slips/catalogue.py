"""All slips of an exercise: general ones, those of rules and leaves, and the sheet's own; each wrong, each once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from byhand.check.engine import Engine, variables_of
from byhand.check.exercise.classes import CLASS
from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.formulas.ground import Ground
from byhand.check.slips import general, of_rules, of_sheet, of_updates
from byhand.check.slips.agreement import agreeing, defined, fingerprint
from byhand.check.slips.draws import tried, with_sizes
from byhand.check.slips.mutation import Mutation
from byhand.check.slips.uses import Uses
from byhand.lang.expr import Expr
from byhand.run.arrays import Array
from byhand.run.prove import is_proved


@dataclass(frozen=True)
class Catalogue:
    """The slips of an exercise by the quantity in whose step they are made, the likeliest first.

    ``invisible``: those of them that give the right number with the data of the sheet, though they are wrong.
    """

    mutations: Mapping[str, tuple[Mutation, ...]]
    invisible: Mapping[str, tuple[Mutation, ...]] = field(default_factory=dict[str, "tuple[Mutation, ...]"])


def mutations_of(exercise: Exercise) -> Mapping[str, tuple[Mutation, ...]]:
    """The slips of each quantity, the likeliest first; those that change nothing with the data of the sheet come last.

    A quantity's slips are worked out when they are asked for: most answers are right, and nobody asks. ``ByhandError`` as for ``catalogue_of``, at once.
    """
    return _Found(exercise)


def catalogue_of(exercise: Exercise) -> Catalogue:
    """All slips of an exercise, those that change nothing on this sheet marked.

    The same expression is one slip; one that is proved equal to the right step is none. ``ByhandError`` for a slip of the sheet's
    own that is none, or marks for what the sheet does not have.
    """
    found = _Found(exercise)
    unseen = {name: same for name in found if (same := found.sorted_out(name)[1])}
    return Catalogue({name: slips for name, slips in found.items() if slips}, unseen)


class _Found(Mapping[str, tuple[Mutation, ...]]):
    """The slips of each quantity, found when they are looked up; the sheet's own are read at once, since they may be mistaken."""

    def __init__(self, exercise: Exercise) -> None:
        of_sheet.check_marks(exercise)
        self.exercise = exercise
        self._known: dict[str, tuple[tuple[Mutation, ...], tuple[Mutation, ...]]] = {}
        self._own = list(of_sheet.mutations(exercise, self._engine, self._env)) if exercise.settings.own else []

    def __getitem__(self, name: str) -> tuple[Mutation, ...]:
        wrong, same = self.sorted_out(name)
        return (*wrong, *same)

    def __iter__(self) -> Iterator[str]:
        return iter(self.exercise.quantities)

    def __len__(self) -> int:
        return len(self.exercise.quantities)

    def sorted_out(self, name: str) -> tuple[tuple[Mutation, ...], tuple[Mutation, ...]]:
        """Slips that change the number on this sheet, and slips that do not."""
        if name not in self._known:
            quantity = self.exercise.quantities[name]
            made = [*(one for one in self._own if one.of == name), *_made(self.exercise, quantity, self._uses)]
            self._known[name] = _sorted_out(quantity, _each_once(made), self._engine, self._env, self._ground)
        return self._known[name]

    @cached_property
    def _engine(self) -> Engine:
        return Engine(with_sizes(self.exercise))

    @cached_property
    def _env(self) -> Mapping[str, Array]:
        return tried(self.exercise, self._engine)

    @cached_property
    def _uses(self) -> Uses:
        return Uses(self.exercise, self._engine, self._env)

    @cached_property
    def _ground(self) -> Ground:
        return Ground(self.exercise)


def _made(exercise: Exercise, quantity: Quantity, uses: Uses) -> Iterator[Mutation]:
    known = exercise.slips.get(quantity.name, ())
    yield from known
    if any(one.id == CLASS for one in known):  # its formula is ours, and nobody makes slips in it
        return
    yield from of_rules.mutations(exercise, quantity, uses)
    yield from of_updates.mutations(exercise, quantity)
    yield from general.mutations(exercise, quantity)


def _each_once(found: list[Mutation]) -> list[Mutation]:
    """Of several slips that come to the same formula the likeliest, which is the first of the lowest rank; one for each number in the catalogue."""
    best: dict[tuple[Expr, str], Mutation] = {}
    for mutation in found:
        key = mutation.step, mutation.id
        if key not in best or mutation.rank < best[key].rank:
            best[key] = mutation
    numbered = {step for step, slip in best if not slip.startswith(general.UNNUMBERED)}
    kept = [one for (step, slip), one in best.items() if step not in numbered or not slip.startswith(general.UNNUMBERED)]
    return sorted(kept, key=lambda mutation: mutation.rank)


def _sorted_out(
    quantity: Quantity, found: list[Mutation], engine: Engine, env: Mapping[str, Array], ground: Ground
) -> tuple[tuple[Mutation, ...], tuple[Mutation, ...]]:
    """Those that change the number, and those that do not here; what is right is left out, and of one slip what is the same in other words."""
    fresh = [mutation for mutation in found if mutation.step not in quantity.steps]
    right = env.get(quantity.name)
    wrong: list[Mutation] = []
    same: list[Mutation] = []
    seen: set[tuple[str, bytes]] = set()
    for mutation, value in zip(fresh, values_of(engine, [mutation.step for mutation in fresh], env)):
        mark = (mutation.id, fingerprint(value)) if value is not None else None
        if mark in seen:
            continue
        seen |= {mark} if mark is not None else set()
        if value is None or right is None or value.shape[1:] != right.shape[1:]:
            wrong.append(mutation)
            continue
        agrees, known = agreeing(value, right), defined(value)
        if not known.any():
            wrong.append(mutation)
        elif not (agrees.all() and _is_right(quantity, mutation, ground)):
            hidden = agrees.all() or (agrees[0] and known[0] and quantity.truth is not None)
            (same if hidden else wrong).append(mutation)
    return tuple(wrong), tuple(same)


def _is_right(quantity: Quantity, mutation: Mutation, ground: Ground) -> bool:
    """Proved equal to a right step: as it stands, or with formulas put in for the names."""
    if any(is_proved(mutation.step, step) for step in quantity.steps):
        return True
    left, right = ground.spelled(mutation.step), ground.spelled(quantity.steps[0])
    return left is not None and right is not None and is_proved(left, right)


def values_of(engine: Engine, steps: Sequence[Expr], env: Mapping[str, Array]) -> list[Array | None]:
    """The values of formulas in all cases; ``None`` for one that cannot be worked out, or that uses a quantity without numbers."""
    known = [step for step in dict.fromkeys(steps) if env.keys() >= set(variables_of(step))]
    found = engine.values(known, env)
    if found is None:
        each = [(step, engine.values([step], env)) for step in known]
        table: dict[Expr, Array] = {step: value[0] for step, value in each if value is not None}
    else:
        table = dict(zip(known, found))
    cases = max(map(len, env.values()), default=1)
    spread = {step: np.broadcast_to(value, (cases, *value.shape[1:])) for step, value in table.items()}
    return [spread.get(step) for step in steps]
