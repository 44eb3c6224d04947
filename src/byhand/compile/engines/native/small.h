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
    SMALL_OUTER                                                   /* c − offset · a bᵀ: the step of a weight */
};
enum { AS_VECTOR, AS_NUMBER, AS_RESULT }; /* an operand: a vector in memory, a number for all lanes, what the last operation left */
#endif

typedef struct {
    int code, op, a_mode, b_mode, a_kind, b_kind;
    BH_T tail;
    const REAL *a, *b, *c;
    ptrdiff_t a_step, b_step, c_step, to_step, h, k;
    REAL *to;
    const REAL *rate;
    REAL number, offset;
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

#define X small_operand(u->a, u->a_mode, r)
#define Y small_operand(u->b, u->b_mode, r)

static void small_run(const bt_call *call)
{
    BH_V r = {0};
    for (const small_op *u = call->plan;; u++) {
        switch (u->code) {
        case SMALL_END: return;
        case SMALL_NOTHING: continue;
        case SMALL_CALL: run_one(u->call, 0, rows_in(u->call), call); continue;
        case SMALL_ROW_TIMES: {
            const REAL *b = u->b, *a = u->a;
            BH_V even = u->c ? bh_load(u->c) : (BH_V){0}, odd = {0};
            ptrdiff_t p = 0;
            for (; p + 2 <= u->k; p += 2, b += 2 * u->b_step) {
                even = bh_fma(bh_splat(a[p]), bh_load(b), even);
                odd = bh_fma(bh_splat(a[p + 1]), bh_load(b + u->b_step), odd);
            }
            if (p < u->k)
                even = bh_fma(bh_splat(a[p]), bh_load(b), even);
            r = even + odd;
            break;
        }
        case SMALL_MUL: r = X * Y; break;
        case SMALL_SUB: r = X - Y; break;
        case SMALL_SQUARE: {
            const BH_V x = X;
            r = x * x;
            break;
        }
        case SMALL_AFFINE: r = bh_fma(X, bh_splat(u->number), bh_splat(u->offset)); break;
        case SMALL_TANH: r = bh_tanh(X); break;
        case SMALL_FLAT1: r = apply1(u->op, X, u->number, u->offset); break;
        case SMALL_FLAT2: r = apply2(u->op, X, Y, u->number); break;
        case SMALL_FULL1:
            for (ptrdiff_t i = 0; i < u->h; i++)
                bh_store_tail(u->to + i * u->to_step, apply1(u->op, small_row(u->a, u->a_step, u->a_kind, i), u->number, u->offset), u->tail);
            continue;
        case SMALL_FULL2:
            for (ptrdiff_t i = 0; i < u->h; i++)
                bh_store_tail(u->to + i * u->to_step,
                              apply2(u->op, small_row(u->a, u->a_step, u->a_kind, i), small_row(u->b, u->b_step, u->b_kind, i), u->number), u->tail);
            continue;
        case SMALL_TOTAL: {
            REAL lane[BH_WIDTH / sizeof(REAL)], sum = 0;
            bh_store(lane, X);
            for (ptrdiff_t l = 0; l < u->k; l++)
                sum += lane[l];
            r = bh_splat(sum);
            break;
        }
        case SMALL_DOTS: {
            REAL sums[BH_WIDTH / sizeof(REAL)] = {0};
            for (ptrdiff_t i = 0; i < u->h; i++)
                for (ptrdiff_t l = 0; l < u->k; l++)
                    sums[i] += u->a[i * u->a_step + l] * u->b[i * u->b_step + l];
            r = bh_load(sums);
            break;
        }
        case SMALL_OUTER: {
            const BH_V row = bh_splat(*u->rate) * bh_load(u->b);
            for (ptrdiff_t i = 0; i < u->h; i++)
                bh_store_tail(u->to + i * u->to_step, bh_fnma(bh_splat(u->a[i]), row, bh_load(u->c + i * u->c_step)), u->tail);
            continue;
        }
        }
        bh_store(u->to, r);
    }
}
#undef X
#undef Y

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
    const BH_T all = bh_tail_of(BH_LANES < 16 || BH_WIDTH == 64 ? BH_LANES : 0), tail = bh_tail_of(p->columns);
    (void)all;
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
                u->h = p->rows, u->to = to->at, u->to_step = to->step, u->tail = tail;
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
    return block;
}
