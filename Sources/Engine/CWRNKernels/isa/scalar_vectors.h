// SPDX-License-Identifier: Apache-2.0
// Single floats in place of vectors, for the templates.

#ifndef WRN_SCALAR_VECTORS_H
#define WRN_SCALAR_VECTORS_H

#include <stdint.h>
#include <string.h>

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

static inline uint32_t bits_scalar(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float widened_scalar(uint16_t word) {
    const uint32_t bits = (uint32_t)word << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

// The nearest bfloat16, ties to even; NaNs stay NaNs.
static inline uint16_t bfloat16_scalar(float x) {
    const uint32_t bits = bits_scalar(x);
    const uint32_t near = x != x ? bits | 0x400000 : bits + 0x7fff + (bits >> 16 & 1);
    return (uint16_t)(near >> 16);
}

#define LOAD_BFLOAT16(p)     widened_scalar(*(p))
#define STORE_BFLOAT16(p, v) (*(p) = bfloat16_scalar(v))
#define ROUND_BFLOAT16(v)    widened_scalar(bfloat16_scalar(v))

#endif
