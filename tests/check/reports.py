"""Reports made by hand: one of each kind of mark, and text that means no good."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from byhand.app.solving import solve_text
from byhand.check.exercise.build import exercise_of
from byhand.check.exercise.quantity import Exercise
from byhand.check.mark import Mark, Report, Tie

SHEET = """---
title: One step
---

```byhand
x = [1, 2]
W = [[1, 0], [-1, 2]]
b = [0.5, -4]
t = [1, 0]
h = W @ x + b
a = relu(h)
L = 0.5 * sum((a - t)**2)
```

```byhand
h, a, L, dL/dW, dL/db
step(L, [W, b], rate=0.5)
```
"""
ONE, HALF, NONE = Fraction(1), Fraction(1, 2), Fraction(0)
LEFT_OUT = "matches what you get if the activation is left out"
EVIL = "\x1b[31m=cmd\u202e\u200b<script>alert('x')</script>\x1b]0;title\x07\ud800" + "\u0301" * 40


@lru_cache
def exercise() -> Exercise:
    return exercise_of(solve_text(SHEET, "one"), SHEET)


def right(name: str, read: str) -> Mark:
    return Mark(name, "right", ONE, ONE, read)


A = Mark(
    "a",
    "slip",
    HALF,
    ONE,
    "[1.5, -1]",
    LEFT_OUT,
    slip="S03",
    at="a",
    ties=(Tie("S04", "the identity is used in place of relu", "a"), Tie("S02", "the bias is left out", "h")),
    cells=[True, False],
    expected="[1.5, 0]",
    accepted=[[1.45, 1.55], [0, 0]],
)
MARKS = (
    right("h", "[1.5, -1]"),
    A,
    Mark("L", "follows", ONE, ONE, "0.625", because_of=("a",)),
    Mark(
        "dL/dW",
        "wrong",
        NONE,
        ONE,
        "[[0.5, 9], [0, 0]]",
        "one entry is off",
        cells=[[True, False], [True, True]],
        expected="[[0.5, 1], [0, 0]]",
        remarks=("dW read as dL/dW",),
    ),
    Mark("dL/db", "unread", NONE, ONE, None, "a bracket is not closed"),
    Mark("W'", "follows", ONE, ONE, "[[0.75, -4.5], [-1, 2]]", because_of=("dL/dW", "a"), review="the step follows trivially"),
    Mark("b'", "blank", NONE, ONE, expected="[0.25, -4]"),
)


def report(person: str = "Ada", marks: tuple[Mark, ...] = MARKS, problems: tuple[str, ...] = ()) -> Report:
    known = exercise()
    return Report(known.name, known.title, known.digest, "1.2.3", person, marks, problems)


def evil() -> Report:
    """Strangers' text wherever it can stand."""
    marks = (*MARKS, Mark(EVIL, "wrong", NONE, NONE, EVIL * 50, EVIL), Mark("=HYPERLINK(1)", "unread", NONE, NONE, None, "@" + EVIL))
    return replace(report("=1+2" + EVIL, marks, ("-" + EVIL,)), title=known_title())


def known_title() -> str:
    return exercise().title


def flawless() -> Report:
    return report("Bob", tuple(replace(right(mark.name, mark.read_as or "1"), max=mark.max) for mark in MARKS))
