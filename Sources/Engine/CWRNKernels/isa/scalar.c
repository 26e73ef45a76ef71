// SPDX-License-Identifier: Apache-2.0
// The kernels without vectors: what every processor can run, and the first thing to compare the
// others with.

#include <string.h>

#include "CWRNKernels.h"

#define K(name)       name##_scalar
#define KERNELS_NAME  "scalar"
#define BFLOAT16_MAPS wrn_map_kernels_scalar_bfloat16

#include "scalar_vectors.h"

#include "../templates/kernels.inc.h"
