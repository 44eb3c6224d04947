"""Law 3 on the pages of the examples: every line reads back, and its links are equal, formulas and numbers alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from byhand.lang.expr import Expr, Named, Var, filled
from byhand.lang.walk import postorder
from byhand.read.elaborate import read_formula
from byhand.run.evaluate import evaluate
from byhand.run.prove import prove
from byhand.show.document import Line
from byhand.show.latex import latex
from byhand.show.tree import Comprehension, Entry, Function, Member, Sum, Tree
from byhand.show.unicode import text
from support.pages import EXAMPLES, Page, pages


def is_formula(link: Tree, spell: Callable[[Tree], str]) -> bool:
    """Whether the reader's language has it: ∈ declares, argmax is a task, and LaTeX's matrices do not say whether a column is a vector."""
    return not isinstance(link, Member) and not (isinstance(link, Function) and link.name == "argmax") and (spell is text or "\\begin" not in spell(link))


def check_line(line: Line, page: Page, spell: Callable[[Tree], str]) -> list[str]:
    """What was checked on a line: a formula that is read, two that are proved equal, numbers that are worked out."""
    links = [link for link in line.links if is_formula(link, spell)]
    if links and isinstance(links[0], Entry):
        return [_same_entries(links[0], link, page, spell) for link in links[1:]]
    read = [read_formula(spell(link), page.scope) for link in links]
    return ["read"] * len(read) + [_equal(left, right, page, " = ".join(map(spell, links))) for left, right in pairwise(read)]


def _same_entries(name: Entry, entry: Tree, page: Page, spell: Callable[[Tree], str]) -> str:
    """The array of all differences of two entries is zero; the index of the name says how long it is."""
    source = spell(Comprehension(Sum(((False, name), (True, entry))), name.at))
    difference = read_formula(source, page.scope)
    verdict = prove(difference, filled(0, difference.shape))
    assert verdict.verdict == "holds", f"{source} is not 0: {verdict}"
    return "proved"


def _equal(left: Expr, right: Expr, page: Page, shown: str) -> str:
    if _has_names(left) and _has_names(right):
        verdict = prove(left, right)
        assert verdict.verdict == "holds", f"{shown}: {verdict}"
        return "proved"
    if isinstance(left, Var):
        return "given"
    found, expected = evaluate([left, right], {name: page.data[name] for name in _names(left)}, exact=False).roots
    np.testing.assert_allclose(np.asarray(expected, dtype=float), np.asarray(found, dtype=float), rtol=1e-9, atol=1e-12, err_msg=shown)
    return "worked out"


def _has_names(node: Expr) -> bool:
    return any(isinstance(one, (Var, Named)) for one in postorder(node, enter_named=False))


def _names(node: Expr) -> list[str]:
    return [one.name for one in postorder(node) if isinstance(one, Var)]


@pytest.mark.parametrize("spell", [text, latex], ids=["text", "latex"])
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_line_of_the_page_reads_back(path: Path, spell: Callable[[Tree], str]) -> None:
    shown = list(pages(path))
    done = Counter(what for page in shown for line in page.lines for what in check_line(line, page, spell))
    assert done["read"] >= 30, done
    assert done["proved"] >= 15, done
    assert done["worked out"] >= 10 or spell is latex or not any(page.data for page in shown), done
