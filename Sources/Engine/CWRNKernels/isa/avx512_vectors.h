// SPDX-License-Identifier: Apache-2.0
// The vectors of AVX-512, for the templates.

#ifndef WRN_AVX512_VECTORS_H
#define WRN_AVX512_VECTORS_H

#include <immintrin.h>

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

#endif
