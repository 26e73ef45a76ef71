// SPDX-License-Identifier: Apache-2.0
// Copies a window of an image into a patch of ELEMENTs through a view; zeros outside the image.

WRN_INLINE void K(store_block)(const wrn_patch_load *a, const float *x, const float *second,
                               uint32_t keep, int32_t block, ELEMENT *y, const int kind) {
    for (int32_t q = 0; q < WRN_LANES; q += VW) {
        const struct K(view) view = K(view_at)(&a->view, (ptrdiff_t)block * WRN_LANES + q);
        VEC value = K(view_value)(&view, x + q, second ? second + q : 0, kind);
        if (a->keep)
            value = K(view_kept)(&a->view, value, keep >> q);
        PUT(y + q, value);
    }
}

static inline void K(zero_pixels)(ELEMENT *y, int32_t pixels) {
    for (ptrdiff_t i = 0; i < (ptrdiff_t)pixels * WRN_LANES; i += VW)
        PUT(y + i, ZERO());
}

// One row of one block, its columns de-interleaved into planes.
WRN_INLINE void K(load_row)(const wrn_patch_load *a, int32_t block, int32_t image_row, ELEMENT *row,
                            const int kind) {
    const int32_t plane_columns = (a->columns + a->planes - 1) / a->planes;
    const ptrdiff_t first = (ptrdiff_t)image_row * a->width;
    for (int32_t plane = 0; plane < a->planes; plane++) {
        ELEMENT *y = row + (ptrdiff_t)plane * plane_columns * WRN_LANES;
        for (int32_t q = plane; q < a->columns; q += a->planes, y += WRN_LANES) {
            const int32_t column = a->left + q * a->step;
            if (column < 0 || column >= a->width) {
                K(zero_pixels)(y, 1);
                continue;
            }
            const ptrdiff_t pixel = first + column;
            const ptrdiff_t offset = pixel * a->stride + (ptrdiff_t)block * WRN_LANES;
            K(store_block)
            (a, a->image + offset, a->second ? a->second + offset : 0,
             a->keep ? a->keep[pixel * a->blocks + block] : 0, block, y, kind);
        }
    }
}

WRN_INLINE void K(load_patch_as)(const wrn_patch_load *a, const int kind) {
    const int32_t row_pixels = a->planes * ((a->columns + a->planes - 1) / a->planes);
    for (int32_t block = 0; block < a->blocks; block++) {
        for (int32_t r = 0; r < a->rows; r++) {
            ELEMENT *row = (ELEMENT *)a->patch + block * a->block_stride + r * a->row_stride;
            const int32_t image_row = a->top + r * a->step;
            if (image_row < 0 || image_row >= a->height) {
                K(zero_pixels)(row, row_pixels);
            } else {
                K(load_row)(a, block, image_row, row, kind);
            }
        }
    }
}

static void K(wrn_load_patch)(const wrn_patch_load *a) {
    if (K(is_curved)(&a->view.activation))
        K(load_patch_as)(a, K(VIEW_ANY));
    else
        K(load_patch_as)(a, K(VIEW_STRAIGHT));
}
