// SPDX-License-Identifier: Apache-2.0
// Cases: their words, their random numbers and what they expect.

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "case.h"

void wrn_begin_case(wrn_check *c, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->label, sizeof c->label, format, arguments);
    va_end(arguments);
    c->random = 0x9E3779B97F4A7C15u * (uint64_t)(++c->cases);
    c->failed = false;
    c->taken = 0;
}

void wrn_fail(wrn_check *c, const char *format, ...) {
    if (c->failed)
        return;
    c->failed = true;
    if (c->failures++ > 0)
        return;
    va_list arguments;
    va_start(arguments, format);
    const int used =
        snprintf(c->report, c->report_size, "%s of %s, %s: ", c->name, c->kernels->name, c->label);
    if (used >= 0 && (size_t)used < c->report_size)
        vsnprintf(c->report + used, c->report_size - (size_t)used, format, arguments);
    va_end(arguments);
}

// SplitMix64 (Steele, Lea and Flood 2014).
uint32_t wrn_random(wrn_check *c) {
    uint64_t z = c->random += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

float wrn_random_float(wrn_check *c) {
    return (float)(2 * (int32_t)(wrn_random(c) >> 19) - 8191) * 0x1p-13f;
}

float wrn_before(const wrn_check *c, const float *at) {
    const wrn_slot *slot = wrn_slot_of(c, at);
    float value;
    memcpy(&value, slot->before + ((const unsigned char *)at - slot->region), sizeof value);
    return value;
}

static void allow(wrn_slot *slot, const void *at, size_t size) {
    memcpy(slot->allowed + ((const unsigned char *)at - slot->region), at, size);
}

static ptrdiff_t position(const wrn_slot *slot, const void *at, size_t size) {
    return ((const unsigned char *)at - slot->data) / (ptrdiff_t)size;
}

void wrn_expect_within(wrn_check *c, const float *at, double want, double tolerance) {
    wrn_slot *slot = wrn_slot_of(c, at);
    // Not `>`, so that a NaN fails.
    if (!(fabs((double)*at - want) <= tolerance)) {
        wrn_fail(c, "%s[%td] is %.9g, expected %.9g within %.3g", slot->name,
                 position(slot, at, sizeof *at), (double)*at, want, tolerance);
    }
    allow(slot, at, sizeof *at);
}

void wrn_expect(wrn_check *c, const float *at, wrn_number want, double roundings) {
    wrn_expect_within(c, at, want.value, roundings * WRN_ROUNDING * want.size);
}

void wrn_expect_bytes(wrn_check *c, const void *at, const void *want, size_t size) {
    wrn_slot *slot = wrn_slot_of(c, at);
    if (memcmp(at, want, size) != 0) {
        uint64_t got_bits = 0, want_bits = 0;
        memcpy(&got_bits, at, size < 8 ? size : 8);
        memcpy(&want_bits, want, size < 8 ? size : 8);
        wrn_fail(c, "%s[%td] has the bits %llx, expected %llx", slot->name,
                 position(slot, at, size), (unsigned long long)got_bits,
                 (unsigned long long)want_bits);
    }
    allow(slot, at, size);
}

void wrn_allow(wrn_check *c, const void *at, size_t size) {
    allow(wrn_slot_of(c, at), at, size);
}

void wrn_allow_zero(wrn_check *c, const float *at) {
    if (*at == 0)
        allow(wrn_slot_of(c, at), at, sizeof *at);
}

void wrn_end_case(wrn_check *c) {
    for (int i = 0; i < c->taken; i++) {
        const wrn_slot *slot = &c->slots[i];
        if (memcmp(slot->region, slot->allowed, slot->region_size) == 0)
            continue;
        size_t byte = 0;
        while (slot->region[byte] == slot->allowed[byte])
            byte++;
        wrn_fail(c, "byte %td of %s changed, which nothing may write",
                 slot->region + byte - slot->data, slot->name);
    }
    c->taken = 0;
}
