"""Wrong closed forms that people give, made of the right one: what becomes of a penalty λI, and of the order of factors."""

from __future__ import annotations

from collections.abc import Iterator

from byhand.derive.monomials import TooMany
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Add, Contract, Expr, Inverse, Named, Var, add, as_number, contract, filled, matmul, named, num, split_factor
from byhand.lang.sizes import Poly
from byhand.lang.walk import postorder, substitute
from byhand.sheets.solution import Slipped


def slips_of(star: Named) -> tuple[Slipped, ...]:
    """Slips of one solution, each with its wrong formula under the same name."""
    found: list[Slipped] = []
    for inverse in [node for node in postorder(star.body) if isinstance(node, Inverse)][:2]:
        for message, wrong in _wrong(inverse):
            try:
                body = substitute(star.body, {inverse: wrong})
            except (ByhandError, TooMany):
                continue
            if body is not star.body and body.shape == star.shape:
                found.append(Slipped("S47", message, formulas=(named(star.name, body),)))
    return tuple(found)


def _wrong(inverse: Inverse) -> Iterator[tuple[str, Expr]]:
    """Wrong formulas for the inverse of a matrix, with what was done."""
    matrix = inverse.arg
    terms = matrix.terms if isinstance(matrix, Add) else (matrix,)
    for term in terms:
        unit = _unit(term)
        if unit is None or len(terms) < 2:
            continue
        rest = add([one for one in terms if one is not term])
        front, count = split_factor(term)[0], term.shape[0]
        name = next((node.name for node in postorder(term) if isinstance(node, Var)), "the penalty")
        every = substitute(term, {unit: filled(1, term.shape)})
        yield f"{name} is added to every entry and not only on the diagonal: it is {name} times the identity", Inverse_of(add([rest, every]))
        yield f"{name} is left out", Inverse_of(rest)
        yield f"{name} is subtracted: it is added to the diagonal", Inverse_of(add([rest, -term]))
        yield f"the factor of {name} is half of what it should be", Inverse_of(add([rest, scaled(term, num(1) / 2)]))
        yield f"the factor of {name} is twice what it should be", Inverse_of(add([rest, term, term]))
        for samples in _samples(rest, count):
            yield f"{name} is multiplied by the number of samples: the loss is a sum and not a mean", Inverse_of(add([rest, scaled(term, samples)]))
            yield f"{name} is divided by the number of samples: the loss is a sum and not a mean", Inverse_of(add([rest, scaled(term, 1 / samples)]))
        yield "the inverse is left out", add([rest, term])
