// SPDX-License-Identifier: Apache-2.0

#include <math.h>
#include "views.h"

wrn_view wrn_take_view(wrn_check *c, int which, int32_t lanes) {
    wrn_view view = {.relu = which >= WRN_VIEWS / 2};
    const int kind = which % (WRN_VIEWS / 2);
    if (kind >= 1) {
        view.scale = wrn_take_random(c, "scale", lanes);
        view.shift = wrn_take_random(c, "shift", lanes);
    }
    if (kind >= 2)
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
    if (view->relu && v.value < 0)
        v.value = 0;
    return v;
}
