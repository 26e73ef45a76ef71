// SPDX-License-Identifier: Apache-2.0
//
// Every kernel, for the instruction set whose file includes this one. That file defines
//
//     K(name)                 the name with the set's suffix
//     VEC, VW                 a vector of floats and its width, which divides WRN_LANES
//     MAX_ROWS                how many rows of two vectors fit the registers
//     FOR_EACH_ROW_COUNT(M)   M(1) ... M(MAX_ROWS)
//     LOAD STORE ZERO SPLAT ADD SUB MUL DIV SQRT
//     FMA(a, b, c)            a * b + c
//     FNMA(a, b, c)           c - a * b
//     MAX(a, b)               b where either is NaN, or NaN: MAX(ZERO(), x) lets a NaN pass
//     WHERE_POSITIVE(z, v)    v in the lanes where z > 0; 0 elsewhere
//     KEEP(v, bits)           v in the lanes whose bit is 1; 0 elsewhere
//     LARGER(a, b)            the larger; NaN where either is NaN
//     WHERE_LESS(a, b, x, y)  x in the lanes where a < b; y elsewhere, also where either is NaN
//
// and KERNELS_NAME, the name of its table.

#include "unrolling.inc.h"

#include "activation.inc.h"
#include "view.inc.h"

// Patches and weights of float: one channel a step.
#define ELEMENT      float
#define CHANNELS     1
#define FACTOR       VEC
#define PUT(p, v)    STORE(p, v)
#define INPUTS(p)    SPLAT(*(p))
#define WEIGHTS(p)   LOAD(p)
#define DOT(a, b, c) FMA(a, b, c)

#include "load_patch.inc.h"
#include "convolution.inc.h"
#include "weight_gradient.inc.h"
#include "winograd_tiles.inc.h"
#include "winograd_products.inc.h"
#include "winograd_outputs.inc.h"
#include "winograd_weight_gradient.inc.h"
#include "winograd_weights.inc.h"
#include "pixels.inc.h"
#include "pooling.inc.h"
#include "optimizers.inc.h"
#include "dropout_mask.inc.h"
#include "resample.inc.h"

// Optional entries: what a set does not define it does not have.
#ifndef BFLOAT16_KERNELS
#define BFLOAT16_KERNELS 0
#endif

const wrn_kernels K(wrn_kernels) = {
    .name = KERNELS_NAME,
    .vector_width = VW,
    .panel_width = 2 * VW,
    .load_patch = K(wrn_load_patch),
    .convolution = K(wrn_convolution),
    .weight_gradient = K(wrn_weight_gradient),
    .winograd_windows = K(wrn_winograd_windows),
    .winograd_gradients = K(wrn_winograd_gradients),
    .winograd_products = K(wrn_winograd_products),
    .winograd_outputs = K(wrn_winograd_outputs),
    .winograd_weight_gradient = K(wrn_winograd_weight_gradient),
    .pack_winograd_weights = K(wrn_pack_winograd_weights),
    .moments = K(wrn_moments),
    .view_gradient = K(wrn_view_gradient),
    .map = K(wrn_map),
    .mean_pixels = K(wrn_mean_pixels),
    .spread_pixels = K(wrn_spread_pixels),
    .max_pool = K(wrn_max_pool),
    .max_pool_gradient = K(wrn_max_pool_gradient),
    .sgd = K(wrn_sgd),
    .adamw = K(wrn_adamw),
    .dropout_mask = K(wrn_dropout_mask),
    .resample_rows = K(wrn_resample_rows),
    .resample_columns = K(wrn_resample_columns),
    .bfloat16 = BFLOAT16_KERNELS,
};
