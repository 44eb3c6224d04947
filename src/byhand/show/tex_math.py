"""Mathematics that a person wrote on a sheet, made safe to compile: a formula needs few of TeX's commands."""

from __future__ import annotations

import re

from byhand.show.tex_text import HIGH, LOW, MATH, character

_COMMANDS = re.compile(r"\\([A-Za-z]+|.)", re.DOTALL)
_WORDS = """
    alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi varphi chi psi omega
    Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega frac tfrac dfrac sqrt sum prod int partial nabla cdot times odot otimes oplus pm mp div ast circ
    le leq ge geq ne neq approx equiv sim propto ll gg in notin subset subseteq cup cap to rightarrow leftarrow mapsto Rightarrow Leftrightarrow iff implies
    forall exists infty ell top bot prime dots ldots cdots vdots ddots colon quad qquad left right big Big bigg Bigg bigl bigr langle rangle lVert rVert
    lvert rvert vert Vert mid hat bar tilde vec dot overline underline widehat widetilde mathbf mathrm mathit mathbb mathcal mathsf boldsymbol text textbf
    operatorname mathop limits nolimits log exp ln sin cos tan tanh max min arg argmax argmin det dim ker sup inf lim begin end overbrace underbrace
    wedge vee neg land lor setminus emptyset perp parallel star binom choose lfloor rfloor lceil rceil displaystyle textstyle hbar Re Im
"""
_HARMLESS = frozenset(_WORDS.split())
_ENVIRONMENTS = frozenset({"matrix", "pmatrix", "bmatrix", "vmatrix", "Bmatrix", "aligned", "cases", "array", "smallmatrix", "split", "gathered"})
_UNDEFINED = {r"\argmax": r"\operatorname{argmax}", r"\argmin": r"\operatorname{argmin}"}


def tex_math(tex: str) -> str | None:
    """Mathematics from a sheet, made safe to compile; ``None`` if it holds a command that a formula does not need."""
    if "$" in tex or not is_balanced(tex) or re.search(r"(?<!\\)[%#]", tex) or "^^" in tex:
        return None
    names = _COMMANDS.findall(tex)
    if any(name.isalpha() and name not in _HARMLESS for name in names) or names.count("left") != names.count("right"):
        return None
    opened = re.findall(r"\\(begin|end)\s*\{([^{}]*)\}", tex)
    if any(name not in _ENVIRONMENTS for _, name in opened) or not _nested(opened) or tex.count(r"\begin") + tex.count(r"\end") != len(opened):
        return None
    if not opened and re.search(r"(?<!\\)&", tex):
        return None
    for command, spelled in _UNDEFINED.items():
        tex = re.sub(re.escape(command) + r"(?![A-Za-z])", lambda _, spelled=spelled: spelled, tex)
    return "".join(c if c.isascii() else _in_math(c) for c in tex)


def _in_math(c: str) -> str:
    if c in HIGH or c in LOW:
        return f"{'^' if c in HIGH else '_'}{{{HIGH.get(c) or LOW[c]}}}"
    return f"{MATH[c]} " if c in MATH else rf"\text{{{character(c)}}}"


def is_balanced(tex: str) -> bool:
    """Whether every brace is closed, and none before it is opened."""
    depth = 0
    for c in re.sub(r"\\.", "", tex, flags=re.DOTALL):
        depth += (c == "{") - (c == "}")
        if depth < 0:
            return False
    return depth == 0 and not re.search(r"(?:^|[^\\])(?:\\\\)*\\$", tex)


def _nested(opened: list[tuple[str, str]]) -> bool:
    stack: list[str] = []
    for kind, name in opened:
        if kind == "begin":
            stack.append(name)
        elif not stack or stack.pop() != name:
            return False
    return not stack
