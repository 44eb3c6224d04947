/* One step of a tape for one type and one instruction set. Included after the kernels of that type. */

#define run_product BT_NAME(run_product)
#define run_reduce BT_NAME(run_reduce)
#define run_window BT_NAME(run_window)
#define run_rows BT_NAME(run_rows)
#define run_pick BT_NAME(run_pick)
#define run_step BT_NAME(run_step)
#define run_scratch BT_NAME(run_scratch)
#define run_at BT_NAME(run_at)
#define rows_in BT_NAME(rows_in)
#define run_one BT_NAME(run_one)

/* The offset of the index-th entry of the loops. */
BH_INLINE ptrdiff_t run_at(bt_dims dims, const int64_t *strides, ptrdiff_t index)
{
    ptrdiff_t at = 0;
    for (int k = dims.count - 1; k >= 0; k--) {
        at += (index % dims.each[k]) * strides[k];
        index /= dims.each[k];
    }
    return at;
}

BH_INLINE ptrdiff_t BT_NAME(size_of)(bt_dims dims)
{
    ptrdiff_t total = 1;
    for (int k = 0; k < dims.count; k++)
        total *= dims.each[k];
    return total;
}
#define size_of BT_NAME(size_of)

BH_INLINE REAL *BT_NAME(at_of)(void *const *bases, const bt_view *v) { return (REAL *)bases[v->base] + v->offset; }
#define at_of BT_NAME(at_of)

/* ---- products ---- */

#if BH_BITS == 32
typedef void (*BT_NAME(gemm))(int, int, int, int64_t, int64_t, int64_t, float, const float *, int64_t, const float *, int64_t, float, float *, int64_t);
#else
typedef void (*BT_NAME(gemm))(int, int, int, int64_t, int64_t, int64_t, double, const double *, int64_t, const double *, int64_t, double, double *, int64_t);
#endif

/* Rows first … last − 1 by the BLAS, if it has been found, the product is wide, and its strides are those of whole or turned matrices. */
static int BT_NAME(by_blas)(const bh_factors *f, ptrdiff_t first, ptrdiff_t last, void *gemm)
{
    enum { WIDE = 2048, ROW_MAJOR = 101, AS_IT_IS = 111, TURNED = 112 };
    if (!gemm || f->m < WIDE || f->n < WIDE || f->k < WIDE)
        return 0;
    if (!((f->a_column == 1 && f->a_row >= f->k) || (f->a_row == 1 && f->a_column >= f->m)) || !((f->b_column == 1 && f->b_row >= f->n) || (f->b_row == 1 && f->b_column >= f->k)) || f->c_row < f->n)
        return 0;
    REAL *c = f->c + first * f->c_row;
    if (f->from && (f->from != f->c || f->from_row != f->c_row))
        for (ptrdiff_t i = first; i < last; i++)
            memcpy(f->c + i * f->c_row, f->from + i * f->from_row, (size_t)f->n * sizeof(REAL));
    BT_NAME(gemm) call;
    memcpy(&call, &gemm, sizeof call);
    call(ROW_MAJOR, f->a_column == 1 ? AS_IT_IS : TURNED, f->b_column == 1 ? AS_IT_IS : TURNED, last - first, f->n, f->k, f->scale, f->a + first * f->a_row,
         f->a_column == 1 ? f->a_row : f->a_column, f->b, f->b_column == 1 ? f->b_row : f->b_column, f->from ? 1 : 0, c, f->c_row);
    return 1;
}

BH_INLINE void BT_NAME(multiply)(const bh_factors *f, ptrdiff_t first, ptrdiff_t last, const bt_call *call)
{
    if (last > first && !BT_NAME(by_blas)(f, first, last, call->gemm))
        bh_product(f, first, last, call->scratch, NULL, NULL);
}

