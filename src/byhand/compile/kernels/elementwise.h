/* Fused elementwise work without a compiler: register code over pieces of rows × columns entries that stay in the first-level cache.

   A register is a small array, as wide as what it holds: a full piece, one row for all, one number a row (over a whole vector), or one number. */

#undef BH_PIECE
#define BH_PIECE ((ptrdiff_t)(32 * BH_LANES)) /* numbers in a register, unless a row that is summed is longer */

/* Every op by its number. out = … of the registers a and b, with number and offset; row_sum and row_max need the whole row in a register. */
#ifndef BH_ONCE_ELEMENTWISE
#define BH_ONCE_ELEMENTWISE
enum {
    BH_STORE = -2, /* memory = a */
    BH_LOAD = -1,  /* out = memory */
    BH_FILL,       /* number */
    BH_COPY,       /* a */
    BH_AFFINE,     /* number·a + offset */
    BH_ADD,
    BH_SUB,
    BH_ADD_SCALED, /* a + number·b */
    BH_MUL,
    BH_EXP,
    BH_LOG,
    BH_SIN,
    BH_COS,
    BH_TANH,
    BH_SIGMOID,
    BH_ERF,
    BH_RELU,
    BH_STEP,
    BH_SIGN,
    BH_ABS,
    BH_RECIPROCAL,
    BH_SQUARE,
    BH_SQRT,
    BH_POWER_WHOLE, /* a to a whole number */
    BH_POWER_REAL,  /* a to the number */
    BH_POWER,       /* a to b */
    BH_ROW_SUM,
    BH_ROW_MAX,
    BH_DIV,
    BH_MAX,
    BH_MIN,
};
#endif

#undef BH_REGISTERS
#define BH_REGISTERS 64 /* that one code may have */

#define bh_op BH_NAME(op)
#define bh_code BH_NAME(code)
#define bh_register BH_NAME(register)
#define bh_piece BH_NAME(piece)
#define bh_prepare BH_NAME(prepare)
#define bh_pass BH_NAME(pass)
#define bh_pass_work BH_NAME(pass_work)
#define bh_run_piece BH_NAME(run_piece)
#define bh_run_load BH_NAME(run_load)
#define bh_run_store BH_NAME(run_store)
#define bh_run_step BH_NAME(run_step)
#define bh_run_rows BH_NAME(run_rows)

/* One instruction. place and strides are for LOAD and STORE: of entry (0, 0), from one row to the next, from one column to the next; 0: all share it. */
typedef struct {
    int op, out, a, b;
    REAL number, offset;
    REAL *place;
    ptrdiff_t row, column;
} bh_op;

/* The whole: ops, their number, and the columns are given; bh_prepare fills in the rest. */
typedef struct {
    const bh_op *ops;
    int count;
    ptrdiff_t columns;
    int registers, reduces, flat; /* flat: rows × columns entries are one after another in memory, and none knows its row */
} bh_code;

BH_LOCAL void bh_prepare(bh_code *code)
{
    code->registers = code->reduces = 0;
    code->flat = 1;
    for (const bh_op *op = code->ops; op < code->ops + code->count; op++) {
        const int top = op->op == BH_STORE ? op->a : op->out;
        code->registers = top >= code->registers ? top + 1 : code->registers;
        code->reduces |= op->op == BH_ROW_SUM || op->op == BH_ROW_MAX;
        if (op->op < 0 && !(op->row == 0 && op->column == 0 && op->op == BH_LOAD) && !(op->column == 1 && op->row == code->columns))
            code->flat = 0;
    }
    code->flat &= !code->reduces;
}

/* How many numbers of workspace bh_pass needs for each thread. */
BH_INLINE ptrdiff_t bh_pass_work(const bh_code *code)
{
    const ptrdiff_t width = (code->columns + BH_LANES - 1) / BH_LANES * BH_LANES;
    return code->registers * (code->reduces && width > BH_PIECE ? width : BH_PIECE) + 64;
}

/* Entry (i, j) of a register stands at at[i·row + j] if column is BH_LANES, at at[i·row] in every lane if it is 0. */
typedef struct {
    REAL *at;
    ptrdiff_t row, column;
} bh_register;

typedef struct {
    ptrdiff_t first, rows, from, columns; /* which rows and columns of the whole */
    ptrdiff_t vectors;                    /* to a row */
    REAL *work;
    ptrdiff_t size; /* of a register */
} bh_piece;

