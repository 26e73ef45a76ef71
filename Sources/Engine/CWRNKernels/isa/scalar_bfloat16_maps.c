// SPDX-License-Identifier: Apache-2.0
// The kernels on maps of bfloat16 without vectors.

#include <string.h>

#include "CWRNKernels.h"

#define K(name) name##_scalar_bfloat16

#include "scalar_vectors.h"

#include "../templates/bfloat16_maps.inc.h"
