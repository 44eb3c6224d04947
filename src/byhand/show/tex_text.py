"""Plain text as LaTeX text: what TeX would read as a command, and every Unicode character that pdflatex does not know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import combining, normalize

from byhand.show.names import GREEK

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "\u00a0": "~", "–": "--", "—": "---", "‘": "`", "’": "'", "“": "``", "”": "''", "…": r"\ldots{}", "•": r"\textbullet{}", "\u200b": "", "\ufeff": "",
    "\u00ad": r"\-", "\u2009": r"\,", "\u202f": r"\,", "„": r"\quotedblbase{}", "‚": r"\quotesinglbase{}", "«": r"\guillemotleft{}", "»": r"\guillemotright{}",
    "€": r"\texteuro{}", "£": r"\pounds{}", "©": r"\copyright{}", "§": r"\S{}", "¶": r"\P{}", "ß": r"\ss{}", "°": r"\textdegree{}",
}  # fmt: skip
_SIGNS = {
    "−": "-", "±": r"\pm", "×": r"\times", "·": r"\cdot", "⋅": r"\cdot", "÷": r"\div", "∘": r"\circ", "⊙": r"\odot", "⊗": r"\otimes", "⊕": r"\oplus",
    "∂": r"\partial", "∇": r"\nabla", "∑": r"\sum", "∏": r"\prod", "Σ": r"\sum", "Π": r"\prod", "√": r"\surd", "∞": r"\infty", "∫": r"\int",
    "≈": r"\approx", "≠": r"\neq", "≤": r"\leq", "≥": r"\geq", "≡": r"\equiv", "∝": r"\propto", "≪": r"\ll", "≫": r"\gg", "∼": r"\sim", "≃": r"\simeq",
    "∈": r"\in", "∉": r"\notin", "⊂": r"\subset", "⊆": r"\subseteq", "∪": r"\cup", "∩": r"\cap", "∅": r"\emptyset", "∀": r"\forall", "∃": r"\exists",
    "→": r"\to", "←": r"\leftarrow", "↔": r"\leftrightarrow", "↦": r"\mapsto", "⇒": r"\Rightarrow", "⇔": r"\Leftrightarrow", "↑": r"\uparrow",
    "↓": r"\downarrow", "⋯": r"\cdots", "⋮": r"\vdots", "⋱": r"\ddots", "∥": r"\|", "‖": r"\|", "⟨": r"\langle", "⟩": r"\rangle",
    "⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil", "⌉": r"\rceil", "∣": r"\mid", "¬": r"\neg",
    "∧": r"\wedge", "∨": r"\vee", "⊤": r"\top", "⊥": r"\bot", "ℓ": r"\ell", "∗": "*",
    "′": "{}'", "″": "{}''", "‴": "{}'''", "½": r"\tfrac{1}{2}", "¼": r"\tfrac{1}{4}", "¾": r"\tfrac{3}{4}", "⅓": r"\tfrac{1}{3}", "⅔": r"\tfrac{2}{3}",
    "ℝ": r"\mathbb{R}", "ℕ": r"\mathbb{N}", "ℤ": r"\mathbb{Z}", "𝔼": r"\mathbb{E}", "𝟏": r"\mathbf{1}", "𝟎": r"\mathbf{0}", "ϕ": r"\phi", "ϵ": r"\epsilon",
    "✓": r"\checkmark", "✗": r"\times", "■": r"\blacksquare", "□": r"\square", "ϑ": r"\vartheta", "∖": r"\setminus", "⟂": r"\perp", "∎": r"\blacksquare",
}  # fmt: skip
_GREEK = dict(GREEK.values()) | {"ι": r"\iota", "ο": "o", "υ": r"\upsilon", "ς": r"\varsigma", "Ξ": r"\Xi", "Υ": r"\Upsilon"}
HIGH = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵀⁿⁱʲᵏˡᵐᵗᵃᵇᶜˢ⊺", [*"0123456789+-=()", r"\top", *"nijklmtabcs", r"\top"]))
LOW = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ᵢⱼₖₗₘₙₚᵣₛₜᵤᵥₓₐₑₕₒ", "0123456789+-=()ijklmnprstuvxaeho"))
MATH = _SIGNS | _GREEK
"""Characters that are mathematics, as commands of math mode."""
_ACCENTS = {"\u0304": r"\bar", "\u0302": r"\hat", "\u0303": r"\tilde", "\u0307": r"\dot", "\u20d7": r"\vec", "\u0305": r"\bar"}
_LATIN = frozenset("\u00c0") | frozenset(chr(code) for code in range(0xC0, 0x180)) - frozenset("×÷ĦħĸŦŧŊŋĿŀŉſ")
"""Letters of western and central Europe, which T1 fonts have."""
_RUNS = re.compile(f"(?P<low>[{''.join(LOW)}]+)?(?P<high>[{''.join(HIGH)}]+)?")
OTHER = r"\other"


def tex_text(text: str) -> str:
    """Text as it should be read, whatever characters it has."""
    return "".join(_pieces(normalize("NFC", text)))


def _pieces(text: str) -> Iterator[str]:
    place = 0
    while place < len(text):
        run = _RUNS.match(text, place)
        if run and run[0]:
            yield _script(run["low"], run["high"])
            place = run.end()
            continue
        accent = text[place + 1] if place + 1 < len(text) else ""
        if accent in _ACCENTS:
            yield f"${_ACCENTS[accent]}{{{MATH.get(text[place], text[place])}}}$" if text[place].isalpha() else character(text[place])
            place += 1
        else:
            yield character(text[place])
        place += 1


def _script(low: str | None, high: str | None) -> str:
    """A run of lowered and of raised characters."""
    below = f"_{{{''.join(LOW[c] for c in low)}}}" if low else ""
    above = f"^{{{' '.join(HIGH[c] for c in high)}}}" if high else ""
    return f"${{}}{below}{above}$"


def character(c: str) -> str:
    if c in _SPECIAL:
        return _SPECIAL[c]
    if c.isascii():
        return c if c.isprintable() or c in "\n\t" else ""
    if c in MATH:
        return f"${MATH[c]}$"
    if c in _LATIN:
        return c
    base, accent = (*normalize("NFD", c), "")[:2]
    if accent in _ACCENTS:
        return f"${_ACCENTS[accent]}{{{base}}}$"
    plain = normalize("NFKC", c)
    if plain != c and plain.isascii():
        return tex_text(plain)
    return "" if combining(c) or not c.isprintable() else f"{OTHER}{{{c}}}"


def is_known(c: str) -> bool:
    """Whether a character is set as what it is under every TeX engine."""
    return c in HIGH or c in LOW or c in _ACCENTS or OTHER not in character(c)
