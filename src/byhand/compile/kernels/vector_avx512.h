/* AVX-512 (F, VL, DQ, BW): masks are numbers, so that tails cost nothing. */

#undef BH_X
#undef BH_X_MASK
#if BH_BITS == 32
#define BH_X(name) BH_JOIN(BH_JOIN(_mm512_, name), _ps)
#define BH_X_MASK(name) BH_JOIN(BH_JOIN(_mm512_, name), _ps_mask)
typedef __mmask16 BH_M;
#else
#define BH_X(name) BH_JOIN(BH_JOIN(_mm512_, name), _pd)
#define BH_X_MASK(name) BH_JOIN(BH_JOIN(_mm512_, name), _pd_mask)
typedef __mmask8 BH_M;
#endif
typedef BH_M BH_T;

BH_INLINE BH_T bh_tail_of(ptrdiff_t count) { return (BH_T)((1u << count) - 1u); }
BH_INLINE BH_V bh_load_tail(const REAL *from, BH_T tail) { return BH_X(maskz_loadu)(tail, from); }
BH_INLINE void bh_store_tail(REAL *to, BH_V value, BH_T tail) { BH_X(mask_storeu)(to, tail, value); }
BH_INLINE BH_V bh_keep_tail(BH_V value, BH_T tail, BH_V other) { return BH_X(mask_blend)(tail, other, value); }
BH_INLINE BH_V bh_fma(BH_V a, BH_V b, BH_V c) { return BH_X(fmadd)(a, b, c); }
BH_INLINE BH_V bh_fnma(BH_V a, BH_V b, BH_V c) { return BH_X(fnmadd)(a, b, c); }
BH_INLINE BH_V bh_more(BH_V a, BH_V b) { return BH_X(max)(a, b); }
BH_INLINE BH_V bh_less(BH_V a, BH_V b) { return BH_X(min)(a, b); }
BH_INLINE BH_M bh_is_less(BH_V a, BH_V b) { return BH_X_MASK(cmp)(a, b, _CMP_LT_OQ); }
BH_INLINE BH_M bh_is_equal(BH_V a, BH_V b) { return BH_X_MASK(cmp)(a, b, _CMP_EQ_OQ); }
BH_INLINE BH_M bh_either(BH_M a, BH_M b) { return (BH_M)(a | b); }
BH_INLINE int bh_any(BH_M mask) { return mask != 0; }
BH_INLINE BH_V bh_select(BH_M mask, BH_V a, BH_V b) { return BH_X(mask_blend)(mask, b, a); }
BH_INLINE BH_V bh_root(BH_V a) { return BH_X(sqrt)(a); }
BH_INLINE BH_V bh_times_power(BH_V a, BH_V shifted) { return BH_X(scalef)(a, shifted - bh_magic()); }
BH_INLINE int bh_no_nan(BH_V a) { return BH_X_MASK(cmp)(a, a, _CMP_UNORD_Q) == 0; }

#undef BH_HALVED
#if BH_BITS == 32
#define BH_HALVED(op)                                                                                                          \
    const __m256 low = _mm512_castps512_ps256(value), high = _mm512_extractf32x8_ps(value, 1), both = _mm256_##op##_ps(low, high); \
    return (bh_half)_mm_##op##_ps(_mm256_castps256_ps128(both), _mm256_extractf128_ps(both, 1))
#else
#define BH_HALVED(op)                                                                                                          \
    const __m256d low = _mm512_castpd512_pd256(value), high = _mm512_extractf64x4_pd(value, 1), both = _mm256_##op##_pd(low, high); \
    return (bh_half)_mm_##op##_pd(_mm256_castpd256_pd128(both), _mm256_extractf128_pd(both, 1))
#endif
BH_INLINE bh_half bh_folded_sum(BH_V value) { BH_HALVED(add); }
BH_INLINE bh_half bh_folded_most(BH_V value) { BH_HALVED(max); }
