"""The random expressions have everything in them: whatever the language gets, the laws are tested on."""

from __future__ import annotations

import inspect
from typing import get_args

import pytest
from expressions import FUNCTIONS, NUMBERS, SPECIAL, Builder, Network, applied, networks, symbolic_networks
from hypothesis import given, settings
from hypothesis import strategies as st

from byhand.lang import expr, functions
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Call, Expr, Index, Map
from byhand.lang.index import Reindexing
from byhand.lang.leaves import LEAVES
from byhand.lang.rule import Example, Rule
from byhand.lang.walk import children, postorder
from byhand.rules import RULES

SEEN_FIRST = 500
"""How many networks may be drawn before everything has occurred."""


def everything(network: Network) -> list[Expr]:
    return postorder(network.loss, below=lambda node: (*children(node), node.body) if isinstance(node, Call) else children(node))


@pytest.mark.parametrize("strategy", [networks(), symbolic_networks()], ids=["numbers", "letters"])
def test_every_kind_of_node_and_every_leaf_occurs(strategy: st.SearchStrategy[Network]) -> None:
    kinds: set[object] = set()
    facts: set[str] = set()

    @settings(max_examples=SEEN_FIRST)
    @given(strategy)
    def draw(network: Network) -> None:
        for node in everything(network):
            kinds.add(type(node))
            if isinstance(node, Map):
                kinds.add(node.leaf if node.leaf.exponent is None else "power")
            if isinstance(node, Index):
                kinds.update((type(node.by), ("scatter", node.scatter)))
        facts.update(fact for variable in network.variables for fact in variable.facts)

    draw()
    assert not {*get_args(expr.Expr), *get_args(Reindexing), *LEAVES, "power", ("scatter", True)} - kinds
    assert not set(SPECIAL) - facts


def test_every_array_function_occurs() -> None:
    """A new one needs a line in ``FUNCTIONS``; the operations of the networks are made from that table."""
    public = {name for name, one in vars(functions).items() if inspect.isfunction(one) and one.__module__ == functions.__name__ and not name.startswith("_")}
    assert set(FUNCTIONS) == public - {"axes_of", "count"}


EXAMPLES = [pytest.param(rule, example, id=f"{rule.name}({example.shapes})") for rule in RULES for example in rule.examples]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_every_rule_is_drawn_at_every_example(rule: Rule, example: Example) -> None:
    """With formulas for operands; where its sizes must go together, often enough."""
    drawn = 0

    @settings(max_examples=12)
    @given(st.data())
    def draw(data: st.DataObject) -> None:
        nonlocal drawn
        builder = Builder(data.draw, NUMBERS)
        builder.pool += [builder.given(), builder.given()]
        try:
            drawn += isinstance(applied(builder, rule, example), Call)
        except ByhandError:
            return

    draw()
    assert drawn
