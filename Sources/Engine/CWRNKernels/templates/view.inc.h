// SPDX-License-Identifier: Apache-2.0
// Values read through a view, and gradients taken back through one, for every kernel that reads
// through views.

// VW lanes of a view, from channel c on.
struct K(view) {
    const wrn_view *view;
    VEC scale, shift, slope;
};

WRN_INLINE struct K(view) K(view_at)(const wrn_view *v, ptrdiff_t c) {
    struct K(view) lanes = {v, ZERO(), ZERO(), ZERO()};
    if (v->scale) {
        lanes.scale = LOAD(v->scale + c);
        lanes.shift = LOAD(v->shift + c);
        if (v->slope)
            lanes.slope = LOAD(v->slope + c);
    }
    return lanes;
}

// The views that matter most may have code of their own.
enum {
    K(VIEW_BARE),     // the image itself
    K(VIEW_RELU),     // batch normalisation and ReLU
    K(VIEW_GRADIENT), // the gradient of a batch normalisation
    K(VIEW_STRAIGHT), // all whose activation is not curved
    K(VIEW_ANY)
};

// Whether a kind leaves open what the view has.
WRN_INLINE int K(view_is_open)(const int kind) {
    return kind == K(VIEW_ANY) || kind == K(VIEW_STRAIGHT);
}

// The kinds that differ in calls alone, for kernels that have no code for the others.
WRN_INLINE int K(view_calls)(const wrn_view *v) {
    return K(is_curved)(&v->activation) ? K(VIEW_ANY) : K(VIEW_STRAIGHT);
}

WRN_INLINE int K(view_kind)(const wrn_view *v) {
    // A slope is not used without scale.
    const int sloped = v->scale && v->slope;
    const int expected = v->scale && !sloped ? WRN_RELU : WRN_IDENTITY;
    if (v->activation.kind != expected)
        return K(view_calls)(v);
    return sloped ? K(VIEW_GRADIENT) : v->scale ? K(VIEW_RELU) : K(VIEW_BARE);
}

// Defines a variant of K(name)(arguments, kind) for each kind of view without slope, and
// K(name_of), which calls the one of a kind.
#define VIEW_VARIANTS(name, type)                                                                  \
    WRN_DEFINE_VARIANT(K(name##_of_bare), type, K(name), K(VIEW_BARE))                             \
    WRN_DEFINE_VARIANT(K(name##_of_relu), type, K(name), K(VIEW_RELU))                             \
    WRN_DEFINE_VARIANT(K(name##_of_straight), type, K(name), K(VIEW_STRAIGHT))                     \
    WRN_DEFINE_VARIANT(K(name##_of_any), type, K(name), K(VIEW_ANY))                               \
    WRN_INLINE void K(name##_of)(const type *a, int kind) {                                        \
        if (kind == K(VIEW_BARE))                                                                  \
            K(name##_of_bare)(a);                                                                  \
        else if (kind == K(VIEW_RELU))                                                             \
            K(name##_of_relu)(a);                                                                  \
        else if (kind == K(VIEW_STRAIGHT))                                                         \
            K(name##_of_straight)(a);                                                              \
        else                                                                                       \
            K(name##_of_any)(a);                                                                   \
    }

// The value of x, and of `second` where the view has a slope, before dropout.
WRN_INLINE VEC K(view_value)(const struct K(view) * v, const MAP *x, const MAP *second,
                             const int kind) {
    const int is_open = K(view_is_open)(kind);
    VEC value = LOAD_MAP(x);
    if (is_open ? v->view->scale != 0 : kind != K(VIEW_BARE)) {
        value = FMA(value, v->scale, v->shift);
        if (is_open ? v->view->slope != 0 : kind == K(VIEW_GRADIENT))
            value = FMA(LOAD_MAP(second), v->slope, value);
    }
    if (kind == K(VIEW_RELU))
        return MAX(ZERO(), value);
    return is_open ? K(activate)(&v->view->activation, value, kind == K(VIEW_ANY)) : value;
}

// The value behind dropout, whose keep bits begin with those of these lanes.
WRN_INLINE VEC K(view_kept)(const wrn_view *v, VEC value, uint32_t bits) {
    return KEEP(MUL(SPLAT(v->factor), value), bits);
}

// VW lanes of the way back through a view, from channel c on.
struct K(way_back) {
    const wrn_view_gradient *a;
    VEC scale, shift, mean, inverse, factor;
};

WRN_INLINE struct K(way_back) K(way_back_at)(const wrn_view_gradient *a, ptrdiff_t c) {
    const wrn_view *v = &a->view;
    return (struct K(way_back)){a,
                                v->scale ? LOAD(v->scale + c) : SPLAT(1.0f),
                                v->scale ? LOAD(v->shift + c) : ZERO(),
                                a->sum ? LOAD(a->mean + c) : ZERO(),
                                a->sum ? LOAD(a->inverse + c) : ZERO(),
                                SPLAT(a->factor)};
}

// The gradient of what was read as x, from that of the view's value; adds to the two sums. `keep`
// is the word of the pixel and block, of whose lanes these are those from `lane` on, or NULL.
WRN_INLINE VEC K(view_back)(const struct K(way_back) * w, VEC x, VEC g, const uint16_t *keep,
                            int32_t lane, VEC sums[2], const int curved) {
    VEC dz = MUL(g, w->factor);
    dz = K(activate_back)(&w->a->view.activation, FMA(x, w->scale, w->shift), dz, curved);
    if (keep)
        dz = KEEP(dz, (uint32_t)*keep >> lane);
    // The sums are those of what is stored.
    dz = ROUND_MAP(dz);
    sums[0] = ADD(sums[0], dz);
    sums[1] = FMA(dz, MUL(SUB(x, w->mean), w->inverse), sums[1]);
    return dz;
}
