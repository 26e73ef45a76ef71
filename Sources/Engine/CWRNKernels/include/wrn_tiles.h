// SPDX-License-Identifier: Apache-2.0
// Convolutions on the tile unit of AMX-BF16: patches of bfloat16, the products, the gradient of the
// weight, and whether the processor and the system permit them.
//
// A tile is a matrix of 16 rows of 64 bytes. One product adds 16 x 16 sums of 32 products of
// bfloat16 each to a tile of float32. All kernels read and write maps of bfloat16. Each configures
// the tiles of its thread when it begins and releases them when it ends, so that a thread that
// waits, or computes something else, has none.

#ifndef CWRNKERNELS_TILES_H
#define CWRNKERNELS_TILES_H

#include <stddef.h>
#include <stdint.h>
#include "wrn_views.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The numbers that one product sums over: the elements of a tile's row.
#define WRN_TILE_DEPTH 32

/// The pixels, outputs or channels of one tile: its rows.
#define WRN_TILE_SIZE 16

/// A window of a map, read through a view, with zeros outside of the map:
///
///     v(r, q)[c] = view(image[top + r * step][left + q * step][c])
///
/// Padding zeros come after the view.
typedef struct {
    const uint16_t *image;  // height x width x stride
    const uint16_t *second; // like image, or NULL
    const uint16_t *keep;   // height x width x blocks words, bit = lane, or NULL
    ptrdiff_t stride;       // from pixel to pixel, >= 16 * blocks
    int32_t height, width;  // of the image
    int32_t blocks;         // of WRN_LANES channels
    wrn_view view;
    int32_t top, left; // of the window's first pixel in the image; may be negative
    int32_t step;      // image pixels from window pixel to window pixel
    int32_t rows, columns;
} wrn_tile_window;

/// Loads a window, pixel by pixel, each in `depth` elements: its first channels, and zeros behind
/// the last block:
///
///     patch[(r * columns + q) * depth + c] = v(r, q)[c]
typedef struct {
    wrn_tile_window window;
    int32_t depth;
    uint16_t *patch;
} wrn_tile_patch_load;

/// Loads a window, channel by channel, as the gradient of the weight reads its input:
///
///     patch[c * channel_stride + p] = v(p / columns, p % columns)[c]
///
/// for all lanes c of the window's blocks, and zeros for rows * columns <= p < pixels. `pixels` is
/// a multiple of WRN_TILE_DEPTH.
typedef struct {
    wrn_tile_window window;
    int32_t pixels;
    ptrdiff_t channel_stride;
    uint16_t *patch;
} wrn_tile_channels_load;

/// Loads some blocks of a window, pair of pixels by pair of pixels, as the gradient of the weight
/// reads the gradient of its output:
///
///     patch[(block(c) - first_block) * block_stride + p / 2 * 32 + lane(c) * 2 + p % 2] =
///         v(p / columns, p % columns)[c]
///
/// for first_block <= block(c) < last_block, and zeros for rows * columns <= p < pixels. `pixels`
/// is a multiple of WRN_TILE_DEPTH.
typedef struct {
    wrn_tile_window window;
    int32_t first_block, last_block;
    int32_t pixels;
    ptrdiff_t block_stride;
    uint16_t *patch;
} wrn_tile_pairs_load;

/// Convolves patches of some images: for image n, output (i, j) and output lane o
///
///     y[n][i][j][o] = bias[o] + addend[n][i][j][o]
///                   + sum over taps t, k < 32 * depth_tiles of
///                     patch[n * image_stride + i * row_stride + j * pixel_stride + taps[t] + k] *
///                     w
///     y = activation(y), rounded once
///
/// with w packed by wrn_pack_tile_weights. For each t and each 32 k the tile unit sums the products
/// of even and of odd k from zero, each in its order, and adds both to the sum so far; then come
/// the bias and the addend. Elements k beyond a pixel's channels meet weights of zero and must be
/// finite. bias and addend may be NULL; addend has the strides of the destination and may be the
/// destination itself, which accumulates.
///
/// A tile holds 16 neighbouring outputs. They are those of one row; or, where `is_flat`, of the
/// rows of an image side by side, which needs row_stride to be a multiple of pixel_stride. Behind
/// the last output of a row or image up to 15 more, and what these read of the patch, must be
/// memory that can be read; nothing comes of them.
typedef struct {
    const uint16_t *patch;
    ptrdiff_t image_stride, row_stride, pixel_stride;
    int32_t is_flat;
    const int32_t *taps; // offsets in elements
    int32_t tap_count, depth_tiles;
    const uint16_t *weights;
    int32_t output_blocks;         // of WRN_LANES
    int32_t images, rows, columns; // of the output
    uint16_t *destination;
    ptrdiff_t destination_image_stride, destination_row_stride, destination_column_stride;
    const float *bias;
    const uint16_t *addend;
    wrn_activation activation;
} wrn_tile_convolution;

