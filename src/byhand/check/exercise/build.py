"""From a solved sheet to its exercise: every named quantity in the states the sheet goes through, and the step that leads to each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from byhand.check.engine import Engine
from byhand.check.exercise.classes import class_of
from byhand.check.exercise.places import Names, Place
from byhand.check.exercise.quantity import Exercise, Kind, Quantity
from byhand.check.exercise.routes import Forms, routes_of
from byhand.check.settings import Settings
from byhand.derive import Derivation
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var, intern, named
from byhand.lang.names import Grad, Name, Updated
from byhand.lang.walk import children, postorder, size_letters, substitute
from byhand.run.algebra import Measure
from byhand.run.bind import Value, bind_sizes, to_array
from byhand.sheets import solution as s
from byhand.sheets.conventions import conventions_of


def exercise_of(solution: s.Solution, text: str, settings: Settings | None = None) -> Exercise:
    """The exercise that a solved sheet is; ``text`` is the sheet itself, from which the digest is made."""
    items = [item for part in solution.parts for item in part.items]
    builder = _Builder(_sizes(items), _own_names(items))
    for item in items:
        builder.add_item(item)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    conventions = conventions_of(solution)
    forms = Forms.of(builder.found.values())
    quantities = _in_order({name: forms.with_others(quantity) for name, quantity in builder.found.items()})
    exercise = Exercise(solution.name, solution.title, digest, quantities, builder.sizes, conventions, settings or Settings())
    return replace(exercise, quantities=_with_numbers(exercise))


def _sizes(items: Iterable[s.Item]) -> dict[str, int]:
    """The size letters that the sheet's own data fixes."""
    given = [item for item in items if isinstance(item, s.Given)]
    data = {item.variable.name: item.value for item in given if item.value is not None}
    try:
        return dict(bind_sizes([item.variable for item in given], data))
    except ByhandError:
        return {}


def _own_names(items: Iterable[s.Item]) -> set[str]:
    """The names that stand on the sheet."""
    given = {item.variable.name for item in items if isinstance(item, s.Given)}
    return given | {str(item.quantity.name) for item in items if isinstance(item, (s.Defined, s.Asked, s.At))}


def _with_numbers(exercise: Exercise) -> Mapping[str, Quantity]:
    """The quantities, with numbers also for those on the way that the solution had no need to work out."""
    found = dict(exercise.quantities)
    engine = Engine(exercise)
    known = engine.truths()
    for name, quantity in found.items():
        if quantity.truth is None and quantity.steps and all(parent in known for parent in quantity.parents):
            values = engine.values(quantity.steps[:1], known)
            if values is not None and np.isfinite(values[0]).all():
                known[name] = values[0]
                found[name] = replace(quantity, truth=values[0][0], dims=values[0].shape[1:])
    return found


def _in_order(found: dict[str, Quantity]) -> dict[str, Quantity]:
    """Operands first; otherwise in the order in which the sheet meets them."""
    order: dict[str, Quantity] = {}
    entered: set[str] = set()
    stack = [(name, False) for name in reversed(found)]
    while stack:
        name, done = stack.pop()
        if done:
            order[name] = found[name]
        elif name not in entered:
            entered.add(name)
            stack.append((name, True))
            stack += [(parent, False) for parent in reversed(found[name].parents) if parent not in entered]
    return order


