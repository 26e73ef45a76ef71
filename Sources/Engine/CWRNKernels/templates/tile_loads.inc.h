// SPDX-License-Identifier: Apache-2.0
// Loads windows of maps for tiles, through a view: pixel by pixel, channel by channel, and in pairs
// of pixels.

// One block of a window.
struct K(tile_block) {
    const wrn_tile_window *a;
    int32_t block;
    struct K(view) views[WRN_LANES / VW];
};

WRN_INLINE struct K(tile_block) K(tile_block_of)(const wrn_tile_window *a, int32_t block) {
    struct K(tile_block) b = {.a = a, .block = block};
    WRN_UNROLL for (int v = 0; v < WRN_LANES / VW; v++) b.views[v] =
        K(view_at)(&a->view, (ptrdiff_t)block * WRN_LANES + v * VW);
    return b;
}

// Writes the 16 lanes of pixels that lie in the image, y_stride elements apart.
WRN_INLINE void K(load_inside)(const struct K(tile_block) * b, ptrdiff_t pixel, int32_t count,
                               uint16_t *y, ptrdiff_t y_stride, const int kind) {
    const wrn_tile_window *a = b->a;
    const ptrdiff_t at = pixel * a->stride + (ptrdiff_t)b->block * WRN_LANES;
    const ptrdiff_t step = a->step * a->stride;
    const MAP *x = a->image + at, *second = a->second ? a->second + at : 0;
    const uint16_t *keep = a->keep ? a->keep + pixel * a->blocks + b->block : 0;
    for (int32_t i = 0; i < count; i++, x += step, y += y_stride) {
        WRN_UNROLL for (int v = 0; v < WRN_LANES / VW; v++) {
            const struct K(view) *view = &b->views[v];
            VEC value =
                K(view_value)(view, x + v * VW, second ? second + i * step + v * VW : 0, kind);
            if (K(view_is_open)(kind) && keep) {
                const uint32_t bits = keep[(ptrdiff_t)i * a->step * a->blocks];
                value = K(view_kept)(view->view, value, bits >> (v * VW));
            }
            STORE_MAP(y + v * VW, value);
        }
    }
}

WRN_INLINE void K(zero_lanes)(uint16_t *y, ptrdiff_t y_stride, int32_t count) {
    for (int32_t i = 0; i < count; i++, y += y_stride)
        memset(y, 0, WRN_LANES * sizeof *y);
}

WRN_INLINE int32_t K(clamped)(int32_t x, int32_t lowest, int32_t highest) {
    return x < lowest ? lowest : x > highest ? highest : x;
}

// The first window row or column that lies at `position` of the image or behind it.
WRN_INLINE int32_t K(first_at)(int32_t position, int32_t start, int32_t step) {
    return position > start ? (position - start + step - 1) / step : 0;
}

// Writes the 16 lanes of the pixels (r, q) ..< (r, q + count) of a window.
WRN_INLINE void K(load_pixels)(const struct K(tile_block) * b, int32_t r, int32_t q, int32_t count,
                               uint16_t *y, ptrdiff_t y_stride, const int kind) {
    const wrn_tile_window *a = b->a;
    const int32_t row = a->top + r * a->step;
    if (row < 0 || row >= a->height) {
        K(zero_lanes)(y, y_stride, count);
        return;
    }
    const int32_t first = K(clamped)(K(first_at)(0, a->left, a->step), q, q + count);
    const int32_t last = K(clamped)(K(first_at)(a->width, a->left, a->step), first, q + count);
    K(zero_lanes)(y, y_stride, first - q);
    K(load_inside)
    (b, (ptrdiff_t)row * a->width + a->left + first * a->step, last - first,
     y + (first - q) * y_stride, y_stride, kind);
    K(zero_lanes)(y + (last - q) * y_stride, y_stride, q + count - last);
}

// Pixels whose elements are not whole blocks, such as three colours side by side.
WRN_INLINE void K(load_thin)(const wrn_tile_patch_load *a, const struct K(tile_block) * b,
                             const int kind) {
    enum { RUN = 32 };
    uint16_t lanes[RUN][WRN_LANES];
    const int32_t first = b->block * WRN_LANES;
    const int32_t count = a->depth - first < WRN_LANES ? a->depth - first : WRN_LANES;
    uint16_t *y = a->patch + first;
    for (int32_t r = 0; r < a->window.rows; r++) {
        for (int32_t q = 0; q < a->window.columns; q += RUN) {
            const int32_t pixels = a->window.columns - q < RUN ? a->window.columns - q : RUN;
            K(load_pixels)(b, r, q, pixels, lanes[0], WRN_LANES, kind);
            for (int32_t i = 0; i < pixels; i++, y += a->depth) {
                for (int32_t k = 0; k < count; k++)
                    y[k] = lanes[i][k];
            }
        }
    }
}

