// SPDX-License-Identifier: Apache-2.0
// The vectors of NEON, for the templates.

#ifndef WRN_NEON_VECTORS_H
#define WRN_NEON_VECTORS_H

#include <arm_neon.h>
#include <stdint.h>

#define VEC                   float32x4_t
#define VW                    4
#define MAX_ROWS              12
#define FOR_EACH_ROW_COUNT(M) M(1) M(2) M(3) M(4) M(5) M(6) M(7) M(8) M(9) M(10) M(11) M(12)
#define LOAD(p)               vld1q_f32(p)
#define STORE(p, v)           vst1q_f32(p, v)
#define ZERO()                vdupq_n_f32(0.0f)
#define SPLAT(x)              vdupq_n_f32(x)
#define ADD(a, b)             vaddq_f32(a, b)
#define SUB(a, b)             vsubq_f32(a, b)
#define MUL(a, b)             vmulq_f32(a, b)
#define MAX(a, b)             vmaxq_f32(a, b)
#define FMA(a, b, c)          vfmaq_f32(c, a, b)
#define FNMA(a, b, c)         vfmsq_f32(c, a, b)
#define DIV(a, b)             vdivq_f32(a, b)
#define SQRT(a)               vsqrtq_f32(a)
#define WHERE_POSITIVE(z, v)  where_neon(vcgtzq_f32(z), v)
#define KEEP(v, bits)         where_neon(vtstq_u32(vdupq_n_u32(bits), lane_bits_neon()), v)

static inline uint32x4_t lane_bits_neon(void) {
    static const uint32_t lanes[4] = {1, 2, 4, 8};
    return vld1q_u32(lanes);
}

static inline float32x4_t where_neon(uint32x4_t mask, float32x4_t v) {
    return vreinterpretq_f32_u32(vandq_u32(mask, vreinterpretq_u32_f32(v)));
}

#define LARGER(a, b)           vmaxq_f32(a, b)
#define WHERE_LESS(a, b, x, y) vbslq_f32(vcltq_f32(a, b), x, y)

// Bits of bfloat16, rounded to the nearest, ties to even; NaNs stay NaNs.
static inline uint32x4_t bfloat16_neon(float32x4_t v) {
    const uint32x4_t bits = vreinterpretq_u32_f32(v);
    const uint32x4_t odd = vandq_u32(vshrq_n_u32(bits, 16), vdupq_n_u32(1));
    const uint32x4_t near = vaddq_u32(vaddq_u32(bits, vdupq_n_u32(0x7fff)), odd);
    const uint32x4_t quiet = vorrq_u32(bits, vdupq_n_u32(0x400000));
    return vshrq_n_u32(vbslq_u32(vceqq_f32(v, v), near, quiet), 16);
}

static inline float32x4_t widened_neon(uint32x4_t words) {
    return vreinterpretq_f32_u32(vshlq_n_u32(words, 16));
}

#define LOAD_BFLOAT16(p)     widened_neon(vmovl_u16(vld1_u16(p)))
#define STORE_BFLOAT16(p, v) vst1_u16(p, vmovn_u32(bfloat16_neon(v)))
#define ROUND_BFLOAT16(v)    widened_neon(bfloat16_neon(v))

#endif
