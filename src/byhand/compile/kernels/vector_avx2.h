/* AVX2 with FMA: a mask is a vector whose sign bits count. */

#undef BH_X
#if BH_BITS == 32
#define BH_X(name) BH_JOIN(BH_JOIN(_mm256_, name), _ps)
#else
#define BH_X(name) BH_JOIN(BH_JOIN(_mm256_, name), _pd)
#endif
typedef BH_V BH_M;

typedef struct {
    __m256i lanes;
    int count;
} BH_T;

BH_INLINE BH_T bh_tail_of(ptrdiff_t count)
{
    static const BH_INTEGER ones_and_zeros[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
    BH_T tail;
    memcpy(&tail.lanes, ones_and_zeros + 8 - count, sizeof tail.lanes);
    tail.count = (int)count;
    return tail;
}

BH_INLINE BH_V bh_load_tail(const REAL *from, BH_T tail) { return BH_X(maskload)(from, tail.lanes); }

/* In pieces of 16, 8 and 4 bytes: masked stores are a slow microcode on AMD. */
BH_INLINE void bh_store_tail(REAL *to, BH_V value, BH_T tail)
{
    REAL lane[BH_WIDTH / sizeof(REAL)];
    if (tail.count >= BH_LANES) {
        bh_store(to, value);
        return;
    }
    int done = 0;
    memcpy(lane, &value, sizeof value);
    if (tail.count & (16 / (int)sizeof(REAL))) {
        memcpy(to, lane, 16);
        done = 16 / (int)sizeof(REAL);
    }
    for (; done < tail.count; done++)
        to[done] = lane[done];
}

BH_INLINE BH_V bh_keep_tail(BH_V value, BH_T tail, BH_V other) { return BH_X(blendv)(other, value, (BH_V)tail.lanes); }
BH_INLINE BH_V bh_fma(BH_V a, BH_V b, BH_V c) { return BH_X(fmadd)(a, b, c); }
BH_INLINE BH_V bh_fnma(BH_V a, BH_V b, BH_V c) { return BH_X(fnmadd)(a, b, c); }
BH_INLINE BH_V bh_more(BH_V a, BH_V b) { return BH_X(max)(a, b); }
BH_INLINE BH_V bh_less(BH_V a, BH_V b) { return BH_X(min)(a, b); }
BH_INLINE BH_M bh_is_less(BH_V a, BH_V b) { return BH_X(cmp)(a, b, _CMP_LT_OQ); }
BH_INLINE BH_M bh_is_equal(BH_V a, BH_V b) { return BH_X(cmp)(a, b, _CMP_EQ_OQ); }
BH_INLINE BH_M bh_either(BH_M a, BH_M b) { return BH_X(or)(a, b); }
BH_INLINE int bh_any(BH_M mask) { return BH_X(movemask)(mask) != 0; }
BH_INLINE BH_V bh_select(BH_M mask, BH_V a, BH_V b) { return BH_X(blendv)(b, a, mask); }
BH_INLINE BH_V bh_root(BH_V a) { return BH_X(sqrt)(a); }
BH_INLINE int bh_no_nan(BH_V a) { return BH_X(movemask)(BH_X(cmp)(a, a, _CMP_UNORD_Q)) == 0; }

#undef BH_HALVED
#if BH_BITS == 32
#define BH_HALVED(op) return (bh_half)_mm_##op##_ps(_mm256_castps256_ps128(value), _mm256_extractf128_ps(value, 1))
#else
#define BH_HALVED(op) return (bh_half)_mm_##op##_pd(_mm256_castpd256_pd128(value), _mm256_extractf128_pd(value, 1))
#endif
BH_INLINE bh_half bh_folded_sum(BH_V value) { BH_HALVED(add); }
BH_INLINE bh_half bh_folded_most(BH_V value) { BH_HALVED(max); }
