"""Marking in Python: ``byhand.check``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias, cast, overload

import numpy as np

from byhand.app.checking import prepared
from byhand.app.classes.opened import hand_ins_of
from byhand.app.forms import BinaryForm, TextForm, made_of
from byhand.check.answers.entry import HandIn
from byhand.check.answers.read import from_text, kind_of
from byhand.check.judge.judge import Judge
from byhand.check.mark import Mark, Report
from byhand.check.report.answer import to_json
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Operators
from byhand.run.arrays import Array
from byhand.show.conventions import Conventions
from byhand.show.notation import notation
from byhand.show.plain import plain

Answer: TypeAlias = "str | int | float | Fraction | Array | Sequence[Any] | Operators"
Answers: TypeAlias = "Mapping[str, Answer] | str | os.PathLike[str]"


@dataclass(frozen=True)
class Checked:
    """A marked hand-in; ``checked["h"]`` is what is said of one answer."""

    report: Report
    hand_in: HandIn
    judge: Judge

    @property
    def json(self) -> dict[str, Any]:
        """What ``byhand check --to json`` prints."""
        return to_json(self.report, self.hand_in)

    @property
    def marks(self) -> Fraction:
        return self.report.total

    @property
    def max(self) -> Fraction:
        return self.report.most

    @property
    def first_wrong(self) -> str | None:
        """The earliest quantity that is wrong; ``None`` where nothing is."""
        return self.report.first_wrong

    def __getitem__(self, name: str) -> Mark:
        return next(mark for mark in self.report.marks if mark.name == name)

    @overload
    def to(self, form: TextForm, *, answers: bool = True) -> str: ...
    @overload
    def to(self, form: BinaryForm, *, answers: bool = True) -> bytes: ...
    def to(self, form: TextForm | BinaryForm, *, answers: bool = True) -> str | bytes:
        """As ``text``, ``md``, ``tex``, ``html``, ``json``, ``csv``, ``gradescope`` or ``moodle``, or as the bytes of a ``pdf``.

        ``answers``: with what was expected.
        """
        return made_of(self.report, self.judge.exercise, self.hand_in, form, answers)

    def __str__(self) -> str:
        return self.to("text")

    def _repr_html_(self) -> str:
        return self.to("html")


def checked(text: str, name: str, answers: Answers) -> Checked:
    """One hand-in marked: a mapping from names to answers, a file, or the text of one.

    Raises ``ByhandError`` for a sheet that cannot be solved, and for a hand-in that cannot be read or is that of more than one person.
    """
    judge = _judge(text, name)
    found = list(_hand_ins(answers))
    if len(found) != 1:
        what = "nothing has been handed in there" if not found else "there are several hand-ins in it; byhand check marks a class"
        raise ByhandError(f"cannot check the answers: {what}.")
    (hand_in,) = found
    if hand_in.problems and not hand_in.entries:
        raise ByhandError(f"cannot read the answers: {hand_in.problems[0]}")
    return Checked(judge.mark(hand_in), hand_in, judge)


@lru_cache(maxsize=4)
def _judge(text: str, name: str) -> Judge:
    return prepared(text, name)


def _hand_ins(answers: Answers) -> Iterator[HandIn]:
    """At most two, which is one too many."""
    if isinstance(answers, Mapping):
        given = {str(name): _plain(str(name), value) for name, value in answers.items()}
        yield from from_text(json.dumps({"answers": given}), "", "json")
    elif isinstance(answers, str) and ("\n" in answers or answers.lstrip()[:1] in ("{", "[", "")):
        yield from islice(from_text(answers, "", kind_of(answers)), 2)
    else:
        yield from islice(hand_ins_of(Path(answers)), 2)


def _plain(name: str, value: object) -> object:
    """An answer as JSON has it; exact numbers and expressions as text."""
    match value:
        case np.ndarray() | np.generic():
            return _plain(name, value.tolist())
        case Operators():
            return plain(notation(cast(Expr, value), Conventions()))
        case Fraction():
            return str(value)
        case list() | tuple():
            return [_plain(name, part) for part in cast(Sequence[object], value)]
        case str() | int() | float() | None:
            return value
        case _:
            raise ByhandError(f"the answer {name} is a {type(value).__name__}; give a number, nested lists or an array of numbers, or a formula.")
