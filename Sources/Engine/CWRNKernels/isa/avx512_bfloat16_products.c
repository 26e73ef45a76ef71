// SPDX-License-Identifier: Apache-2.0
// The kernels on maps of bfloat16 for AVX-512 with AVX512_BF16: what servers since Cooper Lake and
// Zen 4 have. VCVTNEPS2BF16 rounds what is stored, and VDPBF16PS adds the products of two channels
// to a sum in float32.

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>
#include "CWRNKernels.h"

#pragma clang attribute push(                                                                      \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,avx2,fma"))),             \
    apply_to = function)

#define HAS_BFLOAT16_ROUNDING

#define K(name) name##_avx512_bfloat16_rounded

#include "avx512_vectors.h"

#include "../templates/bfloat16_maps.inc.h"

// Once more with patches and weights of bfloat16: two channels a step.
#undef K
#undef ELEMENT
#undef CHANNELS
#undef FACTOR
#undef PUT
#undef INPUTS
#undef WEIGHTS
#undef DOT
#define K(name)      name##_avx512_bfloat16_products
#define ELEMENT      uint16_t
#define CHANNELS     2
#define FACTOR       __m512bh
#define PUT(p, v)    STORE_BFLOAT16(p, v)
#define INPUTS(p)    (__m512bh) _mm512_set1_epi32(pair(p))
#define WEIGHTS(p)   (__m512bh) _mm512_loadu_si512(p)
#define DOT(a, b, c) _mm512_dpbf16_ps(c, a, b)

static inline __attribute__((always_inline)) int32_t pair(const uint16_t *p) {
    int32_t bits;
    memcpy(&bits, p, sizeof bits);
    return bits;
}

#include "../templates/activation.inc.h"
#include "../templates/view.inc.h"

#include "../templates/convolution.inc.h"
#include "../templates/load_patch.inc.h"

const wrn_bfloat16_kernels wrn_bfloat16_kernels_avx512 = {
    .panel_width = 2 * VW,
    .maps = &wrn_map_kernels_avx512_bfloat16_rounded,
    .load_patch = K(wrn_load_patch),
    .convolution = K(wrn_convolution),
};

#pragma clang attribute pop

#else
// An empty translation unit is not C.
typedef int wrn_no_avx512_bfloat16_products;
#endif
