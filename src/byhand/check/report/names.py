"""The names of quantities on a page: in the sheet's own notation, with what tells one state from another."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from byhand.check.exercise.quantity import Exercise, Quantity
from byhand.check.report.strangers import harmless
from byhand.lang import english
from byhand.lang.names import Grad, Updated
from byhand.show.document import Cell
from byhand.show.names import text_name
from byhand.show.tree import Sym

LONGEST = 60
_SAMPLE = re.compile(r"(?P<plain>.+)(?P<about> \(sample \d+\))")
_TAKEN_APART = re.compile(r"(?P<plain>.*?)(?P<primes>'*)(?P<about> \([^()]*\))?", re.DOTALL)


def name_cells(exercise: Exercise, name: str) -> tuple[Cell, ...]:
    """The name as formulas have it; names that the sheet does not have as they were written."""
    quantity = exercise.quantities.get(name)
    return (harmless(name, LONGEST),) if quantity is None else _spelled(exercise, quantity)


def _spelled(exercise: Exercise, quantity: Quantity) -> tuple[Cell, ...]:
    """Primes belong to the letter; which run or sample it is stands behind, in words."""
    sample = _samples(exercise).get(quantity.name)
    if sample is not None:
        return _of_sample(exercise, quantity, *sample)
    node = quantity.node.name
    found = _TAKEN_APART.fullmatch(quantity.name)
    if found is None or found["plain"] != str(node).rstrip("'"):
        return (harmless(quantity.name, LONGEST),)
    about = (f" {harmless(found['about'], LONGEST)}",) if found["about"] else ()
    primes = len(found["primes"])
    if isinstance(node, str):
        return (Sym(Updated(node, primes)) if primes else exercise.conventions.sym(node), *about)
    if isinstance(node, Updated):
        return (Sym(node), *about)
    return (exercise.conventions.sym(node), *(("′" * primes,) if primes else ()), *about)


@lru_cache(maxsize=64)
def _samples(exercise: Exercise) -> dict[str, tuple[str, str]]:
    """What belongs to one sample of several, by the name without it and the words for it."""
    found = ((name, _SAMPLE.fullmatch(alias)) for alias, name in exercise.aliases.items())
    return {name: (alias["plain"], alias["about"]) for name, alias in found if alias is not None}


def _of_sample(exercise: Exercise, quantity: Quantity, plain: str, about: str) -> tuple[Cell, ...]:
    """As the solution has it below the heading of a sample: δ_z, and not the gradient of this sample's loss."""
    if plain in exercise.quantities:
        return (*name_cells(exercise, plain), about)
    node = quantity.node.name
    of, slash, _ = plain.removeprefix("d").partition("/")
    name = Grad(of, node.wrt) if isinstance(node, Grad) and slash else plain
    return (exercise.conventions.sym(name), about)


def in_words(exercise: Exercise, name: str) -> str:
    """The name in the middle of a sentence."""
    return "".join(text_name(cell) if isinstance(cell, Sym) else str(cell) for cell in name_cells(exercise, name))


def in_notation(exercise: Exercise, sentence: str) -> str:
    """A sentence whose plain names, ``dL/dW1``, are spelled as the page spells them."""
    spellings, pattern = _spellings(exercise)
    return pattern.sub(lambda found: spellings[found[0]], sentence) if spellings else sentence


@lru_cache(maxsize=64)
def _spellings(exercise: Exercise) -> tuple[dict[str, str], re.Pattern[str]]:
    """Of the names that look otherwise on a page; the longer ones are looked for first, since ``W1`` begins ``W1' (run 2)``."""
    found = {name: spelled for name in sorted(exercise.quantities, key=len, reverse=True) if (spelled := in_words(exercise, name)) != name}
    return found, re.compile(rf"(?<![\w/∂])(?:{'|'.join(map(re.escape, found))})(?![^\W⁰¹²³⁴⁵⁶⁷⁸⁹ᵀ]|')")


def listed(exercise: Exercise, names: Iterable[str]) -> str:
    """``h``, ``h and b₁``, ``h, b₁ and z``."""
    return english.listed(in_words(exercise, name) for name in names)
