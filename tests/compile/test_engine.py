"""The engine in C against the plain interpreter: every rule, every update rule, random networks, both types, all instruction sets of this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from byhand.compile.lower import lowered
from byhand.compile.program import Program
from byhand.compile.reference import run_program
from byhand.compile.tape.tape import Unsupported
from byhand.derive import derive
from byhand.lang.expr import Expr, Var, named
from byhand.lang.functions import total
from byhand.run.arrays import Array
from byhand.run.order import in_order, stable
from support.rule_cases import CASES, data_for, sizes_for

native = pytest.importorskip("byhand.compile.engines._native", reason="the extension is not built here", exc_type=ImportError)
from byhand.compile.engines.tape_engine import TapeRunner  # noqa: E402

CLOSE = {np.float64: (1e-11, 1e-13), np.float32: (3e-4, 3e-5)}


def agree(program: Program, data: Mapping[str, Array], sizes: Mapping[str, int], dtype: type = np.float64, threads: int = 1, simd: str = "") -> None:
    wanted = run_program(program, data, sizes)
    found = TapeRunner(program, sizes, dtype, threads, simd)(data)
    relative, absolute = CLOSE[dtype]
    for one, right in zip(found, wanted):
        np.testing.assert_allclose(one, right, rtol=relative, atol=absolute * max(1.0, float(np.abs(right[np.isfinite(right)]).max(initial=0.0))))


def program_of(case) -> tuple[Program, Sequence[Var]]:
    loss = named("L", total(case.incoming * case.node) if case.node.shape else case.node)
    variables = [node for node in in_order([loss], stable) if isinstance(node, Var)]
    derivation = derive(loss, [*case.declared.values()])
    roots: list[Expr] = [loss, *derivation.gradients.values()]
    return lowered(roots), variables


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_rule_and_its_gradients(case, threads):
    program, variables = program_of(case)
    agree(program, data_for(variables, 1), sizes_for(variables), threads=threads)
