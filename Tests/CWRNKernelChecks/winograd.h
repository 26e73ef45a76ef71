// SPDX-License-Identifier: Apache-2.0
//
// Winograd's transforms as matrices in double precision (Lavin & Gray 2015), for the checks of the
// kernels that compute them as sums of a few vectors.
//
// Errors are measured by the sums of the terms' absolute values, M |x| M^T of the absolute values
// of M, so that no transform's growth (rows of B^T sum to 10, of A^T to 19) has to be guessed. What
// is allowed is a count of roundings that no term can exceed:
//
//     a 1-D transform       B^T 3   A 2   A^T 3   G 4   G^T 5
//
// with products rounded before they are added, and one more for a coefficient such as 1/6; a 2-D
// transform has twice as many, and the view, the bias, the addend or the factor come on top.

#ifndef WRN_WINOGRAD_H
#define WRN_WINOGRAD_H

#include "case.h"

/// The most elements of a row of a tile: 4 + 3 - 1.
#define WRN_WINOGRAD_SIDE 6

typedef struct {
    int rows, columns;
    double at[WRN_WINOGRAD_SIDE][WRN_WINOGRAD_SIDE];
} wrn_matrix;

/// A tile in any of its forms.
typedef struct {
    wrn_number at[WRN_WINOGRAD_SIDE][WRN_WINOGRAD_SIDE];
} wrn_tile;

/// B^T, G and A^T of F(size, 3), size 4 or 2.
wrn_matrix wrn_winograd_b(int32_t size);
wrn_matrix wrn_winograd_g(int32_t size);
wrn_matrix wrn_winograd_a(int32_t size);

wrn_matrix wrn_transposed(wrn_matrix m);

/// M x M^T, with the sums of its terms' absolute values.
wrn_tile wrn_sandwich(const wrn_matrix *m, const wrn_tile *x);

/// An input as it is: its own only term.
wrn_number wrn_exactly(float value);

/// The RMS error of a whole layer that these checks allow, in units of the result's RMS, for sums
/// over `terms` products.
///
/// A result is a sum of transformed products that is smaller than they are: for independent inputs
/// of equal variance the RMS of its terms is 10.77 times its own in F(4x4, 3x3), and 1.67 times in
/// F(2x2, 3x3) (the mean over a tile of A^2 (G^2 1 * B^2 1) / 3, squares element by element; the
/// same for the gradient of the weight). A chain of n products rounds n partial sums, whose squares
/// average half the last one's, and the transforms round each term some 12 times. Roundings are
/// independent, so growth * sqrt(n / 2 + 12) * 2^-24; a rounding error's own RMS is about 0.4 *
/// 2^-24, the rest is room for inputs that are not independent.
double wrn_winograd_rms(int32_t size, int32_t terms);

#endif
