// SPDX-License-Identifier: Apache-2.0
// Resizing of images.

#ifndef CWRNKERNELS_RESAMPLE_H
#define CWRNKERNELS_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Weighted sums of neighbouring pixels of bytes, along rows or along columns: one pass of resizing
/// an image, in the integers of Pillow's Resample.c.
///
///     result = clip((2^21 + sum over k < counts[o] of source(starts[o] + k) * weights[o][k]) >>
///     22)
///
/// to 0 ... 255. Weights are fractions times 2^22, and no sum of theirs times bytes leaves int32.
///
/// Along rows, each of `lines` rows of `inputs` pixels becomes one of `outputs` pixels, channel by
/// channel; pixels have 1 to 4 of them, side by side. Along columns, each of `lines` columns of
/// bytes becomes one of `outputs` bytes; inputs, channels and scratch are not used.
typedef struct {
    const uint8_t *source;
    ptrdiff_t source_stride; // bytes from row to row
    int32_t inputs;          // pixels of a row
    int32_t channels;
    int32_t lines;
    int32_t outputs;
    const int32_t *starts;  // [outputs], the first pixel or row that counts
    const int32_t *counts;  // [outputs], how many do, at least 1
    const int32_t *weights; // [outputs][weight_stride]
    int32_t weight_stride;
    uint8_t *scratch; // 16 * inputs bytes, left with anything
    uint8_t *destination;
    ptrdiff_t destination_stride; // bytes from row to row
} wrn_resample;

#ifdef __cplusplus
}
#endif

#endif
