/* C = [from +] scale · A·B, with any strides of A and B, so that AᵀB and ABᵀ need no copy made beforehand.

   The loops are those of GotoBLAS and BLIS, inside out: the sum is cut into blocks of BH_DEPTH; within one, panels of B, two vectors wide, are
   packed where B is transposed or far apart in memory, and stay in the second-level cache; for each BH_ROWS rows of A the tile runs along the panels. */

#undef BH_DEPTH
#undef BH_PANELS
#undef BH_WORK
#define BH_DEPTH ((ptrdiff_t)256)
#define BH_PANELS ((ptrdiff_t)16)                                              /* packed at a time */
#define BH_WORK (BH_DEPTH * (2 * BH_LANES * BH_PANELS + BH_ROWS) + 64) /* numbers of workspace that a product needs for each thread */

#define bh_factors BH_NAME(factors)
#define bh_epilogue BH_NAME(epilogue)
#define bh_product BH_NAME(product)
#define bh_tile_rows BH_NAME(tile_rows)
#define bh_pack_right BH_NAME(pack_right)
#define bh_pack_left BH_NAME(pack_left)
#define bh_turn BH_NAME(turn)
#define bh_turn_block BH_NAME(turn_block)
#define bh_rows_of BH_NAME(rows_of)
#define bh_collide BH_NAME(collide)
#define bh_row_times_of BH_NAME(row_times_of)
#define bh_panels BH_NAME(panels)
#define bh_product_blocks BH_NAME(product_blocks)
#define bh_rank_one BH_NAME(rank_one)
#define bh_row_times BH_NAME(row_times)
#define bh_dots BH_NAME(dots)

/* Entry (i, p) of A lies at a[i·a_row + p·a_column], (p, j) of B at b[p·b_row + j·b_column], (i, j) of C at c[i·c_row + j].
   C may be the same place as from, with the same stride; it must not overlap A or B. */
typedef struct {
    const REAL *a;
    ptrdiff_t a_row, a_column;
    const REAL *b;
    ptrdiff_t b_row, b_column;
    const REAL *from; /* row i at from + i·from_row: a bias has from_row 0, and C itself is added to with from = c; NULL: nothing is added */
    ptrdiff_t from_row;
    REAL *c;
    ptrdiff_t c_row;
    ptrdiff_t m, n, k;
    REAL scale;
} bh_factors;

/* Called when rows × columns entries of C are final and still in the cache: entry (row + i, column + j) at block[i·stride + j]. */
typedef void (*bh_epilogue)(void *context, ptrdiff_t row, ptrdiff_t rows, ptrdiff_t column, ptrdiff_t columns, REAL *block, ptrdiff_t stride);

/* ---- tiles of every height ---- */

BH_INLINE void bh_tile_rows(const int vectors, const int partial, ptrdiff_t rows, const bh_place *at, BH_T tail)
{
    switch (rows) {
#if BH_ROWS == 12
    case 12: bh_tile(12, vectors, partial, at, tail); break;
    case 8: bh_tile(8, vectors, partial, at, tail); break;
#endif
    case 6: bh_tile(6, vectors, partial, at, tail); break;
    case 4: bh_tile(4, vectors, partial, at, tail); break;
    case 2: bh_tile(2, vectors, partial, at, tail); break;
    default: bh_tile(1, vectors, partial, at, tail); break;
    }
}

