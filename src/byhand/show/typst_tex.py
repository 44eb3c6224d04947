"""Mathematics that a person wrote in LaTeX on a sheet, as Typst's: the commands that formulas are made of, and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass

from byhand.show.tex_text import HIGH, LOW, MATH
from byhand.show.typst_signs import ACTIVE, BELOW, DELIMITERS, MATRICES, NAMED, ONE, PLAIN, ROWS, SIGNS, TEXT, TWO
from byhand.show.typst_text import literal

_TOKENS = re.compile(r"\\(?:[A-Za-z]+|.)|[0-9]+(?:\.[0-9]+)?|\s+|.", re.DOTALL)
_DEEPEST = 20
_SIZES = re.compile(r"\\(?:big|Big|bigg|Bigg)[lrm]?")


class _Unknown(Exception):
    """Something that is not understood; the formula is then shown as it was written."""


def typst_tex(tex: str) -> str | None:
    """The formula, without the dollars; ``None`` if it holds something that is not understood."""
    reader = _Reader(_TOKENS.findall(tex))
    try:
        found = reader.rows() if reader.is_aligned() else reader.until("")
        return found if reader.place == len(reader.tokens) else None
    except (_Unknown, IndexError):
        return None


@dataclass(slots=True)
class _Reader:
    tokens: list[str]
    place: int = 0
    depth: int = 0

    def peek(self) -> str:
        """The next token that is not blank; nothing at the end."""
        while self.place < len(self.tokens) and self.tokens[self.place].isspace():
            self.place += 1
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        if not token:
            raise _Unknown
        self.place += 1
        return token

    def expect(self, wanted: str) -> None:
        if self.take() != wanted:
            raise _Unknown

    # ---------------------------------------------------------------------------------------- formulas

    def until(self, *ends: str) -> str:
        """Everything before one of these tokens, which is left there."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _Unknown
        done: list[str] = []
        while self.peek() not in ends:
            if self.peek() in ("", "}", "&", "\\\\", r"\right", r"\end"):
                raise _Unknown
            done.append(self.scripted())
        self.depth -= 1
        return " ".join(part for part in done if part)

    def scripted(self) -> str:
        """One thing with what stands at its foot and head."""
        base = '""' if self.peek() in ("_", "^", "'") else self.atom()
        below, above = "", ""
        while self.peek() in ("_", "^", "'", r"\limits", r"\nolimits") or (len(self.peek()) == 1 and self.peek() in HIGH | LOW):
            token = self.take()
            if token == "_" and not below:
                below = self.argument()
            elif token == "^":
                above += f" {self.argument()}"
            elif token == "'":
                above += "′"
            elif token in LOW:
                below += f" {SIGNS.get(LOW[token]) or _sign(LOW[token])}"
            elif token in HIGH:
                above += f" {SIGNS.get(HIGH[token]) or _sign(HIGH[token])}"
            elif token == "_":
                raise _Unknown
        if base.startswith("underbrace(") and below:
            base, below = f"{base[:-1]}, {below})", ""
        scripts = (f", b: {below}" if below else "") + (f", t: {above}" if above else "")
        return f"attach({base}{scripts})" if scripts else base

    def argument(self) -> str:
        """What a command or a script applies to."""
        return self.atom() or '""'

    def atom(self) -> str:
        token = self.take()
        if token == "{":
            inside = self.until("}")
            self.expect("}")
            return inside or '""'
        if not token.startswith("\\"):
            return _sign(token)
        return self.command(token)

    def command(self, token: str) -> str:
        if token in TEXT:
            return self.words(token)
        if token in TWO:
            return TWO[token] % (self.argument(), self.argument())
        if token == r"\sqrt" and self.peek() == "[":
            self.take()
            index = self.until("]")
            self.expect("]")
            return f"root({index}, {self.argument()})"
        if token in ONE:
            inside = self.argument()
            return f"bold(upright({inside}))" if token == r"\mathbf" else f"{ONE[token]}({inside})"
        if token == r"\left":
            return self.fenced()
        if token == r"\begin":
            return self.environment()
        if _SIZES.fullmatch(token):
            return self.delimiter()
        if token[1:] in NAMED:
            name = {"argmax": "arg max", "argmin": "arg min"}.get(token[1:], token[1:])
            return f"op({literal(name)}{', limits: #true' if token[1:] in BELOW else ''})"
        if token in SIGNS:
            return _alone(SIGNS[token])
        raise _Unknown

    def words(self, token: str) -> str:
        """Text up to the closing brace, in which nothing is a command."""
        if self.peek() != "{":
            return f"upright({self.argument()})"
        start = self.place + 1
        end = start
        while self.tokens[end] != "}":
            if self.tokens[end] in "{\\$" or self.tokens[end].startswith("\\"):
                raise _Unknown
            end += 1
        self.place = end + 1
        said = literal("".join(self.tokens[start:end]))
        if token == r"\mathrm":
            return f"upright({said})" if end - start == 1 else f"op({said})"
        return {r"\operatorname": f"op({said})", r"\textbf": f"bold({said})", r"\textit": f"italic({said})"}.get(token, said)

    def fenced(self) -> str:
        opening = self.delimiter()
        inside = self.until(r"\right")
        self.expect(r"\right")
        return f"lr({opening} {inside} {self.delimiter()})"

    def delimiter(self) -> str:
        token = self.take()
        sign = DELIMITERS.get(token) if token in DELIMITERS else SIGNS.get(token)
        if sign is None:
            raise _Unknown
        return _escaped(sign)

    # ------------------------------------------------------------------------------------ environments

    def name(self) -> str:
        self.expect("{")
        letters = ""
        while self.peek() != "}":
            letters += self.take()
        self.take()
        return letters

    def environment(self) -> str:
        name = self.name()
        if name == "array":
            self.name()
        if name == "cases":
            return "cases(" + ", ".join(" quad ".join(row) for row in self.cells(name)) + ")"
        if name not in MATRICES:
            raise _Unknown
        return f"mat(delim: {MATRICES[name]}, {'; '.join(', '.join(row) for row in self.cells(name))})"

    def cells(self, name: str) -> list[list[str]]:
        """Rows of cells up to the end of the environment."""
        rows: list[list[str]] = [[]]
        while True:
            rows[-1].append(self.until("&", "\\\\", r"\end") or '""')
            end = self.take()
            if end == "\\\\":
                rows.append([])
            elif end == r"\end":
                break
        if self.name() != name:
            raise _Unknown
        return [row for row in rows if row != ['""']] or [['""']]

    def is_aligned(self) -> bool:
        """Whether the whole formula is a column of equations."""
        if self.peek() != r"\begin":
            return False
        self.take()
        found = self.name() in ROWS
        self.place = 0
        return found

    def rows(self) -> str:
        self.take()
        return " \\ ".join(" & ".join(row) for row in self.cells(self.name()))


def _sign(token: str) -> str:
    """A single character, or a number."""
    if token in PLAIN:
        return _alone(PLAIN[token])
    if token in ("$", "#", "&", "_", "^", "%", "\\", "{", "}", '"'):
        raise _Unknown
    if token.isascii():
        return token if token.isalnum() or token[0].isdigit() else token if token in "+=.:!" else literal(token)
    return _escaped(token) if token in MATH and len(token) == 1 else literal(token)


def _alone(sign: str) -> str:
    """A bar that no other belongs to keeps no distance, as in |x|."""
    return f'class("normal", {sign})' if sign in ("|", "‖") else _escaped(sign)


def _escaped(sign: str) -> str:
    """A sign that Typst would read as an opening bracket or a root of what follows."""
    return f"\\{sign}" if sign in ACTIVE else sign
