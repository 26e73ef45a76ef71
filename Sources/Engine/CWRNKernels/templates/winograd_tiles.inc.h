// SPDX-License-Identifier: Apache-2.0
// Winograd's transforms on the way in: windows of an image, or tiles of an output's gradient,
// become elements that are multiplied one by one. Lavin & Gray 2015; the points are 0, 1, -1, 2, -2
// and infinity for F(4, 3), and 0, 1, -1 and infinity for F(2, 3).

// Tiles that are transformed together: their columns stay in the first-level cache.
#define WINO_RUN 8

// t = B^T d.
WRN_INLINE void K(wino_window)(const int size, const VEC d[6], VEC t[6]) {
    if (size == 4) {
        const VEC four = SPLAT(4.0f), five = SPLAT(5.0f), two = SPLAT(2.0f);
        const VEC a = FNMA(four, d[2], d[4]), b = FNMA(four, d[1], d[3]);
        const VEC c = SUB(d[4], d[2]), e = SUB(d[3], d[1]);
        t[0] = FMA(four, d[0], FNMA(five, d[2], d[4]));
        t[1] = ADD(a, b);
        t[2] = SUB(a, b);
        t[3] = FMA(two, e, c);
        t[4] = FNMA(two, e, c);
        t[5] = FMA(four, d[1], FNMA(five, d[3], d[5]));
    } else {
        t[0] = SUB(d[0], d[2]);
        t[1] = ADD(d[1], d[2]);
        t[2] = SUB(d[2], d[1]);
        t[3] = SUB(d[3], d[1]);
    }
}

// t = A y.
WRN_INLINE void K(wino_spread)(const int size, const VEC y[4], VEC t[6]) {
    if (size == 4) {
        const VEC four = SPLAT(4.0f), two = SPLAT(2.0f);
        const VEC a = ADD(y[0], y[2]), b = ADD(y[1], y[3]);
        const VEC c = FMA(four, y[2], y[0]), e = FMA(four, y[3], y[1]);
        t[0] = y[0];
        t[1] = ADD(a, b);
        t[2] = SUB(a, b);
        t[3] = FMA(two, e, c);
        t[4] = FNMA(two, e, c);
        t[5] = y[3];
    } else {
        t[0] = y[0];
        t[1] = ADD(y[0], y[1]);
        t[2] = SUB(y[0], y[1]);
        t[3] = y[1];
    }
}

// The source of a transform, moved to VW lanes of a channel block.
struct K(wino_source) {
    const wrn_winograd_tiles *a;
    const MAP *image, *second;
    const uint16_t *keep;
    struct K(view) view;
    int32_t q; // the first of the lanes in its block
};

WRN_INLINE VEC K(wino_load)(const struct K(wino_source) * s, ptrdiff_t pixel, const int kind) {
    const wrn_winograd_tiles *a = s->a;
    const ptrdiff_t offset = pixel * a->stride;
    const VEC value =
        K(view_value)(&s->view, s->image + offset, s->second ? s->second + offset : 0, kind);
    if ((kind == K(VIEW_ANY) || kind == K(VIEW_STRAIGHT)) && s->keep)
        return K(view_kept)(&a->view, value, (uint32_t)s->keep[pixel * a->blocks] >> s->q);
    return value;
}

// The 1-D transform of one column of the image, from row `top` on; zeros outside the image.
WRN_INLINE void K(wino_column)(const struct K(wino_source) * s, int32_t top, int32_t column,
                               float *y, const int size, const int gradient, const int kind) {
    const wrn_winograd_tiles *a = s->a;
    const int taken = gradient ? size : size + 2, made = size + 2;
    VEC d[6], t[6];
    if (column < 0 || column >= a->width) {
        WRN_UNROLL for (int i = 0; i < made; i++) STORE(y + i * VW, ZERO());
        return;
    }
    const ptrdiff_t pixel = (ptrdiff_t)top * a->width + column;
    if (top >= 0 && top + taken <= a->height) {
        WRN_UNROLL for (int i = 0; i < taken; i++) {
            d[i] = K(wino_load)(s, pixel + (ptrdiff_t)i * a->width, kind);
        }
    } else {
        WRN_UNROLL for (int i = 0; i < taken; i++) {
            d[i] = top + i >= 0 && top + i < a->height
                       ? K(wino_load)(s, pixel + (ptrdiff_t)i * a->width, kind)
                       : ZERO();
        }
    }
    if (gradient)
        K(wino_spread)(size, d, t);
    else
        K(wino_window)(size, d, t);
    WRN_UNROLL for (int i = 0; i < made; i++) STORE(y + i * VW, t[i]);
}

