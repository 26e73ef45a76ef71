// SPDX-License-Identifier: Apache-2.0
// The kernels for AVX-512 (F, VL, BW, DQ): what servers since Skylake-SP and Zen 4 have.

#if defined(__x86_64__)

#include <string.h>

#include "CWRNKernels.h"
#include "avx512_vectors.h"

#pragma clang attribute push(                                                                      \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)

#define K(name)       name##_avx512
#define KERNELS_NAME  "avx512"
#define BFLOAT16_MAPS wrn_map_kernels_avx512_bfloat16

extern const wrn_bfloat16_kernels wrn_bfloat16_kernels_avx512;
#define BFLOAT16_KERNELS &wrn_bfloat16_kernels_avx512

extern const wrn_tile_kernels wrn_tile_kernels_amx;
#define TILE_KERNELS &wrn_tile_kernels_amx

#include "../templates/kernels.inc.h"

#pragma clang attribute pop

#else
// An empty translation unit is not C.
typedef int wrn_no_avx512;
#endif
