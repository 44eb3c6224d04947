"""LaTeX into the same tokens: commands, groups and subscripts."""

from __future__ import annotations

import re

from byhand.read.alphabet import FRACTIONS, GREEK, ONES, SUBSCRIPT_LETTERS, SUBSCRIPTS, ZEROS, accented, normal_name
from byhand.read.tokens import Scanner, Token, common, name, number, operator, quote, spaces, superscript

_COMMAND = re.compile(r"\\([A-Za-z]+\*?|.)", re.DOTALL)
_SPACES = frozenset(
    [",", ";", ":", "!", "quad", "qquad", "enspace", "thinspace", "displaystyle", "textstyle", "limits", "nolimits", "[", "]", "(", ")", "allowbreak", ">"]
) | {" "}
_SIZING = frozenset(["left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "middle", "mleft", "mright"])
_STYLES = frozenset(
    [
        "mathit",
        "mathrm",
        "text",
        "textit",
        "textrm",
        "mathbf",
        "mathcal",
        "mathsf",
        "mathbb",
        "boldsymbol",
        "bm",
        "operatorname",
        "operatorname*",
        "mathop",
        "mathtt",
        "texttt",
        "textsf",
    ]
)
_ACCENTS = {"bar", "overline", "hat", "tilde", "widehat", "widetilde", "dot", "ddot", "vec"}
_OPERATORS = {
    "cdot": "·", "times": "·", "odot": "⊙", "circ": "⊙", "otimes": "⊗", "sum": "Σ", "prod": "Π", "partial": "∂", "nabla": "∇", "top": "⊤", "intercal": "⊤",
    "prime": "'", "ast": "*", "star": "*", "lVert": "‖", "rVert": "‖", "|": "‖", "Vert": "‖", "lvert": "|", "rvert": "|",
    "vert": "|", "div": "/", "oslash": "/", "frac": "frac", "tfrac": "frac", "dfrac": "frac",
    "leq": "<=", "le": "<=", "geq": ">=", "ge": ">=", "lt": "<", "gt": ">", "{": "(", "}": ")",
    "lbrack": "[", "rbrack": "]", "mid": "|", "colon": ":", "ldots": "...",
}  # fmt: skip
_FUNCTIONS = {"log", "ln", "exp", "sin", "cos", "tan", "tanh", "sinh", "cosh", "max", "min", "sqrt", "det", "arg"}
_GREEK = {word: letter for letter, words in reversed(GREEK.items()) for word in words if len(word) > 1} | {
    "varphi": "φ",
    "vartheta": "θ",
    "varrho": "ρ",
    "varsigma": "σ",
}
_SMALL = SUBSCRIPTS | SUBSCRIPT_LETTERS
_HATTED = re.compile(r"\\hat\s*\{?([A-Za-z])\}?")
_BARE_SUBSCRIPT = re.compile(r"_\s*([0-9₀-₉]+|[^\W\d_⁰¹²³⁴⁵⁶⁷⁸⁹ⁿᵀ½⅓⅔¼¾⅕⅙⅛]+[0-9₀-₉]*|:)")


def tokenise(text: str, line: int = 1, column: int = 1) -> list[Token]:
    """All tokens of a text, whatever its spelling; ``ByhandError`` with its place for what is no token."""
    scanner = Scanner(text, line, column)
    while scanner.pos < len(text):
        for step in _STEPS:
            if step(scanner):
                break
        else:
            raise scanner.error(f"unexpected character {_shown(text[scanner.pos])}.{_HINTS.get(text[scanner.pos], '')}", scanner.pos)
    return scanner.finish()


_HINTS = {
    "`": " A block ends with a line ``` that holds nothing else.",
    "_": " A name starts with a letter.",
    "%": " There is no remainder here; a percentage is written as a decimal.",
    "&": " There is no logic here; products and maximum do its work.",
    "!": " There is no factorial here.",
    **dict.fromkeys("“”„«»‘", " Write straight quotation marks."),
    **dict.fromkeys("０１２３４５６７８９٠١٢٣٤٥٦٧٨٩", " Write the digits 0 to 9."),
}  # fmt: skip


def _shown(char: str) -> str:
    return f"'{char}'" if char.isprintable() else f"U+{ord(char):04X}"


def _command(scanner: Scanner) -> bool:
    found = _COMMAND.match(scanner.text, scanner.pos)
    if not found:
        return scanner.text[scanner.pos] == "$" and _skip(scanner, scanner.pos + 1)
    word, start = found[1], scanner.pos
    scanner.pos = found.end()
    if word in _SPACES:
        scanner.spaced = True
    elif word in _SIZING:
        _sized(scanner)
    elif word in _STYLES:
        _styled(scanner, word, start)
    elif word in _ACCENTS:
        _accent(scanner, word, start)
    elif word in _OPERATORS:
        scanner.put("op", _OPERATORS[word], start)
    elif word in _FUNCTIONS:
        scanner.put("name", word, start)
    elif word in _GREEK:
        scanner.put("name", _with_digits(scanner, _GREEK[word]), start)
    elif word == "\n":
        raise scanner.error("a backslash does not continue a line; a line goes on while a bracket is open.", start)
    else:
        raise scanner.error(f"the LaTeX command \\{word[:30] if word.isprintable() else _shown(word)} is not understood here.", start)
    return True


def _skip(scanner: Scanner, to: int) -> bool:
    scanner.pos = to
    scanner.spaced = True
    return True


def _sized(scanner: Scanner) -> None:
    r"""What follows \left and its kind is read by itself; a point stands for no bracket."""
    if scanner.text[scanner.pos : scanner.pos + 1] == ".":
        scanner.pos += 1


def _with_digits(scanner: Scanner, letter: str) -> str:
    end = scanner.pos
    while end < len(scanner.text) and ((scanner.text[end].isdigit() and scanner.text[end].isascii()) or scanner.text[end] in SUBSCRIPTS):
        end += 1
    digits = normal_name(scanner.text[scanner.pos : end])
    scanner.pos = end
    return letter + digits


def _argument(scanner: Scanner) -> str:
    """The raw argument of a command: a group in braces, another command, or one character."""
    text = scanner.text
    while scanner.pos < len(text) and text[scanner.pos].isspace():
        scanner.pos += 1
    start = scanner.pos
    if start >= len(text):
        raise scanner.error("the formula ends where a LaTeX argument should stand.", max(start - 1, 0))
    if text[start] == "{":
        scanner.pos = scanner.group_end(start) + 1
        return text[start + 1 : scanner.pos - 1]
    found = _COMMAND.match(text, start)
    scanner.pos = found.end() if found else start + 1
    return text[start : scanner.pos]


def _styled(scanner: Scanner, word: str, start: int) -> None:
    r"""\mathit{ys}, \operatorname{relu}, \mathbf{1}: one name, whatever the style."""
    content = subscript_text(_argument(scanner))
    if not content:
        return
    if content in ("1", "0") and word in ("mathbf", "mathbb", "boldsymbol", "bm"):
        content = ONES if content == "1" else ZEROS
    if content in ("T", "⊤"):
        scanner.put("op", "⊤", start)
    elif content.replace(".", "", 1).isdigit() and content.isascii():
        scanner.put("number", content, start)
    elif all(c.isalnum() or c in "_" + ONES + ZEROS or c > "\u02ff" for c in content):
        scanner.put("name", normal_name(content), start)
    else:
        raise scanner.error(f"\\{word} should hold a name here.", start)


def _accent(scanner: Scanner, word: str, start: int) -> None:
    name_under = subscript_text(_argument(scanner))
    under = accented(word, name_under) if name_under.replace("_", "").isalnum() else None
    if under is None:
        raise scanner.error(f"\\{word} should stand over a name.", start)
    scanner.put("name", under, start)


def _subscript(scanner: Scanner) -> bool:
    """``_`` after an operand, a sum or a bracket: what it holds is kept as text."""
    text, start = scanner.text, scanner.pos
    if text[start] in _SMALL:
        return _small(scanner)
    if text[start] != "_":
        return False
    if text[start + 1 : start + 2] in ("{", "\\"):
        scanner.pos = start + 1
        scanner.put("sub", subscript_text(_argument(scanner)), start)
        return True
    found = _BARE_SUBSCRIPT.match(text, start)
    if found:
        scanner.pos = found.end()
        scanner.put("sub", normal_name(found[1]), start)
    return found is not None


def _small(scanner: Scanner) -> bool:
    """Unicode's own subscripts: xᵢ, Aᵢⱼ."""
    start = end = scanner.pos
    while end < len(scanner.text) and scanner.text[end] in _SMALL:
        end += 1
    scanner.pos = end
    scanner.put("sub", "".join(_SMALL[c] for c in scanner.text[start:end]), start)
    return True


def subscript_text(raw: str) -> str:
    r"""The content of a subscript without LaTeX: ``\text{out}`` is ``out``, ``z_{1}`` is ``z1``, ``m\times n`` is ``m×n``."""
    raw = _HATTED.sub(lambda found: accented("hat", found[1]) or found[0], raw)
    out: list[str] = []
    pos = 0
    while pos < len(raw):
        found = _COMMAND.match(raw, pos)
        if found:
            out.append(_plain_command(found[1]))
            pos = found.end()
        else:
            out.append("" if raw[pos] in "{}$" or raw[pos].isspace() else FRACTIONS.get(raw[pos], raw[pos]))
            pos += 1
    joined = re.sub(r"_(?=[0-9₀-₉])", "", "".join(out))
    return normal_name(joined.replace("−", "-").replace("·", "×"))


def _plain_command(word: str) -> str:
    if word in _STYLES or word in _SPACES or word in _SIZING:
        return ""
    if word in ("_", "*"):
        return word
    return {"times": "×", "cdot": "×", "top": "⊤"}.get(word) or _GREEK.get(word) or (word if word in _FUNCTIONS else "")


_STEPS = (common, spaces, number, name, superscript, quote, operator, _command, _subscript)
