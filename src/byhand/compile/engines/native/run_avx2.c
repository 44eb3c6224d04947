/* Steps for x86 with AVX2. */
#if defined(__x86_64__)
#define ENGINE bt_avx2
#define ENGINE_NAME "avx2"
#define BH_WIDTH 32
#include "both.h"
#else
typedef int nothing;
#endif
