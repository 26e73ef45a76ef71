// SPDX-License-Identifier: Apache-2.0
// Kernels of training besides layers: dropout's masks, the loss, sums over tiles, and the
// optimizers' steps.

#ifndef CWRNKERNELS_TRAINING_H
#define CWRNKERNELS_TRAINING_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The keep bits of dropout: bit `lane` of word [pixel][block] is 1 when the random word of that
/// channel is >= threshold.
///
/// The word is number `lane % 4` of Philox4x32-10 under `key` at the counter
/// ((pixel * blocks + block) * 4 + lane / 4, item, step, purpose), modulo 2^32; first_pixel holds
/// the low 32 bits of the first pixel's number.
typedef struct {
    uint16_t *bits;
    int32_t first_pixel, pixels, blocks;
    uint32_t threshold;
    uint32_t key[2];
    uint32_t item, step, purpose;
} wrn_dropout_mask;

/// The softmax cross-entropy of `rows` rows of `classes` logits, `stride` apart, and its gradient:
///
///     loss = mean over rows of (log sum exp(logits) - logits[label])
///     gradient[r][c] = (softmax(logits[r])[c] - (c == label ? 1 : 0)) / rows;  padding lanes
///     become 0
///
/// Returns the loss; counts the rows whose largest logit (the first of equals) is the label.
/// gradient may be NULL.
double wrn_softmax_cross_entropy(const float *logits, ptrdiff_t stride, int32_t rows,
                                 int32_t classes, const int32_t *labels, float *gradient,
                                 int32_t *correct);

/// The same against a probability for each class: `targets` are rows of `classes` numbers without
/// gaps, each row at least 0 and with the sum 1.
///
///     loss = mean over rows of the sum over c of targets[r][c] (log sum exp(logits) - logits[c])
///     gradient[r][c] = (softmax(logits[r])[c] - targets[r][c]) / rows;  padding lanes become 0
///
/// Returns the loss; counts the rows whose largest logit is the largest target, both the first of
/// equals. Where each row is one 1 and zeros, all results have the bits of
/// wrn_softmax_cross_entropy.
double wrn_soft_cross_entropy(const float *logits, ptrdiff_t stride, int32_t rows, int32_t classes,
                              const float *targets, float *gradient, int32_t *correct);

/// Joins moments of windows, in their order: lane c of window w counts counts[w] values (Chan et
/// al. 1979). means and deviations lie `stride` apart; writes the mean and the *biased* variance of
/// all. There is at least one window, and no count is zero.
void wrn_join_moments(const float *means, const float *deviations, ptrdiff_t stride,
                      const int32_t *counts, int32_t windows, int32_t lanes, double *mean,
                      double *variance);

/// Adds rows in their order in double precision: total[c] = sum over r of rows[r * stride + c].
void wrn_sum_rows(const float *rows, ptrdiff_t stride, int32_t row_count, int32_t lanes,
                  double *total);

/// Adds `parts` arrays of `count` floats, `stride` apart, in their order into `total`, which
/// may be the first of them; parts is at least 1.
void wrn_sum_parts(const float *parts, ptrdiff_t stride, int32_t part_count, ptrdiff_t count,
                   float *total);

/// One step of stochastic gradient descent with momentum, PyTorch's update, element by element:
///
///     d = gradient + decay * parameter
///     v = first ? d : momentum * v + (1 - dampening) * d
///     parameter -= rate * (nesterov ? d + momentum * v : v)
///
/// count is a multiple of WRN_LANES. The first step does not read the velocity.
typedef struct {
    float *parameter;
    float *velocity;
    const float *gradient;
    ptrdiff_t count;
    float rate, momentum, dampening, decay;
    int32_t nesterov, first;
} wrn_sgd;

/// One step of AdamW, PyTorch's update, element by element:
///
///     p = keep * parameter
///     m = first ? fresh1 * gradient : m + fresh1 * (gradient - m)
///     v = first ? fresh2 * gradient^2 : keep2 * v + fresh2 * gradient^2
///     parameter = p - step * m / (correction * sqrt(v) + epsilon)
///
/// count is a multiple of WRN_LANES. The first step reads neither moment.
typedef struct {
    float *parameter;
    float *first_moment;
    float *second_moment;
    const float *gradient;
    ptrdiff_t count;
    float keep;          // 1 - learning rate * weight decay
    float step;          // learning rate / (1 - beta1^t)
    float correction;    // 1 / sqrt(1 - beta2^t)
    float fresh1;        // 1 - beta1
    float keep2, fresh2; // beta2, 1 - beta2
    float epsilon;
    int32_t first;
} wrn_adamw;

#ifdef __cplusplus
}
#endif

#endif
