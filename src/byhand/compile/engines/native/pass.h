/* Passes: register code over tiles that stay in the first-level cache. Included once for each type and instruction set, after the kernels.

   A tile is h rows of w vectors. A register is h·w vectors; or w, one row for all; or h numbers side by side, one a row; or one number in all lanes. */

#define BT_NAME(name) BH_NAME(bt_##name)
#define pass_tile BT_NAME(pass_tile)
#define pass_scratch BT_NAME(pass_scratch)
#define pass_load BT_NAME(pass_load)
#define pass_store BT_NAME(pass_store)
#define pass_step BT_NAME(pass_step)
#define pass_run BT_NAME(pass_run)
#define pass_block BT_NAME(pass_block)
#define pass_whole BT_NAME(pass_whole)
#define pass_scalars BT_NAME(pass_scalars)
#define lanes_power BT_NAME(lanes_power)
#define row_total BT_NAME(row_total)
#define row_largest BT_NAME(row_largest)

#ifndef PASS_BYTES
#define PASS_BYTES 24576 /* of registers: they and what is loaded share the first-level cache */
#endif

/* Vectors wherever they stand. */
typedef REAL BT_NAME(line) __attribute__((vector_size(BH_WIDTH), aligned(sizeof(REAL))));
#define line_t BT_NAME(line)

typedef struct {
    line_t *registers;
    line_t **at;       /* where each register is: what is loaded from the arena is read where it stands, if a tile of it has no gaps */
    ptrdiff_t each;    /* vectors between registers */
    ptrdiff_t h, w;    /* of this tile */
    ptrdiff_t last;    /* lanes of the last vector of a row that count */
    ptrdiff_t columns; /* numbers in a row */
    ptrdiff_t row, column; /* where the tile begins */
} pass_tile;

/* Which tile fits: as many whole rows as there is room for, or a part of one row. */
static void pass_block(const bt_pass *p, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t *h, ptrdiff_t *w)
{
    const ptrdiff_t room = PASS_BYTES / BH_WIDTH / (p->registers > 0 ? p->registers : 1);
    const ptrdiff_t width = (columns + BH_LANES - 1) / BH_LANES;
    *w = p->whole_rows || width <= room ? width : room > 1 ? room : 1;
    *h = room / *w;
    if (*h < 1)
        *h = 1;
    if (*h > rows)
        *h = rows;
}

static int64_t pass_scratch(const bt_pass *p)
{
    ptrdiff_t h, w, most = 0;
    pass_block(p, p->rows, p->columns, &h, &w);
    most = h * w;
    pass_block(p, 1, p->rows * p->columns, &h, &w);
    if (p->flat && h * w > most)
        most = h * w;
    return (int64_t)(p->registers * most) * BH_WIDTH + p->registers * (int64_t)sizeof(void *) + 128;
}

/* ---- memory ---- */

BH_INLINE ptrdiff_t BT_NAME(row_at)(const bt_pass *p, const bt_view *v, ptrdiff_t row)
{
    const int loops = p->dims.count;
    if (BH_LIKELY(loops == 1))
        return row * v->strides[0];
    ptrdiff_t at = 0;
    for (int k = loops - 1; k >= 0; k--) {
        at += (row % p->dims.each[k]) * v->strides[k];
        row /= p->dims.each[k];
    }
    return at;
}
#define row_at BT_NAME(row_at)

static void pass_load(const bt_pass *p, const pass_tile *t, const bt_code *c, const REAL *base)
{
    line_t *to = t->registers + c->out * t->each;
    const bt_view *v = &c->view;
    const ptrdiff_t along = v->strides[p->dims.count];
    base += v->offset + t->column * along;
    t->at[c->out] = to;
    if (along == 1 && v->base == 0 &&
        (p->flat || !(c->kind & ROWS) || (p->dims.count == 1 && v->strides[0] == t->w * BH_LANES && p->columns == t->w * BH_LANES))) {
        t->at[c->out] = (line_t *)(uintptr_t)(base + (c->kind & ROWS ? row_at(p, v, t->row) : 0));
        return;
    }
    const ptrdiff_t rows = c->kind & ROWS ? t->h : 1;
    const int rows_only = c->kind == ROWS;
    REAL *number = (REAL *)to;
    for (ptrdiff_t i = 0; i < rows; i++) {
        const REAL *from = base + row_at(p, v, t->row + i);
        if (along == 1) {
            ptrdiff_t j = 0;
            for (; j < t->w - 1; j++)
                to[j] = bh_load(from + j * BH_LANES);
            to[j] = bh_load_part(from + j * BH_LANES, t->last);
            to += t->w;
        } else if (along == 0 && rows_only) {
            number[i] = *from;
        } else if (along == 0) {
            *to = bh_splat(*from);
        } else {
            REAL lane[BH_WIDTH / sizeof(REAL)] = {0};
            for (ptrdiff_t j = 0; j < t->w; j++) {
                const ptrdiff_t count = j < t->w - 1 ? BH_LANES : t->last;
                for (ptrdiff_t l = 0; l < count; l++)
                    lane[l] = from[(j * BH_LANES + l) * along];
                *to++ = bh_load(lane);
            }
        }
    }
}

