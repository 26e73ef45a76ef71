// SPDX-License-Identifier: Apache-2.0
// The kernels of the tile unit, AMX-BF16, with the vectors of AVX-512: what servers since Sapphire
// Rapids have.

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>
#include "CWRNKernels.h"

#pragma clang attribute push(                                                                      \
    __attribute__((                                                                                \
        target("amx-tile,amx-bf16,avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,avx2,fma"))),      \
    apply_to = function)

#define HAS_BFLOAT16_ROUNDING

#define K(name)                  name##_amx
#define TILES_NAME               "AMX-BF16"
#define TILES_CONFIGURE(p)       _tile_loadconfig(p)
#define TILES_RELEASE()          _tile_release()
#define TILE_ZERO(t)             _tile_zero(t)
#define TILE_LOAD(t, p, stride)  _tile_loadd(t, p, stride)
#define TILE_STORE(t, p, stride) _tile_stored(t, p, stride)
#define TILE_MULTIPLY(c, a, b)   _tile_dpbf16ps(c, a, b)

#include "avx512_vectors.h"

#include "avx512_tile_pixels.h"

#include "../templates/tiles.inc.h"

#pragma clang attribute pop

#else
// An empty translation unit is not C.
typedef int wrn_no_amx;
#endif
