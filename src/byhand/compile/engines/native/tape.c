/* Reading a tape: words in, checked structures out. */
#include "tape.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    const int64_t *at, *end;
    const char *wrong;
    bt_tape *tape;
    bt_code *code, *code_end;
} reader;

static const int64_t MOST = (int64_t)1 << 40;

static int64_t word(reader *r)
{
    if (r->at >= r->end) {
        r->wrong = "it ends too early";
        return 0;
    }
    return *r->at++;
}

static void need(reader *r, int holds, const char *reason)
{
    if (!holds && !r->wrong)
        r->wrong = reason;
}

static int64_t ranged(reader *r, int64_t least, int64_t most, const char *reason)
{
    const int64_t value = word(r);
    need(r, value >= least && value <= most, reason);
    return r->wrong ? least : value;
}

static int64_t length(reader *r) { return ranged(r, 1, MOST, "a length is not possible"); }

static double real(reader *r)
{
    const int64_t bits = word(r);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static const int64_t *several(reader *r, int64_t count)
{
    static const int64_t nothing[1] = {0};
    if (count > r->end - r->at)
        r->wrong = "it ends too early";
    if (r->wrong)
        return nothing;
    r->at += count;
    return r->at - count;
}

static bt_dims dims(reader *r, int64_t most)
{
    bt_dims found = {0, NULL};
    const int64_t count = ranged(r, 0, most, "it has too many loops");
    found.each = several(r, count);
    found.count = r->wrong ? 0 : (int)count;
    return found;
}

static int64_t volume(reader *r, bt_dims found)
{
    int64_t total = 1;
    for (int i = 0; i < found.count; i++) {
        need(r, found.each[i] >= 1 && found.each[i] <= MOST, "a length is not possible");
        need(r, !r->wrong && !__builtin_mul_overflow(total, found.each[i], &total) && total <= MOST, "it is too large");
        if (r->wrong)
            return 1;
    }
    return total;
}

static bt_dims loops(reader *r)
{
    const bt_dims found = dims(r, MOST_LOOPS);
    volume(r, found);
    return found;
}

static bt_view view(reader *r)
{
    bt_view found = {0, 0, 0, NULL};
    found.base = (int)ranged(r, 0, r->tape->batches.count, "a base is not there");
    found.offset = ranged(r, 0, MOST, "an offset is not possible");
    const bt_dims strides = dims(r, MOST_LOOPS + 2);
    found.loops = strides.count;
    found.strides = strides.each;
    return found;
}

static bt_view maybe(reader *r, int *there)
{
    bt_view none = {0, 0, 0, NULL};
    *there = (int)ranged(r, 0, 1, "a view is there or not");
    return *there ? view(r) : none;
}

/* The view stays inside its base however its loops run: over the dims, one after another, then the last two lengths if they are not 0. */
static void inside(reader *r, bt_view v, int writes, bt_dims first, bt_dims second, int64_t third, int64_t fourth)
{
    if (r->wrong)
        return;
    const int count = first.count + second.count + (third > 0) + (fourth > 0);
    need(r, v.loops == count, "a view has not one stride for each loop");
    int64_t last = v.offset;
    for (int i = 0; i < count && !r->wrong; i++) {
        const int64_t times = i < first.count                  ? first.each[i]
                              : i < first.count + second.count ? second.each[i - first.count]
                              : i == first.count + second.count && third > 0 ? third
                                                                             : fourth;
        int64_t reach;
        need(r, v.strides[i] >= 0 && !__builtin_mul_overflow(v.strides[i], times - 1, &reach) && !__builtin_add_overflow(last, reach, &last),
             "a stride is not possible");
    }
    const int64_t room = v.base ? r->tape->batches.each[v.base - 1] : r->tape->length;
    need(r, r->wrong || last < room, "a view leaves its base");
    need(r, !writes || v.base == 0, "it writes to data");
}

static const bt_dims NONE = {0, NULL};

/* ---- passes ---- */

static int arity(int op)
{
    switch (op) {
    case OP_FILL: return 0;
    case OP_ADD: case OP_SUB: case OP_ADD_SCALED: case OP_MUL: case OP_POWER: return 2;
    default: return 1;
    }
}

static void code_of(reader *r, bt_pass *pass, int scalars)
{
    pass->registers = (int)ranged(r, 0, MOST_REGISTERS, "it has too many registers");
    pass->count = ranged(r, 0, MOST, "it has too much code");
    need(r, r->wrong || pass->count <= r->code_end - r->code, "it ends too early");
    pass->code = r->code;
    if (r->wrong)
        return;
    int *kind = malloc(sizeof(int) * (size_t)(pass->registers + 1));
    if (!kind) {
        r->wrong = "there is no memory for it";
        return;
    }
    for (int i = 0; i < pass->registers; i++)
        kind[i] = -1;
    const int64_t rows = pass->dims.count;
    pass->flat = !scalars && rows <= 1;
    for (int64_t i = 0; i < pass->count && !r->wrong; i++) {
        bt_code *c = r->code++;
        memset(c, 0, sizeof *c);
        c->op = (int)ranged(r, OP_STORE, OPS - 1, "an operation is not known");
        c->out = (int)ranged(r, 0, pass->registers - 1, "a register is not there");
        if (c->op == OP_LOAD || c->op == OP_STORE) {
            c->once = c->op == OP_STORE ? (int)ranged(r, 0, 1, "a store is for each column or once") : 0;
            c->view = view(r);
            inside(r, c->view, c->op == OP_STORE, scalars ? NONE : pass->dims, NONE, scalars ? 0 : c->once ? 1 : pass->columns, 0);
            if (r->wrong)
                break;
            const int64_t along = scalars ? 0 : c->view.strides[rows];
            int moves = 0;
            for (int64_t k = 0; k < rows; k++)
                moves |= c->view.strides[k] != 0;
            if (c->op == OP_LOAD)
                kind[c->out] = (moves ? ROWS : 0) | (along ? COLUMNS : 0);
            else
                need(r, kind[c->out] >= 0, "a register is read before it is written");
            c->kind = kind[c->out];
            const int dense = along == 1 && (rows == 0 || c->view.strides[0] == pass->columns);
            const int single = along == 0 && !moves && c->op == OP_LOAD;
            pass->flat &= dense || single;
            continue;
        }
        c->count = (int)ranged(r, arity(c->op), arity(c->op), "an operation has not its arguments");
        for (int k = 0; k < c->count; k++) {
            c->arg[k] = (int)ranged(r, 0, pass->registers - 1, "a register is not there");
            need(r, r->wrong || kind[c->arg[k]] >= 0, "a register is read before it is written");
            need(r, c->arg[k] != c->out, "a register is written where it is read");
            if (r->wrong)
                break;
            c->arg_kind[k] = kind[c->arg[k]];
            c->kind |= c->arg_kind[k];
        }
        c->number = real(r);
        c->offset = real(r);
        if (c->op == OP_ROW_SUM || c->op == OP_ROW_MAX) {
            need(r, !scalars, "a single number has no rows");
            c->kind &= ROWS;
            pass->whole_rows = 1;
            pass->flat = 0;
        }
        if (!r->wrong)
            kind[c->out] = c->kind;
    }
    free(kind);
}

static void pass_of(reader *r, bt_pass *pass)
{
    pass->dims = loops(r);
    pass->rows = volume(r, pass->dims);
    pass->columns = length(r);
    code_of(r, pass, 0);
    need(r, !pass->whole_rows || pass->columns <= 1 << 16, "a row is too long for a pass that sums along it");
}

/* ---- the others ---- */

static void product_of(reader *r, bt_product *p)
{
    p->dims = loops(r);
    p->outer = volume(r, p->dims);
    p->inner = loops(r);
    p->m = length(r);
    p->n = length(r);
    p->k = length(r);
    p->left = view(r);
    p->right = view(r);
    p->out = view(r);
    p->start = maybe(r, &p->starts);
    p->scale = real(r);
    p->factor = maybe(r, &p->scaled);
    inside(r, p->left, 0, p->dims, p->inner, p->m, p->k);
    inside(r, p->right, 0, p->dims, p->inner, p->k, p->n);
    inside(r, p->out, 1, p->dims, NONE, p->m, 0);
    if (!r->wrong) { /* neighbouring columns */
        bt_view last = p->out;
        last.offset += p->n - 1;
        inside(r, last, 1, p->dims, NONE, p->m, 0);
    }
    if (p->starts) {
        inside(r, p->start, 0, p->dims, NONE, p->m, p->n);
        need(r, r->wrong || p->n == 1 || p->start.strides[p->dims.count + 1] == 1, "a product begins with what has no columns");
    }
    if (p->scaled)
        inside(r, p->factor, 0, NONE, NONE, 0, 0);
}

static void reduce_of(reader *r, bt_reduce *p)
{
    p->kept = loops(r);
    p->summed = loops(r);
    p->source = view(r);
    p->out = view(r);
    p->start = maybe(r, &p->starts);
    p->largest = (int)ranged(r, 0, 1, "a sum or the largest");
    p->scale = real(r);
    p->factor = maybe(r, &p->scaled);
    need(r, p->summed.count > 0, "nothing is summed");
    inside(r, p->source, 0, p->kept, p->summed, 0, 0);
    inside(r, p->out, 1, p->kept, NONE, 0, 0);
    if (p->starts)
        inside(r, p->start, 0, p->kept, NONE, 0, 0);
    if (p->scaled)
        inside(r, p->factor, 0, NONE, NONE, 0, 0);
}

static void whole(reader *r, bt_view v, int writes, int64_t count)
{
    const int64_t one = 1;
    v.loops = 1;
    v.strides = &one;
    inside(r, v, writes, NONE, NONE, count, 0);
}

static void window_of(reader *r, bt_window *w)
{
    w->dims = loops(r);
    w->inside = loops(r);
    w->offsets = several(r, w->inside.count);
    w->steps = several(r, (int64_t)w->inside.count * w->dims.count);
    w->scatter = (int)ranged(r, 0, 1, "a window gathers or scatters");
    w->source = view(r);
    w->out = view(r);
    for (int i = 0; i < w->inside.count && !r->wrong; i++) {
        need(r, llabs(w->offsets[i]) <= (1 << 30), "a window is too far away");
        for (int k = 0; k < w->dims.count; k++)
            need(r, llabs(w->steps[i * w->dims.count + k]) <= (1 << 20) && w->dims.each[k] <= (1 << 30), "a window is too far away");
    }
    const int64_t outside = volume(r, w->dims), within = volume(r, w->inside);
    if (!r->wrong) {
        whole(r, w->source, 0, w->scatter ? outside : within);
        whole(r, w->out, 1, w->scatter ? within : outside);
    }
}

static void rows_of(reader *r, bt_rows *w)
{
    w->rows = dims(r, MOST);
    w->length = length(r);
    w->count = length(r);
    w->scatter = (int)ranged(r, 0, 1, "rows are gathered or scattered");
    w->source = view(r);
    w->out = view(r);
    need(r, r->wrong || w->rows.count >= 1, "no rows");
    for (int i = 0; i < w->rows.count && !r->wrong; i++)
        need(r, w->rows.each[i] >= 0 && w->rows.each[i] < w->count, "a row is not there");
    int64_t small = 0, table = 0;
    need(r, !r->wrong && !__builtin_mul_overflow(w->length, (int64_t)w->rows.count, &small) && !__builtin_mul_overflow(w->length, w->count, &table), "it is too large");
    if (!r->wrong) {
        whole(r, w->source, 0, w->scatter ? small : table);
        whole(r, w->out, 1, w->scatter ? table : small);
    }
}

static void pick_of(reader *r, bt_pick *p)
{
    p->rows = length(r);
    p->columns = length(r);
    p->source = view(r);
    p->out = view(r);
    int64_t total = 0;
    need(r, !r->wrong && !__builtin_mul_overflow(p->rows, p->columns, &total), "it is too large");
    if (!r->wrong) {
        whole(r, p->source, 0, total);
        whole(r, p->out, 1, total);
    }
}

static void zero_of(reader *r, bt_zero *z)
{
    z->length = length(r);
    z->out = view(r);
    if (!r->wrong)
        whole(r, z->out, 1, z->length);
}

static void instruction(reader *r, bt_instruction *one)
{
    one->kind = (int)ranged(r, 0, KINDS - 1, "an instruction is not known");
    one->wait = (int)ranged(r, 0, 1, "threads wait or not");
    const int64_t count = ranged(r, 0, MOST, "an instruction is too long");
    if (!r->wrong && count > r->end - r->at)
        r->wrong = "it ends too early";
    if (r->wrong)
        return;
    const int64_t *end = r->at + count, *all = r->end;
    r->end = end;
    switch (one->kind) {
    case KIND_PASS: pass_of(r, &one->as.pass); break;
    case KIND_SCALARS: code_of(r, &one->as.pass, 1); break;
    case KIND_PRODUCT: product_of(r, &one->as.product); break;
    case KIND_REDUCE: reduce_of(r, &one->as.reduce); break;
    case KIND_WINDOW: window_of(r, &one->as.window); break;
    case KIND_ROWS: rows_of(r, &one->as.rows); break;
    case KIND_PICK: pick_of(r, &one->as.pick); break;
    case KIND_ZERO: zero_of(r, &one->as.zero); break;
    }
    need(r, r->at == end, "an instruction has words too many");
    r->end = all;
}

void bt_free(bt_tape *tape)
{
    if (tape) {
        free(tape->words);
        free(tape->list);
        free(tape->code);
        free(tape);
    }
}

bt_tape *bt_read(const int64_t *words, int64_t count, const char **reason)
{
    bt_tape *tape = calloc(1, sizeof *tape);
    const size_t room = (size_t)(count > 0 ? count : 1);
    if (tape) {
        tape->words = malloc(room * sizeof(int64_t));
        tape->code = calloc(room, sizeof(bt_code)); /* a line of code has two words and more */
    }
    if (!tape || !tape->words || !tape->code) {
        bt_free(tape);
        *reason = "there is no memory for it";
        return NULL;
    }
    memcpy(tape->words, words, (size_t)count * sizeof(int64_t));
    reader r = {tape->words, tape->words + count, NULL, tape, tape->code, tape->code + count / 2};
    ranged(&r, 1, 1, "it has another format");
    tape->length = length(&r);
    tape->batches = dims(&r, MOST_BASES);
    volume(&r, (bt_dims){0, NULL});
    for (int i = 0; i < tape->batches.count && !r.wrong; i++)
        need(&r, tape->batches.each[i] >= 1 && tape->batches.each[i] <= MOST, "a length is not possible");
    tape->count = ranged(&r, 0, count, "it has too many instructions");
    tape->list = calloc((size_t)tape->count + 1, sizeof(bt_instruction));
    need(&r, tape->list != NULL, "there is no memory for it");
    for (int64_t i = 0; i < tape->count && !r.wrong; i++)
        instruction(&r, &tape->list[i]);
    need(&r, r.wrong || r.at == r.end, "it has words too many");
    if (r.wrong) {
        *reason = r.wrong;
        bt_free(tape);
        return NULL;
    }
    return tape;
}