static void pass_store(const bt_pass *p, const pass_tile *t, const bt_code *c, REAL *base)
{
    const line_t *from = t->at[c->out];
    const bt_view *v = &c->view;
    const ptrdiff_t along = v->strides[p->dims.count];
    const ptrdiff_t down = (c->kind & ROWS) && (c->kind & COLUMNS) ? t->w : 0, across = c->kind & COLUMNS ? 1 : 0;
    const REAL *number = (const REAL *)from;
    line_t spread;
    base += v->offset + t->column * along;
    for (ptrdiff_t i = 0; i < t->h; i++, from += down) {
        REAL *to = base + row_at(p, v, t->row + i);
        if (c->kind == ROWS && !c->once) {
            spread = bh_splat(number[i]);
            from = &spread;
        }
        if (c->once) {
            *to = c->kind == ROWS ? number[i] : (*from)[0];
        } else if (along == 1) {
            ptrdiff_t j = 0;
            for (; j < t->w - 1; j++)
                bh_store(to + j * BH_LANES, from[j * across]);
            bh_store_part(to + j * BH_LANES, from[j * across], t->last);
        } else {
            REAL lane[BH_WIDTH / sizeof(REAL)];
            for (ptrdiff_t j = 0; j < t->w; j++) {
                const ptrdiff_t count = j < t->w - 1 ? BH_LANES : t->last;
                bh_store(lane, from[j * across]);
                for (ptrdiff_t l = 0; l < count; l++)
                    to[(j * BH_LANES + l) * along] = lane[l];
            }
        }
    }
}

/* ---- arithmetic ---- */