WRN_INLINE void K(tile_load_patch)(const wrn_tile_patch_load *a, const int kind) {
    const wrn_tile_window *w = &a->window;
    const int32_t lanes = w->blocks * WRN_LANES;
    for (int32_t block = 0; block < w->blocks && block * WRN_LANES < a->depth; block++) {
        const struct K(tile_block) b = K(tile_block_of)(w, block);
        if (a->depth % WRN_LANES != 0) {
            K(load_thin)(a, &b, kind);
            continue;
        }
        uint16_t *y = a->patch + (ptrdiff_t)block * WRN_LANES;
        for (int32_t r = 0; r < w->rows; r++, y += (ptrdiff_t)w->columns * a->depth)
            K(load_pixels)(&b, r, 0, w->columns, y, a->depth, kind);
    }
    for (ptrdiff_t p = 0; lanes < a->depth && p < (ptrdiff_t)w->rows * w->columns; p++)
        memset(a->patch + p * a->depth + lanes, 0, sizeof(uint16_t) * (size_t)(a->depth - lanes));
}

// The lanes of the pixels p ..< p + 32, row by row, and zeros behind the last.
WRN_INLINE void K(load_group)(const struct K(tile_block) * b, int32_t p,
                              uint16_t y[WRN_TILE_DEPTH][WRN_LANES], const int kind) {
    const wrn_tile_window *a = b->a;
    int32_t r = p / a->columns, q = p % a->columns, done = 0;
    while (done < WRN_TILE_DEPTH && r < a->rows) {
        const int32_t left = a->columns - q, wanted = WRN_TILE_DEPTH - done;
        const int32_t count = left < wanted ? left : wanted;
        K(load_pixels)(b, r, q, count, y[done], WRN_LANES, kind);
        done += count;
        q = 0;
        r++;
    }
    K(zero_lanes)(y[done], WRN_LANES, WRN_TILE_DEPTH - done);
}

WRN_INLINE void K(tile_load_channels)(const wrn_tile_channels_load *a, const int kind) {
    for (int32_t block = 0; block < a->window.blocks; block++) {
        const struct K(tile_block) b = K(tile_block_of)(&a->window, block);
        uint16_t *y = a->patch + (ptrdiff_t)block * WRN_LANES * a->channel_stride;
        for (int32_t p = 0; p < a->pixels; p += WRN_TILE_DEPTH) {
            uint16_t pixels[WRN_TILE_DEPTH][WRN_LANES];
            K(load_group)(&b, p, pixels, kind);
            TRANSPOSE_PIXELS(pixels, y + p, a->channel_stride);
        }
    }
}

WRN_INLINE void K(tile_load_pairs)(const wrn_tile_pairs_load *a, const int kind) {
    for (int32_t block = a->first_block; block < a->last_block; block++) {
        const struct K(tile_block) b = K(tile_block_of)(&a->window, block);
        uint16_t *y = a->patch + (block - a->first_block) * a->block_stride;
        for (int32_t p = 0; p < a->pixels; p += WRN_TILE_DEPTH) {
            uint16_t pixels[WRN_TILE_DEPTH][WRN_LANES];
            K(load_group)(&b, p, pixels, kind);
            for (int32_t pair = 0; pair < WRN_TILE_DEPTH / 2; pair++, y += 2 * WRN_LANES)
                JOIN_PIXELS(pixels[2 * pair], pixels[2 * pair + 1], y);
        }
    }
}

#define TILE_LOAD_VARIANTS(name, type)                                                             \
    VIEW_VARIANTS(name, type)                                                                      \
    WRN_DEFINE_VARIANT(K(name##_of_gradient), type, K(name), K(VIEW_GRADIENT))                     \
    static void K(wrn_##name)(const type *a) {                                                     \
        const wrn_tile_window *w = &a->window;                                                     \
        const int kind = w->keep ? K(view_calls)(&w->view) : K(view_kind)(&w->view);               \
        if (kind == K(VIEW_GRADIENT))                                                              \
            K(name##_of_gradient)(a);                                                              \
        else                                                                                       \
            K(name##_of)(a, kind);                                                                 \
    }

TILE_LOAD_VARIANTS(tile_load_patch, wrn_tile_patch_load)
TILE_LOAD_VARIANTS(tile_load_channels, wrn_tile_channels_load)
TILE_LOAD_VARIANTS(tile_load_pairs, wrn_tile_pairs_load)