BH_INLINE bh_register bh_run_load(const bh_op *op, const bh_piece *piece)
{
    const REAL *from = op->place + piece->first * op->row + piece->from * op->column;
    REAL *own = piece->work + op->out * piece->size;
    const ptrdiff_t width = piece->vectors * BH_LANES, rows = op->row ? piece->rows : 1;
    bh_register made = {own, op->row ? width : 0, BH_LANES};
    if (op->column == 0) {
        for (ptrdiff_t i = 0; i < rows; i++)
            bh_store(own + i * BH_LANES, bh_splat(from[i * op->row]));
        made.row = op->row ? BH_LANES : 0;
        made.column = 0;
    } else if (op->column != 1) {
        for (ptrdiff_t i = 0; i < rows; i++)
            for (ptrdiff_t j = 0; j < piece->columns; j++)
                own[i * width + j] = from[i * op->row + j * op->column];
    } else if (piece->columns == width) { /* no tail: read where it stands */
        made.at = (REAL *)(uintptr_t)from;
        made.row = op->row;
    } else {
        const ptrdiff_t whole = piece->columns / BH_LANES * BH_LANES;
        const BH_T tail = bh_tail_of(piece->columns - whole);
        for (ptrdiff_t i = 0; i < rows; i++, from += op->row) {
            for (ptrdiff_t j = 0; j < whole; j += BH_LANES)
                bh_store(own + i * width + j, bh_load(from + j));
            bh_store(own + i * width + whole, bh_load_tail(from + whole, tail));
        }
    }
    return made;
}

BH_INLINE void bh_run_store(const bh_op *op, const bh_piece *piece, bh_register a)
{
    REAL *to = op->place + piece->first * op->row + piece->from * op->column;
    const ptrdiff_t rows = op->row ? piece->rows : 1;
    const ptrdiff_t whole = piece->columns / BH_LANES * BH_LANES, rest = piece->columns - whole;
    const BH_T tail = bh_tail_of(rest);
    for (ptrdiff_t i = 0; i < rows; i++, to += op->row) {
        const REAL *from = a.at + i * a.row;
        if (op->column == 0)
            *to = *from;
        else if (op->column != 1)
            for (ptrdiff_t j = 0; j < piece->columns; j++)
                to[j * op->column] = from[a.column ? j : 0];
        else {
            for (ptrdiff_t j = 0; j < whole; j += BH_LANES, from += a.column)
                bh_store(to + j, bh_load(from));
            if (rest)
                bh_store_tail(to + whole, bh_load(from), tail);
        }
    }
}

/* One number a row: the sum, or the largest, of the columns. */
BH_INLINE bh_register bh_run_rows(const bh_op *op, const bh_piece *piece, bh_register a)
{
    bh_register made = {piece->work + op->out * piece->size, a.row ? BH_LANES : 0, 0};
    for (ptrdiff_t i = 0; i < (a.row ? piece->rows : 1); i++) {
        const REAL *row = a.at + i * a.row;
        REAL value;
        if (op->op == BH_ROW_SUM)
            value = a.column ? bh_sum(row, piece->columns, 1) : *row * (REAL)piece->columns;
        else
            value = a.column ? bh_largest(row, piece->columns, 1) : *row;
        bh_store(made.at + i * BH_LANES, bh_splat(value));
    }
    return made;
}

#undef BH_EACH
#undef BH_EACH_ONE
#undef BH_EACH_TWO
#define BH_EACH(before, value)                                                                                                                    \
    for (ptrdiff_t i = 0; i < rows; i++) {                                                                                                        \
        const REAL *left = a.at + i * a.row, *right = b.at + i * b.row;                                                                           \
        REAL *to = made.at + i * made.row;                                                                                                        \
        (void)right;                                                                                                                              \
        for (ptrdiff_t j = 0; j < vectors; j++, left += a.column, right += b.column, to += made.column) {                                         \
            before                                                                                                                                \
            bh_store(to, value);                                                                                                                  \
        }                                                                                                                                         \
    }                                                                                                                                             \
    break
#define BH_EACH_ONE(value) BH_EACH(const BH_V x = bh_load(left);, value)
#define BH_EACH_TWO(value) BH_EACH(const BH_V x = bh_load(left); const BH_V y = bh_load(right);, value)

