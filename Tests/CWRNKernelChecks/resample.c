// SPDX-License-Identifier: Apache-2.0
// resample_rows and resample_columns against the sum in 64 bits: every table gives these bytes.

#include <string.h>
#include "checks.h"

#define MOST_OUTPUTS 40
#define MOST_WEIGHTS 12

typedef struct {
    int32_t starts[MOST_OUTPUTS], counts[MOST_OUTPUTS];
    int32_t weights[MOST_OUTPUTS][MOST_WEIGHTS];
} plan;

// Windows anywhere in the inputs; weights that add up to about 2^22, some of them negative, so that
// sums also leave 0 ... 255 on both sides.
static void draw(wrn_check *c, plan *p, int32_t inputs, int32_t outputs) {
    for (int32_t o = 0; o < outputs; o++) {
        const int32_t most = inputs < MOST_WEIGHTS ? inputs : MOST_WEIGHTS;
        p->counts[o] = 1 + (int32_t)(wrn_random(c) % (uint32_t)most);
        p->starts[o] = (int32_t)(wrn_random(c) % (uint32_t)(inputs - p->counts[o] + 1));
        int32_t rest = 1 << 22;
        for (int32_t k = 0; k + 1 < p->counts[o]; k++) {
            p->weights[o][k] = (int32_t)(wrn_random(c) >> 12) - (1 << 18);
            rest -= p->weights[o][k];
        }
        p->weights[o][p->counts[o] - 1] = rest;
    }
}

static uint8_t expected(const plan *p, int32_t output, const uint8_t *source, ptrdiff_t step) {
    int64_t sum = 1 << 21;
    for (int32_t k = 0; k < p->counts[output]; k++)
        sum += (int64_t)source[(p->starts[output] + k) * step] * p->weights[output][k];
    sum >>= 22;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

// A buffer of rows: `size` bytes each, and a gap that must not change.
static uint8_t *take_rows(wrn_check *c, const char *name, int32_t rows, ptrdiff_t size,
                          ptrdiff_t stride, bool random) {
    uint8_t *bytes = wrn_take(c, name, (size_t)((rows - 1) * stride + size));
    for (int32_t r = 0; random && r < rows; r++) {
        for (ptrdiff_t i = 0; i < size; i++) {
            // Extremes are as likely as all that lies between them.
            const uint32_t word = wrn_random(c);
            bytes[r * stride + i] = word % 4 == 0 ? 0 : word % 4 == 1 ? 255 : (uint8_t)(word >> 8);
        }
    }
    return bytes;
}

static void run_rows(wrn_check *c, int32_t rows, int32_t channels, int32_t inputs, int32_t outputs,
                     ptrdiff_t gap) {
    wrn_begin_case(c, "%d rows of %d pixels of %d channels to %d, gap %td", rows, inputs, channels,
                   outputs, gap);
    plan p;
    draw(c, &p, inputs, outputs);
    const ptrdiff_t from = (ptrdiff_t)inputs * channels, to = (ptrdiff_t)outputs * channels;
    wrn_resample a = {.source_stride = from + gap,
                      .inputs = inputs,
                      .channels = channels,
                      .lines = rows,
                      .outputs = outputs,
                      .starts = p.starts,
                      .counts = p.counts,
                      .weights = p.weights[0],
                      .weight_stride = MOST_WEIGHTS,
                      .destination_stride = to + gap};
    a.source = take_rows(c, "source", rows, from, a.source_stride, true);
    a.scratch = wrn_take(c, "scratch", 16 * (size_t)inputs);
    a.destination = take_rows(c, "destination", rows, to, a.destination_stride, false);
    wrn_ready(c);
    c->kernels->resample_rows(&a);
    wrn_allow(c, a.scratch, 16 * (size_t)inputs);
    for (int32_t r = 0; r < rows; r++) {
        for (ptrdiff_t i = 0; i < to; i++) {
            const uint8_t *row = a.source + r * a.source_stride;
            const uint8_t want =
                expected(&p, (int32_t)(i / channels), row + i % channels, channels);
            wrn_expect_bytes(c, a.destination + r * a.destination_stride + i, &want, 1);
        }
    }
    wrn_end_case(c);
}

static void run_columns(wrn_check *c, int32_t columns, int32_t inputs, int32_t outputs,
                        ptrdiff_t gap) {
    wrn_begin_case(c, "%d columns of %d bytes to %d, gap %td", columns, inputs, outputs, gap);
    plan p;
    draw(c, &p, inputs, outputs);
    wrn_resample a = {.source_stride = columns + gap,
                      .lines = columns,
                      .outputs = outputs,
                      .starts = p.starts,
                      .counts = p.counts,
                      .weights = p.weights[0],
                      .weight_stride = MOST_WEIGHTS,
                      .destination_stride = columns + gap};
    a.source = take_rows(c, "source", inputs, columns, a.source_stride, true);
    a.destination = take_rows(c, "destination", outputs, columns, a.destination_stride, false);
    wrn_ready(c);
    c->kernels->resample_columns(&a);
    for (int32_t o = 0; o < outputs; o++) {
        for (int32_t i = 0; i < columns; i++) {
            const uint8_t want = expected(&p, o, a.source + i, a.source_stride);
            wrn_expect_bytes(c, a.destination + o * a.destination_stride + i, &want, 1);
        }
    }
    wrn_end_case(c);
}

static const int32_t lengths[] = {1, 2, 3, 5, 16, 33};
#define LENGTHS (int)(sizeof lengths / sizeof *lengths)

void wrn_check_resample_rows(wrn_check *c) {
    for (int32_t rows = 1; rows <= 9; rows++) {
        for (int32_t channels = 1; channels <= 4; channels++) {
            for (int n = 0; n < LENGTHS; n++) {
                const int32_t outputs = lengths[(n + rows) % LENGTHS];
                run_rows(c, rows, channels, lengths[n], outputs, (rows + n) % 3);
            }
        }
    }
}

void wrn_check_resample_columns(wrn_check *c) {
    static const int32_t widths[] = {1, 3, 15, 16, 17, 31, 32, 48, 63, 64, 65, 100};
    for (int w = 0; w < (int)(sizeof widths / sizeof *widths); w++) {
        for (int n = 0; n < LENGTHS; n++)
            run_columns(c, widths[w], lengths[n], lengths[(n + w) % LENGTHS], (w + n) % 3);
    }
}
