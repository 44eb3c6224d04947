/* Steps for any machine: SSE2, NEON, or what the compiler is told. */
#define ENGINE bt_generic
#define ENGINE_NAME "generic"
#define BH_WIDTH 16
#include "both.h"
