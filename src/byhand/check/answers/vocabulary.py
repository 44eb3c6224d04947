"""The words of an exercise: every spelling of the names on its sheet, and the words that everybody uses for some of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from byhand.check.answers.spelled import tight
from byhand.check.exercise.quantity import Exercise
from byhand.lang.names import Grad, Name, Updated
from byhand.read.alphabet import looks, spellings

_LOSS = frozenset([
    "loss", "cost", "error", "err", "objective", "lossfunction", "costfunction", "errorfunction", "totalloss", "totalerror", "lossvalue",
    "fehler", "kosten", "verlust", "perte", "coût", "erreur", "l", "e", "j", "c", "mse", "nll", "ce", "crossentropy",
    "etotal", "etot", "ltotal", "jtotal", "gesamtfehler",
])  # fmt: skip
_OUTPUT = frozenset([
    "yhat", "ŷ", "haty", "output", "out", "prediction", "pred", "predictions", "ausgabe", "sortie", "networkoutput", "probabilities", "probs", "ypred",
])  # fmt: skip
_CLASS = frozenset(["class", "predictedclass", "klasse", "argmax", "predictedlabel"])
_HESSIAN = frozenset(["hessian", "hessematrix", "hesse", "hess", "hessianmatrix"])
_Spell = Callable[[str], Iterable[str]]
_Table = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """``levels``: tables of spellings, from the nearest to the farthest; ``called``: whole names and what else the sheet calls them, without blanks;
    ``classes`` and ``seconds``: the questions for a class, and the second derivatives."""

    levels: tuple[tuple[_Spell, _Table], ...]
    called: dict[str, str]
    classes: tuple[str, ...]
    seconds: tuple[str, ...]

    @classmethod
    def of(cls, exercise: Exercise) -> Vocabulary:
        """All that is prepared for an exercise."""
        quantities = exercise.quantities.values()
        bases = list(dict.fromkeys(base for quantity in quantities if (base := base_of(quantity.node.name))))
        levels = tuple((spell, _table(bases, spell)) for spell in (spellings, _squeezed, _alike, _folded))
        called = {tight(text): name for text, name in exercise.aliases.items()} | {tight(name): name for name in exercise.quantities}
        classes = tuple(quantity.name for quantity in quantities if "argmax(" in quantity.name)
        seconds = tuple(quantity.name for quantity in quantities if isinstance(quantity.node.name, Grad) and quantity.node.name.twice)
        return cls(levels, called, classes, seconds)

    def spelled(self, text: str) -> tuple[str, ...]:
        """The names that a text may be another spelling of, on the nearest level where there is one."""
        if not text.strip("*"):
            return ()
        for spell, table in self.levels:
            names = dict.fromkeys(name for key in spell(text) for name in table.get(key, ()))
            if names:
                return tuple(names)
        return ()


def base_of(name: Name) -> str:
    """The part of a name that steps do not change; nothing for a gradient."""
    match name:
        case Grad():
            return ""
        case Updated(base, _):
            return base
        case str():
            return name


def _table(bases: list[str], spell: _Spell) -> _Table:
    found: dict[str, dict[str, None]] = {}
    for base in bases:
        for key in spell(base):
            found.setdefault(key, {})[base] = None
    return {key: tuple(names) for key, names in found.items()}


_OPTIMAL = re.compile(r"_?(?:star|opt|optimal|min)$|\^?\{?\*\}?$")


@lru_cache(maxsize=4096)
def _squeezed(name: str) -> frozenset[str]:
    starred = _OPTIMAL.sub("*", name) if len(name) > 3 or name[-1:] in "*}" else name
    return frozenset(re.sub(r"[_{}\s()\[\],.^]", "", spelling) for one in {name, starred} if one for spelling in spellings(one)) - {""}


def _alike(name: str) -> Iterable[str]:
    return {looks(key) for key in _squeezed(name)}


def _folded(name: str) -> Iterable[str]:
    return {key.casefold() for key in _alike(name)}


def folded(name: str) -> str:
    """A word without what does not matter in words."""
    return re.sub(r"[_{}\s()\-]", "", looks(name)).casefold()


def is_loss(word: str) -> bool:
    return folded(word) in _LOSS


def is_output(word: str) -> bool:
    return folded(word) in _OUTPUT


def is_class(word: str) -> bool:
    return folded(word) in _CLASS


def is_hessian(word: str) -> bool:
    return folded(word) in _HESSIAN
