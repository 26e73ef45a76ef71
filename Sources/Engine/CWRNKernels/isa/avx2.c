// SPDX-License-Identifier: Apache-2.0
// The kernels for AVX2 with FMA. The attribute is pushed by a pragma so that no build flag and no
// caller changes.

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>
#include "CWRNKernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define K(name)       name##_avx2
#define KERNELS_NAME  "avx2"
#define BFLOAT16_MAPS wrn_map_kernels_avx2_bfloat16

#include "avx2_vectors.h"

#include "../templates/kernels.inc.h"

#pragma clang attribute pop

#else
// An empty translation unit is not C.
typedef int wrn_no_avx2;
#endif
