/* Epochs: the steps of a tape over the samples that an order names, on as many threads as were asked for. */
#include "machine.h"
#include "threads.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
    const char *whole; /* outer × rows × inner numbers */
    int64_t outer, rows, inner;
} source;

typedef struct {
    machine *m;
    source sources[MOST_BASES];
    int64_t count, steps, batch, first;
    const int64_t *order;
    const double *rates;
    int64_t rate, number, loss;
    double *losses;
    char *scratch;
    int64_t each; /* bytes of scratch for a thread */
    int64_t from, to;
} epoch_of;

static void write_number(const machine *m, int64_t at, double value)
{
    if (at >= 0 && m->size == 4)
        ((float *)m->arena)[at] = (float)value;
    else if (at >= 0)
        ((double *)m->arena)[at] = value;
}

static double read_number(const machine *m, int64_t at) { return at < 0 ? 0 : m->size == 4 ? ((float *)m->arena)[at] : ((double *)m->arena)[at]; }

static int neighbours(const int64_t *rows, int64_t count)
{
    for (int64_t i = 1; i < count; i++)
        if (rows[i] != rows[0] + i)
            return 0;
    return 1;
}

static inline void copy_bytes(char *to, const char *from, int64_t bytes)
{
    if (bytes > 64) {
        memcpy(to, from, (size_t)bytes);
        return;
    }
    for (; bytes >= 8; bytes -= 8, to += 8, from += 8)
        memcpy(to, from, 8);
    if (bytes)
        memcpy(to, from, 4);
}

/* The samples of a step: where they stand if they are neighbours, else copied, each thread its share. */
static void samples(const epoch_of *e, const int64_t *rows, void **bases, int64_t thread, int64_t threads)
{
    if (!e->count)
        return;
    const int beside = !(e->m->plan && threads == 1) && neighbours(rows, e->batch);
    const int64_t low = e->batch * thread / threads, high = e->batch * (thread + 1) / threads;
    for (int64_t k = 0; k < e->count; k++) {
        const source *s = &e->sources[k];
        const int64_t bytes = s->inner * e->m->size;
        if (beside && s->outer == 1) {
            bases[k + 1] = (void *)(s->whole + rows[0] * bytes);
            continue;
        }
        char *batch = e->m->batch[k];
        bases[k + 1] = batch;
        for (int64_t o = 0; o < s->outer; o++)
            for (int64_t i = low; i < high; i++)
                copy_bytes(batch + (o * e->batch + i) * bytes, s->whole + (o * s->rows + rows[i]) * bytes, bytes);
    }
}

