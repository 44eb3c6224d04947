"""How fast hand-ins are marked, on one core, by the example sheet with sixteen steps; and what preparing costs once.

    python benchmarks/check.py [--people 1500] [--streamed 100000] [--json FILE]

Hand-ins are made from the sheet itself: every quantity that it asks for and the gradients between them, rounded to six digits, with no slip, one or
two in them and everything after these worked out from the wrong values, as a consistent person would. They are made and written as JSON before the
clock starts; reading, matching, marking and the record of the result are measured. All slips of the catalogue are tried. The exit status is 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

import numpy as np
from report import Check, milliseconds, save, table

from byhand.app.checking import prepared
from byhand.app.classes.records import to_line
from byhand.check.answers.read import from_text
from byhand.check.engine import variables_of
from byhand.check.judge.judge import Judge
from byhand.run.arrays import Array

ROOT = Path(__file__).parent.parent
SHEET = ROOT / "examples" / "e2-label-smoothing-step.md"
NUMBERS_A_SECOND, FORMULAS_A_SECOND = 1000, 200
GROWTH = 16.0
"""Megabytes by which memory may grow over the streamed hand-ins after the first tenth of them."""
REFUSED = 0.05
"""Seconds in which a hostile answer is refused."""


def asked_of(judge: Judge) -> list[str]:
    """What is handed in: everything with a step and a number but what is trivial."""
    return [q.name for q in judge.exercise.quantities.values() if q.steps and q.parents and q.truth is not None]


@dataclass(slots=True)
class Class:
    """Makes hand-ins."""

    judge: Judge
    names: list[str]
    draw: Random

    def hand_in(self, number: int) -> str:
        """One hand-in as the text of a JSON file."""
        values = self.values(self.draw.choice((0, 1, 1, 1, 2)))
        return json.dumps({"name": f"person {number}", "answers": {name: rounded(values[name]) for name in self.names}})

    def values(self, slips: int) -> dict[str, Array]:
        engine = self.judge.engine
        own = dict(self.judge.truths)
        places = set(self.draw.sample([name for name in self.names if self.judge.mutations.get(name)], slips))
        for name, quantity in self.judge.exercise.quantities.items():
            if not quantity.steps or not quantity.parents:
                continue
            right = engine.values(quantity.steps[:1], own)
            found = self._wrong(name, own) if name in places else None
            value = found if found is not None else right[0] if right is not None else own[name]
            own[name] = np.array(value)
        return own

    def _wrong(self, name: str, own: dict[str, Array]) -> Array | None:
        mutation = self.draw.choice(self.judge.mutations[name])
        if not set(variables_of(mutation.step)) <= own.keys():
            return None
        found = self.judge.engine.values([mutation.step], own)
        return found[0] if found is not None and np.isfinite(found[0]).all() and found[0].shape == own[name].shape else None


def rounded(value: Array) -> object:
    """Six significant digits, as somebody types them."""
    return json.loads(json.dumps(value[0].tolist()), parse_float=lambda text: float(f"{float(text):.6g}"))


def marked(judge: Judge, text: str) -> tuple[str, str]:
    """From the text of a hand-in to the line that is kept of it, and the first status that is not right."""
    (hand_in,) = from_text(text, "x", "json")
    report = judge.mark(hand_in)
    return to_line(report), report.first_wrong or ""


def speed(judge: Judge, texts: list[str], rounds: int = 5) -> tuple[list[float], Counter[str]]:
    """Hand-ins a second of processor time, for each round over a part of them, after all kinds have been seen once."""
    for text in texts[: len(texts) // 3]:
        marked(judge, text)
    rates: list[float] = []
    part = max(1, (len(texts) - len(texts) // 3) // rounds)
    for k in range(rounds):
        some = texts[len(texts) // 3 + k * part :][:part]
        start = time.process_time()
        for text in some:
            marked(judge, text)
        rates.append(len(some) / (time.process_time() - start))
    return rates, Counter(mark.status for text in texts[:100] for mark in judge.mark(next(from_text(text, "x", "json"))).marks)


def main() -> None:
    parser = argparse.ArgumentParser(description="Hand-ins marked a second.")
    parser.add_argument("--people", type=int, default=1500)
    options = parser.parse_args()
    start = time.perf_counter()
    judge = prepared(SHEET.read_text(), SHEET.name)
    print("prepared in", time.perf_counter() - start, "slips", sum(map(len, judge.mutations.values())))
    maker = Class(judge, asked_of(judge), Random(1))
    texts = [maker.hand_in(k) for k in range(options.people)]
    rates, counts = speed(judge, texts)
    print(rates, counts)


if __name__ == "__main__":
    main()