/* How many of the rows that are left the next tiles take: a height that bh_tile_rows has, and no thin rest after it. */
BH_INLINE ptrdiff_t bh_rows_of(ptrdiff_t left)
{
#if BH_ROWS == 12
    if (left >= 12)
        return left == 14 || left == 16 ? 8 : 12;
    if (left >= 8)
        return left == 10 ? 6 : 8;
#endif
    return left >= 6 ? left == 8 ? 4 : 6 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

/* rows × columns entries of C, of which at says where the first lies; step: from one panel of B to the next. By address, and moved on in place: a copy
   would be read in wider pieces than it was written in, and wait for all stores of the tile before. */
BH_LOCAL void bh_panels(ptrdiff_t rows, ptrdiff_t columns, bh_place *at, ptrdiff_t step)
{
    for (; columns >= 2 * BH_LANES; columns -= 2 * BH_LANES) {
        bh_tile_rows(2, 0, rows, at, bh_tail_of(0));
        at->b += step;
        at->c += 2 * BH_LANES;
        at->from = at->from ? at->from + 2 * BH_LANES : at->from;
    }
    if (columns > BH_LANES)
        bh_tile_rows(2, 1, rows, at, bh_tail_of(columns - BH_LANES));
    else if (columns > 0)
        bh_tile_rows(1, 1, rows, at, bh_tail_of(columns));
}

/* ---- packing ---- */

/* Entry (r, c) of a block of BH_HIGH rows and BH_SIDE columns to (c, r), in registers: rows of 16 bytes are loaded in pairs, halves of one vector. */
#undef BH_SIDE
#undef BH_HIGH
#define BH_SIDE ((ptrdiff_t)(16 / sizeof(REAL)))
#if BH_HAS_SHUFFLE && BH_WIDTH >= 32
#define BH_HIGH (2 * BH_SIDE)
BH_INLINE void bh_turn_block(REAL *to, ptrdiff_t to_row, const REAL *from, ptrdiff_t from_row)
{
    typedef REAL pair __attribute__((vector_size(32)));
    bh_half low, high;
    pair row[4], half[4];
    BH_UNROLL
    for (ptrdiff_t r = 0; r < BH_SIDE; r++) {
        memcpy(&low, from + r * from_row, 16);
        memcpy(&high, from + (r + BH_SIDE) * from_row, 16);
#if BH_BITS == 32
        row[r] = __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7);
    }
    half[0] = __builtin_shufflevector(row[0], row[1], 0, 8, 1, 9, 4, 12, 5, 13);
    half[1] = __builtin_shufflevector(row[0], row[1], 2, 10, 3, 11, 6, 14, 7, 15);
    half[2] = __builtin_shufflevector(row[2], row[3], 0, 8, 1, 9, 4, 12, 5, 13);
    half[3] = __builtin_shufflevector(row[2], row[3], 2, 10, 3, 11, 6, 14, 7, 15);
    row[0] = __builtin_shufflevector(half[0], half[2], 0, 1, 8, 9, 4, 5, 12, 13);
    row[1] = __builtin_shufflevector(half[0], half[2], 2, 3, 10, 11, 6, 7, 14, 15);
    row[2] = __builtin_shufflevector(half[1], half[3], 0, 1, 8, 9, 4, 5, 12, 13);
    row[3] = __builtin_shufflevector(half[1], half[3], 2, 3, 10, 11, 6, 7, 14, 15);
#else
        row[r] = __builtin_shufflevector(low, high, 0, 1, 2, 3);
    }
    half[0] = __builtin_shufflevector(row[0], row[1], 0, 4, 2, 6);
    half[1] = __builtin_shufflevector(row[0], row[1], 1, 5, 3, 7);
    row[0] = half[0];
    row[1] = half[1];
#endif
    BH_UNROLL
    for (ptrdiff_t c = 0; c < BH_SIDE; c++)
        memcpy(to + c * to_row, &row[c], 32);
}
#else
#define BH_HIGH BH_SIDE
BH_INLINE void bh_turn_block(REAL *to, ptrdiff_t to_row, const REAL *from, ptrdiff_t from_row)
{
#if BH_HAS_SHUFFLE
    bh_half row[4], half[4];
    for (ptrdiff_t r = 0; r < BH_SIDE; r++)
        memcpy(&row[r], from + r * from_row, 16);
#if BH_BITS == 32
    half[0] = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5);
    half[1] = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7);
    half[2] = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5);
    half[3] = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
    row[0] = __builtin_shufflevector(half[0], half[2], 0, 1, 4, 5);
    row[1] = __builtin_shufflevector(half[0], half[2], 2, 3, 6, 7);
    row[2] = __builtin_shufflevector(half[1], half[3], 0, 1, 4, 5);
    row[3] = __builtin_shufflevector(half[1], half[3], 2, 3, 6, 7);
#else
    half[0] = __builtin_shufflevector(row[0], row[1], 0, 2);
    half[1] = __builtin_shufflevector(row[0], row[1], 1, 3);
    row[0] = half[0];
    row[1] = half[1];
#endif
    for (ptrdiff_t c = 0; c < BH_SIDE; c++)
        memcpy(to + c * to_row, &row[c], 16);
#else
    for (ptrdiff_t r = 0; r < BH_SIDE; r++)
        for (ptrdiff_t c = 0; c < BH_SIDE; c++)
            to[c * to_row + r] = from[r * from_row + c];