BH_INLINE bh_register bh_run_step(const bh_op *op, const bh_piece *piece, bh_register a, bh_register b)
{
    ptrdiff_t rows = a.row || b.row ? piece->rows : 1, vectors = a.column || b.column ? piece->vectors : 1;
    bh_register made = {piece->work + op->out * piece->size, 0, a.column || b.column ? BH_LANES : 0};
    if (a.row || b.row)
        made.row = vectors * BH_LANES;
    const bh_register found = made;
    if (vectors == 1) { /* the rows are as columns */
        a.column = a.row;
        b.column = b.row;
        made.column = made.row;
        vectors = rows;
        rows = 1;
    } else if (a.row == vectors * a.column && b.row == vectors * b.column && rows > 1) { /* they follow each other without a gap */
        vectors *= rows;
        rows = 1;
    }
    const BH_V number = bh_splat(op->number), offset = bh_splat(op->offset);
    switch (op->op) {
    case BH_FILL: bh_store(made.at, number); break;
    case BH_COPY: BH_EACH_ONE(x);
    case BH_AFFINE: BH_EACH_ONE(bh_fma(number, x, offset));
    case BH_ADD: BH_EACH_TWO(x + y);
    case BH_SUB: BH_EACH_TWO(x - y);
    case BH_ADD_SCALED: BH_EACH_TWO(bh_fma(number, y, x));
    case BH_MUL: BH_EACH_TWO(x * y);
    case BH_EXP: BH_EACH_ONE(bh_exp(x));
    case BH_LOG: BH_EACH_ONE(bh_log(x));
    case BH_SIN: BH_EACH_ONE(bh_sin(x));
    case BH_COS: BH_EACH_ONE(bh_cos(x));
    case BH_TANH: BH_EACH_ONE(bh_tanh(x));
    case BH_SIGMOID: BH_EACH_ONE(bh_sigmoid(x));
    case BH_ERF: BH_EACH_ONE(bh_erf(x));
    case BH_RELU: BH_EACH_ONE(bh_relu(x));
    case BH_STEP: BH_EACH_ONE(bh_step(x));
    case BH_SIGN: BH_EACH_ONE(bh_sign(x));
    case BH_ABS: BH_EACH_ONE(bh_abs(x));
    case BH_RECIPROCAL: BH_EACH_ONE(bh_reciprocal(x));
    case BH_SQUARE: BH_EACH_ONE(x * x);
    case BH_SQRT: BH_EACH_ONE(bh_root(x));
    case BH_POWER_WHOLE: BH_EACH_ONE(bh_power_whole(x, (int)op->number));
    case BH_POWER_REAL: BH_EACH_ONE(bh_pow(x, number));
    case BH_POWER: BH_EACH_TWO(bh_pow(x, y));
    case BH_DIV: BH_EACH_TWO(x / y);
    case BH_MAX: BH_EACH_TWO(bh_maximum(x, y));
    case BH_MIN: BH_EACH_TWO(bh_minimum(x, y));
    default: break;
    }
    return found;
}

BH_LOCAL void bh_run_piece(const bh_code *code, const bh_piece *piece)
{
    bh_register held[BH_REGISTERS];
    for (const bh_op *op = code->ops; op < code->ops + code->count; op++)
        switch (op->op) {
        case BH_LOAD: held[op->out] = bh_run_load(op, piece); break;
        case BH_STORE: bh_run_store(op, piece, held[op->a]); break;
        case BH_ROW_SUM:
        case BH_ROW_MAX: held[op->out] = bh_run_rows(op, piece, held[op->a]); break;
        case BH_FILL: held[op->out] = bh_run_step(op, piece, (bh_register){NULL, 0, 0}, (bh_register){NULL, 0, 0}); break;
        case BH_ADD:
        case BH_SUB:
        case BH_ADD_SCALED:
        case BH_MUL:
        case BH_POWER:
        case BH_DIV:
        case BH_MAX:
        case BH_MIN: held[op->out] = bh_run_step(op, piece, held[op->a], held[op->b]); break;
        default: held[op->out] = bh_run_step(op, piece, held[op->a], (bh_register){held[op->a].at, 0, 0}); break;
        }
}

/* The code at rows first … last − 1. Rows do not know of each other, so that threads may share them out; what is stored may be what was loaded, if it is
   stored after the last step that reads it. work: bh_pass_work numbers of one's own. */
BH_LOCAL void bh_pass(const bh_code *code, ptrdiff_t first, ptrdiff_t last, REAL *work)
{
    const int flat = code->flat;
    const ptrdiff_t columns = flat ? (last - first) * code->columns : code->columns;
    const ptrdiff_t width = (columns + BH_LANES - 1) / BH_LANES * BH_LANES;
    bh_piece piece = {first, 1, 0, columns, 0, (REAL *)(((uintptr_t)work + 63) & ~(uintptr_t)63), BH_PIECE};
    if (code->reduces && width > BH_PIECE)
        piece.size = width;
    const ptrdiff_t across = width > piece.size ? piece.size : columns, down = width < piece.size ? piece.size / (width ? width : 1) : 1;
    for (ptrdiff_t i = first; i < (flat ? first + 1 : last) && last > first; i += down)
        for (ptrdiff_t j = 0; j < columns; j += across) {
            piece.first = i;
            piece.rows = flat ? 1 : last - i < down ? last - i : down;
            piece.from = j;
            piece.columns = columns - j < across ? columns - j : across;
            piece.vectors = (piece.columns + BH_LANES - 1) / BH_LANES;
            bh_run_piece(code, &piece);
        }
}
