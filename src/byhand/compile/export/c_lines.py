"""Products, sums and moves of a tape as C: each is a call of its kernel with sizes put in, inside the loops that it needs."""

from __future__ import annotations

from typing import assert_never

from byhand.compile.export.c_passes import scalars, vectors
from byhand.compile.export.c_text import Places, along, counters, looped, moved, number
from byhand.compile.tape.tape import Instruction, Pass, Pick, Product, Reduce, Rows, Scalars, Window, Zero


def lines_of(one: Instruction, places: Places) -> list[str]:
    """The statements of one instruction."""
    match one:
        case Pass():
            return vectors(one, places)
        case Scalars():
            return scalars(one, places)
        case Product():
            return _product(one, places)
        case Reduce():
            return _reduce(one, places)
        case Window():
            return _window(one, places)
        case Rows():
            return _rows(one, places)
        case Pick():
            return _pick(one, places)
        case Zero(length, out):
            return [f"memset({places.at(out)}, 0, {length} * sizeof(REAL));"]
        case _:
            assert_never(one)


def _scale(scale: float, factor: str | None) -> str:
    return number(scale) if factor is None else factor if scale == 1 else f"-{factor}" if scale == -1 else f"{number(scale)} * {factor}"


# ------------------------------------------------------------------------------------------------- products


def _product(one: Product, places: Places) -> list[str]:
    outer, inner = counters("o", one.dims), counters("p", one.inner)
    loops = len(outer) + len(inner)
    left = places.at(one.left, *along([*outer, *inner], one.left.strides))
    right = places.at(one.right, *along([*outer, *inner], one.right.strides))
    out = places.at(one.out, *along(outer, one.out.strides))
    row = one.out.strides[-1]
    scale = _scale(one.scale, None if one.factor is None else places.entry(one.factor))
    begin, start, start_row = list[str](), "NULL", 0
    if one.start is not None:
        where = places.at(one.start, *along(outer, one.start.strides))
        start, start_row = where, one.start.strides[-2]
        if one.start.strides[-1] != 1 and one.n > 1:
            entry = " + ".join([where, *moved([("i", one.start.strides[-2]), ("j", one.start.strides[-1])])])
            begin = looped(["i", "j"], (one.m, one.n), [f"*({' + '.join([out, *moved([('i', row), ('j', 1)])])}) = *({entry});"])
            start, start_row = out, row
    sides = f"{left}, {one.left.strides[loops]}, {one.left.strides[loops + 1]}, {right}, {one.right.strides[loops]}, {one.right.strides[loops + 1]}"
    call = [f"multiply({sides},", f"         {start}, {start_row}, {out}, {row}, {one.m}, {one.n}, {one.k}, {scale}, work);"]
    if not inner:
        return looped(outer, one.dims, [*begin, *call])
    first = " && ".join(f"{name} == 0" for name in inner)
    call[1] = f"         {first} ? {start} : {out}, {first} ? {start_row} : {row}, {out}, {row}, {one.m}, {one.n}, {one.k}, {scale}, work);"
    return looped(outer, one.dims, [*begin, *looped(inner, one.inner, call)])


# ----------------------------------------------------------------------------------------------------- sums


def _reduce(one: Reduce, places: Places) -> list[str]:
    scale = _scale(one.scale, None if one.factor is None else places.entry(one.factor))
    kept = len(one.kept)
    if not one.largest and kept and len(one.summed) == 1 and one.source.strides[kept - 1] == 1 and one.out.strides[kept - 1] == 1:
        names, dims = counters("o", one.kept[:-1]), one.kept[:-1]
        begins = one.start is not None and one.start.strides[kept - 1] in (1,)
        if begins or one.start is None:
            source = places.at(one.source, *along(names, one.source.strides))
            start = places.at(one.start, *along(names, one.start.strides)) if one.start is not None else "NULL"
            out = places.at(one.out, *along(names, one.out.strides))
            return looped(names, dims, [f"bh_column_sums({source}, {one.summed[0]}, {one.source.strides[-1]}, 0, {one.kept[-1]}, {start}, {scale}, {out});"])
    outer, inner = counters("o", one.kept), counters("p", one.summed[:-1])
    source = places.at(one.source, *along([*outer, *inner], one.source.strides))
    row = f"({source}, {one.summed[-1]}, {one.source.strides[-1]})"
    out = places.entry(one.out, *along(outer, one.out.strides))
    if one.largest:
        body = [
            "REAL most = -INFINITY;",
            *looped(inner, one.summed[:-1], ["{", f"    const REAL next = bh_largest{row};", "    most = next > most || next != next ? next : most;", "}"]),
        ]
        value = "most" if scale == number(1.0) else f"{scale} * most"
    else:
        body = ["REAL sum = 0;", *looped(inner, one.summed[:-1], [f"sum += bh_sum{row};"])]
        value = f"{scale} * sum"
    start = f"{places.entry(one.start, *along(outer, one.start.strides))} + " if one.start is not None else ""
    body.append(f"{out} = {start}{value};")
    return looped(outer, one.kept, body) if outer else ["{", *(f"    {line}" for line in body), "}"]


