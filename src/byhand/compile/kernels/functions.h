/* The elementwise functions, on vectors: at most 2 units in the last place (tanh, sigmoid, erf, sin, cos, powers: 3), right at 0, ±inf, NaN, and below the normal numbers.

   Each reduces its argument to a short interval (W. J. Cody, W. Waite, "Software Manual for the Elementary Functions", 1980: k·ln 2 is taken away
   in two parts, of which k times the first is exact) and ends in a minimax polynomial there, found by Remez' exchange (tests/compile/remez.py). */

#define bh_polynomial BH_NAME(polynomial)
#define bh_exp_core BH_NAME(exp_core)
#define bh_negative BH_NAME(negative)
#define bh_signed_like BH_NAME(signed_like)
#define bh_abs BH_NAME(abs)
#define bh_exp BH_NAME(exp)
#define bh_log BH_NAME(log)
#define bh_tanh BH_NAME(tanh)
#define bh_sigmoid BH_NAME(sigmoid)
#define bh_erf BH_NAME(erf)
#define bh_sin BH_NAME(sin)
#define bh_cos BH_NAME(cos)
#define bh_turns BH_NAME(turns)
#define bh_wave BH_NAME(wave)
#define bh_pow BH_NAME(pow)
#define bh_power_whole BH_NAME(power_whole)
#define bh_relu BH_NAME(relu)
#define bh_step BH_NAME(step)
#define bh_sign BH_NAME(sign)
#define bh_reciprocal BH_NAME(reciprocal)
#define bh_maximum BH_NAME(maximum)
#define bh_minimum BH_NAME(minimum)

#define BH_INFINITY ((REAL)__builtin_inf())
#undef BH_TABLE
#define BH_TABLE(name) static const REAL __attribute__((unused)) BH_NAME(name)

#if BH_BITS == 32
BH_TABLE(exp_terms)[] = {0.4999999403953552f, 0.16666515171527863f, 0.04166845604777336f, 0.008369418792426586f, 0.0013813178520649672f};
BH_TABLE(log_terms)[] = {0.6666666269302368f, 0.4000033736228943f, 0.28537169098854065f, 0.23584964871406555f};
BH_TABLE(sin_terms)[] = {-0.1666666716337204f, 0.008333329111337662f, -0.00019839327433146536f, 2.7182379653822863e-06f};
BH_TABLE(cos_terms)[] = {0.04166664555668831f, -0.001388736185617745f, 2.443774246785324e-05f};
BH_TABLE(erf_near)[] = {0.12837910652160645f, -0.3761262595653534f, 0.1128358393907547f, -0.026853766292333603f,
                        0.005188231822103262f, -0.0008009267621673644f, 7.850529800634831e-05f};
BH_TABLE(erf_far)[] = {1.8496055603027344f, 2.638967514038086f, 0.8431071043014526f, 0.041563481092453f,
                       -0.010046449489891529f, 0.0020119633991271257f, -0.00028952633147127926f, 2.168643732147757e-05f};
BH_TABLE(half_pi)[] = {0x1.92p+0f, 0x1.fb4p-12f, 0x1.444p-24f, 0x1.68c234p-39f};
#undef BH_LN2
#undef BH_LN2_REST
#undef BH_EXP_LEAST
#undef BH_EXP_MOST
#undef BH_TANH_ONE
#undef BH_ERF_ONE
#undef BH_TURNS_MOST
#define BH_LN2 0.693359375f
#define BH_LN2_REST (-2.1219444005469058e-4f)
#define BH_EXP_LEAST (-105.0f) /* e to it rounds to 0, and e to the next to infinity */
#define BH_EXP_MOST 90.0f
#define BH_TANH_ONE 10.0f /* from here the value rounds to 1 */
#define BH_ERF_ONE 4.0f
#define BH_TURNS_MOST 10000.0f /* up to here the parts of π/2 are enough */
#else
BH_TABLE(exp_terms)[] = {0.5000000000000012, 0.16666666666666385, 0.04166666666651915, 0.008333333333507572, 0.0013888888946920928,
                         0.00019841269486320977, 2.480148935121376e-05, 2.7557597064452802e-06, 2.7631687747890923e-07, 2.4999026805586076e-08};
