/* A tape that has been loaded, with its numbers: what module.c makes and epoch.c runs. */
#ifndef BYHAND_MACHINE_H
#define BYHAND_MACHINE_H
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "tape.h"

typedef struct {
    bt_tape *tape;
    const bt_engine *engine;
    int64_t size; /* bytes of a number */
    char *block, *arena;
    char *batch[MOST_BASES]; /* behind the arena: where samples are copied to */
    void *gemm, *plan;       /* plan: how a step of small layers goes, with all addresses known */
    int busy;
} machine;

/* NULL, and an exception, for what is no tape or is running. */
machine *bt_machine(PyObject *capsule);

PyObject *bt_once(PyObject *self, PyObject *args);
PyObject *bt_epoch(PyObject *self, PyObject *args);
#endif
