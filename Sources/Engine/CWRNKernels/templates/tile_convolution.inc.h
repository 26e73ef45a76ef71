// SPDX-License-Identifier: Apache-2.0
// Convolution on tiles: the sums of 32 pixels x 32 outputs, or of 64 x 16 where there are no more,
// stay in four tiles over the whole reduction. What is missing of a last group of tiles repeats its
// last one: four sums hide the latency of the products, so that fewer would take as long.

// 16 neighbouring outputs: at most, as they end with their row or image.
struct K(pixel_tile) {
    int32_t image, row, column; // of the first
    const uint16_t *patch;
};

// The outputs' columns that a row of the patch has room for.
WRN_INLINE int32_t K(tile_pitch)(const wrn_tile_convolution *a) {
    return a->is_flat ? (int32_t)(a->row_stride / a->pixel_stride) : a->columns;
}

WRN_INLINE int32_t K(tiles_per_image)(const wrn_tile_convolution *a) {
    if (a->is_flat)
        return (a->rows * K(tile_pitch)(a) + WRN_TILE_SIZE - 1) / WRN_TILE_SIZE;
    return a->rows * ((a->columns + WRN_TILE_SIZE - 1) / WRN_TILE_SIZE);
}

WRN_INLINE struct K(pixel_tile) K(pixel_tile_at)(const wrn_tile_convolution *a, int32_t index) {
    const int32_t per_image = K(tiles_per_image)(a);
    const int32_t tile = index % per_image;
    struct K(pixel_tile) t = {.image = index / per_image};
    if (a->is_flat) {
        t.row = tile * WRN_TILE_SIZE / K(tile_pitch)(a);
        t.column = tile * WRN_TILE_SIZE % K(tile_pitch)(a);
    } else {
        const int32_t per_row = per_image / a->rows;
        t.row = tile / per_row;
        t.column = tile % per_row * WRN_TILE_SIZE;
    }
    t.patch =
        a->patch + t.image * a->image_stride + t.row * a->row_stride + t.column * a->pixel_stride;
    return t;
}

// The most tiles of pixels that are multiplied together.
#define MOST_PIXEL_TILES 4

// sums[32 pixels][32 outputs].
WRN_VARIANT void K(tile_sums_2x2)(const wrn_tile_convolution *a, const struct K(pixel_tile) * tiles,
                                  const uint16_t *w, float *sums) {
    const ptrdiff_t stride = a->pixel_stride * (ptrdiff_t)sizeof(uint16_t);
    TILE_ZERO(0);
    TILE_ZERO(1);
    TILE_ZERO(2);
    TILE_ZERO(3);
    for (int32_t t = 0; t < a->tap_count; t++) {
        const uint16_t *x0 = tiles[0].patch + a->taps[t], *x1 = tiles[1].patch + a->taps[t];
        for (int32_t d = 0; d < a->depth_tiles; d++) {
            TILE_LOAD(4, x0, stride);
            TILE_LOAD(6, w, 64);
            TILE_MULTIPLY(0, 4, 6);
            TILE_LOAD(7, w + WRN_TILE_SIZE * WRN_TILE_DEPTH, 64);
            TILE_MULTIPLY(1, 4, 7);
            TILE_LOAD(5, x1, stride);
            TILE_MULTIPLY(2, 5, 6);
            TILE_MULTIPLY(3, 5, 7);
            x0 += WRN_TILE_DEPTH;
            x1 += WRN_TILE_DEPTH;
            w += 2 * WRN_TILE_SIZE * WRN_TILE_DEPTH;
        }
    }
    TILE_STORE(0, sums, 128);
    TILE_STORE(1, sums + 16, 128);
    TILE_STORE(2, sums + 16 * 32, 128);
    TILE_STORE(3, sums + 16 * 32 + 16, 128);
}

