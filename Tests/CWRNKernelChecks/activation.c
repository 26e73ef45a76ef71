// SPDX-License-Identifier: Apache-2.0
// The activations at the ends of the numbers: zeros of either sign, infinities, and what is too
// small to be multiplied; forward by map, backward by view_gradient.

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

static void run(wrn_check *c, int which) {
    wrn_begin_case(c, "activation %d at the ends of the numbers", which);
    const wrn_view view = {.activation = wrn_take_activation(which)};
    float result[WRN_LANES], gradient[WRN_LANES];
    wrn_map map = {.image = values,
                   .destination = result,
                   .stride = WRN_LANES,
                   .pixels = 1,
                   .blocks = 1,
                   .view = view};
    c->kernels->map(&map);
    for (int k = 0; k < WRN_LANES; k++)
        gradient[k] = 2;
    const wrn_view_gradient back = {.gradient = gradient,
                                    .image = values,
                                    .row_stride = WRN_LANES,
                                    .column_stride = WRN_LANES,
                                    .rows = 1,
                                    .columns = 1,
                                    .blocks = 1,
                                    .view = view,
                                    .factor = 1};
    c->kernels->view_gradient(&back);
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
    for (int which = 0; which < WRN_ACTIVATIONS; which++)
        run(c, which);
}