static void steps(void *context, int64_t thread, int64_t threads, bt_barrier *barrier)
{
    const epoch_of *e = context;
    machine *m = e->m;
    void *bases[MOST_BASES + 1] = {m->arena};
    const bt_call call = {m->tape, bases, e->scratch + thread * e->each, thread, threads, barrier, m->gemm, m->plan};
    void (*const run)(const bt_call *) = m->plan && threads == 1 ? m->engine->small : m->engine->run;
    for (int64_t k = e->from; k < e->to; k++) {
        if (!thread) {
            write_number(m, e->rate, e->rates ? e->rates[k] : 0);
            write_number(m, e->number, (double)(e->first + k));
        }
        samples(e, e->order + k * e->batch, bases, thread, threads);
        run(&call);
        if (!thread && e->losses) /* which this thread has worked out; after the wait others may write there again */
            e->losses[k] = read_number(m, e->loss);
        if (threads > 1)
            bt_wait(barrier);
    }
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* All steps, without the interpreter's lock but for a look at signals every few hundredths of a second. */
static int all_steps(epoch_of *e, int64_t threads)
{
    int64_t chunk = 1;
    while (e->from < e->steps) {
        int64_t done;
        const double began = seconds();
        e->to = e->steps - e->from < chunk ? e->steps : e->from + chunk;
        Py_BEGIN_ALLOW_THREADS
        done = bt_together(steps, e, threads);
        if (!done && threads > 1)
            bt_together(steps, e, 1);
        Py_END_ALLOW_THREADS
        const double took = seconds() - began;
        e->from = e->to;
        if (PyErr_CheckSignals())
            return -1;
        if (took < 0.02)
            chunk *= took < 0.0002 ? 64 : 4;
        else if (took > 0.1 && chunk > 1)
            chunk /= 2;
    }
    return 0;
}

static int64_t scratch_of(machine *m, int64_t threads, char **block, char **begin)
{
    const int64_t each = (m->engine->scratch(m->tape) + 127) & ~(int64_t)63;
    *block = malloc((size_t)(each * threads) + 64);
    *begin = *block ? (char *)(((uintptr_t)*block + 63) & ~(uintptr_t)63) : NULL;
    return each;
}

static int64_t threads_of(int threads) { return threads < 1 ? 1 : threads > MOST_THREADS ? MOST_THREADS : threads; }

PyObject *bt_once(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *capsule;
    int threads;
    if (!PyArg_ParseTuple(args, "Oi", &capsule, &threads))
        return NULL;
    machine *m = bt_machine(capsule);
    if (!m)
        return NULL;
    if (m->tape->batches.count) {
        PyErr_SetString(PyExc_ValueError, "this tape needs data");
        return NULL;
    }
    epoch_of e = {.m = m, .steps = 1, .rate = -1, .number = -1, .loss = -1};
    char *block;
    e.each = scratch_of(m, threads_of(threads), &block, &e.scratch);
    if (!block)
        return PyErr_NoMemory();
    m->busy = 1;
    const int failed = all_steps(&e, threads_of(threads));
    m->busy = 0;
    free(block);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}

/* One array of data, checked against the base that it fills. */
static int take_source(epoch_of *e, PyObject *item, Py_buffer *view, int64_t k)
{
    PyObject *array;
    long long outer, rows, inner;
    if (!PyArg_ParseTuple(item, "OLLL", &array, &outer, &rows, &inner) || PyObject_GetBuffer(array, view, PyBUF_C_CONTIGUOUS))
        return -1;
    int64_t one, all;
    if (outer < 1 || rows < 0 || inner < 1 || __builtin_mul_overflow((int64_t)outer, (int64_t)inner, &one) || __builtin_mul_overflow(one, (int64_t)rows, &all) ||
        view->itemsize != e->m->size || view->len / e->m->size != all || __builtin_mul_overflow(one, e->batch, &all) || all != e->m->tape->batches.each[k]) {
        PyBuffer_Release(view);
        PyErr_SetString(PyExc_ValueError, "an array of data does not fit the tape");
        return -1;
    }
    e->sources[k] = (source){view->buf, outer, rows, inner};
    return 0;
}

static int check_order(const epoch_of *e)
{
    int64_t least = 0, most = 0, rows = INT64_MAX;
    for (int64_t k = 0; k < e->count; k++)
        rows = e->sources[k].rows < rows ? e->sources[k].rows : rows;
    for (int64_t i = 0; i < e->steps * e->batch; i++) {
        least = e->order[i] < least ? e->order[i] : least;
        most = e->order[i] > most ? e->order[i] : most;
    }
    if (least >= 0 && most < rows)
        return 0;
    PyErr_SetString(PyExc_IndexError, "the order names a sample that is not there");
    return -1;
}

static int inside(const machine *m, long long place) { return place >= -1 && place < m->tape->length; }

/* Arrays whose numbers are in the arena while the steps run. */
typedef struct {
    int64_t count;
    struct {
        char *at;
        Py_buffer view;
    } *each;
} numbers;

static void let_go(numbers *n)
{
    for (int64_t k = 0; k < n->count; k++)
        PyBuffer_Release(&n->each[k].view);
    free(n->each);
}

static int take_numbers(const machine *m, PyObject *given, numbers *n)
{
    const Py_ssize_t count = given ? PyTuple_Size(given) : 0;
    n->each = malloc(sizeof *n->each * (size_t)(count + 1));
    if (!n->each) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t k = 0; k < count; k++) {
        PyObject *array;
        long long offset;
        Py_buffer *view = &n->each[k].view;
        if (!PyArg_ParseTuple(PyTuple_GetItem(given, k), "LO", &offset, &array) || PyObject_GetBuffer(array, view, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE))
            return -1;
        n->count = k + 1;
        if (offset < 0 || offset > m->tape->length || view->itemsize != m->size || view->len / m->size > m->tape->length - offset) {
            PyErr_SetString(PyExc_ValueError, "an array does not fit the arena there");
            return -1;
        }
        n->each[k].at = m->arena + offset * m->size;
    }
    return 0;
}

