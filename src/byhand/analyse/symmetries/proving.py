"""Each symmetry put into the formula where it happens, and for all sizes where that is possible.

A change of some parameters is a symmetry if a quantity stays the same through which alone they act on the function, whatever else goes into it.
So the claim that is proved is about that quantity, with all that does not change as new unknowns: small, however deep the network is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from byhand.analyse.symmetries.axes import Axis, found
from byhand.analyse.symmetries.changes import Change, changed
from byhand.analyse.symmetries.grading import Slot, Structure
from byhand.lang.expr import Contract, Expr, Index, Num, Var, contract, var
from byhand.lang.sizes import Poly, Shape, Size
from byhand.lang.walk import children, postorder, rebuild, substitute
from byhand.run.claim import Verdict
from byhand.run.prove import prove

Recipe: TypeAlias = Callable[[Size], Mapping[Slot, Change]]
"""What is done at each place, for so many units."""
SMALL = 6
"""Sizes above this are proved for all sizes at once, if the formula allows it."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A quantity through which alone some parameters act; ``axes`` are those of the unknowns in it."""

    root: Expr
    axes: Mapping[Expr, tuple[Axis, ...]]


def verdict(structure: Structure, unit: Axis, recipe: Recipe) -> Verdict:
    """Whether the function stays the same."""
    at = recipe(unit.size)
    cut = _cut(structure, frozenset(slot[0] for slot in at), unit)
    if any(isinstance(n, int) and n > SMALL for node in postorder(cut.root) for n in node.shape):
        general = _for_all_sizes(structure, cut, unit, recipe)
        if general is not None and general.verdict == "holds":
            return general
    return prove(substitute(cut.root, {**changed(structure, at.items())}), cut.root)


def local(structure: Structure, changing: frozenset[Var], unit: Axis) -> Expr:
    """The quantity through which alone these parameters act, and that has no axis of the units."""
    return _cut(structure, changing, unit).root


def _cut(structure: Structure, changing: frozenset[Var], unit: Axis) -> Cut:
    order = structure.function.order
    moving: set[Expr] = set(changing)
    for node in order:
        if any(part in moving for part in children(node)):
            moving.add(node)
    narrow = _narrow(structure.function.root, order, moving, changing)
    root = next((node for node in narrow if node not in changing and not structure.places(node, unit)), structure.function.root)
    unknowns: dict[Expr, Expr] = {}
    opened = {node for node in order if node in moving or structure.places(node, unit)}  # what has the axis must stay alike along it
    for node in postorder(root, below=lambda node: children(node) if node in opened else ()):
        if node not in opened and not isinstance(node, (Var, Num)) and not _is_constant(node):
            unknowns[node] = var(structure.activations.fresh(f"u{len(unknowns)}"), node.shape)
    axes = {unknown: structure.letters[node] for node, unknown in unknowns.items()}
    small = substitute(root, unknowns)
    return Cut(small, axes | {node: structure.letters[node] for node in postorder(small) if isinstance(node, Var) and node not in axes})


def _is_constant(node: Expr) -> bool:
    return not any(isinstance(part, Var) for part in postorder(node))


def _narrow(root: Expr, order: Iterable[Expr], moving: set[Expr], changing: frozenset[Var]) -> list[Expr]:
    """The nodes that every way from the changing parameters to the root goes through, the lowest first."""
    below: dict[Expr, int] = {}
    for node in order:
        if node in moving:
            below[node] = 1 if node in changing else sum(below[part] for part in children(node) if part in moving)
    above = dict.fromkeys(below, 0)
    above[root] = 1
    for node in reversed(list(below)):
        for part in children(node) if node not in changing else ():
            if part in moving:
                above[part] += above[node]
    return [node for node in below if above[node] * below[node] == below[root]]


# --------------------------------------------------------------------------------------------------- all sizes


def _for_all_sizes(structure: Structure, cut: Cut, unit: Axis, recipe: Recipe) -> Verdict | None:
    """The same claim with a letter for the size of every axis; ``None`` where something speaks of places by number."""
    if any(isinstance(node, Index) for node in postorder(cut.root)):
        return None
    names: dict[Axis, Poly] = {}

    def letters(axes: Iterable[Axis]) -> Shape:
        tops = [found(axis) for axis in axes]
        return tuple(1 if top.size == 1 else names.setdefault(top, Poly.letter(f"n{len(names)}")) for top in tops)

    done: dict[Expr, Expr] = {}
    for node in postorder(cut.root):
        if isinstance(node, Var):
            done[node] = var(node.name, letters(cut.axes[node]), node.facts)
        elif isinstance(node, Contract):
            axes = structure.letters.get(node)
            if axes is None and any(letter not in "".join(node.spec.inputs) for letter in node.spec.output):
                return None
            sizes = dict(zip(node.spec.output, letters(axes))) if axes is not None else {}
            done[node] = contract(node.spec, *(done[arg] for arg in node.args), sizes=sizes)
        else:
            done[node] = rebuild(node, tuple(done[part] for part in children(node)))
    general = done[cut.root]
    after: dict[Expr, Expr] = {}
    for (parameter, axis, _), change in recipe(letters((unit,))[0]).items():
        whole = done[parameter]
        after[whole] = change(after.get(whole, whole), axis)
    return prove(substitute(general, after), general)


def plain_verdict(structure: Structure, after: Mapping[Var, Expr]) -> Verdict:
    """Whether the function stays the same when whole parameters change."""
    root = structure.function.root
    return prove(substitute(root, {**after}), root)