// sums[64 pixels][16 outputs].
WRN_VARIANT void K(tile_sums_4x1)(const wrn_tile_convolution *a, const struct K(pixel_tile) * tiles,
                                  const uint16_t *w, float *sums) {
    const ptrdiff_t stride = a->pixel_stride * (ptrdiff_t)sizeof(uint16_t);
    TILE_ZERO(0);
    TILE_ZERO(1);
    TILE_ZERO(2);
    TILE_ZERO(3);
    for (int32_t t = 0; t < a->tap_count; t++) {
        for (int32_t d = 0; d < a->depth_tiles; d++) {
            const ptrdiff_t at = a->taps[t] + (ptrdiff_t)d * WRN_TILE_DEPTH;
            TILE_LOAD(4, tiles[0].patch + at, stride);
            TILE_LOAD(6, w, 64);
            TILE_MULTIPLY(0, 4, 6);
            TILE_LOAD(5, tiles[1].patch + at, stride);
            TILE_MULTIPLY(1, 5, 6);
            TILE_LOAD(4, tiles[2].patch + at, stride);
            TILE_MULTIPLY(2, 4, 6);
            TILE_LOAD(5, tiles[3].patch + at, stride);
            TILE_MULTIPLY(3, 5, 6);
            w += WRN_TILE_SIZE * WRN_TILE_DEPTH;
        }
    }
    TILE_STORE(0, sums, 64);
    TILE_STORE(1, sums + 16 * 16, 64);
    TILE_STORE(2, sums + 32 * 16, 64);
    TILE_STORE(3, sums + 48 * 16, 64);
}

// Finishes one output of `lanes` lanes from `lane` on.
WRN_INLINE void K(finish_output)(const wrn_tile_convolution *a, const float *sums, ptrdiff_t at,
                                 int32_t lane, int32_t lanes) {
    for (int32_t c = 0; c < lanes; c += VW) {
        VEC y = LOAD(sums + c);
        if (a->bias)
            y = ADD(y, LOAD(a->bias + lane + c));
        if (a->addend)
            y = ADD(y, LOAD_MAP(a->addend + at + c));
        STORE_MAP(a->destination + at + c, K(activate)(&a->activation, y, 1));
    }
}

// Finishes the outputs of one tile, whose sums lie `lanes` floats apart.
WRN_INLINE void K(finish_tile)(const wrn_tile_convolution *a, const struct K(pixel_tile) * tile,
                               const float *sums, int32_t lane, int32_t lanes) {
    const int32_t pitch = K(tile_pitch)(a);
    int32_t i = tile->row, j = tile->column;
    for (int32_t p = 0; p < WRN_TILE_SIZE; p++, sums += lanes) {
        if (j < a->columns) {
            const ptrdiff_t at = tile->image * a->destination_image_stride +
                                 i * a->destination_row_stride + j * a->destination_column_stride +
                                 lane;
            K(finish_output)(a, sums, at, lane, lanes);
        }
        if (++j == pitch) {
            j = 0;
            i++;
            if (!a->is_flat || i == a->rows)
                return;
        }
    }
}

static void K(wrn_tile_convolution)(const wrn_tile_convolution *arguments) {
    const wrn_tile_convolution copy = *arguments, *a = &copy;
    const int32_t tile_count = a->images * K(tiles_per_image)(a);
    const ptrdiff_t block_size =
        (ptrdiff_t)a->tap_count * a->depth_tiles * WRN_TILE_DEPTH * WRN_LANES;
    float sums[4 * WRN_TILE_SIZE * WRN_TILE_SIZE] __attribute__((aligned(64)));
    TILES_CONFIGURE(K(tile_configuration));
    for (int32_t block = 0; block < a->output_blocks; block += 2) {
        const uint16_t *w = a->weights + block * block_size;
        const int is_pair = block + 1 < a->output_blocks;
        const int32_t group = is_pair ? 2 : 4, lanes = is_pair ? 2 * WRN_LANES : WRN_LANES;
        for (int32_t first = 0; first < tile_count; first += group) {
            struct K(pixel_tile) tiles[MOST_PIXEL_TILES];
            for (int32_t m = 0; m < group; m++) {
                const int32_t index = first + m < tile_count ? first + m : tile_count - 1;
                tiles[m] = K(pixel_tile_at)(a, index);
            }
            if (is_pair)
                K(tile_sums_2x2)(a, tiles, w, sums);
            else
                K(tile_sums_4x1)(a, tiles, w, sums);
            for (int32_t m = 0; m < group && first + m < tile_count; m++)
                K(finish_tile)
            (a, &tiles[m], sums + m * WRN_TILE_SIZE * lanes, block * WRN_LANES, lanes);
        }
    }
    TILES_RELEASE();
}