static void run_product(const bt_product *p, ptrdiff_t first, ptrdiff_t last, const bt_call *call)
{
    const int outer = p->dims.count, inner = p->inner.count, loops = outer + inner;
    bh_factors f = {0};
    f.a_row = p->left.strides[loops];
    f.a_column = p->left.strides[loops + 1];
    f.b_row = p->right.strides[loops];
    f.b_column = p->right.strides[loops + 1];
    f.c_row = p->out.strides[outer];
    f.from_row = p->starts ? p->start.strides[outer] : 0;
    f.m = p->m;
    f.n = p->n;
    f.k = p->k;
    f.scale = (REAL)p->scale;
    if (p->scaled)
        f.scale *= *at_of(call->bases, &p->factor);
    const REAL *left = at_of(call->bases, &p->left), *right = at_of(call->bases, &p->right);
    const REAL *start = p->starts ? at_of(call->bases, &p->start) : NULL;
    REAL *out = at_of(call->bases, &p->out);
    if (BH_LIKELY(loops == 0)) {
        f.a = left;
        f.b = right;
        f.c = out;
        f.from = start;
        BT_NAME(multiply)(&f, first, last, call);
        return;
    }
    const ptrdiff_t from = outer ? first : 0, to = outer ? last : 1, times = size_of(p->inner);
    for (ptrdiff_t o = from; o < to; o++) {
        f.c = out + run_at(p->dims, p->out.strides, o);
        for (ptrdiff_t i = 0; i < times; i++) {
            f.a = left + run_at(p->dims, p->left.strides, o) + run_at(p->inner, p->left.strides + outer, i);
            f.b = right + run_at(p->dims, p->right.strides, o) + run_at(p->inner, p->right.strides + outer, i);
            f.from = i ? f.c : start ? start + run_at(p->dims, p->start.strides, o) : NULL;
            f.from_row = i ? f.c_row : p->starts ? p->start.strides[outer] : 0;
            BT_NAME(multiply)(&f, outer ? 0 : first, outer ? p->m : last, call);
        }
    }
}

/* ---- sums ---- */

#define BLOCK 128 /* terms that are added up before they go to the total: so the error grows with the number of blocks */

/* Columns first … last − 1, four vectors of them at a time, over all rows. */
static void BT_NAME(sum_columns)(const REAL *source, ptrdiff_t count, bt_dims summed, const int64_t *strides, REAL scale, const REAL *start, ptrdiff_t start_step, REAL *out)
{
    const int deepest = summed.count - 1;
    const ptrdiff_t rows = summed.each[deepest], down = strides[deepest], outer = size_of((bt_dims){deepest, summed.each});
    for (ptrdiff_t j = 0; j < count; j += 4 * BH_LANES) {
        const ptrdiff_t left = count - j, vectors = left >= 4 * BH_LANES ? 4 : (left + BH_LANES - 1) / BH_LANES;
        const ptrdiff_t last = left - (vectors - 1) * BH_LANES < BH_LANES ? left - (vectors - 1) * BH_LANES : BH_LANES;
        const BH_T tail = bh_tail_of(last < BH_LANES ? last : 0);
        BH_V total[4] = {{0}, {0}, {0}, {0}};
        for (ptrdiff_t o = 0; o < outer; o++) {
            const REAL *at = source + j + run_at((bt_dims){deepest, summed.each}, strides, o);
            for (ptrdiff_t i = 0; i < rows; i += BLOCK) {
                BH_V sum[4] = {{0}, {0}, {0}, {0}};
                const ptrdiff_t end = rows - i < BLOCK ? rows : i + BLOCK;
                if (vectors == 4 && last == BH_LANES)
                    for (ptrdiff_t r = i; r < end; r++)
                        for (int v = 0; v < 4; v++)
                            sum[v] += bh_load(at + r * down + v * BH_LANES);
                else if (vectors == 1) { /* four rows side by side, so that additions need not wait for each other */
                    const BH_T some = last < BH_LANES ? tail : bh_tail_of(0);
                    ptrdiff_t r = i;
                    for (; r + 4 <= end; r += 4)
                        for (int v = 0; v < 4; v++)
                            sum[v] += last < BH_LANES ? bh_load_tail(at + (r + v) * down, some) : bh_load(at + (r + v) * down);
                    for (; r < end; r++)
                        sum[0] += bh_load_part(at + r * down, last);
                    sum[0] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
                } else if (vectors == 2) {
                    ptrdiff_t r = i;
                    for (; r + 2 <= end; r += 2)
                        for (int v = 0; v < 2; v++) {
                            sum[2 * v] += bh_load(at + (r + v) * down);
                            sum[2 * v + 1] += bh_load_part(at + (r + v) * down + BH_LANES, last);
                        }
                    for (; r < end; r++) {
                        sum[0] += bh_load(at + r * down);
                        sum[1] += bh_load_part(at + r * down + BH_LANES, last);
                    }
                    sum[0] += sum[2];
                    sum[1] += sum[3];
                }
                else
                    for (ptrdiff_t r = i; r < end; r++)
                        for (ptrdiff_t v = 0; v < vectors; v++)
                            sum[v] += v < vectors - 1 || last == BH_LANES ? bh_load(at + r * down + v * BH_LANES) : bh_load_tail(at + r * down + v * BH_LANES, tail);
                for (int v = 0; v < 4; v++)
                    total[v] += sum[v];
            }
        }
        for (ptrdiff_t v = 0; v < vectors; v++) {
            const ptrdiff_t lanes = v < vectors - 1 ? BH_LANES : last, at = j + v * BH_LANES;
            BH_V value = total[v] * bh_splat(scale);
            if (start && start_step == 1)
                value += bh_load_part(start + at, lanes);
            else if (start)
                for (ptrdiff_t l = 0; l < lanes; l++)
                    value[l] += start[(at + l) * start_step];
            bh_store_part(out + at, value, lanes);
        }
    }
}

