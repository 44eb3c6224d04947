"""``docs/build.py`` as a module, and the fences of the pages that people write."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from support.sources import ROOT


def _loaded(path: Path) -> ModuleType:
    found = spec_from_file_location(f"documentation_{path.stem}", path)
    assert found is not None
    assert found.loader is not None
    made = sys.modules[found.name] = module_from_spec(found)
    found.loader.exec_module(made)
    return made


build = _loaded(ROOT / "docs" / "build.py")
PAGES = sorted([*build.written_pages(), *build.RULE_PAGES.glob("*.md")])


def sheets(path: Path) -> list[str]:
    """Every sheet on a page: whole ones in fences of their own, and blocks that stand alone."""
    fences = list(build.fences(path.read_text(encoding="utf-8")))
    whole = [body for info, body in fences if info.startswith("markdown")]
    return whole + [f"```byhand\n{body}```\n" for info, body in fences if info == "byhand"]
