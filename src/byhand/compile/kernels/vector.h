/* One vector type for one real type.

   Every header here can be included again and again: for float and double, and for several instruction sets in one file.
   What a second inclusion needs is said before it:

     #define BH_BITS 32             the real type: 32 float, 64 double
     #define BH_SUFFIX f32          ends the name of every function: bh_exp_f32; BH_NAME(exp) and bh_exp mean the present one
     #define BH_WIDTH 32            (may be left out) bytes of a vector: 64 AVX-512, 32 AVX2 with FMA, 16 anything else

   Vectors of GCC and Clang have + - * / and the bit operations; the rest is in one backend each. */

#ifndef BH_ONCE_VECTOR
#define BH_ONCE_VECTOR
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define BH_PASTED(name, suffix) bh_##name##_##suffix
#define BH_PASTE(name, suffix) BH_PASTED(name, suffix)
#define BH_NAME(name) BH_PASTE(name, BH_SUFFIX)
#define BH_INLINE static inline __attribute__((always_inline, unused))
#define BH_LOCAL static __attribute__((noinline, unused))
#define BH_LIKELY(condition) __builtin_expect(!!(condition), 1)
#if defined(__clang__)
#define BH_UNROLL _Pragma("clang loop unroll(full)")
#else
#define BH_UNROLL _Pragma("GCC unroll 16")
#endif
#if defined(__has_builtin) && !defined(BH_HAS_SHUFFLE)
#if __has_builtin(__builtin_shufflevector)
#define BH_HAS_SHUFFLE 1
#endif
#endif
#ifndef BH_HAS_SHUFFLE
#define BH_HAS_SHUFFLE 0
#endif
#define BH_JOINED(a, b) a##b
#define BH_JOIN(a, b) BH_JOINED(a, b)
#endif

#undef REAL
#undef BH_INTEGER
#undef BH_DIGITS
#if BH_BITS == 32
#define REAL float
#define BH_INTEGER int32_t
#define BH_DIGITS 23 /* of the mantissa, without the leading one */
#elif BH_BITS == 64
#define REAL double
#define BH_INTEGER int64_t
#define BH_DIGITS 52
#else
#error "BH_BITS must be 32 (float) or 64 (double) before this header"
#endif

#ifdef BH_WIDTH_WAS_CHOSEN
#undef BH_WIDTH
#endif
#ifndef BH_WIDTH
#if defined(__AVX512F__) && defined(__AVX512VL__) && defined(__AVX512DQ__) && defined(__AVX512BW__)
#define BH_WIDTH 64
#elif defined(__AVX2__) && defined(__FMA__)
#define BH_WIDTH 32
#else
#define BH_WIDTH 16
#endif
#undef BH_WIDTH_WAS_CHOSEN
#define BH_WIDTH_WAS_CHOSEN /* so that the next inclusion chooses anew */
#endif

#undef BH_LANES
#define BH_LANES ((ptrdiff_t)(BH_WIDTH / (BH_BITS / 8)))
#define BH_V BH_NAME(vector)
#define BH_I BH_NAME(integers)
#define BH_M BH_NAME(mask)
#define BH_T BH_NAME(tail)
typedef REAL BH_V __attribute__((vector_size(BH_WIDTH)));
typedef BH_INTEGER BH_I __attribute__((vector_size(BH_WIDTH)));
typedef BH_JOIN(u, BH_INTEGER) BH_NAME(whole) __attribute__((vector_size(BH_WIDTH)));
typedef REAL BH_NAME(half) __attribute__((vector_size(16))); /* what a vector is folded to */

#define bh_load BH_NAME(load)
#define bh_store BH_NAME(store)
#define bh_tail_of BH_NAME(tail_of)       /* which of the first lanes count: 0 … BH_LANES */
#define bh_load_tail BH_NAME(load_tail)   /* the other lanes are 0, and their memory is not touched */
#define bh_keep_tail BH_NAME(keep_tail)   /* the other lanes become those of the second vector */
#define bh_store_tail BH_NAME(store_tail) /* the other lanes are not touched */
#define bh_splat BH_NAME(splat)
#define bh_fma BH_NAME(fma)               /* a·b + c, rounded once where the machine can */
#define bh_fnma BH_NAME(fnma)             /* c − a·b */
#define bh_more BH_NAME(more)             /* a > b ? a : b, hence b if either is NaN */
#define bh_less BH_NAME(less)             /* a < b ? a : b */
#define bh_is_less BH_NAME(is_less)
#define bh_is_equal BH_NAME(is_equal)
#define bh_either BH_NAME(either)         /* of two masks */
#define bh_any BH_NAME(any)
#define bh_select BH_NAME(select)         /* mask ? a : b */
#define bh_root BH_NAME(root)
#define bh_plus BH_NAME(plus)
#define bh_minus BH_NAME(minus)
#define bh_up BH_NAME(up)
#define bh_bits BH_NAME(bits)
#define bh_reals BH_NAME(reals)
#define bh_times_power BH_NAME(times_power)
#define bh_two_to BH_NAME(two_to)
#define bh_load_part BH_NAME(load_part)
#define bh_store_part BH_NAME(store_part)
#define bh_sum_of BH_NAME(sum_of)
#define bh_most_of BH_NAME(most_of)
#define bh_half BH_NAME(half)
#define bh_folded_sum BH_NAME(folded_sum)
#define bh_folded_most BH_NAME(folded_most)
#define bh_no_nan BH_NAME(no_nan)
#define bh_magic BH_NAME(magic)
#define bh_fma_one BH_NAME(fma_one)

