// SPDX-License-Identifier: Apache-2.0
// The kernels for AVX2 with FMA. The attribute is pushed by a pragma so that no build flag and no
// caller changes.

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>
#include "CWRNKernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define K(name)               name##_avx2
#define KERNELS_NAME          "avx2"
#define VEC                   __m256
#define VW                    8
#define MAX_ROWS              6
#define FOR_EACH_ROW_COUNT(M) M(1) M(2) M(3) M(4) M(5) M(6)
#define LOAD(p)               _mm256_loadu_ps(p)
#define STORE(p, v)           _mm256_storeu_ps(p, v)
#define ZERO()                _mm256_setzero_ps()
#define SPLAT(x)              _mm256_set1_ps(x)
#define ADD(a, b)             _mm256_add_ps(a, b)
#define SUB(a, b)             _mm256_sub_ps(a, b)
#define MUL(a, b)             _mm256_mul_ps(a, b)
#define MAX(a, b)             _mm256_max_ps(a, b)
#define FMA(a, b, c)          _mm256_fmadd_ps(a, b, c)
#define FNMA(a, b, c)         _mm256_fnmadd_ps(a, b, c)
#define DIV(a, b)             _mm256_div_ps(a, b)
#define SQRT(a)               _mm256_sqrt_ps(a)
#define WHERE_POSITIVE(z, v)  _mm256_and_ps(_mm256_cmp_ps(z, _mm256_setzero_ps(), _CMP_GT_OQ), v)
#define KEEP(v, bits)         keep_avx2(v, bits)

static inline __m256 keep_avx2(__m256 v, uint32_t bits) {
    const __m256i lane = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    const __m256i set = _mm256_and_si256(_mm256_set1_epi32((int)bits), lane);
    return _mm256_and_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(set, lane)), v);
}

#define LARGER(a, b)           _mm256_blendv_ps(_mm256_max_ps(a, b), a, _mm256_cmp_ps(a, a, _CMP_UNORD_Q))
#define WHERE_LESS(a, b, x, y) _mm256_blendv_ps(y, x, _mm256_cmp_ps(a, b, _CMP_LT_OQ))

#include "../templates/kernels.inc.h"

#pragma clang attribute pop

#else
// An empty translation unit is not C.
typedef int wrn_no_avx2;
#endif
