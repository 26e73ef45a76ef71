// SPDX-License-Identifier: Apache-2.0
// The kernels of tiles with the vectors of AVX-512 and the tile unit in plain C.

#include "emulated_tiles.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#pragma clang attribute push(                                                                      \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,avx2,fma"))),             \
    apply_to = function)

#define HAS_BFLOAT16_ROUNDING

#define K(name)    name##_emulated_avx512
#define TILES_NAME "emulated, AVX-512"

#include "../../Sources/Engine/CWRNKernels/isa/avx512_vectors.h"

#include "../../Sources/Engine/CWRNKernels/isa/avx512_tile_pixels.h"

#include "../../Sources/Engine/CWRNKernels/templates/tiles.inc.h"

#pragma clang attribute pop

const wrn_tile_kernels *wrn_emulated_tiles_avx512(void) {
    const uint32_t needed = WRN_PROCESSOR_AVX2 | WRN_PROCESSOR_AVX512 | WRN_PROCESSOR_BFLOAT16;
    return (wrn_processor() & needed) == needed ? &wrn_tile_kernels_emulated_avx512 : 0;
}

#else

const wrn_tile_kernels *wrn_emulated_tiles_avx512(void) {
    return 0;
}

#endif
