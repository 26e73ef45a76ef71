// SPDX-License-Identifier: Apache-2.0
// The kernels of tiles for every processor: single floats in place of vectors, and the tile unit in
// plain C.

#include "emulated_tiles.h"

#include <string.h>
#include "../../Sources/Engine/CWRNKernels/isa/scalar_vectors.h"
#include "CWRNKernelChecks.h"

wrn_tile_unit *wrn_emulated_unit(void) {
    static _Thread_local wrn_tile_unit unit;
    return &unit;
}

static void transpose(uint16_t (*x)[WRN_LANES], uint16_t *y, ptrdiff_t stride) {
    for (int lane = 0; lane < WRN_LANES; lane++) {
        for (int p = 0; p < WRN_TILE_DEPTH; p++)
            y[lane * stride + p] = x[p][lane];
    }
}

static void join(const uint16_t *x0, const uint16_t *x1, uint16_t *y) {
    for (int lane = 0; lane < WRN_LANES; lane++) {
        y[2 * lane] = x0[lane];
        y[2 * lane + 1] = x1[lane];
    }
}

#define K(name)                        name##_emulated
#define TILES_NAME                     "emulated"
#define TRANSPOSE_PIXELS(x, y, stride) transpose(x, y, stride)
#define JOIN_PIXELS(x0, x1, y)         join(x0, x1, y)

#include "../../Sources/Engine/CWRNKernels/templates/tiles.inc.h"

const wrn_tile_kernels *wrn_emulated_tiles(void) {
    return &wrn_tile_kernels_emulated;
}

const char *wrn_emulated_tiles_fault(void) {
    return wrn_emulated_unit()->fault;
}
