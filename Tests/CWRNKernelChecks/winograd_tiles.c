// SPDX-License-Identifier: Apache-2.0
// winograd_windows and winograd_gradients against their formulas: rectangles of tiles inside,
// across and outside the image, through all views, and some blocks of an image's.

#include <math.h>
#include "checks.h"
#include "maps.h"
#include "views.h"
#include "winograd.h"

typedef struct {
    int32_t height, width, top, left, rows, columns; // rows and columns of tiles
} rectangle;

static const rectangle rectangles[] = {
    {8, 8, 0, 0, 2, 2},     // the image itself
    {8, 8, -1, -1, 2, 2},   // padded by one
    {14, 14, -1, -1, 4, 4}, // the last tiles half outside
    {7, 7, -1, -1, 2, 2},   // odd extents
    {5, 3, -1, -1, 2, 1},   // narrower than a window
    {1, 1, -1, -1, 1, 1},   // one pixel
    {1, 1, 0, 0, 1, 1},     // one pixel without padding
    {3, 34, -1, -1, 1, 9},  // one tile more than are transformed together
    {2, 70, -2, -3, 1, 17}, // three such runs, the last of one tile
    {4, 30, 1, 2, 1, 8},    // exactly one run
    {9, 6, 3, 2, 2, 1},     // begins inside
    {6, 6, -9, -9, 2, 2},   // far above and to the left
    {4, 4, 3, 3, 2, 2},     // over the lower right corner
    {4, 4, 4, 0, 1, 1},     // just below
    {4, 4, 0, 4, 1, 1},     // just right
    {12, 5, -4, -5, 3, 2},  // a whole tile above
};

typedef struct {
    int32_t size, blocks, first_block, block_count;
    int view;
    bool keep, gradients;
} shape;

// A pixel through the view, and zero outside the image.
static wrn_number pixel_value(const wrn_check *c, const wrn_winograd_tiles *a, int32_t y, int32_t x,
                              int32_t block, int32_t lane) {
    if (y < 0 || y >= a->height || x < 0 || x >= a->width)
        return (wrn_number){0, 0};
    const ptrdiff_t pixel = (ptrdiff_t)y * a->width + x;
    const int32_t channel = block * WRN_LANES + lane;
    const ptrdiff_t offset = pixel * a->stride + channel;
    wrn_number v = wrn_view_value(&a->view, wrn_get(c, a->image, offset),
                                  a->second ? wrn_get(c, a->second, offset) : 0, channel);
    if (a->keep)
        v = wrn_view_kept(&a->view, v, a->keep[pixel * a->blocks + block] >> lane & 1);
    return (wrn_number){v.value, fmax(fabs(v.value), v.size)};
}

static void check_tile(wrn_check *c, const wrn_winograd_tiles *a, const wrn_matrix *m, int32_t b,
                       int32_t i, int32_t j, int32_t lane) {
    wrn_tile d = {0};
    for (int p = 0; p < m->columns; p++) {
        for (int q = 0; q < m->columns; q++) {
            d.at[p][q] = pixel_value(c, a, a->top + a->size * i + p, a->left + a->size * j + q,
                                     a->first_block + b, lane);
        }
    }
    const wrn_tile t = wrn_sandwich(m, &d);
    float *at =
        a->tiles + b * a->block_stride + ((ptrdiff_t)i * a->tile_columns + j) * WRN_LANES + lane;
    for (int p = 0; p < m->rows; p++) {
        // Three roundings of the view, three in either dimension.
        for (int q = 0; q < m->rows; q++)
            wrn_expect(c, at + (p * m->rows + q) * a->element_stride, t.at[p][q], 9);
    }
}

