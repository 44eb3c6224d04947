"""Small parts of C: numbers, places in memory, loops, comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from byhand.compile.tape.tape import View
from byhand.run.arrays import Dims

WIDTH = 100

RESERVED = frozenset(
    [
        "auto",
        "break",
        "case",
        "char",
        "const",
        "continue",
        "default",
        "do",
        "double",
        "else",
        "enum",
        "extern",
        "float",
        "for",
        "goto",
        "if",
        "inline",
        "int",
        "long",
        "register",
        "restrict",
        "return",
        "short",
        "signed",
        "sizeof",
        "static",
        "struct",
        "switch",
        "typedef",
        "union",
        "unsigned",
        "void",
        "volatile",
        "while",
        "a",
        "work",
        "lines",
        "step",
        "one_step",
        "epoch",
        "init",
        "run",
        "result",
        "quantity",
        "net",
        "left",
        "row",
        "j",
        "k",
        "r",
        "o",
        "i",
        "order",
        "rates",
        "steps",
        "first",
        "losses",
        "samples",
        "rate",
        "loss",
        "count",
        "name",
        "number",
        "state",
        "seed",
        "sum",
        "most",
        "next",
        "best",
        "rows",
        "found",
        "room",
        "all",
        "file",
        "words",
        "main",
        "whole",
        "epochs",
        "mean",
        "other",
        "kept",
        "row_",
        "row0",
        "gathered",
        "scattered",
        "multiply",
        "drawn",
        "stdin",
        "stdout",
        "stderr",
        "NULL",
        "NAN",
        "INFINITY",
        "REAL",
        "y0",
        "y1",
        "yn",
        "j0",
        "j1",
        "jn",
        "gamma",
        "ARENA",
        "WORK",
        "exp",
        "log",
        "sin",
        "cos",
        "tan",
        "tanh",
        "erf",
        "pow",
        "sqrt",
        "fabs",
        "abs",
        "div",
        "index",
        "time",
        "signal",
        "exit",
        "atan",
        "asin",
        "acos",
        "sinh",
        "cosh",
        "floor",
        "ceil",
        "round",
        "free",
        "malloc",
        "aligned_alloc",
        "realloc",
        "memcpy",
        "memset",
        "strcmp",
        "atof",
        "atoi",
        "printf",
        "fprintf",
        "fscanf",
        "fopen",
        "fclose",
        "feof",
        "UINT64_C",
        "FILE",
        "linux",
        "unix",
        "r0",
        "r1",
        "r2",
        "r3",
        "r4",
        "r5",
        "o0",
        "o1",
        "o2",
        "o3",
        "o4",
        "o5",
        "o6",
        "o7",
        "p0",
        "p1",
        "p2",
        "p3",
        "i0",
        "i1",
        "i2",
        "i3",
        "i4",
        "i5",
    ]
)
"""Words that C, its library, or the file itself uses."""

_TAKEN = re.compile(
    r"[vs]\d+|row_v\d+"  # what lines of the file call what they have just worked out
    r"|bh_\w+|BH_\w+|\w+_t"  # functions, macros and types of the kernels, types of the headers
    r"|(M|SEEK|EXIT|HUGE|FP|WITH|MATH)_[A-Z]\w*|(RAND|TMP|FILENAME|FOPEN)_MAX|L_tmpnam|BUFSIZ|EOF"  # macros of the headers
)


def is_taken(word: str) -> bool:
    """Whether no quantity can be called that."""
    return word in RESERVED or _TAKEN.fullmatch(word) is not None


def number(value: float) -> str:
    """A literal of the real type."""
    return f"(REAL){real(value)}"


def real(value: float) -> str:
    """A literal of type double."""
    if not isfinite(value):
        return "NAN" if value != value else "INFINITY" if value > 0 else "-INFINITY"
    return repr(value)


def said(words: str) -> str:
    """Words that may stand in a comment, whatever somebody wrote there."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).replace("*/", "").replace("/*", "").replace("\\", "").replace("??", "?").split())


def quoted(name: str) -> str:
    """A name inside a string of C."""
    return "".join(c if c.isalnum() or c in "_[]'+-*., " else "_" for c in name)


@dataclass(frozen=True, slots=True)
class Places:
    """How C writes a place: ``bases`` are pointers, ``names`` constants for offsets into the arena."""

    bases: tuple[str, ...]
    names: Mapping[int, str]

    def at(self, view: View, *moves: tuple[str, int]) -> str:
        """The address, moved along loop counters."""
        start = [self.names.get(view.offset, str(view.offset))] if view.offset or (view.base == 0 and 0 in self.names) else []
        start = start if view.base == 0 else [str(view.offset)] if view.offset else []
        return " + ".join([self.bases[view.base], *start, *moved(moves)])

    def entry(self, view: View, *moves: tuple[str, int]) -> str:
        """The number there."""
        where = self.at(view, *moves).split(" + ", 1)
        return f"{where[0]}[{where[1] if len(where) > 1 else 0}]"


def moved(moves: Iterable[tuple[str, int]]) -> list[str]:
    return [counter if stride == 1 else f"{counter} * {stride}" for counter, stride in moves if stride]


def counters(letter: str, dims: Dims) -> list[str]:
    return [f"{letter}{k}" for k in range(len(dims))]


def along(names: Sequence[str], strides: Sequence[int]) -> list[tuple[str, int]]:
    return list(zip(names, strides))


def looped(names: Sequence[str], dims: Dims, body: Sequence[str], indent: str = "") -> list[str]:
    """Nested loops around some lines."""
    if not names:
        return [f"{indent}{line}" for line in body]
    inside = looped(names[1:], dims[1:], body, indent + "    ")
    single = len(inside) == 1
    head = f"{indent}for (ptrdiff_t {names[0]} = 0; {names[0]} < {dims[0]}; {names[0]}++)"
    return [head if single else f"{head} {{", *inside, *([] if single else [f"{indent}}}"])]
