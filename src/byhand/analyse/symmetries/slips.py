"""Wrong numbers of symmetries that people give, beside the right one."""

from __future__ import annotations

from collections.abc import Iterator

from byhand.analyse.symmetries.found import Symmetries, power_text, units_text
from byhand.lang.sizes import Poly, size
from byhand.sheets.solution import Slipped


def slips_of(found: Symmetries) -> tuple[Slipped, ...]:
    """What becomes of the count by each slip; those that leave it as it is are left out."""
    each = {str(one.answer["count"]): one for one in reversed([*_found(found)])}
    return tuple(one for count, one in reversed(each.items()) if count != found.count)


def _found(found: Symmetries) -> Iterator[Slipped]:
    layers = found.layers
    permuted = [f"{units_text(layer.units)}!" for layer in layers if layer.permutes]
    flipped = [power_text(size(Poly.of(layer.units) * layer.flips)) for layer in layers if layer.flips]
    if permuted and flipped:
        yield _slip("only the permutations of hidden units are counted, and not the sign flips", permuted)
        yield _slip("only the sign flips are counted, and not the permutations of hidden units", flipped)
        yield _slip("all signs are flipped at once or not at all: each hidden unit can be flipped by itself", [*permuted, "2"])
    unflipped = [layer for layer in layers if not layer.flips]
    if unflipped and permuted:
        more = [power_text(layer.units) for layer in unflipped]
        yield _slip("signs are flipped although the activation is not odd: a unit can be flipped only where f(−z) = −f(z)", [*permuted, *flipped, *more])
    if len(permuted) > 1:
        whole = units_text(size(sum((Poly.of(layer.units) for layer in layers if layer.permutes), start=Poly.of(0))))
        yield _slip("units change places with those of other layers: each layer has permutations of its own", [f"{whole}!", *flipped])
        yield _slip("only one hidden layer is counted: the numbers of all of them are multiplied", [permuted[0], *flipped[:1]])


def _slip(message: str, factors: list[str]) -> Slipped:
    return Slipped("S51", message, {"count": " * ".join(one for one in factors if one) or "1"})
