"""What exported code says in words: comments with the formula of a line, docstrings."""

from __future__ import annotations

from collections.abc import Sequence

from byhand.compile.export.text import WIDTH
from byhand.compile.program import Apply, Greatest, Largest, Line, Multiply, Value
from byhand.lang.expr import Named
from byhand.lang.leaves import STEP
from byhand.show.conventions import Conventions
from byhand.show.notation import notation, unwritable
from byhand.show.unicode import text

LONGEST_COMMENT = 84


def formula_of(value: Value, conventions: Conventions) -> str:
    """The formula of a value as mathematics writes it, on one line; the name alone of what is too long, nothing where there is no name either."""
    node = value.node
    body = node.body if isinstance(node, Named) else node
    name = text(conventions.sym(node.name)) if isinstance(node, Named) else ""
    if unwritable(body):
        return name
    said = " ".join(text(notation(body, conventions)).split())
    whole = f"{name} = {said}" if name else said
    return whole if len(whole) <= LONGEST_COMMENT else name


def comment(value: Value, conventions: Conventions, indent: str, sign: str = "#") -> list[str]:
    said = formula_of(value, conventions)
    return [f"{indent}{sign} {said}"] if said else []


def word_of(line: Line) -> str:
    """What a value without a name is called."""
    match line.op:
        case Apply(leaf):
            return "mask" if leaf is STEP else leaf.name
        case Greatest() | Largest():
            return "largest"
        case Multiply() if line.summed:
            return "total"
        case _:
            return "part"


def sentence(title: str) -> str:
    """A title that may stand inside a docstring or a comment, whatever somebody wrote there."""
    said = " ".join("".join(c for c in title if c.isprintable()).replace("\\", "").replace('"', "").replace("*/", "").split()).rstrip(".")
    return f"{said[:200]}. " if said else ""


def docstring(lines: Sequence[str], indent: str) -> list[str]:
    first, *others = lines
    if not others:
        return [f'{indent}"""{first}"""']
    return [f'{indent}"""{first}', *(f"{indent}{line}" if line else "" for line in others), f'{indent}"""']


def wrapped(said: str, width: int = WIDTH) -> list[str]:
    """Words in lines of this width."""
    lines, line = [], ""
    for word in said.split(" "):
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
    return [*lines, line]
