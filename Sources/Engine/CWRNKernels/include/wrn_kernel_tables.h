// SPDX-License-Identifier: Apache-2.0
// The kernels of an instruction set as a table of functions, and which tables this processor can
// run.

#ifndef CWRNKERNELS_KERNEL_TABLES_H
#define CWRNKERNELS_KERNEL_TABLES_H

#include <stddef.h>
#include <stdint.h>
#include "wrn_convolution.h"
#include "wrn_pooling.h"
#include "wrn_resample.h"
#include "wrn_tiles.h"
#include "wrn_training.h"
#include "wrn_views.h"
#include "wrn_winograd.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The kernels that read or write maps, for one type of a map's elements: float32 or bfloat16.
///
/// Pointers into maps are of that type, and strides and offsets count elements. Patches, weights,
/// Winograd's tiles and products, coefficients and sums are float32. What is stored as bfloat16 is
/// rounded to the nearest, ties to even, and sums over it are sums of the rounded values.
typedef struct {
    void (*load_patch)(const wrn_patch_load *);
    void (*convolution)(const wrn_convolution *); // writes a map
    void (*winograd_windows)(const wrn_winograd_tiles *);
    void (*winograd_gradients)(const wrn_winograd_tiles *);
    void (*winograd_outputs)(const wrn_winograd_outputs *);
    void (*moments)(const wrn_moments *);
    void (*view_gradient)(const wrn_view_gradient *);
    void (*map)(const wrn_map *);
    /// mean[c] = sum over pixels of view(image) / pixels, for a view without slope
    void (*mean_pixels)(const void *image, ptrdiff_t stride, int32_t pixels, int32_t blocks,
                        const wrn_view *view, float *mean);
    /// destination[p][c] = (accumulate ? destination[p][c] : 0) + value[c] * factor
    void (*spread_pixels)(const float *value, float factor, int32_t accumulate, void *destination,
                          ptrdiff_t stride, int32_t pixels, int32_t blocks);
    void (*max_pool)(const wrn_max_pool *);
    void (*max_pool_gradient)(const wrn_max_pool_gradient *);
} wrn_map_kernels;

/// The kernels of a processor that multiplies pairs of bfloat16 and adds both products to a sum in
/// float32: a patch and weights of bfloat16, from maps to maps of bfloat16.
typedef struct {
    int32_t panel_width;         // outputs that a full weight panel holds
    const wrn_map_kernels *maps; // as those of the set, rounding with the processor's instruction
    void (*load_patch)(const wrn_patch_load *);
    void (*convolution)(const wrn_convolution *);
} wrn_bfloat16_kernels;

/// The kernels of one instruction set. All sets compute the same sums; they may round differently.
///
/// The entries behind `resample_columns` are optional: NULL where no processor with this set has
/// the instructions. Those of the present processor are found by wrn_bfloat16_kernels_for and
/// wrn_tile_kernels_for.
typedef struct {
    const char *name;
    int32_t vector_width; // floats
    int32_t panel_width;  // outputs that a full weight panel holds: two vectors
    const wrn_map_kernels *float32, *bfloat16; // by the type of a map's elements
    void (*weight_gradient)(const wrn_weight_gradient *);
    void (*winograd_products)(const wrn_winograd_products *);
    void (*winograd_weight_gradient)(const wrn_winograd_weight_gradient *);
    void (*pack_winograd_weights)(const wrn_winograd_weights *);
    void (*sgd)(const wrn_sgd *);
    void (*adamw)(const wrn_adamw *);
    void (*dropout_mask)(const wrn_dropout_mask *);
    void (*resample_rows)(const wrn_resample *);
    void (*resample_columns)(const wrn_resample *);
    const wrn_bfloat16_kernels *bfloat16_products;
    const wrn_tile_kernels *tiles;
} wrn_kernels;

/// The properties of a processor on which the choice of kernels depends: bits of its instructions
/// and the system lets programs use, and what it is besides.
enum {
    WRN_PROCESSOR_AVX2 = 1,     // with FMA
    WRN_PROCESSOR_AVX512 = 2,   // F, VL, BW and DQ
    WRN_PROCESSOR_BFLOAT16 = 4, // VDPBF16PS
    WRN_PROCESSOR_HYBRID = 8,   // cores of several kinds
    WRN_PROCESSOR_NEON = 16,
    WRN_PROCESSOR_TILES = 32, // AMX-BF16, where the process has the system's permission
    WRN_PROCESSOR_AMD = 64    // made by AMD, whose rate of VDPBF16PS is not that of others
};

/// The bits of the processor that this program runs on. Requests the permission to use tiles.
uint32_t wrn_processor(void);

/// The kernels that a processor can run, best last; NULL behind the last. The rule:
///
/// 1. The scalar kernels run everywhere, those of NEON and of AVX2 where the processor has them.
/// 2. Those of AVX-512 need AVX2, too, and a processor with cores of one kind: where there are
///    several, the small ones lack AVX-512, and the system may move a thread to one of them.
const wrn_kernels *const *wrn_kernels_for(uint32_t processor);

/// A table's kernels of products of bfloat16; NULL where it has none or the processor lacks the
/// instructions.
const wrn_bfloat16_kernels *wrn_bfloat16_kernels_for(const wrn_kernels *table, uint32_t processor);

/// A table's kernels of the tile unit; NULL where it has none, or the processor or the system does
/// not permit them.
const wrn_tile_kernels *wrn_tile_kernels_for(const wrn_kernels *table, uint32_t processor);

/// The kernels that this processor can run, best last; NULL behind the last.
const wrn_kernels *const *wrn_usable_kernels(void);

#ifdef __cplusplus
}
#endif

#endif
