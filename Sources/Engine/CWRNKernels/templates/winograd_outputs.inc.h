// SPDX-License-Identifier: Apache-2.0
// Winograd's products on their way out: transformed back to pixels, finished, and summed for the
// normalisation that comes next while they are still in registers.

// y = A^T m.
WRN_INLINE void K(wino_gather)(const int size, const VEC m[6], VEC y[4]) {
    if (size == 4) {
        const VEC s = ADD(m[1], m[2]), d = SUB(m[1], m[2]);
        const VEC u = ADD(m[3], m[4]), e = SUB(m[3], m[4]);
        y[0] = ADD(ADD(m[0], s), u);
        y[1] = FMA(SPLAT(2.0f), e, d);
        y[2] = FMA(SPLAT(4.0f), u, s);
        y[3] = FMA(SPLAT(8.0f), e, ADD(d, m[5]));
    } else {
        y[0] = ADD(m[0], ADD(m[1], m[2]));
        y[1] = ADD(SUB(m[1], m[2]), m[3]);
    }
}

// The sums over results.
enum { K(WINO_NOTHING), K(WINO_MOMENTS), K(WINO_VIEW_GRADIENT) };

// VW lanes of a window on their way out.
struct K(wino_out) {
    const wrn_winograd_outputs *a;
    VEC bias;
    // Moments: a value of the window, which keeps the sums of squares small.
    VEC pivot;
    struct K(way_back) way;
    int32_t lane;
};

// The last step of a pixel; adds to the two sums.
WRN_INLINE VEC K(wino_finish)(const struct K(wino_out) * o, VEC y, ptrdiff_t at, ptrdiff_t keep_at,
                              VEC sums[2], const int kind, const int curved) {
    const wrn_winograd_outputs *a = o->a;
    y = ADD(y, o->bias);
    if (a->addend)
        y = ADD(y, LOAD_MAP((const MAP *)a->addend + at));
    y = K(activate)(&a->activation, y, curved);
    if (kind == K(WINO_MOMENTS)) {
        // The moments are those of what is stored.
        y = ROUND_MAP(y);
        const VEC d = SUB(y, o->pivot);
        sums[0] = ADD(sums[0], d);
        sums[1] = FMA(d, d, sums[1]);
    } else if (kind == K(WINO_VIEW_GRADIENT)) {
        const wrn_view_gradient *g = a->view_gradient;
        y = K(view_back)(&o->way, LOAD_MAP((const MAP *)g->image + at), y,
                         g->keep ? g->keep + keep_at : 0, o->lane % WRN_LANES, sums, curved);
    }
    return y;
}

// Transforms one tile and stores what is inside the destination.
WRN_INLINE void K(wino_tile_out)(struct K(wino_out) * o, const float *x, int32_t i, int32_t j,
                                 VEC sums[2], const int size, const int kind, const int curved) {
    const wrn_winograd_outputs *a = o->a;
    const int made = size + 2;
    const int32_t rows = a->rows - i * size, columns = a->columns - j * size;
    VEC m[6], y[4], half[6][4];
    WRN_UNROLL for (int q = 0; q < made; q++) {
        WRN_UNROLL for (int p = 0; p < made; p++) {
            m[p] = LOAD(x + (p * made + q) * a->product_element_stride);
        }
        K(wino_gather)(size, m, half[q]);
    }
    WRN_UNROLL for (int p = 0; p < size; p++) {
        WRN_UNROLL for (int q = 0; q < made; q++) m[q] = half[q][p];
        K(wino_gather)(size, m, y);
        if (p < rows) {
            const ptrdiff_t row = i * size + p;
            WRN_UNROLL for (int q = 0; q < size; q++) {
                if (q < columns) {
                    const ptrdiff_t column = j * size + q;
                    const ptrdiff_t at = row * a->destination_row_stride +
                                         column * a->destination_column_stride + o->lane;
                    const ptrdiff_t keep_at =
                        kind == K(WINO_VIEW_GRADIENT)
                            ? row * a->view_gradient->keep_row_stride +
                                  column * a->view_gradient->keep_column_stride +
                                  o->lane / WRN_LANES
                            : 0;
                    STORE_MAP((MAP *)a->destination + at,
                              K(wino_finish)(o, y[q], at, keep_at, sums, kind, curved));
                }
            }
        }
    }
}

