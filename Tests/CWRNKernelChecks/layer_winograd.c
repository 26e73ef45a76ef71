// SPDX-License-Identifier: Apache-2.0

#include <math.h>
#include "layer_winograd.h"
#include "winograd.h"

// Even, odd and single pixels, with and without padding, partial blocks on either side.
static const wrn_layer layers[] = {
    {16, 32, 14, 14, 3, 1, 1}, {64, 48, 8, 8, 3, 1, 1}, {3, 16, 9, 12, 3, 1, 1},
    {31, 80, 5, 6, 3, 1, 1},   {80, 17, 5, 3, 3, 1, 1}, {20, 20, 7, 7, 3, 1, 1},
    {20, 20, 1, 1, 3, 1, 1},   {1, 10, 9, 5, 3, 1, 0},  {48, 16, 3, 3, 3, 1, 0},
    {17, 40, 4, 70, 3, 1, 1},
};

int wrn_winograd_layer_count(void) {
    return (int)(sizeof layers / sizeof *layers);
}

wrn_layer wrn_winograd_layer_at(int index) {
    return layers[index];
}

void wrn_begin_winograd_layer(wrn_check *c, const wrn_layer *layer, int32_t size, int view,
                              const char *kind) {
    wrn_begin_case(c, "size %d, %d to %d channels, image %dx%d, pad %d, view %d%s", size,
                   layer->channels, layer->outputs, layer->height, layer->width, layer->pad, view,
                   kind);
}

wrn_tile_strides wrn_winograd_strides(int32_t size, int32_t blocks, int32_t tiles) {
    const ptrdiff_t element = (ptrdiff_t)blocks * tiles * WRN_LANES;
    return (wrn_tile_strides){element, (ptrdiff_t)tiles * WRN_LANES,
                              (size + 2) * (size + 2) * element};
}

void wrn_expect_rms(wrn_check *c, const float *values, const double *want, ptrdiff_t rows,
                    int32_t channels, int32_t size, int32_t terms) {
    const int32_t lanes = wrn_lanes(channels);
    double square = 0, error = 0;
    for (ptrdiff_t i = 0; i < rows * lanes; i++) {
        square += want[i] * want[i];
        error += pow((double)values[i] - want[i], 2);
    }
    const double allowed = wrn_winograd_rms(size, terms);
    const double rms = sqrt(square / (double)(rows * channels));
    for (ptrdiff_t i = 0; i < rows * lanes; i++) {
        const bool counts = i % lanes < channels;
        wrn_expect_within(c, values + i, want[i], counts ? 8 * allowed * rms : 0);
    }
    // Not `>`, so that a NaN fails.
    if (!(error <= allowed * allowed * square))
        wrn_fail(c, "the RMS error is %.3g of the result's RMS, allowed is %.3g",
                 sqrt(error / square), allowed);
}
