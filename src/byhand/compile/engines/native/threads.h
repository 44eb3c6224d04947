/* Threads that share the steps of an epoch. They live as long as one call: nothing is left over for a fork to lose. */
#ifndef BYHAND_THREADS_H
#define BYHAND_THREADS_H
#include "tape.h"

enum { MOST_THREADS = 64 };

typedef void (*bt_work)(void *context, int64_t thread, int64_t threads, bt_barrier *barrier);

/* The work on so many threads, this one being the first; with fewer where no more can be had. Returns with how many it was done, or 0 if it was not. */
int64_t bt_together(bt_work work, void *context, int64_t threads);
#endif
