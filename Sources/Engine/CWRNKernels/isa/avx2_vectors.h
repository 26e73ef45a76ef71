// SPDX-License-Identifier: Apache-2.0
// The vectors of AVX2 with FMA, for the templates. Included under the set's target attribute.

#ifndef WRN_AVX2_VECTORS_H
#define WRN_AVX2_VECTORS_H

#include <immintrin.h>
#include <stdint.h>

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

// Bits of bfloat16, rounded to the nearest, ties to even; NaNs stay NaNs.
static inline __m256i bfloat16_avx2(__m256 v) {
    const __m256i bits = _mm256_castps_si256(v);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    const __m256i near = _mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7fff)), odd);
    const __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
    const __m256 is_nan = _mm256_cmp_ps(v, v, _CMP_UNORD_Q);
    return _mm256_srli_epi32(_mm256_blendv_epi8(near, quiet, _mm256_castps_si256(is_nan)), 16);
}

static inline __m256 widened_avx2(__m256i words) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(words, 16));
}

static inline void store_bfloat16_avx2(uint16_t *p, __m256 v) {
    const __m256i words = bfloat16_avx2(v);
    const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(words, words), 0x88);
    _mm_storeu_si128((__m128i *)p, _mm256_castsi256_si128(packed));
}

#define LOAD_BFLOAT16(p)     widened_avx2(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(p))))
#define STORE_BFLOAT16(p, v) store_bfloat16_avx2(p, v)
#define ROUND_BFLOAT16(v)    widened_avx2(bfloat16_avx2(v))

#endif