BH_TABLE(log_terms)[] = {0.6666666666666735, 0.3999999999940751, 0.28571428744138166, 0.22222198378706695,
                         0.1818357515841423, 0.15313755823959996, 0.14799066544203876};
BH_TABLE(sin_terms)[] = {-0.16666666666666666, 0.008333333333333323, -0.00019841269841254988, 2.755731921414836e-06,
                         -2.5052104900407086e-08, 1.6058365176476965e-10, -7.578624682774097e-13};
BH_TABLE(cos_terms)[] = {0.041666666666666664, -0.0013888888888888874, 2.480158730157138e-05, -2.7557319215325723e-07,
                         2.087675435467212e-09, -1.1470291941083435e-11, 4.7380483236103056e-14};
BH_TABLE(erf_near)[] = {0.12837916709551256, -0.3761263890318375, 0.11283791670954854, -0.026866170645072327, 0.005223977624775105,
                        -0.0008548326978398502, 0.00012055331023927722, -1.4925593185225567e-05, 1.6460967505569992e-06,
                        -1.6349967389195032e-07, 1.4657481112451905e-08, -1.136408900363036e-09, 5.942536743078681e-11};
BH_TABLE(erf_far)[] = {1.8496055099332482, 2.638967514234791, 0.8431072563585128, 0.0415610980457991, -0.010033825424511034,
                       0.0019779029427933735, -0.00023732430265031496, -2.627180219998812e-05, 2.7144677749047317e-05, -9.583802752323303e-06,
                       2.0272914943106327e-06, -1.1125764534777231e-07, -1.2079930862231746e-07, 6.493372374018877e-08, -2.025820909387012e-08,
                       4.4916483984059785e-09, -7.205460278475116e-10, 8.003939294088322e-11, -5.516396705251203e-12, 1.7750275615558696e-13};
BH_TABLE(half_pi)[] = {0x1.921fb544p+0, 0x1.0b4611a6p-34, 0x1.3198a2ep-69, 0x1.b839a252049c1p-104};
#undef BH_LN2
#undef BH_LN2_REST
#undef BH_EXP_LEAST
#undef BH_EXP_MOST
#undef BH_TANH_ONE
#undef BH_ERF_ONE
#undef BH_TURNS_MOST
#define BH_LN2 0x1.62e42feep-1
#define BH_LN2_REST 0x1.a39ef35793c76p-33
#define BH_EXP_LEAST (-746.0)
#define BH_EXP_MOST 710.0
#define BH_TANH_ONE 20.0
#define BH_ERF_ONE 6.0
#define BH_TURNS_MOST 1000000.0
#endif
#undef BH_COUNT
#define BH_COUNT(table) ((int)(sizeof BH_NAME(table) / sizeof(REAL)))

/* Σ terms[i]·xⁱ by pairs: as many multiplications as Horner's rule needs once x² is known, and half the waiting. */
BH_INLINE BH_V bh_polynomial(const REAL *terms, const int count, BH_V x, BH_V square)
{
    BH_V sum = count % 2 ? bh_splat(terms[count - 1]) : bh_fma(bh_splat(terms[count - 1]), x, bh_splat(terms[count - 2]));
    BH_UNROLL
    for (int i = count - 3 + count % 2; i > 0; i -= 2)
        sum = bh_fma(sum, square, bh_fma(bh_splat(terms[i]), x, bh_splat(terms[i - 1])));
    return sum;
}

/* ---- signs ---- */

/* The sign bits alone. */
BH_INLINE BH_I bh_negative(BH_V x) { return bh_bits(x) & bh_bits(-bh_splat(0)); }
BH_INLINE BH_V bh_abs(BH_V x) { return bh_reals(bh_bits(x) & ~bh_bits(-bh_splat(0))); }

/* |x| is given as its own absolute value. */
BH_INLINE BH_V bh_signed_like(BH_V absolute, BH_V sign) { return bh_reals(bh_bits(absolute) | bh_negative(sign)); }

BH_INLINE BH_V bh_relu(BH_V x) { return bh_more(bh_splat(0), x); }
BH_INLINE BH_V bh_step(BH_V x) { return bh_select(bh_is_less(bh_splat(0), x), bh_splat(1), bh_splat(0)); }

