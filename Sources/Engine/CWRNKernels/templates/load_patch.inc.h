// SPDX-License-Identifier: Apache-2.0
// Copies a window of an image into a patch of ELEMENTs through a view; zeros outside the image.

WRN_INLINE void K(zero_pixels)(ELEMENT *y, int32_t pixels) {
    for (ptrdiff_t i = 0; i < (ptrdiff_t)pixels * WRN_LANES; i += VW)
        PUT(y + i, ZERO());
}

// The number of multiples of `step` in 0 ..< limit.
WRN_INLINE int32_t K(multiples)(int32_t limit, int32_t step) {
    return limit > 0 ? (limit + step - 1) / step : 0;
}

// Pixels of one row, block and plane that lie in the image.
struct K(patch_run) {
    const MAP *image, *second;
    const uint16_t *keep;
    ptrdiff_t stride, keep_stride; // from pixel to pixel
    struct K(view) views[WRN_LANES / VW];
};

WRN_INLINE void K(load_run)(const struct K(patch_run) * run, int32_t pixels, ELEMENT *y,
                            const int kind) {
    for (int32_t p = 0; p < pixels; p++, y += WRN_LANES) {
        const MAP *x = run->image + p * run->stride;
        const MAP *second = run->second ? run->second + p * run->stride : 0;
        WRN_UNROLL for (int v = 0; v < WRN_LANES / VW; v++) {
            const struct K(view) *view = &run->views[v];
            VEC value = K(view_value)(view, x + v * VW, second ? second + v * VW : 0, kind);
            if (K(view_is_open)(kind) && run->keep)
                value = K(view_kept)(view->view, value,
                                     (uint32_t)run->keep[p * run->keep_stride] >> (v * VW));
            PUT(y + v * VW, value);
        }
    }
}

// The columns of the patch are de-interleaved into planes.
WRN_INLINE void K(load_patch)(const wrn_patch_load *a, const int kind) {
    const ptrdiff_t plane_stride = (ptrdiff_t)K(multiples)(a->columns, a->planes) * WRN_LANES;
    const ptrdiff_t pixel_step = (ptrdiff_t)a->planes * a->step;
    for (int32_t plane = 0; plane < a->planes; plane++) {
        // Of the plane's pixels in a row, first ..< last lie in the image.
        const int32_t pixels = K(multiples)(a->columns - plane, a->planes);
        const int32_t left = K(multiples)(-a->left, a->step);
        const int32_t right = K(multiples)(a->width - a->left, a->step);
        const int32_t end = K(multiples)(right - plane, a->planes);
        const int32_t last = end < pixels ? end : pixels;
        const int32_t begin = K(multiples)(left - plane, a->planes);
        const int32_t first = begin < last ? begin : last;
        const ptrdiff_t column = a->left + plane * a->step + first * pixel_step;
        for (int32_t block = 0; block < a->blocks; block++) {
            struct K(patch_run)
                run = {.stride = pixel_step * a->stride, .keep_stride = pixel_step * a->blocks};
            const ptrdiff_t channel = (ptrdiff_t)block * WRN_LANES;
            WRN_UNROLL for (int v = 0; v < WRN_LANES / VW; v++) run.views[v] =
                K(view_at)(&a->view, channel + v * VW);
            ELEMENT *y =
                (ELEMENT *)a->patch + block * a->block_stride + (ptrdiff_t)plane * plane_stride;
            for (int32_t r = 0; r < a->rows; r++, y += a->row_stride) {
                const int32_t row = a->top + r * a->step;
                if (row < 0 || row >= a->height || first == last) {
                    K(zero_pixels)(y, pixels);
                    continue;
                }
                const ptrdiff_t pixel = (ptrdiff_t)row * a->width + column;
                run.image = (const MAP *)a->image + pixel * a->stride + channel;
                run.second = a->second ? (const MAP *)a->second + pixel * a->stride + channel : 0;
                run.keep = a->keep ? a->keep + pixel * a->blocks + block : 0;
                K(zero_pixels)(y, first);
                K(load_run)(&run, last - first, y + (ptrdiff_t)first * WRN_LANES, kind);
                K(zero_pixels)(y + (ptrdiff_t)last * WRN_LANES, pixels - last);
            }
        }
    }
}

VIEW_VARIANTS(load_patch, wrn_patch_load)
WRN_DEFINE_VARIANT(K(load_patch_of_gradient), wrn_patch_load, K(load_patch), K(VIEW_GRADIENT))

static void K(wrn_load_patch)(const wrn_patch_load *a) {
    const int kind = a->keep ? K(view_calls)(&a->view) : K(view_kind)(&a->view);
    if (kind == K(VIEW_GRADIENT))
        K(load_patch_of_gradient)(a);
    else
        K(load_patch_of)(a, kind);
}
