"""A worked solution as a Jupyter notebook: the pages as Markdown, and after each part the code that finds its numbers with NumPy alone.

Plain JSON in the format 4.5 of nbformat, which only tests need.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, TypeAlias

from byhand.sheets import solution as s
from byhand.sheets.conventions import conventions_of
from byhand.sheets.notebook.code import Code, code_of
from byhand.sheets.notebook.literals import literal
from byhand.show.document import Block, Document, Prose, Section, Worked
from byhand.show.jupyter import for_jupyter
from byhand.show.markdown import render
from byhand.show.prose import without_tags

Cell: TypeAlias = dict[str, Any]
MOST_COMPARED = 400
"""Entries of one array that are compared."""
_CHECK = "for name, (found, wanted) in checks.items():\n    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9, err_msg=name)"


def notebook(solution: s.Solution, document: Document, parts: tuple[s.Part, ...]) -> str:
    """The JSON of the notebook; ``document`` is that of these parts."""
    code = code_of(solution, conventions_of(solution))
    pages: list[list[Cell]] = []
    for part, section in zip(parts, document.sections):
        pages.append([_markdown(text) for text in _texts(section)])
        pages.append([_code(text) for text in code.cells(part.items)])
    cells = [_markdown(f"# {_title(document)}")] if document.title else []
    first = next((k for k, page in enumerate(pages) if page and page[0]["cell_type"] == "code"), None)
    for k, page in enumerate(pages):
        cells += [_code(_setup(code)), *page] if k == first else page
    if code.found:
        cells += [_markdown("The numbers above, compared with those of the worked solution."), _code(_comparison(code))]
    return json.dumps(_whole(cells), ensure_ascii=False, indent=1) + "\n"


def _title(document: Document) -> str:
    return render(Document(document.title, ())).strip().removeprefix("# ")


def _whole(cells: list[Cell]) -> Cell:
    for number, cell in enumerate(cells, 1):
        cell["id"] = f"cell-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}


def _markdown(text: str) -> Cell:
    return {"cell_type": "markdown", "id": "", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(text: str) -> Cell:
    return {"cell_type": "code", "execution_count": None, "id": "", "metadata": {}, "outputs": [], "source": text.splitlines(keepends=True)}


def _texts(section: Section) -> Iterator[str]:
    """The section as Markdown: each worked quantity in a cell of its own, what stands between them together."""
    label = section.label
    for alone, group in groupby(section.blocks, lambda block: isinstance(block, Worked)):
        for blocks in _split(map(_harmless, group), alone):
            yield for_jupyter(render(Document("", (Section(label, blocks),)))).strip()
            label = None


def _harmless(block: Block) -> Block:
    """Notebooks run what HTML their Markdown holds, so that of the sheet is shown as text, as it is on other pages."""
    return Prose(without_tags(block.markdown)) if isinstance(block, Prose) else block


def _split(blocks: Iterable[Block], alone: bool) -> Iterator[tuple[Block, ...]]:
    if alone:
        yield from ((block,) for block in blocks)
    else:
        yield tuple(blocks)


def _setup(code: Code) -> str:
    """What all other cells need: NumPy, and the functions that it does not have."""
    functions = code.source.written()
    imports = ["import math\n"] if any("math." in text for text in functions) else []
    return "\n\n\n".join(["".join([*imports, "\nimport numpy as np"]).strip(), *functions])


def _comparison(code: Code) -> str:
    rows = [_compared(f'    "{name}": ({_entries(name, value.size)}, ', literal(_first(value))) for name, value in code.found.items()]
    return "\n".join(["checks = {", *rows, "}", _CHECK, 'print(f"All {len(checks)} agree.")'])


def _compared(before: str, numbers: str) -> str:
    """A row of the comparison, the lines of its numbers below each other."""
    return before + numbers.replace("\n", "\n" + " " * len(before)) + "),"


def _first(value: s.Value) -> s.Value:
    return value if value.size <= MOST_COMPARED else value.reshape(-1)[:MOST_COMPARED]


def _entries(name: str, count: int) -> str:
    return name if count <= MOST_COMPARED else f"{name}.reshape(-1)[:{MOST_COMPARED}]"
