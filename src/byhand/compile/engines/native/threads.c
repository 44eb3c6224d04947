/* A barrier that spins for a while and then lets others run; threads made for one call. */
#include "threads.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { SPINS = 4000 };

struct bt_barrier {
    int64_t threads;
    _Alignas(64) atomic_int_fast64_t waiting;
    _Alignas(64) atomic_int_fast64_t round;
};

static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

void bt_wait(bt_barrier *b)
{
    const int_fast64_t round = atomic_load_explicit(&b->round, memory_order_relaxed);
    if (atomic_fetch_add_explicit(&b->waiting, 1, memory_order_acq_rel) == b->threads - 1) {
        atomic_store_explicit(&b->waiting, 0, memory_order_relaxed);
        atomic_store_explicit(&b->round, round + 1, memory_order_release);
        return;
    }
    for (int spins = 0; atomic_load_explicit(&b->round, memory_order_acquire) == round; spins++)
        if (spins < SPINS)
            relax();
        else
            sched_yield();
}

typedef struct {
    bt_work work;
    void *context;
    int64_t thread, threads;
    bt_barrier *barrier;
    atomic_int *go; /* 0 wait, 1 work, 2 leave it */
} share;

static void *begin(void *given)
{
    share *s = given;
    int go;
    while (!(go = atomic_load_explicit(s->go, memory_order_acquire)))
        sched_yield();
    if (go == 1)
        s->work(s->context, s->thread, s->threads, s->barrier);
    return NULL;
}

int64_t bt_together(bt_work work, void *context, int64_t threads)
{
    bt_barrier barrier = {.threads = threads};
    if (threads <= 1) {
        work(context, 0, 1, &barrier);
        return 1;
    }
    pthread_t made[MOST_THREADS];
    share shares[MOST_THREADS];
    atomic_int go = 0;
    int64_t count = 1;
    for (; count < threads; count++) {
        shares[count] = (share){work, context, count, threads, &barrier, &go};
        if (pthread_create(&made[count], NULL, begin, &shares[count]))
            break;
    }
    atomic_store_explicit(&go, count == threads ? 1 : 2, memory_order_release);
    if (count == threads)
        work(context, 0, threads, &barrier);
    for (int64_t i = 1; i < count; i++)
        pthread_join(made[i], NULL);
    return count == threads ? threads : 0;
}
