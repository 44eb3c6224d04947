"""From formulas to lines: what takes a line, what is a view, and what is left out."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.compile.lower import lowered
from byhand.compile.program import Greatest, Largest, Multiply, Ref
from byhand.compile.reference import run_program
from byhand.derive import derive
from byhand.lang.build import call
from byhand.lang.errors import ByhandError
from byhand.lang.expr import Expr, Named, contract, eye, filled, named, num, var
from byhand.lang.functions import reshape, total
from byhand.lang.leaves import exp, relu
from byhand.rules import BY_NAME


def lines_of(*roots: Expr) -> list[str]:
    program = lowered(roots)
    return [
        f"{line.word} <- {type(line.op).__name__} {[arg.word if isinstance(arg, Ref) else str(arg.number) for arg in line.operands]}" for line in program.lines
    ]


def test_transposes_broadcasts_and_numbers_in_front_take_no_lines():
    X, W, b = var("X", ("m", "n")), var("W", ("k", "n")), var("b", ("k",))
    assert lines_of(2 * X @ W.T + b) == ["ij <- Multiply ['ik', 'jk']", "ij <- Combine ['ij', 'j']"]
    assert lines_of(exp(X.T) - 1) == ["ij <- Apply ['ji']", "ij <- Combine ['ij', '1']"]


def test_what_is_asked_for_is_worked_out_even_if_it_is_a_view():
    X = var("X", ("m", "n"))
    assert lines_of(X.T) == ["ij <- Multiply ['ji']"]
    assert lines_of(-X) == ["ij <- Combine ['ij']"]
    assert lines_of(filled(3, X.shape)) == ["ij <- Fill []"]
    assert lines_of(eye(X.shape[0])) == ["ii <- Fill []"]
    assert lines_of(X) == []


def test_the_same_value_is_worked_out_once():
    x = var("x", (3,))
    h = named("h", relu(x))
    again = named("k", relu(x))
    program = lowered([h, again, h * again])
    assert program.results[0] == program.results[1]
    assert program.values[program.results[0]].names == ("h", "k")
    assert len(program.lines) == 2


def test_a_largest_entry_is_found_without_its_mask():
    z = var("z", ("m", "k"))
    program = lowered([call(BY_NAME["softmax"], z, axis=-1)])
    kinds = {type(line.op) for line in program.lines}
    assert Greatest in kinds
    assert Largest not in kinds


def test_the_sum_of_equal_terms_is_a_factor():
    n = var("x", ("n",)).shape[0]
    spread = named("s", contract("->i", var("c"), sizes={"i": n}))
    (value,) = run_program(lowered([total(spread)]), {"c": np.array(2.0)}, {"n": 7})
    assert value == 14.0


def test_axes_of_size_one_are_views():
    row, column = var("r", (1, 4)), var("c", (3, 1))
    assert lines_of(row + column) == ["ij <- Combine ['mj', 'in']"] or len(lines_of(row + column)) == 1
    x = var("x", ("m", "n"))
    assert len(lines_of(x - reshape(total(x, -1), (x.shape[0], 1)))) == 2


def test_what_leads_to_nothing_asked_for_is_left_out():
    x = var("x", (3,))
    zero = named("z", 0 * exp(x) + 1)
    assert lowered([zero]).inputs == {}


def test_a_missing_input_and_a_missing_size():
    x = var("x", ("n",))
    program = lowered([total(x) * num(2)])
    with pytest.raises(ByhandError, match="needs x too"):
        run_program(program, {})
    with pytest.raises(ByhandError, match="size n is not known"):
        program.dims({})


def test_every_target_is_made_once_and_after_its_operands():
    W = var("W", (4, 3))
    x = var("x", (3,))
    loss = named("L", total(relu(named("z", W @ x)) ** 2))
    derivation = derive(loss, [W])
    program = lowered([loss, *derivation.gradients.values()])
    there = set(program.inputs.values())
    for line in program.lines:
        assert line.target not in there
        assert {ref.value for ref in line.refs} <= there
        there.add(line.target)
    assert set(range(len(program.values))) == there
    assert isinstance(program.values[program.results[0]].node, Named)
    assert any(isinstance(line.op, Multiply) for line in program.lines)
