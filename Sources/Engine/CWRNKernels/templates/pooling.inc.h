// SPDX-License-Identifier: Apache-2.0
// Pooling: means and largest values, and their gradients.

// The mean over the pixels of an image, through a view, and its gradient.

// Large maps are added up in runs, whose sums are added: rounding grows with the runs' length and
// number, not with the pixels.
#define MEAN_RUN 64

WRN_INLINE void K(mean_as)(const MAP *image, ptrdiff_t stride, int32_t pixels, int32_t blocks,
                           const wrn_view *view, float *mean, const int kind) {
    const VEC inverse = SPLAT(1.0f / (float)pixels);
    for (int32_t c = 0; c < blocks * WRN_LANES; c += VW) {
        const struct K(view) lanes = K(view_at)(view, c);
        VEC total = ZERO();
        for (int32_t run = 0; run < pixels; run += MEAN_RUN) {
            const int32_t end = run + MEAN_RUN < pixels ? run + MEAN_RUN : pixels;
            VEC sum = ZERO();
            for (int32_t p = run; p < end; p++) {
                sum = ADD(sum, K(view_value)(&lanes, image + p * stride + c, 0, kind));
            }
            total = ADD(total, sum);
        }
        STORE(mean + c, MUL(total, inverse));
    }
}

static void K(wrn_mean_pixels)(const void *image, ptrdiff_t stride, int32_t pixels, int32_t blocks,
                               const wrn_view *view, float *mean) {
    if (K(is_curved)(&view->activation))
        K(mean_as)(image, stride, pixels, blocks, view, mean, K(VIEW_ANY));
    else
        K(mean_as)(image, stride, pixels, blocks, view, mean, K(VIEW_STRAIGHT));
}

#undef MEAN_RUN

static void K(wrn_spread_pixels)(const float *value, float factor, int32_t accumulate,
                                 void *destination, ptrdiff_t stride, int32_t pixels,
                                 int32_t blocks) {
    for (int32_t c = 0; c < blocks * WRN_LANES; c += VW) {
        const VEC share = MUL(LOAD(value + c), SPLAT(factor));
        for (int32_t p = 0; p < pixels; p++) {
            MAP *y = (MAP *)destination + p * stride + c;
            STORE_MAP(y, accumulate ? ADD(LOAD_MAP(y), share) : share);
        }
    }
}

// The largest value of each window through a view, and the gradient's way back to where it was.

// The pixels of a window that lie in the image.
typedef struct {
    int32_t top, bottom, left, right;
} K(max_window);

WRN_INLINE K(max_window) K(clipped_window)(const wrn_max_windows *w, int32_t i, int32_t j) {
    const int32_t top = i * w->step - w->padding, left = j * w->step - w->padding;
    const int32_t bottom = top + w->size, right = left + w->size;
    return (K(max_window)){top > 0 ? top : 0, bottom < w->height ? bottom : w->height,
                           left > 0 ? left : 0, right < w->width ? right : w->width};
}

WRN_INLINE VEC K(window_value)(const wrn_max_windows *w, const struct K(view) * view, int32_t row,
                               int32_t column, int32_t c, const int kind) {
    const ptrdiff_t pixel = (ptrdiff_t)row * w->width + column;
    return K(view_value)(view, (const MAP *)w->image + pixel * w->stride + c, 0, kind);
}

WRN_INLINE VEC K(window_largest)(const wrn_max_windows *w, const struct K(view) * view,
                                 K(max_window) window, int32_t c, const int kind) {
    VEC largest = K(window_value)(w, view, window.top, window.left, c, kind);
    for (int32_t row = window.top; row < window.bottom; row++) {
        for (int32_t column = window.left; column < window.right; column++)
            largest = LARGER(largest, K(window_value)(w, view, row, column, c, kind));
    }
    return largest;
}

WRN_INLINE void K(max_pool)(const wrn_max_pool *a, const int kind) {
    const wrn_max_windows *w = &a->windows;
    for (int32_t i = 0; i < a->rows; i++) {
        for (int32_t j = 0; j < a->columns; j++) {
            const K(max_window) window = K(clipped_window)(w, a->first_row + i, j);
            MAP *y =
                (MAP *)a->destination + ((ptrdiff_t)i * a->columns + j) * a->destination_stride;
            for (int32_t c = 0; c < w->blocks * WRN_LANES; c += VW) {
                const struct K(view) view = K(view_at)(&w->view, c);
                STORE_MAP(y + c, K(window_largest)(w, &view, window, c, kind));
            }
        }
    }
}

VIEW_VARIANTS(max_pool, wrn_max_pool)

static void K(wrn_max_pool)(const wrn_max_pool *a) {
    K(max_pool_of)(a, K(view_kind)(&a->windows.view));
}

static void K(clear_rows)(const wrn_max_pool_gradient *a) {
    const wrn_max_windows *w = &a->windows;
    for (ptrdiff_t pixel = 0; pixel < (ptrdiff_t)a->rows * w->width; pixel++) {
        for (int32_t c = 0; c < w->blocks * WRN_LANES; c += VW)
            STORE_MAP((MAP *)a->destination + pixel * w->stride + c, ZERO());
    }
}

// Adds what is left of the gradient to each pixel in turn; all of it goes to the first that is not
// below the largest.
WRN_INLINE void K(give_back)(const wrn_max_pool_gradient *a, K(max_window) window, VEC left,
                             int32_t c, const int kind) {
    const wrn_max_windows *w = &a->windows;
    const struct K(view) view = K(view_at)(&w->view, c);
    const VEC largest = K(window_largest)(w, &view, window, c, kind);
    for (int32_t row = window.top; row < window.bottom; row++) {
        const int is_ours = row >= a->first_row && row < a->first_row + a->rows;
        for (int32_t column = window.left; column < window.right; column++) {
            const VEC value = K(window_value)(w, &view, row, column, c, kind);
            if (is_ours) {
                const ptrdiff_t pixel = (ptrdiff_t)(row - a->first_row) * w->width + column;
                MAP *x = (MAP *)a->destination + pixel * w->stride + c;
                STORE_MAP(x, ADD(LOAD_MAP(x), WHERE_LESS(value, largest, ZERO(), left)));
            }
            left = WHERE_LESS(value, largest, left, ZERO());
        }
    }
}

WRN_INLINE void K(max_pool_gradient)(const wrn_max_pool_gradient *a, const int kind) {
    const wrn_max_windows *w = &a->windows;
    if (!a->accumulate)
        K(clear_rows)(a);
    // The output rows whose windows meet ours.
    const int32_t above = a->first_row + w->padding - w->size;
    const int32_t below = (a->first_row + a->rows + w->padding + w->step - 1) / w->step;
    const int32_t first = above < 0 ? 0 : above / w->step + 1;
    const int32_t last = below < a->output_rows ? below : a->output_rows;
    for (int32_t i = first; i < last; i++) {
        for (int32_t j = 0; j < a->output_columns; j++) {
            const K(max_window) window = K(clipped_window)(w, i, j);
            const ptrdiff_t output = (ptrdiff_t)i * a->output_columns + j;
            const MAP *g = (const MAP *)a->gradient + output * a->gradient_stride;
            for (int32_t c = 0; c < w->blocks * WRN_LANES; c += VW)
                K(give_back)(a, window, LOAD_MAP(g + c), c, kind);
        }
    }
}

VIEW_VARIANTS(max_pool_gradient, wrn_max_pool_gradient)

static void K(wrn_max_pool_gradient)(const wrn_max_pool_gradient *a) {
    K(max_pool_gradient_of)(a, K(view_kind)(&a->windows.view));
}
