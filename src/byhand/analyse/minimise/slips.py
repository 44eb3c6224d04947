"""Wrong closed forms that people give, made of the right one: what becomes of a penalty λI, and of the order of factors."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from byhand.lang.build import inverse
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Add, Contract, Expr, Inverse, Named, Var, add, contract, named, scale
from byhand.lang.sizes import Poly
from byhand.lang.spec import Spec
from byhand.lang.walk import postorder, substitute
from byhand.sheets.solution import Slipped


def slips_of(star: Named) -> tuple[Slipped, ...]:
    """Slips of one solution, each with its wrong formula under the same name."""
    found: list[Slipped] = []
    for inner in [node for node in postorder(star.body) if isinstance(node, Inverse)][:2]:
        for message, wrong in _wrong(inner):
            try:
                body = substitute(star.body, {inner: wrong})
            except ByhandError:
                continue
            if body is not star.body and body.shape == star.shape:
                found.append(Slipped("S47", message, formulas=(named(star.name, body),)))
    return tuple(found)


def _wrong(inner: Inverse) -> Iterator[tuple[str, Expr]]:
    """Wrong formulas for the inverse of a matrix, with what was done."""
    terms = inner.arg.terms if isinstance(inner.arg, Add) else ()
    for term in terms:
        every = _everywhere(term)
        if every is None:
            continue
        rest = add([one for one in terms if one is not term])
        name = next((node.name for node in postorder(term) if isinstance(node, Var)), "the penalty")
        yield f"{name} is added to every entry: it belongs on the diagonal alone, {name} times the identity", inverse(add([rest, every]))
        yield f"{name} is left out", inverse(rest)
        yield f"{name} is subtracted: it is added to the diagonal", inverse(add([rest, -term]))
        yield f"the factor of {name} is half of what it should be", inverse(add([rest, scale(Fraction(1, 2), term)]))
        yield f"the factor of {name} is twice what it should be", inverse(add([rest, scale(2, term)]))
        for count in _samples(rest):
            yield f"{name} is multiplied by the number of samples once more than it should be", inverse(add([rest, scale(count, term)]))
            part = count.inverse()
            if part is not None:
                yield f"{name} is divided by the number of samples once more than it should be", inverse(add([rest, scale(part, term)]))
    yield "the inverse is left out", inner.arg


def _everywhere(term: Expr) -> Expr | None:
    """λ in every entry where λI has it on the diagonal; ``None`` where a term is no multiple of the identity."""
    unit = next((node for node in postorder(term) if isinstance(node, Contract) and node.spec.output == "ii" and set(node.spec.inputs) == {""}), None)
    if unit is None:
        return None
    return substitute(term, {unit: contract(Spec(unit.spec.inputs, "ij"), *unit.args, sizes=dict(zip("ij", unit.shape)))})


def _samples(rest: Expr) -> Iterator[Poly]:
    """The sizes that products in the other terms sum over."""
    found: dict[str, Poly] = {}
    for node in postorder(rest):
        if isinstance(node, Contract) and node.spec.summed:
            word, arg = node.spec.inputs[0], node.args[0]
            for letter, count in zip(word, arg.shape):
                if letter in node.spec.summed:
                    found[str(count)] = Poly.of(count)
    yield from found.values()
