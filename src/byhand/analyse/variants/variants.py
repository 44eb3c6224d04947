"""Drawing variants: for each, many numbers are tried and the nicest are kept, then the whole sheet is solved with them once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fractions import Fraction
from random import Random

from byhand.analyse.variants import ranges
from byhand.analyse.variants.literals import Literal, literals, written
from byhand.analyse.variants.nice import Mark, Targets, judged, targets
from byhand.analyse.variants.ranges import Range, by_default, drawn
from byhand.lang.errors import ByhandError
from byhand.run.bind import Value, to_array
from byhand.sheets import solution as s
from byhand.sheets.source import Source, take_apart

MOST_VARIANTS = 1_000
TRIES = 400
"""Numbers tried for one variant before the best so far is taken."""
NICE_ENOUGH = 12
"""Of so many that are nice the one that is shortest to write is taken."""
SECONDS = 2.0
"""For trying numbers for one variant; the clock decides only where a sheet is very large."""

Entries = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """A sheet with other numbers. ``is_nice`` is false where no numbers were found that leave nothing switched off."""

    number: int
    text: str
    solution: s.Solution
    is_nice: bool


@dataclass(frozen=True, slots=True)
class Goal:
    """What the numbers should be good for besides: ``score`` says from 0 to 1 how far they are, and ``least`` is to be reached."""

    score: Callable[[Mapping[str, Value]], float]
    least: float


@dataclass(frozen=True, slots=True)
class _Plan:
    """What varies on a sheet and what is to be judged."""

    text: str
    name: str
    varying: tuple[tuple[Literal, Range], ...]
    targets: Targets
    given: Mark
    outline: object
    goal: Goal | None = None


def variants(text: str, count: int, seed: int, solve: Callable[[Source], s.Solution], name: str = "sheet", goal: Goal | None = None) -> Iterator[Variant]:
    """The same exercise ``count`` times with other numbers, all different; the same seed gives the same ones.

    With a ``goal``, numbers that reach it, or that come nearest of all that were tried. ``ByhandError`` for a sheet that cannot be solved,
    that has no numbers, or that does not have so many variants.
    """
    if not 1 <= count <= MOST_VARIANTS:
        raise ByhandError(f"cannot make {count:,} variants: between 1 and {MOST_VARIANTS:,} can be asked for.")
    plan = replace(_plan(text, name, solve), goal=goal)
    random = Random(f"byhand {seed}")
    seen = {tuple(literal.data.entries for literal, _ in plan.varying)}
    for number in range(1, count + 1):
        yield _one(plan, number, random, seen, solve)


def _plan(text: str, name: str, solve: Callable[[Source], s.Solution]) -> _Plan:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    source = take_apart(text, name)
    solution = solve(source)
    what = targets(solution)
    given = literals(source, text)
    said = ranges.said_by(text)
    facts = {item.variable.name: item.variable.facts for part in solution.parts for item in part.items if isinstance(item, s.Given)}
    found = _said(said, given, facts) if said is not None else [(one, by_default(one, facts[one.name])) for one in given if one.name in what.varying]
    varying = tuple((literal, how) for literal, how in found if how is not None)
    if not varying:
        if not given:
            raise ByhandError(f"{name} has no variants: none of its quantities is given as numbers.")
        raise ByhandError(f"{name} has no numbers that vary by themselves: say at its top which may, a line vary: and below it lines such as   x: -5 to 5.")
    return _Plan(text, name, varying, what, judged(what, what.data) or Mark(0, 0, 0, 0.0), _outline(solution))


def _said(said: Mapping[str, str], given: list[Literal], facts: Mapping[str, frozenset[str]]) -> list[tuple[Literal, Range | None]]:
    known = {literal.name: literal for literal in given}
    for name in said:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            raise ByhandError(f"vary: {name} is not given as numbers on this sheet.{f' Did you mean {close[0]}?' if close else ''}")
    return [(known[name], ranges.as_said(words, known[name], facts[name])) for name, words in said.items()]


def _one(plan: _Plan, number: int, random: Random, seen: set[tuple[Entries, ...]], solve: Callable[[Source], s.Solution]) -> Variant:
    """The nicest numbers found that have not been used and that the sheet can be solved with."""
    for mark, _, drawing in _best_first(plan, random, seen):
        changes = [(literal, entries) for (literal, _), entries in zip(plan.varying, drawing)]
        text = _titled(written(plan.text, changes), number)
        try:
            solution = solve(take_apart(text, plan.name))
        except ByhandError:
            continue
        if _outline(solution) == plan.outline:
            seen.add(drawing)
            return Variant(number, text, solution, mark.is_nice(plan.given))
    raise ByhandError(f"{plan.name} has no more variants than {number - 1}: let more of its numbers vary, or between wider bounds.")


def _best_first(plan: _Plan, random: Random, seen: set[tuple[Entries, ...]]) -> list[tuple[Mark, float | None, tuple[Entries, ...]]]:
    found: dict[tuple[Entries, ...], tuple[Mark, float | None]] = {}
    end = time.monotonic() + SECONDS
    good = 0
    for _ in range(TRIES):
        drawing = tuple(drawn(how, random) for _, how in plan.varying)
        if drawing in seen or drawing in found or _is_dull(plan, drawing):
            continue
        data = _data(plan, drawing)
        mark = judged(plan.targets, data)
        if mark is not None:
            score = None if plan.goal is None else plan.goal.score(data)
            found[drawing] = mark, score
            good += mark.is_nice(plan.given) and not _missing(plan, score)
        if good >= NICE_ENOUGH or time.monotonic() > end:
            break
    return sorted(
        ((mark, score, drawing) for drawing, (mark, score) in found.items()),
        key=lambda one: (plan.goal is not None and not one[0].is_nice(plan.given), _missing(plan, one[1]), one[0].key()),
    )


def _missing(plan: _Plan, score: float | None) -> float:
    """How much is missing to what the numbers should be good for."""
    return 0.0 if plan.goal is None or score is None else max(0.0, plan.goal.least - score)


def _is_dull(plan: _Plan, drawing: tuple[Entries, ...]) -> bool:
    """All entries of an array the same, or none of a binary one set."""
    return any(len(set(entries)) == 1 < len(set(literal.data.entries)) for (literal, _), entries in zip(plan.varying, drawing))


def _data(plan: _Plan, drawing: tuple[Entries, ...]) -> dict[str, Value]:
    fresh: dict[str, Value] = {}
    for (literal, _), entries in zip(plan.varying, drawing):
        fresh[literal.name] = to_array(literal.name, list(entries)).reshape(literal.data.shape)
    return {**plan.targets.data, **fresh}


def _outline(solution: s.Solution) -> object:
    """What must stay as it is: the verdicts of claims, and all that an analysis says in words rather than numbers."""
    items = [item for part in solution.parts for item in part.items]
    return (
        [item.verdict.verdict for item in items if isinstance(item, s.Claimed)],
        [(item.text, _yes_or_no(item.answer)) for item in items if isinstance(item, s.Answered)],
    )


def _yes_or_no(answer: Mapping[str, object] | None) -> dict[str, object]:
    return {key: value for key, value in (answer or {}).items() if isinstance(value, bool) or key in ("definite", "rank")}


_TITLE = re.compile(r"\A(---\n(?:.*\n)*?title:[ \t]*)(.*?)([\"']?)[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"^# .*?(?=\s*$)", re.MULTILINE)


def _titled(text: str, number: int) -> str:
    """The text with the variant's number behind its title, so that sheets on one desk can be told apart."""
    tail = f" (variant {number})"
    if text.startswith("---\n") and _TITLE.search(text):
        return _TITLE.sub(lambda match: match[1] + match[2] + tail + match[3], text, count=1)
    return _HEADING.sub(lambda match: match[0] + tail, text, count=1)