// A run of tiles of one tile row and VW lanes. A window reads `size` + 2 rows and columns, of which
// two are shared with the next; a gradient's tile reads `size`.
WRN_INLINE void K(wino_run)(const struct K(wino_source) * s, int32_t tile_row, int32_t first,
                            int32_t count, float *tiles, const int size, const int gradient,
                            const int kind) {
    const wrn_winograd_tiles *a = s->a;
    const int taken = gradient ? size : size + 2, made = size + 2;
    const int32_t top = a->top + tile_row * size, left = a->left + first * size;
    float columns[(4 * WINO_RUN + 2) * 6 * VW];
    const int32_t column_count = count * size + (gradient ? 0 : 2);
    for (int32_t j = 0; j < column_count; j++)
        K(wino_column)(s, top, left + j, columns + (ptrdiff_t)j * 6 * VW, size, gradient, kind);
    for (int32_t p = 0; p < count; p++) {
        float *y = tiles + (ptrdiff_t)p * WRN_LANES;
        const float *x = columns + (ptrdiff_t)p * size * 6 * VW;
        WRN_UNROLL for (int i = 0; i < made; i++) {
            VEC d[6], t[6];
            WRN_UNROLL for (int j = 0; j < taken; j++) d[j] = LOAD(x + (j * 6 + i) * VW);
            if (gradient)
                K(wino_spread)(size, d, t);
            else
                K(wino_window)(size, d, t);
            WRN_UNROLL for (int j = 0; j < made; j++) {
                STORE(y + (i * made + j) * a->element_stride, t[j]);
            }
        }
    }
}

WRN_INLINE void K(wino_tiles)(const wrn_winograd_tiles *a, const int size, const int gradient,
                              const int kind) {
    for (int32_t b = 0; b < a->block_count; b++) {
        const int32_t block = a->first_block + b;
        for (int32_t q = 0; q < WRN_LANES; q += VW) {
            const int32_t c = block * WRN_LANES + q;
            const struct K(wino_source) s = {a,
                                             (const MAP *)a->image + c,
                                             a->second ? (const MAP *)a->second + c : 0,
                                             a->keep ? a->keep + block : 0,
                                             K(view_at)(&a->view, c),
                                             q};
            for (int32_t i = 0; i < a->tile_rows; i++) {
                float *tiles =
                    a->tiles + b * a->block_stride + (ptrdiff_t)i * a->tile_columns * WRN_LANES + q;
                for (int32_t j = 0; j < a->tile_columns; j += WINO_RUN) {
                    const int32_t rest = a->tile_columns - j;
                    K(wino_run)
                    (&s, i, j, rest < WINO_RUN ? rest : WINO_RUN, tiles + (ptrdiff_t)j * WRN_LANES,
                     size, gradient, kind);
                }
            }
        }
    }
}

#define WINO_KINDS(name, size, gradient)                                                           \
    static void K(name)(const wrn_winograd_tiles *a) {                                             \
        const int kind = a->keep ? K(view_calls)(&a->view) : K(view_kind)(&a->view);               \
        if (kind == K(VIEW_ANY))                                                                   \
            K(wino_tiles)(a, size, gradient, K(VIEW_ANY));                                         \
        else if (kind == K(VIEW_STRAIGHT))                                                         \
            K(wino_tiles)(a, size, gradient, K(VIEW_STRAIGHT));                                    \
        else if (kind == K(VIEW_GRADIENT))                                                         \
            K(wino_tiles)(a, size, gradient, K(VIEW_GRADIENT));                                    \
        else if (kind == K(VIEW_RELU))                                                             \
            K(wino_tiles)(a, size, gradient, K(VIEW_RELU));                                        \
        else                                                                                       \
            K(wino_tiles)(a, size, gradient, K(VIEW_BARE));                                        \
    }
WINO_KINDS(wino_windows_4, 4, 0)
WINO_KINDS(wino_windows_2, 2, 0)
WINO_KINDS(wino_gradients_4, 4, 1)
WINO_KINDS(wino_gradients_2, 2, 1)
#undef WINO_KINDS

static void K(wrn_winograd_windows)(const wrn_winograd_tiles *a) {
    if (a->size == 4)
        K(wino_windows_4)(a);
    else
        K(wino_windows_2)(a);
}

static void K(wrn_winograd_gradients)(const wrn_winograd_tiles *a) {
    if (a->size == 4)
        K(wino_gradients_4)(a);
    else
        K(wino_gradients_2)(a);
}
