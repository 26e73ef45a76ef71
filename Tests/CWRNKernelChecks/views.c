// SPDX-License-Identifier: Apache-2.0

#include <math.h>
#include "views.h"

wrn_activation wrn_take_activation(int which) {
    static const wrn_activation all[WRN_ACTIVATIONS] = {
        {0}, {.kind = WRN_RELU}, {.kind = WRN_LEAKY_RELU, .below = 0.1f}, {.kind = WRN_SILU}};
    return all[which];
}

double wrn_activated(const wrn_activation *a, double v) {
    if (a->kind == WRN_SILU)
        return v < -700 ? 0 : v / (1 + exp(-v));
    return v > 0 ? v : v * wrn_activation_slope(a, v);
}

double wrn_activation_slope(const wrn_activation *a, double z) {
    if (a->kind == WRN_SILU) {
        if (fabs(z) > 700)
            return z > 0;
        const double s = 1 / (1 + exp(-z));
        return s + z * s / (1 + exp(z));
    }
    if (a->kind == WRN_IDENTITY || z > 0)
        return 1;
    return a->kind == WRN_RELU ? 0 : (double)a->below;
}

wrn_number wrn_activated_back(const wrn_activation *a, double z, wrn_number g) {
    const double slope = wrn_activation_slope(a, z);
    wrn_number back = {g.value * slope, g.size * fabs(slope)};
    // The slope of SiLU is a sum of rounded terms of about 1, at a rounded z.
    if (a->kind == WRN_SILU)
        back.size += 4 * fabs(g.value);
    return back;
}

wrn_view wrn_take_view(wrn_check *c, int which, int32_t lanes) {
    wrn_view view = {.activation = wrn_take_activation(which / WRN_MAPS),
                     .factor = which % 2 ? 1.25f : 1};
    const int kind = which % WRN_MAPS;
    if (kind >= 1) {
        view.scale = wrn_take_random(c, "scale", lanes);
        view.shift = wrn_take_random(c, "shift", lanes);
    }
    // Without scale it must not be used.
    if (kind != 1)
        view.slope = wrn_take_random(c, "slope", lanes);
    return view;
}

wrn_number wrn_view_value(const wrn_view *view, double x, double second, int32_t channel) {
    wrn_number v = {x, 0};
    if (view->scale) {
        const double scaled = x * (double)view->scale[channel];
        v.value = scaled + (double)view->shift[channel];
        v.size = fabs(scaled) + fabs((double)view->shift[channel]);
        if (view->slope) {
            const double sloped = second * (double)view->slope[channel];
            v.value += sloped;
            v.size += fabs(sloped);
        }
    }
    const double activated = wrn_activated(&view->activation, v.value);
    // A product is rounded once, SiLU some three times.
    if (activated != v.value && activated != 0)
        v.size += fabs(activated) * (view->activation.kind == WRN_SILU ? 3 : 1);
    v.value = activated;
    return v;
}

wrn_number wrn_view_kept(const wrn_view *view, wrn_number value, bool kept) {
    const double factor = kept ? (double)view->factor : 0;
    return (wrn_number){value.value * factor, (fabs(value.value) + value.size) * factor};
}
