// SPDX-License-Identifier: Apache-2.0
// What is stored in a map of bfloat16: the nearest number, ties to even, of every kind of float.
// The kernel that stores floats as they are is spread_pixels.

#include <math.h>
#include <string.h>
#include "checks.h"
#include "maps.h"

static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

// Expects what is stored of 16 floats, given by their bits.
static void run(wrn_check *c, const char *what, const uint32_t bits[WRN_LANES]) {
    wrn_begin_case(c, "%s", what);
    float *values = wrn_take_floats(c, "values", WRN_LANES);
    uint16_t *map = wrn_take_map(c, "map", WRN_LANES);
    for (int k = 0; k < WRN_LANES; k++)
        values[k] = float_of(bits[k]);
    wrn_ready(c);
    c->maps->spread_pixels(values, 1, 0, map, WRN_LANES, 1, 1);
    for (int k = 0; k < WRN_LANES; k++) {
        const uint32_t odd = bits[k] >> 16 & 1, sign = bits[k] >> 31 << 15;
        const uint16_t nearest = (uint16_t)((bits[k] + 0x7FFF + odd) >> 16);
        const bool is_denormal = (bits[k] & 0x7F800000) == 0;
        // A processor's instruction rounds denormal floats to zero.
        const bool is_right = isnan(values[k])
                                  ? (map[k] & 0x7FFF) > 0x7F80
                                  : map[k] == nearest || (is_denormal && map[k] == sign);
        if (!is_right)
            wrn_fail(c, "the float of bits %08x is stored as %04x, expected %04x", bits[k], map[k],
                     nearest);
        wrn_allow_element(c, map, k);
    }
    wrn_end_case(c);
}

void wrn_check_rounding(wrn_check *c) {
    static const uint32_t ties[WRN_LANES] = {0x3F808000, 0x3F818000, 0xBF808000, 0xBF818000,
                                             0x3F807FFF, 0x3F808001, 0x3F817FFF, 0x3F818001,
                                             0x3FFF8000, 0x3FFEFFFF, 0x00808000, 0x00818000,
                                             0x7F7E8000, 0x7F7E7FFF, 0xC2F68000, 0x42F78000};
    run(c, "ties and their neighbours", ties);
    static const uint32_t ends[WRN_LANES] = {0x00000000, 0x80000000, 0x7F800000, 0xFF800000,
                                             0x7F7FFFFF, 0xFF7FFFFF, 0x7F7F8000, 0x7F7F7FFF,
                                             0x7FC00000, 0xFFC00000, 0x7F800001, 0xFF80FFFF,
                                             0x7FFFFFFF, 0x00000001, 0x807FFFFF, 0x00800000};
    run(c, "the ends of the numbers", ends);
    for (int n = 0; n < 64; n++) {
        uint32_t bits[WRN_LANES];
        c->random = 0xD1B54A32D192ED03u * (uint64_t)(n + 1);
        for (int k = 0; k < WRN_LANES; k++)
            bits[k] = wrn_random(c);
        run(c, "floats of any bits", bits);
    }
}
