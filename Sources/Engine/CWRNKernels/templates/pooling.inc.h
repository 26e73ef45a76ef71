// SPDX-License-Identifier: Apache-2.0
// The mean over the pixels of an image, through a view, and its gradient.

// Large maps are added up in runs, whose sums are added: rounding grows with the runs' length and
// number, not with the pixels.
#define MEAN_RUN 64

static void K(wrn_mean_pixels)(const float *image, ptrdiff_t stride, int32_t pixels, int32_t blocks,
                               const wrn_view *view, float *mean) {
    const VEC inverse = SPLAT(1.0f / (float)pixels);
    for (int32_t c = 0; c < blocks * WRN_LANES; c += VW) {
        const struct K(view) lanes = K(view_at)(view, c);
        VEC total = ZERO();
        for (int32_t run = 0; run < pixels; run += MEAN_RUN) {
            const int32_t end = run + MEAN_RUN < pixels ? run + MEAN_RUN : pixels;
            VEC sum = ZERO();
            for (int32_t p = run; p < end; p++) {
                sum = ADD(sum, K(view_value)(&lanes, image + p * stride + c, 0, K(VIEW_ANY)));
            }
            total = ADD(total, sum);
        }
        STORE(mean + c, MUL(total, inverse));
    }
}

#undef MEAN_RUN

static void K(wrn_spread_pixels)(const float *value, float factor, int32_t accumulate,
                                 float *destination, ptrdiff_t stride, int32_t pixels,
                                 int32_t blocks) {
    for (int32_t c = 0; c < blocks * WRN_LANES; c += VW) {
        const VEC share = MUL(LOAD(value + c), SPLAT(factor));
        for (int32_t p = 0; p < pixels; p++) {
            float *y = destination + p * stride + c;
            STORE(y, accumulate ? ADD(LOAD(y), share) : share);
        }
    }
}
