// SPDX-License-Identifier: Apache-2.0

#include <math.h>
#include <string.h>
#include "maps.h"

static size_t size_of(const wrn_check *c) {
    return c->bfloat16 ? sizeof(uint16_t) : sizeof(float);
}

static double value_of(const wrn_check *c, const void *element) {
    uint32_t bits = 0;
    float value;
    if (c->bfloat16) {
        uint16_t word;
        memcpy(&word, element, sizeof word);
        bits = (uint32_t)word << 16;
    } else {
        memcpy(&bits, element, sizeof bits);
    }
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

double wrn_nearest_bfloat16(double value) {
    if (!isfinite(value) || value == 0)
        return value;
    int exponent;
    const double fraction = frexp(value, &exponent); // in [0.5, 1)
    return ldexp(nearbyint(ldexp(fraction, 8)), exponent - 8);
}

void *wrn_take_map(wrn_check *c, const char *name, ptrdiff_t count) {
    return wrn_take(c, name, (size_t)count * size_of(c));
}

void *wrn_take_random_map(wrn_check *c, const char *name, ptrdiff_t count) {
    void *map = wrn_take_map(c, name, count);
    for (ptrdiff_t i = 0; i < count; i++)
        wrn_set(c, map, i, (double)wrn_random_float(c));
    return map;
}

void *wrn_element(const wrn_check *c, const void *map, ptrdiff_t i) {
    return (unsigned char *)map + i * (ptrdiff_t)size_of(c);
}

double wrn_get(const wrn_check *c, const void *map, ptrdiff_t i) {
    return value_of(c, wrn_element(c, map, i));
}

double wrn_get_before(const wrn_check *c, const void *map, ptrdiff_t i) {
    const unsigned char *at = wrn_element(c, map, i);
    const wrn_slot *slot = wrn_slot_of(c, at);
    return value_of(c, slot->before + (at - slot->region));
}

void wrn_set(const wrn_check *c, const void *map, ptrdiff_t i, double value) {
    const float stored = (float)wrn_stored(c, value);
    uint32_t bits;
    memcpy(&bits, &stored, sizeof bits);
    const uint16_t word = (uint16_t)(bits >> 16);
    void *at = wrn_element(c, map, i);
    if (c->bfloat16)
        memcpy(at, &word, sizeof word);
    else
        memcpy(at, &stored, sizeof stored);
}

double wrn_stored(const wrn_check *c, double value) {
    return c->bfloat16 ? wrn_nearest_bfloat16(value) : (double)(float)value;
}

void wrn_expect_element(wrn_check *c, const void *map, ptrdiff_t i, wrn_number want,
                        double roundings) {
    if (!c->bfloat16) {
        wrn_expect(c, wrn_element(c, map, i), want, roundings);
        return;
    }
    // Rounding keeps order, so what is stored lies between what is stored of the bounds.
    const double tolerance = roundings * WRN_ROUNDING * want.size;
    const double least = wrn_nearest_bfloat16(want.value - tolerance);
    const double most = wrn_nearest_bfloat16(want.value + tolerance);
    const double value = wrn_get(c, map, i);
    // Not `<`, so that a NaN fails.
    if (!(value >= least && value <= most))
        wrn_fail(c, "an element of %s is %.9g, expected %.9g to %.9g", wrn_slot_of(c, map)->name,
                 value, least, most);
    wrn_allow_element(c, map, i);
}

void wrn_allow_element(wrn_check *c, const void *map, ptrdiff_t i) {
    wrn_allow(c, wrn_element(c, map, i), size_of(c));
}
