// SPDX-License-Identifier: Apache-2.0
// Weighted sums of neighbouring pixels, in integers, so every instruction set gives the same bytes.
// Sixteen sums are one value of the compiler's vector type, which it cuts to the set's registers.

#define RESAMPLE_LANES 16
#define RESAMPLE_ROWS  4 // that are summed at once, four lanes each
#define RESAMPLE_SHIFT 22

typedef uint8_t K(resample_bytes) __attribute__((vector_size(RESAMPLE_LANES)));
typedef int32_t K(resample_sums) __attribute__((vector_size(4 * RESAMPLE_LANES)));

WRN_INLINE void K(resample_start)(K(resample_sums) * sums) {
    *sums = (K(resample_sums)){0} + (1 << (RESAMPLE_SHIFT - 1));
}

WRN_INLINE void K(resample_add)(K(resample_sums) * sums, const uint8_t *bytes, int32_t weight) {
    K(resample_bytes) value;
    memcpy(&value, bytes, sizeof value);
    *sums += __builtin_convertvector(value, K(resample_sums)) * weight;
}

// The bytes that the sums stand for: shifted, and clipped to 0 ... 255 by masks of compared lanes.
WRN_INLINE void K(resample_finish)(const K(resample_sums) * sums, uint8_t *bytes) {
    K(resample_sums) value = *sums >> RESAMPLE_SHIFT;
    value &= value > 0;
    const K(resample_sums) above = value > 255;
    value = (value & ~above) | (above & 255);
    const K(resample_bytes) result = __builtin_convertvector(value, K(resample_bytes));
    memcpy(bytes, &result, sizeof result);
}

// Copies a pixel as four bytes, the ones behind its channels too, unless the row ends before them.
WRN_INLINE void K(resample_copy)(uint8_t *to, const uint8_t *from, int32_t channels,
                                 ptrdiff_t left) {
    if (left >= 4) {
        memcpy(to, from, 4);
    } else {
        for (int32_t c = 0; c < channels; c++)
            to[c] = from[c];
    }
}

static void K(wrn_resample_rows)(const wrn_resample *a) {
    const ptrdiff_t input_size = (ptrdiff_t)a->inputs * a->channels;
    const ptrdiff_t output_size = (ptrdiff_t)a->outputs * a->channels;
    for (int32_t first = 0; first < a->lines; first += RESAMPLE_ROWS) {
        const int32_t rows = a->lines - first < RESAMPLE_ROWS ? a->lines - first : RESAMPLE_ROWS;
        const uint8_t *source = a->source + first * a->source_stride;
        for (int32_t r = 0; r < rows; r++) {
            const uint8_t *row = source + r * a->source_stride;
            uint8_t *lanes = a->scratch + 4 * r;
            for (ptrdiff_t at = 0; at < input_size; at += a->channels) {
                K(resample_copy)(lanes, row + at, a->channels, input_size - at);
                lanes += RESAMPLE_LANES;
            }
        }
        uint8_t *destination = a->destination + first * a->destination_stride;
        for (int32_t x = 0; x < a->outputs; x++) {
            const int32_t *weights = a->weights + (ptrdiff_t)x * a->weight_stride;
            const uint8_t *pixel = a->scratch + (ptrdiff_t)a->starts[x] * RESAMPLE_LANES;
            K(resample_sums) sums;
            K(resample_start)(&sums);
            for (int32_t k = 0; k < a->counts[x]; k++)
                K(resample_add)(&sums, pixel + k * RESAMPLE_LANES, weights[k]);
            uint8_t result[RESAMPLE_LANES];
            K(resample_finish)(&sums, result);
            const ptrdiff_t at = (ptrdiff_t)x * a->channels;
            for (int32_t r = 0; r < rows; r++) {
                K(resample_copy)
                (destination + r * a->destination_stride + at, result + 4 * r, a->channels,
                 output_size - at);
            }
        }
    }
}

static void K(wrn_resample_columns)(const wrn_resample *a) {
    for (int32_t y = 0; y < a->outputs; y++) {
        const int32_t *weights = a->weights + (ptrdiff_t)y * a->weight_stride;
        const uint8_t *source = a->source + a->starts[y] * a->source_stride;
        uint8_t *destination = a->destination + y * a->destination_stride;
        int32_t i = 0;
        for (; i + RESAMPLE_LANES <= a->lines; i += RESAMPLE_LANES) {
            K(resample_sums) sums;
            K(resample_start)(&sums);
            for (int32_t k = 0; k < a->counts[y]; k++)
                K(resample_add)(&sums, source + k * a->source_stride + i, weights[k]);
            K(resample_finish)(&sums, destination + i);
        }
        for (; i < a->lines; i++) {
            int32_t sum = 1 << (RESAMPLE_SHIFT - 1);
            for (int32_t k = 0; k < a->counts[y]; k++)
                sum += source[k * a->source_stride + i] * weights[k];
            sum >>= RESAMPLE_SHIFT;
            destination[i] = (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
        }
    }
}
#undef RESAMPLE_LANES
#undef RESAMPLE_ROWS
#undef RESAMPLE_SHIFT
