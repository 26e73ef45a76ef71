// SPDX-License-Identifier: Apache-2.0

#include "tile_unit.h"

#include <float.h>
#include <math.h>
#include <string.h>

// MARK: Arithmetic

static float without_denormal(float x) {
    return fabsf(x) < FLT_MIN ? copysignf(0.0f, x) : x;
}

float wrn_tile_multiply_add(float a, float b, float c) {
    a = without_denormal(a);
    b = without_denormal(b);
    c = without_denormal(c);
    const float sum = fmaf(a, b, c);
    // With a larger c, a sum this small is exactly zero.
    if (!(fabsf(sum) <= FLT_MIN) || fabsf(c) >= 0x1p-60f)
        return sum;
    // Denormal numbers have less than 24 digits, and a sum that was rounded to them may have become
    // the smallest normal number. 2^64 times as large, it is rounded to 24 digits.
    const float scale = 0x1p64f;
    const float scaled =
        fabsf(a) < fabsf(b) ? fmaf(a * scale, b, c * scale) : fmaf(a, b * scale, c * scale);
    return fabsf(scaled) < FLT_MIN * scale ? copysignf(0.0f, scaled) : scaled / scale;
}

// A sum of two floats that is denormal is exact.
static float sum(float x, float y) {
    return without_denormal(without_denormal(x) + without_denormal(y));
}

// One of the two bfloat16 of a pair: the upper half of a float.
static float half(const unsigned char *pair, int which) {
    uint16_t word;
    memcpy(&word, pair + 2 * which, sizeof word);
    const uint32_t bits = (uint32_t)word << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// MARK: Tiles

static bool fail(wrn_tile_unit *unit, const char *fault) {
    if (!unit->fault)
        unit->fault = fault;
    return false;
}

static bool is_zero(const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (bytes[i])
            return false;
    }
    return true;
}

static bool can_configure(wrn_tile_unit *unit, const wrn_tile_configuration *a) {
    if (a->palette > 1)
        return fail(unit, "an unknown palette");
    if (a->palette == 0)
        return true;
    if (a->start_row != 0)
        return fail(unit, "a start row");
    if (!is_zero(a->reserved, sizeof a->reserved) ||
        !is_zero(a->more_reserved, sizeof a->more_reserved) ||
        !is_zero(a->last_reserved, sizeof a->last_reserved))
        return fail(unit, "a reserved byte that is not zero");
    for (int t = 0; t < WRN_TILES; t++) {
        if (a->rows[t] > WRN_TILE_ROWS || a->row_bytes[t] > WRN_TILE_ROW_SIZE)
            return fail(unit, "a tile that is too large");
        if ((a->rows[t] == 0) != (a->row_bytes[t] == 0))
            return fail(unit, "rows without bytes, or bytes without rows");
    }
    return true;
}

void wrn_tile_release(wrn_tile_unit *unit) {
    unit->configuration = (wrn_tile_configuration){0};
    memset(unit->tile, 0, sizeof unit->tile);
}

void wrn_tile_configure(wrn_tile_unit *unit, const wrn_tile_configuration *configuration) {
    if (!can_configure(unit, configuration))
        return;
    wrn_tile_release(unit);
    if (configuration->palette == 1)
        unit->configuration = *configuration;
}

static bool is_usable(wrn_tile_unit *unit, int tile) {
    if (unit->configuration.palette != 1)
        return fail(unit, "tiles that are not configured");
    if (tile < 0 || tile >= WRN_TILES || unit->configuration.rows[tile] == 0)
        return fail(unit, "a tile without rows");
    if (unit->configuration.row_bytes[tile] % 4 != 0)
        return fail(unit, "rows that are not whole groups of 4 bytes");
    return true;
}

void wrn_tile_zero(wrn_tile_unit *unit, int tile) {
    if (is_usable(unit, tile))
        memset(unit->tile[tile], 0, sizeof unit->tile[tile]);
}

void wrn_tile_load(wrn_tile_unit *unit, int tile, const void *base, ptrdiff_t stride) {
    if (!is_usable(unit, tile))
        return;
    memset(unit->tile[tile], 0, sizeof unit->tile[tile]);
    for (int r = 0; r < unit->configuration.rows[tile]; r++) {
        memcpy(unit->tile[tile][r], (const unsigned char *)base + r * stride,
               unit->configuration.row_bytes[tile]);
    }
}

void wrn_tile_store(wrn_tile_unit *unit, int tile, void *base, ptrdiff_t stride) {
    if (!is_usable(unit, tile))
        return;
    for (int r = 0; r < unit->configuration.rows[tile]; r++) {
        memcpy((unsigned char *)base + r * stride, unit->tile[tile][r],
               unit->configuration.row_bytes[tile]);
    }
}

static bool can_multiply(wrn_tile_unit *unit, int c, int a, int b) {
    if (!is_usable(unit, c) || !is_usable(unit, a) || !is_usable(unit, b))
        return false;
    if (c == a || c == b || a == b)
        return fail(unit, "the same tile twice in one product");
    const wrn_tile_configuration *k = &unit->configuration;
    if (k->rows[c] != k->rows[a] || k->row_bytes[c] != k->row_bytes[b] ||
        k->row_bytes[a] / 4 != k->rows[b])
        return fail(unit, "extents that do not match in a product");
    return true;
}

void wrn_tile_multiply(wrn_tile_unit *unit, int c, int a, int b) {
    if (!can_multiply(unit, c, a, b))
        return;
    const wrn_tile_configuration *k = &unit->configuration;
    for (int m = 0; m < k->rows[c]; m++) {
        for (int n = 0; n < k->row_bytes[c] / 4; n++) {
            float chain[2] = {0.0f, 0.0f};
            for (int p = 0; p < k->rows[b]; p++) {
                for (int h = 0; h < 2; h++) {
                    chain[h] = wrn_tile_multiply_add(half(unit->tile[a][m] + 4 * p, h),
                                                     half(unit->tile[b][p] + 4 * n, h), chain[h]);
                }
            }
            float value;
            memcpy(&value, unit->tile[c][m] + 4 * n, sizeof value);
            value = sum(value, sum(chain[0], chain[1]));
            memcpy(unit->tile[c][m] + 4 * n, &value, sizeof value);
        }
    }
}
