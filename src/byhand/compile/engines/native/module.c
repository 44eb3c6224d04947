/* The extension: a tape is loaded, and then runs whole epochs.

   load(words, bits, simd, gemm) -> tape      words: int64; bits: 32 or 64; simd: "", "generic", "avx2", "avx512"; gemm: an address or 0
   put(tape, offset, array), get(tape, offset, array)         numbers into the arena and out of it
   epoch(tape, data, order, rates, first, places, losses, threads, kept = ())
       data: for each base (array, rows in the whole, numbers before and after the axis of samples in one sample's way: outer, inner)
       order: int64 (steps, batch); rates: float64 (steps,); places: offsets of the learning rate, the count and the loss, −1 where there is none
       kept: for each array that goes into the arena before the first step and comes out of it after the last one (offset, array)
   once(tape, threads)                                         one step with what is in the arena
   simd() -> the instruction sets that this machine has, best first

   Only the stable part of Python's interface is used, and arrays come by the buffer protocol. */
#include "machine.h"
#include <stdlib.h>
#include <string.h>

enum { GUARD = 64, SMALL_BATCH = 4096 };

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

machine *bt_machine(PyObject *capsule)
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
    machine *m = bt_machine(capsule);
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

static PyMethodDef methods[] = {{"load", load, METH_VARARGS, "A tape made ready."},
                                {"put", put, METH_VARARGS, "Numbers into the arena."},
                                {"get", get, METH_VARARGS, "Numbers out of the arena."},
                                {"epoch", bt_epoch, METH_VARARGS, "The steps of an epoch."},
                                {"once", bt_once, METH_VARARGS, "One step."},
                                {"simd", simd, METH_NOARGS, "The instruction sets of this machine."},
                                {NULL, NULL, 0, NULL}};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_native", "Tapes, run.", -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__native(void) { return PyModule_Create(&definition); }
