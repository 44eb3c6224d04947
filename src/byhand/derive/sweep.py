"""One reverse sweep in topological order gives the gradients of one quantity with respect to all others.

Each named quantity gets a named gradient, the sum of the messages that come back from where it is used. Inside
the formula of one quantity messages pass through its unnamed nodes; what is written down is what arrives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from byhand.derive.facts import sums_to_one
from byhand.derive.messages import Sent, messages, operands
from byhand.derive.naming import introduce_names
from byhand.derive.simplify import cost, divisions, simplify, with_facts
from byhand.derive.steps import TERM_BY_TERM, Derivation, Step
from byhand.lang.errors import ShapeError
from byhand.lang.expr import Add, Call, Contract, Expr, Named, Var, add, contract, describe, filled, named, num
from byhand.lang.names import Grad, Name
from byhand.lang.sizes import shape_text
from byhand.lang.walk import children, postorder, substitute

MOST_ONE_BY_ONE = 8
"""How many gradients in one sum are put in one by one, each in a step of its own."""


def derive(loss: Expr, wrt: Sequence[Expr], seed: Expr | None = None, taken: Iterable[str] = (), of: str | None = None) -> Derivation:
    """The gradients of ``loss`` with respect to each quantity of ``wrt`` (variables or named intermediates).

    ``loss`` must be a scalar, unless ``seed`` gives the gradient that comes in at a loss of any shape. A loss
    without a name is called L; names in ``taken`` are not given to intermediates. ``of``: what the incoming gradient, and
    so every gradient, is the gradient of, where that is not ``loss`` itself. Raises ``ShapeError`` for a loss that is not a scalar.
    """
    if loss.shape and seed is None:
        shape = shape_text(loss.shape)
        raise ShapeError(f"cannot differentiate {describe(loss)}: a gradient needs a scalar, and its shape is {shape}. Sum or average it first.")
    return _Sweep.prepare(loss, wrt, seed, taken, of).run()


@dataclass(slots=True)
class _Arrived:
    """What one consumer sends back to one quantity."""

    consumer: Named
    message: Expr
    path: tuple[Sent, ...]
    incoming: tuple[Expr, ...]


@dataclass(slots=True)
class _Sweep:
    loss: Named
    seed: Expr
    order: list[Expr]
    active: frozenset[Expr]
    of: str
    arrived: dict[Expr, list[_Arrived]] = field(default_factory=dict[Expr, list[_Arrived]])
    gradients: dict[Var | Named, Named] = field(default_factory=dict["Var | Named", Named])
    steps: list[Step] = field(default_factory=list[Step])

    @classmethod
    def prepare(cls, loss: Expr, wrt: Sequence[Expr], seed: Expr | None, reserved: Iterable[str], of: str | None) -> _Sweep:
        """Name the intermediates, and find the quantities that lie between ``wrt`` and the loss."""
        names = frozenset(node.name for node in wrt if isinstance(node, (Var, Named)))
        nodes = postorder(loss, below=_with_bodies)
        active = _depending(nodes, names)
        taken = [*reserved, *(str(node.name) for node in nodes if isinstance(node, (Var, Named)))]
        below = postorder(loss, below=lambda node: operands(node, active) if isinstance(node, Call) else children(node))
        root = introduce_names(below, active, taken)[loss]
        root = root if isinstance(root, Named) else named("L" if "L" not in taken else "loss", root)
        order = postorder(root)
        return cls(root, num(1) if seed is None else seed, order, _depending(order, names), str(root.name) if of is None else of)

    def run(self) -> Derivation:
        used_last = self._last_uses()
        for node in reversed(self.order):
            if isinstance(node, Named) and node in self.active:
                self.gradients[node] = self._gradient(node)
                self._send(node)
                for variable in used_last.get(node, []):
                    self.gradients[variable] = self._gradient(variable)
        forward = tuple(node for node in self.order if isinstance(node, Named))
        return Derivation(self.loss, forward, {node.name: gradient for node, gradient in self.gradients.items()}, tuple(self.steps))

    def _last_uses(self) -> dict[Named, list[Var]]:
        """For each quantity the variables that are complete once it has sent its messages."""
        last: dict[Var, Named] = {}
        for node in reversed(self.order):
            if isinstance(node, Named) and node in self.active:
                last.update({inner: node for inner in postorder(node.body, enter_named=False) if isinstance(inner, Var) and inner in self.active})
        uses: dict[Named, list[Var]] = {}
        for variable, node in last.items():
            uses.setdefault(node, []).append(variable)
        return uses

    def _gradient(self, quantity: Var | Named) -> Named:
        name = Grad(self.of, str(quantity.name))
        if quantity is self.loss:
            return named(name, self.seed)
        arrived = self.arrived.get(quantity, [])
        body = add([one.message for one in arrived]) if arrived else filled(0, quantity.shape)
        self.steps += [_message_step(name, one, self.seed if one.consumer is self.loss else self.gradients[one.consumer]) for one in arrived]
        if len(arrived) > 1:
            used = ", ".join(str(one.consumer.name) for one in arrived)
            because = f"{quantity.name} is used in {used}: the gradients of all its uses add up"
            self.steps.append(Step(name, "sum over all uses", because, body, body))
        return named(name, self._shortened(name, body))

    def _shortened(self, name: Name, body: Expr) -> Expr:
        """The body made shorter, each change a step of its own."""
        steps = self.steps
        simple = simplify(body)
        if cost(simple) < cost(body):
            steps.append(Step(name, "simplify", "cancel and collect", body, simple))
            body = simple
        inside = _gradients_in(body)
        for gradient in inside if len(inside) <= MOST_ONE_BY_ONE else []:
            inserted = substitute(body, {gradient: gradient.body})
            simple = simplify(inserted)
            if _worth_inserting(gradient, body, simple):
                steps.append(Step(name, "insert", "put in, then cancel and collect", body, simple, through=gradient))
                body = simple
        if len(inside) > MOST_ONE_BY_ONE:
            simple = simplify(substitute(body, {gradient: gradient.body for gradient in inside if cost(gradient.body) <= 1}))
            if cost(simple) < cost(body):
                steps.append(Step(name, "insert", "put in the gradients that are numbers, then cancel and collect", body, simple))
                body = simple
        known = with_facts(body)
        if cost(known) < cost(body):
            sums = _known_sums(body)
            facts = tuple(dict.fromkeys(describe(total.args[0]) for total in sums))
            because = f"the entries of {' and of '.join(facts)} sum to one"
            steps.append(Step(name, "fact", because, body, known, facts=facts, inner=_term_by_term(name, sums)))
            body = known
        return body

    def _send(self, consumer: Named) -> None:
        """Pass the gradient of one quantity back through its formula to the quantities in it."""
        g = self.gradients[consumer] if consumer is not self.loss else self.seed
        coming: dict[Expr, list[tuple[Expr, tuple[Sent, ...], tuple[Expr, ...]]]] = {consumer.body: [(g, (), ())]}
        for node in reversed(postorder(consumer.body, enter_named=False)):
            parts = coming.pop(node, [])
            if not parts or node not in self.active:
                continue
            total = add([message for message, _, _ in parts])
            path, through = _joined(parts)
            if isinstance(node, (Var, Named)):
                self.arrived.setdefault(node, []).append(_Arrived(consumer, total, path, through))
                continue
            y = consumer if node is consumer.body else node
            for sent in messages(node, total, y, self.active):
                if sent.to in self.active:
                    coming.setdefault(sent.to, []).append((sent.message, (*path, sent), (*through, total)))


def _joined(parts: list[tuple[Expr, tuple[Sent, ...], tuple[Expr, ...]]]) -> tuple[tuple[Sent, ...], tuple[Expr, ...]]:
    """The paths along which messages came, one after another, shared beginnings once; equal messages from two places are two."""
    path: dict[int, tuple[Sent, Expr]] = {}
    for _, sent, through in parts:
        for one, incoming in zip(sent, through):
            path.setdefault(id(one), (one, incoming))
    return tuple(sent for sent, _ in path.values()), tuple(incoming for _, incoming in path.values())


def _with_bodies(node: Expr) -> tuple[Expr, ...]:
    """What lies under a node; for a rule that does not state all its messages, its definition too."""
    if isinstance(node, Call) and any(argument.name not in node.rule.messages for argument in node.rule.arguments):
        return (*node.args, node.body)
    return children(node)


def _depending(order: Iterable[Expr], wrt: frozenset[Name]) -> frozenset[Expr]:
    """The nodes whose value depends on a quantity of ``wrt``."""
    found: set[Expr] = set()
    for node in order:
        if (isinstance(node, (Var, Named)) and node.name in wrt) or any(part in found for part in _with_bodies(node)):
            found.add(node)
    return frozenset(found)


def _gradients_in(body: Expr) -> list[Named]:
    """The named gradients that a formula mentions."""
    return [node for node in postorder(body, enter_named=False) if isinstance(node, Named) and isinstance(node.name, Grad)]


def _worth_inserting(gradient: Named, body: Expr, inserted: Expr) -> bool:
    """Whether a formula is better off with the gradient put in: it gets shorter, or no division stays but by a number such as m."""
    before = cost(body)
    if min(cost(inserted), cost(with_facts(inserted))) < before:
        return True
    gone, left = divisions(gradient.body) - divisions(inserted), divisions(inserted)
    return bool(gone) and not any(node.shape for node in left) and cost(inserted) - sum(map(cost, left)) <= before


# ---------------------------------------------------------------------------------------- what steps say


def _message_step(name: Name, arrived: _Arrived, gradient: Expr) -> Step:
    """One step for what one consumer sends back; several nodes on the way become its inner steps."""
    told = [(sent, incoming) for sent, incoming in zip(arrived.path, arrived.incoming) if sent.message is not incoming]
    inner = tuple(Step(name, sent.rule, sent.because, incoming, sent.message) for sent, incoming in told)
    if len(inner) <= 1:
        said = inner[0] if inner else arrived.path[-1] if arrived.path else None
        rule, because = (said.rule, said.because) if said else ("the same quantity", f"{arrived.consumer.name} is another name for it")
        return Step(name, rule, because, gradient, arrived.message, through=arrived.consumer)
    rules = list(dict.fromkeys(step.rule for step in inner))
    because = f"{arrived.consumer.name} depends on it through {', '.join(rules[:-1])} and {rules[-1]}" if len(rules) > 1 else inner[0].because
    return Step(name, "chain rule" if len(rules) > 1 else rules[0], because, gradient, arrived.message, through=arrived.consumer, inner=inner)


def _known_sums(before: Expr) -> list[Contract]:
    """The sums in a formula that are known to be one."""
    found: list[Contract] = []
    for node in postorder(before, enter_named=False):
        match node:
            case Contract(how, (arg,)) if len(how.summed) == 1 and sums_to_one(arg, how.inputs[0].index(how.summed)):
                found.append(node)
            case _:
                pass
    return found


def _term_by_term(name: Name, sums: list[Contract]) -> tuple[Step, ...]:
    """Where a sum of one is not declared but follows: the sum of the quantity's own formula, term by term."""
    steps: list[Step] = []
    for total in sums:
        match total.args[0]:
            case Named(of, Add(terms)):
                sizes = dict(zip(total.spec.output, total.shape))
                spread = simplify(add([contract(total.spec, term, sizes=sizes) for term in terms]))
                steps.append(Step(name, TERM_BY_TERM, f"the formula of {of} is summed term by term; the whole is one", total, spread))
            case _:
                pass
    return tuple(steps)
