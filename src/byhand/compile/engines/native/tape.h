/* A tape as the extension holds it: decoded and checked once, then run as it stands.

   The words are those of compile/tape/encode.py. A tape is data and not trusted: every view is checked to stay inside its base, so
   that whatever the words are, running them touches nothing else. */
#ifndef BYHAND_TAPE_H
#define BYHAND_TAPE_H
#include <stddef.h>
#include <stdint.h>

enum { KIND_PASS, KIND_SCALARS, KIND_PRODUCT, KIND_REDUCE, KIND_WINDOW, KIND_ROWS, KIND_PICK, KIND_ZERO, KINDS };

/* As in OPS of compile/tape/tape.py. */
enum {
    OP_FILL, OP_COPY, OP_AFFINE, OP_ADD, OP_SUB, OP_ADD_SCALED, OP_MUL,
    OP_EXP, OP_LOG, OP_SIN, OP_COS, OP_TANH, OP_SIGMOID, OP_ERF, OP_RELU, OP_STEP, OP_SIGN, OP_ABS,
    OP_RECIPROCAL, OP_SQUARE, OP_SQRT, OP_POWER_WHOLE, OP_POWER_REAL, OP_POWER,
    OP_ROW_SUM, OP_ROW_MAX, OPS,
    OP_LOAD = -1, OP_STORE = -2
};

enum { MOST_BASES = 64, MOST_LOOPS = 32, MOST_REGISTERS = 4096 };

typedef struct {
    int base, loops;
    int64_t offset;
    const int64_t *strides;
} bt_view;

typedef struct {
    int count;
    const int64_t *each;
} bt_dims;

/* A register is one number (kind 0), one row (COLUMNS), one number a row (ROWS), or both. */
enum { COLUMNS = 1, ROWS = 2 };

typedef struct {
    int op, out, count, once;
    int arg[2];
    int kind, arg_kind[2]; /* of out, or of what is stored, and of the arguments */
    double number, offset;
    bt_view view;
} bt_code;

typedef struct {
    bt_dims dims;
    int64_t rows, columns;
    int registers, whole_rows, flat; /* whole_rows: it sums along rows; flat: all rows can be one */
    int64_t count;
    bt_code *code;
} bt_pass;

typedef struct {
    bt_dims dims, inner;
    int64_t outer, m, n, k;
    bt_view left, right, out, start, factor;
    int starts, scaled;
    double scale;
} bt_product;

typedef struct {
    bt_dims kept, summed;
    bt_view source, out, start, factor;
    int starts, scaled, largest;
    double scale;
} bt_reduce;

typedef struct {
    bt_dims dims, inside;
    const int64_t *offsets, *steps;
    int scatter;
    bt_view source, out;
} bt_window;

typedef struct {
    bt_dims rows;
    int64_t length, count;
    int scatter;
    bt_view source, out;
} bt_rows;

typedef struct {
    int64_t rows, columns;
    bt_view source, out;
} bt_pick;

typedef struct {
    int64_t length;
    bt_view out;
} bt_zero;

typedef struct {
    int kind, wait;
    union {
        bt_pass pass;
        bt_product product;
        bt_reduce reduce;
        bt_window window;
        bt_rows rows;
        bt_pick pick;
        bt_zero zero;
    } as;
} bt_instruction;

typedef struct {
    int64_t length; /* of the arena, in numbers */
    bt_dims batches;
    int64_t count;
    bt_instruction *list;
    int64_t *words; /* a copy, into which dims and strides point */
    bt_code *code;
} bt_tape;

/* NULL, with a reason, for words that are no tape. */
bt_tape *bt_read(const int64_t *words, int64_t count, const char **reason);
void bt_free(bt_tape *tape);

/* What threads wait at. */
typedef struct bt_barrier bt_barrier;
void bt_wait(bt_barrier *barrier);

/* One step, one thread's share of it. bases[0] is the arena; scratch is this thread's own. */
typedef struct {
    const bt_tape *tape;
    void *const *bases;
    void *scratch;
    int64_t thread, threads;
    bt_barrier *barrier;
    void *gemm; /* cblas_?gemm with 64-bit integers, or NULL */
    const void *plan; /* for small: see small.h */
} bt_call;

typedef struct {
    const char *name;
    void (*run)(const bt_call *call);
    int64_t (*scratch)(const bt_tape *tape); /* bytes */
    void *(*plan)(const bt_tape *tape, void *const *bases); /* NULL where no instruction is small; to be freed */
    void (*small)(const bt_call *call);                     /* the step by that plan */
} bt_engine;

/* [0] 32-bit, [1] 64-bit floats */
extern const bt_engine bt_generic[2];
#if defined(__x86_64__)
extern const bt_engine bt_avx2[2];
extern const bt_engine bt_avx512[2];
#endif
#endif