#endif
}
#endif

/* to[j·to_row + i] = from[i·from_row + j], block by block; the last blocks reach back over what is there already. */
BH_LOCAL void bh_turn(REAL *restrict to, ptrdiff_t to_row, const REAL *restrict from, ptrdiff_t from_row, ptrdiff_t rows, ptrdiff_t columns)
{
    if (rows < BH_HIGH || columns < BH_SIDE) {
        for (ptrdiff_t i = 0; i < rows; i++)
            for (ptrdiff_t j = 0; j < columns; j++)
                to[j * to_row + i] = from[i * from_row + j];
        return;
    }
    for (ptrdiff_t i = 0; i < rows; i += BH_HIGH) {
        i = i + BH_HIGH > rows ? rows - BH_HIGH : i;
        for (ptrdiff_t j = 0; j < columns; j += BH_SIDE) {
            j = j + BH_SIDE > columns ? columns - BH_SIDE : j;
            bh_turn_block(to + j * to_row + i, to_row, from + i * from_row + j, from_row);
        }
    }
}

/* Panels of B, two vectors wide, one after another; the last is filled up with zeros. */
BH_LOCAL void bh_pack_right(REAL *restrict to, const REAL *restrict b, ptrdiff_t b_row, ptrdiff_t b_column, ptrdiff_t depth, ptrdiff_t columns)
{
    const ptrdiff_t width = 2 * BH_LANES;
    for (ptrdiff_t j = 0; j < columns; j += width, to += width * depth, b += width * b_column) {
        const ptrdiff_t count = columns - j < width ? columns - j : width;
        if (count < width)
            memset(to, 0, (size_t)(width * depth) * sizeof(REAL));
        if (b_column == 1)
            for (ptrdiff_t p = 0; p < depth; p++) {
                bh_store_part(to + p * width, bh_load_part(b + p * b_row, count), count);
                if (count > BH_LANES)
                    bh_store_part(to + p * width + BH_LANES, bh_load_part(b + p * b_row + BH_LANES, count - BH_LANES), count - BH_LANES);
            }
        else if (b_row == 1)
            bh_turn(to, width, b, b_column, count, depth);
        else
            for (ptrdiff_t p = 0; p < depth; p++)
                for (ptrdiff_t l = 0; l < count; l++)
                    to[p * width + l] = b[p * b_row + l * b_column];
    }
}

/* Some rows of A, so that the numbers of one step of the sum are neighbours. */
BH_LOCAL void bh_pack_left(REAL *restrict to, const REAL *restrict a, ptrdiff_t a_row, ptrdiff_t a_column, ptrdiff_t rows, ptrdiff_t depth)
{
    if (a_column == 1)
        bh_turn(to, rows, a, a_row, rows, depth);
    else
        for (ptrdiff_t p = 0; p < depth; p++)
            for (ptrdiff_t i = 0; i < rows; i++)
                to[p * rows + i] = a[i * a_row + p * a_column];
}

/* ---- the blocks ---- */

/* Strides that are near a multiple of 2 KiB put all rows into the same few sets of the caches. */
BH_INLINE int bh_collide(ptrdiff_t stride) { return ((stride * (ptrdiff_t)sizeof(REAL)) & 2047) == 0; }