static REAL BT_NAME(sum_row)(const REAL *from, ptrdiff_t count)
{
    BH_V total = {0};
    for (ptrdiff_t i = 0; i < count; i += 4 * BLOCK * BH_LANES) {
        BH_V sum[4] = {{0}, {0}, {0}, {0}};
        const ptrdiff_t end = count - i < 4 * BLOCK * BH_LANES ? count : i + 4 * BLOCK * BH_LANES;
        ptrdiff_t j = i;
        for (; j + 4 * BH_LANES <= end; j += 4 * BH_LANES)
            for (int v = 0; v < 4; v++)
                sum[v] += bh_load(from + j + v * BH_LANES);
        for (; j < end; j += BH_LANES)
            sum[0] += bh_load_part(from + j, end - j);
        total += (sum[0] + sum[1]) + (sum[2] + sum[3]);
    }
    return bh_sum_of(total);
}

static void run_reduce(const bt_reduce *p, ptrdiff_t first, ptrdiff_t last, const bt_call *call)
{
    const REAL *source = at_of(call->bases, &p->source), *start = p->starts ? at_of(call->bases, &p->start) : NULL;
    REAL *out = at_of(call->bases, &p->out);
    REAL scale = (REAL)p->scale;
    if (p->scaled)
        scale *= *at_of(call->bases, &p->factor);
    const int kept = p->kept.count, summed = p->summed.count;
    const int64_t *down = p->source.strides + kept;
    const ptrdiff_t terms = size_of(p->summed);
    if (kept && !p->largest && p->source.strides[kept - 1] == 1 && p->out.strides[kept - 1] == 1) {
        const bt_dims before = {kept - 1, p->kept.each};
        const ptrdiff_t columns = p->kept.each[kept - 1];
        for (ptrdiff_t o = kept > 1 ? first * (size_of(before) / before.each[0]) : 0; o < (kept > 1 ? last * (size_of(before) / before.each[0]) : 1); o++) {
            const ptrdiff_t from = kept > 1 ? 0 : first, count = kept > 1 ? columns : last - first, step = start ? p->start.strides[kept - 1] : 0;
            BT_NAME(sum_columns)(source + run_at(before, p->source.strides, o) + from, count, p->summed, down, scale,
                                 start ? start + run_at(before, p->start.strides, o) + from * step : NULL, step, out + run_at(before, p->out.strides, o) + from);
        }
        return;
    }
    const ptrdiff_t each = kept ? size_of(p->kept) / p->kept.each[0] : 1;
    const bt_dims outer = {summed - 1, p->summed.each};
    const ptrdiff_t inner = p->summed.each[summed - 1], step = down[summed - 1];
    for (ptrdiff_t o = first * each; o < last * each; o++) {
        const REAL *from = source + run_at(p->kept, p->source.strides, o);
        REAL value = p->largest ? from[0] : 0;
        for (ptrdiff_t i = 0; i < terms / inner; i++) {
            const REAL *row = from + run_at(outer, down, i);
            if (p->largest) {
                for (ptrdiff_t j = 0; j < inner; j++)
                    value = row[j * step] > value || row[j * step] != row[j * step] ? row[j * step] : value;
            } else if (step == 1) {
                value += BT_NAME(sum_row)(row, inner);
            } else {
                for (ptrdiff_t j = 0; j < inner; j += BLOCK) {
                    REAL sum = 0;
                    for (ptrdiff_t l = j; l < inner && l < j + BLOCK; l++)
                        sum += row[l * step];
                    value += sum;
                }
            }
        }
        if (!p->largest || p->scaled || p->scale != 1)
            value *= scale;
        if (start)
            value += start[run_at(p->kept, p->start.strides, o)];
        out[run_at(p->kept, p->out.strides, o)] = value;
    }
}