# --------------------------------------------------------------------------------------------------- moving


def _window(one: Window, places: Places) -> list[str]:
    names = counters("o", one.dims)
    body: list[str] = []
    for axis, (offset, steps) in enumerate(zip(one.offsets, one.steps)):
        terms = moved(zip(names, steps))
        body.append(f"const ptrdiff_t i{axis} = {' + '.join([*([str(offset)] if offset or not terms else []), *terms])};")
    inside = " && ".join(f"i{axis} >= 0 && i{axis} < {count}" for axis, count in enumerate(one.inside)) or "1"
    there = " + ".join(moved((f"i{axis}", stride) for axis, stride in enumerate(_strides(one.inside)))) or "0"
    here = " + ".join(moved(zip(names, _strides(one.dims)))) or "0"
    source, out = places.at(one.source), places.at(one.out)
    if one.scatter:
        body += [f"if ({inside})", f"    ({out})[{there}] += ({source})[{here}];"]
        count = 1
        for axis in one.inside:
            count *= axis
        return [f"memset({out}, 0, {count} * sizeof(REAL));", *_block(looped(names, one.dims, body), names)]
    body.append(f"({out})[{here}] = {inside} ? ({source})[{there}] : 0;")
    return _block(looped(names, one.dims, body), names)


def _block(lines: list[str], names: list[str]) -> list[str]:
    return lines if names else ["{", *(f"    {line}" for line in lines), "}"]


def _strides(dims: tuple[int, ...]) -> list[int]:
    found: list[int] = []
    step = 1
    for count in reversed(dims):
        found.insert(0, step)
        step *= count
    return found


def _rows(one: Rows, places: Places) -> list[str]:
    table = f"static const int32_t rows[] = {{{', '.join(map(str, one.rows))}}};"
    source, out, count = places.at(one.source), places.at(one.out), len(one.rows)
    if one.scatter:
        add = [f"for (ptrdiff_t r = 0; r < {count}; r++)", f"    for (ptrdiff_t j = 0; j < {one.length}; j++)"]
        return ["{", f"    {table}", f"    memset({out}, 0, {one.count * one.length} * sizeof(REAL));", *(f"    {line}" for line in add),
                f"            ({out})[rows[r] * {one.length} + j] += ({source})[r * {one.length} + j];", "}"]  # fmt: skip
    return ["{", f"    {table}", f"    for (ptrdiff_t r = 0; r < {count}; r++)",
            f"        memcpy({out} + r * {one.length}, {source} + rows[r] * {one.length}, {one.length} * sizeof(REAL));", "}"]  # fmt: skip


def _pick(one: Pick, places: Places) -> list[str]:
    source, out = places.at(one.source), places.at(one.out)
    return [
        f"for (ptrdiff_t r = 0; r < {one.rows}; r++) {{",
        "    ptrdiff_t best = 0;",
        f"    for (ptrdiff_t j = 1; j < {one.columns}; j++)",
        f"        best = ({source})[r * {one.columns} + j] > ({source})[r * {one.columns} + best] ? j : best;",
        f"    for (ptrdiff_t j = 0; j < {one.columns}; j++)",
        f"        ({out})[r * {one.columns} + j] = j == best ? 1 : 0;",
        "}",
    ]
