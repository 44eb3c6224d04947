/* Steps for x86 with AVX512. */
#if defined(__x86_64__)
#define ENGINE bt_avx512
#define ENGINE_NAME "avx512"
#define BH_WIDTH 64
#include "both.h"
#else
typedef int nothing;
#endif
