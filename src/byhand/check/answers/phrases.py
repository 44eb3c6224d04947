"""Words around a name: those that only lead up to it, and those that make something else of it."""

from __future__ import annotations

import re

_GRADIENT = re.compile(r"grad|deriv|dériv|ableit|delta|[δΔ∂∇]", re.IGNORECASE)
_TELLING = re.compile(
    r"abgel|diff|error|fehler|erreur|^(?:new|neu\w{0,2}|alte?[rs]?|old|after|nach|après)$|nouv|updat|aktualis|chang|änder"
    r"|norm|mean|mittel|transp|invers|negat|smooth|ohne|without|respect|rapport|wrt",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[(\[]?[A-Za-z0-9]{1,3}[.)\]]|[^\W_]+(?:['’.:-][^\W_]*)*:?")
_AROUND_WORDS = frozenset([
    "the", "a", "our", "final", "total", "overall", "mean", "average", "training", "network", "network's", "net", "model", "softmax", "sigmoid",
    "tanh", "cross", "entropy", "cross-entropy", "squared", "quadratic", "der", "die", "das", "gesamter", "mittlerer", "la", "le", "predicted", "of",
    "and", "so", "is", "also", "thus", "hence",
])  # fmt: skip


def lead_up(words: list[str], is_gradient: bool) -> bool:
    """Whether words before a name only lead up to it: 'so we get W1' and 'the gradient dW1', and not 'the derivative by W1'."""
    return all(_PLAIN.fullmatch(word) and not _TELLING.search(word) and (is_gradient or not _GRADIENT.search(word)) for word in words)


def say_nothing(words: list[str]) -> bool:
    """Whether words before 'loss' or 'output' leave open no other one: 'the final output', and not 'hidden output'."""
    return all(word.casefold() in _AROUND_WORDS for word in words)


_ACTIVATION = r"(?:outputs?|activations?|Ausgabe|Aktivierung(?:en)?|sortie)"
_LAYER = r"(?:[lL]ayer|Schicht|couche) ?([0-9]{1,2})"
_OF_LAYER = re.compile(rf"{_LAYER} {_ACTIVATION}|{_ACTIVATION} (?:of |der |de la )?{_LAYER}", re.IGNORECASE)
_HIDDEN = re.compile(rf"hidden (?:layer )?{_ACTIVATION}|{_ACTIVATION} of the hidden layer", re.IGNORECASE)


def layer_of(words: str, layers: int) -> int | None:
    """The layer whose activation is meant by 'layer 2 output', or 'hidden output' where there is one hidden layer."""
    found = _OF_LAYER.fullmatch(words)
    if found is not None:
        return int(found[1] or found[2])
    return 1 if layers == 2 and _HIDDEN.fullmatch(words) else None
