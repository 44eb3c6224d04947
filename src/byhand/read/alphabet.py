"""The characters of formulas: Greek letters and their spelled-out names, super- and subscripts, operators of print."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase

GREEK: dict[str, tuple[str, ...]] = {
    "α": ("alpha",), "β": ("beta",), "γ": ("gamma",), "δ": ("delta",), "ε": ("eps", "epsilon", "varepsilon"), "ϵ": ("eps", "epsilon"),
    "ζ": ("zeta",), "η": ("eta",), "θ": ("theta",), "ϑ": ("theta",), "κ": ("kappa",), "λ": ("lam", "lambda", "lambd", "lmbda", "lamda"),
    "μ": ("mu",), "µ": ("mu",), "ν": ("nu",), "ξ": ("xi",), "π": ("pi",), "ρ": ("rho",), "σ": ("sigma",), "τ": ("tau",), "υ": ("upsilon",),
    "φ": ("phi",), "ϕ": ("phi",), "χ": ("chi",), "ψ": ("psi",), "ω": ("omega",), "Γ": ("Gamma",), "Δ": ("Delta",), "Θ": ("Theta",),
    "Λ": ("Lambda",), "Ξ": ("Xi",), "Π": ("Pi",), "Σ": ("Sigma",), "Φ": ("Phi",), "Ψ": ("Psi",), "Ω": ("Omega",),
}  # fmt: skip
"""Each Greek letter with the names it stands for, the usual one first."""

SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿᵀ", "0123456789-+nT"))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789"))
SUBSCRIPT_LETTERS = dict(zip("ᵢⱼₖₗₘₙₜₕₓ", "ijklmnthx"))
FRACTIONS = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅙": "1/6", "⅛": "1/8"}
SYMBOLS: dict[str, str] = {
    "−": "-", "–": "-", "⁄": "/", "÷": "/", "⊘": "/", "·": "·", "⋅": "·", "∙": "·", "•": "·", "×": "·", "⊙": "⊙", "∘": "⊙", "◦": "⊙", "∗": "*", "⊗": "⊗",
    "′": "'", "’": "'", "″": "''", "‴": "'''", "√": "√", "∑": "Σ", "Σ": "Σ", "∏": "Π", "∂": "∂", "∇": "∇", "‖": "‖", "∥": "‖", "≤": "<=", "≥": ">=", "⊤": "⊤",
}  # fmt: skip
"""Printed signs and the operator token each one is."""

_TWINS = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеорсухіјѕԁһΑΒΕΖΗΙΚΜΝΟΡΤΥΧο" + "".join(map(chr, range(0xFF21, 0xFF3B))) + "".join(map(chr, range(0xFF41, 0xFF5B))),
    "ABESIJKMHOPCTYXaeopcyxijsdhABEZHIKMNOPTYXo" + ascii_uppercase + ascii_lowercase,
)
"""Cyrillic, Greek and wide letters that look like Latin ones."""


def looks(name: str) -> str:
    """The Latin name that a name looks like."""
    return name.translate(_TWINS)


def odd_ones(name: str, other: str) -> str:
    """The characters in which two names that look the same differ, by their Unicode names."""
    pairs = [(a, b) for a, b in zip(name, other) if a != b][:1]
    return "; ".join(f"{unicodedata.name(a, ascii(a))} here, {unicodedata.name(b, ascii(b))} there" for a, b in pairs) or "their lengths differ"


ONES, ZEROS, MACRON = "𝟏", "𝟎", "\u0304"
_HATS = {"hat": "\u0302", "tilde": "\u0303", "dot": "\u0307", "ddot": "\u0308", "bar": MACRON, "vec": ""}
_WIDE = {"overline": "bar", "widehat": "hat", "widetilde": "tilde"}


def accented(accent: str, name: str) -> str | None:
    """A name under a LaTeX accent, as Unicode writes it; ``None`` if there is no such accent."""
    mark = _HATS.get(_WIDE.get(accent, accent))
    return None if mark is None else unicodedata.normalize("NFC", name[:1] + mark + name[1:])


def without_macron(name: str) -> str | None:
    """Z for Z̄; ``None`` where no bar is."""
    spread = unicodedata.normalize("NFD", name)
    return unicodedata.normalize("NFC", spread.replace(MACRON, "", 1)) if MACRON in spread else None


def is_name_start(char: str) -> bool:
    return (char.isalpha() and char not in SUPERSCRIPTS and char not in SYMBOLS and char not in SUBSCRIPT_LETTERS) or char in (ONES, ZEROS, "∞")


def is_name_part(char: str) -> bool:
    return is_name_start(char) or char in SUBSCRIPTS or (char.isascii() and char.isdigit()) or unicodedata.category(char) == "Mn"


def normal_name(raw: str) -> str:
    """W1 for W₁; composed accents."""
    return unicodedata.normalize("NFC", "".join(SUBSCRIPTS.get(c, c) for c in raw))


@lru_cache(maxsize=4096)
def spellings(name: str) -> tuple[str, ...]:
    """The name itself, then the other ways to spell it: ε and eps, ŷ and y_hat and yhat, W_1 and W1."""
    if name.endswith("*"):
        return tuple(f"{spelling}*" for spelling in spellings(name[:-1]))
    found = [name]
    head, _, tail = name.partition("_")
    for letter, words in GREEK.items():
        if name[0] == letter:
            found += [word + name[1:] for word in words]
        for word in words:
            if head == word or (head.startswith(word) and head[len(word) :].isdigit()):
                found += [letter + name[len(word) :], *(other + name[len(word) :] for other in words)]
    if tail.isdigit() or len(tail) == 1:
        found.append(head + tail)
    if name[-1].isdigit() and "_" not in name:
        stem = name.rstrip("0123456789")
        found += [f"{stem}_{name[len(stem) :]}", f"{stem}[{name[len(stem) :]}]"]
    return tuple(dict.fromkeys([*found, *_hat_spellings(name)]))


def _hat_spellings(name: str) -> list[str]:
    spread = unicodedata.normalize("NFD", name)
    for word, mark in (("hat", "\u0302"), ("tilde", "\u0303"), ("bar", MACRON)):
        if mark in spread:
            base = spread.replace(mark, "", 1)
            stem = base.rstrip("0123456789") if "_" not in base else base.partition("_")[0]
            return [stem + word + base[len(stem) :], base + word, f"{base}_{word}", f"{word}_{base}", word + base]
    return []
