"""The command ``byhand``. What takes long to import is imported by the command that needs it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from byhand.app.compile_options import compile_
from byhand.app.files import deliver
from byhand.app.pictures import pictures_beside
from byhand.app.train_options import predict, train
from byhand.lang.errors import ByhandError

FORMATS = ("text", "md", "tex", "html", "pdf", "ipynb", "json")
PAGES = ("text", "md", "tex", "html", "pdf")
CHECKED = (*PAGES, "json", "csv", "gradescope", "moodle")
SLIPS = (*PAGES, "json")
BAD_INPUT, OUR_FAULT, INTERRUPTED = 2, 70, 130
LONGEST = 60
"""Seconds that one command may take."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80}, invoke_without_command=True)
@click.version_option(package_name="byhand", prog_name="byhand")
@click.pass_context
def byhand(context: click.Context) -> None:
    """Neural networks worked out by hand, by machine.

    Every gradient is derived as a formula, each step named and explained, and
    worked out in numbers.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


_to = click.option("--to", type=click.Choice(FORMATS), default="text", show_default=True, help="What to make of the solution.")
_output = click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file instead of the terminal.")
_digits = click.option("--digits", type=click.IntRange(1, 17), default=6, show_default=True, help="Significant digits of rounded numbers.")


@byhand.command()
@click.argument("sheet", type=click.Path(path_type=Path))
@_to
@_output
@_digits
@click.option("--part", metavar="LETTER", help="Show this part only, such as a.")
def solve(sheet: Path, to: str, output: Path | None, digits: int, part: str | None) -> None:
    """Solve SHEET, a Markdown file with formulas, and show the worked solution."""
    from byhand.app.render import render
    from byhand.app.solving import solve as solved
    from byhand.sheets.source import read_file

    if output is not None and output.exists() and sheet.exists() and output.samefile(sheet):
        raise ByhandError(f"cannot write the solution to {output}: that is the sheet itself.")
    solution = solved(read_file(sheet))
    made = render(solution, to, digits=digits, part=part, width=_width(output), color=_color(output))
    deliver(pictures_beside(made, to, output), output)


@byhand.command()
@click.argument("formula")
@click.option("--wrt", required=True, metavar="NAMES", help="What to differentiate with respect to: W1,b1.")
@click.option("--shapes", default="", metavar="SHAPES", help='Shapes of the quantities: "X:(m,n), t:(m,)"; those without are numbers.')
@_to
@_output
@_digits
def derive(formula: str, wrt: str, shapes: str, to: str, output: Path | None, digits: int) -> None:
    """Derive the gradients of one FORMULA, such as "sum((X@w - t)**2)"."""
    from byhand.app.render import render
    from byhand.app.single import derive_formula

    solution = derive_formula(formula, wrt, shapes)
    made = render(solution, to, digits=digits, width=_width(output), color=_color(output))
    deliver(pictures_beside(made, to, output), output)


@byhand.command()
@click.argument("sheet", type=click.Path(path_type=Path))
@click.option("--count", type=click.IntRange(1, 1000), default=30, show_default=True, help="How many.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same variants.")
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="The folder for them.  [default: SHEET-variants]")
@click.option("--solutions", type=click.Choice(FORMATS), help="Write the worked solution of each as well, in this form.")
@click.option("--separate", type=click.FloatRange(0, 1), metavar="SHARE", help="Numbers that tell so many slips apart, such as 0.95: see byhand slips.")
@_digits
def variants(sheet: Path, count: int, seed: int, output: Path | None, solutions: str | None, separate: float | None, digits: int) -> None:
    """Write the same exercise with other numbers, as often as wanted.

    What may vary, and between which bounds, can be said at the top of SHEET:
    a line "vary:" and below it lines such as "  x: -5 to 5".
    """
    from byhand.app.variants import write_variants

    for line in write_variants(sheet, count, seed, output, solutions, digits, separate):
        click.echo(line)


@byhand.command()
@click.argument("sheet", type=click.Path(path_type=Path))
@click.option("--to", type=click.Choice(SLIPS), default="text", show_default=True, help="What to make of the table.")
@click.option("--all", "every", is_flag=True, help="List every slip, and all that the numbers do not show.")
@_output
def slips(sheet: Path, to: str, every: bool, output: Path | None) -> None:
    """Show which mistakes the numbers of SHEET tell apart.

    A slip is a mistake that people make, as a formula. Some give the right
    number all the same, and some give the same wrong number as another; with
    other numbers (byhand variants --separate 0.95) that may be better.
    """
    from byhand.app.slips import slips as told

    deliver(told(sheet, to, every=every, width=_width(output), color=_color(output)), output)


@byhand.command()
@click.argument("sheet", type=click.Path(path_type=Path))
@click.argument("answers", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--to", type=click.Choice(CHECKED), default="text", show_default=True, help="What to make of the marks.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this file; of a class, a file for each to this folder.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write the class's grade book, a CSV table, to this file.")
@click.option("--jobs", type=click.IntRange(1, 256), help="How many processes mark a class.  [default: one for each core]")
@click.option("--show-answers/--hide-answers", default=True, show_default=True, help="Whether what was expected is said.")
@click.option("--strict", is_flag=True, help="End with status 1 if anything is wrong or missing.")
@click.pass_context
def check(
    context: click.Context,
    sheet: Path,
    answers: tuple[Path, ...],
    to: str,
    output: Path | None,
    out: Path | None,
    jobs: int | None,
    show_answers: bool,
    strict: bool,
) -> None:
    """Mark ANSWERS, what somebody wrote as solution of SHEET.

    One file is one person's hand-in, and is answered with a page. Several files,
    a folder, or a table with a row a person is a class; it is marked on all
    cores, and can be interrupted: the same command goes on where it stopped.
    """
    from byhand.app.check_command import Asked, is_class
    from byhand.app.check_command import check as checked

    if is_class(answers, out):
        _unlimited()
    context.exit(checked(Asked(sheet, answers, to, output, out, jobs, show_answers, strict, _width(output), _color(output))))


@byhand.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--diff", "sheet", required=True, type=click.Path(path_type=Path), metavar="SHEET", help="The sheet as it is now.")
@click.option("--to", type=click.Choice(PAGES), default="text", show_default=True, help="What to make of the differences.")
@_output
def recheck(results: Path, sheet: Path, to: str, output: Path | None) -> None:
    """Mark again what is in RESULTS, made by byhand check --to json, and show what changes."""
    from byhand.app.recheck import recheck as rechecked

    _unlimited()
    deliver(rechecked(results, sheet, to, _width(output), _color(output)), output)


byhand.add_command(train)
byhand.add_command(predict)
byhand.add_command(compile_)


def main() -> None:
    """Run the command; whatever goes wrong is one sentence on standard error, and an exit code."""
    sys.exit(_run())


def _run() -> int:
    try:
        with contextlib.suppress(AttributeError, ValueError):
            sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        with _limited():
            left = byhand.main(prog_name="byhand", standalone_mode=False)
    except ByhandError as error:
        return _complain(str(error), BAD_INPUT)
    except click.exceptions.Abort:
        return _complain("interrupted.", INTERRUPTED)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as error:
        return _complain(error.format_message(), BAD_INPUT)
    except _TooLong:
        return _complain(f"this takes longer than {LONGEST} seconds; ask for less at a time, or take smaller arrays and fewer layers.", BAD_INPUT)
    except (RecursionError, MemoryError):
        return _complain("this input is nested too deeply or is too large to be worked through.", BAD_INPUT)
    except Exception as error:  # a mistake of ours must not look like one of the person's
        return _complain(f"an error in byhand itself ({type(error).__name__}: {error}). Please report it with the input that led to it.", OUR_FAULT)
    return left if isinstance(left, int) else 0


class _TooLong(BaseException):
    """Time is up. No error among others, so that nothing on the way takes it for its own."""


@contextlib.contextmanager
def _limited() -> Generator[None]:
    """Give up after a while, where the system can say when: what is large is refused before, and this is for what was not foreseen."""
    if sys.platform == "win32":
        yield
        return
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(LONGEST)
    try:
        yield
    finally:
        signal.alarm(0)


def _unlimited() -> None:
    """For what takes as long as there are people: there each hand-in has a limit of its own."""
    if sys.platform != "win32":
        signal.alarm(0)


def _give_up(number: int, frame: FrameType | None) -> NoReturn:
    raise _TooLong


def _complain(message: str, code: int) -> int:
    """One line on standard error, in characters that a terminal shows and does not obey."""
    shown = "".join(c if c.isprintable() or c == "\n" else "�" for c in message)
    click.echo(f"byhand: {shown}", err=True)
    return code


def _is_terminal(output: Path | None) -> bool:
    return output is None and sys.stdout is not None and sys.stdout.isatty()


def _width(output: Path | None) -> int:
    return max(40, min(shutil.get_terminal_size().columns, 120)) if _is_terminal(output) else 80


def _color(output: Path | None) -> bool:
    return _is_terminal(output) and "NO_COLOR" not in os.environ
