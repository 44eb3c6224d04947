/* Steps of networks whose layers fit one vector: there a call costs more than what it does.

   The tape is written anew, once, as operations on vectors whose addresses are known: what a pass loads and stores is not copied but read and
   written where it stands, a product of one row goes straight into the leaf that follows, and a result may reach the next operation in a register.
   What has no such form stays a call. Values begin at multiples of SMALL_ALIGNED numbers, so that a whole vector may be written at each. */

#define small_op BT_NAME(small_op)
#define small_place BT_NAME(small_place)
#define small_maker BT_NAME(small_maker)
#define small_plan BT_NAME(small_plan)
#define small_run BT_NAME(small_run)
#define small_row BT_NAME(small_row)
#define small_operand BT_NAME(small_operand)
#define apply1 BT_NAME(apply1)
#define apply2 BT_NAME(apply2)

#ifndef SMALL_ONCE
#define SMALL_ONCE
enum { SMALL_ALIGNED = 16, SMALL_DEPTH = 64 };
enum {
    SMALL_END, SMALL_NOTHING, SMALL_CALL, SMALL_ROW_TIMES,       /* an instruction as it was; a product of one row */
    SMALL_MUL, SMALL_SUB, SMALL_SQUARE, SMALL_AFFINE, SMALL_TANH, /* the usual work on one vector … */
    SMALL_FLAT1, SMALL_FLAT2,                                     /* … and all other */
    SMALL_FULL1, SMALL_FULL2,                                     /* a vector for each row */
    SMALL_TOTAL, SMALL_DOTS,                                      /* the sum of a vector; of the products along each row */
    SMALL_OUTER                                                   /* c − rate · a bᵀ: the step of a weight */
};
enum { AS_VECTOR, AS_NUMBER, AS_RESULT }; /* an operand: a vector in memory, a number for all lanes, what the last operation left */
#endif

struct small_op;
/* Does its work, leaves a vector, and goes on with the next: what one leaves stays in a register. */
typedef BH_V (*BT_NAME(small_work))(const struct small_op *u, BH_V r, const bt_call *call);

typedef struct small_op {
    BT_NAME(small_work) work;
    const REAL *a, *b, *c, *rate;
    REAL *to;
    ptrdiff_t a_step, b_step, c_step, to_step, h, k;
    REAL number, offset;
    BH_T tail;
    int code, op, a_mode, b_mode, a_kind, b_kind;
    const bt_instruction *call;
} small_op;

/* ---- running ---- */

BH_INLINE BH_V apply1(int op, BH_V x, REAL number, REAL offset)
{
    switch (op) {
    case OP_AFFINE: return bh_fma(x, bh_splat(number), bh_splat(offset));
    case OP_SQUARE: return x * x;
    case OP_TANH: return bh_tanh(x);
    case OP_RELU: return bh_relu(x);
    case OP_SIGMOID: return bh_sigmoid(x);
    case OP_STEP: return bh_step(x);
    case OP_EXP: return bh_exp(x);
    case OP_LOG: return bh_log(x);
    case OP_SIN: return bh_sin(x);
    case OP_COS: return bh_cos(x);
    case OP_ERF: return bh_erf(x);
    case OP_SIGN: return bh_sign(x);
    case OP_ABS: return bh_abs(x);
    case OP_RECIPROCAL: return bh_reciprocal(x);
    case OP_SQRT: return bh_root(x);
    case OP_POWER_WHOLE: return bh_power_whole(x, (int)number);
    case OP_POWER_REAL: return bh_pow(x, bh_splat(number));
    default: return x;
    }
}

BH_INLINE BH_V apply2(int op, BH_V x, BH_V y, REAL number)
{
    switch (op) {
    case OP_MUL: return x * y;
    case OP_SUB: return x - y;
    case OP_ADD: return x + y;
    case OP_ADD_SCALED: return bh_fma(y, bh_splat(number), x);
    default: return bh_pow(x, y);
    }
}

/* Row i of an operand of any kind. */
BH_INLINE BH_V small_row(const REAL *at, ptrdiff_t step, int kind, ptrdiff_t i)
{
    return kind & COLUMNS ? bh_load(at + i * step) : bh_splat(at[kind & ROWS ? i : 0]);
}

