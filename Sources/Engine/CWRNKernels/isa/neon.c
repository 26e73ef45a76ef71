// SPDX-License-Identifier: Apache-2.0
// The kernels for 64-bit ARM, where NEON is part of the base.

#if defined(__aarch64__)

#include <arm_neon.h>
#include <string.h>
#include "CWRNKernels.h"

#define K(name)               name##_neon
#define KERNELS_NAME          "neon"
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

#include "../templates/kernels.inc.h"

#else
// An empty translation unit is not C.
typedef int wrn_no_neon;
#endif
