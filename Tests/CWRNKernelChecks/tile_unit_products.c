// SPDX-License-Identifier: Apache-2.0
// The tile unit in plain C: its steps against known bits and against VDPBF16PS where the processor
// has it, its products against double precision, and what it refuses.

#include <math.h>
#include <string.h>
#include "checks.h"
#include "tile_unit.h"

static uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static bool same(float x, float y) {
    return isnan(x) ? isnan(y) : bits_of(x) == bits_of(y);
}

// MARK: One step

static void check_known_steps(wrn_check *c) {
    const float tiny = 0x1p-126f, largest = 0x1.fffffep127f;
    const struct {
        const char *what;
        float a, b, c, want;
    } steps[] = {
        {"a tie goes to even, down", 1, 1, 0x1p-24f, 1},
        {"what is above a tie goes up", 1, 1, 0x1.000002p-24f, 0x1.000002p0f},
        {"a tie goes to even, up", 1, 1, 0x1.8p-23f, 0x1.000004p0f},
        {"a product is not rounded", 0x1p64f, 0x1p64f, -largest, 0x1p104f},
        {"a sum overflows", 0x1p64f, 0x1p63f, largest, INFINITY},
        {"a denormal factor is zero", 0x1p-130f, 0x1p100f, 1, 1},
        {"a denormal factor keeps its sign", -0x1p-130f, 0x1p100f, -0.0f, -0.0f},
        {"a denormal summand is zero", 1, tiny, 0x1.8p-127f, tiny},
        {"a denormal result is zero", 0x1p-100f, 0x1p-30f, 0, 0},
        {"a denormal result keeps its sign", 0x1p-100f, -0x1p-30f, 0, -0.0f},
        {"a denormal difference is zero", -1, tiny, 0x1.8p-126f, 0},
        {"the smallest normal number stays", 0x1p-100f, 0x1p-26f, 0, tiny},
        {"24 digits make a normal number", 0x1p-100f, -0x1p-52f, tiny, tiny},
        {"a tie of 24 digits does, too", 0x1p-100f, -0x1p-51f, tiny, tiny},
        {"24 digits below the normal numbers", 0x1p-100f, -0x1.8p-51f, tiny, 0},
        {"zeros of both signs are positive", -0.0f, 1, 0, 0},
        {"an exact difference is positive", 0x1p50f, 0x1p50f, -0x1p100f, 0},
        {"infinity times zero is no number", INFINITY, 0x1p-130f, 1, NAN},
        {"opposite infinities are none", INFINITY, 1, -INFINITY, NAN},
        {"no number stays none", 1, NAN, 1, NAN},
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        wrn_begin_case(c, "%s", steps[i].what);
        const float found = wrn_tile_multiply_add(steps[i].a, steps[i].b, steps[i].c);
        if (!same(found, steps[i].want))
            wrn_fail(c, "it is %a, expected %a", (double)found, (double)steps[i].want);
        wrn_end_case(c);
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

// The instruction's documentation has the same arithmetic. Its other product is -0, which changes
// no sum.
__attribute__((target("avx512f,avx512bf16"))) static float vector_step(float a, float b, float c) {
    const uint32_t pair_a = bits_of(a) >> 16 | 0x80000000u, pair_b = bits_of(b) >> 16;
    const __m512 sums =
        _mm512_dpbf16_ps(_mm512_set1_ps(c), (__m512bh)_mm512_set1_epi32((int32_t)pair_a),
                         (__m512bh)_mm512_set1_epi32((int32_t)pair_b));
    return _mm512_cvtss_f32(sums);
}

// A float of any exponent in a range, with `digits` binary digits.
static float any_float(wrn_check *c, int lowest, int highest, int digits) {
    const uint32_t word = wrn_random(c);
    const uint32_t exponent = (uint32_t)lowest + wrn_random(c) % (uint32_t)(highest - lowest + 1);
    return float_of((word & 0x80000000u) | exponent << 23 |
                    (word & 0x7FFFFFu & ~0u << (24 - digits)));
}

static void check_against_vector_step(wrn_check *c) {
    if (!(wrn_processor() & WRN_PROCESSOR_BFLOAT16))
        return;
    // Everywhere, near 1, and where results are denormal.
    static const int ranges[][4] = {
        {0, 254, 0, 254}, {117, 137, 117, 137}, {50, 76, 0, 3}, {62, 65, 0, 2}};
    for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++) {
        wrn_begin_case(c, "VDPBF16PS, range %zu", r);
        for (int i = 0; i < 5000; i++) {
            const float a = any_float(c, ranges[r][0], ranges[r][1], 8);
            const float b = any_float(c, ranges[r][0], ranges[r][1], 8);
            const float summand = any_float(c, ranges[r][2], ranges[r][3], 24);
            const float found = wrn_tile_multiply_add(a, b, summand);
            const float want = vector_step(a, b, summand);
            if (!same(found, want))
                wrn_fail(c, "%a * %a + %a is %a, expected %a", (double)a, (double)b,
                         (double)summand, (double)found, (double)want);
        }
        wrn_end_case(c);
    }
}
#else
static void check_against_vector_step(wrn_check *c) {
    (void)c;
}
#endif

// MARK: Products

enum { C, A, B };

static wrn_tile_configuration extents(int rows, int pairs, int columns) {
    wrn_tile_configuration k = {.palette = 1};
    k.rows[C] = k.rows[A] = (uint8_t)rows;
    k.rows[B] = (uint8_t)pairs;
    k.row_bytes[A] = (uint16_t)(4 * pairs);
    k.row_bytes[B] = k.row_bytes[C] = (uint16_t)(4 * columns);
    return k;
}

static uint16_t upper_half(float x) {
    return (uint16_t)(bits_of(x) >> 16);
}

static double value(uint16_t half) {
    return (double)float_of((uint32_t)half << 16);
}

static uint16_t *take_halves(wrn_check *c, const char *name, ptrdiff_t count) {
    uint16_t *halves = wrn_take(c, name, (size_t)count * sizeof *halves);
    for (ptrdiff_t i = 0; i < count; i++)
        halves[i] = upper_half(wrn_random_float(c));
    return halves;
}

// C = C + A B, from memory and back, with strides longer than the rows.
static void check_product(wrn_check *c, int rows, int pairs, int columns) {
    wrn_begin_case(c, "%d rows, %d pairs, %d columns", rows, pairs, columns);
    const ptrdiff_t a_stride = 2 * pairs + 6, b_stride = 2 * columns + 2, c_stride = columns + 3;
    const uint16_t *a = take_halves(c, "a", (rows - 1) * a_stride + 2 * pairs);
    const uint16_t *b = take_halves(c, "b", (pairs - 1) * b_stride + 2 * columns);
    float *y = wrn_take_random(c, "c", (rows - 1) * c_stride + columns);
    wrn_tile_unit unit = {0};
    const wrn_tile_configuration k = extents(rows, pairs, columns);
    wrn_ready(c);
    wrn_tile_configure(&unit, &k);
    memset(unit.tile, 0xFF, sizeof unit.tile);
    wrn_tile_load(&unit, C, y, c_stride * 4);
    wrn_tile_load(&unit, A, a, a_stride * 2);
    wrn_tile_load(&unit, B, b, b_stride * 2);
    wrn_tile_multiply(&unit, C, A, B);
    wrn_tile_store(&unit, C, y, c_stride * 4);
    if (unit.fault)
        wrn_fail(c, "it refuses %s", unit.fault);
    for (int m = 0; m < rows; m++) {
        for (int n = 0; n < columns; n++) {
            const double old = (double)wrn_before(c, y + m * c_stride + n);
            wrn_number want = {old, fabs(old)};
            for (int p = 0; p < 2 * pairs; p++) {
                const double product =
                    value(a[m * a_stride + p]) * value(b[p / 2 * b_stride + 2 * n + p % 2]);
                want.value += product;
                want.size += fabs(product);
            }
            wrn_expect(c, y + m * c_stride + n, want, pairs + 2);
        }
    }
    // What the rows leave free of a tile is zero.
    for (int t = C; t <= B; t++) {
        for (int i = 0; i < WRN_TILE_ROWS * WRN_TILE_ROW_SIZE; i++) {
            const int row = i / WRN_TILE_ROW_SIZE, byte = i % WRN_TILE_ROW_SIZE;
            if ((row >= k.rows[t] || byte >= k.row_bytes[t]) && unit.tile[t][row][byte])
                wrn_fail(c, "byte %d of row %d of tile %d is not zero", byte, row, t);
        }
    }
    wrn_end_case(c);
}

// One element, whose pairs are given as low and high, from a value of C.
static void check_order(wrn_check *c, const char *what, int pairs, const float factors[][2],
                        float before, float want) {
    wrn_begin_case(c, "%s", what);
    uint16_t a[2 * WRN_TILE_ROWS], b[WRN_TILE_ROWS][2];
    for (int p = 0; p < pairs; p++) {
        for (int h = 0; h < 2; h++) {
            a[2 * p + h] = upper_half(factors[p][h]);
            b[p][h] = upper_half(1);
        }
    }
    wrn_tile_unit unit = {0};
    const wrn_tile_configuration k = extents(1, pairs, 1);
    float y = before;
    wrn_tile_configure(&unit, &k);
    wrn_tile_load(&unit, C, &y, 4);
    wrn_tile_load(&unit, A, a, 64);
    wrn_tile_load(&unit, B, b, 4);
    wrn_tile_multiply(&unit, C, A, B);
    wrn_tile_store(&unit, C, &y, 4);
    if (unit.fault || !same(y, want))
        wrn_fail(c, "it is %a, expected %a", (double)y, (double)want);
    wrn_end_case(c);
}

// Sums that differ when they are taken in another order; 2^24 + 1 is 2^24.
static void check_orders(wrn_check *c) {
    static const float apart[][2] = {{0x1p24f, 1}, {0, 1}};
    check_order(c, "low and high halves are added apart", 2, apart, 0, 0x1p24f + 2);
    static const float first[][2] = {{0x1p24f, 1}};
    check_order(c, "both sums are added before C", 1, first, -0x1p24f, 0);
    static const float in_order[][2] = {{1, 0}, {1, 0}, {0x1p24f, 0}, {-0x1p24f, 0}};
    check_order(c, "pairs are added in their order", 4, in_order, 0, 2);
    static const float tiny[][2] = {{0x1.8p-126f, -0x1p-126f}};
    check_order(c, "a denormal sum of both is zero", 1, tiny, 0, 0);
    check_order(c, "and changes no C", 1, tiny, 0x1.000002p-126f, 0x1.000002p-126f);
    static const float opposite[][2] = {{-0x1.8p-126f, 0}};
    check_order(c, "a denormal sum with C is zero", 1, opposite, 0x1p-126f, -0.0f);
}

// MARK: What is refused

static void expect_fault(wrn_check *c, const wrn_tile_unit *unit, const char *fault) {
    if (!unit->fault || strcmp(unit->fault, fault) != 0)
        wrn_fail(c, "it refuses %s, expected %s", unit->fault ? unit->fault : "nothing", fault);
}

static void check_configurations(wrn_check *c) {
    const wrn_tile_configuration good = extents(3, 4, 5);
    wrn_tile_configuration bad[8];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        bad[i] = good;
    bad[0].palette = 2;
    bad[1].start_row = 1;
    bad[2].reserved[13] = 1;
    bad[3].more_reserved[0] = 1;
    bad[4].last_reserved[7] = 1;
    bad[5].rows[A] = 17;
    bad[6].row_bytes[B] = 68;
    bad[7].rows[7] = 1;
    static const char *const faults[] = {"an unknown palette",
                                         "a start row",
                                         "a reserved byte that is not zero",
                                         "a reserved byte that is not zero",
                                         "a reserved byte that is not zero",
                                         "a tile that is too large",
                                         "a tile that is too large",
                                         "rows without bytes, or bytes without rows"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        wrn_begin_case(c, "configuration %zu", i);
        wrn_tile_unit unit = {0};
        wrn_tile_configure(&unit, &good);
        unit.tile[A][1][2] = 9;
        wrn_tile_configure(&unit, &bad[i]);
        expect_fault(c, &unit, faults[i]);
        if (memcmp(&unit.configuration, &good, sizeof good) != 0 || unit.tile[A][1][2] != 9)
            wrn_fail(c, "it has changed");
        wrn_end_case(c);
    }
}

static void check_uses(wrn_check *c) {
    float memory[WRN_TILE_ROWS][16] = {{0}};
    static const struct {
        int c, a, b;
        const char *fault;
    } products[] = {{C, A, 7, "a tile without rows"},
                    {C, A, -1, "a tile without rows"},
                    {C, 8, B, "a tile without rows"},
                    {C, C, B, "the same tile twice in one product"},
                    {C, A, A, "the same tile twice in one product"},
                    {B, A, B, "the same tile twice in one product"},
                    {C, B, A, "extents that do not match in a product"},
                    {3, A, B, "extents that do not match in a product"},
                    {C, 4, B, "extents that do not match in a product"},
                    {C, 5, B, "extents that do not match in a product"},
                    {6, A, B, "rows that are not whole groups of 4 bytes"}};
    for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
        wrn_begin_case(c, "product %zu", i);
        wrn_tile_unit unit = {0};
        wrn_tile_configuration k = extents(3, 4, 5);
        // Fewer columns than B has; fewer rows than C; fewer pairs than B has rows.
        k.rows[3] = k.rows[5] = k.rows[6] = 3;
        k.rows[4] = 2;
        k.row_bytes[3] = k.row_bytes[4] = 16;
        k.row_bytes[5] = 12;
        k.row_bytes[6] = 18;
        wrn_tile_configure(&unit, &k);
        wrn_tile_multiply(&unit, products[i].c, products[i].a, products[i].b);
        expect_fault(c, &unit, products[i].fault);
        wrn_end_case(c);
    }
    wrn_begin_case(c, "a unit that is released");
    wrn_tile_unit unit = {0};
    const wrn_tile_configuration k = extents(16, 16, 16), none = {0};
    for (int i = 0; i < 256; i++)
        memory[i / 16][i % 16] = 1;
    wrn_tile_configure(&unit, &k);
    wrn_tile_load(&unit, B, memory, 64);
    wrn_tile_zero(&unit, B);
    if (unit.tile[B][15][63] || unit.fault)
        wrn_fail(c, "a tile that was cleared is not zero");
    wrn_tile_load(&unit, A, memory, 64);
    wrn_tile_configure(&unit, &k);
    if (unit.tile[A][15][63] || unit.fault)
        wrn_fail(c, "a new configuration leaves a tile as it was");
    wrn_tile_load(&unit, A, memory, 64);
    wrn_tile_configure(&unit, &none);
    if (unit.tile[A][15][63] || unit.configuration.palette || unit.fault)
        wrn_fail(c, "palette 0 leaves tiles");
    wrn_tile_configure(&unit, &k);
    wrn_tile_release(&unit);
    wrn_tile_load(&unit, A, memory, 64);
    expect_fault(c, &unit, "tiles that are not configured");
    // The first fault stays.
    wrn_tile_configure(&unit, &k);
    wrn_tile_multiply(&unit, C, A, A);
    expect_fault(c, &unit, "tiles that are not configured");
    wrn_end_case(c);
}

void wrn_check_tile_unit(wrn_check *c) {
    check_known_steps(c);
    check_against_vector_step(c);
    static const int shapes[][3] = {{1, 1, 1},  {16, 16, 16}, {3, 16, 5}, {16, 2, 16},
                                    {16, 7, 1}, {1, 16, 16},  {9, 4, 13}, {16, 1, 8}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        check_product(c, shapes[s][0], shapes[s][1], shapes[s][2]);
    check_orders(c);
    check_configurations(c);
    check_uses(c);
}
