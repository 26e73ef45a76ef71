// SPDX-License-Identifier: Apache-2.0
// The kernels on maps of bfloat16 for 64-bit ARM.

#if defined(__aarch64__)

#include <arm_neon.h>
#include <string.h>
#include "CWRNKernels.h"

#define K(name) name##_neon_bfloat16

#include "neon_vectors.h"

#include "../templates/bfloat16_maps.inc.h"

#else
// An empty translation unit is not C.
typedef int wrn_no_neon_bfloat16_maps;
#endif