/* ---- moving ---- */

/* The innermost loop is cut to where it is inside; outside it there are zeros. */
static void run_window(const bt_window *w, ptrdiff_t first, ptrdiff_t last, const bt_call *call)
{
    if (w->scatter && w->dims.count)
        last = w->dims.each[0];
    const REAL *source = at_of(call->bases, &w->source);
    REAL *out = at_of(call->bases, &w->out);
    const int loops = w->dims.count, axes = w->inside.count;
    if (w->scatter)
        memset(out, 0, (size_t)size_of(w->inside) * sizeof(REAL));
    const ptrdiff_t inner = loops ? w->dims.each[loops - 1] : 1, each = loops > 1 ? size_of(w->dims) / inner / w->dims.each[0] : 1;
    const ptrdiff_t begin = loops > 1 ? first * each : 0, end = loops > 1 ? last * each : 1;
    for (ptrdiff_t o = begin; o < end; o++) {
        ptrdiff_t low = loops == 1 && !w->scatter ? first : 0, high = loops == 1 && !w->scatter ? last : inner, at = 0, along = 0;
        const ptrdiff_t from = low, to = high;
        for (int d = 0; d < axes; d++) {
            ptrdiff_t place = w->offsets[d], index = o;
            const int64_t *steps = w->steps + (ptrdiff_t)d * loops;
            for (int k = loops - 2; k >= 0; k--) {
                place += (index % w->dims.each[k]) * steps[k];
                index /= w->dims.each[k];
            }
            const ptrdiff_t step = loops ? steps[loops - 1] : 0, most = w->inside.each[d];
            if (step == 0) {
                if (place < 0 || place >= most)
                    high = low;
            } else if (step > 0) {
                const ptrdiff_t enter = place >= 0 ? 0 : (-place + step - 1) / step, leave = place >= most ? 0 : (most - place + step - 1) / step;
                low = enter > low ? enter : low;
                high = leave < high ? leave : high;
            } else {
                const ptrdiff_t enter = place < most ? 0 : (place - most - step) / -step, leave = place < 0 ? 0 : place / -step + 1;
                low = enter > low ? enter : low;
                high = leave < high ? leave : high;
            }
            at = at * most + place;
            along = along * most + step;
        }
        if (w->scatter) {
            const REAL *row = source + o * inner;
            for (ptrdiff_t j = low; j < high; j++)
                out[at + j * along] += row[j];
        } else {
            REAL *row = out + o * inner;
            ptrdiff_t j = from;
            for (; j < to && j < low; j++)
                row[j] = 0;
            for (; j < high; j++)
                row[j] = source[at + j * along];
            for (; j < to; j++)
                row[j] = 0;
        }
    }
}

