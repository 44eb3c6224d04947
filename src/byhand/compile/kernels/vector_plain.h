/* Sixteen bytes, in the vector language of GCC and Clang alone: SSE2, NEON, and whatever else they can compile for. A mask is a vector of all ones or zeros. */

typedef BH_I BH_M;
typedef int BH_T;

BH_INLINE BH_T bh_tail_of(ptrdiff_t count) { return (int)count; }

BH_INLINE BH_V bh_load_tail(const REAL *from, BH_T tail)
{
    BH_V value = {0};
    for (int i = 0; i < tail; i++)
        value[i] = from[i];
    return value;
}

BH_INLINE void bh_store_tail(REAL *to, BH_V value, BH_T tail)
{
    for (int i = 0; i < tail; i++)
        to[i] = value[i];
}

BH_INLINE BH_V bh_keep_tail(BH_V value, BH_T tail, BH_V other)
{
    for (ptrdiff_t i = tail; i < BH_LANES; i++)
        value[i] = other[i];
    return value;
}

BH_INLINE BH_V bh_select(BH_M mask, BH_V a, BH_V b) { return (BH_V)(((BH_I)a & mask) | ((BH_I)b & ~mask)); }
BH_INLINE BH_M bh_is_less(BH_V a, BH_V b) { return a < b; }
BH_INLINE BH_M bh_is_equal(BH_V a, BH_V b) { return a == b; }
BH_INLINE BH_M bh_either(BH_M a, BH_M b) { return a | b; }

BH_INLINE int bh_any(BH_M mask)
{
    BH_INTEGER found = 0;
    for (ptrdiff_t i = 0; i < BH_LANES; i++)
        found |= mask[i];
    return found != 0;
}

BH_INLINE BH_V bh_more(BH_V a, BH_V b) { return bh_select(b < a, a, b); }
BH_INLINE BH_V bh_less(BH_V a, BH_V b) { return bh_select(a < b, a, b); }

#if defined(__aarch64__) && BH_BITS == 32
BH_INLINE BH_V bh_fma(BH_V a, BH_V b, BH_V c) { return (BH_V)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b); }
BH_INLINE BH_V bh_fnma(BH_V a, BH_V b, BH_V c) { return (BH_V)vfmsq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b); }
BH_INLINE BH_V bh_root(BH_V a) { return (BH_V)vsqrtq_f32((float32x4_t)a); }
#elif defined(__aarch64__)
BH_INLINE BH_V bh_fma(BH_V a, BH_V b, BH_V c) { return (BH_V)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b); }
BH_INLINE BH_V bh_fnma(BH_V a, BH_V b, BH_V c) { return (BH_V)vfmsq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b); }
BH_INLINE BH_V bh_root(BH_V a) { return (BH_V)vsqrtq_f64((float64x2_t)a); }
#else
BH_INLINE BH_V bh_fma(BH_V a, BH_V b, BH_V c) { return a * b + c; }
BH_INLINE BH_V bh_fnma(BH_V a, BH_V b, BH_V c) { return c - a * b; }
#if defined(__x86_64__) && BH_BITS == 32
BH_INLINE BH_V bh_root(BH_V a) { return (BH_V)_mm_sqrt_ps((__m128)a); }
#elif defined(__x86_64__)
BH_INLINE BH_V bh_root(BH_V a) { return (BH_V)_mm_sqrt_pd((__m128d)a); }
#else
BH_INLINE BH_V bh_root(BH_V a)
{
    for (ptrdiff_t i = 0; i < BH_LANES; i++)
        a[i] = BH_BITS == 32 ? (REAL)__builtin_sqrtf((float)a[i]) : (REAL)__builtin_sqrt((double)a[i]);
    return a;
}
#endif
#endif

BH_INLINE int bh_no_nan(BH_V a) { return !bh_any(a != a); }
BH_INLINE bh_half bh_folded_sum(BH_V value) { return (bh_half)value; }
BH_INLINE bh_half bh_folded_most(BH_V value) { return (bh_half)value; }
