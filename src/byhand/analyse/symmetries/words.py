"""Symmetries in words: which rows, columns and entries change places, signs or sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from byhand.analyse.symmetries.found import Generator, Layer, units_text
from byhand.analyse.symmetries.grading import Slot, Structure
from byhand.lang.english import listed
from byhand.lang.expr import Expr, Var
from byhand.lang.walk import postorder

PAIR, ONE = "j and j′", "j"
HIGH = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
PLURAL = {"entry": "entries", "row": "rows", "column": "columns", "slice": "slices"}


def as_written(name: str) -> str:
    return name


@dataclass(frozen=True, slots=True)
class Words:
    """``spell``: how names of quantities and sizes are spelled."""

    structure: Structure
    spell: Callable[[str], str] = as_written

    def names(self, parameters: Iterable[Var]) -> str:
        return listed(self.spell(parameter.name) for parameter in parameters)

    def place(self, slot: Slot, units: str) -> str:
        """What of a parameter belongs to units j, or j and j′."""
        parameter, axis, _ = slot
        kind, tail = _kind(parameter, axis)
        name = self.spell(parameter.name)
        if len(self.structure.leaves(parameter, axis)) > 1:
            return f"the {PLURAL[kind]}{tail} of {name} that belong to {'units' if units == PAIR else 'unit'} {units}"
        return f"{PLURAL[kind] if units == PAIR else kind} {units}{tail} of {name}"

    def places(self, slots: Iterable[Slot], units: str) -> str:
        """All that belongs to units; twice in one parameter is said once."""
        return listed(dict.fromkeys(self.place(slot, units) for slot in slots))

    def axes(self, slots: Iterable[Slot]) -> str:
        """The rows of W1 and the columns of W2."""
        return listed(dict.fromkeys(f"the {axis}" for axis in self.met_in(slots)))

    def met_in(self, slots: Iterable[Slot]) -> Sequence[str]:
        """The rows and columns that have a layer's units: columns of W1, rows of W2."""
        found: list[str] = []
        for parameter, axis, _ in slots:
            kind, tail = _kind(parameter, axis)
            found.append(f"{PLURAL[kind]}{tail} of {self.spell(parameter.name)}")
        return list(dict.fromkeys(found))

    # --------------------------------------------------------------------------------------------- generators

    def sentence(self, generator: Generator, layer: Layer | None = None) -> str:
        """What a generator does."""
        slots, whole = list(generator.powers), list(generator.wholes)
        n = self.spell(units_text(layer.units)) if layer is not None else ""
        match generator.kind:
            case "swap":
                return f"swap units j and j′: {self.places(slots, PAIR)} change places"
            case "cycle":
                return f"move all units round by one: {self.places(slots, ONE)} take the place of the next; swaps and this make up all {n}! permutations"
            case "flip":
                return f"flip unit j: {self.places(slots, ONE)} change{_s(slots)} sign"
            case "shifted flip":
                ((bias, constant),) = generator.wholes.items()
                (weight,) = (slot for slot in slots if slot[0] in _added(generator, bias))
                times = "" if constant == 1 else f"{constant} times "
                return (
                    f"flip unit j: {self.places(slots, ONE)} change{_s(slots)} sign, "
                    f"and {times}{self.place(weight, ONE)}, as it was, is added to {self.spell(bias.name)}"
                )
            case "scale":
                return f"scale unit j by any c > 0: {_factors({self.place(slot, ONE): power for slot, power in generator.powers.items()})}"
            case "mix":
                straight, back = ([slot for slot in slots if (generator.powers[slot] > 0) is forward] for forward in (True, False))
                return f"mix the units by any invertible {n}×{n} matrix: it acts on {self.axes(straight)}, its inverse on {self.axes(back)}"
            case "rotate":
                return f"turn the units by any orthogonal {n}×{n} matrix: it acts on {self.axes(slots)}"
            case "exchange units":
                return f"exchange a unit of one layer with a unit of the other: it takes its place in {self.axes(slots)}"
            case "exchange":
                return f"exchange whole parameters: {_exchanged(generator, self.spell)} change places"
            case "whole flip":
                return f"flip {self.names(whole)}: {'they change sign as wholes' if len(whole) > 1 else 'it changes sign as a whole'}"
            case "whole scale":
                return f"scale by any c > 0: {_factors({self.spell(one.name): power for one, power in generator.wholes.items()})}"


def _added(generator: Generator, bias: Var) -> set[Expr]:
    """What the new bias is made of."""
    return set(postorder(generator.after[bias])) - {bias}


def _exchanged(generator: Generator, spell: Callable[[str], str]) -> str:
    """v1 with v2 and w1 with w2; of a longer round each with the next."""
    pairs: dict[frozenset[str], tuple[str, str]] = {}
    for old, new in generator.after.items():
        if isinstance(new, Var):
            pairs.setdefault(frozenset((old.name, new.name)), (old.name, new.name))
    return listed(f"{spell(old)} with {spell(new)}" for old, new in pairs.values())


def _kind(parameter: Var, axis: int) -> tuple[str, str]:
    """Entry, row or column; in larger arrays a slice along an axis."""
    match len(parameter.shape):
        case 1:
            return "entry", ""
        case 2:
            return ("row", "column")[axis], ""
        case _:
            return "slice", f" along axis {axis}"


def _s(slots: Sequence[Slot]) -> str:
    return "" if len(slots) > 1 else "s"


def _factors(powers: Mapping[str, Fraction]) -> str:
    return "multiply " + listed(f"{what} by {_power('c', exponent)}" for what, exponent in powers.items())


def _power(factor: str, exponent: Fraction) -> str:
    """c, c², 1/c, …"""
    if exponent < 0:
        return f"1/{_power(factor, -exponent)}"
    if exponent.denominator != 1:
        return f"{factor}^({exponent})"
    return factor if exponent == 1 else f"{factor}{str(exponent).translate(HIGH)}"


def group(layer: Layer, n: str) -> str:
    """The group of a layer in words; ``n`` spells its size."""
    match layer.continuous:
        case "linear":
            return f"all invertible {n}×{n} matrices"
        case "rotations":
            return f"all orthogonal {n}×{n} matrices"
        case "scalings" | "":
            flips = ["sign flips" if layer.flips == 1 else f"{layer.flips} sign flips of each unit"] if layer.flips else []
            return listed([*(["permutations"] if layer.permutes else []), *flips, *(["rescaling"] if layer.continuous else [])])
