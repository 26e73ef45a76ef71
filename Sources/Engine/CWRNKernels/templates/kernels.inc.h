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
// KERNELS_NAME, the name of its table, and BFLOAT16_MAPS, the kernels of its maps of bfloat16.

#include "unrolling.inc.h"

#define MAP             float
#define LOAD_MAP(p)     LOAD(p)
#define STORE_MAP(p, v) STORE(p, v)
#define ROUND_MAP(v)    (v)

#include "maps.inc.h"

#include "weight_gradient.inc.h"
#include "winograd_products.inc.h"
#include "winograd_weight_gradient.inc.h"
#include "winograd_weights.inc.h"
#include "optimizers.inc.h"
#include "dropout_mask.inc.h"
#include "resample.inc.h"

// Optional entries: what a set does not define it does not have.
#ifndef BFLOAT16_KERNELS
#define BFLOAT16_KERNELS 0
#endif
#ifndef TILE_KERNELS
#define TILE_KERNELS 0
#endif

extern const wrn_map_kernels BFLOAT16_MAPS;

const wrn_kernels K(wrn_kernels) = {
    .name = KERNELS_NAME,
    .vector_width = VW,
    .panel_width = 2 * VW,
    .float32 = &K(wrn_map_kernels),
    .bfloat16 = &BFLOAT16_MAPS,
    .weight_gradient = K(wrn_weight_gradient),
    .winograd_products = K(wrn_winograd_products),
    .winograd_weight_gradient = K(wrn_winograd_weight_gradient),
    .pack_winograd_weights = K(wrn_pack_winograd_weights),
    .sgd = K(wrn_sgd),
    .adamw = K(wrn_adamw),
    .dropout_mask = K(wrn_dropout_mask),
    .resample_rows = K(wrn_resample_rows),
    .resample_columns = K(wrn_resample_columns),
    .bfloat16_products = BFLOAT16_KERNELS,
    .tiles = TILE_KERNELS,
};