BH_LOCAL void bh_product_blocks(const bh_factors *f, ptrdiff_t first, ptrdiff_t last, REAL *work, bh_epilogue done, void *context)
{
    const ptrdiff_t width = 2 * BH_LANES, block = width * BH_PANELS;
    const int pack_right = f->b_column != 1 || (last - first >= 4 * BH_ROWS && (f->k * f->n > 128 * 1024 || (f->k > 32 && bh_collide(f->b_row))));
    const int pack_left = f->n >= 4 * width && f->a_column == 1 && (f->m > BH_ROWS && bh_collide(f->a_row));
    const ptrdiff_t deep = pack_right || pack_left ? BH_DEPTH : f->k + 1;
    REAL *right = (REAL *)(((uintptr_t)work + 63) & ~(uintptr_t)63), *left = right + BH_DEPTH * block;
    for (ptrdiff_t j = 0; j < f->n; j += block)
        for (ptrdiff_t p = 0; p == 0 || p < f->k; p += deep) {
            const ptrdiff_t columns = f->n - j < block ? f->n - j : block, depth = f->k - p < deep ? f->k - p : deep;
            const int is_last = p + depth >= f->k;
            const REAL *b = f->b + p * f->b_row + j * f->b_column;
            if (pack_right)
                bh_pack_right(right, b, f->b_row, f->b_column, depth, columns);
            bh_place at = {NULL, f->a_row, f->a_column, NULL, pack_right ? width : f->b_row, NULL, p ? f->c_row : f->from_row, NULL, f->c_row, depth, f->scale};
            const REAL *a = f->a + p * f->a_column, *from = p ? f->c : f->from;
            for (ptrdiff_t i = first, rows; i < last; i += rows) {
                rows = bh_rows_of(last - i);
                at.a = a + i * f->a_row;
                at.b = pack_right ? right : b;
                at.c = f->c + i * f->c_row + j;
                at.from = from ? from + i * at.from_row + j : from;
                if (pack_left) {
                    bh_pack_left(left, at.a, f->a_row, f->a_column, rows, depth);
                    at.a = left;
                    at.a_row = 1;
                    at.a_step = rows;
                }
                bh_panels(rows, columns, &at, pack_right ? width * depth : width);
                if (done && is_last)
                    done(context, i, rows, j, columns, f->c + i * f->c_row + j, f->c_row);
            }
        }
}

/* ---- one row, one step: no tile ---- */

/* Row i of C is from + scale·a_i·b: a sum of one term. */
BH_LOCAL void bh_rank_one(const bh_factors *f, ptrdiff_t first, ptrdiff_t last)
{
    for (ptrdiff_t j = 0; j < f->n; j += BH_LANES) {
        const ptrdiff_t count = f->n - j < BH_LANES ? f->n - j : BH_LANES;
        const BH_T tail = bh_tail_of(count);
        const BH_V b = bh_load_tail(f->b + j, tail);
        for (ptrdiff_t i = first; i < last; i++) {
            const BH_V a = bh_splat(f->scale * f->a[i * f->a_row]);
            bh_store_tail(f->c + i * f->c_row + j, f->from ? bh_fma(a, b, bh_load_tail(f->from + i * f->from_row + j, tail)) : a * b, tail);
        }
    }
}

/* One row times B, whose rows are contiguous: vectors × spread sums at a time, so that additions need not wait for each other. */
BH_INLINE ptrdiff_t bh_row_times_of(const int vectors, const int spread, const bh_factors *f, const REAL *a, const REAL *from, REAL *c, ptrdiff_t j)
{
    for (; j < f->n; j += vectors * BH_LANES) {
        const ptrdiff_t rest = f->n - j - (vectors - 1) * BH_LANES;
        if (vectors > 1 && rest < BH_LANES)
            return j;
        const BH_T tail = bh_tail_of(rest < BH_LANES ? rest : BH_LANES);
        const REAL *b = f->b + j;
        BH_V sum[4] = {{0}, {0}, {0}, {0}};
        ptrdiff_t p = 0;
        for (; p + spread <= f->k; p += spread, b += spread * f->b_row) {
            BH_UNROLL
            for (int s = 0; s < spread; s++) {
                BH_UNROLL
                for (int v = 0; v < vectors; v++) {
                    const REAL *at = b + s * f->b_row + v * BH_LANES;
                    sum[s * vectors + v] = bh_fma(bh_splat(a[(p + s) * f->a_column]), vectors > 1 ? bh_load(at) : bh_load_tail(at, tail), sum[s * vectors + v]);
                }
            }
        }
        for (; p < f->k; p++, b += f->b_row)
            for (int v = 0; v < vectors; v++)
                sum[v] = bh_fma(bh_splat(a[p * f->a_column]), vectors > 1 ? bh_load(b + v * BH_LANES) : bh_load_tail(b, tail), sum[v]);
        if (spread == 4) {
            sum[0] += sum[2];
            sum[1] += sum[3];
        }
        if (spread >= 2)
            for (int v = 0; v < vectors; v++)
                sum[v] += sum[vectors + v];
        for (int v = 0; v < vectors; v++) {
            const BH_V scaled = sum[v] * bh_splat(f->scale);
            REAL *to = c + j + v * BH_LANES;
            if (vectors > 1)
                bh_store(to, from ? bh_load(from + j + v * BH_LANES) + scaled : scaled);
            else
                bh_store_tail(to, from ? bh_load_tail(from + j, tail) + scaled : scaled, tail);
        }
    }
    return j;
}