// The first pixel of the window, before anything is stored.
WRN_INLINE VEC K(wino_first)(const struct K(wino_out) * o, const float *x, const int size,
                             const int curved) {
    const wrn_winograd_outputs *a = o->a;
    const int made = size + 2;
    VEC m[6], y[4], half[6];
    WRN_UNROLL for (int q = 0; q < made; q++) {
        WRN_UNROLL for (int p = 0; p < made; p++) {
            m[p] = LOAD(x + (p * made + q) * a->product_element_stride);
        }
        K(wino_gather)(size, m, y);
        half[q] = y[0];
    }
    K(wino_gather)(size, half, y);
    VEC sums[2] = {ZERO(), ZERO()};
    return K(wino_finish)(o, y[0], o->lane, 0, sums, K(WINO_NOTHING), curved);
}

WRN_INLINE void K(wino_outputs)(const wrn_winograd_outputs *a, const int size, const int kind,
                                const int curved) {
    const wrn_view_gradient *g = a->view_gradient;
    for (int32_t lane = 0; lane < a->output_blocks * WRN_LANES; lane += VW) {
        const float *panel =
            a->products + (ptrdiff_t)(lane / (2 * VW)) * a->tile_count * 2 * VW + lane % (2 * VW);
        struct K(wino_out)
            o = {.a = a, .bias = a->bias ? LOAD(a->bias + lane) : ZERO(), .lane = lane};
        if (kind == K(WINO_MOMENTS))
            o.pivot = ROUND_MAP(K(wino_first)(&o, panel, size, curved));
        if (kind == K(WINO_VIEW_GRADIENT))
            o.way = K(way_back_at)(g, lane);
        VEC total[2] = {ZERO(), ZERO()};
        for (int32_t i = 0; i < a->tile_rows; i++) {
            VEC sums[2] = {ZERO(), ZERO()};
            for (int32_t j = 0; j < a->tile_columns; j++) {
                const ptrdiff_t tile = (ptrdiff_t)i * a->tile_columns + j;
                K(wino_tile_out)(&o, panel + tile * 2 * VW, i, j, sums, size, kind, curved);
            }
            total[0] = ADD(total[0], sums[0]);
            total[1] = ADD(total[1], sums[1]);
        }
        if (kind == K(WINO_MOMENTS)) {
            const VEC inverse = SPLAT(1.0f / ((float)a->rows * (float)a->columns));
            const VEC shift = MUL(total[0], inverse);
            STORE(a->mean + lane, ADD(o.pivot, shift));
            STORE(a->deviation + lane, MAX(ZERO(), FNMA(total[0], shift, total[1])));
        } else if (kind == K(WINO_VIEW_GRADIENT) && g->sum) {
            STORE(g->sum + lane, total[0]);
            STORE(g->product + lane, total[1]);
        }
    }
}

// The view's gradient is copied, too, for the reason of WRN_DEFINE_VARIANT.
WRN_INLINE void K(wino_gradient_outputs)(const wrn_winograd_outputs *a, const int size,
                                         const int curved) {
    const wrn_view_gradient gradient = *a->view_gradient;
    wrn_winograd_outputs outputs = *a;
    outputs.view_gradient = &gradient;
    K(wino_outputs)(&outputs, size, K(WINO_VIEW_GRADIENT), curved);
}

#define WINO_KINDS(size, curved)                                                                   \
    WRN_DEFINE_VARIANT(K(wino_plain_##size##_##curved), wrn_winograd_outputs, K(wino_outputs),     \
                       size, K(WINO_NOTHING), curved)                                              \
    WRN_DEFINE_VARIANT(K(wino_moments_##size##_##curved), wrn_winograd_outputs, K(wino_outputs),   \
                       size, K(WINO_MOMENTS), curved)                                              \
    WRN_DEFINE_VARIANT(K(wino_gradient_##size##_##curved), wrn_winograd_outputs,                   \
                       K(wino_gradient_outputs), size, curved)                                     \
    static void K(wino_outputs_##size##_##curved)(const wrn_winograd_outputs *a) {                 \
        if (a->view_gradient)                                                                      \
            K(wino_gradient_##size##_##curved)(a);                                                 \
        else if (a->mean)                                                                          \
            K(wino_moments_##size##_##curved)(a);                                                  \
        else                                                                                       \
            K(wino_plain_##size##_##curved)(a);                                                    \
    }
WINO_KINDS(4, 0)
WINO_KINDS(4, 1)
WINO_KINDS(2, 0)
WINO_KINDS(2, 1)
#undef WINO_KINDS

static void K(wrn_winograd_outputs)(const wrn_winograd_outputs *a) {
    const int curved = K(is_curved)(&a->activation) ||
                       (a->view_gradient && K(is_curved)(&a->view_gradient->view.activation));
    if (a->size == 4)
        curved ? K(wino_outputs_4_1)(a) : K(wino_outputs_4_0)(a);
    else
        curved ? K(wino_outputs_2_1)(a) : K(wino_outputs_2_0)(a);
}
