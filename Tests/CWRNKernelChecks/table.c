// SPDX-License-Identifier: Apache-2.0
// The table itself: what every reader of it may rely on.

#include <string.h>
#include "checks.h"

static bool has_all(const wrn_map_kernels *k) {
    return k->load_patch && k->convolution && k->winograd_windows && k->winograd_gradients &&
           k->winograd_outputs && k->moments && k->view_gradient && k->map && k->mean_pixels &&
           k->spread_pixels && k->max_pool && k->max_pool_gradient;
}

void wrn_check_table(wrn_check *c) {
    const wrn_kernels *k = c->kernels;
    wrn_begin_case(c, "the table");
    if (!k->name || strlen(k->name) == 0)
        wrn_fail(c, "it has no name");
    if (k->vector_width < 1 || WRN_LANES % k->vector_width != 0)
        wrn_fail(c, "vector_width %d does not divide %d", k->vector_width, WRN_LANES);
    if (k->panel_width != 2 * k->vector_width)
        wrn_fail(c, "panel_width %d is not two vectors of %d", k->panel_width, k->vector_width);
    if (!k->float32 || !k->bfloat16 || !has_all(k->float32) || !has_all(k->bfloat16) ||
        !k->weight_gradient || !k->winograd_products || !k->winograd_weight_gradient ||
        !k->pack_winograd_weights || !k->sgd || !k->adamw || !k->dropout_mask ||
        !k->resample_rows || !k->resample_columns) {
        wrn_fail(c, "a kernel is missing");
    }
    const wrn_bfloat16_kernels *products = k->bfloat16_products;
    if (products && (products->panel_width != k->panel_width || !products->load_patch ||
                     !products->convolution || !products->maps || !has_all(products->maps)))
        wrn_fail(c, "a kernel of products of bfloat16 is missing, or its panels differ");
    wrn_end_case(c);
}
