"""The vocabulary of LaTeX mathematics that Typst's has words for."""

from __future__ import annotations

from byhand.show.tex_text import MATH

SIGNS = {command: sign for sign, command in reversed(MATH.items()) if command.startswith("\\") and command[1:].isalpha()} | {
    r"\le": "≤", r"\ge": "≥", r"\ne": "≠", r"\iff": "⇔", r"\implies": "⇒", r"\rightarrow": "→", r"\gets": "←", r"\land": "∧", r"\lor": "∨", r"\vee": "∨",
    r"\sum": "∑", r"\prod": "∏", r"\cdot": "⋅", r"\ast": "∗", r"\star": "⋆", r"\colon": ":", r"\dots": "…", r"\ldots": "…", r"\prime": "′", r"\|": "‖",
    r"\Vert": "‖", r"\lVert": "‖", r"\rVert": "‖", r"\vert": "|", r"\lvert": "|", r"\rvert": "|", r"\parallel": "∥", r"\{": r"\{", r"\}": r"\}", r"\top": "⊤",
    r"\setminus": "∖", r"\emptyset": "∅", r"\varnothing": "∅", r"\Re": "ℜ", r"\Im": "ℑ", r"\%": "%", r"\#": r"\#", r"\&": r"\&", r"\_": r"\_", r"\$": r"\$",
    r"\,": "thin", r"\:": "med", r"\;": "thick", r"\quad": "quad", r"\qquad": "wide", r"\ ": "med", r"\!": "", r"\varphi": "φ", r"\phi": "ϕ", r"\epsilon": "ϵ",
    r"\varepsilon": "ε", r"\displaystyle": "", r"\textstyle": "", r"\limits": "", r"\nolimits": "", r"\omicron": "ο", r"\perp": "⊥", r"\neg": "¬",
    r"\oint": "∮",
}  # fmt: skip
"""Commands for one sign, and those for space."""
ONE = {
    r"\sqrt": "sqrt", r"\hat": "hat", r"\widehat": "hat", r"\bar": "macron", r"\tilde": "tilde", r"\widetilde": "tilde", r"\vec": "arrow", r"\dot": "dot",
    r"\overline": "overline", r"\underline": "underline", r"\mathbb": "bb", r"\mathcal": "cal", r"\mathsf": "sans", r"\mathit": "italic",
    r"\boldsymbol": "bold", r"\mathrm": "upright", r"\mathbf": "bold", r"\overbrace": "overbrace", r"\underbrace": "underbrace", r"\mathop": "upright",
}  # fmt: skip
"""Commands with one argument, as functions of Typst."""
TWO = {r"\frac": "frac(%s, %s)", r"\dfrac": "display(frac(%s, %s))", r"\tfrac": "inline(frac(%s, %s))", r"\binom": "binom(%s, %s)"}
"""Commands with two arguments."""
_WORDS = "log exp ln sin cos tan tanh sinh cosh max min arg argmax argmin det dim ker sup inf lim deg gcd Pr rank diag"
NAMED = frozenset(_WORDS.split())
"""Functions whose names stand upright."""
BELOW = frozenset({"max", "min", "argmax", "argmin", "sup", "inf", "lim", "det", "Pr"})
"""Those that have what they range over below them."""
TEXT = frozenset({r"\text", r"\textbf", r"\textit", r"\mbox", r"\hbox", r"\operatorname", r"\mathrm"})
"""Commands whose argument is words."""
MATRICES = {
    "matrix": "#none", "smallmatrix": "#none", "array": "#none", "pmatrix": '"("', "bmatrix": '"["', "vmatrix": '"|"', "Bmatrix": '"{"', "Vmatrix": '"‖"',
}  # fmt: skip
"""Environments of cells, with the brackets around them."""
ROWS = frozenset({"aligned", "split", "gathered"})
"""Environments of equations below each other."""
PLAIN = {",": "\\,", ";": "\\;", "/": "\\/", "-": "−", "*": "∗", "(": "\\(", ")": "\\)", "[": "\\[", "]": "\\]", "~": "med", "|": "|", "<": "<", ">": ">"}
"""Characters that mean something else to Typst."""
DELIMITERS = {".": "", "(": "\\(", ")": "\\)", "[": "\\[", "]": "\\]", "|": "|", "/": "\\/"}
"""What may follow ``\\left`` and ``\\right``."""
ACTIVE = frozenset("√⌈⌉⌊⌋⟨⟩")
"""Signs that Typst would read as an opening bracket or as a root of what follows."""
