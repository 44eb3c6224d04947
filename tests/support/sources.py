"""The repository's own files, for the tests that hold its habits."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "byhand"
NOT_OURS = {"build", "dist", "node_modules", "__pycache__"}
TEXT = {".py", ".md", ".toml", ".css", ".yml", ".yaml", ".json", ".txt", ".cfg", ".sh", ""}


def files(*suffixes: str) -> list[Path]:
    """The files of the repository with these endings, by default all that are text; nothing hidden but ``.ci``, nothing built."""
    return sorted(_walk(ROOT, set(suffixes) or TEXT))


def _walk(folder: Path, suffixes: set[str]) -> Iterator[Path]:
    for path in folder.iterdir():
        hidden = path.name.startswith(".") and path.name not in (".ci", ".github", ".gitignore")
        if hidden or path.name in NOT_OURS or path.name.endswith(".egg-info"):
            continue
        if path.is_dir():
            yield from _walk(path, suffixes)
        elif path.suffix in suffixes:
            yield path


def module(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def said(path: Path) -> str:
    """A path as messages have it: from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


def package(name: str) -> list[Path]:
    """The modules of one package of byhand."""
    return sorted((SOURCE / name).rglob("*.py"))
