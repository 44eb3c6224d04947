/* BH_LANES vectors to one: lane i becomes the sum, or the largest, of the lanes of vector i. In pairs, as a tree: each step lays two vectors
   side by side in halves and adds the halves, so that it takes three instructions a vector where one after another would take nine. */

#define bh_fold_sums BH_NAME(fold_sums)
#define bh_fold_most BH_NAME(fold_most)

#undef BH_MIX
#undef BH_FOLD
#undef BH_FOLDS
#define BH_MIX(...) __builtin_shufflevector(a, b, __VA_ARGS__)
#define BH_FOLD(pairs, both, left, right)              \
    BH_UNROLL                                          \
    for (int i = 0; i < pairs; i++) {                  \
        const BH_V a = row[2 * i], b = row[2 * i + 1]; \
        row[i] = both(left, right);                    \
    }
#if !BH_HAS_SHUFFLE
#define BH_FOLDS(both)                                                            \
    BH_V a, b;                                                                    \
    for (ptrdiff_t half = BH_LANES / 2; half > 0; half /= 2)                      \
        for (ptrdiff_t i = 0; i < BH_LANES; i++) {                                \
            for (ptrdiff_t l = 0; l < half; l++)                                  \
                (a = row[i], b = (BH_V){0} + row[i][l + half], row[i][l] = both(a, b)[l]); \
        }                                                                         \
    for (ptrdiff_t i = 1; i < BH_LANES; i++)                                      \
        row[0][i] = row[i][0];
#elif BH_WIDTH == 64 && BH_BITS == 32
#define BH_FOLDS(both)                                                                                                                             \
    BH_FOLD(8, both, BH_MIX(0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29), BH_MIX(2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)) \
    BH_FOLD(4, both, BH_MIX(0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29), BH_MIX(2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)) \
    BH_FOLD(2, both, BH_MIX(0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27), BH_MIX(4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)) \
    BH_FOLD(1, both, BH_MIX(0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27), BH_MIX(4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31))
#elif BH_WIDTH == 64
#define BH_FOLDS(both)                                                                         \
    BH_FOLD(4, both, BH_MIX(0, 8, 2, 10, 4, 12, 6, 14), BH_MIX(1, 9, 3, 11, 5, 13, 7, 15))     \
    BH_FOLD(2, both, BH_MIX(0, 1, 4, 5, 8, 9, 12, 13), BH_MIX(2, 3, 6, 7, 10, 11, 14, 15))     \
    BH_FOLD(1, both, BH_MIX(0, 1, 4, 5, 8, 9, 12, 13), BH_MIX(2, 3, 6, 7, 10, 11, 14, 15))
#elif BH_WIDTH == 32 && BH_BITS == 32
#define BH_FOLDS(both)                                                                         \
    BH_FOLD(4, both, BH_MIX(0, 8, 1, 9, 4, 12, 5, 13), BH_MIX(2, 10, 3, 11, 6, 14, 7, 15))     \
    BH_FOLD(2, both, BH_MIX(0, 1, 8, 9, 4, 5, 12, 13), BH_MIX(2, 3, 10, 11, 6, 7, 14, 15))     \
    BH_FOLD(1, both, BH_MIX(0, 1, 2, 3, 8, 9, 10, 11), BH_MIX(4, 5, 6, 7, 12, 13, 14, 15))
#elif BH_WIDTH == 32
#define BH_FOLDS(both)                                          \
    BH_FOLD(2, both, BH_MIX(0, 4, 2, 6), BH_MIX(1, 5, 3, 7))    \
    BH_FOLD(1, both, BH_MIX(0, 1, 4, 5), BH_MIX(2, 3, 6, 7))
#elif BH_BITS == 32
#define BH_FOLDS(both)                                          \
    BH_FOLD(2, both, BH_MIX(0, 4, 1, 5), BH_MIX(2, 6, 3, 7))    \
    BH_FOLD(1, both, BH_MIX(0, 1, 4, 5), BH_MIX(2, 3, 6, 7))
#else
#define BH_FOLDS(both) BH_FOLD(1, both, BH_MIX(0, 2), BH_MIX(1, 3))
#endif

BH_INLINE BH_V bh_fold_sums(BH_V row[])
{
#define BH_ADDED(x, y) ((x) + (y))
    BH_FOLDS(BH_ADDED)
#undef BH_ADDED
    return row[0];
}

/* NaN where one is NaN. */
BH_INLINE BH_V bh_fold_most(BH_V row[])
{
    BH_FOLDS(bh_maximum)
    return row[0];
}
