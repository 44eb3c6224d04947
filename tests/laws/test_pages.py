"""Law 3 on the pages of the examples: every line reads back, and its links are equal, formulas and numbers alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from byhand.lang.expr import Expr, Named, Var, filled
from byhand.lang.names import Grad
from byhand.lang.walk import postorder, spelled_out, substitute
from byhand.read.elaborate import read_formula
from byhand.read.functions import function
from byhand.run.evaluate import evaluate
from byhand.run.prove import prove
from byhand.show.document import Line
from byhand.show.latex import latex
from byhand.show.tree import Array, Comprehension, Entry, Function, Member, Power, Ranged, Setting, Sum, Sym, Tree, parts_of
from byhand.show.unicode import text
from support.pages import EXAMPLES, Page, pages


def is_formula(link: Tree, spell: Callable[[Tree], str]) -> bool:
    """Whether the reader's language has it: ∈ declares, argmax is a task, and LaTeX's matrices do not say whether a column is a vector."""
    return not isinstance(link, Member) and not (isinstance(link, Function) and link.name == "argmax") and (spell is text or "\\begin" not in spell(link))


def _is_of_a_family(link: Tree) -> bool:
    """Whether it has a symbolic number of terms, or a member with a letter for its layer; ``test_families.py`` puts depths in instead."""
    return isinstance(link, Ranged) or (isinstance(link, Sym) and "[" in str(link.name)) or any(map(_is_of_a_family, parts_of(link)))


def _is_of_an_iteration(link: Tree, page: Page) -> bool:
    """Whether it speaks of what only ``rates`` knows: an iterate, an error, an eigenvalue, the rate; ``test_rates.py`` runs these in numbers."""
    if isinstance(link, Power) and link.exponent == Setting("*"):
        return page.iterates
    if isinstance(link, Sym):
        return page.iterates and isinstance(link.name, str) and page.scope.find(link.name) is None
    symbol = page.iterates and isinstance(link, Function) and link.symbol is not None and page.scope.find(link.name) is None and function(link.name) is None
    return symbol or any(_is_of_an_iteration(part, page) for part in parts_of(link))


def check_line(line: Line, page: Page, spell: Callable[[Tree], str]) -> list[str]:
    """What was checked on a line: a formula that is read, two that are proved equal, numbers that are worked out."""
    if any(map(_is_of_a_family, line.links)):
        return ["of a family"]
    if any(_is_of_an_iteration(link, page) for link in line.links):
        return ["of an iteration"]
    links = [link for link in line.links if is_formula(link, spell)]
    if links and isinstance(links[0], Entry):
        return [_same_entries(links[0], link, page, spell) for link in links[1:]]
    read = [read_formula(spell(link), page.scope) for link in links]
    return ["read"] * len(read) + [_equal(left, right, page, " = ".join(map(spell, links))) for left, right in pairwise(read)]


def check_equation(line: Line, unknown: str, star: str, page: Page, spell: Callable[[Tree], str]) -> list[str]:
    """What holds at the solution: read with the unknown, proved with the solution in its place."""
    read = [read_formula(spell(link), page.scope) for link in line.links]
    there = {page.scope.names[unknown]: page.scope.names[star]}
    at_it = [substitute(spelled_out([link], lambda name: not isinstance(name, Grad))[link], there) for link in read]
    for left, right in pairwise(at_it) if star != unknown else ():
        assert prove(left, right).verdict in ("holds", "undecided"), " = ".join(
            map(spell, line.links)
        )  # undecided: no value, such as (BᵀB)⁻¹ where B has equal columns
    return ["read"] * len(read) + ["proved"] * (len(read) - 1)


def _same_entries(name: Entry, entry: Tree, page: Page, spell: Callable[[Tree], str]) -> str:
    """The array of all differences of two entries is zero; the index of the name says how long it is."""
    source = spell(Comprehension(Sum(((False, name), (True, entry))), name.at))
    difference = read_formula(source, page.scope)
    verdict = prove(difference, filled(0, difference.shape))
    assert verdict.verdict == "holds", f"{source} is not 0: {verdict}"
    return "proved"


def _equal(left: Expr, right: Expr, page: Page, shown: str) -> str:
    symbolic = any(name not in page.data for name in (*_names(left), *_names(right)))
    if (_has_names(left) and _has_names(right)) or (symbolic and not isinstance(left, Var)):
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


def _puts_numbers_in(page: Page) -> bool:
    return any(len(line.links) > 2 and isinstance(line.links[-1], Array) for line in page.lines)


@pytest.mark.parametrize("spell", [text, latex], ids=["text", "latex"])
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_line_of_the_page_reads_back(path: Path, spell: Callable[[Tree], str]) -> None:
    shown = list(pages(path))
    done = Counter(what for page in shown for line in page.lines for what in check_line(line, page, spell))
    done.update(what for page in shown for one in page.equations for what in check_equation(*one, page, spell))
    assert done["read"] >= 20 or done["of a family"] >= 30, done
    assert done["proved"] >= 10 or done["of a family"] >= 30 or done["of an iteration"] >= 20, done
    assert done["worked out"] >= 5 or spell is latex or not any(map(_puts_numbers_in, shown)), done
