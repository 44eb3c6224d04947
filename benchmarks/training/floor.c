/* The products of a training step, one after another, by the BLAS whose address is given: no call of Python in between. */
#include <stdint.h>
#include <string.h>

typedef void (*sgemm)(int, int, int, int64_t, int64_t, int64_t, float, const float *, int64_t, const float *, int64_t, float, float *, int64_t);
typedef void (*dgemm)(int, int, int, int64_t, int64_t, int64_t, double, const double *, int64_t, const double *, int64_t, double, double *, int64_t);

struct job {
    int64_t ta, tb, m, n, k, lda, ldb, ldc;
    const void *a, *b;
    void *c;
};

enum { ROWS_FIRST = 101, PLAIN = 111, TURNED = 112 };

/* After the products every weight is read and written once. */
void steps(int64_t count, int64_t jobs, const struct job *job, void *gemm, int64_t doubles, int64_t bytes, void *to, const void *from)
{
    for (int64_t step = 0; step < count; step++) {
        for (int64_t i = 0; i < jobs; i++) {
            const struct job *j = job + i;
            int ta = j->ta ? TURNED : PLAIN, tb = j->tb ? TURNED : PLAIN;
            if (doubles)
                ((dgemm)gemm)(ROWS_FIRST, ta, tb, j->m, j->n, j->k, 1, j->a, j->lda, j->b, j->ldb, 0, j->c, j->ldc);
            else
                ((sgemm)gemm)(ROWS_FIRST, ta, tb, j->m, j->n, j->k, 1, j->a, j->lda, j->b, j->ldb, 0, j->c, j->ldc);
        }
        memcpy(to, from, (size_t)bytes);
    }
}
