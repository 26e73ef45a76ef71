// SPDX-License-Identifier: Apache-2.0
// The kernels of bfloat16 for AVX-512 with VDPBF16PS: what servers since Cooper Lake and Zen 4
// have. The instruction adds the products of two channels to a sum in float32.

#if defined(__x86_64__)

#include <string.h>

#include "CWRNKernels.h"
#include "avx512_vectors.h"

#pragma clang attribute push(                                                                      \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,avx2,fma"))),             \
    apply_to = function)

#define K(name)         name##_avx512_bfloat16_of_float32
#define MAP             float
#define LOAD_MAP(p)     LOAD(p)
#define STORE_MAP(p, v) STORE(p, v)
#define ROUND_MAP(v)    (v)
#define ELEMENT         uint16_t
#define CHANNELS        2
#define FACTOR          __m512bh
#define PUT(p, v)       _mm256_storeu_si256((__m256i *)(p), (__m256i)_mm512_cvtneps_pbh(v))
#define INPUTS(p)       (__m512bh) _mm512_set1_epi32(pair(p))
#define WEIGHTS(p)      (__m512bh) _mm512_loadu_si512(p)
#define DOT(a, b, c)    _mm512_dpbf16_ps(c, a, b)

static inline __attribute__((always_inline)) int32_t pair(const uint16_t *p) {
    int32_t bits;
    memcpy(&bits, p, sizeof bits);
    return bits;
}

#include "../templates/unrolling.inc.h"

#include "../templates/activation.inc.h"
#include "../templates/view.inc.h"

#include "../templates/convolution.inc.h"
#include "../templates/load_patch.inc.h"

const wrn_bfloat16_kernels wrn_bfloat16_kernels_of_float32_avx512 = {
    .panel_width = 2 * VW,
    .load_patch = K(wrn_load_patch),
    .convolution = K(wrn_convolution),
};

#pragma clang attribute pop

#else
// An empty translation unit is not C.
typedef int wrn_no_avx512_bfloat16;
#endif
