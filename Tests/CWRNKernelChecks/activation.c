// SPDX-License-Identifier: Apache-2.0
// The activations at the ends of the numbers: zeros of either sign, infinities, and what is too
// small to be multiplied; forward by map, backward by view_gradient. SiLU, which is computed from
// an exponential, also over its whole range.

#include <float.h>
#include <math.h>
#include "checks.h"
#include "views.h"

static const float values[WRN_LANES] = {0.0f,    -0.0f,    1,       -1,       INFINITY,  -INFINITY,
                                        FLT_MAX, -FLT_MAX, FLT_MIN, -FLT_MIN, 0x1p-149f, -0x1p-149f,
                                        3.5f,    -3.5f,    0.1f,    -0.1f};

// By the formula in single precision, as PyTorch computes it.
static float activated(const wrn_activation *a, float v) {
    if (a->kind == WRN_IDENTITY || v > 0)
        return v;
    return a->kind == WRN_RELU ? 0 : a->below * v;
}

static bool same(float a, float b, bool signs) {
    return a == b && (!signs || !signbit(a) == !signbit(b));
}

// Runs map and view_gradient on one block; the gradient that goes in is 2.
static void forth_and_back(const wrn_check *c, wrn_view view, const float *from, float *result,
                           float *gradient) {
    wrn_map map = {.image = from,
                   .destination = result,
                   .stride = WRN_LANES,
                   .pixels = 1,
                   .blocks = 1,
                   .view = view};
    c->maps->map(&map);
    for (int k = 0; k < WRN_LANES; k++)
        gradient[k] = 2;
    const wrn_view_gradient back = {.gradient = gradient,
                                    .image = from,
                                    .row_stride = WRN_LANES,
                                    .column_stride = WRN_LANES,
                                    .rows = 1,
                                    .columns = 1,
                                    .blocks = 1,
                                    .view = view,
                                    .factor = 1};
    c->maps->view_gradient(&back);
}

// Beside rounding, what the limits of the exponential's argument leave of numbers near zero.
static bool is_near(float a, double b, double size) {
    return (double)a == b || fabs((double)a - b) <= 8 * WRN_ROUNDING * size + 0x1p-118;
}

static void expect_silu(wrn_check *c, const float *from) {
    const wrn_view view = {.activation = {.kind = WRN_SILU}};
    float result[WRN_LANES], gradient[WRN_LANES];
    forth_and_back(c, view, from, result, gradient);
    for (int k = 0; k < WRN_LANES; k++) {
        const double v = (double)from[k], want = wrn_activated(&view.activation, v);
        const double slope = wrn_activation_slope(&view.activation, v);
        if (!is_near(result[k], want, fabs(want)))
            wrn_fail(c, "%.9g becomes %.9g, expected %.9g", v, (double)result[k], want);
        if (!is_near(gradient[k], 2 * slope, fmin(2, fabs(slope) + fabs(want))))
            wrn_fail(c, "the gradient 2 at %.9g becomes %.9g, expected %.9g", v,
                     (double)gradient[k], 2 * slope);
    }
}

static void run_silu(wrn_check *c) {
    wrn_begin_case(c, "SiLU at the ends of the numbers, and from -120 to 120");
    expect_silu(c, values);
    for (int first = -120 * 64; first < 120 * 64; first += WRN_LANES) {
        float from[WRN_LANES];
        for (int k = 0; k < WRN_LANES; k++)
            from[k] = (float)(first + k) / 64 + 0x1p-13f * (float)k;
        expect_silu(c, from);
    }
    wrn_end_case(c);
}

static void run(wrn_check *c, int which) {
    wrn_begin_case(c, "activation %d at the ends of the numbers", which);
    const wrn_view view = {.activation = wrn_take_activation(which)};
    float result[WRN_LANES], gradient[WRN_LANES];
    forth_and_back(c, view, values, result, gradient);
    for (int k = 0; k < WRN_LANES; k++) {
        const float want = activated(&view.activation, values[k]);
        // Which zero a ReLU makes of the negative one is the instruction set's own.
        if (!same(result[k], want, which != WRN_RELU))
            wrn_fail(c, "%g becomes %g, expected %g", (double)values[k], (double)result[k],
                     (double)want);
        const float slope = (float)wrn_activation_slope(&view.activation, (double)values[k]);
        if (!same(gradient[k], 2 * slope, true))
            wrn_fail(c, "the gradient 2 at %g becomes %g, expected %g", (double)values[k],
                     (double)gradient[k], (double)(2 * slope));
    }
    wrn_end_case(c);
}

void wrn_check_activation(wrn_check *c) {
    for (int which = 0; which < WRN_ACTIVATIONS; which++) {
        if (wrn_take_activation(which).kind == WRN_SILU)
            run_silu(c);
        else
            run(c, which);
    }
}
