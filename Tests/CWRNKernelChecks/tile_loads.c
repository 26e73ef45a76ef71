// SPDX-License-Identifier: Apache-2.0
// The loads of tiles against their formulas: windows inside, across and outside of the image,
// through all views, pixel by pixel, channel by channel and in pairs.

#include "checks.h"
#include "tiles.h"
#include "views.h"

typedef struct {
    int32_t height, width, top, left, step, rows, columns;
} window;

static const window windows[] = {
    {5, 7, 0, 0, 1, 5, 7},     // the image itself
    {5, 7, -1, -1, 1, 7, 9},   // padded by one
    {8, 8, -1, 0, 1, 10, 8},   // its rows padded, more than one group of 32 pixels
    {8, 8, -1, 1, 1, 10, 8},   // the same, moved to the right
    {9, 9, 0, 0, 2, 5, 5},     // every second pixel
    {8, 7, 1, 1, 2, 4, 4},     // every second, the last ones outside
    {7, 6, -3, -2, 2, 6, 6},   // every second, across all edges
    {4, 4, -3, -2, 1, 3, 8},   // rows above the image only
    {3, 3, 3, 0, 1, 2, 3},     // just below
    {3, 3, 0, -4, 1, 3, 4},    // just left
    {3, 3, 1, 3, 1, 2, 3},     // just right
    {1, 1, -1, -1, 1, 3, 3},   // one pixel and its padding
    {2, 40, -1, -1, 1, 2, 42}, // wide rows
    {11, 13, -2, -3, 3, 5, 6}, // step 3
};

enum kind { PATCH, CHANNELS, PAIRS, KINDS };

static const char *const kinds[KINDS] = {"pixels", "channels", "pairs"};

static wrn_number expected(const wrn_tile_window *w, int32_t r, int32_t q, int32_t channel) {
    const int32_t y = w->top + r * w->step, x = w->left + q * w->step;
    if (y < 0 || y >= w->height || x < 0 || x >= w->width)
        return (wrn_number){0, 0};
    const ptrdiff_t pixel = (ptrdiff_t)y * w->width + x, at = pixel * w->stride + channel;
    const wrn_number v = wrn_view_value(&w->view, wrn_word_value(w->image[at]),
                                        w->second ? wrn_word_value(w->second[at]) : 0, channel);
    if (!w->keep)
        return v;
    const uint16_t bits = w->keep[pixel * w->blocks + channel / WRN_LANES];
    return wrn_view_kept(&w->view, v, bits >> channel % WRN_LANES & 1);
}

static void check_patch(wrn_check *c, const wrn_tile_kernels *k, const wrn_tile_window *w) {
    // Thin, the blocks themselves, and whole tiles.
    const int32_t lanes = w->blocks * WRN_LANES;
    const int32_t depths[] = {lanes - 13, lanes, (lanes + 31) / 32 * 32};
    wrn_tile_patch_load a = {.window = *w, .depth = depths[c->cases % 3]};
    const ptrdiff_t pixels = (ptrdiff_t)w->rows * w->columns;
    a.patch = wrn_take(c, "patch", sizeof(uint16_t) * (size_t)(pixels * a.depth));
    wrn_ready(c);
    k->load_patch(&a);
    for (int32_t p = 0; p < pixels; p++) {
        for (int32_t i = 0; i < a.depth; i++) {
            const wrn_number zero = {0, 0};
            wrn_expect_word(c, a.patch + (ptrdiff_t)p * a.depth + i,
                            i < lanes ? expected(w, p / w->columns, p % w->columns, i) : zero, 3);
        }
    }
}

static void check_turned(wrn_check *c, const wrn_tile_kernels *k, const wrn_tile_window *w,
                         enum kind kind) {
    const int32_t count = w->rows * w->columns, lanes = w->blocks * WRN_LANES;
    const int32_t pixels = (count + 31) / 32 * 32 + (c->cases % 2 ? 32 : 0);
    wrn_tile_channels_load channels = {
        .window = *w, .pixels = pixels, .channel_stride = pixels + c->cases % 3};
    const int32_t first = kind == PAIRS ? c->cases % w->blocks : 0;
    wrn_tile_pairs_load pairs = {.window = *w,
                                 .first_block = first,
                                 .last_block = w->blocks,
                                 .pixels = pixels,
                                 .block_stride = (ptrdiff_t)pixels * WRN_LANES + c->cases % 3};
    const ptrdiff_t size = kind == CHANNELS
                               ? (lanes - 1) * channels.channel_stride + pixels
                               : (w->blocks - first - 1) * pairs.block_stride + pixels * WRN_LANES;
    uint16_t *patch = wrn_take(c, "patch", sizeof(uint16_t) * (size_t)size);
    channels.patch = pairs.patch = patch;
    wrn_ready(c);
    if (kind == CHANNELS)
        k->load_channels(&channels);
    else
        k->load_pairs(&pairs);
    for (int32_t channel = first * WRN_LANES; channel < lanes; channel++) {
        for (int32_t p = 0; p < pixels; p++) {
            const ptrdiff_t at = kind == CHANNELS
                                     ? channel * channels.channel_stride + p
                                     : (channel / WRN_LANES - first) * pairs.block_stride +
                                           p / 2 * 32 + channel % WRN_LANES * 2 + p % 2;
            const wrn_number zero = {0, 0};
            wrn_expect_word(c, patch + at,
                            p < count ? expected(w, p / w->columns, p % w->columns, channel) : zero,
                            3);
        }
    }
}

static void run(wrn_check *c, const wrn_tile_kernels *k, const window *from, enum kind kind,
                int32_t blocks, int view, bool keep) {
    wrn_begin_case(c,
                   "%s of image %dx%d of %d blocks, window %dx%d at (%d, %d) step %d, view %d, "
                   "keep %d, tiles %s",
                   kinds[kind], from->height, from->width, blocks, from->rows, from->columns,
                   from->top, from->left, from->step, view, keep, k->name);
    const ptrdiff_t lanes = (ptrdiff_t)blocks * WRN_LANES;
    const ptrdiff_t pixels = (ptrdiff_t)from->height * from->width;
    wrn_tile_window w = {.height = from->height,
                         .width = from->width,
                         .blocks = blocks,
                         .top = from->top,
                         .left = from->left,
                         .step = from->step,
                         .rows = from->rows,
                         .columns = from->columns};
    w.view = wrn_take_view(c, view, (int32_t)lanes);
    w.stride = c->cases % 2 ? lanes : lanes + 20;
    const ptrdiff_t extent = (pixels - 1) * w.stride + lanes;
    w.image = wrn_take_words(c, "image", extent);
    if (w.view.slope)
        w.second = wrn_take_words(c, "second", extent);
    if (keep)
        w.keep = wrn_take_keep(c, pixels * blocks);
    if (kind == PATCH)
        check_patch(c, k, &w);
    else
        check_turned(c, k, &w, kind);
    wrn_expect_released(c);
    wrn_end_case(c);
}

void wrn_check_tile_loads(wrn_check *c) {
    const wrn_tile_kernels *k;
    for (int t = 0; (k = wrn_tiles_of(c, t)); t++) {
        for (size_t w = 0; w < sizeof windows / sizeof *windows; w++) {
            for (int view = 0; view < WRN_VIEWS; view++) {
                for (int keep = 0; keep < 2; keep++) {
                    const int32_t blocks = 1 + (int32_t)(w + (size_t)view) % 3;
                    for (int kind = 0; kind < KINDS; kind++)
                        run(c, k, &windows[w], (enum kind)kind, blocks, view, keep);
                }
            }
        }
    }
}
