"""A forward formula with all that is derived from it: the exercise whose answers are the gradients that a backward function returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from byhand.check.backward.draft import Draft, draft
from byhand.check.backward.inputs import Input
from byhand.check.backward.letters import lettered, makes_sense
from byhand.check.exercise.build import exercise_of
from byhand.check.exercise.quantity import Exercise
from byhand.derive import Derivation, Step
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var
from byhand.lang.names import Grad
from byhand.lang.sizes import Poly, shape_text
from byhand.lang.walk import postorder
from byhand.sheets import solution as s
from byhand.sheets.gradients import needed_for
from byhand.sheets.solve import solve
from byhand.sheets.source import take_apart
from byhand.sheets.tasks import TASKS
from byhand.show.notation import notation
from byhand.show.plain import plain

_WHOLES = ("L", "J", "E", "loss", "total", "L_")
_INCOMING = ("G", "g", "gY", "G_", "incoming", "incoming_")


@dataclass(frozen=True, eq=False)
class Problem:
    """``exercise``: the formula's quantities, its gradients and their steps; ``whole`` = sum(``incoming`` * ``output``) is what they are gradients of.

    ``inputs``: in the order of the call; ``wanted``: those whose gradients are compared. ``sizes``: the numbers that stood for letters which are not
    the person's own. ``about``: what the output is, where the person did not write its formula.
    """

    exercise: Exercise
    derivation: Derivation
    value: Named
    inputs: tuple[Input, ...]
    wanted: tuple[str, ...]
    whole: str
    incoming: str
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])
    about: str = ""

    @property
    def output(self) -> str:
        return str(self.value.name)

    @cached_property
    def gradients(self) -> Mapping[str, str]:
        """For each quantity the name of its gradient, in the order in which the gradients are worked out."""
        return {str(name): str(Grad(self.whole, str(name))) for name in self.derivation.gradients if str(name) != self.whole}

    @cached_property
    def letters(self) -> tuple[str, ...]:
        """The letters in the shapes of the inputs, in the order they come."""
        axes = [axis for one in self.inputs for axis in one.shape if isinstance(axis, Poly)]
        return tuple(dict.fromkeys(letter for axis in axes for letter in sorted(axis.letters)))

    def text(self, node: Expr) -> str:
        """A formula as NumPy could run it."""
        return plain(notation(node, self.exercise.conventions))

    def lines(self, of: str) -> tuple[str, ...]:
        """The lines that lead to the gradient of one quantity, in their order, itself last; before them those for names that the derivation made up."""
        gradient = self.derivation.gradients[self._key(of)]
        lines = [one for one in needed_for(self.derivation, [gradient]) if one.name != Grad(self.whole, self.output)]
        used = {node.name for line in lines for node in postorder(line.body, enter_named=False) if isinstance(node, Named)}
        made_up = [node for node in self.derivation.forward if node.name in used and not self.exercise.quantities[str(node.name)].own]
        return tuple(f"{one.name} = {self.text(one.body)}" for one in (*made_up, *lines))

    def steps(self, of: str) -> tuple[Step, ...]:
        """The steps that lead to the gradient of one quantity."""
        return self.derivation.steps_of(Grad(self.whole, of))

    def _key(self, of: str) -> str:
        return next(str(name) for name in self.derivation.gradients if str(name) == of)


def problem_of(formula: str, inputs: Sequence[Input], wrt: Sequence[str] | None = None, output: str | None = None, more: Sequence[str] = ()) -> Problem:
    """All gradients of a forward formula for any incoming gradient.

    ``wrt``: the inputs that must have one; by default all that vary. ``more``: intermediates whose gradients are compared as well.
    ``ByhandError`` for a formula that cannot be read, or a name that it does not have.
    """
    given = draft(formula, inputs, output)
    _read(given)
    letters = lettered(given, makes_sense(_value))
    value = _value(letters.draft)
    wanted = _wanted(given.inputs, value, wrt)
    if not wanted:
        raise ByhandError(f"{value.name} depends on nothing that can have a gradient: declare an input of the formula by its shape, such as X=(8, 5).")
    _check_exposed(value, more)
    whole, incoming = given.fresh(_WHOLES), given.fresh(_INCOMING)
    asked = [f"d{whole}/d{name}" for name in dict.fromkeys((*wanted, *more))]
    scalar = f"sum({incoming} * {value.name})" if value.shape else f"{incoming} * {value.name}"
    text = letters.draft.block(f"{incoming} : {shape_text(value.shape)}", f"{whole} = {scalar}", ", ".join(asked))
    solution = solve(take_apart(text, "the formula"), TASKS)
    exercise = exercise_of(solution, text)
    derivation = next(item.derivation for part in solution.parts for item in part.items if isinstance(item, s.GradientOf))
    return Problem(exercise, derivation, value, letters.draft.inputs, wanted, whole, incoming, letters.sizes)


def _check_exposed(value: Named, more: Sequence[str]) -> None:
    """Only what lies on the way to the output has a gradient."""
    lines = [str(node.name) for node in postorder(value) if isinstance(node, Named)]
    for name in more:
        if name not in lines:
            raise ByhandError(f"the backward function should leave the gradient of {name}, which is no line on the way to {value.name}: {', '.join(lines)}.")


def _read(given: Draft) -> None:
    """The formula as the person wrote it; an error says where in these lines."""
    before = 1 + len(given.inputs)
    try:
        _value(given)
    except ByhandError as error:
        many = "\n" in given.lines and error.line is not None and error.line > before
        what = f"in line {error.line - before} of the formula" if many and error.line is not None else "in the formula of the forward function"
        raise type(error)(f"{what}, {error.message}") from None


def _value(of: Draft) -> Named:
    """The output of the formula."""
    solution = solve(take_apart(of.block(of.output), "the formula"), TASKS)
    items = [item for part in solution.parts for item in part.items]
    found = next((item.quantity for item in items if isinstance(item, s.Defined) and str(item.quantity.name) == of.output), None)
    if found is None:
        raise ByhandError(f"{of.output} depends on nothing that can have a gradient: its formula is a number.")
    return found


def _wanted(inputs: Sequence[Input], value: Named, wrt: Sequence[str] | None) -> tuple[str, ...]:
    """The inputs whose gradients are compared."""
    used = {node.name for node in postorder(value) if isinstance(node, Var)}
    names = [one.name for one in inputs]
    for name in wrt or ():
        if name not in names:
            raise ByhandError(f"wrt names {name}, which is no input of the function; its inputs are {', '.join(names)}.")
        if next(one for one in inputs if one.name == name).kind != "drawn":
            raise ByhandError(f"wrt names {name}, whose numbers are whole and stay as they are; give it floats, or a shape.")
    chosen = names if wrt is None else list(wrt)
    return tuple(one.name for one in inputs if one.name in chosen and one.name in used and (wrt is not None or one.varies) and one.kind == "drawn")
