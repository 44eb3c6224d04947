"""How names are spelled: W1 → W₁, eps → ε, h_out, W1′, and gradients as δ_z, z̄ or ∂L/∂W₁."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from unicodedata import normalize

from byhand.lang.names import Grad, Updated
from byhand.show.tree import Sym

GREEK: dict[str, tuple[str, str]] = {
    "alpha": ("α", r"\alpha"),
    "beta": ("β", r"\beta"),
    "gamma": ("γ", r"\gamma"),
    "delta": ("δ", r"\delta"),
    "eps": ("ε", r"\varepsilon"),
    "epsilon": ("ϵ", r"\epsilon"),
    "zeta": ("ζ", r"\zeta"),
    "eta": ("η", r"\eta"),
    "theta": ("θ", r"\theta"),
    "kappa": ("κ", r"\kappa"),
    "lam": ("λ", r"\lambda"),
    "lambda": ("λ", r"\lambda"),
    "mu": ("μ", r"\mu"),
    "nu": ("ν", r"\nu"),
    "xi": ("ξ", r"\xi"),
    "pi": ("π", r"\pi"),
    "rho": ("ρ", r"\rho"),
    "sigma": ("σ", r"\sigma"),
    "tau": ("τ", r"\tau"),
    "phi": ("φ", r"\varphi"),
    "chi": ("χ", r"\chi"),
    "psi": ("ψ", r"\psi"),
    "omega": ("ω", r"\omega"),
    "Gamma": ("Γ", r"\Gamma"),
    "Delta": ("Δ", r"\Delta"),
    "Theta": ("Θ", r"\Theta"),
    "Lambda": ("Λ", r"\Lambda"),
    "Phi": ("Φ", r"\Phi"),
    "Psi": ("Ψ", r"\Psi"),
    "Omega": ("Ω", r"\Omega"),
}
"""The names that are spelled as Greek letters: Unicode, LaTeX. Only lam and lambda share one."""

_PARTS = re.compile(r"([A-Za-z]+)([0-9]*)(?:_([A-Za-z0-9_]+))?")
_MEMBER = re.compile(r"([^\W\d]\w*)\[([^\[\]]+)\]")
_LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_HIGH = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_PRIMES = {1: "′", 2: "″", 3: "‴"}
MOST_PRIMES = 4
"""Of more steps than this the number is written, in brackets, as with higher derivatives."""
BAR, HAT = "\u0304", "\u0302"


@dataclass(frozen=True, slots=True)
class Spelling:
    """A name taken apart: letters, a number at their foot, and what follows an underscore."""

    letters: str
    digits: str
    tail: str


def parts(name: str) -> Spelling | None:
    """``None`` for names that are shown as they are written."""
    found = _PARTS.fullmatch(name)
    if found is None or (found[2] and found[3]):
        return None
    return Spelling(found[1], found[2], found[3] or "")


def member(name: str) -> tuple[str, str] | None:
    """A member of a family, such as z[l-1], as the name of the family and the index; ``None`` for any other name."""
    found = _MEMBER.fullmatch(name)
    return None if found is None else (found[1], found[2])


def under_hat(letters: str) -> str:
    """The letter of a name such as yhat, which is written ŷ; empty for any other."""
    return letters[0] if len(letters) == 4 and letters.endswith("hat") else ""


def is_bare(sym: Sym) -> bool:
    """Whether the name is letters only, so that an index can follow it directly."""
    return isinstance(sym.name, str) and sym.name.isalpha()


# -------------------------------------------------------------------------------------------------- text


def text_name(sym: Sym) -> str:
    match sym.name:
        case str(name):
            return _text(name)
        case Updated(name, times):
            return _text(name) + (_PRIMES.get(times, "′" * times) if times <= MOST_PRIMES else f"⁽{str(times).translate(_HIGH)}⁾")
        case Grad(of, wrt):
            if sym.name.twice is not None:
                of, first = map(_text, sym.name.twice)
                return f"∂²{of}/∂{first}²" if first == _text(wrt) else f"∂²{of}/∂{first}∂{_text(wrt)}"
            if sym.gradient == "delta":
                return "δ_" + _text(wrt)
            return _text(wrt, BAR) if sym.gradient == "bar" else f"∂{_text(of)}/∂{_text(wrt)}"


def _text(name: str, accent: str = "") -> str:
    if name.endswith("*"):
        return _text(name[:-1], accent) + "*"
    inside = member(name)
    if inside is not None:
        foot = inside[1].replace("-", "−")
        bare = inside[0].isalpha()
        return _text(inside[0], accent) + (foot.translate(_LOW) if foot.isdigit() and bare else f"_{foot}" if foot.isalpha() and bare else f"_{{{foot}}}")
    spelled = parts(name)
    if spelled is None:
        return name + accent
    # δ_z is a gradient, so a name such as delta_z keeps its letters.
    letters = GREEK.get(spelled.letters, (spelled.letters,))[0] if not spelled.tail else spelled.letters
    under = under_hat(letters)
    if under and not accent:
        letters = normalize("NFC", f"{under}{HAT}")
    return letters + accent + spelled.digits.translate(_LOW) + (f"_{spelled.tail}" if spelled.tail else "")


# ------------------------------------------------------------------------------------------------- LaTeX


def latex_name(sym: Sym) -> str:
    match sym.name:
        case str(name):
            return _latex(name)
        case Updated(name, times):
            return _latex(name) + "'" * times
        case Grad(of, wrt):
            if sym.name.twice is not None:
                of, first = map(_latex, sym.name.twice)
                below = rf"\partial {first}^{{2}}" if first == _latex(wrt) else rf"\partial {first}\,\partial {_latex(wrt)}"
                return rf"\frac{{\partial^{{2}} {of}}}{{{below}}}"
            if sym.gradient == "delta":
                return rf"\delta_{{{_latex(wrt)}}}"
            return _latex(wrt, bar=True) if sym.gradient == "bar" else rf"\frac{{\partial {_latex(of)}}}{{\partial {_latex(wrt)}}}"


def _latex(name: str, bar: bool = False) -> str:
    if name.endswith("*"):
        return _latex(name[:-1], bar) + "^{*}"
    inside = member(name)
    if inside is not None:
        stem = _latex(inside[0], bar)
        foot = inside[1].replace("−", "-")
        return f"{{{stem}}}_{{{foot}}}" if "_" in stem else f"{stem}_{{{foot}}}"
    spelled = parts(name)
    if spelled is None:
        return _barred(rf"\mathit{{{_escaped(name)}}}", bar, False)
    greek, under = GREEK.get(spelled.letters), under_hat(spelled.letters)
    if under and not bar:
        return rf"\hat{{{under}}}" + _latex_foot(spelled)
    single = len(spelled.letters) == 1 or greek is not None
    letters = greek[1] if greek else spelled.letters if single else rf"\mathit{{{spelled.letters}}}"
    return _barred(letters, bar, single) + _latex_foot(spelled)


def _latex_foot(spelled: Spelling) -> str:
    if spelled.digits:
        return f"_{{{spelled.digits}}}"
    if not spelled.tail:
        return ""
    return f"_{{{spelled.tail}}}" if spelled.tail.isdigit() else rf"_{{\text{{{_escaped(spelled.tail)}}}}}"


def _barred(letters: str, bar: bool, single: bool) -> str:
    if not bar:
        return letters
    return rf"\bar{{{letters}}}" if single else rf"\overline{{{letters}}}"


def _escaped(name: str) -> str:
    return name.replace("_", r"\_")


# ------------------------------------------------------------------------------------------------ MathML


def mathml_name(sym: Sym) -> str:
    match sym.name:
        case str(name):
            return _mathml(name)
        case Updated(name, times):
            marks = _PRIMES.get(times, "′" * times)
            return f"<msup>{_mathml(name)}{f'<mo>{marks}</mo>' if times <= MOST_PRIMES else f'<mrow><mo>(</mo><mn>{times}</mn><mo>)</mo></mrow>'}</msup>"
        case Grad(of, wrt):
            if sym.name.twice is not None:
                of, first = map(_mathml, sym.name.twice)
                below = f"<msup>{first}<mn>2</mn></msup>" if first == _mathml(wrt) else f"{first}<mo>∂</mo>{_mathml(wrt)}"
                return f"<mfrac><mrow><msup><mo>∂</mo><mn>2</mn></msup>{of}</mrow><mrow><mo>∂</mo>{below}</mrow></mfrac>"
            if sym.gradient == "delta":
                return f"<msub><mi>δ</mi>{_mathml(wrt)}</msub>"
            if sym.gradient == "bar":
                return _mathml(wrt, bar=True)
            return f"<mfrac><mrow><mo>∂</mo>{_mathml(of)}</mrow><mrow><mo>∂</mo>{_mathml(wrt)}</mrow></mfrac>"


def _mathml(name: str, bar: bool = False) -> str:
    if name.endswith("*"):
        return f"<msup>{_mathml(name[:-1], bar)}<mo>*</mo></msup>"
    inside = member(name)
    if inside is not None:
        signs = "".join(_index_sign(part) for part in re.findall(r"\w+|\W", inside[1]))
        return f"<msub>{_mathml(inside[0], bar)}<mrow>{signs}</mrow></msub>"
    spelled = parts(name)
    if spelled is None:
        return _over(f'<mi mathvariant="italic">{escape(name)}</mi>', bar)
    greek = GREEK.get(spelled.letters)
    letters = greek[0] if greek else spelled.letters
    base = _over(f"<mi>{letters}</mi>" if len(letters) == 1 else f'<mi mathvariant="italic">{letters}</mi>', bar)
    under = under_hat(letters)
    if under and not bar:
        base = f'<mover accent="true"><mi>{under}</mi><mo>^</mo></mover>'
    if spelled.digits or spelled.tail.isdigit():
        return f"<msub>{base}<mn>{spelled.digits or spelled.tail}</mn></msub>"
    return f"<msub>{base}<mtext>{escape(spelled.tail)}</mtext></msub>" if spelled.tail else base


def _index_sign(part: str) -> str:
    if part.isdigit():
        return f"<mn>{part}</mn>"
    return f"<mi>{escape(part)}</mi>" if part.isalpha() else f"<mo>{escape(part.replace('-', '−'))}</mo>"


def _over(letters: str, bar: bool) -> str:
    return f'<mover accent="true">{letters}<mo>¯</mo></mover>' if bar else letters
