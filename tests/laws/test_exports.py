"""Law: what is compiled equals what is shown. Every exporter and engine has the numbers of the formulas, gradients included, kinks included."""

from __future__ import annotations

import inspect
import runpy
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from expressions import Network, symbolic_networks
from hypothesis import given, settings

from byhand.compile.engines.choose import runner
from byhand.compile.engines.numpy_engine import numpy_runner
from byhand.compile.export.c_code import c_code
from byhand.compile.export.jax_code import jax_code
from byhand.compile.export.numpy_code import numpy_code
from byhand.compile.lower import lowered
from byhand.compile.program import Program
from byhand.compile.reference import run_program
from byhand.derive import derive
from byhand.lang.errors import ByhandError, NotYetError
from byhand.lang.expr import Var, named, var
from byhand.lang.functions import total
from byhand.lang.leaves import absolute, relu, sign, step
from byhand.rules import RULES
from byhand.run.algebra import Undefined
from byhand.run.arrays import Array
from byhand.run.evaluate import evaluate
from byhand.show.identifiers import identifier
from support.c_library import Library, build
from support.rule_cases import CASES, Case, data_for, sizes_for

LAST = [next(case for case in reversed(CASES) if case.rule is rule) for rule in RULES if any(case.rule is rule for case in CASES)]
"""One example of each rule, for what takes long to build."""


def made(case: Case) -> tuple[Program, dict[str, Array], dict[str, int]]:
    """The value of a rule, a loss over it, and its gradients; numbers for them."""
    loss = named("L", total(case.incoming * case.node) if case.node.shape else case.node)
    derivation = derive(loss, [*case.declared.values()])
    program = lowered([derivation.loss, case.node, *derivation.gradients.values()])
    return program, data_for(list(program.inputs), 1), sizes_for(list(program.inputs))


def agree(found: list[Array], wanted: list[Array], digits: float = 1e-9) -> None:
    assert len(found) == len(wanted)
    for one, right in zip(found, wanted):
        scale = max(1.0, float(np.max(np.abs(right), initial=0.0, where=np.isfinite(right))))
        assert np.shape(one) == right.shape
        np.testing.assert_allclose(one, right, rtol=digits, atol=digits * scale)


def called(function: Callable[..., object], program: Program, data: Mapping[str, Array], sizes: Mapping[str, int]) -> list[Array]:
    """What an exported function returns; its arguments by the names of the sheet, and sizes that no array tells."""
    arrays = {identifier(one.name): np.array(data[one.name], dtype=float) for one in program.inputs}
    args = [arrays.get(name, arrays.get(name.rstrip("_"), sizes.get(name))) for name in inspect.signature(function).parameters]
    found = function(*args)
    return list(found) if isinstance(found, tuple) else [np.asarray(found)]


def module(code: str, folder: Path) -> dict[str, object]:
    path = folder / "made.py"
    path.write_text(code, encoding="utf-8")
    return runpy.run_path(str(path))


def run_of(names: Mapping[str, object]) -> Callable[..., object]:
    function = names["prepare"]() if "prepare" in names else names["run"]  # type: ignore[operator]
    assert callable(function)
    return function


@pytest.mark.parametrize("case", CASES, ids=str)
def test_numpy_has_the_numbers_of_every_rule(case: Case, tmp_path: Path) -> None:
    program, data, sizes = made(case)
    with np.errstate(all="ignore"):
        wanted = run_program(program, data, sizes)
        engine = numpy_runner(program, sizes)
        engine(data)
        agree(engine(data), wanted)
        for buffers in (False, True):
            code = numpy_code(program, buffers=buffers, sizes=sizes)
            agree(called(run_of(module(code, tmp_path)), program, data, sizes), wanted)


@pytest.mark.parametrize("case", CASES[::5], ids=str)
def test_the_reference_has_the_numbers_of_a_solved_sheet(case: Case) -> None:
    program, data, sizes = made(case)
    nodes = [program.values[place].node for place in program.results]
    wanted = evaluate(nodes, data, sizes, exact=False).roots
    agree(run_program(program, data, sizes), [np.asarray(one, dtype=float) for one in wanted])