/* NaN for NaN, as NumPy has it. */
BH_INLINE BH_V bh_sign(BH_V x)
{
    const BH_V value = bh_step(x) - bh_step(-x);
    return bh_select(bh_is_equal(x, x), value, x);
}

BH_INLINE BH_V bh_reciprocal(BH_V x) { return bh_splat(1) / x; }

/* NaN if either is NaN. */
BH_INLINE BH_V bh_maximum(BH_V a, BH_V b) { return bh_select(bh_is_equal(a, a), bh_more(a, b), a); }
BH_INLINE BH_V bh_minimum(BH_V a, BH_V b) { return bh_select(bh_is_equal(a, a), bh_less(a, b), a); }

/* ---- exp and what follows from it ---- */

/* e^x = 2^k · (1 + value), |x − k·ln 2| ≤ ½ ln 2; *shifted is magic + k. x must not overflow the scale. */
BH_INLINE BH_V bh_exp_core(BH_V x, BH_V *shifted)
{
    *shifted = bh_fma(x, bh_splat((REAL)1.4426950408889634074), bh_magic());
    const BH_V k = *shifted - bh_magic();
    const BH_V rest = bh_fnma(k, bh_splat(BH_LN2_REST), bh_fnma(k, bh_splat(BH_LN2), x));
    const BH_V square = rest * rest;
    return bh_fma(bh_polynomial(BH_NAME(exp_terms), BH_COUNT(exp_terms), rest, square), square, rest);
}

BH_INLINE BH_V bh_exp(BH_V x)
{
    BH_V shifted;
    const BH_V within = bh_more(bh_splat(BH_EXP_LEAST), bh_less(bh_splat(BH_EXP_MOST), x));
    const BH_V value = bh_exp_core(within, &shifted);
    return bh_times_power(value + bh_splat(1), shifted);
}

/* e/(e + 2) with e = exp(2|x|) − 1, which loses nothing near 0. */
BH_INLINE BH_V bh_tanh(BH_V x)
{
    BH_V shifted;
    const BH_V within = bh_less(bh_splat(BH_TANH_ONE), bh_abs(x));
    const BH_V value = bh_exp_core(within + within, &shifted);
    const BH_V scale = bh_two_to(shifted);
    const BH_V e = bh_fma(scale, value, scale - bh_splat(1));
    return bh_signed_like(e / (e + bh_splat(2)), x);
}

/* 1/(1 + e) for x ≥ 0 and e/(1 + e) below, with e = exp(−|x|), which never overflows. */
BH_INLINE BH_V bh_sigmoid(BH_V x)
{
    const BH_V e = bh_exp(-bh_abs(x));
    return bh_select(bh_is_less(x, bh_splat(0)), e, bh_splat(1)) / (bh_splat(1) + e);
}

/* x + x·P(x²) up to 1; 1 − exp(−W(|x| − 1)) above, where W = −log erfc. */
BH_INLINE BH_V bh_erf(BH_V x)
{
    const BH_V size = bh_less(bh_splat(BH_ERF_ONE), bh_abs(x)), square = x * x;
    const BH_V near = bh_fma(bh_polynomial(BH_NAME(erf_near), BH_COUNT(erf_near), square, square * square), x, x);
    const BH_V over = bh_more(bh_splat(0), size - bh_splat(1));
    BH_V rate = bh_splat(BH_NAME(erf_far)[BH_COUNT(erf_far) - 1]);
    for (int i = BH_COUNT(erf_far) - 2; i >= 0; i--)
        rate = bh_fma(rate, over, bh_splat(BH_NAME(erf_far)[i]));
    BH_V shifted;
    const BH_V value = bh_exp_core(-rate, &shifted), scale = bh_two_to(shifted);
    const BH_V far = bh_splat(1) - bh_fma(scale, value, scale);
    return bh_select(bh_is_less(bh_splat(1), size), bh_signed_like(far, x), near);
}

/* ---- log ---- */

