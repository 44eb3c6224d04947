"""Where the quantities of an exercise are used on their way to the loss: what the gradient of each is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product

from byhand.check.engine import Engine, variables_of
from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.slips.agreement import agreeing, defined
from byhand.check.slips.draws import tried, with_sizes
from byhand.check.slips.rewritten import Rewritten, rewritten
from byhand.derive.back import Instead, passed_back
from byhand.derive.facts import sums_to_one
from byhand.derive.simplify import simplify, with_facts
from byhand.lang.expr import Call, Expr, Var, add, intern, num
from byhand.lang.names import Grad
from byhand.lang.walk import postorder, substitute
from byhand.run.arrays import Array

CLOSE = 1e-7
"""Relative difference up to which a gradient put together again counts as the right one."""


@dataclass(frozen=True, slots=True)
class Use:
    """A quantity that a gradient comes back from: its name, a formula for it over the names of quantities, and the gradient that comes in there.

    ``absorbed``: the quantities on the way whose formulas stand in this one in place of their names.
    """

    by: str
    body: Expr
    incoming: Expr
    absorbed: tuple[str, ...] = ()

    @property
    def value(self) -> Var:
        """The quantity itself in formulas."""
        return intern(Var, self.by, self.body.shape, frozenset[str]())


@dataclass(frozen=True, slots=True)
class Gradient:
    """What a gradient is made of: the variable it belongs to, and its uses."""

    quantity: Quantity
    to: Var
    uses: tuple[Use, ...]


@dataclass(frozen=True)
class Uses:
    """Looks up, for each gradient of an exercise, the uses that it is the sum of. ``env``: numbers to make sure of it."""

    exercise: Exercise
    engine: Engine
    env: Mapping[str, Array]
    _known: dict[str, Gradient | None] = field(init=False, default_factory=dict)
    _forms: dict[str, tuple[Rewritten, ...]] = field(init=False, default_factory=dict)

    @classmethod
    def of_exercise(cls, exercise: Exercise) -> Uses:
        engine = Engine(with_sizes(exercise))
        return cls(exercise, engine, tried(exercise, engine))

    def of(self, quantity: Quantity) -> Gradient | None:
        """The uses of one gradient; ``None`` where the exercise does not have all of them."""
        if quantity.name not in self._known:
            self._known[quantity.name] = next((one for one in self._tries(quantity) if self.is_right(one)), None)
        return self._known[quantity.name]

    def is_right(self, gradient: Gradient) -> bool:
        """Whether the messages of these uses add up to the gradient, in numbers at several points."""
        step, right = self.step(gradient), self.env.get(gradient.quantity.name)
        if step is None or right is None or not self.env.keys() >= set(variables_of(step)):
            return False
        found = self.engine.values([step], self.env)
        return found is not None and found[0].shape[1:] == right.shape[1:] and bool(defined(found[0]).any()) and bool(agreeing(found[0], right, CLOSE).all())

    # ---------------------------------------------------------------------------------------------- the uses

    def _tries(self, quantity: Quantity) -> Iterator[Gradient]:
        name = quantity.node.name
        if isinstance(name, Grad) and name.twice is None:
            for wrt in self._meant(name.wrt, quantity.name.removeprefix(str(name))):
                for own, place, sample in product((True, False), (0, -1), self._samples(wrt)):
                    uses = tuple(one for one in self._uses(quantity, name.of, wrt, own, place) if sample in (None, _sample(one.by)))
                    to = next((node for use in uses for node in postorder(use.body) if isinstance(node, Var) and node.name == wrt), None)
                    if to is not None:
                        yield Gradient(quantity, to, uses)

    def _meant(self, stem: str, tail: str) -> Iterator[str]:
        """The quantities that a name in the name of a gradient may mean: with as many primes, with fewer, of one sample, on a batch."""
        yield from (one for one in dict.fromkeys((stem + tail, stem)) if one in self.exercise.quantities)
        others = (one for one in self.exercise.quantities if re.fullmatch(rf"{re.escape(stem)}(_s?\d+)?'*( \(.*\))?", one))
        yield from (one for one in others if one not in (stem + tail, stem))

    def _samples(self, wrt: str) -> list[str | None]:
        """Of which samples the users are one by one, and all of them together."""
        found = dict.fromkeys(_sample(name) for name in self.exercise.users[wrt])
        return [*sorted(found), None] if len(found) > 1 else [None]

    def _uses(self, quantity: Quantity, of: str, wrt: str, own: bool, place: int) -> Iterator[Use]:
        """What uses a quantity, in the formulas of the sheet (``own``), or in those of the derivation, which has names for more."""
        for name in self.exercise.users[wrt]:
            user = self.exercise.quantities[name]
            steps = [step for step in (user.steps[:1] if own else user.steps) if wrt in variables_of(step)]
            if user.kind == "defined" and steps and (user.own or not own):
                incoming = self._incoming(user, of, quantity)
                if incoming is not None:
                    yield Use(name, steps[place], incoming)

    def _incoming(self, user: Quantity, of: str, quantity: Quantity) -> Expr | None:
        """The gradient at a user, in the same state as the gradient of what it uses."""
        if str(user.node.name) == of:
            return num(1) if not user.steps[0].shape else None
        tail = quantity.name.removeprefix(str(quantity.node.name))
        found = [one for one in self._gradients.get(of, ()) if user.name in self._meanings[one.name] and one.node.shape == user.steps[0].shape]
        found.sort(key=lambda one: (one.name.removeprefix(str(one.node.name)) != tail, one.state is not quantity.state))
        return found[0].variable if found else None

    @cached_property
    def _gradients(self) -> Mapping[str, list[Quantity]]:
        """The gradients of each loss."""
        found: dict[str, list[Quantity]] = {}
        for quantity in self.exercise.quantities.values():
            name = quantity.node.name
            if isinstance(name, Grad) and name.twice is None:
                found.setdefault(name.of, []).append(quantity)
        return found

    @cached_property
    def _meanings(self) -> Mapping[str, frozenset[str]]:
        """For each gradient the quantities that it may belong to."""
        gradients = [one for of_loss in self._gradients.values() for one in of_loss]
        names = [(one.name, one.node.name) for one in gradients]
        return {full: frozenset(self._meant(name.wrt, full.removeprefix(str(name)))) for full, name in names if isinstance(name, Grad)}

    # ------------------------------------------------------------------------------------------ gradients once more

    def with_formula(self, gradient: Gradient, use: Use) -> Gradient | None:
        """The same gradient with another formula of one of its users, that may go round quantities in between; ``None`` if that is not right."""
        rest = tuple(one for one in gradient.uses if one.by != use.by and one.by not in use.absorbed)
        fresh = replace(gradient, uses=(use, *rest))
        return fresh if self.is_right(fresh) else None

    def rewritten(self, quantity: Quantity) -> tuple[Rewritten, ...]:
        """The step of a quantity with the rules in it seen."""
        if quantity.name not in self._forms:
            self._forms[quantity.name] = tuple(rewritten(self.exercise, quantity))
        return self._forms[quantity.name]

    def through_rules(self, gradient: Gradient) -> Iterator[tuple[Use, Call]]:
        """The uses with a rule in them through which the gradient comes back, those where the rule is in disguise included."""
        for user, incoming in self._users(gradient):
            for form in self.rewritten(user):
                if gradient.to in postorder(form.body):
                    known = next((use for use in gradient.uses if use.by == user.name and use.body is form.body), None)
                    yield known or Use(user.name, form.body, incoming, form.absorbed), form.node

    def _users(self, gradient: Gradient) -> Iterator[tuple[Quantity, Expr]]:
        """What uses the quantity itself, and what uses it through one function in between: the loss, for the scores before softmax."""
        name = gradient.quantity.node.name
        assert isinstance(name, Grad)
        quantities = self.exercise.quantities
        for use in gradient.uses:
            yield quantities[use.by], use.incoming
        for use in gradient.uses:
            for further in self.exercise.users[use.by]:
                user = quantities[further]
                incoming = self._incoming(user, name.of, gradient.quantity) if user.kind == "defined" else None
                if incoming is not None and all(further != one.by for one in gradient.uses):
                    yield user, incoming

    def step(self, gradient: Gradient, at: Use | None = None, instead: Instead | None = None) -> Expr | None:
        """The gradient put together from its uses, inside one of them with other messages; ``None`` where it has another shape."""
        parts = [passed_back(use.body, gradient.to, use.incoming, use.value, instead if use is at else None) for use in gradient.uses]
        if any(part.shape != gradient.to.shape for part in parts) or not parts:
            return None
        return self.shortened(add(parts))

    def shortened(self, step: Expr) -> Expr:
        """A shorter formula that is equal on this sheet, by what is known of its quantities: the entries of p sum to one."""
        known: dict[Expr, Expr] = {node: self._with_facts(node) for node in postorder(step) if isinstance(node, Var)}
        simple = with_facts(simplify(substitute(step, known)))
        return substitute(simple, {fresh: node for node, fresh in known.items()})

    def _with_facts(self, node: Var) -> Expr:
        sums = bool(node.shape) and sums_to_one(self.exercise.quantities[node.name].node)
        return intern(Var, node.name, node.shape, node.facts | {"sums_to_one"}) if sums else node


def _sample(name: str) -> str:
    """The end of the name of a quantity that belongs to one sample of a batch."""
    found = re.search(r"_s\d+(?='*( \(.*\))?$)", name)
    return found[0] if found else ""
