"""A written name taken apart: Unicode and LaTeX brought to one spelling, then its stem, its index, its primes."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from byhand.read.alphabet import GREEK, SUBSCRIPTS, accented

_LETTERS = {word: letter for letter, words in reversed(GREEK.items()) for word in words} | {"varepsilon": "ε", "varphi": "φ", "vartheta": "ϑ", "ell": "l"}
_SMALL = str.maketrans({
    **{c: f"^{{{d}}}" for c, d in zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")}, "⁽": "", "⁾": "", "⁺": "^+", "′": "'", "’": "'", "″": "''", "‴": "'''", "´": "'",
    **dict.fromkeys("⁄∕", "/"), "−": "-", "＿": "_", "∆": "Δ", **dict.fromkeys("⋆∗＊", "*"),
})  # fmt: skip
_WORD = re.compile(r"\\([A-Za-z]+)\s*")
_STYLES = re.compile(r"\\(?:math(?:rm|bf|it|sf|cal|scr|bb)|boldsymbol|bm|text(?:bf|it|rm)?|operatorname|vec|pmb|underline)\s*(?:\{([^{}]*)\}|([A-Za-z]))")
_ACCENT = re.compile(r"\\(hat|widehat|tilde|widetilde|bar|overline|dot)\s*(?:\{\s*(\\?[A-Za-z0-9_]+)\s*\}|(\\?[A-Za-z]))")
_FRACTION = re.compile(r"\\[dtc]?frac\s*\{((?:[^{}]|\{[^{}]*\})*)\}\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_LAYOUT = re.compile(r"\\(?:left|right|displaystyle|limits|quad|qquad|big|Big)(?![A-Za-z])|\\[,;:! ]|[$`~&]|\\[()\[\]]")


_HAT_BEHIND = re.compile(r"([A-Za-z])\^$")
_RAISED_PRIME = re.compile(r"\^(?:\{\s*('+)\s*\}|(?='))")


def clean(written: str) -> str:
    """The name in plain characters: ∂L/∂W_1 for \\frac{\\partial L}{\\partial W_1}; blanks only between words."""
    text = "".join(c for c in written if unicodedata.category(c) not in ("Cf", "Cc"))
    if not text.isascii():
        text = unicodedata.normalize("NFC", "".join(SUBSCRIPTS.get(c, c) for c in "".join(map(_upright, text)).translate(_SMALL))).replace("}^{", "")
    if "\\" in text or "$" in text or "`" in text or "&" in text:
        text = _without_latex(text)
    text = re.sub(r"\s+", " ", text).strip(" .,:;")
    text = _RAISED_PRIME.sub(lambda found: found[1] or "", text) if "^" in text else text
    text = text.removeprefix("**").removesuffix("**")
    text = _HAT_BEHIND.sub(_hatted, text) if text[-1:] == "^" else text
    return re.sub(r"\s*([/_^{}()\[\]'])\s*", r"\1", text) if " " in text else text


def _hatted(found: re.Match[str]) -> str:
    return accented("hat", found[1]) or found[1]


def _upright(char: str) -> str:
    """𝑊 and ℒ as the letters they are styles of."""
    return unicodedata.normalize("NFKC", char) if "\u2100" <= char <= "\u214f" or char >= "\U0001d400" else char


def tight(name: str) -> str:
    """Without blanks."""
    return "".join(name.split())


def _without_latex(text: str) -> str:
    text = _LAYOUT.sub(" ", text)
    for _ in range(3):
        text = _STYLES.sub(lambda found: found[1] if found[1] is not None else found[2], text)
    text = _ACCENT.sub(_accented, text)
    text = _FRACTION.sub(r"\1/\2", text)
    return _WORD.sub(_letter, text)


def _accented(found: re.Match[str]) -> str:
    name = _WORD.sub(_letter, found[2] or found[3])
    return accented(found[1], name) or name


def _letter(found: re.Match[str]) -> str:
    word = found[1]
    match word:
        case "partial":
            return "∂"
        case "nabla":
            return "∇"
        case "prime":
            return "'"
        case "star" | "ast":
            return "*"
        case _:
            return _LETTERS.get(word, word + " ")


# ---------------------------------------------------------------------------------------------- stem, index, primes

_NEW = frozenset(["new", "neu", "updated", "update", "upd", "next", "after", "prime", "+", "t+1", "n+1", "k+1", "plus"])
_OLD = frozenset(["old", "alt", "t", "before", "initial", "init"])
_PREFIX = re.compile(
    r"(?:the |die |der |das )?(?:new|updated|neue|neues|neuer|next|nouveau|nouvelle|aktualisierte[rs]?)[ _]+"
    r"(?:(?:weights?(?: matrix)?|bias(?:es)?|parameters?|Gewichte?|Gewichtsmatrix|poids|biais) )?(?=.)",
    re.IGNORECASE,
)
_AFTER = r"(?:after|nach|après)(?: (?:the|one|dem|einem|un|la))?(?: (?:gradient ))?(?: ?(?:step|update|Schritt|Update|mise à jour|pas))?"
_SUFFIX = re.compile(
    r"[_ ]?(?:new|New|NEW|neu|nouveau|updated|prime|_upd|_next|_after)$|(?<=[A-Za-z0-9}])\+$|\((?:new|neu|updated|t\+1|n\+1|k\+1)\)$|_?\[?t\+1\]?$"
    rf"|[ (]\(?{_AFTER}\)?$"
)
_START = re.compile(r"(?<=[^\s_(])[_ ]\(?(?:init|initial|old|start|alt|before)\)?$")
_SCRIPT = re.compile(r"([_^])(\{[^{}]*\}|\([^()]*\)|\[[^\[\]]*\]|\+|[^_^'{}\[\]()]+)|('+)")
_SAID = re.compile(r"(?<![\^_])\s*(?:\((run [0-9]{1,3}|[0-9]{1,3}|[^()]*=[^()]*)\)|\b(run) ?([0-9]{1,3}))$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stem:
    """A name without primes and index marks: ``base`` is W1 for W_1^{new}, with one prime. ``said``: what stands in brackets behind it, as in W1' (run 2)."""

    base: str
    primes: int = 0
    said: str = ""


