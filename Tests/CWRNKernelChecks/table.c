// SPDX-License-Identifier: Apache-2.0
// The table itself: what every reader of it may rely on.

#include <string.h>
#include "checks.h"

void wrn_check_table(wrn_check *c) {
    const wrn_kernels *k = c->kernels;
    wrn_begin_case(c, "the table");
    if (!k->name || strlen(k->name) == 0)
        wrn_fail(c, "it has no name");
    if (k->vector_width < 1 || WRN_LANES % k->vector_width != 0)
        wrn_fail(c, "vector_width %d does not divide %d", k->vector_width, WRN_LANES);
    if (k->panel_width != 2 * k->vector_width)
        wrn_fail(c, "panel_width %d is not two vectors of %d", k->panel_width, k->vector_width);
    if (!k->load_patch || !k->convolution || !k->weight_gradient || !k->winograd_windows ||
        !k->winograd_gradients || !k->winograd_products || !k->winograd_outputs ||
        !k->winograd_weight_gradient || !k->pack_winograd_weights || !k->moments ||
        !k->view_gradient || !k->map || !k->mean_pixels || !k->spread_pixels || !k->max_pool ||
        !k->max_pool_gradient || !k->sgd || !k->adamw || !k->dropout_mask || !k->resample_rows ||
        !k->resample_columns) {
        wrn_fail(c, "a kernel is missing");
    }
    wrn_end_case(c);
}
