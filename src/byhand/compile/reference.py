"""A program run line by line with plain NumPy, slowly: what every engine and every exported code is compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, assert_never

import numpy as np

from byhand.compile.program import Apply, Combine, Fill, Greatest, Invert, Largest, Line, Literal, Multiply, Program, Ref, Reindex, Solve
from byhand.lang.errors import ByhandError
from byhand.lang.spec import Spec
from byhand.run.algebra import Measure
from byhand.run.arrays import Array, Dims, einsum, reindex
from byhand.run.bind import bind_sizes
from byhand.run.floats import function, invert, pick


def sizes_of(program: Program, inputs: Mapping[str, Array]) -> dict[str, int]:
    """The size letters that these arrays fix; ``ByhandError`` where an array is missing or does not fit its input."""
    missing = [variable.name for variable in program.inputs if variable.name not in inputs]
    if missing:
        raise ByhandError(f"cannot run the program: it needs {', '.join(missing)} too.")
    return bind_sizes(program.inputs, {variable.name: inputs[variable.name] for variable in program.inputs})


Solver: TypeAlias = Callable[[Array, Array], Array]
"""x with M x = B for a matrix M (n, n) and columns B (n, k)."""


def run_program(program: Program, inputs: Mapping[str, Array], sizes: Mapping[str, int] | None = None, solve: Solver = np.linalg.solve) -> list[Array]:
    """The results for these inputs, each of the shape that is declared, as 64-bit floats.

    ``sizes`` gives size letters that no input has; ``solve`` says how a product with an inverse is worked out. What is not defined at an
    entry comes out as NaN or inf.
    """
    measure = Measure({**sizes_of(program, inputs), **(sizes or {})})
    values: list[Array] = [np.zeros(())] * len(program.values)
    for variable, place in program.inputs.items():
        values[place] = np.asarray(inputs[variable.name], dtype=np.float64)
    with np.errstate(all="ignore"):
        for line in program.lines:
            dims = measure.dims(program.values[line.target].shape)
            values[line.target] = np.asarray(_worked(line, values, dims, measure, solve), dtype=np.float64).reshape(dims)
    return [values[place] for place in program.results]


def constants(program: Program, sizes: Mapping[str, int]) -> dict[int, Array]:
    """The values that no input has a part in."""
    measure = Measure(sizes)
    values: list[Array] = [np.zeros(())] * len(program.values)
    for line in program.lines:
        if line.target in program.constants:
            values[line.target] = np.asarray(_worked(line, values, measure.dims(program.values[line.target].shape), measure, np.linalg.solve))
    return {place: values[place] for place in sorted(program.constants)}


def _worked(line: Line, values: Sequence[Array], dims: Dims, measure: Measure, solve: Solver) -> Array:
    match line.op:
        case Multiply(scale):
            return float(measure.value(scale)) * _product(line, values, dims)
        case Combine(coefficients):
            parts = [float(measure.value(factor)) * part for factor, part in zip(coefficients, _spread(line, values, dims, measure))]
            return np.add.reduce(parts)
        case Apply(leaf):
            return function(leaf, _spread(line, values, dims, measure))
        case Reindex(by, scatter):
            return reindex(measure.reindexing(by), scatter, values[line.refs[0].value], dims, 0, 0.0)
        case Fill(value):
            return einsum(Spec(("",), line.word), [np.asarray(float(measure.value(value)))], dims, 0, 0.0)
        case Invert():
            return invert(values[line.refs[0].value])
        case Solve():
            matrix, right = (values[ref.value] for ref in line.refs)
            return _solved(line.op, matrix, right, solve)
        case Largest():
            whole = values[line.refs[0].value]
            return pick(whole) if whole.shape else np.ones(())
        case Greatest():
            return values[line.refs[0].value].max(axis=-1)
        case _:
            assert_never(line.op)


def _product(line: Line, values: Sequence[Array], dims: Dims) -> Array:
    return einsum(Spec(tuple(ref.word for ref in line.refs), line.word), [values[ref.value] for ref in line.refs], dims, 0, 0.0)


def _spread(line: Line, values: Sequence[Array], dims: Dims, measure: Measure) -> list[Array]:
    """Each operand with all axes of the line."""
    found: list[Array] = []
    for operand in line.operands:
        match operand:
            case Literal(number):
                found.append(np.full(dims, float(measure.value(number))))
            case Ref(value, word):
                found.append(einsum(Spec((word,), line.word), [values[value]], dims, 0, 0.0))
    return found


def _solved(how: Solve, matrix: Array, right: Array, solve: Solver) -> Array:
    """The unknowns along the axis where the contraction has them."""
    columns = np.moveaxis(right, how.place, 0)
    found = solve(matrix.T if how.turned else matrix, columns.reshape((len(columns), -1))).reshape(columns.shape)
    return np.moveaxis(found, 0, how.back)
