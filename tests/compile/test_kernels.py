"""The kernels against NumPy and mpmath: every instruction set of this machine, both types, odd sizes, strides, the ends of the real line."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from kernel_library import BINARY, KERNELS, SETS, STRICT, TYPES, Array, Library, build, compiler, instruction_sets, source

pytestmark = pytest.mark.skipif(compiler() is None, reason="no C compiler here")
EACH = [(suffix, name) for name in instruction_sets() for suffix in TYPES]
IDS = [f"{name}-{suffix}" for suffix, name in EACH]
ULPS = {"exp": 1.5, "log": 1.5, "tanh": 3.0, "sigmoid": 3.0, "erf": 2.5, "sin": 2.5, "cos": 2.5}
"""How many units in the last place a function may be wrong by."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    return ctypes.CDLL(str(build(tmp_path_factory.mktemp("kernels"), source(instruction_sets()), "-O1")))


@pytest.fixture(params=EACH, ids=IDS)
def kernels(request: pytest.FixtureRequest, library: ctypes.CDLL) -> Library:
    return Library(library, *request.param)


# --------------------------------------------------------------------------------------------- functions


def points(dtype: Any) -> Array:
    """Random bits, dense grids, multiples of π/2, and where functions end."""
    draw, info = np.random.default_rng(3), np.finfo(dtype)
    bits = draw.integers(0, 2**info.bits - 1, 20000, dtype=f"uint{info.bits}", endpoint=True).view(dtype)
    grids = [
        np.linspace(-20, 20, 20001),
        np.linspace(-760, 760, 10001),
        np.linspace(-1, 1, 10001),
        np.pi / 2 * np.arange(-3000, 3000),
        draw.uniform(-1e7, 1e7, 5000),
    ]
    special = [0.0, -0.0, np.inf, -np.inf, np.nan, info.tiny, -info.tiny, info.smallest_subnormal, -info.smallest_subnormal, info.max, info.min]
    ends = [88.72, 88.73, -87.4, -103.9, -104.1, 709.78, 709.79, -745.1, -745.2, 1e4, 1.00001e4, 1e6, 1 - info.eps, 1 + info.eps]
    return np.concatenate([bits, *[grid.astype(dtype) for grid in grids], np.array([*special, *ends], dtype=dtype)])


def stable_sigmoid(x: Array) -> Array:
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)


def units(found: Array, right: Array) -> Array:
    """By how many units in the last place of its own type ``found`` is wrong; ``right`` is in a finer type."""
    info = np.finfo(found.dtype)
    rounded = right.astype(found.dtype)
    same = (found == rounded) | (np.isnan(found) & np.isnan(rounded))
    unit = np.ldexp(np.ones(1, right.dtype), np.maximum(np.frexp(np.where(np.isfinite(right), right, 1))[1] - 1, info.minexp) - info.nmant)
    off = np.abs(found.astype(right.dtype) - right) / unit
    return np.where(same, 0, np.where(np.isnan(off), np.inf, off))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # the references overflow where they should
@pytest.mark.parametrize("name", sorted(ULPS.keys() - {"erf"}))
def test_functions_are_right_to_the_last_places(kernels: Library, name: str) -> None:
    finer = np.float64 if kernels.dtype is np.float32 else np.longdouble
    if np.finfo(finer).nmant <= np.finfo(kernels.dtype).nmant:
        pytest.skip("no finer type than float64 here")
    right: Callable[[Array], Array] = stable_sigmoid if name == "sigmoid" else getattr(np, name)
    x = points(kernels.dtype)
    off = units(kernels.apply(name, x), right(x.astype(finer)))
    worst = int(np.argmax(off))
    assert off[worst] <= ULPS[name], f"{name}({x[worst]!r}): {off[worst]:.2f} units in the last place"