/* What a row comes to in each lane, in one order for every h: four sums side by side, then together; lanes behind the end count nothing. */
BH_INLINE BH_V row_total(const line_t *from, ptrdiff_t across, ptrdiff_t w, BH_T tail)
{
    if (BH_LIKELY(w == 1))
        return bh_keep_tail(*from, tail, bh_splat(0));
    BH_V sum[4] = {{0}, {0}, {0}, {0}};
    ptrdiff_t j = 0;
    for (; j + 4 < w; j += 4)
        for (int s = 0; s < 4; s++)
            sum[s] += from[(j + s) * across];
    for (; j < w - 1; j++)
        sum[0] += from[j * across];
    sum[1] += bh_keep_tail(from[j * across], tail, bh_splat(0));
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

BH_INLINE BH_V row_largest(const line_t *from, ptrdiff_t across, ptrdiff_t w, BH_T tail)
{
    BH_V most = bh_keep_tail(from[(w - 1) * across], tail, bh_splat(-BH_INFINITY));
    for (ptrdiff_t j = 0; j < w - 1; j++)
        most = bh_maximum(most, from[j * across]);
    return most;
}

/* One number for each row of a register, side by side; of one row for all, or of numbers, the same for every row. As many rows as there are lanes are
   folded together, and what is missing of them is zero, so that the order of a sum does not depend on how many there are. */
static void BT_NAME(row_numbers)(const pass_tile *t, const bt_code *c, line_t *to, const line_t *a)
{
    const int kind = c->arg_kind[0], sums = c->op == OP_ROW_SUM;
    const BH_T tail = bh_tail_of(t->last);
    const ptrdiff_t rows = kind & ROWS ? t->h : 1, down = kind & COLUMNS ? t->w : 0, across = kind & COLUMNS ? 1 : 0;
    for (ptrdiff_t i = 0; i < rows; i += BH_LANES) {
        BH_V row[BH_WIDTH / sizeof(REAL)];
        for (ptrdiff_t l = 0; l < BH_LANES; l++) {
            line_t spread = bh_splat(0);
            const line_t *from = kind == ROWS ? &spread : a + (i + l) * down;
            if (i + l < rows && kind == ROWS)
                spread = bh_splat(((const REAL *)a)[i + l]);
            row[l] = i + l >= rows ? bh_splat(0) : sums ? row_total(from, across, t->w, tail) : row_largest(from, across, t->w, tail);
        }
        to[i / BH_LANES] = sums ? bh_fold_sums(row) : bh_fold_most(row);
    }
    if (!(kind & ROWS))
        *to = bh_splat((*to)[0]);
}
#define row_numbers BT_NAME(row_numbers)

#define EACH1(value)                                    \
    for (ptrdiff_t i = 0; i < count; i++) {             \
        const BH_V x = a[i];                            \
        to[i] = (value);                                \
    }                                                   \
    break
#define BOTH(a_value, b_value, value)                           \
    for (ptrdiff_t i = 0; i < rows; i++, to += across)          \
        for (ptrdiff_t j = 0; j < across; j++) {                \
            const BH_V x = (a_value), y = (b_value);            \
            to[j] = (value);                                    \
        }
/* The two of one kind, or one of them with fewer entries. */
#define EACH2(value)                                                                  \
    if (ka == kb) {                                                                   \
        for (ptrdiff_t i = 0; i < count; i++) {                                       \
            const BH_V x = a[i], y = b[i];                                            \
            to[i] = (value);                                                          \
        }                                                                             \
    } else if (ka == (ROWS | COLUMNS) && kb == ROWS && across == 1) {                 \
        for (ptrdiff_t i = 0; i < rows; i++) {                                        \
            const BH_V x = a[i], y = bh_splat(b_number[i]);                           \
            to[i] = (value);                                                          \
        }                                                                             \
    } else if (ka == (ROWS | COLUMNS) && kb == ROWS) {                                \
        BOTH(a[i * across + j], bh_splat(b_number[i]), value)                         \
    } else if (kb == (ROWS | COLUMNS) && ka == ROWS) {                                \
        BOTH(bh_splat(a_number[i]), b[i * across + j], value)                         \
    } else if (c->kind == ROWS) {                                                     \
        for (ptrdiff_t i = 0; i < count; i++) {                                       \
            const BH_V x = a[ka == ROWS ? i : 0], y = b[kb == ROWS ? i : 0];          \
            to[i] = (value);                                                          \
        }                                                                             \
    } else {                                                                          \
        BOTH(spread_of(a, ka, i, j, across), spread_of(b, kb, i, j, across), value)   \
    }                                                                                 \
    break

BH_INLINE BH_V BT_NAME(spread_of)(const line_t *from, int kind, ptrdiff_t i, ptrdiff_t j, ptrdiff_t across)
{
    if (kind == ROWS)
        return bh_splat(((const REAL *)from)[i]);
    return from[(kind & ROWS ? i * across : 0) + (kind & COLUMNS ? j : 0)];
}
#define spread_of BT_NAME(spread_of)

static void pass_step(const pass_tile *t, const bt_code *c)
{
    line_t *restrict to = t->registers + c->out * t->each;
    const line_t *a = t->at[c->arg[0]], *b = t->at[c->arg[1]];
    t->at[c->out] = to;
    const REAL *a_number = (const REAL *)a, *b_number = (const REAL *)b;
    const int ka = c->arg_kind[0], kb = c->arg_kind[1];
    const ptrdiff_t rows = c->kind & ROWS ? t->h : 1, across = c->kind & COLUMNS ? t->w : 1;
    const ptrdiff_t count = c->kind == ROWS ? (rows + BH_LANES - 1) / BH_LANES : rows * across;
    const BH_V number = bh_splat((REAL)c->number), offset = bh_splat((REAL)c->offset);
    switch (c->op) {
    case OP_FILL: *to = number; break;
    case OP_COPY: EACH1(x);
    case OP_AFFINE:
        if (c->offset == 0) {
            EACH1(x * number);
        }
        EACH1(bh_fma(x, number, offset));
    case OP_ADD: EACH2(x + y);
    case OP_SUB: EACH2(x - y);
    case OP_ADD_SCALED: EACH2(bh_fma(y, number, x));
    case OP_MUL: EACH2(x * y);
    case OP_EXP: EACH1(bh_exp(x));
    case OP_LOG: EACH1(bh_log(x));
    case OP_SIN: EACH1(bh_sin(x));
    case OP_COS: EACH1(bh_cos(x));
    case OP_TANH: EACH1(bh_tanh(x));
    case OP_SIGMOID: EACH1(bh_sigmoid(x));
    case OP_ERF: EACH1(bh_erf(x));
    case OP_RELU: EACH1(bh_relu(x));
    case OP_STEP: EACH1(bh_step(x));
    case OP_SIGN: EACH1(bh_sign(x));
    case OP_ABS: EACH1(bh_abs(x));
    case OP_RECIPROCAL: EACH1(bh_reciprocal(x));
    case OP_SQUARE: EACH1(x * x);
    case OP_SQRT: EACH1(bh_root(x));
    case OP_POWER_WHOLE: EACH1(bh_power_whole(x, (int)c->number));
    case OP_POWER_REAL: EACH1(bh_pow(x, number));
    case OP_POWER: EACH2(bh_pow(x, y));
    case OP_ROW_SUM:
    case OP_ROW_MAX:
        row_numbers(t, c, to, a);
        break;
    }
}

static void pass_whole(const bt_pass *p, const pass_tile *t, void *const *bases)
{
    const bt_code *end = p->code + p->count;
    for (const bt_code *c = p->code; c < end; c++)
        if (c->op >= 0)
            pass_step(t, c);
        else if (c->op == OP_LOAD)
            pass_load(p, t, c, (const REAL *)bases[c->view.base]);
        else
            pass_store(p, t, c, (REAL *)bases[c->view.base]);
}

/* Rows first … last − 1. */
static void pass_run(const bt_pass *p, ptrdiff_t first, ptrdiff_t last, void *const *bases, void *scratch)
{
    if (first >= last)
        return;
    pass_tile t = {scratch, NULL, 0, 0, 0, 0, p->columns, 0, 0};
    ptrdiff_t h, w, row = first, rows = last, column = 0, columns = p->columns;
    if (p->flat) { /* all rows as one: it begins with the first and is as long as all of them */
        column = first * p->columns;
        columns = last * p->columns;
        row = 0;
        rows = 1;
    }
    pass_block(p, rows - row, columns - column, &h, &w);
    t.each = h * w;
    t.at = (line_t **)(uintptr_t)(t.registers + p->registers * t.each);
    for (t.row = row; t.row < rows; t.row += h) {
        t.h = rows - t.row < h ? rows - t.row : h;
        for (t.column = column; t.column < columns; t.column += w * BH_LANES) {
            const ptrdiff_t left = columns - t.column;
            t.w = left < w * BH_LANES ? (left + BH_LANES - 1) / BH_LANES : w;
            t.last = left - (t.w - 1) * BH_LANES < BH_LANES ? left - (t.w - 1) * BH_LANES : BH_LANES;
            pass_whole(p, &t, bases);
        }
    }
}

/* ---- single numbers ---- */

static void pass_scalars(const bt_pass *p, void *const *bases, double *r)
{
    for (int64_t i = 0; i < p->count; i++) {
        const bt_code *c = &p->code[i];
        const double a = c->count > 0 ? r[c->arg[0]] : 0, b = c->count > 1 ? r[c->arg[1]] : 0;
        double *to = &r[c->out];
        switch (c->op) {
        case OP_LOAD: *to = (double)((const REAL *)bases[c->view.base])[c->view.offset]; break;
        case OP_STORE: ((REAL *)bases[c->view.base])[c->view.offset] = (REAL)*to; break;
        case OP_FILL: *to = c->number; break;
        case OP_COPY: *to = a; break;
        case OP_AFFINE: *to = a * c->number + c->offset; break;
        case OP_ADD: *to = a + b; break;
        case OP_SUB: *to = a - b; break;
        case OP_ADD_SCALED: *to = a + c->number * b; break;
        case OP_MUL: *to = a * b; break;
        case OP_EXP: *to = exp(a); break;
        case OP_LOG: *to = log(a); break;
        case OP_SIN: *to = sin(a); break;
        case OP_COS: *to = cos(a); break;
        case OP_TANH: *to = tanh(a); break;
        case OP_SIGMOID: *to = a >= 0 ? 1 / (1 + exp(-a)) : exp(a) / (1 + exp(a)); break;
        case OP_ERF: *to = erf(a); break;
        case OP_RELU: *to = a < 0 ? 0 : a; break;
        case OP_STEP: *to = a > 0; break;
        case OP_SIGN: *to = a != a ? a : (a > 0) - (a < 0); break;
        case OP_ABS: *to = fabs(a); break;
        case OP_RECIPROCAL: *to = 1 / a; break;
        case OP_SQUARE: *to = a * a; break;
        case OP_SQRT: *to = sqrt(a); break;
        case OP_POWER_WHOLE: case OP_POWER_REAL: *to = pow(a, c->number); break;
        case OP_POWER: *to = pow(a, b); break;
        }
    }
}
