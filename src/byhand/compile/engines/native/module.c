/* The extension: a tape is loaded, and then runs whole epochs.

   load(words, bits, simd, gemm) -> tape      words: int64; bits: 32 or 64; simd: "", "generic", "avx2", "avx512"; gemm: an address or 0
   put(tape, offset, array), get(tape, offset, array)         numbers into the arena and out of it
   epoch(tape, data, order, rates, first, places, losses, threads)
       data: for each base (array, rows in the whole, numbers before and after the axis of samples in one sample's way: outer, inner)
       order: int64 (steps, batch); rates: float64 (steps,); places: offsets of the learning rate, the count and the loss, −1 where there is none
   once(tape, threads)                                         one step with what is in the arena
   simd() -> the instruction sets that this machine has, best first

   Only the stable part of Python's interface is used, and arrays come by the buffer protocol. */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "tape.h"
#include "threads.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GUARD = 64, SMALL_BATCH = 4096 };

typedef struct {
    bt_tape *tape;
    const bt_engine *engine;
    int64_t size; /* bytes of a number */
    char *block, *arena;
    char *batch[MOST_BASES]; /* behind the arena: where samples are copied to */
    void *gemm, *plan;       /* plan: how a step of small layers goes, with all addresses known */
    int busy;
} machine;

static const char NAME[] = "byhand.tape";

static void *aligned(void *from) { return (void *)(((uintptr_t)from + 63) & ~(uintptr_t)63); }

static void forget(PyObject *capsule)
{
    machine *m = PyCapsule_GetPointer(capsule, NAME);
    if (m) {
        bt_free(m->tape);
        free(m->plan);
        free(m->block);
        free(m);
    }
}

static int64_t padded(int64_t bytes) { return (bytes + 63 + GUARD) & ~(int64_t)63; }

/* The arena and the batches in one block, with room around each, and the plan if there is one. */
static int allot(machine *m)
{
    const bt_tape *tape = m->tape;
    int64_t bytes = padded(tape->length * m->size) + 2 * GUARD, largest = 0;
    for (int k = 0; k < tape->batches.count; k++) {
        bytes += padded(tape->batches.each[k] * m->size);
        largest = tape->batches.each[k] > largest ? tape->batches.each[k] : largest;
    }
    m->block = calloc(1, (size_t)bytes);
    if (!m->block)
        return -1;
    char *at = m->arena = (char *)aligned(m->block) + GUARD;
    void *bases[MOST_BASES + 1] = {m->arena};
    at += padded(tape->length * m->size);
    for (int k = 0; k < tape->batches.count; k++) {
        bases[k + 1] = m->batch[k] = at;
        at += padded(tape->batches.each[k] * m->size);
    }
    if (largest * m->size <= SMALL_BATCH)
        m->plan = m->engine->plan(tape, bases);
    return 0;
}

static machine *machine_of(PyObject *capsule)
{
    machine *m = PyCapsule_GetPointer(capsule, NAME);
    if (m && m->busy) {
        PyErr_SetString(PyExc_RuntimeError, "this tape is running already");
        return NULL;
    }
    return m;
}

static const bt_engine *engines(const char *simd, int index)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    const int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const int avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
    if (avx512 && (!*simd || !strcmp(simd, "avx512")))
        return &bt_avx512[index];
    if (avx2 && (!*simd || !strcmp(simd, "avx2")))
        return &bt_avx2[index];
#endif
    return !*simd || !strcmp(simd, "generic") ? &bt_generic[index] : NULL;
}

static PyObject *simd(PyObject *self, PyObject *none)
{
    (void)self;
    (void)none;
    static const char *const names[] = {"avx512", "avx2", "generic"};
    PyObject *found = PyList_New(0);
    for (int i = 0; found && i < 3; i++)
        if (engines(names[i], 0)) {
            PyObject *name = PyUnicode_FromString(names[i]);
            if (!name || PyList_Append(found, name)) {
                Py_XDECREF(name);
                Py_DECREF(found);
                return NULL;
            }
            Py_DECREF(name);
        }
    return found;
}

static PyObject *load(PyObject *self, PyObject *args)
{
    (void)self;
    Py_buffer words;
    int bits;
    const char *wanted;
    unsigned long long gemm;
    if (!PyArg_ParseTuple(args, "y*isK", &words, &bits, &wanted, &gemm))
        return NULL;
    PyObject *result = NULL;
    machine *m = calloc(1, sizeof *m);
    const char *reason = NULL;
    if (!m) {
        PyErr_NoMemory();
    } else if (bits != 32 && bits != 64) {
        PyErr_SetString(PyExc_ValueError, "bits is 32 or 64");
    } else if (!(m->engine = engines(wanted, bits == 64))) {
        PyErr_Format(PyExc_ValueError, "this machine cannot run simd=%s", wanted);
    } else if (words.len % 8 || words.len > INT32_MAX || (uintptr_t)words.buf % 8 || !(m->tape = bt_read(words.buf, words.len / 8, &reason))) {
        PyErr_Format(PyExc_ValueError, "not a tape: %s", reason ? reason : "it is not whole");
    } else {
        m->size = bits / 8;
        m->gemm = (void *)(uintptr_t)gemm;
        if (allot(m))
            PyErr_NoMemory();
        else
            result = PyCapsule_New(m, NAME, forget);
    }
    if (!result && m) {
        bt_free(m->tape);
        free(m->plan);
        free(m->block);
        free(m);
    }
    PyBuffer_Release(&words);
    return result;
}

