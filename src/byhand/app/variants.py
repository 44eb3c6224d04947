"""``byhand variants``: the same exercise with other numbers, a file for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from byhand.analyse.variants import Variant, variants
from byhand.app.files import deliver
from byhand.app.render import render
from byhand.app.solving import solve
from byhand.lang.english import percent
from byhand.lang.errors import ByhandError
from byhand.sheets.source import read_text

ENDINGS = {"text": "txt"}
"""What a file is called where that is not the name of its form."""


def write_variants(sheet: Path, count: int, seed: int, folder: Path | None, solutions: str | None, digits: int, separate: float | None = None) -> Iterator[str]:
    """Write the variants, and say so line by line; no file that holds something else is written over.

    ``separate``: what share of its slips the numbers of each should tell apart, as ``byhand slips`` counts them.
    """
    text, name = read_text(sheet)
    folder = folder or Path(f"{sheet.stem}-variants")
    width = max(2, len(str(count)))
    plain = 0
    lowest, goal, told_apart = 1.0, None, None
    if separate is not None:
        from byhand.app.slips import score_of, telling_apart

        goal, told_apart = telling_apart(text, name, separate), score_of
    for variant in variants(text, count, seed, solve, name, goal):
        score = None if told_apart is None else told_apart(variant.solution, variant.text)
        stem = f"{sheet.stem}-{variant.number:0{width}d}"
        _write(folder / f"{stem}.md", variant.text)
        if solutions:
            _write(folder / f"{stem}-solution.{ENDINGS.get(solutions, solutions)}", render(variant.solution, solutions, digits=digits))
        plain += not variant.is_nice
        lowest = min(lowest, 1.0 if score is None else score)
        yield _line(folder / f"{stem}.md", variant, score)
    yield f"{count} variant{'s' * (count != 1)} of {name} in {folder}, drawn with seed {seed}."
    if plain:
        yield f"In {plain} of them some units are switched off for all samples: no better numbers were found between the bounds."
    if separate is not None:
        yield _told(lowest, separate, count)


def _told(lowest: float, separate: float, count: int) -> str:
    """Whether what was asked for is reached."""
    every = "Each of them" if count > 1 else "It"
    if lowest >= separate:
        return f"{every} tells {f'at least {percent(lowest)} of the' if lowest < 1 else 'all'} slips apart."
    where = " in the worst of them" if count > 1 else ""
    found = f"The best numbers found tell {percent(lowest)} of the slips apart{where}, not {percent(separate)}"
    return f"{found}; it may help if more numbers vary, or between wider bounds: see vary: at the top of a sheet."


def _line(path: Path, variant: Variant, score: float | None) -> str:
    told = "" if score is None else f"  ({percent(score)} told apart)"
    return f"{path}{told}{'' if variant.is_nice else '  (some units are switched off)'}"


def _write(path: Path, made: str | bytes) -> None:
    data = made if isinstance(made, bytes) else made.encode("utf-8")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.read_bytes() not in (data, data + b"\n"):
            raise ByhandError(f"cannot write {path}: it is there already and holds something else. Give another folder with -o, or delete it.")
    except OSError as error:
        raise ByhandError(f"cannot write {path}: {(error.strerror or 'no file can be made there').lower()}.") from None
    deliver(made, path)
