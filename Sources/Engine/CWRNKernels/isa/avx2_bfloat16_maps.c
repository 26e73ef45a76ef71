// SPDX-License-Identifier: Apache-2.0
// The kernels on maps of bfloat16 for AVX2 with FMA.

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>
#include "CWRNKernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define K(name) name##_avx2_bfloat16

#include "avx2_vectors.h"

#include "../templates/bfloat16_maps.inc.h"

#pragma clang attribute pop

#else
// An empty translation unit is not C.
typedef int wrn_no_avx2_bfloat16_maps;
#endif