BH_INLINE BH_V small_operand(const REAL *at, int mode, BH_V result) { return mode == AS_RESULT ? result : mode == AS_VECTOR ? bh_load(at) : bh_splat(*at); }

#define WORK(name) static BH_V BT_NAME(small_##name)(const small_op *u, BH_V r, const bt_call *call)
#define NEXT return u[1].work(u + 1, r, call)
#define DONE          \
    bh_store(u->to, r); \
    NEXT

/* For every way in which operands come: V a vector in memory, N a number, R what the last operation left. */
#define IN_V(at) bh_load(at)
#define IN_N(at) bh_splat(*(at))
#define IN_R(at) r
#define WORK1(name, value)                                         \
    WORK(name##_V) { const BH_V x = IN_V(u->a); r = (value); DONE; } \
    WORK(name##_N) { const BH_V x = IN_N(u->a); r = (value); DONE; } \
    WORK(name##_R) { const BH_V x = IN_R(u->a); r = (value); DONE; }
#define WORK2_OF(name, p, q, value) \
    WORK(name##_##p##q) { const BH_V x = IN_##p(u->a), y = IN_##q(u->b); r = (value); DONE; }
#define WORK2(name, value)                                                                                       \
    WORK2_OF(name, V, V, value) WORK2_OF(name, V, N, value) WORK2_OF(name, V, R, value) WORK2_OF(name, N, V, value) \
    WORK2_OF(name, N, N, value) WORK2_OF(name, N, R, value) WORK2_OF(name, R, V, value) WORK2_OF(name, R, N, value) \
    WORK2_OF(name, R, R, value)
#define ALL1(name) {BT_NAME(small_##name##_V), BT_NAME(small_##name##_N), BT_NAME(small_##name##_R)}
#define ALL2(name)                                                                                \
    {{BT_NAME(small_##name##_VV), BT_NAME(small_##name##_VN), BT_NAME(small_##name##_VR)},         \
     {BT_NAME(small_##name##_NV), BT_NAME(small_##name##_NN), BT_NAME(small_##name##_NR)},         \
     {BT_NAME(small_##name##_RV), BT_NAME(small_##name##_RN), BT_NAME(small_##name##_RR)}}

WORK1(square, x * x)
WORK1(affine, bh_fma(x, bh_splat(u->number), bh_splat(u->offset)))
WORK1(tanh, bh_tanh(x))
WORK1(flat1, apply1(u->op, x, u->number, u->offset))
WORK2(mul, x * y)
WORK2(sub, x - y)
WORK2(flat2, apply2(u->op, x, y, u->number))

WORK(end)
{
    (void)u;
    (void)call;
    return r;
}

WORK(call)
{
    run_one(u->call, 0, rows_in(u->call), call);
    NEXT;
}

WORK(row_times)
{
    const REAL *a = u->a, *b = u->b;
    BH_V even = u->c ? bh_load(u->c) : (BH_V){0}, odd = {0};
    ptrdiff_t p = 0;
    for (; p + 2 <= u->k; p += 2, b += 2 * u->b_step) {
        even = bh_fma(bh_splat(a[p]), bh_load(b), even);
        odd = bh_fma(bh_splat(a[p + 1]), bh_load(b + u->b_step), odd);
    }
    if (p < u->k)
        even = bh_fma(bh_splat(a[p]), bh_load(b), even);
    r = even + odd;
    DONE;
}

WORK(full1)
{
    for (ptrdiff_t i = 0; i < u->h; i++)
        bh_store_tail(u->to + i * u->to_step, apply1(u->op, small_row(u->a, u->a_step, u->a_kind, i), u->number, u->offset), u->tail);
    NEXT;
}

WORK(full2)
{
    for (ptrdiff_t i = 0; i < u->h; i++)
        bh_store_tail(u->to + i * u->to_step, apply2(u->op, small_row(u->a, u->a_step, u->a_kind, i), small_row(u->b, u->b_step, u->b_kind, i), u->number), u->tail);
    NEXT;
}

WORK(total)
{
    REAL lane[BH_WIDTH / sizeof(REAL)], sum = 0;
    bh_store(lane, small_operand(u->a, u->a_mode, r));
    for (ptrdiff_t l = 0; l < u->k; l++)
        sum += lane[l];
    r = bh_splat(sum);
    DONE;
}

WORK(dots)
{
    REAL sums[BH_WIDTH / sizeof(REAL)] = {0};
    for (ptrdiff_t i = 0; i < u->h; i++)
        for (ptrdiff_t l = 0; l < u->k; l++)
            sums[i] += u->a[i * u->a_step + l] * u->b[i * u->b_step + l];
    r = bh_load(sums);
    DONE;
}

/* Rows of up to four numbers: loads and stores of just four, which the machine can hand from one to the other. */
#define QUADS (BH_HAS_SHUFFLE && BH_WIDTH >= 4 * (BH_BITS / 8))
typedef REAL BT_NAME(quad) __attribute__((vector_size(4 * sizeof(REAL))));
typedef BH_INTEGER BT_NAME(quad_bits) __attribute__((vector_size(4 * sizeof(REAL))));
#define quad BT_NAME(quad)
#define quad_bits BT_NAME(quad_bits)

#if QUADS
BH_INLINE quad BT_NAME(quad_at)(const REAL *from)
{
    quad value;
    memcpy(&value, from, sizeof value);
    return value;
}
#define quad_at BT_NAME(quad_at)

/* The first numbers count, the others are zero. */
BH_INLINE quad BT_NAME(quad_first)(quad value, ptrdiff_t count)
{
    const quad_bits column = {0, 1, 2, 3}, counts = column < ((quad_bits){0} + (BH_INTEGER)count);
    return (quad)((quad_bits)value & counts);
}
#define quad_first BT_NAME(quad_first)

BH_INLINE BH_V BT_NAME(quad_widened)(quad value)
{
    BH_V wide = {0};
    memcpy(&wide, &value, sizeof value);
    return wide;
}
#define quad_widened BT_NAME(quad_widened)

/* A turned square, added up: the sum of each row. */
WORK(dots_4)
{
    quad row[4];
    for (ptrdiff_t i = 0; i < 4; i++) {
        const ptrdiff_t at = i < u->h ? i : 0;
        row[i] = quad_first(quad_at(u->a + at * u->a_step) * quad_at(u->b + at * u->b_step), u->k);
    }
    const quad first = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5) + __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7);
    const quad second = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5) + __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
    r = quad_widened(__builtin_shufflevector(first, second, 0, 1, 4, 5) + __builtin_shufflevector(first, second, 2, 3, 6, 7));
    DONE;
}

WORK(total_4)
{
    const BH_V wide = small_operand(u->a, u->a_mode, r);
    quad value;
    memcpy(&value, &wide, sizeof value);
    value = quad_first(value, u->k);
    value += __builtin_shufflevector(value, value, 2, 3, 0, 1);
    r = bh_splat(value[0] + value[1]);
    DONE;
}

#define ROW_TIMES_4(terms)                                                                \
    const REAL *a = u->a, *b = u->b;                                                      \
    quad even = u->c ? quad_at(u->c) : (quad){0}, odd = {0};                              \
    BH_UNROLL                                                                             \
    for (ptrdiff_t p = 0; p < (terms); p++) {                                             \
        const quad left = a[p] - (quad){0}, right = quad_at(b + p * u->b_step);           \
        if (p & 1)                                                                        \
            odd += left * right;                                                          \
        else                                                                              \
            even += left * right;                                                         \
    }                                                                                     \
    r = quad_widened(even + odd);                                                         \
    DONE
WORK(row_times_3_4) { ROW_TIMES_4(3); }
WORK(row_times_4_4) { ROW_TIMES_4(4); }

/* Whole quads are stored from the first row to the last: what one writes behind its row the next puts right, and behind the last nothing stands. */
#define OUTER_4(rows)                                                     \
    const quad line = *u->rate * quad_at(u->b);                           \
    quad fresh[rows];                                                     \
    BH_UNROLL                                                             \
    for (ptrdiff_t i = 0; i < (rows); i++)                                \
        fresh[i] = quad_at(u->c + i * u->c_step) - u->a[i] * line;        \
    BH_UNROLL                                                             \
    for (ptrdiff_t i = 0; i < (rows); i++)                                \
        memcpy(u->to + i * u->to_step, &fresh[i], sizeof fresh[i]);       \
    NEXT
WORK(outer_3_4) { OUTER_4(3); }
WORK(outer_4_4) { OUTER_4(4); }

static BT_NAME(small_work) BT_NAME(small_quads)(const small_op *u)
{
    if (u->code == SMALL_DOTS && u->h <= 4 && u->k <= 4)
        return BT_NAME(small_dots_4);
    if (u->code == SMALL_TOTAL && u->k <= 4)
        return BT_NAME(small_total_4);
    if (u->code == SMALL_ROW_TIMES && u->h <= 4 && (u->k == 3 || u->k == 4))
        return u->k == 3 ? BT_NAME(small_row_times_3_4) : BT_NAME(small_row_times_4_4);
    const int fits = u->k == u->to_step && (u->k == 4 || (u->k == 3 && u->h * u->k % SMALL_ALIGNED)); /* columns without gaps */
    if (u->code == SMALL_OUTER && fits && (u->h == 3 || u->h == 4))
        return u->h == 3 ? BT_NAME(small_outer_3_4) : BT_NAME(small_outer_4_4);
    return NULL;
}
#endif

WORK(outer)
{
    const BH_V row = bh_splat(*u->rate) * bh_load(u->b);
    for (ptrdiff_t i = 0; i < u->h; i++)
        bh_store_tail(u->to + i * u->to_step, bh_fnma(bh_splat(u->a[i]), row, bh_load(u->c + i * u->c_step)), u->tail);
    NEXT;
}

static BT_NAME(small_work) BT_NAME(small_choice)(const small_op *u)
{
    static const BT_NAME(small_work) square[] = ALL1(square), affine[] = ALL1(affine), tanh_of[] = ALL1(tanh), flat1[] = ALL1(flat1);
    static const BT_NAME(small_work) mul[3][3] = ALL2(mul), sub[3][3] = ALL2(sub), flat2[3][3] = ALL2(flat2);
#if QUADS
    if (BT_NAME(small_quads)(u))
        return BT_NAME(small_quads)(u);
#endif
    switch (u->code) {
    case SMALL_CALL: return BT_NAME(small_call);
    case SMALL_ROW_TIMES: return BT_NAME(small_row_times);
    case SMALL_MUL: return mul[u->a_mode][u->b_mode];
    case SMALL_SUB: return sub[u->a_mode][u->b_mode];
    case SMALL_SQUARE: return square[u->a_mode];
    case SMALL_AFFINE: return affine[u->a_mode];
    case SMALL_TANH: return tanh_of[u->a_mode];
    case SMALL_FLAT1: return flat1[u->a_mode];
    case SMALL_FLAT2: return flat2[u->a_mode][u->b_mode];
    case SMALL_FULL1: return BT_NAME(small_full1);
    case SMALL_FULL2: return BT_NAME(small_full2);
    case SMALL_TOTAL: return BT_NAME(small_total);
    case SMALL_DOTS: return BT_NAME(small_dots);
    case SMALL_OUTER: return BT_NAME(small_outer);
    default: return BT_NAME(small_end);
    }
}

static void small_run(const bt_call *call)
{
    const small_op *first = call->plan;
    first->work(first, (BH_V){0}, call);
}
#undef quad
#undef quad_bits

/* ---- planning ---- */

/* Where a register is, and by which operation it was made, if that may still be changed. */
typedef struct {
    REAL *at;
    ptrdiff_t step; /* between rows */
    int kind, maker, uses;
} small_place;

typedef struct {
    small_op *ops;
    int count, room;
    REAL *free, *end; /* for registers that have no other place */
    void *const *bases;
} small_maker;

static small_op *BT_NAME(small_new)(small_maker *m, int code)
{
    small_op *u = &m->ops[m->count++];
    memset(u, 0, sizeof *u);
    u->code = code;
    return u;
}
#define small_new BT_NAME(small_new)

/* Whether an operation leaves its value for the next one. */
BH_INLINE int BT_NAME(small_leaves)(const small_op *u)
{
    return u->code >= SMALL_ROW_TIMES && u->code != SMALL_FULL1 && u->code != SMALL_FULL2 && u->code != SMALL_OUTER;
}

static int BT_NAME(small_mode)(const small_maker *m, const REAL *at, int kind)
{
    const int last = m->count - 2; /* before the one that asks */
    if (last >= 0 && m->ops[last].to == at && BT_NAME(small_leaves)(&m->ops[last]))
        return AS_RESULT;
    return kind ? AS_VECTOR : AS_NUMBER;
}
#define small_mode BT_NAME(small_mode)

static int BT_NAME(small_product)(small_maker *m, const bt_product *p)
{
    if (p->dims.count || p->inner.count || p->m != 1 || p->n > BH_LANES || p->k > SMALL_DEPTH || p->scaled || p->scale != 1 || p->right.base || p->left.strides[1] != 1)
        return 0;
    if (p->right.strides[1] > 1 || p->out.offset % SMALL_ALIGNED || (p->starts && (p->start.base || p->start.strides[1] > 1)))
        return 0;
    small_op *u = small_new(m, SMALL_ROW_TIMES);
    u->a = at_of(m->bases, &p->left);
    u->b = at_of(m->bases, &p->right);
    u->c = p->starts ? at_of(m->bases, &p->start) : NULL;
    u->to = at_of(m->bases, &p->out);
    u->b_step = p->right.strides[0];
    u->k = p->k;
    u->h = p->n;
    return 1;
}

/* Whether all that a pass does has a form here. */
static int BT_NAME(small_fits)(const bt_pass *p)
{
    const int full = p->dims.count ? ROWS | COLUMNS : COLUMNS;
    if (p->dims.count > 1 || p->rows > SMALL_ALIGNED || p->rows > BH_LANES || p->columns > BH_LANES)
        return 0;
    for (int64_t i = 0; i < p->count; i++) {
        const bt_code *c = &p->code[i];
        if (c->op == OP_ROW_MAX)
            return 0;
        if (c->op == OP_ROW_SUM && c->arg_kind[0] != full)
            return 0;
        if (c->op >= 0)
            continue;
        const int64_t along = c->view.strides[p->dims.count], down = p->dims.count ? c->view.strides[0] : 0;
        if (c->kind & COLUMNS ? along != 1 : c->kind == ROWS && down != 1)
            return 0;
        if (c->op == OP_STORE && (c->view.offset % SMALL_ALIGNED || c->kind != (c->once ? full & ~COLUMNS : full)))
            return 0;
    }
    return 1;
}

/* The store that the value made at this place of the code goes to, if it may be written there at once: what stood there is not read any more. */
static const bt_code *BT_NAME(small_target)(const bt_pass *p, int64_t made, const char *dead)
{
    const int reg = p->code[made].out;
    const bt_code *store = NULL;
    for (int64_t i = made + 1; i < p->count && !store; i++) {
        const bt_code *c = &p->code[i];
        if (c->op == OP_STORE && c->out == reg && !dead[i])
            store = c;
        else if (c->op != OP_STORE && c->out == reg)
            return NULL;
    }
    if (!store)
        return NULL;
    for (int64_t i = 0; i < p->count; i++) { /* a load from there whose register is read later */
        const bt_code *load = &p->code[i];
        if (load->op != OP_LOAD || load->view.base || load->view.offset / SMALL_ALIGNED != store->view.offset / SMALL_ALIGNED)
            continue;
        for (int64_t j = i + 1; j < p->count; j++) {
            const bt_code *c = &p->code[j];
            if (j > made && ((c->op == OP_STORE && c->out == load->out) || (c->count > 0 && c->arg[0] == load->out) || (c->count > 1 && c->arg[1] == load->out)))
                return NULL;
            if (c->op != OP_STORE && c->out == load->out)
                break;
        }
    }
    return store;
}

static void BT_NAME(small_step)(small_maker *m, const bt_pass *p, const bt_code *c, const small_place *a, const small_place *b, small_place *to)
{
    const int full = p->dims.count && c->kind == (ROWS | COLUMNS);
    const BH_T tail = bh_tail_of(p->columns);
    if (c->op == OP_ROW_SUM) {
        small_op *before = a->maker >= 0 ? &m->ops[a->maker] : NULL;
        if (p->dims.count && before && before->code == SMALL_FULL2 && before->op == OP_MUL && a->uses == 1 && (before->a_kind & before->b_kind & COLUMNS)) {
            before->code = SMALL_NOTHING; /* rows times rows, added up at once */
            small_op *u = small_new(m, SMALL_DOTS);
            u->a = before->a, u->b = before->b;
            u->a_step = before->a_step, u->b_step = before->b_step;
            u->h = p->rows, u->k = p->columns, u->to = to->at;
            return;
        }
        if (p->dims.count) { /* times one, so that there is one way to add up */
            small_op *u = small_new(m, SMALL_DOTS);
            static const REAL ones[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
            u->a = a->at, u->b = ones;
            u->a_step = a->step;
            u->h = p->rows, u->k = p->columns, u->to = to->at;
            return;
        }
        small_op *u = small_new(m, SMALL_TOTAL);
        u->a = a->at, u->k = p->columns, u->to = to->at;
        u->a_mode = small_mode(m, a->at, a->kind);
        return;
    }
    if (full && c->op == OP_SUB && b->maker >= 0 && b->uses == 1 && a->kind == (ROWS | COLUMNS)) { /* W − η · (x δᵀ) */
        small_op *scaled = &m->ops[b->maker];
        const int first = scaled->code == SMALL_FULL2 && scaled->op == OP_MUL && scaled->a_kind == 0 && scaled->b_kind == (ROWS | COLUMNS);
        small_op *outer = first && scaled->h > 0 && scaled->k >= 0 ? &m->ops[scaled->k] : NULL;
        if (outer && outer->code == SMALL_FULL2 && outer->op == OP_MUL && outer->number == 1 && outer->a_kind == ROWS && outer->b_kind == COLUMNS) {
            const REAL *x = outer->a, *row = outer->b, *rate = scaled->a;
            int safe = 1;
            for (const small_op *u = outer + 1; u < m->ops + m->count; u++)
                for (int k = 0; k < 3; k++) {
                    const REAL *at = k == 0 ? x : k == 1 ? row : rate;
                    safe &= !(u->to && u->code != SMALL_NOTHING && at < u->to + (u->h ? (u->h - 1) * u->to_step : 0) + BH_LANES && u->to < at + BH_LANES);
                }
            if (safe) {
                outer->code = scaled->code = SMALL_NOTHING;
                small_op *u = small_new(m, SMALL_OUTER);
                u->a = x, u->b = row, u->rate = rate;
                u->c = a->at, u->c_step = a->step;
                u->h = p->rows, u->k = p->columns, u->to = to->at, u->to_step = to->step, u->tail = tail;
                return;
            }
        }
    }
    small_op *u = small_new(m, SMALL_FLAT1);
    u->op = c->op;
    u->number = (REAL)c->number;
    u->offset = (REAL)c->offset;
    u->a = a->at, u->a_kind = a->kind, u->a_step = a->kind & ROWS ? a->step : 0;
    u->to = to->at, u->to_step = to->step;
    if (b)
        u->b = b->at, u->b_kind = b->kind, u->b_step = b->kind & ROWS ? b->step : 0;
    if (full) {
        u->code = b ? SMALL_FULL2 : SMALL_FULL1;
        u->h = p->rows;
        u->tail = tail;
        u->k = -1;
        if (b && c->op == OP_MUL) { /* note for what may follow: which operation made b, and whether it is used once */
            u->number = to->uses == 1;
            u->k = a->kind == 0 && b->uses == 1 ? b->maker : -1;
        }
        return;
    }
    u->a_mode = small_mode(m, a->at, a->kind);
    if (b) {
        u->b_mode = small_mode(m, b->at, b->kind);
        u->code = c->op == OP_MUL ? SMALL_MUL : c->op == OP_SUB ? SMALL_SUB : SMALL_FLAT2;
    } else {
        u->code = c->op == OP_SQUARE ? SMALL_SQUARE : c->op == OP_AFFINE ? SMALL_AFFINE : c->op == OP_TANH ? SMALL_TANH : SMALL_FLAT1;
    }
}

static int BT_NAME(small_uses)(const bt_pass *p, int64_t made)
{
    int uses = 0;
    const int reg = p->code[made].out;
    for (int64_t i = made + 1; i < p->count; i++) {
        const bt_code *c = &p->code[i];
        uses += c->op == OP_STORE ? c->out == reg : (c->count > 0 && c->arg[0] == reg) + (c->count > 1 && c->arg[1] == reg);
        if (c->op != OP_STORE && c->out == reg)
            break;
    }
    return uses;
}

static int BT_NAME(small_pass)(small_maker *m, const bt_pass *p)
{
    if (!BT_NAME(small_fits)(p))
        return 0;
    small_place *place = calloc((size_t)p->registers + 1, sizeof *place);
    char *dead = calloc((size_t)p->count + 1, 1);
    const int begun = m->count;
    int good = place && dead;
    for (int64_t i = 0; i < p->count && good; i++) {
        const bt_code *c = &p->code[i];
        const ptrdiff_t down = p->dims.count && c->op < 0 ? c->view.strides[0] : 0;
        if (c->op == OP_LOAD) {
            place[c->out] = (small_place){at_of(m->bases, &c->view), down, c->kind, -1, 0};
            continue;
        }
        if (c->op == OP_STORE) {
            if (dead[i])
                continue;
            const bt_code copy = {.op = OP_COPY, .count = 1, .kind = c->kind};
            small_place to = {at_of(m->bases, &c->view), down, c->kind, -1, 0};
            BT_NAME(small_step)(m, p, &copy, &place[c->out], NULL, &to);
            continue;
        }
        const bt_code *store = BT_NAME(small_target)(p, i, dead);
        if (c->op == OP_COPY && !store && place[c->arg[0]].maker >= 0 && place[c->arg[0]].kind == c->kind) { /* one place under two names, and used more than once */
            small_op *made = &m->ops[place[c->arg[0]].maker];
            if (made->code == SMALL_FULL2)
                made->number = 0, made->k = -1;
            place[c->arg[0]].uses = 2;
            place[c->out] = place[c->arg[0]];
            continue;
        }
        const ptrdiff_t vectors = c->kind == (ROWS | COLUMNS) ? p->rows : 1;
        small_place to = {m->free, BH_LANES, c->kind, m->count, BT_NAME(small_uses)(p, i)};
        if (store) {
            dead[store - p->code] = 1;
            to.at = at_of(m->bases, &store->view);
            to.step = p->dims.count ? store->view.strides[0] : 0;
        } else if (m->free + vectors * BH_LANES > m->end) {
            good = 0;
            break;
        } else {
            m->free += vectors * BH_LANES;
        }
        if (c->op == OP_FILL) {
            for (ptrdiff_t l = 0; l < BH_LANES; l++)
                to.at[l] = (REAL)c->number;
            good = !store; /* filled once, and nobody writes there again */
            to.maker = -1;
        } else {
            const small_place a = place[c->arg[0]], b = place[c->count > 1 ? c->arg[1] : 0];
            BT_NAME(small_step)(m, p, c, &a, c->count > 1 ? &b : NULL, &to);
            to.maker = m->count - 1;
        }
        place[c->out] = to;
    }
    free(place);
    free(dead);
    if (!good)
        m->count = begun;
    return good;
}

/* The plan of a tape, or NULL where none of it is small: bases must stay where they are. To be freed. */
static void *small_plan(const bt_tape *tape, void *const *bases)
{
    int64_t room = 1, vectors = 0, fitting = 0;
    for (int64_t i = 0; i < tape->count; i++) {
        const bt_instruction *one = &tape->list[i];
        room += 1;
        if (one->kind == KIND_PASS && BT_NAME(small_fits)(&one->as.pass)) {
            room += 2 * one->as.pass.count;
            vectors += one->as.pass.count * SMALL_ALIGNED;
            fitting++;
        }
    }
    if (!fitting || room > 1 << 16)
        return NULL;
    const size_t head = ((size_t)room * sizeof(small_op) + 127) & ~(size_t)63;
    char *block = aligned_alloc(64, (head + (size_t)vectors * BH_WIDTH + 127) & ~(size_t)63);
    if (!block)
        return NULL;
    small_maker m = {(small_op *)block, 0, (int)room, (REAL *)(block + head), NULL, bases};
    m.end = m.free + vectors * BH_LANES;
    memset(m.free, 0, (size_t)vectors * BH_WIDTH);
    for (int64_t i = 0; i < tape->count; i++) {
        const bt_instruction *one = &tape->list[i];
        if (one->kind == KIND_PASS && BT_NAME(small_pass)(&m, &one->as.pass))
            continue;
        if (one->kind == KIND_PRODUCT && BT_NAME(small_product)(&m, &one->as.product))
            continue;
        small_new(&m, SMALL_CALL)->call = one;
    }
    int kept = 0;
    for (int i = 0; i < m.count; i++)
        if (m.ops[i].code != SMALL_NOTHING)
            m.ops[kept++] = m.ops[i];
    m.count = kept;
    small_new(&m, SMALL_END);
    for (int i = 0; i < m.count; i++)
        m.ops[i].work = BT_NAME(small_choice)(&m.ops[i]);
    return block;
}
