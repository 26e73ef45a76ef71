// SPDX-License-Identifier: Apache-2.0
// The kernels of tiles on the tile unit in plain C.

#ifndef WRN_EMULATED_TILES_H
#define WRN_EMULATED_TILES_H

#include "CWRNKernels.h"
#include "tile_unit.h"

/// The unit of the calling thread.
wrn_tile_unit *wrn_emulated_unit(void);

/// The kernels with the vectors of AVX-512, which a tile unit has beside it; NULL where this
/// processor lacks them. They round as those of a real unit do, bit for bit.
const wrn_tile_kernels *wrn_emulated_tiles_avx512(void);

#define TILES_CONFIGURE(p)                                                                         \
    wrn_tile_configure(wrn_emulated_unit(), (const wrn_tile_configuration *)(p))
#define TILES_RELEASE()          wrn_tile_release(wrn_emulated_unit())
#define TILE_ZERO(t)             wrn_tile_zero(wrn_emulated_unit(), t)
#define TILE_LOAD(t, p, stride)  wrn_tile_load(wrn_emulated_unit(), t, p, stride)
#define TILE_STORE(t, p, stride) wrn_tile_store(wrn_emulated_unit(), t, p, stride)
#define TILE_MULTIPLY(c, a, b)   wrn_tile_multiply(wrn_emulated_unit(), c, a, b)

#endif
