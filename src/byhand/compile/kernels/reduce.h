/* Sums and largest entries, always in the same order, so that a run gives the same bits again.

   Sums are by halves (N. J. Higham, "The accuracy of floating point summation", 1993), down to blocks that eight vectors hold: the error grows with
   log n. The largest entry is NaN if one is; of no entries it is −inf, and their sum is 0. */

#define bh_sum BH_NAME(sum)
#define bh_largest BH_NAME(largest)
#define bh_sum_block BH_NAME(sum_block)
#define bh_sum_columns BH_NAME(sum_columns)
#define bh_column_sums BH_NAME(column_sums)
#define bh_row_sums BH_NAME(row_sums)
#define bh_column_maxima BH_NAME(column_maxima)
#define bh_row_maxima BH_NAME(row_maxima)

BH_INLINE BH_V bh_sum_block(const REAL *x, ptrdiff_t count)
{
    BH_V sum[4] = {{0}, {0}, {0}, {0}};
    for (; count >= 4 * BH_LANES; count -= 4 * BH_LANES, x += 4 * BH_LANES)
        for (int s = 0; s < 4; s++)
            sum[s] += bh_load(x + s * BH_LANES);
    for (int s = 0; count > 0; s++, count -= BH_LANES, x += BH_LANES)
        sum[s] += bh_load_part(x, count);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* Of count entries x[0], x[stride], … */
BH_LOCAL REAL bh_sum(const REAL *x, ptrdiff_t count, ptrdiff_t stride)
{
    const ptrdiff_t block = stride == 1 ? 64 * BH_LANES : 32;
    if (count > block) {
        const ptrdiff_t half = (count / 2 + block - 1) / block * block;
        return bh_sum(x, half, stride) + bh_sum(x + half * stride, count - half, stride);
    }
    if (stride == 1)
        return bh_sum_of(bh_sum_block(x, count));
    REAL sum = 0;
    for (ptrdiff_t i = 0; i < count; i++)
        sum += x[i * stride];
    return sum;
}

BH_LOCAL REAL bh_largest(const REAL *x, ptrdiff_t count, ptrdiff_t stride)
{
    REAL most = -BH_INFINITY;
    ptrdiff_t i = 0;
    if (stride == 1 && count >= BH_LANES) {
        BH_V found = bh_load(x);
        for (i = BH_LANES; i + BH_LANES <= count; i += BH_LANES)
            found = bh_maximum(found, bh_load(x + i));
        most = bh_most_of(found);
    }
    for (; i < count; i++)
        most = (x[i * stride] > most || x[i * stride] != x[i * stride]) ? x[i * stride] : most;
    return most;
}

/* Four vectors of columns at a time. */
BH_INLINE void bh_sum_columns(const int vectors, const REAL *x, ptrdiff_t rows, ptrdiff_t stride, BH_T tail, BH_V *sum)
{
    const int last = vectors - 1;
    BH_V part[4] = {{0}, {0}, {0}, {0}};
    for (ptrdiff_t i = 0; i < rows; i++, x += stride) {
        BH_UNROLL
        for (int v = 0; v < last; v++)
            part[v] += bh_load(x + v * BH_LANES);
        part[last] += bh_load_tail(x + last * BH_LANES, tail);
    }
    for (int v = 0; v < vectors; v++)
        sum[v] = part[v];
}

/* out[j] = from[j] + scale·Σᵢ x[i·row + j] for first ≤ j < last; from may be NULL, or out. Blocks of 64 rows, and their sums by halves as bits of a counter. */
BH_LOCAL void bh_column_sums(const REAL *x, ptrdiff_t rows, ptrdiff_t row, ptrdiff_t first, ptrdiff_t last, const REAL *from, REAL scale, REAL *out)
{
    for (ptrdiff_t j = first; j < last;) {
        const int vectors = last - j >= 4 * BH_LANES ? 4 : 1;
        const ptrdiff_t count = vectors == 4 ? BH_LANES : last - j < BH_LANES ? last - j : BH_LANES;
        const BH_T tail = bh_tail_of(count);
        BH_V held[48][4], sum[4] = {{0}, {0}, {0}, {0}};
        int levels = 0;
        ptrdiff_t blocks = 0;
        for (ptrdiff_t i = 0; i < rows; i += 64) {
            const ptrdiff_t height = rows - i < 64 ? rows - i : 64;
            if (vectors == 4)
                bh_sum_columns(4, x + i * row + j, height, row, tail, sum);
            else
                bh_sum_columns(1, x + i * row + j, height, row, tail, sum);
            for (ptrdiff_t bit = blocks++; bit & 1; bit >>= 1) {
                levels--;
                for (int v = 0; v < vectors; v++)
                    sum[v] = held[levels][v] + sum[v];
            }
            memcpy(held[levels++], sum, sizeof sum);
        }
        memset(sum, 0, sizeof sum);
        while (levels-- > 0)
            for (int v = 0; v < vectors; v++)
                sum[v] = held[levels][v] + sum[v];
        for (int v = 0; v < vectors; v++, j += count) {
            const BH_V scaled = sum[v] * bh_splat(scale);
            bh_store_tail(out + j, from ? bh_load_tail(from + j, tail) + scaled : scaled, tail);
        }
    }
}

/* out[i·out_stride] = from[i·from_stride] + scale·Σⱼ x[i·row + j·column] for first ≤ i < last. */
BH_LOCAL void bh_row_sums(const REAL *x, ptrdiff_t row, ptrdiff_t columns, ptrdiff_t column, ptrdiff_t first, ptrdiff_t last,
                          const REAL *from, ptrdiff_t from_stride, REAL scale, REAL *out, ptrdiff_t out_stride)
{
    for (ptrdiff_t i = first; i < last; i++)
        out[i * out_stride] = (from ? from[i * from_stride] : 0) + scale * bh_sum(x + i * row, columns, column);
}

BH_LOCAL void bh_row_maxima(const REAL *x, ptrdiff_t row, ptrdiff_t columns, ptrdiff_t column, ptrdiff_t first, ptrdiff_t last, REAL *out, ptrdiff_t out_stride)
{
    for (ptrdiff_t i = first; i < last; i++)
        out[i * out_stride] = bh_largest(x + i * row, columns, column);
}

BH_LOCAL void bh_column_maxima(const REAL *x, ptrdiff_t rows, ptrdiff_t row, ptrdiff_t first, ptrdiff_t last, REAL *out)
{
    for (ptrdiff_t j = first; j < last; j += BH_LANES) {
        const BH_T tail = bh_tail_of(last - j < BH_LANES ? last - j : BH_LANES);
        BH_V most = bh_splat(-BH_INFINITY);
        for (ptrdiff_t i = 0; i < rows; i++)
            most = bh_maximum(most, bh_load_tail(x + i * row + j, tail));
        bh_store_tail(out + j, most, tail);
    }
}