@pytest.mark.parametrize("case", LAST[::2], ids=str)
def test_c_has_the_numbers_of_rules(case: Case, tmp_path: Path) -> None:
    program, data, sizes = made(case)
    wanted = run_program(program, data, sizes)
    try:
        code = c_code(program, sizes)
    except NotYetError as error:
        pytest.skip(str(error))
    library = Library(build(code, tmp_path))
    for _ in range(2):  # a second run finds what the first one left behind
        library.put(data)
        agree(library.run(wanted), wanted)


@pytest.mark.parametrize("case", LAST[::4], ids=str)
def test_jax_has_the_numbers_of_rules(case: Case, tmp_path: Path) -> None:
    jax = pytest.importorskip("jax")
    program, data, sizes = made(case)
    with jax.enable_x64(True):
        found = called(run_of(module(jax_code(program), tmp_path)), program, data, sizes)
        agree([np.asarray(one) for one in found], run_program(program, data, sizes))


def check(network: Network) -> None:
    """The NumPy engine, printed code and the engine of choice on one network and its gradients."""
    try:
        gradients = derive(network.loss, list(network.variables)).gradients
    except ByhandError:
        return
    program = lowered([network.loss, network.output, *gradients.values()])
    draw = np.random.default_rng(0)
    shapes = {one.name: program.dims(network.sizes)[place] for one, place in program.inputs.items()}
    data = {name: draw.uniform(0.3, 1.2, size=shape) for name, shape in shapes.items()}
    with np.errstate(all="ignore"):
        try:
            wanted = run_program(program, data, network.sizes)
        except Undefined:
            return
        if not all(np.isfinite(one).all() for one in wanted):
            return
        agree(numpy_runner(program, network.sizes)(data), wanted, 1e-7)
        agree(runner(program, network.sizes, np.float64)(data), wanted, 1e-7)
        for buffers in (False, True):
            space: dict[str, object] = {}
            exec(compile(numpy_code(program, buffers=buffers, sizes=network.sizes), "made.py", "exec"), space)
            agree(called(run_of(space), program, data, network.sizes), wanted, 1e-7)


@settings(max_examples=20)
@given(symbolic_networks())
def test_random_networks(network: Network) -> None:
    check(network)


def test_kinks_are_zero_everywhere(tmp_path: Path) -> None:
    """relu′(0) = sign(0) = step(0) = |·|′(0) = 0, and a row of equal entries has its largest one first."""
    x = var("x", (6,))
    loss = named("L", total(relu(x) + 2 * absolute(x)) + total(step(x) + 3 * sign(x)))
    derivation = derive(loss, [x])
    program = lowered([derivation.loss, derivation.gradients["x"], step(x), sign(x)])
    data: dict[str, Array] = {"x": np.array([0.0, -0.0, 1.0, -1.0, 0.5, 0.0])}
    slope = np.array([0.0, 0.0, 3.0, -2.0, 3.0, 0.0])
    found = [run_program(program, data), numpy_runner(program, {})(data), runner(program, {}, np.float64)(data)]
    found += [called(run_of(module(numpy_code(program, buffers=one), tmp_path)), program, data, {}) for one in (False, True)]
    library = Library(build(c_code(program, {}), tmp_path))
    library.put(data)
    found.append(library.run(found[0]))
    for one in found:
        np.testing.assert_array_equal(one[1], slope)
        np.testing.assert_array_equal(one[2], [0, 0, 1, 0, 1, 0])
        np.testing.assert_array_equal(one[3], [0, 0, 1, -1, 1, 0])


def test_names_on_a_sheet_cannot_become_code() -> None:
    """Quantities may be called what Python or C call their own things."""
    names = ("lambda", "np", "import", "double", "int", "a", "work", "while", "step")
    variables = [Var(name, (3,), frozenset()) for name in names]
    loss = named("return", total(sum(variables[1:], variables[0] * 2)))
    gradients = derive(loss, variables).gradients
    program = lowered([loss, *(gradients[name] for name in names)])
    data = {name: np.arange(3.0) + k for k, name in enumerate(names)}
    for buffers in (False, True):
        compile(numpy_code(program, buffers=buffers), "made.py", "exec")
    assert run_program(program, data)[0].shape == ()
    assert "at_double" in c_code(program, {}) or "at_double_2" in c_code(program, {})
