"""The gradient of the gradient: the backward function as a forward function whose own gradients are derived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from byhand.check.backward.inputs import Input
from byhand.check.backward.problem import Problem, problem_of
from byhand.lang.english import listed
from byhand.lang.expr import Expr, Named, named
from byhand.lang.names import Grad, Name
from byhand.lang.walk import children, postorder, rebuild


def second(problem: Problem) -> Problem:
    """The problem of a function of the inputs, the incoming gradient, and one array for each gradient: the sum of all products of these with the gradients.

    Its gradients are those of second order, times any arrays.
    """
    taken = {*problem.exercise.quantities, *problem.letters}
    called: dict[Name, str] = {Grad(problem.whole, name): _fresh(f"d{name}", taken) for name in problem.gradients}
    partners = {name: _fresh(f"v{name}", taken) for name in problem.wanted}
    total = _fresh("s", taken)
    lines = [f"{node.name} = {problem.text(node.body)}" for node in problem.derivation.forward if node.name != problem.whole]
    lines += [f"{word} = {problem.text(_renamed(problem.derivation.gradients[_of(name)].body, called))}" for name, word in called.items()]
    lines.append(f"{total} = " + " + ".join(f"sum({partner} * {called[Grad(problem.whole, name)]})" for name, partner in partners.items()))
    shapes = {one.name: one.shape for one in problem.inputs}
    incoming = Input(problem.incoming, "drawn", problem.value.shape)
    more = [Input(partner, "drawn", shapes[name]) for name, partner in partners.items()]
    made = problem_of("\n".join(lines), [*problem.inputs, incoming, *more], (*problem.wanted, problem.incoming, *partners.values()), total)
    products = listed([f"{called[Grad(problem.whole, name)]} with {partner}" for name, partner in partners.items()])
    return replace(made, sizes=problem.sizes, about=f"{total} sums the products of the gradients with any arrays: {products}")


def _fresh(wish: str, taken: set[str]) -> str:
    """A name like this one that is not in use."""
    name = next(name for name in _wishes(wish) if name not in taken)
    taken.add(name)
    return name


def _wishes(wish: str) -> Iterator[str]:
    yield wish
    yield from (f"{wish}_{k}" for k in range(1, 1000))


def _of(name: Name) -> str:
    assert isinstance(name, Grad)
    return name.wrt


def _renamed(body: Expr, called: dict[Name, str]) -> Expr:
    """The formula with gradients under names that a line can define."""
    done: dict[Expr, Expr] = {}
    for node in postorder(body, enter_named=False):
        if isinstance(node, Named):
            done[node] = named(called[node.name], node.body) if node.name in called else node
        else:
            parts = children(node)
            fresh = tuple(done[part] for part in parts)
            done[node] = node if fresh == parts else rebuild(node, fresh)
    return done[body]