// The pixels of the blocks that are read; gaps and other blocks stay NaN.
static const void *take_pixels(wrn_check *c, const char *name, const wrn_winograd_tiles *a) {
    const ptrdiff_t pixels = (ptrdiff_t)a->height * a->width;
    void *image =
        wrn_take_map(c, name, (pixels - 1) * a->stride + (ptrdiff_t)a->blocks * WRN_LANES);
    for (ptrdiff_t p = 0; p < pixels; p++) {
        for (int32_t lane = 0; lane < a->block_count * WRN_LANES; lane++)
            wrn_set(c, image, p * a->stride + a->first_block * WRN_LANES + lane,
                    (double)wrn_random_float(c));
    }
    return image;
}

static void run(wrn_check *c, const rectangle *r, shape s) {
    wrn_begin_case(c,
                   "size %d, image %dx%d, blocks %d..<%d of %d, %dx%d tiles at (%d, %d), view %d, "
                   "keep %d",
                   s.size, r->height, r->width, s.first_block, s.first_block + s.block_count,
                   s.blocks, r->rows, r->columns, r->top, r->left, s.view, s.keep);
    wrn_winograd_tiles a = {.height = r->height,
                            .width = r->width,
                            .blocks = s.blocks,
                            .top = r->top,
                            .left = r->left,
                            .size = s.size,
                            .tile_rows = r->rows,
                            .tile_columns = r->columns,
                            .first_block = s.first_block,
                            .block_count = s.block_count};
    const ptrdiff_t lanes = (ptrdiff_t)s.blocks * WRN_LANES;
    const ptrdiff_t tiles = (ptrdiff_t)r->rows * r->columns, elements = (s.size + 2) * (s.size + 2);
    a.stride = c->cases % 2 ? lanes : lanes + 20;
    a.view = wrn_take_view(c, s.view, (int32_t)lanes);
    a.image = take_pixels(c, "image", &a);
    if (a.view.slope)
        a.second = take_pixels(c, "second", &a);
    if (s.keep)
        a.keep = wrn_take_keep(c, (ptrdiff_t)r->height * r->width * s.blocks);
    // Elements outermost, as the products read them, or blocks, as the gradient of the weight does.
    const bool blocks_outermost = c->cases % 3 == 0;
    const ptrdiff_t inner = tiles * WRN_LANES + (c->cases % 5 ? 0 : 7);
    a.element_stride = blocks_outermost ? inner : s.block_count * inner + 16;
    a.block_stride = blocks_outermost ? elements * inner + 16 : inner;
    a.tiles = wrn_take_floats(c, "tiles",
                              (elements - 1) * a.element_stride +
                                  (s.block_count - 1) * a.block_stride + tiles * WRN_LANES);
    const wrn_matrix b = wrn_winograd_b(s.size), spread = wrn_transposed(wrn_winograd_a(s.size));
    wrn_ready(c);
    (s.gradients ? c->maps->winograd_gradients : c->maps->winograd_windows)(&a);
    for (int32_t block = 0; block < s.block_count; block++) {
        for (int32_t i = 0; i < r->rows; i++) {
            for (int32_t j = 0; j < r->columns; j++) {
                for (int32_t lane = 0; lane < WRN_LANES; lane++)
                    check_tile(c, &a, s.gradients ? &spread : &b, block, i, j, lane);
            }
        }
    }
    wrn_end_case(c);
}

static void run_all(wrn_check *c, bool gradients) {
    static const int32_t ranges[][3] = {{1, 0, 1}, {2, 0, 2}, {3, 1, 1}, {2, 1, 1}, {3, 0, 3}};
    int n = 0;
    for (size_t r = 0; r < sizeof rectangles / sizeof *rectangles; r++) {
        for (int view = 0; view < WRN_VIEWS; view++) {
            for (int option = 0; option < 4; option++, n++) {
                run(c, &rectangles[r],
                    (shape){option % 2 ? 4 : 2, ranges[n % 5][0], ranges[n % 5][1],
                            ranges[n % 5][2], view, option / 2, gradients});
            }
        }
    }
}

void wrn_check_winograd_windows(wrn_check *c) {
    run_all(c, false);
}

void wrn_check_winograd_gradients(wrn_check *c) {
    run_all(c, true);
}
