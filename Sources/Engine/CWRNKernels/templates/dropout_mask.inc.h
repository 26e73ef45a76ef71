// SPDX-License-Identifier: Apache-2.0
// Dropout's keep bits from Philox4x32-10 (Salmon et al. 2011): integers only, so every instruction
// set gives the same bits.

#define PHILOX_BATCH 16

// `word[i][q]` becomes word i of the block at counter first + q.
static inline void K(philox_batch)(const wrn_dropout_mask *a, uint32_t first,
                                   uint32_t word[4][PHILOX_BATCH]) {
    for (int q = 0; q < PHILOX_BATCH; q++) {
        word[0][q] = first + (uint32_t)q;
        word[1][q] = a->item;
        word[2][q] = a->step;
        word[3][q] = a->purpose;
    }
    uint32_t key0 = a->key[0], key1 = a->key[1];
    for (int round = 0; round < 10; round++) {
        for (int q = 0; q < PHILOX_BATCH; q++) {
            const uint64_t low = (uint64_t)word[0][q] * 0xD2511F53u;
            const uint64_t high = (uint64_t)word[2][q] * 0xCD9E8D57u;
            word[0][q] = (uint32_t)(high >> 32) ^ word[1][q] ^ key0;
            word[2][q] = (uint32_t)(low >> 32) ^ word[3][q] ^ key1;
            word[1][q] = (uint32_t)high;
            word[3][q] = (uint32_t)low;
        }
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
}

static void K(wrn_dropout_mask)(const wrn_dropout_mask *a) {
    const ptrdiff_t words = (ptrdiff_t)a->pixels * a->blocks;
    const uint32_t first = (uint32_t)a->first_pixel * (uint32_t)a->blocks;
    uint32_t word[4][PHILOX_BATCH];
    for (ptrdiff_t w = 0; w < words; w++) {
        const int q0 = (int)(w * 4 % PHILOX_BATCH);
        if (q0 == 0)
            K(philox_batch)(a, (first + (uint32_t)w) * 4u, word);
        uint32_t bits = 0;
        for (int lane = 0; lane < WRN_LANES; lane++) {
            bits |= (uint32_t)(word[lane % 4][q0 + lane / 4] >= a->threshold) << lane;
        }
        a->bits[w] = (uint16_t)bits;
    }
}
#undef PHILOX_BATCH
