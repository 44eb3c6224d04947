"""The slips that update rules declare, put into the lines of a step: which line a quantity is, is read off its formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice, product

from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.slips.mutation import Mutation
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Num, Var, num
from byhand.lang.names import Grad, Updated
from byhand.lang.update_rule import COUNT, GRADIENT, PARAMETER, RATE, Formula, UpdateRule
from byhand.lang.walk import postorder
from byhand.rules.updates import UPDATE_RULES

RANK = 2
MOST_TRIED = 300
"""Choices of numbers for the hyperparameters of one line."""


def mutations(exercise: Exercise, quantity: Quantity) -> Iterator[Mutation]:
    """The wrong versions of a line of an update rule; of lines that two rules have in common, those of both."""
    if not isinstance(quantity.node.name, Updated) or not quantity.steps:
        return
    names = _Names(exercise, quantity, quantity.node.name)
    for rule in UPDATE_RULES:
        for line in rule.lines:
            known = _as_line(rule, line, names, quantity.steps[0]) if line.slips else None
            if known is None:
                continue
            words = replace(known, scalars={**known.scalars, **_of_other_lines(rule, line, known)})
            for slip in line.slips:
                wrong = _built(slip.build, words)
                if wrong is not None and wrong.shape == quantity.steps[0].shape:
                    yield Mutation(slip.id, quantity.name, slip.message, wrong, RANK)


@dataclass(frozen=True)
class _Names:
    """The quantities of one step of one parameter, by what the lines of a rule call them."""

    exercise: Exercise
    quantity: Quantity
    name: Updated

    def line_of(self, of: str) -> str | None:
        """The parameter, if the quantity may be the line that makes ``of``."""
        stem = self.name.name
        parameter = stem if of == PARAMETER else stem.removeprefix(f"{of}_")
        return parameter if of == PARAMETER or parameter != stem else None

    def find(self, word: str, parameter: str) -> Expr | None:
        before, now = "'" * (self.name.times - 1), "'" * self.name.times
        tail = self.quantity.name.partition(" ")[2]
        stem = word.removesuffix("'")
        if word == PARAMETER:
            return self._variable(parameter + before, tail)
        if word == GRADIENT:
            decayed = f"g_{parameter}{now}"
            return (self._variable(decayed, tail) if self.quantity.name != decayed else None) or self._gradient(parameter)
        return self._variable(f"{stem}_{parameter}{now if word != stem else before}", tail)

    def _gradient(self, parameter: str) -> Expr | None:
        """A gradient that the line speaks of, or else the one that belongs to the parameter in the same state."""
        inside = [node for node in postorder(self.quantity.steps[0]) if isinstance(node, Var) and self.exercise.quantities[node.name].kind == "gradient"]
        if inside:
            return inside[0]
        wrt = [one for one in self.exercise.quantities.values() if isinstance(one.node.name, Grad) and one.node.name.wrt == parameter]
        found = [one for one in wrt if len(one.name) - len(one.name.rstrip("'")) == self.name.times - 1]
        return found[0].variable if found else None

    def _variable(self, name: str, tail: str) -> Expr | None:
        known = self.exercise.quantities
        found = known.get(f"{name} {tail}") if tail else None
        found = found or known.get(name)
        return None if found is None else found.variable


@dataclass(frozen=True)
class _Words(Mapping[str, Expr]):
    """What a line may speak of; remembers which scalars it asked for."""

    names: _Names
    parameter: str
    scalars: Mapping[str, Expr]
    asked: set[str] = field(default_factory=set[str])

    def __getitem__(self, word: str) -> Expr:
        if word in self.scalars:
            self.asked.add(word)
            return self.scalars[word]
        found = self.names.find(word, self.parameter)
        if found is None:
            raise KeyError(word)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.scalars)

    def __len__(self) -> int:
        return len(self.scalars)


def _as_line(rule: UpdateRule, line: Formula, names: _Names, step: Expr) -> _Words | None:
    """The words with which a line of a rule is exactly this formula; ``None`` if there are none."""
    parameter = names.line_of(line.of)
    if parameter is None:
        return None
    defaults = {one.symbol: num(one.default) for one in rule.hyperparameters} | {RATE: num(1), COUNT: num(names.name.times)}
    probe = _Words(names, parameter, defaults)
    if _built(line.build, probe) is None:
        return None
    free = sorted(probe.asked - {COUNT})
    pool = _scalars(step)
    for chosen in islice(product(*[dict.fromkeys((defaults[symbol], *pool)) for symbol in free]), MOST_TRIED):
        words = _Words(names, parameter, {**defaults, **dict(zip(free, chosen))})
        if _built(line.build, words) is step:
            return words
    return None


def _of_other_lines(rule: UpdateRule, line: Formula, known: _Words) -> dict[str, Expr]:
    """The scalars that only other lines of the same step have: a velocity has the rate in it, by which somebody multiplies once more."""
    found: dict[str, Expr] = {}
    for other in rule.lines:
        made = known.names.find(f"{other.of}'", known.parameter) if other is not line else None
        quantity = known.names.exercise.quantities[made.name] if isinstance(made, Var) else None
        if quantity is not None and quantity.steps and isinstance(quantity.node.name, Updated):
            words = _as_line(rule, other, _Names(known.names.exercise, quantity, quantity.node.name), quantity.steps[0])
            found |= {symbol: words.scalars[symbol] for symbol in words.asked - known.asked} if words is not None else {}
    return found


def _scalars(step: Expr) -> list[Expr]:
    """Numbers in a formula that may be hyperparameters, and single numbers with a name."""
    nodes = postorder(step)
    sizes = [abs(value) for node in nodes if isinstance(node, Num) and (value := node.value.constant)]
    named = [node for node in nodes if isinstance(node, Var) and not node.shape]
    return [*map(num, dict.fromkeys(part for size in sizes for part in (size, 1 - size, size / 2) if part > 0)), *named]


def _built(build: Callable[[Mapping[str, Expr]], Expr], words: Mapping[str, Expr]) -> Expr | None:
    try:
        return build(words)
    except (KeyError, ByhandError, ZeroDivisionError):
        return None