BH_LOCAL void bh_row_times(const bh_factors *f, const REAL *a, const REAL *from, REAL *c)
{
    ptrdiff_t j = 0;
    if (f->n > 2 * BH_LANES) {
        j = bh_row_times_of(4, 1, f, a, from, c, j);
        j = bh_row_times_of(2, 2, f, a, from, c, j);
    }
    bh_row_times_of(1, 4, f, a, from, c, j);
}

/* One row times B, whose columns are contiguous: scalar products, folded together for as many columns as there are lanes; short ones without vectors. */
BH_LOCAL void bh_dots(const bh_factors *f, const REAL *a, const REAL *from, REAL *c)
{
    for (ptrdiff_t j = 0; f->k > 8 && j < f->n; j += BH_LANES) {
        const ptrdiff_t some = f->n - j < BH_LANES ? f->n - j : BH_LANES;
        BH_V row[BH_WIDTH / sizeof(REAL)];
        for (ptrdiff_t s = 0; s < BH_LANES; s += 2) {
            const REAL *one = f->b + (j + (s < some ? s : 0)) * f->b_column, *two = f->b + (j + (s + 1 < some ? s + 1 : 0)) * f->b_column;
            BH_V sum[4] = {{0}, {0}, {0}, {0}};
            ptrdiff_t p = 0;
            for (; p + 2 * BH_LANES <= f->k; p += 2 * BH_LANES)
                for (int h = 0; h < 2; h++) {
                    const BH_V left = bh_load(a + p + h * BH_LANES);
                    sum[h] = bh_fma(left, bh_load(one + p + h * BH_LANES), sum[h]);
                    sum[2 + h] = bh_fma(left, bh_load(two + p + h * BH_LANES), sum[2 + h]);
                }
            for (; p < f->k; p += BH_LANES) {
                const BH_T tail = bh_tail_of(f->k - p < BH_LANES ? f->k - p : BH_LANES);
                const BH_V left = bh_load_tail(a + p, tail);
                sum[0] = bh_fma(left, bh_load_tail(one + p, tail), sum[0]);
                sum[2] = bh_fma(left, bh_load_tail(two + p, tail), sum[2]);
            }
            row[s] = sum[0] + sum[1];
            row[s + 1] = sum[2] + sum[3];
        }
        const BH_V value = bh_fold_sums(row) * bh_splat(f->scale);
        bh_store_part(c + j, from ? bh_load_part(from + j, some) + value : value, some);
    }
    for (ptrdiff_t j = 0; f->k <= 8 && j < f->n; j++) {
        REAL sum = 0;
        for (ptrdiff_t p = 0; p < f->k; p++)
            sum = bh_fma_one(a[p * f->a_column], f->b[p * f->b_row + j * f->b_column], sum);
        c[j] = (from ? from[j] : 0) + f->scale * sum;
    }
}

/* Rows first … last − 1 of the product; threads may share out the rows of one: every entry is the same sum, however they do.
   work: BH_WORK numbers of one's own, whose contents do not matter. done may be NULL. */
BH_LOCAL void bh_product(const bh_factors *factors, ptrdiff_t first, ptrdiff_t last, REAL *work, bh_epilogue done, void *context)
{
    const bh_factors *f = factors;
    if (last <= first || f->n <= 0)
        return;
    if (f->n == 1 && f->c_row == 1 && f->m > 1 && (!f->from || f->from_row == 1)) { /* a column: the same as a row */
        const bh_factors turned = {f->b, f->b_column, f->b_row, f->a + first * f->a_row, f->a_column, f->a_row, f->from ? f->from + first : f->from, 1,
                                   f->c + first, 1, 1, last - first, f->k, f->scale};
        bh_product(&turned, 0, 1, work, NULL, NULL);
    } else if (f->k == 1 && f->b_column == 1)
        bh_rank_one(f, first, last);
    else if (f->b_column == 1 && f->m == 1)
        bh_row_times(f, f->a, f->from, f->c);
    else if (f->b_row == 1 && f->a_column == 1 && f->m <= 3)
        for (ptrdiff_t i = first; i < last; i++)
            bh_dots(f, f->a + i * f->a_row, f->from ? f->from + i * f->from_row : f->from, f->c + i * f->c_row);
    else {
        bh_product_blocks(f, first, last, work, done, context);
        return;
    }
    if (done)
        done(context, first, last - first, 0, f->n, f->c + first * f->c_row, f->c_row);
}