@lru_cache(maxsize=4096)
def stem(name: str) -> Stem:
    """What a clean name says of its stem, its index and how often it was updated."""
    said = _SAID.search(name)
    if said is not None:
        name = name[: said.start()]
    primes, bare = 0, name
    prefix = _PREFIX.match(bare)
    if prefix is not None:
        primes, bare = 1, bare[prefix.end() :]
    suffix = _SUFFIX.search(bare)
    if suffix is not None and suffix.start() > 0:
        primes, bare = primes + 1, bare[: suffix.start()]
    bare = _START.sub("", bare)
    first = _SCRIPT.search(bare)
    if first is not None and first.start() > 0:
        head, more = _with_scripts(bare[: first.start()], bare[first.start() :])
        bare, primes = head, primes + more
    return Stem(bare, primes, f"({' '.join(filter(None, said.groups()))})" if said is not None else "")


def _with_scripts(head: str, scripts: str) -> tuple[str, int]:
    """The stem with its index, and how many primes its sub- and superscripts mean."""
    primes, index, rest, place = 0, "", "", 0
    for found in _SCRIPT.finditer(scripts):
        if found.start() != place:
            break
        place = found.end()
        if found[3]:
            primes += len(found[3])
            continue
        for word in found[2].strip("{}()[] ").replace("(", "").replace(")", "").split(","):
            word = word.strip()
            if word in _NEW:
                primes += 1
            elif word in _OLD:
                pass
            elif word.isdigit() and found[1] == "^" and (index or head[-1:].isdigit()):
                primes += int(word) if len(word) == 1 else 0
            elif word.isdigit() and not index:
                index = word
            else:
                rest += f"_{word}"
    return head + index + rest + scripts[place:], primes
