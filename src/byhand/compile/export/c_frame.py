"""What stands around the lines of an exported C file: helpers, first values, a program that trains on a CSV file."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import numpy as np

from byhand.compile.export.c_text import real
from byhand.compile.step import TrainingStep
from byhand.compile.tape.tape import Tape
from byhand.run.arrays import Array

COMMON = """
/* ---- the network ---- */

#if WITH_PRODUCTS
BH_INLINE void multiply(const REAL *a, ptrdiff_t a_row, ptrdiff_t a_column, const REAL *b, ptrdiff_t b_row, ptrdiff_t b_column,
                        const REAL *from, ptrdiff_t from_row, REAL *c, ptrdiff_t c_row, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k,
                        REAL scale, REAL *work)
{
    const bh_factors factors = {a, a_row, a_column, b, b_row, b_column, from, from_row, c, c_row, m, n, k, scale};
    bh_product(&factors, 0, m, work, NULL, NULL);
}
#endif

/* Numbers that are not neighbours as a vector, and back. */
BH_INLINE BH_V gathered(const REAL *from, ptrdiff_t stride, ptrdiff_t left)
{
    BH_V found = bh_splat(0);
    for (ptrdiff_t l = 0; l < BH_LANES && l < left; l++)
        found[l] = from[l * stride];
    return found;
}

BH_INLINE void scattered(REAL *to, ptrdiff_t stride, BH_V value, ptrdiff_t left)
{
    for (ptrdiff_t l = 0; l < BH_LANES && l < left; l++)
        to[l * stride] = value[l];
}
"""

MAIN = """
#ifdef WITH_MAIN
/* Trains on a file of numbers: a sample a line, @COLUMNS@ numbers. */
int main(int count, char **words)
{
    if (count < 2) {
        fprintf(stderr, "use: %s DATA.csv [EPOCHS] [RATE]\\n", words[0]);
        return 2;
    }
    FILE *file = fopen(words[1], "r");
    if (!file) {
        fprintf(stderr, "cannot read %s\\n", words[1]);
        return 2;
    }
    size_t room = 1024, found = 0;
    REAL *all = malloc(room * sizeof(REAL));
    double number;
    while (all && fscanf(file, "%lf%*[ ,;\\t\\r\\n]", &number) == 1) {
        if (found == room)
            all = realloc(all, (room *= 2) * sizeof(REAL));
        if (all)
            all[found++] = (REAL)number;
    }
    const int whole = feof(file);
    fclose(file);
    const int64_t rows = (int64_t)(found / @WIDTH@), steps = rows / @BATCH@;
    if (!all || !whole || found % @WIDTH@ || steps < 1) {
        fprintf(stderr, "cannot train on %s: it needs lines of @WIDTH@ numbers, at least @BATCH@ of them, and nothing else\\n", words[1]);
        free(all);
        return 2;
    }
    @POINTERS@
    struct net *net = net_new();
    int64_t *order = malloc((size_t)rows * sizeof *order);
    double *rates = malloc((size_t)steps * sizeof *rates), *losses = malloc((size_t)steps * sizeof *losses);
    if (!net || !order || !rates || !losses || @MISSING@) {
        fprintf(stderr, "not enough memory\\n");
        return 1;
    }
    for (int64_t r = 0; r < rows; r++) {
        const REAL *row = all + r * @WIDTH@;
        @SPLITS@
        order[r] = r;
    }
    init(net, 1);
    const int epochs = count > 2 ? atoi(words[2]) : 10;
    uint64_t state = 1;
    for (int64_t k = 0; k < steps; k++)
        rates[k] = count > 3 ? atof(words[3]) : 0.1;
    for (int e = 0; e < epochs; e++) {
        double mean = 0;
        for (int64_t r = rows - 1; r > 0; r--) {
            const int64_t other = (int64_t)(drawn(&state) * (double)(r + 1)), kept = order[r];
            order[r] = order[other];
            order[other] = kept;
        }
        epoch(net, @ARGS@, rows, order, rates, steps, e * steps + 1, losses);
        for (int64_t k = 0; k < steps; k++)
            mean += losses[k] / (double)steps;
        printf("epoch %d: loss %g\\n", e + 1, mean);
    }
    @FREED@
    free(all);
    free(order);
    free(rates);
    free(losses);
    net_free(net);
    return 0;
}
#endif
"""

_INIT = """
/* A number between 0 and 1 (Vigna, An experimental exploration of Marsaglia's xorshift generators, 2016: splitmix64). */
static double drawn(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

struct net *net_new(void)
{
    const size_t size = (sizeof(struct net) + 63) / 64 * 64;
    struct net *net = aligned_alloc(64, size);
    if (net)
        memset(net, 0, size);
    return net;
}

void net_free(struct net *net) { free(net); }

/* First values: @WHAT@ */
void init(struct net *net, uint64_t seed)
{
    REAL *a = net->arena;
    uint64_t state = seed;
    (void)a;
    (void)state;
    @LINES@
    (void)drawn;
}
"""


def initialised(tape: Tape, step: TrainingStep | None, names: Mapping[str, str], initial: Mapping[str, Array]) -> str:
    """Memory, and what stands in it before the first step."""
    lines: list[str] = []
    for offset, array in tape.constants:
        lines += _filled(str(offset), array)
    for one in step.parameters if step is not None else ():
        held = tape.inputs.get(one.name)
        if held is None:
            continue
        at = f"at_{names[one.name]}"
        if one.name in initial:
            lines += _filled(at, np.broadcast_to(initial[one.name], held.dims))
        elif len(held.dims) > 1:
            bound = (6 / (held.dims[0] + prod(held.dims[1:]))) ** 0.5
            lines += [f"for (ptrdiff_t k = 0; k < {prod(held.dims)}; k++)", f"    a[{at} + k] = (REAL)({real(bound)} * (2 * drawn(&state) - 1));"]
        else:
            lines += _filled(at, np.zeros(held.dims))
    others = (one for one in tape.inputs if step is not None and one in initial and one not in {each.name for each in step.parameters})
    for one in others:
        if tape.inputs[one].base == 0:
            lines += _filled(f"at_{names[one]}", np.broadcast_to(initial[one], tape.inputs[one].dims))
    for state in step.states if step is not None else ():
        held = tape.inputs.get(state.variable.name)
        if held is not None:
            lines += _filled(f"at_{names[state.variable.name]}", np.full(held.dims, float(state.start)))
    what = "weights between ±√(6/(inputs + outputs)) (Glorot and Bengio, 2010) unless the sheet gives them, biases and states as their rules begin."
    return (
        _INIT.replace("    @LINES@", "\n".join(f"    {line}" for line in lines))
        .replace("@WHAT@", what if step is not None else "constants.")
        .replace("\n\n    (void)drawn", "\n    (void)drawn")
    )


def _filled(at: str, array: Array) -> list[str]:
    flat = np.asarray(array, dtype=np.float64).ravel()
    if not flat.size:
        return []
    if (flat == flat[0]).all():
        return [f"for (ptrdiff_t k = 0; k < {flat.size}; k++)", f"    a[{at} + k] = (REAL){real(float(flat[0]))};"]
    rows = [", ".join(real(float(value)) for value in flat[start : start + 8]) for start in range(0, flat.size, 8)]
    table = ["{", "    static const double numbers[] = {", *(f"        {row}," for row in rows), "    };"]
    return [*table, f"    for (ptrdiff_t k = 0; k < {flat.size}; k++)", f"        a[{at} + k] = (REAL)numbers[k];", "}"]
