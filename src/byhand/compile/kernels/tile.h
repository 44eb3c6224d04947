/* The tile: BH_ROWS × 2 vectors of a product, held in registers while the sum runs (Goto and van de Geijn, "Anatomy of high-performance
   matrix multiplication", 2008; BLIS calls it the micro-kernel). Each step of the sum loads two vectors of B, and one number of A a row. */

#undef BH_ROWS
#if BH_WIDTH == 64 || defined(__aarch64__)
#define BH_ROWS 12 /* of 32 registers 24 hold sums */
#else
#define BH_ROWS 6 /* of 16 registers 12 hold sums */
#endif

#define bh_tile BH_NAME(tile)
#define bh_place BH_NAME(place)

/* Where a tile reads and writes: entry (i, p) of A lies at a[i·a_row + p·a_step], row p of B at b + p·b_step. */
typedef struct {
    const REAL *a;
    ptrdiff_t a_row, a_step;
    const REAL *b;
    ptrdiff_t b_step;
    const REAL *from; /* what is added to scale · A·B; NULL: nothing */
    ptrdiff_t from_row;
    REAL *c;
    ptrdiff_t c_row;
    ptrdiff_t depth;
    REAL scale;
} bh_place;

/* rows, vectors and partial are numbers when this is inlined; the last vector counts only as far as tail says if partial. */
BH_INLINE void bh_tile(const int rows, const int vectors, const int partial, const bh_place *at, BH_T tail)
{
    const int last = vectors - 1;
    const ptrdiff_t a_row = at->a_row, a_step = at->a_step, b_step = at->b_step;
    const REAL *b = at->b;
    const REAL *a[4]; /* three rows each: x86 addresses the strides 0, 1, 2 for nothing */
    for (int g = 0; g < 4; g++)
        a[g] = 3 * g < rows ? at->a + 3 * g * a_row : at->a;
    const REAL *from = at->from;
    const ptrdiff_t from_row = at->from_row;
    const int unscaled = at->scale == 1; /* then the sum begins with what is added: multiplications would wait for the same units as the sum */
    BH_V sum[BH_ROWS][2];
    if (unscaled && from) {
        BH_UNROLL
        for (int i = 0; i < rows; i++, from += from_row) {
            if (last)
                sum[i][0] = bh_load(from);
            sum[i][last] = partial ? bh_load_tail(from + last * BH_LANES, tail) : bh_load(from + last * BH_LANES);
        }
    } else {
        BH_UNROLL
        for (int i = 0; i < rows; i++)
            sum[i][0] = sum[i][last] = (BH_V){0};
    }
    for (ptrdiff_t p = at->depth; p > 0; p--) {
        BH_V right[2];
        if (last)
            right[0] = bh_load(b);
        right[last] = partial ? bh_load_tail(b + last * BH_LANES, tail) : bh_load(b + last * BH_LANES);
        BH_UNROLL
        for (int i = 0; i < rows; i++) {
            const BH_V left = bh_splat(a[i / 3][(i % 3) * a_row]);
            sum[i][0] = bh_fma(left, right[0], sum[i][0]);
            if (last)
                sum[i][last] = bh_fma(left, right[last], sum[i][last]);
        }
        BH_UNROLL
        for (int g = 0; g < (rows + 2) / 3; g++)
            a[g] += a_step;
        b += b_step;
    }
    const BH_V scale = bh_splat(at->scale);
    REAL *c = at->c;
    const ptrdiff_t c_row = at->c_row;
    if (!unscaled) {
        from = at->from;
        BH_UNROLL
        for (int i = 0; i < rows; i++, from += from ? from_row : 0) {
            BH_UNROLL
            for (int v = 0; v < vectors; v++) {
                const REAL *add = from ? from + v * BH_LANES : from;
                if (from)
                    sum[i][v] = bh_fma(sum[i][v], scale, partial && v == last ? bh_load_tail(add, tail) : bh_load(add));
                else
                    sum[i][v] *= scale;
            }
        }
    }
    BH_UNROLL
    for (int i = 0; i < rows; i++, c += c_row) {
        if (last)
            bh_store(c, sum[i][0]);
        if (partial)
            bh_store_tail(c + last * BH_LANES, sum[i][last], tail);
        else
            bh_store(c + last * BH_LANES, sum[i][last]);
    }
}
