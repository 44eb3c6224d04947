"""The symmetries of a network as a person reads them: layer by layer, what may change and why, and the count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

from byhand.analyse.symmetries.activations import Activation
from byhand.analyse.symmetries.found import Generator, Layer, Symmetries, units_text
from byhand.analyse.symmetries.given import Given
from byhand.analyse.symmetries.remarks import caption, certainty, letters, remarks
from byhand.analyse.symmetries.words import Words, group
from byhand.lang.expr import Expr, Named, Var, power_of, scale, var
from byhand.lang.sizes import Poly, Size, size
from byhand.lang.walk import substitute
from byhand.sheets.lines import Writer
from byhand.show.document import Block, Cell, Line, Lines, Note, Table
from byhand.show.names import text_name
from byhand.show.pieces import ONE
from byhand.show.tree import Array, Function, Numeral, Power, Product, Sym, Tree
from byhand.show.unicode import text

LONGEST = 10**15
WHY_WHOLE = {"whole flip": "the signs meet and cancel", "whole scale": "the factors meet and cancel"}


@dataclass(frozen=True, slots=True)
class Page:
    """The symmetries, with the sizes that the sheet fixes and what its numbers add."""

    found: Symmetries
    sizes: Mapping[str, int]
    given: Given | None


def blocks_of(writer: Writer, page: Page) -> Iterator[Block]:
    """The page."""
    found = page.found
    words = Words(found.structure, _spelled)
    if found.layers:
        yield _layers(words, found)
    elif not found.generators:
        kept = f"no axis of {words.names(found.parameters)} runs over hidden units that could change places"
        yield Note(f"Here {kept}: each meets an input, the output or a quantity that is not in the list.")
    if laws := list(laws_of(found)):
        yield Lines(f"The activations: proved for every z{' and every c > 0' if _scales(found) else ''}", _lines(writer, laws))
    if found.generators:
        yield Table(f"What leaves {_name(found)} unchanged", ("units", "change", "because"), tuple(_changes(words, found)))
        yield Note(certainty(found))
    yield Lines(caption(found), (count_line(found, page.sizes),))
    yield from map(Note, remarks(words, found, page.sizes, page.given))


def _name(found: Symmetries) -> str:
    return text_name(Sym(found.function.name)) if isinstance(found.function, (Named, Var)) else "the function"


def _spelled(name: str) -> str:
    return text_name(Sym(name))


def _layers(words: Words, found: Symmetries) -> Table:
    rows = tuple((_numeral(layer.units), ", ".join(words.met_in(layer.slots)), group(layer, _spelled(units_text(layer.units)))) for layer in found.layers)
    return Table("Hidden units: what is summed over and belongs to no input or output", ("units", "are the", "symmetries"), rows)


def _numeral(n: Size) -> Tree:
    return Numeral(Poly.of(n))


# -------------------------------------------------------------------------------------------------- generators


def _changes(words: Words, found: Symmetries) -> Iterator[tuple[Cell, ...]]:
    for layer in found.layers:
        for one in layer.generators:
            if one.kind != "cycle" and (layer.continuous not in ("linear", "rotations") or one.kind in ("mix", "rotate")):
                yield _numeral(layer.units), words.sentence(one, layer), _because(one, layer)
    for one in found.wholes:
        yield "all", words.sentence(one), WHY_WHOLE.get(one.kind, "a sum does not depend on the order of its terms")


def _because(generator: Generator, layer: Layer) -> str:
    match generator.kind:
        case "flip":
            parities = {one.parity for one in layer.activations if not one.linear}
            if parities == {"even"}:
                return "the activation is even and does not see the sign"
            return "the activation is odd and hands the sign on, and two signs cancel" if parities == {"odd"} else "the signs cancel wherever they meet"
        case "shifted flip":
            return "the activation is odd but for a constant, and the next bias takes the constant up; not counted below"
        case "scale":
            return "the activation hands a positive factor on, and the factors cancel"
        case "mix":
            return "between the layers there is nothing but linear maps, so matrix and inverse cancel"
        case "rotate":
            return "the units meet themselves: AᵀA = I for an orthogonal matrix A"
        case "swap" | "cycle" | "whole flip" | "whole scale" | "exchange" | "exchange units":
            return "a sum does not depend on the order of its terms"


# ------------------------------------------------------------------------------------------------- activations


def _scales(found: Symmetries) -> bool:
    return any(layer.continuous == "scalings" for layer in found.layers)


def laws_of(found: Symmetries) -> Iterator[tuple[Expr, Expr]]:
    """The equalities that the symmetries rest on: f(−z) = ±f(z), f(cz) = cᵏ f(z)."""
    seen: set[Expr] = set()
    for layer in found.layers:
        for one in layer.activations:
            for left, right in _laws(one, layer):
                if left not in seen and left is not right:
                    seen.add(left)
                    yield left, right


def _laws(one: Activation, layer: Layer) -> Iterator[tuple[Expr, Expr]]:
    if one.linear or layer.continuous in ("linear", "rotations"):
        return
    z = one.argument
    if layer.flips and one.parity is not None:
        yield substitute(one.shown, {z: -z}), scale(-1, one.shown) if one.parity == "odd" else one.shown
    if layer.continuous == "scalings" and one.degree is not None:
        c = var("c", (), ("positive",))
        yield substitute(one.shown, {z: c * z}), power_of(c, one.degree) * one.shown if one.degree else one.shown


def _lines(writer: Writer, laws: Iterable[tuple[Expr, Expr]]) -> tuple[Line, ...]:
    written = {text(line.links[0]): line for line in (Line((writer.formula(left), writer.formula(right))) for left, right in laws)}
    return tuple(written.values())


# ------------------------------------------------------------------------------------------------------- count


def count_line(found: Symmetries, sizes: Mapping[str, int]) -> Line:
    """M! · 2^M = 3! · 2³ = 48."""
    links: list[Tree] = [_count(found, {}), _count(found, sizes)]
    value = found.value(sizes)
    rounded = value is not None and value > LONGEST
    if value is not None:
        links.append(_rounded(value) if rounded else Numeral(Poly.of(value)))
    return Line(tuple(link for k, link in enumerate(links) if not k or link != links[k - 1]), rounded)


def _rounded(value: int) -> Tree:
    """2.84 · 10²²¹."""
    digits = str(value)
    return Product("scale", Array(((f"{digits[0]}.{digits[1:3]}",),), "scalar"), Power(_numeral(10), _numeral(len(digits) - 1)))


def _count(found: Symmetries, sizes: Mapping[str, int]) -> Tree:
    factors: list[Tree] = []
    for kind, n in found.factors:
        m = _at(n, sizes)
        factors.append(Function("factorial", (_numeral(m),)) if kind == "factorial" else _two_to(m) if kind == "power" else _numeral(m))
    return reduce(lambda left, right: Product("scale", left, right), factors) if factors else ONE


def _at(n: Size, sizes: Mapping[str, int]) -> Size:
    return size(Poly.of(n).at(sizes)) if sizes and letters(n) <= sizes.keys() else n


def _two_to(exponent: Size) -> Tree:
    return _numeral(2) if exponent == 1 else Power(_numeral(2), _numeral(exponent))
