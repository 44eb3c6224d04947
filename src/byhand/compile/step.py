"""One step of training as a program: forward, all gradients, and the lines of an update rule for each parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count

from byhand.compile.lower import lowered
from byhand.compile.program import Program
from byhand.derive import Derivation
from byhand.derive.direction import direction
from byhand.lang.errors import NotYetError
from byhand.lang.expr import Expr, Named, Var, named, num, var
from byhand.lang.names import Updated
from byhand.lang.update_rule import COUNT, GRADIENT, PARAMETER, RATE, UpdateRule
from byhand.lang.walk import postorder


@dataclass(frozen=True, slots=True)
class State:
    """What an update rule remembers of a parameter: an input of the program, of the parameter's shape, that begins as ``start`` everywhere."""

    variable: Var
    parameter: Var
    start: Fraction


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """``program`` has the loss as its first result and then every updated parameter and state; its inputs are these, the data, and two numbers.

    ``rate`` is the learning rate, ``count`` the number of the step from 1; a rule that speaks of neither leaves them out of the inputs.
    ``lines`` are the formulas of the update, in the order in which they are worked out.
    """

    program: Program
    loss: Named
    parameters: tuple[Var, ...]
    states: tuple[State, ...]
    rate: Var
    count: Var
    lines: tuple[Named, ...]

    @property
    def kept(self) -> tuple[Var, ...]:
        """What a step changes: parameters, then states."""
        return (*self.parameters, *(state.variable for state in self.states))

    @property
    def data(self) -> tuple[Var, ...]:
        """The inputs that a step only reads."""
        own = {*self.kept, self.rate, self.count}
        return tuple(variable for variable in self.program.inputs if variable not in own)


def training_step(
    loss: Named, derivation: Derivation, parameters: Sequence[Var], rule: UpdateRule, options: Mapping[str, Fraction] | None = None
) -> TrainingStep:
    """The step of this rule on these parameters, with hyperparameters by name in ``options`` and the rule's own defaults for the others.

    A rule with a direction of its own (Newton's) gets it from the Hessian of all parameters. Raises ``NotYetError`` for a rule that
    learns from mistakes and has no loss, ``ByhandError`` for more parameters than a Hessian is worked out for.
    """
    if rule.error is not None:
        raise NotYetError(
            f"cannot train with rule={rule.name}: it has no loss to go down; L = sum(relu(-t * z)) with rule=gradient_descent takes the same steps."
        )
    maker = _Maker.of(loss, derivation, rule, dict(options or {}))
    gradients = {one: derivation.gradients[one.name] for one in parameters}
    along = gradients if rule.direction is None else direction(rule, gradients, maker.taken).pieces
    made = [maker.lines(one, along[one]) for one in parameters]
    updates: dict[Expr, Var] = {new: old for one in made for old, new in one.updates.items()}
    order = [*parameters, *(state.variable for state in maker.states)]
    renewed = {old: new for new, old in updates.items()}
    program = lowered([derivation.loss, *(renewed[old] for old in order)], updates, first=[*gradients.values()])
    return TrainingStep(program, loss, tuple(parameters), tuple(maker.states), maker.rate, maker.count, tuple(line for one in made for line in one.lines))


@dataclass(frozen=True, slots=True)
class _Made:
    lines: tuple[Named, ...]
    updates: Mapping[Var, Named]


@dataclass(slots=True)
class _Maker:
    """``numbers``: the hyperparameters; ``off``: those whose lines are left out; ``taken``: names that are used already."""

    rule: UpdateRule
    numbers: Mapping[str, Expr]
    off: frozenset[str]
    taken: set[str]
    rate: Var
    count: Var
    states: list[State]

    @classmethod
    def of(cls, loss: Named, derivation: Derivation, rule: UpdateRule, options: Mapping[str, Fraction]) -> _Maker:
        taken = {str(node.name) for node in postorder(loss, *derivation.gradients.values()) if isinstance(node, (Named, Var))}
        values = {one.name: options.get(one.name, one.default) for one in rule.hyperparameters}
        numbers: dict[str, Expr] = {one.symbol: num(values[one.name]) for one in rule.hyperparameters}
        off = frozenset(name for name, value in values.items() if not value)
        maker = cls(rule, numbers, off, taken, var(RATE), var(COUNT), [])
        maker.rate, maker.count = var(maker.free(RATE)), var(maker.free(COUNT))
        return maker

    def free(self, name: str) -> str:
        """The name, or one like it that nothing has."""
        found = next(one for one in (name if k == 1 else f"{name}_{k}" for k in count(1)) if one not in self.taken)
        self.taken.add(found)
        return found

    def lines(self, parameter: Var, gradient: Named) -> _Made:
        """The rule's lines for one parameter."""
        states = {one.name: var(self.free(f"{one.name}_{parameter.name}"), parameter.shape) for one in self.rule.states}
        self.states += [State(states[one.name], parameter, one.start) for one in self.rule.states]
        q: dict[str, Expr] = {PARAMETER: parameter, GRADIENT: gradient, RATE: self.rate, COUNT: self.count, **self.numbers, **states}
        made: list[Named] = []
        for line in (line for line in self.rule.lines if line.only_with not in self.off):
            stem = parameter.name if line.of == PARAMETER else states[line.of].name if line.of in states else f"{line.of}_{parameter.name}"
            made.append(named(Updated(stem, 1), line.build(q)))
            q[f"{line.of}'"] = made[-1]
            if line.of == GRADIENT:
                q[GRADIENT] = made[-1]
        return _Made(tuple(made), {parameter: made[-1], **{variable: self._renewed(q[f"{name}'"]) for name, variable in states.items()}})

    def _renewed(self, made: Expr) -> Named:
        assert isinstance(made, Named)
        return made