BH_INLINE BH_V bh_load(const REAL *from)
{
    BH_V value;
    memcpy(&value, from, sizeof value);
    return value;
}

BH_INLINE void bh_store(REAL *to, BH_V value) { memcpy(to, &value, sizeof value); }

BH_INLINE BH_V bh_splat(REAL x)
{
#if BH_WIDTH == 64 && BH_BITS == 32
    return _mm512_set1_ps(x);
#elif BH_WIDTH == 64
    return _mm512_set1_pd(x);
#else
    return x - (BH_V){0};
#endif
}

/* Integers that may wrap around: as numbers without a sign. */
BH_INLINE BH_I bh_plus(BH_I a, BH_I b) { return (BH_I)((BH_NAME(whole))a + (BH_NAME(whole))b); }
BH_INLINE BH_I bh_minus(BH_I a, BH_I b) { return (BH_I)((BH_NAME(whole))a - (BH_NAME(whole))b); }
BH_INLINE BH_I bh_up(BH_I a, int places) { return (BH_I)((BH_NAME(whole))a << places); }
BH_INLINE BH_I bh_bits(BH_V value) { return (BH_I)value; }
BH_INLINE BH_V bh_reals(BH_I bits) { return (BH_V)bits; }

/* Adding this number rounds to a whole number, to even, and leaves it in the lowest bits: 1.5 · 2^digits. */
BH_INLINE BH_V bh_magic(void) { return bh_splat((REAL)1.5 * (REAL)((int64_t)1 << BH_DIGITS)); }

#if BH_WIDTH == 64
#include "vector_avx512.h"
#elif BH_WIDTH == 32
#include "vector_avx2.h"
#else
#include "vector_plain.h"
#endif

#if BH_WIDTH != 64
/* a · 2^k for every k, given as magic + k: two factors, of which the first cannot leave the normal numbers, so that a result below them is rounded once. */
BH_INLINE BH_V bh_times_power(BH_V a, BH_V shifted)
{
    const BH_I one = bh_bits(bh_splat((REAL)1));
    const BH_I k = bh_minus(bh_bits(shifted), bh_bits(bh_magic()));
    const BH_I half = k >> 1;
    return a * bh_reals(bh_plus(bh_up(half, BH_DIGITS), one)) * bh_reals(bh_plus(bh_up(bh_minus(k, half), BH_DIGITS), one));
}
#endif

BH_INLINE REAL bh_fma_one(REAL a, REAL b, REAL c)
{
#if BH_WIDTH == 16 && !defined(__aarch64__)
    return a * b + c;
#elif BH_BITS == 32
    return __builtin_fmaf(a, b, c);
#else
    return __builtin_fma(a, b, c);
#endif
}

/* 2^k for a whole k that a normal number can carry, given as magic + k. */
BH_INLINE BH_V bh_two_to(BH_V shifted)
{
    return bh_reals(bh_plus(bh_up(bh_bits(shifted), BH_DIGITS), bh_bits(bh_splat((REAL)1))));
}

BH_INLINE BH_V bh_load_part(const REAL *from, ptrdiff_t count)
{
    return BH_LIKELY(count >= BH_LANES) ? bh_load(from) : bh_load_tail(from, bh_tail_of(count));
}

BH_INLINE void bh_store_part(REAL *to, BH_V value, ptrdiff_t count)
{
    if (BH_LIKELY(count >= BH_LANES))
        bh_store(to, value);
    else
        bh_store_tail(to, value, bh_tail_of(count));
}

/* Over the lanes, in one fixed order: halves onto halves. */
BH_INLINE REAL bh_sum_of(BH_V value)
{
    const bh_half half = bh_folded_sum(value);
#if BH_BITS == 32
    const REAL first = half[0] + half[2], second = half[1] + half[3];
    return first + second;
#else
    return half[0] + half[1];
#endif
}

/* The largest lane; NaN if one is NaN. */
BH_INLINE REAL bh_most_of(BH_V value)
{
    const bh_half half = bh_folded_most(value);
    REAL most = half[0];
    for (int i = 1; i < 16 / (int)sizeof(REAL); i++)
        most = half[i] > most ? half[i] : most;
    return bh_no_nan(value) ? most : (REAL)__builtin_nan("");
}