/* x = 2^k·(1 + f), ½√2 ≤ 1 + f < √2; log(1 + f) = f − s·(f − R(s²)) with s = f/(2 + f), from the series of artanh (fdlibm's e_log.c, 1993). */
BH_INLINE BH_V bh_log(BH_V x)
{
    const BH_V one = bh_splat(1), least = bh_reals((BH_I){0} + ((BH_INTEGER)1 << BH_DIGITS));
    const BH_M small = bh_is_less(x, least);
    const BH_V up = bh_splat((REAL)((int64_t)1 << BH_DIGITS));
    const BH_I bits = bh_bits(bh_select(small, x * up, x));
    const BH_I from = bh_bits(bh_splat((REAL)0.70710678118654752440));
    const BH_I whole = bh_minus(bits, from) >> BH_DIGITS;
    const BH_V f = bh_reals(bh_minus(bits, bh_up(whole, BH_DIGITS))) - one;
    const BH_V power = bh_reals(bh_plus(whole, bh_bits(bh_magic()))) - bh_magic();
    const BH_V k = bh_select(small, power - bh_splat(BH_DIGITS), power);
    const BH_V s = f / (bh_splat(2) + f), square = s * s, half = bh_splat((REAL)0.5) * f * f;
    const BH_V rest = square * bh_polynomial(BH_NAME(log_terms), BH_COUNT(log_terms), square, square * square);
    const BH_V minus = half - bh_fma(s, half + rest, k * bh_splat(BH_LN2_REST));
    const BH_V value = bh_fma(k, bh_splat(BH_LN2), f - minus);
    const BH_V below = bh_select(bh_is_equal(x, bh_splat(0)), bh_splat(-BH_INFINITY), bh_splat((REAL)__builtin_nan("")));
    const BH_V finite = bh_select(bh_is_less(bh_splat(0), x), value, below);
    return bh_select(bh_is_less(x, bh_splat(BH_INFINITY)), finite, x);
}

/* ---- sin and cos ---- */