@dataclass(slots=True)
class _Builder:
    """Gathers quantities. ``own``: names that stand on the sheet, and what samples make of them. ``added``: nodes that are there, with all below them."""

    sizes: dict[str, int]
    own: set[str]
    found: dict[str, Quantity] = field(default_factory=dict[str, Quantity])
    names: Names = field(default_factory=Names)
    places: dict[int, Place] = field(default_factory=dict[int, Place])
    added: set[tuple[Place, Expr]] = field(default_factory=set[tuple[Place, Expr]])

    def add_item(self, item: s.Item) -> None:
        """What an item of the solution brings."""
        match item:
            case s.Given(variable, value):
                self._add(variable, Place(s.State(numbers={} if value is None else {variable.name: value})))
            case s.Defined(quantity, state):
                self._all(quantity, self._place(state))
            case s.Asked(_, quantity, state):
                self._ask(self._all(quantity, self._place(state)))
            case s.AskedUpdate(updated, value, before):
                self._ask(self._all(updated, self._place(before), value=value))
            case s.GradientOf(gradient, derivation, _, state):
                self._derived(derivation, self._place(state))
                self._ask(self._all(gradient, self._place(state)))
            case s.LocalOf(local, entries, state):
                self._ask(self._all(entries, self._place(state), (local.matrix,)))
            case s.Stepped(rounds=rounds):
                for one in rounds:
                    self._round(one)
            case s.At():
                self._at(item)
            case s.Answered(worked=worked, formulas=formulas, values=values, state=state):
                if worked is not None:
                    self._derived(worked.derivation, self._place(state))
                for formula in formulas:
                    self._found_by_analysis(formula, values.get(str(formula.name)), state)
                for name in values.keys() - self.found.keys():
                    self._number(name, values[name], state)
            case s.Prose() | s.Claimed():
                pass

    def _place(self, state: s.State, said: str = "") -> Place:
        return self.places.setdefault(id(state), Place(state, said))

    # ----------------------------------------------------------------------------------------- gradients and steps

    def _derived(self, derivation: Derivation, place: Place) -> None:
        """A loss with all its gradients."""
        whole = derivation.forward[-1] if derivation.forward else derivation.loss
        self._all(derivation.loss, place, () if whole is derivation.loss else (whole.body,))
        for gradient in derivation.gradients.values():
            if gradient.name != Grad(str(derivation.loss.name), str(derivation.loss.name)):
                self._all(gradient, place, routes_of(derivation, gradient))

    def _round(self, one: s.Round) -> None:
        """A step: on the sheet's data, on other data, or on samples one by one."""
        place = self._place(one.state, one.seen.partition(":")[0])
        if one.derivation is not None and not one.told:
            self._derived(one.derivation, place)
        for told in one.told:
            self._sample(one.derivation, told, place)
        for group in one.then if one.derivation is None else ():
            for node in group.quantities:
                self._all(node, place)
        for update in one.updates:
            working, last = [line.quantity for line in update.working], update.updated
            if update.formulas:
                *working, last = update.formulas
            for line in working:
                self._all(line, place)
            self._ask(self._all(last, place, value=update.value))

    def _sample(self, derivation: Derivation | None, told: Mapping[Expr, Expr], place: Place) -> None:
        """The loss of one sample with all its gradients."""
        if derivation is None:
            return
        whole: dict[Expr, Expr] = dict(told)
        for node, now in told.items():
            if isinstance(node, (Named, Var)) and isinstance(now, (Named, Var)) and str(node.name) in self.own:
                self.own.add(str(now.name))
        for node in (derivation.loss, *derivation.gradients.values()):
            now = whole.get(node)
            if isinstance(now, Named) and not (isinstance(now.name, Grad) and now.name.of == now.name.wrt) and node.name != _itself(derivation):
                routes = routes_of(derivation, node) if node is not derivation.loss else ()
                self._all(now, place, tuple(substitute(route, whole) for route in routes))

    # ----------------------------------------------------------------------------------------- other inputs, analyses

    def _at(self, item: s.At) -> None:
        """A quantity with other inputs, everything on the way to it with the same inputs; the class that it says."""
        place = Place(item.state, "", frozenset(item.inputs), _inputs_of(item.text)) if item.inputs else self._place(item.state)
        node = item.quantity
        if str(node.name) == item.text and item.argmax:
            node = named("scores", node.body)
        if not item.argmax:
            self.names.call(item.text, node, place)
        name = self._all(node, place, value=None if item.argmax else item.value)
        if not item.argmax:
            self._ask(name)
            return
        chosen = class_of(item.text, intern(Var, name, node.shape, frozenset[str]()))
        if chosen is not None:
            truth = to_array(item.text, item.value.tolist())
            text = self.names.call(item.text, chosen, place, truth)
            self.found[text] = Quantity(text, "defined", chosen, item.state, (chosen.body,), (name,), truth.shape, truth, asked=True)

    def _found_by_analysis(self, formula: Named, value: Value | None, state: s.State) -> None:
        """A formula that an analysis found, such as a closed form of a minimiser."""
        if isinstance(formula.name, Grad):
            self._all(formula, self._place(state), value=value)
        else:
            self._ask(self._all(formula, self._place(state), value=value))

    def _number(self, name: str, value: Value, state: s.State) -> None:
        """A number that an analysis found without a formula, such as the shortest of many minimisers."""
        node = intern(Var, name, value.shape, frozenset[str]())
        self.found[name] = Quantity(name, "defined", node, state, (), (), value.shape, value, asked=True)

    # ------------------------------------------------------------------------------------------ one quantity

    def _all(self, root: Named | Var, place: Place, routes: tuple[Expr, ...] = (), value: Value | None = None) -> str:
        """A quantity with everything below it; the name of it."""
        for node in postorder(root, *routes, below=lambda node: self._below(node, place)):
            if isinstance(node, (Named, Var)) and node is not root:
                self._add(node, place)
        return self._add(root, place, routes, value)

    def _below(self, node: Expr, place: Place) -> tuple[Expr, ...]:
        return () if (place, node) in self.added else children(node)

    def _ask(self, name: str) -> None:
        self.found[name] = replace(self.found[name], asked=True)

    def _add(self, node: Named | Var, place: Place, routes: tuple[Expr, ...] = (), value: Value | None = None) -> str:
        value = place.state.numbers.get(node.name) if value is None else value
        name = self.names.of(node, place, value)
        if (place, node) in self.added and not routes:
            return name
        self.added.add((place, node))
        known = self.found.get(name)
        if isinstance(node, Var) and known is not None:
            self.found[name] = _with_steps(known, known.steps, value)
            return name
        steps = tuple(self._over_names(body, place) for body in (node.body, *routes)) if isinstance(node, Named) else ()
        if known is not None:
            self.found[name] = _with_steps(known, (*known.steps, *steps) if known.steps else steps, value)
            return name
        dims = value.shape if value is not None else self._dims(node)
        fresh = Quantity(name, _kind(node), node, place.state, (), (), dims, value, own=self._is_own(node.name))
        self.found[name] = _with_steps(fresh, steps, value)
        return name

    def _over_names(self, body: Expr, place: Place) -> Expr:
        """The formula with a variable for each quantity that it mentions."""
        mentioned = [node for node in postorder(body, enter_named=False) if isinstance(node, (Named, Var))]
        return substitute(body, {node: self._variable(node, place) for node in mentioned})

    def _variable(self, node: Named | Var, place: Place) -> Var:
        facts = node.facts if isinstance(node, Var) else frozenset[str]()
        return intern(Var, self.names.of(node, place), node.shape, facts)

    def _dims(self, node: Expr) -> tuple[int, ...] | None:
        return Measure(self.sizes).dims(node.shape) if size_letters(node) <= self.sizes.keys() else None

    def _is_own(self, name: Name) -> bool:
        match name:
            case Grad(wrt=wrt):
                return wrt in self.own
            case Updated(stem):
                return stem in self.own
            case _:
                return name.rstrip("'") in self.own


