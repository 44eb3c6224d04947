"""How fast hand-ins are marked, on one core, by the example sheet with eighteen steps; what preparing costs once; and whether memory stays where it is.

    python benchmarks/check.py [--people 1500] [--streamed 100000] [--json FILE]

Hand-ins are made from the sheet itself: every quantity that it asks for and the gradients between them, rounded to six digits, with no slip, one or
two in them and everything after these worked out from the wrong values, as a consistent person would. They are made and written as JSON before the
clock starts. Reading, matching, marking with all slips of the catalogue, and the line that is kept of the result are measured, in processor time. The
exit status is 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
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
"""Megabytes by which memory may grow after the first third of a class."""
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


def rates(mark: Callable[[str], object], texts: list[str], rounds: int = 5) -> list[float]:
    """Texts a second of processor time, for each round over a part of them, after some of all kinds have been seen."""
    seen = len(texts) // 3
    for text in texts[:seen]:
        mark(text)
    part = (len(texts) - seen) // rounds
    found: list[float] = []
    for k in range(rounds):
        start = time.process_time()
        for text in texts[seen + k * part :][:part]:
            mark(text)
        found.append(part / (time.process_time() - start))
    return found


FORMULAS = (
    ("dL/dz", "p - ys"), ("dL/dz", "ys - p"), ("dL/dz", "-ys/p"), ("dL/dW2", "outer(a, p - ys)"), ("dL/dW2", "a (p - ys)^T"), ("dL/dW2", "outer(p - ys, a)"),
    ("dL/dW2", "outer(h, p - ys)"), ("dL/da", "W2 @ (p - ys)"), ("dL/da", "W2.T @ (p - ys)"), ("dL/dh", "step(h) * (W2 @ (p - ys))"),
    ("dL/dh", "W2 @ (p - ys)"),
    ("dL/dW1", "outer(x, step(h) * (W2 @ (p - ys)))"), ("dL/dW1", "outer(x, W2 @ (p - ys))"), ("dL/db2", "p - ys"), ("dL/db1", "step(h) * (W2 @ (p - ys))"),
)  # fmt: skip
"""Right and wrong formulas as people write them."""


def formula(number: int) -> str:
    """A hand-in of one formula, none twice: with a factor that is one."""
    name, text = FORMULAS[number % len(FORMULAS)]
    return json.dumps({"answers": {name: f"{number + 2}/{number + 2} * ({text})"}})


def hostile() -> dict[str, str]:
    """What should be refused at once."""
    answers: dict[str, object] = {
        "a tower of powers": "9^9^9^9",
        "the same as in Python": "9**9**9**9",
        "a name of Python's": "().__class__.__mro__[1].__subclasses__()",
        "a call": "__import__('os').system('true')",
        "deep brackets": "(" * 9000 + "x" + ")" * 9000,
        "deep fractions": "\\frac{1}{" * 3000 + "2" + "}" * 3000,
        "many minus signs": "-" * 15000 + "1",
        "a long number": "9" * 100_000,
        "a large exponent": "1e999999999",
    }
    found = {said: json.dumps({"answers": {"L": text, "h": [-13, 2, -5]}}) for said, text in answers.items()}
    return found | {"ten megabytes": json.dumps({"answers": {"L": "1" * 9_900_000}}), "deep lists": '{"answers": {"h": ' + "[" * 50_000 + "]" * 50_000 + "}}"}


def refusals(judge: Judge) -> dict[str, float]:
    """Seconds for each hostile hand-in, the median of five."""
    found: dict[str, float] = {}
    for said, text in hostile().items():
        times: list[float] = []
        for _ in range(5):
            start = time.perf_counter()
            report = judge.mark(next(from_text(text, "x", "json")))
            times.append(time.perf_counter() - start)
        found[said] = median(times)
        wrong = [mark.name for mark in report.marks if mark.status not in ("unread", "blank", "right")]
        if wrong:
            sys.exit(f"{said}: {wrong[0]} was taken for an answer")
    return found


# -------------------------------------------------------------------------------------------------- a whole class


@dataclass(frozen=True, slots=True)
class Streamed:
    """A class marked by the command: people a second of wall time on all cores, and megabytes of all its processes in the
    first third, and at most afterwards."""

    people: int
    seconds: float
    early: float
    most: float


def streamed(maker: Class, people: int) -> Streamed:
    """Mark a class in one file of lines; a thousand hand-ins come again and again under other names."""
    lines = [maker.hand_in(k).partition(",")[2] for k in range(1000)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "class.jsonl"
        with path.open("w") as file:
            file.writelines(f'{{"name": "person {k}",{lines[k % len(lines)]}\n' for k in range(people))
        command = [sys.executable, "-m", "byhand", "check", str(SHEET), str(path), "--out", f"{folder}/marks.csv"]
        start, sizes = time.perf_counter(), list[float]()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            while process.poll() is None:
                sizes.append(megabytes(process.pid))
                time.sleep(0.2)
            if process.returncode:
                sys.exit(f"the class ended with status {process.returncode}: {process.stderr.read().decode() if process.stderr else ''}")
        seconds = time.perf_counter() - start
        with open(f"{folder}/marks.csv") as file:
            if sum(1 for _ in file) != people + 1:
                sys.exit("somebody is missing in the grade book")
    third = len(sizes) // 3
    return Streamed(people, seconds, max(sizes[: third + 1]), max(sizes[third:]))


def megabytes(parent: int) -> float:
    """Of a process and its children, without what they share with files."""
    try:
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        texts = [Path(f"/proc/{pid}/status").read_text() for pid in (str(parent), *children)]
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) / 1024 for text in texts for line in text.splitlines() if line.startswith("RssAnon:"))


def main() -> None:
    parser = argparse.ArgumentParser(description="Hand-ins marked a second.")
    parser.add_argument("--people", type=int, default=1500)
    parser.add_argument("--streamed", type=int, default=100_000, help="how many people the class has that is marked by the command; 0 for none")
    parser.add_argument("--json", type=Path, help="also write everything measured to this file")
    options = parser.parse_args()
    start = time.perf_counter()
    judge = prepared(SHEET.read_text(), SHEET.name)
    once = time.perf_counter() - start
    maker = Class(judge, asked_of(judge), Random(1))
    numbers = rates(lambda text: marked(judge, text), [maker.hand_in(k) for k in range(options.people)])
    formulas = rates(lambda text: marked(judge, text), [formula(k) for k in range(max(60, options.people // 5))])
    refused = refusals(judge)
    checks = [
        Check("a hand-in of numbers", 1 / median(numbers), 1 / NUMBERS_A_SECOND),
        Check("a formula", 1 / median(formulas), 1 / FORMULAS_A_SECOND),
        Check(f"refusing {max(refused, key=refused.__getitem__)}", max(refused.values()), REFUSED),
    ]
    print(f"{SHEET.name}: {len(maker.names)} steps, {sum(map(len, judge.mutations.values()))} slips, prepared in {milliseconds(once)} ms.\n")
    rows = [[what, *(f"{rate:.0f}" for rate in (median(found), min(found), max(found)))] for what, found in (("numbers", numbers), ("formulas", formulas))]
    print(table(["hand-ins of", "a second", "slowest round", "fastest round"], rows))
    print("\n" + table(["hostile answer", "ms"], [[said, milliseconds(seconds)] for said, seconds in refused.items()]) + "\n")
    found = streamed(maker, options.streamed) if options.streamed else None
    if found is not None:
        checks.append(Check("memory that grows after the first third of a class", max(0.0, found.most - found.early), GROWTH, "MB"))
        print(f"A class of {found.people:,} by the command: {found.people / found.seconds:.0f} a second on all cores, at most {found.most:.0f} MB.\n")
    print(*checks, sep="\n")
    measured = {"prepared": once, "numbers": numbers, "formulas": formulas, "refused": refused, "streamed": asdict(found) if found else None}
    save(options.json, checks, measured, sheet=SHEET.name)
    sys.exit(not all(check.met for check in checks))


if __name__ == "__main__":
    main()