static int run(epoch_of *e, const numbers *kept, int64_t threads)
{
    for (int64_t k = 0; k < kept->count; k++)
        memcpy(kept->each[k].at, kept->each[k].view.buf, (size_t)kept->each[k].view.len);
    e->m->busy = 1;
    const int failed = all_steps(e, threads);
    e->m->busy = 0;
    for (int64_t k = 0; k < kept->count; k++)
        memcpy(kept->each[k].view.buf, kept->each[k].at, (size_t)kept->each[k].view.len);
    return failed;
}

PyObject *bt_epoch(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *capsule, *data, *order_array, *rates_array, *losses_array, *given = NULL;
    long long first, rate, number, loss;
    int threads;
    if (!PyArg_ParseTuple(args, "OO!OOL(LLL)Oi|O!", &capsule, &PyTuple_Type, &data, &order_array, &rates_array, &first, &rate, &number, &loss, &losses_array,
                          &threads, &PyTuple_Type, &given))
        return NULL;
    machine *m = bt_machine(capsule);
    if (!m)
        return NULL;
    epoch_of e = {.m = m, .first = first, .rate = rate, .number = number, .loss = loss};
    Py_buffer order = {0}, rates = {0}, losses = {0}, views[MOST_BASES];
    numbers kept = {0};
    int64_t held = 0;
    char *block = NULL;
    PyObject *result = NULL;
    const int64_t count = (int64_t)PyTuple_Size(data);
    if (PyObject_GetBuffer(order_array, &order, PyBUF_C_CONTIGUOUS) || PyObject_GetBuffer(rates_array, &rates, PyBUF_C_CONTIGUOUS) ||
        PyObject_GetBuffer(losses_array, &losses, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE) || take_numbers(m, given, &kept))
        goto done;
    e.steps = (int64_t)(rates.len / 8);
    e.batch = e.steps ? (int64_t)(order.len / 8) / e.steps : 0;
    e.order = order.buf;
    e.rates = rates.buf;
    e.losses = losses.buf;
    if (order.itemsize != 8 || rates.itemsize != 8 || losses.itemsize != 8 || losses.len != rates.len || e.batch * e.steps * 8 != order.len || count != m->tape->batches.count ||
        !inside(m, rate) || !inside(m, number) || !inside(m, loss)) {
        PyErr_SetString(PyExc_ValueError, "the arguments of an epoch do not fit each other");
        goto done;
    }
    if (!e.steps) {
        result = Py_NewRef(Py_None);
        goto done;
    }
    for (; held < count; held++)
        if (take_source(&e, PyTuple_GetItem(data, (Py_ssize_t)held), &views[held], held))
            goto done;
    e.count = count;
    if (check_order(&e))
        goto done;
    e.each = scratch_of(m, threads_of(threads), &block, &e.scratch);
    if (!block)
        PyErr_NoMemory();
    else if (!run(&e, &kept, threads_of(threads)))
        result = Py_NewRef(Py_None);
done:
    for (int64_t k = 0; k < held; k++)
        PyBuffer_Release(&views[k]);
    let_go(&kept);
    if (order.obj)
        PyBuffer_Release(&order);
    if (rates.obj)
        PyBuffer_Release(&rates);
    if (losses.obj)
        PyBuffer_Release(&losses);
    free(block);
    return result;
}
