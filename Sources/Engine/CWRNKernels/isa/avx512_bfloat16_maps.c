// SPDX-License-Identifier: Apache-2.0
// The kernels on maps of bfloat16 for AVX-512 (F, VL, BW, DQ).

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>
#include "CWRNKernels.h"

#pragma clang attribute push(                                                                      \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)

#define K(name) name##_avx512_bfloat16

#include "avx512_vectors.h"

#include "../templates/bfloat16_maps.inc.h"

#pragma clang attribute pop

#else
// An empty translation unit is not C.
typedef int wrn_no_avx512_bfloat16_maps;
#endif
