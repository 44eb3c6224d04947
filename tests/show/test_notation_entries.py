"""Index notation, worked out entry by entry, gives the entries of the expression."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import numpy as np
import pytest
from spellings import SPELLINGS

from byhand.lang.expr import Expr, Named, Num, Var
from byhand.lang.walk import postorder
from byhand.run.evaluate import evaluate
from byhand.show.conventions import Conventions
from byhand.show.latex import latex
from byhand.show.notation import index_entries
from byhand.show.plain import plain
from byhand.show.tree import Constant, Entry, Function, Kronecker, Numeral, Power, Product, Quotient, Sigma, Sum, Sym, Tree

SIZES = {"d": 2, "n": 3, "q": 4, "N": 3, "b": 2, "m": 2, "k": 2}
FUNCTIONS = {"sqrt": np.sqrt, "exp": np.exp, "log": np.log, "abs": np.abs, "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "step": lambda x: float(x > 0)}


class Opaque(Exception):
    """A base that is no name: a rule, a reshape, … keeps its own notation."""


class Entries:
    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def at(self, tree: Tree, place: dict[str, int]) -> float:
        match tree:
            case Numeral(value):
                return float(value.at(SIZES))
            case Constant(name):
                return {"pi": np.pi, "e": np.e}[name]
            case Sym(name):
                return float(self.values[str(name)])
            case Entry(Sym(name), indices):
                return float(self.values[str(name)][tuple(eval(_timed(index), {}, SIZES | place) for index in indices)])
            case Sum(terms):
                return sum((-1 if minus else 1) * self.at(term, place) for minus, term in terms)
            case Product("scale", left, right):
                return self.at(left, place) * self.at(right, place)
            case Quotient(top, bottom):
                return self.at(top, place) / self.at(bottom, place)
            case Power(base, exponent):
                return self.at(base, place) ** self.at(exponent, place)
            case Kronecker(left, right):
                return float(place[left] == place[right])
            case Function(name, (argument,)) if name in FUNCTIONS:
                return float(FUNCTIONS[name](self.at(argument, place)))
            case Sigma(letters, body):
                spans = [range(span_of(letter, body, self.values)) for letter in letters]
                return sum(self.at(body, place | dict(zip(letters, found, strict=True))) for found in product(*spans))
            case _:
                raise Opaque(plain(tree))


def _timed(index: str) -> str:
    return re.sub(r"(\d)([a-z(])", r"\1*\2", index)


def span_of(letter: str, tree: Any, values: dict[str, Any]) -> int:
    """How far a letter runs: the longest axis it indexes alone."""
    if isinstance(tree, Entry):
        if not isinstance(tree.base, Sym):
            raise Opaque(plain(tree))
        return max((values[str(tree.base.name)].shape[k] for k, index in enumerate(tree.at) if index == letter), default=0)
    if isinstance(tree, tuple):
        return max((span_of(letter, part, values) for part in tree), default=0)
    slots = getattr(tree, "__slots__", ())
    return max((span_of(letter, getattr(tree, slot), values) for slot in slots), default=0)


def opaque(expr: Expr) -> bool:
    try:
        return compare(expr) is False
    except Opaque:
        return True


def compare(expr: Expr) -> bool:
    rng = np.random.default_rng(3)
    nodes = [node for node in postorder(expr) if isinstance(node, Var)]
    data = {node.name: rng.uniform(0.5, 1.5, tuple(n if isinstance(n, int) else int(n.at(SIZES)) for n in node.shape)) for node in nodes}
    inside = [node for node in postorder(expr, enter_named=False) if isinstance(node, Named)]
    found = evaluate([expr, *inside], data, SIZES, exact=False)
    values = data | {str(node.name): np.asarray(found[node], dtype=float) for node in inside}
    expected = np.asarray(found[expr], dtype=float)
    letters = tuple("uvwxyz"[: expected.ndim])
    tree = index_entries(expr, letters, Conventions())
    entries = np.array([Entries(values).at(tree, dict(zip(letters, place, strict=True))) for place in np.ndindex(*expected.shape)])
    np.testing.assert_allclose(entries.reshape(expected.shape), expected, rtol=1e-9)
    return True


CANDIDATES = [row[0] for row in SPELLINGS if not isinstance(row[0], Num)]


@pytest.mark.parametrize("expr", CANDIDATES, ids=[row[1] for row in SPELLINGS])
def test_entries_are_the_entries(expr: Expr) -> None:
    try:
        assert compare(expr)
    except Opaque:
        pytest.skip("part of it keeps a notation of its own")


def test_most_formulas_have_an_index_form() -> None:
    assert sum(map(opaque, CANDIDATES)) < len(CANDIDATES) / 4


@pytest.mark.parametrize(("at", "tex"), [(("n−1",), r"\theta_{n-1}"), (("max",), r"\theta_{\text{max}}"), (("i", "j"), r"\theta_{ij}")])
def test_feet_in_latex(at: tuple[str, ...], tex: str) -> None:
    assert latex(Entry(Sym("theta"), at)) == tex