def _itself(derivation: Derivation) -> Grad:
    return Grad(str(derivation.loss.name), str(derivation.loss.name))


def _with_steps(quantity: Quantity, steps: Iterable[Expr], value: Value | None) -> Quantity:
    """The quantity with these steps, none of them twice and none that only says its own name."""
    fresh = [step for step in dict.fromkeys(steps) if not (isinstance(step, Var) and step.name == quantity.name)]
    parents = dict.fromkeys(below.name for step in fresh for below in postorder(step) if isinstance(below, Var))
    truth = value if quantity.truth is None else quantity.truth
    dims = quantity.dims if truth is None else truth.shape
    return replace(quantity, steps=tuple(fresh), parents=tuple(parents), truth=truth, dims=dims)


def _kind(node: Named | Var) -> Kind:
    if isinstance(node, Var):
        return "given"
    return "gradient" if isinstance(node.name, Grad) else "updated" if isinstance(node.name, Updated) else "defined"


def _inputs_of(text: str) -> str:
    """``x=[1, 0]`` of ``at(x2, x=[1, 0])``: what stands behind the first comma outside of inner brackets."""
    depth = 0
    inside = text[text.index("(") + 1 : text.rindex(")")]
    for k, letter in enumerate(inside):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and not depth:
            return inside[k + 1 :].strip()
    return inside


def values_of(exercise: Exercise) -> dict[str, Value]:
    """The numbers of all quantities that have some."""
    return {name: quantity.truth for name, quantity in exercise.quantities.items() if quantity.truth is not None}
