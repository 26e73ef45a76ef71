// SPDX-License-Identifier: Apache-2.0
// Pixels of 16 lanes of bfloat16, transposed and joined in pairs by AVX-512, for the kernels of
// tiles.

#ifndef WRN_AVX512_TILE_PIXELS_H
#define WRN_AVX512_TILE_PIXELS_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

// One lane after another: the pair of its two pixels.
static inline __m512i pair_avx512(const uint16_t *x0, const uint16_t *x1) {
    const __m512i low = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)x0));
    const __m512i high = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)x1));
    return _mm512_or_si512(low, _mm512_slli_epi32(high, 16));
}

// A matrix of 16 x 16 pairs, transposed: within quarters of registers, then the quarters.
static inline void transpose_avx512(uint16_t (*x)[16], uint16_t *y, ptrdiff_t stride) {
    __m512i a[16], b[16];
    for (int i = 0; i < 16; i++)
        a[i] = pair_avx512(x[2 * i], x[2 * i + 1]);
    for (int i = 0; i < 16; i += 2) {
        b[i] = _mm512_unpacklo_epi32(a[i], a[i + 1]);
        b[i + 1] = _mm512_unpackhi_epi32(a[i], a[i + 1]);
    }
    // a[i + k]: column k of each quarter, for the rows i ..< i + 4.
    for (int i = 0; i < 16; i += 4) {
        a[i] = _mm512_unpacklo_epi64(b[i], b[i + 2]);
        a[i + 1] = _mm512_unpackhi_epi64(b[i], b[i + 2]);
        a[i + 2] = _mm512_unpacklo_epi64(b[i + 1], b[i + 3]);
        a[i + 3] = _mm512_unpackhi_epi64(b[i + 1], b[i + 3]);
    }
    for (int k = 0; k < 4; k++) {
        const __m512i even0 = _mm512_shuffle_i32x4(a[k], a[4 + k], 0x88);
        const __m512i odd0 = _mm512_shuffle_i32x4(a[k], a[4 + k], 0xdd);
        const __m512i even1 = _mm512_shuffle_i32x4(a[8 + k], a[12 + k], 0x88);
        const __m512i odd1 = _mm512_shuffle_i32x4(a[8 + k], a[12 + k], 0xdd);
        _mm512_storeu_si512(y + k * stride, _mm512_shuffle_i32x4(even0, even1, 0x88));
        _mm512_storeu_si512(y + (4 + k) * stride, _mm512_shuffle_i32x4(odd0, odd1, 0x88));
        _mm512_storeu_si512(y + (8 + k) * stride, _mm512_shuffle_i32x4(even0, even1, 0xdd));
        _mm512_storeu_si512(y + (12 + k) * stride, _mm512_shuffle_i32x4(odd0, odd1, 0xdd));
    }
}

#define TRANSPOSE_PIXELS(x, y, stride) transpose_avx512(x, y, stride)
#define JOIN_PIXELS(x0, x1, y)         _mm512_storeu_si512(y, pair_avx512(x0, x1))

#endif
