// SPDX-License-Identifier: Apache-2.0
// load_patch against its formula: windows inside, across and outside the image, through all views.

#include "checks.h"
#include "maps.h"
#include "views.h"

typedef struct {
    int32_t height, width, top, left, step, rows, columns, planes;
} window;

static const window windows[] = {
    {5, 7, 0, 0, 1, 5, 7, 1},     // the image itself
    {5, 7, -1, -1, 1, 7, 9, 1},   // padded by one
    {6, 6, -1, -1, 1, 7, 9, 2},   // for stride 2: two planes, the second shorter
    {6, 8, -1, -1, 1, 5, 10, 2},  // two planes of equal length
    {9, 9, 0, 0, 2, 5, 5, 1},     // every second pixel
    {8, 7, 1, 1, 2, 4, 4, 1},     // every second, the last ones outside
    {4, 4, -3, -2, 1, 3, 8, 1},   // rows above the image only
    {4, 4, 2, 2, 1, 5, 5, 3},     // over the lower right corner, three planes
    {3, 3, 3, 0, 1, 2, 3, 1},     // just below
    {3, 3, 0, -4, 1, 3, 4, 2},    // just left
    {3, 3, 1, 3, 1, 2, 3, 2},     // just right
    {3, 3, -9, -9, 1, 4, 4, 1},   // far away
    {1, 1, 0, 0, 1, 1, 1, 1},     // one pixel
    {1, 1, -1, -1, 1, 3, 3, 1},   // one pixel and its padding
    {2, 31, -1, -1, 1, 1, 33, 1}, // one wide row
    {3, 20, 1, 5, 1, 2, 1, 2},    // one column of two planes
    {11, 13, -2, -3, 3, 5, 6, 1}, // step 3
};

static void check_pixel(wrn_check *c, const wrn_patch_load *a, int32_t b, int32_t r, int32_t q) {
    const int32_t y = a->top + r * a->step, x = a->left + q * a->step;
    const int32_t plane_columns = (a->columns + a->planes - 1) / a->planes;
    const float *at = (const float *)a->patch + b * a->block_stride + r * a->row_stride +
                      ((ptrdiff_t)(q % a->planes) * plane_columns + q / a->planes) * WRN_LANES;
    const bool inside = y >= 0 && y < a->height && x >= 0 && x < a->width;
    for (int32_t lane = 0; lane < WRN_LANES; lane++) {
        wrn_number want = {0, 0};
        if (inside) {
            const ptrdiff_t pixel = (ptrdiff_t)y * a->width + x;
            const int32_t channel = b * WRN_LANES + lane;
            const ptrdiff_t offset = pixel * a->stride + channel;
            want = wrn_view_value(&a->view, wrn_get(c, a->image, offset),
                                  a->second ? wrn_get(c, a->second, offset) : 0, channel);
            if (a->keep)
                want = wrn_view_kept(&a->view, want, a->keep[pixel * a->blocks + b] >> lane & 1);
        }
        wrn_expect(c, at + lane, want, 3);
    }
}

static void run(wrn_check *c, const window *w, int32_t blocks, int view, bool keep) {
    wrn_begin_case(c,
                   "image %dx%d of %d blocks, window %dx%d at (%d, %d) step %d in %d planes, view "
                   "%d, keep %d",
                   w->height, w->width, blocks, w->rows, w->columns, w->top, w->left, w->step,
                   w->planes, view, keep);
    const ptrdiff_t lanes = (ptrdiff_t)blocks * WRN_LANES;
    const ptrdiff_t pixels = (ptrdiff_t)w->height * w->width;
    wrn_patch_load a = {.height = w->height,
                        .width = w->width,
                        .blocks = blocks,
                        .top = w->top,
                        .left = w->left,
                        .step = w->step,
                        .rows = w->rows,
                        .columns = w->columns,
                        .planes = w->planes};
    a.view = wrn_take_view(c, view, (int32_t)lanes);
    a.stride = c->cases % 2 ? lanes : lanes + 20;
    const ptrdiff_t extent = (pixels - 1) * a.stride + lanes;
    a.image = wrn_take_random_map(c, "image", extent);
    if (a.view.slope)
        a.second = wrn_take_random_map(c, "second", extent);
    if (keep)
        a.keep = wrn_take_keep(c, pixels * blocks);
    const int32_t row_pixels = w->planes * ((w->columns + w->planes - 1) / w->planes);
    a.row_stride = (ptrdiff_t)row_pixels * WRN_LANES + (c->cases % 3 ? 0 : 5);
    a.block_stride = w->rows * a.row_stride + (c->cases % 5 ? 0 : 7);
    a.patch = wrn_take_floats(c, "patch",
                              (blocks - 1) * a.block_stride + (w->rows - 1) * a.row_stride +
                                  (ptrdiff_t)row_pixels * WRN_LANES);
    wrn_ready(c);
    c->maps->load_patch(&a);
    for (int32_t b = 0; b < blocks; b++) {
        for (int32_t r = 0; r < w->rows; r++) {
            // What a shorter plane leaves free of a row may be zeroed.
            const float *row = (const float *)a.patch + b * a.block_stride + r * a.row_stride;
            for (int32_t i = 0; i < row_pixels * WRN_LANES; i++)
                wrn_allow_zero(c, row + i);
            for (int32_t q = 0; q < w->columns; q++)
                check_pixel(c, &a, b, r, q);
        }
    }
    wrn_end_case(c);
}

void wrn_check_load_patch(wrn_check *c) {
    static const int32_t block_counts[] = {1, 2, 3, 5};
    for (size_t w = 0; w < sizeof windows / sizeof *windows; w++) {
        for (int view = 0; view < WRN_VIEWS; view++) {
            for (int keep = 0; keep < 2; keep++)
                run(c, &windows[w], block_counts[(w + (size_t)view) % 4], view, keep);
        }
    }
}
