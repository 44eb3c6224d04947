"""Law 3: printing is invertible. What is shown reads back equal, and one wrong token is not taken for right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings

from byhand.app.solving import solve
from byhand.derive import derive
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, Var
from byhand.lang.names import Grad
from byhand.lang.sizes import Poly
from byhand.lang.walk import postorder
from byhand.read.elaborate import read_formula
from byhand.run.prove import prove
from byhand.sheets import solution as s
from byhand.sheets.answer import steps_of
from byhand.sheets.conventions import conventions_of
from byhand.sheets.source import read_file
from byhand.show.conventions import Conventions
from byhand.show.notation import notation
from laws.expressions import Network, networks
from support.reading import SPELLINGS, reads_back, scope_of
from support.rule_cases import CASES, Case

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.md"))


def shown_on(path: Path) -> Iterator[tuple[Expr, Conventions]]:
    """Every formula on the page of an example."""
    solution = solve(read_file(path))
    conventions = conventions_of(solution)
    for part in solution.parts:
        for item in part.items:
            if isinstance(item, s.Defined):
                yield item.quantity.body, conventions
            for step in steps_of(item):
                for one in (step, *step.inner):
                    yield one.before, conventions
                    yield one.after, conventions


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_formula_of_the_examples_reads_back(path: Path) -> None:
    formulas = dict.fromkeys(shown_on(path))
    assert len(formulas) > 5
    for expr, conventions in formulas:
        if not _has_gradient_of_a_member(expr):
            reads_back(expr, conventions)


def _has_gradient_of_a_member(expr: Expr) -> bool:
    """∂C/∂z_l is read by the reader of families alone, whose claims ``tests/sheets/test_families.py`` holds."""
    return any(isinstance(node, Named) and isinstance(node.name, Grad) and "[" in str(node.name) for node in postorder(expr, enter_named=False))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_definition_and_message_of_the_rules_reads_back(case: Case) -> None:
    reads_back(case.node.body, Conventions())
    for message in case.rule.messages.values():
        reads_back(case.message(message.formula), Conventions())


@settings(max_examples=300, deadline=None)
@given(networks(steps=4))
def test_random_formulas_and_their_gradients_read_back(network: Network) -> None:
    derivation = derive(network.loss, network.variables)
    for node in (*derivation.forward, *derivation.gradients.values()):
        reads_back(node.body, Conventions())


# ------------------------------------------------------------------------------------------------ mutants

SWAPS = (("+", "-"), ("-", "+"), ("−", "+"), ("@", "*"), (".T", ""), ("ᵀ", ""), ("⊙ ", ""), (r"^{\top}", ""), (r"\odot", "-"))
FUNCTIONS = (("relu", "tanh"), ("step", "relu"), ("sigmoid", "tanh"), ("σ", "tanh"), ("softmax", "relu"), ("log", "exp"))
NUMBERS = re.compile(r"(?<![\w_{.])[2-9](?![\w.])")


def mutants(text: str) -> Iterator[str]:
    """The text with one token changed: a sign, a product, a transpose, a function, a number."""
    for old, new in (*SWAPS, *FUNCTIONS):
        for match in re.finditer(re.escape(old), text):
            yield text[: match.start()] + new + text[match.end() :]
    for match in NUMBERS.finditer(text):
        yield text[: match.start()] + str(int(match[0]) + 1) + text[match.end() :]


def is_rejected(text: str, expr: Expr, conventions: Conventions) -> bool:
    try:
        back = read_formula(text, scope_of(expr, conventions=conventions))
    except ByhandError:
        return True
    return prove(back, expr).verdict == "fails"


def symmetric_or_scalar(expr: Expr) -> bool:
    """Whether a transpose or a ⊙ in a formula may mean nothing: everything in it is a single number."""
    return all(not node.shape for node in postorder(expr, enter_named=False) if isinstance(node, (Var, Named)))


def test_one_token_mutants_of_displayed_formulas_are_rejected() -> None:
    """Sizes that the sheet gives as numbers can coincide; so only formulas over letters are mutated, where sizes differ."""
    sheets = [path for path in EXAMPLES if path.stem in ("a2-logistic-chain", "b2-softmax-cross-entropy", "e1-label-smoothing-symbolic", "a4-activations")]
    formulas = {pair: None for path in sheets for pair in shown_on(path)}
    count = 0
    for expr, conventions in formulas:
        if symmetric_or_scalar(expr) and Poly.of(0) is None:
            continue
        for kind, spell in SPELLINGS.items():
            text = spell(notation(expr, conventions))
            for mutant in dict.fromkeys(mutants(text)):
                count += 1
                assert is_rejected(mutant, expr, conventions), f"{kind}: {text!r} changed to {mutant!r} still passes"
    assert count >= 200, count
