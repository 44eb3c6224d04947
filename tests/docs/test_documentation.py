"""The documentation is true: commands print what it says, sheets are solved, links lead somewhere, words are used."""

from __future__ import annotations

import doctest
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import byhand
from byhand.app import api
from byhand.read.functions import FUNCTIONS
from byhand.read.statements import FACTS, Asked, Task, parse_statements
from support.documentation import PAGES, build, sheets
from support.sources import ROOT, files, said

WRITTEN = list(build.written_pages())
SHEETS = [pytest.param(text, id=f"{said(path)}-{k}") for path in PAGES for k, text in enumerate(sheets(path), 1) if "mistake" not in text]
GLOSSARY = ROOT / "docs" / "glossary.md"


# --------------------------------------------------------------------------------- what is computed is up to date


def test_pages_of_rules() -> None:
    """If this fails: python3 dev.py docs."""
    wanted = build.rule_pages()
    outdated = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    assert [said(path) for path in outdated] == []
    assert set(build.RULE_PAGES.glob("*.md")) == set(wanted)


@pytest.mark.parametrize("path", WRITTEN, ids=said)
def test_commands_print_what_the_page_says(path: Path) -> None:
    """If this fails: python3 dev.py docs."""
    text = path.read_text(encoding="utf-8")
    assert build.refreshed(text) == text


def test_output_that_is_wrong_is_found() -> None:
    right = build.refreshed("```console\n$ byhand --version\n```\n")
    assert byhand.__version__ in right
    assert build.refreshed(right.replace(byhand.__version__, "9.9")) == right
    assert build.agrees("a\n…\nd\n", "a\nb\nc\nd\n")
    assert not build.agrees("a\n…\ne\n", "a\nb\nc\nd\n")


# --------------------------------------------------------------------------------------------------- sheets


@pytest.mark.parametrize("text", SHEETS)
def test_sheets_are_solved(text: str) -> None:
    """And a comment behind a question is its answer."""
    answer = byhand.sheet(text).solve().answer
    for question, wanted in answers_in(text):
        np.testing.assert_allclose(answer["values"][question], wanted, rtol=1e-12, err_msg=question)
    assert all(claim["verdict"] == "holds" for claim in answer["claims"] if "lecture" not in text)


def answers_in(text: str) -> Iterator[tuple[str, object]]:
    """The questions with an answer behind them."""
    for info, body in build.fences(text):
        for line in body.splitlines() if info == "byhand" else ():
            code, mark, comment = line.partition("#")
            if mark and re.match(r"\s*[-\d\[]", comment):
                questions = [one.text for one in parse_statements(code) if isinstance(one, (Asked, Task))]
                answers = json.loads(f"[{comment}]")
                assert len(questions) == len(answers), line
                yield from zip(questions, answers)


def test_the_language_page_answers_many_questions() -> None:
    answered = [question for text in sheets(ROOT / "docs" / "sheets.md") for question, _ in answers_in(text)]
    assert len(answered) > 40


# ------------------------------------------------------------------------------------------- nothing is left out


def test_the_language_page_names_every_function_and_fact() -> None:
    named = set(re.findall(r"`([^`\s(]+)(?:\([^`]*)?`", (ROOT / "docs" / "sheets.md").read_text(encoding="utf-8")))
    assert sorted(set(FUNCTIONS) - named) == []
    assert sorted(set(FACTS) - named) == []


def test_the_readme_names_every_public_name() -> None:
    told = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/python.md"))
    assert [name for name in byhand.__all__ if name not in told] == []


def test_figures_are_those_of_the_benchmarks() -> None:
    measured = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    for figure in re.findall(r"\b[\d.]+ (?:ms|s)\b", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert figure in measured, figure


def test_every_folder_is_on_the_map() -> None:
    told = (ROOT / "README.md").read_text(encoding="utf-8").partition("## The map")[2]
    rooms = {path.name for path in (ROOT / "src" / "byhand").iterdir() if path.is_dir() and not path.name.startswith("_")}
    outside = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name in ("examples", "docs", "tests", "benchmarks")}
    assert [name for name in sorted(rooms | outside) if f"{name}/`" not in told] == []


# ------------------------------------------------------------------------------------------------------ links


@pytest.mark.parametrize("path", [*PAGES, ROOT / "CHANGELOG.md", ROOT / "benchmarks" / "README.md"], ids=said)
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"^(`{3,}).*?^\1$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith(("http://", "https://")):
            file, _, heading = target.partition("#")
            page = (path.parent / file).resolve() if file else path
            assert page.exists(), target
            assert not heading or heading in headings(page), target


def headings(page: Path) -> set[str]:
    """The anchors that GitHub makes."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in found}


def test_the_picture_is_small() -> None:
    assert all(path.stat().st_size < 200_000 for path in (ROOT / "docs" / "img").iterdir())


# --------------------------------------------------------------------------------------------------- glossary


def terms() -> Iterator[tuple[list[str], list[str]]]:
    """The words of each line, and the words that are not said."""
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0] not in ("term", "---"):
            yield cells[0].split(", "), [word for word in cells[2].split(", ") if word]


def prose() -> dict[str, str]:
    """Everything that people read, but the glossary itself and quotations of others."""
    read = [*WRITTEN, *(ROOT / "docs" / "decisions").glob("*.md"), *(path for path in files(".py") if "src" in path.parts)]
    return {said(path): path.read_text(encoding="utf-8").lower() for path in read if path != GLOSSARY}


def test_terms_are_used_and_explained_once() -> None:
    everything = "\n".join(prose().values())
    found = [word for words, _ in terms() for word in words]
    assert len(found) == len(set(found)) > 30
    assert [word for word in found if not re.search(rf"\b{word}", everything)] == []


def test_other_words_are_not_used() -> None:
    for _, others in terms():
        for word in others:
            assert [path for path, text in prose().items() if re.search(rf"\b{word}s?\b", text)] == [], word


# ---------------------------------------------------------------------------------------------------- doctests


def test_examples_in_the_interface() -> None:
    failed, tried = doctest.testmod(api)
    assert (failed, tried > 5) == (0, True)
