// SPDX-License-Identifier: Apache-2.0
// Pixel by pixel through a view: what is left of elementwise work when nothing fuses it.

static void K(wrn_map)(const wrn_map *a) {
    const wrn_view *v = &a->view;
    for (int32_t p = 0; p < a->pixels; p++) {
        const ptrdiff_t offset = p * a->stride;
        for (int32_t c = 0; c < a->blocks * WRN_LANES; c += VW) {
            VEC value = LOAD(a->image + offset + c);
            if (v->scale) {
                value = FMA(value, LOAD(v->scale + c), LOAD(v->shift + c));
                if (v->slope)
                    value = FMA(LOAD(a->second + offset + c), LOAD(v->slope + c), value);
            }
            value = K(activate)(&v->activation, value);
            if (a->keep) {
                const uint32_t bits = a->keep[(ptrdiff_t)p * a->blocks + c / WRN_LANES];
                value = KEEP(value, bits >> (c % WRN_LANES));
            }
            if (a->addend) {
                VEC more = LOAD(a->addend + offset + c);
                if (a->addend_view.scale)
                    more =
                        FMA(more, LOAD(a->addend_view.scale + c), LOAD(a->addend_view.shift + c));
                more = K(activate)(&a->addend_view.activation, more);
                value = ADD(value, more);
            }
            STORE(a->destination + offset + c, value);
        }
    }
}