def test_erf_is_right_to_the_last_places(kernels: Library) -> None:
    mpmath = pytest.importorskip("mpmath")
    draw = np.random.default_rng(5)
    x = np.concatenate([draw.uniform(-7, 7, 1500), draw.uniform(-1.05, 1.05, 1000), np.ldexp(1.0, -np.arange(0, 100, 7)), [0.0, 6.0, 30.0]]).astype(
        kernels.dtype
    )
    found = kernels.apply("erf", x)
    unit = np.spacing(np.abs(found)).astype(float)
    with mpmath.workdps(30):
        off = [abs(mpmath.mpf(float(y)) - mpmath.erf(mpmath.mpf(float(v)))) / u for v, y, u in zip(x, found, unit)]
    assert max(off) <= ULPS["erf"]
    ends = kernels.apply("erf", np.array([np.inf, -np.inf, np.nan, -0.0], dtype=kernels.dtype))
    np.testing.assert_array_equal(ends, [1, -1, np.nan, 0])
    assert np.signbit(ends[3])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_exact_functions_are_exact(kernels: Library) -> None:
    x = points(kernels.dtype)
    y = np.random.default_rng(9).permutation(x)
    zero, one = kernels.dtype(0), kernels.dtype(1)
    rights = {"relu": np.maximum(x, zero), "step": np.where(x > 0, one, zero), "sign": np.sign(x), "abs": np.abs(x), "reciprocal": one / x, "root": np.sqrt(x)}
    for name, right in rights.items():
        np.testing.assert_array_equal(kernels.apply(name, x), right, name)
    np.testing.assert_array_equal(kernels.apply("maximum", x, y), np.maximum(x, y))
    np.testing.assert_array_equal(kernels.apply("minimum", x, y), np.minimum(x, y))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_powers(kernels: Library) -> None:
    draw = np.random.default_rng(4)
    x = draw.uniform(0.01, 20, 999).astype(kernels.dtype)
    y = draw.uniform(-5, 5, 999).astype(kernels.dtype)
    finer = np.float64 if kernels.dtype is np.float32 else np.longdouble
    assert units(kernels.apply("pow", x, y), np.power(x.astype(finer), y.astype(finer))).max() <= 1.5
    for whole in (-7, -4, -3, -1, 0, 1, 2, 3, 4, 11):
        for base in (x, -x):
            assert units(kernels.apply("whole", base, whole), np.power(base.astype(finer), finer(whole))).max() <= 3, whole


@pytest.mark.parametrize("name", ["exp_terms", "cos_terms", "erf_far"])
def test_tables_are_the_minimax_polynomials(name: str) -> None:
    pytest.importorskip("mpmath")
    remez = pytest.importorskip("remez")
    text = (KERNELS / "functions.h").read_text().split("#if BH_BITS == 32\nBH_TABLE", 1)[1].split("#else", 1)[0]
    written = re.search(rf"\({name}\)\[\] = {{([^}}]*)}}", text)
    assert written is not None
    np.testing.assert_allclose([float(term.strip().rstrip("f")) for term in written[1].split(",")], remez.table(name, 32), rtol=1e-3)


def test_zero_keeps_its_sign(kernels: Library) -> None:
    zeros = np.array([0.0, -0.0], dtype=kernels.dtype)
    for name in ("tanh", "sin"):
        np.testing.assert_array_equal(np.signbit(kernels.apply(name, zeros)), [False, True], name)


def test_every_length_touches_only_its_own(kernels: Library) -> None:
    draw = np.random.default_rng(6)
    for length in range(70):
        x = draw.uniform(1, 2, length).astype(kernels.dtype)
        np.testing.assert_array_equal(kernels.apply("reciprocal", x), 1 / x)
    assert set(BINARY) == {"maximum", "minimum", "pow"}


# ---------------------------------------------------------------------------------------------- products


def laid_out(rows: int, columns: int, how: str, draw: np.random.Generator, dtype: Any) -> Array:
    """A matrix as rows, as columns, or as a part of a larger one."""
    wide = draw.standard_normal((rows + 2, columns + 3) if how != "turned" else (columns + 3, rows + 2)).astype(dtype)
    return wide.T[1 : rows + 1, 2 : columns + 2] if how == "turned" else wide[1 : rows + 1, 2 : columns + 2] if how == "part" else wide[:rows, :columns].copy()


def sizes_of(draw: np.random.Generator, count: int) -> list[tuple[int, int, int]]:
    few = [0, 1, 2, 3, 4, 5, 7, 8, 10, 12, 13, 16, 17, 24, 31, 32, 33, 50, 64, 65]
    found = [tuple(int(size) for size in draw.choice(few, 3)) for _ in range(count)]
    return [*found, (100, 300, 70), (50, 257, 600), (97, 128, 300), (64, 512, 512), (60, 600, 513), (1, 300, 400), (300, 1, 40), (33, 2, 1000)]


