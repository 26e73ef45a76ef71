// SPDX-License-Identifier: Apache-2.0
//
// The engine's tiles on raw pointers. Nothing here allocates, locks, prints or fails: sizes are the
// caller's obligation, checked when a plan is made. Documentation/Kernels.md draws the layouts.
//
// Activations are NHWC float32 with the channels of a pixel padded to whole blocks of WRN_LANES
// with zeros. `stride` counts floats unless a name states otherwise. Pointers need no alignment,
// but are faster on 64 bytes.

#ifndef CWRNKERNELS_H
#define CWRNKERNELS_H

#include "wrn_convolution.h"
#include "wrn_kernel_tables.h"
#include "wrn_pooling.h"
#include "wrn_resample.h"
#include "wrn_training.h"
#include "wrn_views.h"
#include "wrn_winograd.h"

#endif
