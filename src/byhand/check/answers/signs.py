"""The signs of written numbers brought to one spelling: Unicode and LaTeX to what a program prints."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from byhand.read.alphabet import FRACTIONS, SUPERSCRIPTS

_SAME = str.maketrans({
    **dict.fromkeys("−–‒﹣－‐‑", "-"), "＋": "+", **dict.fromkeys("·⋅∙•×✕∗", "×"), "…": "...", "⋯": "...", "⁄": "/", "∕": "/", "÷": "/",
    **dict.fromkeys("′’ʹ", "'"), "ᵀ": "^T", "⊤": "T", **dict.fromkeys("≃≅∼≐", "≈"), "，": ",", "；": ";", "．": ".", "＝": "=",
    "⎡": "[[", "⎛": "[[", "⎢": "[", "⎜": "[", "⎣": "[", "⎝": "[", "⎤": "]&", "⎞": "]&", "⎥": "]&", "⎟": "]&", "⎦": "]]", "⎠": "]]", "⟨": "[", "⟩": "]",
    "【": "[", "】": "]", "［": "[", "］": "]", "（": "(", "）": ")",
})  # fmt: skip
_THIN = re.compile("(?<=[0-9])[\u2009\u202f\u00a0](?=[0-9]{3}(?![0-9]))")
_RAISED = re.compile("[" + "".join(c for c in SUPERSCRIPTS if SUPERSCRIPTS[c] in "0123456789-+") + "]+")
_PART = re.compile("([0-9]{0,9})([" + "".join(FRACTIONS) + "])")


def plain(text: str) -> str:
    """The text with one spelling of each sign, LaTeX undone, powers of ten as exponents."""
    if len(text) > 200:
        text = _BLANKS.sub(lambda found: "\n" if "\n" in found.group() else " ", text)
    if not text.isascii():
        text = _from_unicode(text)
    if "\\" in text or "{" in text or "$" in text:
        text = _from_latex(text)
    if "10" in text:
        text = _POWER.sub(r"\1e\2", text)
        text = _BARE_POWER.sub(r"1e\1", text)
    return text.strip()


_BLANKS = re.compile(r"\s{2,}")
_POWER = re.compile(r"(?<=[0-9.])()\s*[×*x]\s*10\s*(?:\^|\*\*)\s*[({]?\s*([+-]?\s?[0-9]{1,4})\s*[)}]?")
_BARE_POWER = re.compile(r"(?<![0-9.,×*a-zA-Z_/])10\s*(?:\^|\*\*)\s*[({]?\s*([+-][0-9]{1,4})\s*[)}]?")


def _from_unicode(text: str) -> str:
    text = _THIN.sub("", text)
    text = _PART.sub(_mixed, _RAISED.sub(lambda found: "^" + "".join(SUPERSCRIPTS[c] for c in found.group()), text))
    return "".join(map(_ascii, text.translate(_SAME))) if not text.isascii() else text


def _mixed(found: re.Match[str]) -> str:
    """1½ as 3/2."""
    over, under = FRACTIONS[found[2]].split("/")
    return f"{int(found[1] or 0) * int(under) + int(over)}/{under}"


def _ascii(char: str) -> str:
    if char < "\x80":
        return char
    kind = unicodedata.category(char)
    if kind == "Nd":
        return str(unicodedata.decimal(char))
    return " " if kind == "Zs" else "" if kind == "Cf" else char


# ----------------------------------------------------------------------------------------------------------- LaTeX

_ENVIRONMENT = re.compile(r"\\begin\s*\{((?:small)?[pbvBV]?matrix|array)\*?\}(.*?)\\end\s*\{\1\*?\}", re.DOTALL)
_COLUMNS = re.compile(r"^\s*(?:\[[a-z]\])?\s*\{[^{}]*\}|^\s*\[[a-z]\]")
_ROW_END = re.compile(r"\\\\(?:\s*\[[^\]]*\])?|\\cr\b|\\tabularnewline\b")
_FRACTION = re.compile(r"\\[dtc]?frac\s*(?:\{([^{}]*)\}|([0-9]))\s*(?:\{([^{}]*)\}|([0-9]))")
_WRAPPED = re.compile(r"\\(?:mathbf|mathrm|mathsf|boldsymbol|bm|num|mathit|textbf|text|boxed|underline|ensuremath)\s*\{([^{}]*)\}")
MOST_MATRICES = 100
_Change = str | Callable[[re.Match[str]], str]
_LATEX: tuple[tuple[re.Pattern[str], _Change], ...] = (
    (re.compile(r"\{,\}"), "."),
    (re.compile(r"\\(?:left|right|big|Big|bigg|Bigg)[lr]?(?![a-zA-Z])\.?|\\displaystyle(?![a-zA-Z])|\\hline(?![a-zA-Z])"), " "),
    (re.compile(r"\\(?:cdot|times)(?![a-zA-Z])"), "×"),
    (re.compile(r"\\(?:dots|ldots|cdots|dotsc)(?![a-zA-Z])"), "..."),
    (re.compile(r"\\approx(?![a-zA-Z])"), "≈"),
    (re.compile(r"\\(?:top|intercal|mathsf\{T\}|transpose)(?![a-zA-Z])"), "T"),
    (re.compile(r"\\[,;:! ]|~|\\q?quad(?![a-zA-Z])"), " "),
    (re.compile(r"\\[{]"), "["),
    (re.compile(r"\\[}]"), "]"),
    (re.compile(r"\$|\\[()\[\]]"), " "),
)


def _from_latex(text: str) -> str:
    if "\\begin" in text and text.count("\\begin") <= MOST_MATRICES:
        text = _ENVIRONMENT.sub(_matrix, text)
        text = re.sub(r"[\[(|]?\s*(?:\\[{])?⟦", "[", re.sub(r"(?:\\left|\\right|\\[bB]igg?[lr]?)\s*\\?([\[\]()|.])", r"\1", text))
        text = re.sub(r"⟧\s*[\])|]?", "]", text)
    for pattern, change in _LATEX:
        text = pattern.sub(change, text)
    for pattern, change in ((_WRAPPED, r"\1"), (_FRACTION, _over)):
        text = pattern.sub(change, text)
    return text


def _over(found: re.Match[str]) -> str:
    return f"{(found[1] or found[2] or '').strip()}/{(found[3] or found[4] or '').strip()}"


def _matrix(found: re.Match[str]) -> str:
    """The rows of a matrix in brackets, its entries between &, which tells them from decimal commas."""
    body = _COLUMNS.sub("", found[2]) if found[1] == "array" else found[2]
    rows = [row for row in _ROW_END.split(body) if row.strip()]
    return "⟦" + " & ".join(f"[{row}]" for row in rows) + "⟧"
