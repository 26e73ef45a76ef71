// SPDX-License-Identifier: Apache-2.0
//
// The kernels of the tile unit, for the file that includes this one. Besides the macros of
// bfloat16_maps.inc.h it defines
//
//     TILES_NAME                      the name of the table
//     TILES_CONFIGURE(p)              sets the extents of all tiles, from 64 bytes
//     TILES_RELEASE()                 gives all tiles back
//     TILE_ZERO(t)                    t = 0
//     TILE_LOAD(t, p, stride)         t = 16 rows of 64 bytes that lie `stride` bytes apart
//     TILE_STORE(t, p, stride)        the other way
//     TILE_MULTIPLY(c, a, b)          c = c + a b, with a of bfloat16 and b of pairs of them
//     TRANSPOSE_PIXELS(x, y, stride)  y[lane * stride + pixel] = x[pixel][lane], 32 pixels
//     JOIN_PIXELS(x0, x1, y)          y[lane][2] = x0[lane], x1[lane]
//
// Numbers of tiles are constants: 0 to 3 are sums, 4 and 5 rows of pixels or channels, 6 and 7
// columns of outputs. A tile is never loaded twice in a row: the second load would wait for the
// products of the first.

#include "unrolling.inc.h"

#define MAP             uint16_t
#define LOAD_MAP(p)     LOAD_BFLOAT16(p)
#define STORE_MAP(p, v) STORE_BFLOAT16(p, v)
#define ROUND_MAP(v)    ROUND_BFLOAT16(v)

#include "activation.inc.h"
#include "view.inc.h"

// All tiles have 16 rows of 64 bytes; palette 1.
static const uint8_t K(tile_configuration)[64] __attribute__((aligned(64))) = {
    [0] = 1,   [16] = 64, [18] = 64, [20] = 64, [22] = 64, [24] = 64,
    [26] = 64, [28] = 64, [30] = 64, [48] = 16, [49] = 16, [50] = 16,
    [51] = 16, [52] = 16, [53] = 16, [54] = 16, [55] = 16,
};

#include "tile_loads.inc.h"

#include "tile_convolution.inc.h"
#include "tile_weight_gradient.inc.h"

const wrn_tile_kernels K(wrn_tile_kernels) = {
    .name = TILES_NAME,
    .load_patch = K(wrn_tile_load_patch),
    .load_channels = K(wrn_tile_load_channels),
    .load_pairs = K(wrn_tile_load_pairs),
    .convolution = K(wrn_tile_convolution),
    .weight_gradient = K(wrn_tile_weight_gradient),
};
