"""What all benchmarks print with: tables, targets, the machine, the growth exponent."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from math import log
from pathlib import Path
from statistics import mean


@dataclass(frozen=True, slots=True)
class Check:
    """Something measured, in seconds unless said otherwise, and what it must stay under."""

    what: str
    value: float
    target: float
    unit: str = "s"

    @property
    def met(self) -> bool:
        return self.value < self.target

    def __str__(self) -> str:
        shown = (f"{self.value:.2f}", f"{self.target:g}") if self.unit != "s" else (f"{milliseconds(self.value)} ms", f"{self.target * 1000:g} ms")
        return f"{'met   ' if self.met else 'MISSED'}  {self.what}: {shown[0]}, target under {shown[1]}"


def milliseconds(seconds: float) -> str:
    """Three significant digits are more than such a figure holds."""
    value = seconds * 1000
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns aligned to the right, the first to the left."""
    widths = [max(map(len, column)) for column in zip(head, *rows)]

    def line(cells: Sequence[str]) -> str:
        return "  ".join(cell.ljust(width) if k == 0 else cell.rjust(width) for k, (cell, width) in enumerate(zip(cells, widths)))

    return "\n".join([line(head), "  ".join("-" * width for width in widths), *map(line, rows)])


def growth(points: Sequence[tuple[float, float]]) -> float | None:
    """p for which y = c·x^p fits best: the slope of the least-squares line through the logarithms."""
    if len({x for x, _ in points}) < 2:
        return None
    xs, ys = [log(x) for x, _ in points], [log(y) for _, y in points]
    x_mean, y_mean = mean(xs), mean(ys)
    return sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys)) / sum((x - x_mean) ** 2 for x in xs)


def setting() -> dict[str, object]:
    """What a figure depends on besides the code."""
    return {"python": platform.python_version(), "system": platform.system(), "machine": platform.machine(), "cores": os.cpu_count()}


def save(path: Path | None, checks: Iterable[Check], measured: object, **about: object) -> None:
    """Everything measured, as JSON, if a file was asked for."""
    if path is not None:
        targets = [asdict(check) | {"met": check.met} for check in checks]
        path.write_text(json.dumps({"setting": setting() | about, "measured": measured, "targets": targets}, indent=1) + "\n")
