// SPDX-License-Identifier: Apache-2.0
// Gradient of a convolution's weight on tiles. A row of tiles is a tap and a block of input
// channels; neighbours are neighbouring taps, which read nearly the same memory. Two rows x two
// blocks of outputs, or four x one, stay in four tiles over all pixels of all images. What is
// missing of a last group repeats its last row: the same sums are stored twice.

struct K(gradient_row) {
    const uint16_t *patch;
    float *weights; // at the row's first channel, output 0
};

WRN_INLINE struct K(gradient_row)
    K(gradient_row_at)(const wrn_tile_weight_gradient *a, int32_t index) {
    const int32_t block = index / a->tap_count, tap = index % a->tap_count;
    return (struct K(gradient_row)){
        .patch = a->patch + (ptrdiff_t)block * WRN_LANES * a->channel_stride + a->taps[tap],
        .weights =
            a->weights + tap * a->tap_stride + (ptrdiff_t)block * WRN_LANES * a->weight_stride};
}

#define TILE_BEGIN(t, p)                                                                           \
    do {                                                                                           \
        if (a->begins)                                                                             \
            TILE_ZERO(t);                                                                          \
        else                                                                                       \
            TILE_LOAD(t, p, weight_stride);                                                        \
    } while (0)

WRN_VARIANT void K(tile_gradient_2x2)(const wrn_tile_weight_gradient *a,
                                      const struct K(gradient_row) * rows, int32_t output_block) {
    const ptrdiff_t stride = a->channel_stride * (ptrdiff_t)sizeof(uint16_t);
    const ptrdiff_t weight_stride = a->weight_stride * (ptrdiff_t)sizeof(float);
    float *w0 = rows[0].weights + output_block * WRN_LANES;
    float *w1 = rows[1].weights + output_block * WRN_LANES;
    TILE_BEGIN(0, w0);
    TILE_BEGIN(1, w0 + 16);
    TILE_BEGIN(2, w1);
    TILE_BEGIN(3, w1 + 16);
    for (int32_t n = 0; n < a->images; n++) {
        const uint16_t *g0 =
            a->gradient + n * a->gradient_image_stride + output_block * a->gradient_block_stride;
        const uint16_t *g1 = g0 + a->gradient_block_stride;
        const uint16_t *x0 = rows[0].patch + n * a->image_stride;
        const uint16_t *x1 = rows[1].patch + n * a->image_stride;
        for (ptrdiff_t p = 0; p < a->pixels; p += WRN_TILE_DEPTH) {
            TILE_LOAD(4, x0 + p, stride);
            TILE_LOAD(6, g0 + p * WRN_LANES, 64);
            TILE_MULTIPLY(0, 4, 6);
            TILE_LOAD(7, g1 + p * WRN_LANES, 64);
            TILE_MULTIPLY(1, 4, 7);
            TILE_LOAD(5, x1 + p, stride);
            TILE_MULTIPLY(2, 5, 6);
            TILE_MULTIPLY(3, 5, 7);
        }
    }
    TILE_STORE(0, w0, weight_stride);
    TILE_STORE(1, w0 + 16, weight_stride);
    TILE_STORE(2, w1, weight_stride);
    TILE_STORE(3, w1 + 16, weight_stride);
}

WRN_VARIANT void K(tile_gradient_4x1)(const wrn_tile_weight_gradient *a,
                                      const struct K(gradient_row) * rows, int32_t output_block) {
    const ptrdiff_t stride = a->channel_stride * (ptrdiff_t)sizeof(uint16_t);
    const ptrdiff_t weight_stride = a->weight_stride * (ptrdiff_t)sizeof(float);
    const ptrdiff_t lane = (ptrdiff_t)output_block * WRN_LANES;
    TILE_BEGIN(0, rows[0].weights + lane);
    TILE_BEGIN(1, rows[1].weights + lane);
    TILE_BEGIN(2, rows[2].weights + lane);
    TILE_BEGIN(3, rows[3].weights + lane);
    for (int32_t n = 0; n < a->images; n++) {
        const uint16_t *g =
            a->gradient + n * a->gradient_image_stride + output_block * a->gradient_block_stride;
        for (int32_t p = 0; p < a->pixels; p += WRN_TILE_DEPTH) {
            const ptrdiff_t at = n * a->image_stride + p;
            TILE_LOAD(4, rows[0].patch + at, stride);
            TILE_LOAD(6, g + (ptrdiff_t)p * WRN_LANES, 64);
            TILE_MULTIPLY(0, 4, 6);
            TILE_LOAD(5, rows[1].patch + at, stride);
            TILE_MULTIPLY(1, 5, 6);
            TILE_LOAD(4, rows[2].patch + at, stride);
            TILE_MULTIPLY(2, 4, 6);
            TILE_LOAD(5, rows[3].patch + at, stride);
            TILE_MULTIPLY(3, 5, 6);
        }
    }
    TILE_STORE(0, rows[0].weights + lane, weight_stride);
    TILE_STORE(1, rows[1].weights + lane, weight_stride);
    TILE_STORE(2, rows[2].weights + lane, weight_stride);
    TILE_STORE(3, rows[3].weights + lane, weight_stride);
}

#undef TILE_BEGIN

static void K(wrn_tile_weight_gradient)(const wrn_tile_weight_gradient *arguments) {
    const wrn_tile_weight_gradient copy = *arguments, *a = &copy;
    const int32_t row_count = a->tap_count * a->blocks, pairs = a->output_blocks / 2;
    TILES_CONFIGURE(K(tile_configuration));
    // The patch of a group of rows and the gradient stay in the caches.
    for (int32_t first = 0; first < row_count; first += 4) {
        struct K(gradient_row) rows[4];
        const int32_t count = row_count - first < 4 ? row_count - first : 4;
        for (int32_t m = 0; m < 4; m++)
            rows[m] = K(gradient_row_at)(a, first + (m < count ? m : count - 1));
        for (int32_t pair = 0; pair < pairs; pair++) {
            K(tile_gradient_2x2)(a, rows, 2 * pair);
            if (count > 2)
                K(tile_gradient_2x2)(a, rows + 2, 2 * pair);
        }
        if (a->output_blocks % 2)
            K(tile_gradient_4x1)(a, rows, 2 * pairs);
    }
    TILES_RELEASE();
}
