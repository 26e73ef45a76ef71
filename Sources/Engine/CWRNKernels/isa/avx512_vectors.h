// SPDX-License-Identifier: Apache-2.0
// The vectors of AVX-512, for the templates. The file that includes this one defines
// HAS_BFLOAT16_ROUNDING where its target has AVX512_BF16.

#ifndef WRN_AVX512_VECTORS_H
#define WRN_AVX512_VECTORS_H

#include <immintrin.h>
#include <stdint.h>

#define VEC      __m512
#define VW       16
#define MAX_ROWS 14
#define FOR_EACH_ROW_COUNT(M)                                                                      \
    M(1) M(2) M(3) M(4) M(5) M(6) M(7) M(8) M(9) M(10) M(11) M(12) M(13) M(14)
#define LOAD(p)       _mm512_loadu_ps(p)
#define STORE(p, v)   _mm512_storeu_ps(p, v)
#define ZERO()        _mm512_setzero_ps()
#define SPLAT(x)      _mm512_set1_ps(x)
#define ADD(a, b)     _mm512_add_ps(a, b)
#define SUB(a, b)     _mm512_sub_ps(a, b)
#define MUL(a, b)     _mm512_mul_ps(a, b)
#define MAX(a, b)     _mm512_max_ps(a, b)
#define FMA(a, b, c)  _mm512_fmadd_ps(a, b, c)
#define FNMA(a, b, c) _mm512_fnmadd_ps(a, b, c)
#define DIV(a, b)     _mm512_div_ps(a, b)
#define SQRT(a)       _mm512_sqrt_ps(a)
#define WHERE_POSITIVE(z, v)                                                                       \
    _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(z, _mm512_setzero_ps(), _CMP_GT_OQ), v)
#define KEEP(v, bits) _mm512_maskz_mov_ps((__mmask16)(bits), v)

#define LARGER(a, b)                                                                               \
    _mm512_mask_mov_ps(_mm512_max_ps(a, b), _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q), a)
#define WHERE_LESS(a, b, x, y) _mm512_mask_mov_ps(y, _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), x)

// Bits of bfloat16, rounded to the nearest, ties to even; NaNs stay NaNs. The instruction rounds
// denormal floats to zero.
#ifdef HAS_BFLOAT16_ROUNDING
static inline __m256i bfloat16_avx512(__m512 v) {
    return (__m256i)_mm512_cvtneps_pbh(v);
}
#else
static inline __m256i bfloat16_avx512(__m512 v) {
    const __m512i bits = _mm512_castps_si512(v);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i near = _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd);
    const __mmask16 is_nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
    const __m512i words = _mm512_mask_or_epi32(near, is_nan, bits, _mm512_set1_epi32(0x400000));
    return _mm512_cvtepi32_epi16(_mm512_srli_epi32(words, 16));
}
#endif

static inline __m512 widened_avx512(__m256i words) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(words), 16));
}

#define LOAD_BFLOAT16(p)     widened_avx512(_mm256_loadu_si256((const __m256i *)(p)))
#define STORE_BFLOAT16(p, v) _mm256_storeu_si256((__m256i *)(p), bfloat16_avx512(v))
#define ROUND_BFLOAT16(v)    widened_avx512(bfloat16_avx512(v))

#endif
