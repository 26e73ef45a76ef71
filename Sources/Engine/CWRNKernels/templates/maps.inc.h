// SPDX-License-Identifier: Apache-2.0
//
// The kernels that read or write maps, for one instruction set and one type of a map's elements.
// Besides the macros of kernels.inc.h, the file that includes this one defines
//
//     MAP                type of an element of a map
//     LOAD_MAP(p)        VW elements as floats
//     STORE_MAP(p, v)    stores VW floats, rounded to elements
//     ROUND_MAP(v)       the floats that STORE_MAP followed by LOAD_MAP gives
//
// Sums over what a kernel stores are sums over rounded values, so that they do not depend on which
// kernel takes them.

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
#include "winograd_tiles.inc.h"
#include "winograd_outputs.inc.h"
#include "pixels.inc.h"
#include "pooling.inc.h"

const wrn_map_kernels K(wrn_map_kernels) = {
    .load_patch = K(wrn_load_patch),
    .convolution = K(wrn_convolution),
    .winograd_windows = K(wrn_winograd_windows),
    .winograd_gradients = K(wrn_winograd_gradients),
    .winograd_outputs = K(wrn_winograd_outputs),
    .moments = K(wrn_moments),
    .view_gradient = K(wrn_view_gradient),
    .map = K(wrn_map),
    .mean_pixels = K(wrn_mean_pixels),
    .spread_pixels = K(wrn_spread_pixels),
    .max_pool = K(wrn_max_pool),
    .max_pool_gradient = K(wrn_max_pool_gradient),
};
