/* All kernels for one real type and one instruction set. What has to be said before: vector.h. */
#include "vector.h"

#include "functions.h"

#include "fold.h"

#include "tile.h"

#include "product.h"

#include "reduce.h"
