"""Long statements on several lines, broken where ``ruff format`` breaks them: before signs, and inside brackets."""

from __future__ import annotations

import re

from byhand.compile.export.text import WIDTH

_SUMS, _PRODUCTS = ("+", "-"), ("*", "/", "@")


def assigned(name: str, found: str, indent: str = "    ") -> str:
    """``name = found``, in brackets where it is too long for a line."""
    line = f"{indent}{name} = {found}"
    if len(line) <= WIDTH:
        return line
    inner = indent + "    "
    if len(_split(found)) == 1 and (opened := _opened(found, indent, f"{name} = ")):
        return f"{indent}{name} = {opened}"
    return f"{indent}{name} = (\n{_broken(found, inner)}\n{indent})"


def _broken(text: str, indent: str) -> str:
    """Operands under each other, each behind its sign."""
    if len(indent) + len(text) <= WIDTH:
        return indent + text
    lines: list[str] = []
    for sign, part in _split(text):
        before = f"{sign} " if sign else ""
        if len(indent) + len(before) + len(part) <= WIDTH:
            lines.append(f"{indent}{before}{part}")
        elif len(_split(part)) > 1:
            inside = _broken(part, indent)
            lines.append(f"{indent}{before}{inside[len(indent) :]}")
        else:
            lines.append(f"{indent}{before}{_opened(part, indent, before) or part}")
    return "\n".join(lines)


def _split(text: str) -> list[tuple[str, str]]:
    """The operands of the loosest signs outside of brackets, each with its sign."""
    for signs in (_SUMS, _PRODUCTS):
        parts, depth, start, sign = list[tuple[str, str]](), 0, 0, ""
        for k, c in enumerate(_bare(text)):
            depth += (c in "([") - (c in ")]")
            if depth == 0 and c in signs and text[k - 1 : k + 2] == f" {c} ":
                parts.append((sign, text[start : k - 1]))
                start, sign = k + 2, c
        if parts:
            return [*parts, (sign, text[start:])]
    return [("", text)]


def _opened(text: str, indent: str, before: str) -> str:
    """A call with its arguments on lines of their own: on one line if they fit there, else one each."""
    depth, start, groups = 0, 0, list[tuple[int, int]]()
    for k, c in enumerate(_bare(text)):
        if c in "([":
            start = k if depth == 0 else start
            depth += 1
        elif c in ")]":
            depth -= 1
            if depth == 0:
                groups.append((start, k))
    if not groups:
        return ""
    first, last = max(groups, key=lambda group: group[1] - group[0])
    inner = indent + "    "
    args = text[first + 1 : last]
    if len(inner) + len(args) <= WIDTH:
        return f"{text[: first + 1]}\n{inner}{args}\n{indent}{text[last:]}"
    lines = []
    for arg in _arguments(args):
        fits = len(inner) + len(arg) < WIDTH
        lines.append(f"{inner}{arg}" if fits else _nested(arg, inner))
    comma = "," if len(lines) > 1 or _calls(text[:first]) else ""  # brackets around one operand would become a tuple by it
    return f"{text[: first + 1]}\n" + "\n".join(f"{line}{comma}" for line in lines) + f"\n{indent}{text[last:]}"


def _calls(before: str) -> bool:
    """Whether a bracket behind this text belongs to it, as that of a call."""
    return before[-1:].isalnum() or before[-1:] in ("_", ")", "]")


def _nested(arg: str, indent: str) -> str:
    if len(_split(arg)) > 1:
        return _broken(arg, indent)
    return f"{indent}{_opened(arg, indent, '') or arg}"


def _arguments(text: str) -> list[str]:
    parts, depth, start = list[str](), 0, 0
    for k, c in enumerate(_bare(text)):
        depth += (c in "([") - (c in ")]")
        if c == "," and depth == 0:
            parts.append(text[start:k].strip())
            start = k + 1
    return [*parts, *([text[start:].strip()] if text[start:].strip() else [])]


def _bare(text: str) -> str:
    """The text with nothing in its strings that could be taken for a sign."""
    return re.sub(r'"[^"]*"', lambda found: "_" * len(found[0]), text)