/// Adds to the gradient of a convolution's weight what a group of images contributes:
///
///     dw[t][c][o] += sum over images n, pixels p < pixels of
///                    patch[n * image_stride + c * channel_stride + taps[t] + p] *
///                    gradient[n][o][p]
///
/// for c < 16 * blocks and the lanes o of output_blocks, with the gradient as wrn_tile_pairs_load
/// leaves it, and dw[t * tap_stride + c * weight_stride + o]. For each n and each 32 pixels the
/// tile unit sums the products of even and of odd p from zero, each in its order, and adds both to
/// the sum so far: the old value, or zero where `begins`. Where the gradient is zero, the patch
/// must be finite.
typedef struct {
    const uint16_t *patch;
    ptrdiff_t image_stride, channel_stride;
    int32_t blocks; // of the input's channels
    const int32_t *taps;
    int32_t tap_count;
    const uint16_t *gradient;
    ptrdiff_t gradient_image_stride, gradient_block_stride;
    int32_t output_blocks;
    int32_t images, pixels; // a multiple of WRN_TILE_DEPTH
    float *weights;         // dw
    ptrdiff_t tap_stride, weight_stride;
    int32_t begins;
} wrn_tile_weight_gradient;

/// The length in elements of weights packed for `depth` elements of a patch at each of tap_count
/// taps and `output_blocks` blocks of outputs.
ptrdiff_t wrn_packed_tile_count(int32_t depth, int32_t tap_count, int32_t output_blocks);

/// Packs weights in the order in which tiles consume them, rounded to the nearest bfloat16 (ties to
/// even):
///
///     packed[two blocks of outputs][tap][32 k][block][pair of k][output of the block][2]
///
/// The last two blocks may be one. `run` elements of the kernel lie side by side in the patch and
/// make one tap: element k of tap t is channel k % channels of source tap
/// tap_order[t * run + k / channels], for k < run * channels, and zero up to a multiple of 32. The
/// element of source tap s, channel k and output n is source[s * tap_stride + k * channel_stride +
/// n * output_stride], times output_factor[n] unless that is NULL. Packs the blocks first_block ..<
/// last_block only, an even first_block, so that threads can share the work.
typedef struct {
    const float *source;
    ptrdiff_t tap_stride, channel_stride, output_stride;
    const int32_t *tap_order; // of tap_count * run
    int32_t tap_count, run, channels;
    int32_t output_blocks, first_block, last_block;
    const float *output_factor;
    uint16_t *packed;
} wrn_tile_weights;

void wrn_pack_tile_weights(const wrn_tile_weights *);

/// The kernels that need the tile unit.
typedef struct {
    const char *name;
    void (*load_patch)(const wrn_tile_patch_load *);
    void (*load_channels)(const wrn_tile_channels_load *);
    void (*load_pairs)(const wrn_tile_pairs_load *);
    void (*convolution)(const wrn_tile_convolution *);
    void (*weight_gradient)(const wrn_tile_weight_gradient *);
} wrn_tile_kernels;

/// Whether a process can use the tile unit, and why not.
typedef enum {
    WRN_TILES_USABLE = 0,
    /// The processor has no tile unit for bfloat16.
    WRN_TILES_MISSING = 1,
    /// The system does not keep tiles when it switches between threads.
    WRN_TILES_NOT_KEPT = 2,
    /// The system refuses this process the permission.
    WRN_TILES_REFUSED = 3
} wrn_tile_access;

/// The rule: the processor has the unit where bits 22 (AMX-BF16) and 24 (AMX-TILE) of EDX in CPUID
/// leaf 7 are set, the system keeps tiles where bits 17 and 18 of XCR0 are, and the process must
/// have asked for the permission.
wrn_tile_access wrn_tile_access_for(uint32_t leaf_7_edx, uint64_t xcr0, int is_permitted);

/// Asks the system for the permission, where processor and system have tiles, and gives the answer.
/// It holds for all threads of the process; asking again changes nothing.
wrn_tile_access wrn_request_tiles(void);

#ifdef __cplusplus
}
#endif

#endif
