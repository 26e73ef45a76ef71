// SPDX-License-Identifier: Apache-2.0

#include "CPeak.h"

#include <stddef.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

// A multiply-add takes 4 cycles or so and two start in each: 8 chains would do; 12 leave a margin
// for wider processors.
#define CHAINS 12
// Steps of each chain in a round.
#define STEPS 64

// One kernel: CHAINS sums x, each x = x * a + b with |a| < 1, so that no number overflows or
// becomes denormal.
#define KERNEL(NAME, VECTOR, SPLAT, FMA, ADD, SUM)                                                 \
    static float NAME(int64_t rounds) {                                                            \
        const VECTOR a = SPLAT(0.999f), b = SPLAT(0.001f);                                         \
        VECTOR x[CHAINS];                                                                          \
        for (int i = 0; i < CHAINS; i++)                                                           \
            x[i] = SPLAT((float)(i + 1));                                                          \
        for (int64_t round = 0; round < rounds; round++) {                                         \
            for (int step = 0; step < STEPS; step++) {                                             \
                _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; i++) x[i] =         \
                    FMA(x[i], a, b);                                                               \
            }                                                                                      \
        }                                                                                          \
        VECTOR total = x[0];                                                                       \
        for (int i = 1; i < CHAINS; i++)                                                           \
            total = ADD(total, x[i]);                                                              \
        return SUM(total);                                                                         \
    }

typedef struct {
    const char *name;
    int lanes;
    float (*run)(int64_t);
} peak_kernel;

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
static float first_of_256(__m256 x) {
    return _mm256_cvtss_f32(x);
}
KERNEL(run_avx2, __m256, _mm256_set1_ps, _mm256_fmadd_ps, _mm256_add_ps, first_of_256)
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
static float first_of_512(__m512 x) {
    return _mm512_cvtss_f32(x);
}
KERNEL(run_avx512, __m512, _mm512_set1_ps, _mm512_fmadd_ps, _mm512_add_ps, first_of_512)
#pragma clang attribute pop

#elif defined(__aarch64__)

static float32x4_t fma_neon(float32x4_t x, float32x4_t a, float32x4_t b) {
    return vfmaq_f32(b, x, a);
}
KERNEL(run_neon, float32x4_t, vdupq_n_f32, fma_neon, vaddq_f32, vaddvq_f32)

#endif

#if !defined(__aarch64__)
static float splat_scalar(float x) {
    return x;
}
static float fma_scalar(float x, float a, float b) {
    return x * a + b;
}
static float add_scalar(float x, float y) {
    return x + y;
}
KERNEL(run_scalar, float, splat_scalar, fma_scalar, add_scalar, splat_scalar)
#endif

static peak_kernel widest(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f"))
        return (peak_kernel){"avx512", 16, run_avx512};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return (peak_kernel){"avx2", 8, run_avx2};
    return (peak_kernel){"scalar", 1, run_scalar};
#elif defined(__aarch64__)
    return (peak_kernel){"neon", 4, run_neon};
#else
    return (peak_kernel){"scalar", 1, run_scalar};
#endif
}

int64_t peak_multiply_adds_per_round(void) {
    return (int64_t)CHAINS * STEPS * widest().lanes;
}

float peak_run(int64_t rounds) {
    return widest().run(rounds);
}

const char *peak_instruction_set(void) {
    return widest().name;
}
