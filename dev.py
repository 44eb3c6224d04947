"""Everything a developer or a first-time user needs, with nothing but Python 3.11 or newer, pip and venv.

    python3 dev.py solve examples/e2-label-smoothing-step.md    # set up, then run byhand
    python3 dev.py test                                         # set up, then lint, types, floors and tests
    python3 dev.py docs                                         # set up, then write what the documentation computes

The virtual environment is `.venv` beside this file; it is made once and brought up to date when pyproject.toml or the C sources change.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
CHECKS = (
    ("format", "ruff", "format", "--check", "."),
    ("lint", "ruff", "check", "."),
    ("floors", "lint-imports"),
    ("types", "basedpyright"),
    ("tests", "pytest"),
)


def set_up(extras: str) -> None:
    """Install byhand with these extras, unless that was done for this very pyproject.toml and these sources of the C extension."""
    stamp = VENV / f"installed-{extras or 'plain'}"
    built_of = [ROOT / "pyproject.toml", ROOT / "setup.py", *sorted((ROOT / "src").rglob("*.[ch]"))]
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in built_of)).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"setting up {VENV.name} …", file=sys.stderr)
    if not (BIN / "python").exists() and not (BIN / "python.exe").exists():
        venv.create(VENV, with_pip=True)
    target = f"{ROOT}[{extras}]" if extras else str(ROOT)
    run("python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", target)
    run("python", "-m", "compileall", "-q", str(ROOT / "src"))  # the first command starts as fast as the second
    stamp.write_text(wanted)


def run(program: str, *arguments: str) -> None:
    """Run a program of the environment; its failure is ours."""
    code = subprocess.call([str(BIN / program), *arguments], cwd=ROOT if program != "byhand" else None)
    if code:
        sys.exit(code)


def main(arguments: list[str]) -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - the one file that an older Python may be asked to run
        sys.exit("byhand needs Python 3.11 or newer.")
    if arguments[:1] == ["test"]:
        set_up("test,oracles")
        for name, program, *options in CHECKS:
            print(f"== {name}", flush=True)
            run(program, *options, *(arguments[1:] if name == "tests" else ()))
    elif arguments[:1] == ["docs"]:
        set_up("pdf")
        run("python", "docs/build.py", *arguments[1:])
    else:
        set_up("pdf")
        run("byhand", *arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
