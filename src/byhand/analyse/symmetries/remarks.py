"""What is to be said beside the count: what it depends on, whether there are more settings, what the given numbers change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from byhand.analyse.symmetries.found import Symmetries, units_text
from byhand.analyse.symmetries.given import Alike, Given
from byhand.analyse.symmetries.known import ONE_LAYER, SEVERAL_LAYERS
from byhand.analyse.symmetries.words import Words
from byhand.lang.english import listed
from byhand.lang.sizes import Poly, Size
from byhand.show.tree import Numeral
from byhand.show.unicode import text


def letters(n: Size) -> frozenset[str]:
    return Poly.of(n).letters


def caption(found: Symmetries) -> str:
    """What the number counts."""
    more = not found.finite or found.more_directions is not None or any(one.kind == "shifted flip" for one in found.generators)
    if more:
        return "Permutations and sign flips, by number"
    return "How many settings give the same function" if found.complete else "How many settings, at least, give the same function"


def certainty(found: Symmetries) -> str:
    """How sure the generators are."""
    if any(one.verdict.verdict != "holds" for one in found.generators):
        return "These changes follow from the structure of the formula; not all of them could be proved by putting them in."
    if all(one.verdict.certainty == "exact" for one in found.generators):
        axes = [axis for one in found.parameters for axis in one.shape]
        scope = " and sizes" if any(map(letters, axes)) else ", at the sizes given," if axes else ""
        proved = f"Each change was put into the formula, and the result proved equal for all values{scope} by exact random evaluation."
        return f"{proved} All others are made of these."
    return "Each change was put into the formula; the result agrees to many digits at random points, which is strong evidence but no proof."


def remarks(words: Words, found: Symmetries, sizes: Mapping[str, int], given: Given | None) -> Iterator[str]:
    """Everything beside the number, most important first."""
    yield from _continuous(words, found)
    yield from _shifts(words, found)
    free = independent_of(found)
    if found.layers:
        yield f"The original setting is counted too{f'; the number does not depend on {listed(map(words.spell, free))}' if free else ''}."
    if found.complete and found.layers:
        yield _complete(len(found.layers))
    elif not found.complete:
        yield "That there are no others is known for plain tanh networks whose weights are all different parameters; here the number is a lower bound."
    if given is not None:
        yield from _of_data(words, found, sizes, given)


def _complete(layers: int) -> str:
    """For one hidden layer it is known which weights are exceptions; for several, that almost none are."""
    only = "two settings give the same function only if one is made from the other in this way"
    if layers > 1:
        return f"For tanh networks these are all: for almost all weights {only} ({SEVERAL_LAYERS})."
    return (
        f"For tanh networks these are all: {only} ({ONE_LAYER}), as long as no hidden unit has zero incoming or outgoing weights and no two have the same "
        "incoming weights up to a sign."
    )


def _continuous(words: Words, found: Symmetries) -> Iterator[str]:
    if not found.finite:
        many = "" if found.dimension == Poly.of(1) else "s"
        yield (
            "The settings that give the same function are not finitely many: they form a continuous family of up to "
            f"{text(Numeral(found.dimension))} dimension{many}. The number above counts permutations and sign flips alone."
        )
    if found.more_directions is not None:
        sizes = ", ".join(f"{words.spell(letter)} = {n}" for letter, n in found.more_directions.sizes.items())
        more = found.more_directions.more
        yield (
            f"There are infinitely many settings besides: the Jacobian{f' at {sizes}' if sizes else ''} leaves {more} {'more ' if not found.finite else ''}"
            f"direction{'' if more == 1 else 's'} in which the parameters can move and the function stays the same, beyond what is done to single hidden units."
        )


def _shifts(words: Words, found: Symmetries) -> Iterator[str]:
    """Flips that need a bias."""
    shifted = [layer for layer in found.layers if any(one.kind == "shifted flip" for one in layer.generators)]
    if shifted:
        times = " · ".join(f"2^{words.spell(units_text(layer.units))}" for layer in shifted)
        yield f"Flips that also move a bias are not in the number; with them it is {times} times as large."


def independent_of(found: Symmetries) -> Sequence[str]:
    """The size letters of the parameters that the count does not hold."""
    inside = {letter for layer in found.layers for letter in letters(layer.units)}
    return sorted({letter for one in found.parameters for axis in one.shape for letter in letters(axis)} - inside)


# -------------------------------------------------------------------------------------------------------- data


def _of_data(words: Words, found: Symmetries, sizes: Mapping[str, int], given: Given) -> Iterator[str]:
    """What the numbers of the sheet change."""
    for alike in given.alike:
        yield _alike(words, alike)
    value = found.value(sizes)
    if given.stabiliser is not None and given.stabiliser > 1 and value is not None and not found.pools:
        left = value // given.stabiliser
        yield (
            f"Of the {value} {'permutations and flips' if any(layer.flips for layer in found.layers) else 'permutations'} {given.stabiliser} leave the given "
            f"numbers as they are, so that {'only one setting is' if left == 1 else f'only {left} different settings are'} left."
        )


def _alike(words: Words, alike: Alike) -> str:
    where = words.met_in(alike.layer.slots)[0]
    up_to = f" up to {alike.up_to}" if alike.up_to else ""
    units = f"{'unit' if len(alike.units) == 1 else 'units'} {listed(map(str, alike.units))} (counted from 0, like the {where})"
    match alike.what:
        case "equal":
            return f"In the given numbers {units} are equal{up_to}: to exchange them changes nothing."
        case "same incoming":
            return (
                f"In the given numbers {units} have the same incoming weights{up_to} and so compute the same{up_to}: only the sum of their outgoing "
                "weights counts, and there are infinitely many more settings."
            )
        case "no outgoing":
            return (
                f"In the given numbers {units} {_has(alike)} zero outgoing weights: the incoming weights may be anything, "
                "which gives infinitely many more settings."
            )
        case "no incoming":
            return (
                f"In the given numbers {units} {_has(alike)} zero incoming weights and so a constant value: such a unit can be replaced "
                "in more ways than these."
            )


def _has(alike: Alike) -> str:
    return "has" if len(alike.units) == 1 else "have"