static PyObject *copy(PyObject *args, int into)
{
    PyObject *capsule, *array;
    long long offset;
    if (!PyArg_ParseTuple(args, "OLO", &capsule, &offset, &array))
        return NULL;
    machine *m = machine_of(capsule);
    Py_buffer view;
    if (!m || PyObject_GetBuffer(array, &view, into ? PyBUF_C_CONTIGUOUS : PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE))
        return NULL;
    const int64_t room = m->tape->length - offset;
    if (offset < 0 || room < 0 || view.itemsize != m->size || view.len / m->size > room) {
        PyErr_SetString(PyExc_ValueError, "the array does not fit the arena there");
    } else {
        char *at = m->arena + offset * m->size;
        memcpy(into ? at : view.buf, into ? view.buf : at, (size_t)view.len);
    }
    PyBuffer_Release(&view);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *put(PyObject *self, PyObject *args)
{
    (void)self;
    return copy(args, 1);
}

static PyObject *get(PyObject *self, PyObject *args)
{
    (void)self;
    return copy(args, 0);
}

/* ---- epochs ---- */

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
            chunk *= 4;
        else if (took > 0.1 && chunk > 1)
            chunk /= 2;
    }
    return 0;
}

static int64_t scratch_of(machine *m, int64_t threads, char **block, char **begin)
{
    const int64_t each = (m->engine->scratch(m->tape) + 127) & ~(int64_t)63;
    *block = malloc((size_t)(each * threads) + 64);
    *begin = *block ? aligned(*block) : NULL;
    return each;
}

static int64_t threads_of(int threads) { return threads < 1 ? 1 : threads > MOST_THREADS ? MOST_THREADS : threads; }

static PyObject *once(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *capsule;
    int threads;
    if (!PyArg_ParseTuple(args, "Oi", &capsule, &threads))
        return NULL;
    machine *m = machine_of(capsule);
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
    if (outer < 1 || rows < 1 || inner < 1 || __builtin_mul_overflow((int64_t)outer, (int64_t)inner, &one) || __builtin_mul_overflow(one, (int64_t)rows, &all) ||
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
    for (int64_t k = 0; k < e->count; k++) {
        int64_t least = 0, most = 0;
        for (int64_t i = 0; i < e->steps * e->batch; i++) {
            least = e->order[i] < least ? e->order[i] : least;
            most = e->order[i] > most ? e->order[i] : most;
        }
        if (least < 0 || most >= e->sources[k].rows) {
            PyErr_SetString(PyExc_IndexError, "the order names a sample that is not there");
            return -1;
        }
    }
    return 0;
}

static int inside(const machine *m, long long place) { return place >= -1 && place < m->tape->length; }

static PyObject *epoch(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *capsule, *data, *order_array, *rates_array, *losses_array;
    long long first, rate, number, loss;
    int threads;
    if (!PyArg_ParseTuple(args, "OO!OOL(LLL)Oi", &capsule, &PyTuple_Type, &data, &order_array, &rates_array, &first, &rate, &number, &loss, &losses_array, &threads))
        return NULL;
    machine *m = machine_of(capsule);
    if (!m)
        return NULL;
    epoch_of e = {.m = m, .first = first, .rate = rate, .number = number, .loss = loss};
    Py_buffer order = {0}, rates = {0}, losses = {0}, views[MOST_BASES];
    int64_t held = 0;
    char *block = NULL;
    PyObject *result = NULL;
    const int64_t count = (int64_t)PyTuple_Size(data);
    if (PyObject_GetBuffer(order_array, &order, PyBUF_C_CONTIGUOUS) || PyObject_GetBuffer(rates_array, &rates, PyBUF_C_CONTIGUOUS) ||
        PyObject_GetBuffer(losses_array, &losses, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE))
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
    for (; held < count; held++)
        if (e.steps && take_source(&e, PyTuple_GetItem(data, (Py_ssize_t)held), &views[held], held))
            goto done;
    e.count = count;
    if (!e.steps) {
        held = 0;
        result = Py_NewRef(Py_None);
        goto done;
    }
    if (check_order(&e))
        goto done;
    e.each = scratch_of(m, threads_of(threads), &block, &e.scratch);
    if (!block) {
        PyErr_NoMemory();
        goto done;
    }
    m->busy = 1;
    const int failed = all_steps(&e, threads_of(threads));
    m->busy = 0;
    if (!failed)
        result = Py_NewRef(Py_None);
done:
    for (int64_t k = 0; k < held; k++)
        PyBuffer_Release(&views[k]);
    if (order.obj)
        PyBuffer_Release(&order);
    if (rates.obj)
        PyBuffer_Release(&rates);
    if (losses.obj)
        PyBuffer_Release(&losses);
    free(block);
    return result;
}

static PyMethodDef methods[] = {{"load", load, METH_VARARGS, "A tape made ready."},
                                {"put", put, METH_VARARGS, "Numbers into the arena."},
                                {"get", get, METH_VARARGS, "Numbers out of the arena."},
                                {"epoch", epoch, METH_VARARGS, "The steps of an epoch."},
                                {"once", once, METH_VARARGS, "One step."},
                                {"simd", simd, METH_NOARGS, "The instruction sets of this machine."},
                                {NULL, NULL, 0, NULL}};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_native", "Tapes, run.", -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__native(void) { return PyModule_Create(&definition); }
