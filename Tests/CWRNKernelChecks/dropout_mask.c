// SPDX-License-Identifier: Apache-2.0
// dropout_mask against Philox4x32-10 one block at a time, bit by bit: every table gives these bits.

#include <string.h>
#include "checks.h"

static void philox(const uint32_t key[2], const uint32_t counter[4], uint32_t word[4]) {
    memcpy(word, counter, 4 * sizeof *word);
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        const uint64_t p0 = (uint64_t)0xD2511F53u * word[0];
        const uint64_t p1 = (uint64_t)0xCD9E8D57u * word[2];
        const uint32_t next[4] = {(uint32_t)(p1 >> 32) ^ word[1] ^ k0, (uint32_t)p1,
                                  (uint32_t)(p0 >> 32) ^ word[3] ^ k1, (uint32_t)p0};
        memcpy(word, next, sizeof next);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

// The reference itself, against the known answers of Random123.
static void check_known_answers(wrn_check *c) {
    static const uint32_t known[][10] = {
        {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d,
         0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
        {0xa4093822, 0x299f31d0, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xd16cfe09,
         0x94fdcceb, 0x5001e420, 0x24126ea1}};
    wrn_begin_case(c, "the known answers");
    for (int i = 0; i < 3; i++) {
        uint32_t word[4];
        philox(known[i], known[i] + 2, word);
        if (memcmp(word, known[i] + 6, sizeof word) != 0)
            wrn_fail(c, "the check's own Philox differs from known answer %d", i);
    }
    wrn_end_case(c);
}

// Stands for the threshold that is the first word.
#define A_WORD 7

static void run(wrn_check *c, int32_t first, int32_t pixels, int32_t blocks, uint32_t threshold) {
    wrn_begin_case(c, "pixels %d..<%d of %d blocks, threshold %u", first, first + pixels, blocks,
                   threshold);
    wrn_dropout_mask a = {.first_pixel = first,
                          .pixels = pixels,
                          .blocks = blocks,
                          .threshold = threshold,
                          .key = {wrn_random(c), wrn_random(c)},
                          .item = wrn_random(c),
                          .step = wrn_random(c),
                          .purpose = 4};
    if (threshold == A_WORD) {
        // The first word itself: equal is enough to keep.
        const uint32_t counter[4] = {(uint32_t)first * (uint32_t)blocks * 4, a.item, a.step,
                                     a.purpose};
        uint32_t word[4];
        philox(a.key, counter, word);
        a.threshold = word[0];
    }
    const ptrdiff_t words = (ptrdiff_t)pixels * blocks;
    a.bits = wrn_take(c, "bits", (size_t)words * sizeof *a.bits);
    wrn_ready(c);
    c->kernels->dropout_mask(&a);
    for (ptrdiff_t w = 0; w < words; w++) {
        uint16_t want = 0;
        for (uint32_t lane = 0; lane < WRN_LANES; lane++) {
            const uint32_t place = (uint32_t)first * (uint32_t)blocks + (uint32_t)w;
            const uint32_t counter[4] = {place * 4 + lane / 4, a.item, a.step, a.purpose};
            uint32_t word[4];
            philox(a.key, counter, word);
            want |= (uint16_t)((word[lane % 4] >= a.threshold) << lane);
        }
        wrn_expect_bytes(c, a.bits + w, &want, sizeof want);
    }
    wrn_end_case(c);
}

void wrn_check_dropout_mask(wrn_check *c) {
    static const int32_t block_counts[] = {1, 2, 3, 5};
    static const uint32_t thresholds[] = {0, A_WORD, 0x4CCCCCCD, 0x80000000, 0xFFFFFFFF};
    // The last two are the low bits of pixel 2^31, and of one just below 2^32.
    static const int32_t starts[] = {0, 1, 3, 64, 123456, INT32_MIN, -3};
    check_known_answers(c);
    for (int32_t pixels = 1; pixels <= 20; pixels++) {
        for (int n = 0; n < 5; n++)
            run(c, starts[(pixels + n) % 7], pixels, block_counts[(pixels / 2 + n) % 4],
                thresholds[n]);
    }
}