static void run_rows(const bt_rows *w, ptrdiff_t first, ptrdiff_t last, const bt_call *call)
{
    const REAL *source = at_of(call->bases, &w->source);
    REAL *out = at_of(call->bases, &w->out);
    if (!w->scatter) {
        for (ptrdiff_t i = first; i < last; i++)
            memcpy(out + i * w->length, source + w->rows.each[i] * w->length, (size_t)w->length * sizeof(REAL));
        return;
    }
    memset(out, 0, (size_t)(w->count * w->length) * sizeof(REAL));
    for (ptrdiff_t i = 0; i < w->rows.count; i++)
        for (ptrdiff_t j = 0; j < w->length; j++)
            out[w->rows.each[i] * w->length + j] += source[i * w->length + j];
}

static void run_pick(const bt_pick *p, ptrdiff_t first, ptrdiff_t last, const bt_call *call)
{
    const REAL *source = at_of(call->bases, &p->source) + first * p->columns;
    REAL *out = at_of(call->bases, &p->out) + first * p->columns;
    for (ptrdiff_t i = first; i < last; i++, source += p->columns, out += p->columns) {
        ptrdiff_t best = 0;
        for (ptrdiff_t j = 1; j < p->columns; j++)
            if (source[best] == source[best] && (source[j] > source[best] || source[j] != source[j]))
                best = j;
        for (ptrdiff_t j = 0; j < p->columns; j++)
            out[j] = j == best;
    }
}

/* ---- the step ---- */

/* How many rows of an instruction threads can share. */
static ptrdiff_t rows_in(const bt_instruction *one)
{
    switch (one->kind) {
    case KIND_PASS: return one->as.pass.rows;
    case KIND_PRODUCT: return one->as.product.dims.count ? one->as.product.outer : one->as.product.m;
    case KIND_REDUCE: return one->as.reduce.kept.count ? one->as.reduce.kept.each[0] : 1;
    case KIND_WINDOW: return one->as.window.scatter || !one->as.window.dims.count ? 1 : one->as.window.dims.each[0];
    case KIND_ROWS: return one->as.rows.scatter ? 1 : one->as.rows.rows.count;
    case KIND_PICK: return one->as.pick.rows;
    default: return 1;
    }
}

static void run_one(const bt_instruction *one, ptrdiff_t first, ptrdiff_t last, const bt_call *call)
{
    switch (one->kind) {
    case KIND_PASS: pass_run(&one->as.pass, first, last, call->bases, call->scratch); break;
    case KIND_SCALARS: pass_scalars(&one->as.pass, call->bases, call->scratch); break;
    case KIND_PRODUCT: run_product(&one->as.product, first, last, call); break;
    case KIND_REDUCE: run_reduce(&one->as.reduce, first, last, call); break;
    case KIND_WINDOW: run_window(&one->as.window, first, last, call); break;
    case KIND_ROWS: run_rows(&one->as.rows, first, last, call); break;
    case KIND_PICK: run_pick(&one->as.pick, first, last, call); break;
    case KIND_ZERO: memset(at_of(call->bases, &one->as.zero.out), 0, (size_t)one->as.zero.length * sizeof(REAL)); break;
    }
}

static void run_step(const bt_call *call)
{
    const bt_tape *tape = call->tape;
    const ptrdiff_t me = call->thread, all = call->threads;
    for (int64_t i = 0; i < tape->count; i++) {
        const bt_instruction *one = &tape->list[i];
        const ptrdiff_t rows = rows_in(one);
        if (all == 1) {
            run_one(one, 0, rows, call);
            continue;
        }
        if (one->wait)
            bt_wait(call->barrier);
        if (rows > 1)
            run_one(one, rows * me / all, rows * (me + 1) / all, call);
        else if (!me)
            run_one(one, 0, 1, call);
    }
}

static int64_t run_scratch(const bt_tape *tape)
{
    int64_t most = 64;
    for (int64_t i = 0; i < tape->count; i++) {
        const bt_instruction *one = &tape->list[i];
        int64_t need = 0;
        if (one->kind == KIND_PASS)
            need = pass_scratch(&one->as.pass);
        else if (one->kind == KIND_SCALARS)
            need = one->as.pass.registers * (int64_t)sizeof(double);
        else if (one->kind == KIND_PRODUCT)
            need = (int64_t)(BH_WORK * (ptrdiff_t)sizeof(REAL)) + 64;
        most = need > most ? need : most;
    }
    return most;
}
