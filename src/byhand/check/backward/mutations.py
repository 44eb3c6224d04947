"""Wrong steps of a gradient that a backward function may have in it, besides those of the catalogue: made for code, where any array is at hand."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from byhand.check.backward.detours import unspread
from byhand.check.backward.problem import Problem
from byhand.check.exercise.quantity import Quantity
from byhand.check.slips.mutation import Mutation
from byhand.lang.expr import Contract, Expr, Num, Var, num, scale
from byhand.lang.sizes import Poly, volume
from byhand.lang.walk import postorder, substitute

RANK = 6
"""After what is known of rules and leaves."""
LONGEST = 60


def mutations(problem: Problem, name: str) -> Iterator[Mutation]:
    """Wrong steps of one gradient: another array of the same shape, a mean for a sum. And of what it is made of: a mean that divides by one less."""
    quantity = problem.exercise.quantities[name]
    for step in quantity.steps[:1]:
        if quantity.kind == "gradient":
            yield from _other_arrays(problem, quantity, step)
            yield from _means(problem, quantity, step)
        else:
            yield from _one_less(problem, quantity, step)


def _other_arrays(problem: Problem, quantity: Quantity, step: Expr) -> Iterator[Mutation]:
    """Another array of the same shape in place of one, everywhere."""
    exercise = problem.exercise
    later = {one for one in exercise.quantities if quantity.name in exercise.below(one)} | {problem.whole, problem.incoming}
    for node in postorder(step):
        if isinstance(node, Var) and node.shape:
            for other in exercise.quantities.values():
                if other.name != node.name and other.node.shape == node.shape and other.name not in later:
                    message = f"{other.name} is used for {node.name} in {quantity.name}"
                    yield Mutation("other", quantity.name, message, substitute(step, {node: other.variable}), RANK)


def _means(problem: Problem, quantity: Quantity, step: Expr) -> Iterator[Mutation]:
    """A mean in place of a sum."""
    for node in postorder(step):
        if isinstance(node, Contract) and node.spec.summed:
            sizes = {letter: axis for word, arg in zip(node.spec.inputs, node.args) for letter, axis in zip(word, arg.shape)}
            count = Poly.of(volume(tuple(sizes[letter] for letter in node.spec.summed)))
            share = count.inverse()
            if share is not None and count.constant != 1:
                message = f"{_said(problem, node, step)} in {quantity.name} is divided by {count}: the mean stands for the sum"
                yield Mutation("mean", quantity.name, message, substitute(step, {node: scale(share, node)}), RANK)


def _said(problem: Problem, node: Contract, step: Expr) -> str:
    """A sum in a message."""
    text = problem.text(unspread(node))
    return "the sum" if node is step else text if len(text) <= LONGEST else "a sum"


def _one_less(problem: Problem, quantity: Quantity, step: Expr) -> Iterator[Mutation]:
    """n − 1 for n in a mean of squares, as in the unbiased estimate of a variance."""
    for node in postorder(step):
        match node:
            case Contract(how, (Num(value), rest)) if how.inputs == ("", how.output) and len(value.terms) == 1 and value.inverse() is not None:
                count = Poly(tuple((letters, Fraction(1)) for letters, _ in value.terms)).inverse()
                if count is not None and count.letters and value.constant is None:
                    message = f"{quantity.name} is divided by {count} - 1 instead of {count}"
                    yield Mutation("unbiased", quantity.name, message, substitute(step, {node: scale(value * count, rest) / num(count - 1)}), RANK)
            case _:
                pass