@pytest.mark.parametrize("left", ["rows", "turned", "part"])
@pytest.mark.parametrize("right", ["rows", "turned", "part"])
def test_products_of_all_sizes_and_strides(kernels: Library, left: str, right: str) -> None:
    draw = np.random.default_rng(len(left) * 7 + len(right))
    for count, (m, n, k) in enumerate(sizes_of(draw, 120)):
        a, b = laid_out(m, k, left, draw, kernels.dtype), laid_out(k, n, right, draw, kernels.dtype)
        whole = draw.standard_normal((m, n + 5)).astype(kernels.dtype)
        before, c = whole.copy(), whole[:, :n]
        start = [None, draw.standard_normal(n).astype(kernels.dtype), c][count % 3]
        scale = [1.0, -0.25][count % 2]
        added = 0.0 if start is None else start.astype(float)
        wanted = added + scale * (a.astype(float) @ b.astype(float))
        kernels.product(a, b, c, start, scale)
        np.testing.assert_allclose(c, wanted, rtol=0, atol=4 * (k + 4) * float(np.finfo(kernels.dtype).eps) * 4, err_msg=f"{m}×{k} times {k}×{n}")
        np.testing.assert_array_equal(whole[:, n:], before[:, n:], err_msg="wrote beside the product")


def test_rows_shared_out_have_the_same_bits(kernels: Library) -> None:
    draw = np.random.default_rng(8)
    for m, n, k, turned in ((37, 40, 50, False), (64, 64, 64, True), (90, 300, 300, True), (3, 20, 40, True), (50, 1, 30, False)):
        a = laid_out(m, k, "rows", draw, kernels.dtype)
        b = laid_out(k, n, "turned" if turned else "rows", draw, kernels.dtype)
        once, shared = np.zeros((2, m, n), dtype=kernels.dtype)
        kernels.product(a, b, once)
        for first, last in ((0, m // 3), (m // 3, m // 2), (m // 2, m)):
            kernels.product(a, b, shared, rows=(first, last))
        np.testing.assert_array_equal(once, shared)


def test_the_epilogue_sees_every_entry_once_when_it_is_final(kernels: Library) -> None:
    draw = np.random.default_rng(10)
    for m, n, k in ((30, 40, 20), (40, 1100, 600), (1, 9, 5), (5, 7, 1), (20, 1, 8), (3, 600, 300)):
        a, b, c = laid_out(m, k, "rows", draw, kernels.dtype), laid_out(k, n, "turned", draw, kernels.dtype), np.zeros((m, n), dtype=kernels.dtype)
        seen = np.zeros((m, n))

        def done(_: Any, row: int, rows: int, column: int, columns: int, block: Any, stride: int, seen: Array = seen, n: int = n) -> None:
            seen[row : row + rows, column : column + columns] += 1
            for i in range(rows):
                for j in range(columns):
                    block[i * stride + j] *= 2
            assert stride == n

        kernels.product(a, b, c, done=done)
        np.testing.assert_array_equal(seen, 1)
        np.testing.assert_allclose(c, 2 * (a.astype(float) @ b.astype(float)), atol=1e-3 if kernels.dtype is np.float32 else 1e-11)


def test_no_sum_is_empty_but_zero(kernels: Library) -> None:
    c = np.full((3, 4), 5, dtype=kernels.dtype)
    kernels.product(np.zeros((3, 0), kernels.dtype), np.zeros((0, 4), kernels.dtype), c)
    np.testing.assert_array_equal(c, 0)


# -------------------------------------------------------------------------------------------------- sums


def test_long_sums_are_as_good_as_numpys(kernels: Library) -> None:
    draw = np.random.default_rng(11)
    eps = float(np.finfo(kernels.dtype).eps)
    for count in (0, 1, 3, 16, 17, 100, 1025, 1_000_003):
        for stride in (1, 3):
            x = draw.uniform(0, 1, count * stride + 1).astype(kernels.dtype)
            total, most = kernels.sums(x, count, stride)
            part = x[: count * stride : stride]
            assert total == pytest.approx(float(part.sum(dtype=np.longdouble)), rel=2 * eps)
            assert most == (part.max() if count else -np.inf)
    assert np.isnan(kernels.sums(np.array([1, np.nan, 2] * 30, dtype=kernels.dtype), 90, 1)[1])


def test_sums_of_rows_and_columns(kernels: Library) -> None:
    draw = np.random.default_rng(12)
    eps = float(np.finfo(kernels.dtype).eps)
    for m, n in ((1, 1), (5, 3), (64, 10), (65, 67), (700, 33), (100_000, 3)):
        x = draw.uniform(0, 1, (m, n + 2)).astype(kernels.dtype)[:, :n]
        for axis, count, sign, other in (("columns", n, 1, 0), ("rows", m, -1, 1)):
            start = draw.uniform(0, 1, count).astype(kernels.dtype)
            total, most = kernels.of_axis(axis, x, start)
            np.testing.assert_allclose(total, start + sign * x.sum(other, dtype=np.longdouble), rtol=3 * eps, atol=8 * eps)
            np.testing.assert_array_equal(most, x.max(other))


def test_vectors_folded_to_one(kernels: Library) -> None:
    x = np.random.default_rng(13).integers(-1000, 1000, 256).astype(kernels.dtype)
    x[5] = np.nan
    lanes, sums, most = kernels.folded(x)
    rows = x[: lanes * lanes].reshape(lanes, lanes)
    np.testing.assert_array_equal(sums[:lanes], rows.sum(axis=1))
    np.testing.assert_array_equal(most[:lanes], [row[: i + 1].max() for i, row in enumerate(rows)])


# ------------------------------------------------------------------------------------------------ builds


@pytest.mark.parametrize("using", ["gcc", "clang"])
def test_builds_without_a_warning(tmp_path: Path, using: str) -> None:
    if shutil.which(using) is None:
        pytest.skip(f"no {using} here")
    build(tmp_path, source(instruction_sets()), "-O0", using=using)


DRIVER = r"""
#include <stdlib.h>
#define BH_BITS 32
#define BH_SUFFIX f32
#include "kernels.h"
static float *drawn(ptrdiff_t count)
{
    float *made = malloc((size_t)(count ? count : 1) * sizeof(float));
    for (ptrdiff_t i = 0; i < count; i++)
        made[i] = (float)(rand() % 2001 - 1000) * (float)(rand() % 7 ? 1e-3 : 1e30);
    return made;
}
int main(void)
{
    float *work = malloc((size_t)BH_WORK * sizeof(float));
    float bad = 0;
    for (int round = 0; round < 400; round++) {
        const ptrdiff_t m = rand() % 40, n = rand() % 70, k = rand() % 50 + (round % 40 ? 0 : 400);
        float *a = drawn(m * k), *b = drawn(k * n), *c = drawn(m * n), *row = drawn(n);
        const bh_factors f = {a, round & 1 ? 1 : k, round & 1 ? m : 1, b, round & 2 ? 1 : n, round & 2 ? k : 1, round & 4 ? c : round & 8 ? row : NULL,
                              round & 4 ? n : 0, c, n, m, n, k, round & 16 ? -0.5f : 1.0f};
        bh_product(&f, 0, m, work, NULL, NULL);
        bh_column_sums(c, m, n, 0, n, NULL, 1, row);
        bad += bh_sum(row, n, 1) + bh_largest(row, n, 1);
        for (ptrdiff_t j = 0; j < n; j += BH_LANES) {
            const BH_V x = bh_load_part(row + j, n - j);
            bh_store_part(row + j, bh_exp(x) + bh_log(x) + bh_tanh(x) + bh_sigmoid(x) + bh_erf(x) + bh_sin(x) + bh_cos(x) + bh_sign(x), n - j);
        }
        free(a), free(b), free(c), free(row);
    }
    free(work);
    return bad == 12345;
}
"""


def test_sanitizers_find_nothing(tmp_path: Path) -> None:
    flags = [f"-m{flag}" for flag in SETS[instruction_sets()[-1]][1].split(",") if flag]
    (tmp_path / "driver.c").write_text(DRIVER)
    sanitizers = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    command = [compiler() or "cc", *STRICT, *sanitizers, *flags, f"-I{KERNELS}", str(tmp_path / "driver.c"), "-o", str(tmp_path / "driver"), "-lm"]
    made = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if made.returncode and "asan" in made.stderr:
        pytest.skip("the sanitizers are not installed")
    assert made.returncode == 0, made.stderr[:4000]
    run = subprocess.run([str(tmp_path / "driver")], capture_output=True, text=True, timeout=120, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    assert run.returncode == 0, run.stderr[:4000]
