// SPDX-License-Identifier: Apache-2.0
// Pixel by pixel through a view: what is left of elementwise work when nothing fuses it.

static void K(wrn_map)(const wrn_map *a) {
    for (int32_t p = 0; p < a->pixels; p++) {
        const ptrdiff_t offset = p * a->stride;
        for (int32_t c = 0; c < a->blocks * WRN_LANES; c += VW) {
            const struct K(view) view = K(view_at)(&a->view, c);
            VEC value = K(view_value)(&view, a->image + offset + c,
                                      a->second ? a->second + offset + c : 0, K(VIEW_ANY));
            if (a->keep) {
                const uint32_t bits = a->keep[(ptrdiff_t)p * a->blocks + c / WRN_LANES];
                value = K(view_kept)(&a->view, value, bits >> (c % WRN_LANES));
            }
            if (a->addend) {
                const struct K(view) addend = K(view_at)(&a->addend_view, c);
                value = ADD(value, K(view_value)(&addend, a->addend + offset + c, 0, K(VIEW_ANY)));
            }
            STORE(a->destination + offset + c, value);
        }
    }
}
