// SPDX-License-Identifier: Apache-2.0
// The kernels without vectors: what every processor can run, and the first thing to compare the
// others with.

#include <string.h>

#include "CWRNKernels.h"

#define K(name)               name##_scalar
#define KERNELS_NAME          "scalar"
#define VEC                   float
#define VW                    1
#define MAX_ROWS              4
#define FOR_EACH_ROW_COUNT(M) M(1) M(2) M(3) M(4)
#define LOAD(p)               (*(p))
#define STORE(p, v)           (*(p) = (v))
#define ZERO()                0.0f
#define SPLAT(x)              (x)
#define ADD(a, b)             ((a) + (b))
#define SUB(a, b)             ((a) - (b))
#define MUL(a, b)             ((a) * (b))
#define MAX(a, b)             ((a) > (b) ? (a) : (b))
#define FMA(a, b, c)          ((a) * (b) + (c))
#define FNMA(a, b, c)         ((c) - (a) * (b))
#define DIV(a, b)             ((a) / (b))
#define SQRT(a)               __builtin_sqrtf(a)
#define WHERE_POSITIVE(z, v)  ((z) > 0.0f ? (v) : 0.0f)
#define KEEP(v, bits)         ((bits)&1u ? (v) : 0.0f)

#define LARGER(a, b)           larger_scalar(a, b)
#define WHERE_LESS(a, b, x, y) ((a) < (b) ? (x) : (y))

static inline float larger_scalar(float a, float b) {
    return a > b || a != a ? a : b;
}

#include "../templates/kernels.inc.h"
