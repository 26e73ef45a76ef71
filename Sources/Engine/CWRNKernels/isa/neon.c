// SPDX-License-Identifier: Apache-2.0
// The kernels for 64-bit ARM, where NEON is part of the base.

#if defined(__aarch64__)

#include <arm_neon.h>
#include <string.h>
#include "CWRNKernels.h"

#define K(name)       name##_neon
#define KERNELS_NAME  "neon"
#define BFLOAT16_MAPS wrn_map_kernels_neon_bfloat16

#include "neon_vectors.h"

#include "../templates/kernels.inc.h"

#else
// An empty translation unit is not C.
typedef int wrn_no_neon;
#endif
