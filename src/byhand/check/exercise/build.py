"""From a solved sheet to its exercise: every named quantity in the states the sheet goes through, and the step that leads to each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from byhand.check.exercise.quantity import Exercise, Kind, Quantity
from byhand.check.settings import Settings
from byhand.derive import Derivation
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, intern
from byhand.lang.names import Grad, Updated
from byhand.lang.walk import children, postorder, size_letters, substitute
from byhand.run.algebra import Measure
from byhand.run.bind import Value, bind_sizes
from byhand.sheets import solution as s
from byhand.sheets.conventions import conventions_of


def exercise_of(solution: s.Solution, text: str, settings: Settings | None = None) -> Exercise:
    """The exercise that a solved sheet is; ``text`` is the sheet itself, from which the digest is made."""
    builder = _Builder(_sizes(solution))
    for part in solution.parts:
        for item in part.items:
            builder.add_item(item)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    conventions = conventions_of(solution)
    return Exercise(solution.name, solution.title, digest, _in_order(builder.found), builder.sizes, conventions, settings or Settings())


def _sizes(solution: s.Solution) -> dict[str, int]:
    """The size letters that the sheet's own data fixes."""
    given = [item for part in solution.parts for item in part.items if isinstance(item, s.Given)]
    data = {item.variable.name: item.value for item in given if item.value is not None}
    try:
        return dict(bind_sizes([item.variable for item in given], data))
    except ByhandError:
        return {}


def _in_order(found: dict[str, Quantity]) -> dict[str, Quantity]:
    """Operands first; otherwise in the order in which the sheet meets them."""
    order: dict[str, Quantity] = {}
    stack = [(name, False) for name in reversed(found)]
    while stack:
        name, done = stack.pop()
        if name in order:
            continue
        if done:
            order[name] = found[name]
            continue
        stack.append((name, True))
        stack += [(parent, False) for parent in reversed(found[name].parents) if parent not in order]
    return order


@dataclass(slots=True)
class _Builder:
    """Gathers quantities. ``touched``: how many steps each node has seen, for each state."""

    sizes: dict[str, int]
    found: dict[str, Quantity] = field(default_factory=dict[str, Quantity])
    touched: dict[tuple[int, Expr], int] = field(default_factory=dict[tuple[int, Expr], int])
    states: list[s.State] = field(default_factory=list[s.State])

    def add_item(self, item: s.Item) -> None:
        """What an item of the solution brings."""
        match item:
            case s.Given(variable, value):
                self._add(variable, s.State(numbers={} if value is None else {variable.name: value}))
            case s.Defined(quantity, state):
                self._all(quantity, state)
            case s.Asked(_, quantity, state):
                self._all(quantity, state)
                self._ask(quantity, state)
            case s.GradientOf(gradient, derivation, _, state):
                self._derived(derivation, state)
                self._all(gradient, state)
                self._ask(gradient, state)
            case s.Stepped(derivation, _, rounds):
                for one in rounds:
                    if not one.seen:
                        self._derived(derivation, one.state)
                        self._updates(one)
            case _:
                pass

    def _derived(self, derivation: Derivation, state: s.State) -> None:
        self._all(derivation.loss, state)
        for gradient in derivation.gradients.values():
            self._all(gradient, state, _routes(derivation, gradient))

    def _updates(self, one: s.Round) -> None:
        for update in one.updates:
            for line in update.working:
                self._all(line.quantity, one.state)
            name = self._all(update.updated, one.state)
            if update.value is not None:
                self.found[name] = replace(self.found[name], truth=update.value, dims=update.value.shape)
            self.found[name] = replace(self.found[name], asked=True)

    # ------------------------------------------------------------------------------------------ one quantity

    def _all(self, root: Named | Var, state: s.State, routes: tuple[Expr, ...] = ()) -> str:
        """A quantity with everything below it; the name of it."""
        for node in postorder(root, *routes):
            if isinstance(node, (Named, Var)) and node is not root:
                self._add(node, state)
        return self._add(root, state, routes)

    def _ask(self, node: Named | Var, state: s.State) -> None:
        name = self.name(node, state)
        self.found[name] = replace(self.found[name], asked=True)

    def _add(self, node: Named | Var, state: s.State, routes: tuple[Expr, ...] = ()) -> str:
        name = self.name(node, state)
        known = self.found.get(name)
        if known is not None and (not routes or len(known.steps) > 1 or isinstance(node, Var)):
            return name
        value = state.numbers.get(node.name)
        steps = tuple(dict.fromkeys(self._over_names(body, state) for body in (node.body, *routes))) if isinstance(node, Named) else ()
        parents = dict.fromkeys(below.name for body in steps for below in postorder(body) if isinstance(below, Var))
        dims = value.shape if value is not None else self._dims(node)
        fresh = Quantity(name, _kind(node), node, state, steps, tuple(parents), dims, value)
        self.found[name] = replace(fresh, asked=known.asked) if known is not None else fresh
        return name

    def _over_names(self, body: Expr, state: s.State) -> Expr:
        """The formula with a variable for each quantity that it mentions."""
        mentioned = [node for node in postorder(body, enter_named=False) if isinstance(node, (Named, Var))]
        return substitute(body, {node: self._variable(node, state) for node in mentioned})

    def _variable(self, node: Named | Var, state: s.State) -> Var:
        facts = node.facts if isinstance(node, Var) else frozenset[str]()
        return intern(Var, self.name(node, state), node.shape, facts)

    def _dims(self, node: Expr) -> tuple[int, ...] | None:
        return Measure(self.sizes).dims(node.shape) if size_letters(node) <= self.sizes.keys() else None

    def name(self, node: Named | Var, state: s.State) -> str:
        """What answers call a quantity: its name, with a prime for each step it has seen, and the run of the sheet."""
        plain = str(node.name)
        times = 0 if isinstance(node.name, Updated) else self._times(node, state)
        primed = plain + "'" * times
        return primed if state.run == 1 or not primed.endswith("'") else f"{primed} (run {state.run})"

    def _times(self, root: Expr, state: s.State) -> int:
        """How many steps the quantity has seen: as many as the parameters below it."""
        if not state.taken:
            return 0
        if state not in self.states:
            self.states.append(state)
        where = self.states.index(state)
        for node in postorder(root, below=lambda node: () if (where, node) in self.touched else children(node)):
            if (where, node) not in self.touched:
                own = state.taken.get(node.name, 0) if isinstance(node, Var) else 0
                self.touched[where, node] = max([own, *(self.touched[where, part] for part in children(node))])
        return self.touched[where, root]


def _kind(node: Named | Var) -> Kind:
    if isinstance(node, Var):
        return "given"
    return "gradient" if isinstance(node.name, Grad) else "updated" if isinstance(node.name, Updated) else "defined"


def _routes(derivation: Derivation, gradient: Named) -> tuple[Expr, ...]:
    """Other formulas for a gradient that its derivation went through: each is equal to the one shown."""
    identities = [step for step in derivation.steps_of(gradient.name) if step.through is None or step.rule == "insert"]
    return tuple(dict.fromkeys(side for step in identities for side in _sides(step.before, step.after, gradient)))


def _sides(before: Expr, after: Expr, gradient: Named) -> Iterator[Expr]:
    yield from (side for side in (after, before) if side.shape == gradient.shape and side is not gradient.body)


def values_of(exercise: Exercise) -> dict[str, Value]:
    """The numbers of all quantities that have some."""
    return {name: quantity.truth for name, quantity in exercise.quantities.items() if quantity.truth is not None}
