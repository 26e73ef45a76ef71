// SPDX-License-Identifier: Apache-2.0
//
// The engine's tiles on raw pointers. Nothing here allocates, locks, prints or fails: sizes are the
// caller's obligation, checked when a plan is made. Documentation/Kernels.md draws the layouts.
//
// Maps (activations and their gradients) are NHWC with the channels of a pixel padded to whole
// blocks of WRN_LANES with zeros, of float32 or bfloat16: arguments have void pointers to them, and
// the table in which a kernel stands says which. Everything else is float32 unless its name or type
// states otherwise. `stride` counts elements. Pointers need no alignment, but are faster on 64
// bytes.

#ifndef CWRNKERNELS_H
#define CWRNKERNELS_H

#include "wrn_convolution.h"
#include "wrn_kernel_tables.h"
#include "wrn_pooling.h"
#include "wrn_resample.h"
#include "wrn_tiles.h"
#include "wrn_training.h"
#include "wrn_views.h"
#include "wrn_winograd.h"

#endif
