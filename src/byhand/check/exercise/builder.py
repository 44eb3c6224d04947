"""Gathers the quantities of an exercise, item by item of a solved sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from byhand.check.exercise.classes import CLASS, class_of
from byhand.check.exercise.places import Naming, Place
from byhand.check.exercise.quantity import Kind, Quantity
from byhand.check.exercise.routes import routes_of
from byhand.check.exercise.written_out import function_of, routes_in_the_open
from byhand.check.slips.mutation import Mutation
from byhand.derive import Derivation
from byhand.lang.expr import Expr, Named, Var, intern, named
from byhand.lang.names import Grad, Name, Updated
from byhand.lang.walk import children, postorder, size_letters, substitute
from byhand.run.algebra import Measure
from byhand.run.bind import Value, to_array
from byhand.sheets import solution as s


@dataclass(slots=True)
class Builder:
    """Gathers quantities. ``own``: names that stand on the sheet, and what samples make of them. ``added``: nodes that are there, with all below them."""

    sizes: dict[str, int]
    own: set[str]
    found: dict[str, Quantity] = field(default_factory=dict[str, Quantity])
    names: Naming = field(default_factory=Naming)
    places: dict[int, Place] = field(default_factory=dict[int, Place])
    added: set[tuple[Place, Expr]] = field(default_factory=set[tuple[Place, Expr]])
    slips: dict[str, list[Mutation]] = field(default_factory=dict[str, list[Mutation]])
    aliases: dict[str, str] = field(default_factory=dict[str, str])
    left_out: list[str] = field(default_factory=list[str])
    samples: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

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
            case s.Answered():
                self._analysed(item)
            case s.Prose() | s.Claimed():
                pass

    def _place(self, state: s.State, said: str = "") -> Place:
        return self.places.setdefault(id(state), Place(state, said))

    # ----------------------------------------------------------------------------------------- gradients and steps

    def _derived(self, derivation: Derivation, place: Place) -> None:
        """A loss with all its gradients."""
        whole = derivation.forward[-1] if derivation.forward else derivation.loss
        self._all(derivation.loss, place, () if whole is derivation.loss else (whole.body,))
        others = routes_in_the_open(derivation)
        for of, gradient in derivation.gradients.items():
            if gradient.name != Grad(str(derivation.loss.name), str(derivation.loss.name)):
                self._all(gradient, place, (*routes_of(derivation, gradient), *others.get(of, ())))

    def _round(self, one: s.Round) -> None:
        """A step: on the sheet's data, on other data, or on samples one by one."""
        place = self._place(one.state, one.seen.partition(":")[0])
        if one.derivation is not None and not one.told:
            self._derived(one.derivation, place)
        for number, told in enumerate(one.told, 1):
            self._sample(one.derivation, told, place, number)
        for group in one.then if one.derivation is None else ():
            for node in group.quantities:
                self._all(node, place)
        for update in one.updates if one.told else ():
            for node in postorder(update.updated, enter_named=True):
                if isinstance(node, Named) and isinstance(node.name, Grad) and node.name.of.endswith(("_sum", "_mean")):
                    of, _, how = node.name.of.rpartition("_")
                    for said in (how, "batch", "all samples"):
                        self.aliases.setdefault(f"{Grad(of, node.name.wrt)} ({said})", self._all(node, place))
        for update in one.updates:
            working, last = [line.quantity for line in update.working], update.updated
            if update.formulas:
                *working, last = update.formulas
            for line in working:
                self._all(line, place)
            self._ask(self._all(last, place, value=update.value))

    def _sample(self, derivation: Derivation | None, told: Mapping[Expr, Expr], place: Place, number: int) -> None:
        """The loss of one sample with all its gradients."""
        if derivation is None:
            return
        whole: dict[Expr, Expr] = dict(told)
        others = routes_in_the_open(derivation)
        wrt = {gradient: of for of, gradient in derivation.gradients.items()}
        for node, now in told.items():
            if isinstance(node, (Named, Var)) and isinstance(now, (Named, Var)) and str(node.name) in self.own:
                self.own.add(str(now.name))
        for node in (derivation.loss, *derivation.gradients.values()):
            now = whole.get(node)
            if isinstance(now, Named) and not (isinstance(now.name, Grad) and now.name.of == now.name.wrt) and node.name != _itself(derivation):
                routes = (*routes_of(derivation, node), *others.get(wrt[node], ())) if node is not derivation.loss else ()
                self._all(now, place, tuple(substitute(route, whole) for route in routes))
        for node, now in told.items():
            if isinstance(node, (Named, Var)) and isinstance(now, (Named, Var)) and now is not node and (place, now) in self.added:
                name = self.names.of(now, place)
                self.aliases.setdefault(f"{node.name} (sample {number})", name)
                each = self.samples.setdefault(str(node.name), [])
                if len(each) == number - 1:
                    each.append(name)

    # ----------------------------------------------------------------------------------------- other inputs, analyses

    def _at(self, item: s.At) -> None:
        """A quantity with other inputs, everything on the way to it with the same inputs; the class that it says."""
        place = Place(item.state, "", frozenset(item.inputs), _inputs_of(item.text)) if item.inputs else self._place(item.state)
        node: Named | Var = item.quantity
        if str(node.name) == item.text and item.argmax:
            node = node.body if isinstance(node.body, (Named, Var)) else named("scores", node.body)
        if isinstance(node, Named) and not item.argmax:
            self.names.call(item.text, node, place)
        name = self._all(node, place, value=None if item.argmax else item.value)
        if not item.argmax:
            self._ask(name)
            return
        chosen = class_of(item.text, intern(Var, name, node.shape, frozenset[str]()))
        if chosen is None:
            self.left_out.append(f"{item.text}: among so many classes the answer is not marked.")
            return
        truth = to_array(item.text, item.value.tolist())
        text = self.names.call(item.text, chosen, place, truth)
        self.found[text] = Quantity(text, "defined", chosen, item.state, (chosen.body,), (name,), truth.shape, truth, asked=True)
        message = "the classes are counted from 1: the sheet counts them from 0"
        self.slips.setdefault(text, []).append(Mutation(CLASS, text, message, chosen.body + 1, rank=1))

    def _analysed(self, item: s.Answered) -> None:
        """What an analysis derived on its way, the formulas it found, and wrong ones that people give for them."""
        place = self._place(item.state)
        if item.worked is not None:
            self._derived(item.worked.derivation, place)
        names: dict[Name, str] = {}
        for formula in item.formulas:
            names[formula.name] = self._all(formula, place, value=item.values.get(str(formula.name)))
            if not isinstance(formula.name, Grad):
                self._ask(names[formula.name])
                self.aliases.setdefault(item.text, names[formula.name])
        for name in [name for name in item.values if name not in self.found]:
            value = item.values[name]
            node = intern(Var, name, value.shape, frozenset[str]())
            self.found[name] = Quantity(name, "defined", node, item.state, (), (), value.shape, value, asked=True)
            self.aliases.setdefault(item.text, name)
        for slip in item.slips:
            for wrong in slip.formulas:
                if wrong.name in names:
                    self._slip(names[wrong.name], slip, self._over_names(wrong.body, place))

    def _slip(self, of: str, slip: s.Slipped, step: Expr) -> None:
        known = {node.name for node in postorder(step) if isinstance(node, Var)}
        if known <= self.found.keys():
            self.slips.setdefault(of, []).append(Mutation(slip.id, of, slip.message, step, rank=2))

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
        steps = tuple(self._over_names(body, place) for body in (node.body, *routes, *_named(node))) if isinstance(node, Named) else ()
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


def _named(node: Named) -> tuple[Expr, ...]:
    """The function that a definition writes out, by its name."""
    found = function_of(node.body) if _kind(node) == "defined" else None
    return () if found is None else (found,)


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