#ifndef BH_ONCE_FUNCTIONS
#define BH_ONCE_FUNCTIONS
/* x = quarters·π/2 + rest for a large x: the bits of 2/π that decide it, times x (M. Payne, R. Hanek, "Radian reduction for trigonometric functions", 1983). */
static __attribute__((noinline, unused)) double bh_far_turns(double x, int *quarters)
{
    static const uint32_t two_over_pi[] = {
    0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu, 0xdebbc561u, 0xb7246e3au, 0x424dd2e0u,
    0x06492eeau, 0x09d1921cu, 0xfe1deb1cu, 0xb129a73eu, 0xe88235f5u, 0x2ebb4484u, 0xe99c7026u, 0xb45f7e41u, 0x3991d639u, 0x835339f4u,
    0x9c845f8bu, 0xbdf9283bu, 0x1ff897ffu, 0xde05980fu, 0xef2f118bu, 0x5a0a6d1fu, 0x6d367ecfu, 0x27cb09b7u, 0x4f463f66u, 0x9e5fea2du,
    0x7527bac7u, 0xebe5f17bu, 0x3d0739f7u, 0x8a5292eau, 0x6bfb5fb1u, 0x1f8d5d08u, 0x56033046u, 0xfc7b6babu, 0xf0cfbc20u};
    uint64_t bits;
    uint32_t window[6], product[6] = {0};
    memcpy(&bits, &x, sizeof bits);
    const int exponent = (int)(bits >> 52 & 2047) - 1075;
    const uint64_t whole = (bits & 0xfffffffffffffu) | 0x10000000000000u;
    const uint32_t factor[2] = {(uint32_t)whole, (uint32_t)(whole >> 32)};
    for (int i = 0; i < 6; i++) { /* 192 bits from bit exponent − 2 on, least first: what is before them gives whole turns */
        const int at = exponent - 2 + 32 * (5 - i), word = at >> 5;
        const uint64_t pair = (uint64_t)(word >= 0 ? two_over_pi[word] : 0) << 32 | (word >= -1 ? two_over_pi[word + 1] : 0);
        window[i] = (uint32_t)(pair >> (32 - (at & 31)));
    }
    for (int j = 0; j < 2; j++) {
        uint64_t carry = 0;
        for (int i = 0; i + j < 6; i++) {
            carry += (uint64_t)window[i] * factor[j] + product[i + j];
            product[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    const uint64_t high = (uint64_t)product[5] << 32 | product[4], low = (uint64_t)product[3] << 32 | product[2];
    const uint64_t fraction = high << 2 | low >> 62;
    *quarters = (int)(high >> 62) + (int)(fraction >> 63);
    const double left = fraction >> 63 ? -(double)(~fraction + 1) : (double)fraction;
    double rest = (left + (double)(low << 2) * 0x1p-64) * 0x1p-64 * 1.57079632679489661923;
    if (bits >> 63) {
        rest = -rest;
        *quarters = -*quarters;
    }
    return rest;
}
#endif

/* x = quarters·π/2 + the value: four parts of π/2, of which the quarters times the first three are exact. */
BH_INLINE BH_V bh_turns(BH_V x, BH_I *quarters)
{
    const BH_V shifted = bh_fma(x, bh_splat((REAL)0.63661977236758134308), bh_magic()), count = shifted - bh_magic();
    BH_V rest = x;
    for (int i = 0; i < 4; i++)
        rest = bh_fnma(count, bh_splat(BH_NAME(half_pi)[i]), rest);
    *quarters = bh_bits(shifted);
    if (bh_any(bh_is_less(bh_splat(BH_TURNS_MOST), bh_abs(x))))
        for (ptrdiff_t i = 0; i < BH_LANES; i++)
            if (x[i] > BH_TURNS_MOST || x[i] < -BH_TURNS_MOST) {
                int turned = 0;
                rest[i] = x[i] - x[i] == 0 ? (REAL)bh_far_turns((double)x[i], &turned) : x[i] - x[i];
                (*quarters)[i] = turned;
            }
    return rest;
}

/* sin(x + ahead·π/2). */
BH_INLINE BH_V bh_wave(BH_V x, BH_INTEGER ahead)
{
    BH_I quarters;
    const BH_V rest = bh_turns(x, &quarters), square = rest * rest, fourth = square * square;
    const BH_I turned = bh_plus(quarters, (BH_I){0} + ahead);
    const BH_V sine = bh_fma(bh_polynomial(BH_NAME(sin_terms), BH_COUNT(sin_terms), square, fourth) * square, rest, rest);
    const BH_V small = bh_polynomial(BH_NAME(cos_terms), BH_COUNT(cos_terms), square, fourth);
    const BH_V cosine = bh_splat(1) - bh_fnma(small, fourth, square * bh_splat((REAL)0.5));
    const BH_V odd = bh_reals(bh_bits(bh_splat(1)) & -(turned & 1));
    const BH_V value = bh_select(bh_is_equal(odd, bh_splat(1)), cosine, sine);
    return bh_reals(bh_bits(value) ^ bh_up(turned & 2, BH_BITS - 2));
}

BH_INLINE BH_V bh_sin(BH_V x) { return bh_select(bh_is_equal(x, bh_splat(0)), x, bh_wave(x, 0)); }
BH_INLINE BH_V bh_cos(BH_V x) { return bh_wave(x, 1); }

/* ---- powers ---- */

/* aᵇ, lane by lane by the C library: the one function here that needs it (-lm). */
BH_LOCAL BH_V bh_pow(BH_V a, BH_V b)
{
    for (ptrdiff_t i = 0; i < BH_LANES; i++)
        a[i] = BH_BITS == 32 ? (REAL)__builtin_powf((float)a[i], (float)b[i]) : (REAL)__builtin_pow((double)a[i], (double)b[i]);
    return a;
}

/* x to a whole number: by multiplications from -2 to 4, where they lose less than 3 units in the last place. */
BH_INLINE BH_V bh_power_whole(BH_V x, int exponent)
{
    if (exponent == -1 || exponent == -2) {
        x = bh_splat(1) / x;
        exponent = -exponent;
    }
    const BH_V square = x * x;
    switch (exponent) {
    case 0: return bh_splat(1);
    case 1: return x;
    case 2: return square;
    case 3: return square * x;
    case 4: return square * square;
    default: return bh_pow(x, bh_splat((REAL)exponent));
    }
}
