// SPDX-License-Identifier: Apache-2.0
// The list of all checks, and how one is run.

#include <stdio.h>
#include "checks.h"

static const struct {
    const char *name;
    void (*run)(wrn_check *);
} catalogue[] = {
    {"table", wrn_check_table},
    {"load_patch", wrn_check_load_patch},
    {"convolution", wrn_check_convolution},
    {"weight_gradient", wrn_check_weight_gradient},
    {"winograd_windows", wrn_check_winograd_windows},
    {"winograd_gradients", wrn_check_winograd_gradients},
    {"winograd_products", wrn_check_winograd_products},
    {"winograd_outputs", wrn_check_winograd_outputs},
    {"winograd_outputs, moments", wrn_check_winograd_outputs_moments},
    {"winograd_outputs, view gradient", wrn_check_winograd_outputs_view_gradient},
    {"winograd_weight_gradient", wrn_check_winograd_weight_gradient},
    {"pack_winograd_weights", wrn_check_pack_winograd_weights},
    {"moments", wrn_check_moments},
    {"view_gradient", wrn_check_view_gradient},
    {"map", wrn_check_map},
    {"activation", wrn_check_activation},
    {"mean_pixels", wrn_check_mean_pixels},
    {"spread_pixels", wrn_check_spread_pixels},
    {"max_pool", wrn_check_max_pool},
    {"max_pool_gradient", wrn_check_max_pool_gradient},
    {"sgd", wrn_check_sgd},
    {"adamw", wrn_check_adamw},
    {"dropout_mask", wrn_check_dropout_mask},
    {"resample_rows", wrn_check_resample_rows},
    {"resample_columns", wrn_check_resample_columns},
    {"NaN through activations", wrn_check_not_a_number},
    {"NaN through Winograd", wrn_check_not_a_number_winograd},
    {"pack_weights", wrn_check_pack},
    {"join_moments", wrn_check_join_moments},
    {"sum_rows and sum_parts", wrn_check_sums},
    {"softmax_cross_entropy", wrn_check_softmax},
    {"tile unit", wrn_check_tile_unit},
    {"layer forward", wrn_check_layer_forward},
    {"layer forward, bfloat16", wrn_check_layer_bfloat16},
    {"layer input gradient", wrn_check_layer_input_gradient},
    {"layer weight gradient", wrn_check_layer_weight_gradient},
    {"layer forward, Winograd", wrn_check_layer_winograd_forward},
    {"layer input gradient, Winograd", wrn_check_layer_winograd_input_gradient},
    {"layer weight gradient, Winograd", wrn_check_layer_winograd_weight_gradient},
};

int wrn_check_count(void) {
    return (int)(sizeof catalogue / sizeof *catalogue);
}

const char *wrn_check_name(int check) {
    return check >= 0 && check < wrn_check_count() ? catalogue[check].name : 0;
}

int wrn_check_run(int check, const wrn_kernels *table, wrn_check_memory memory, char *report,
                  size_t size) {
    if (!wrn_check_name(check)) {
        snprintf(report, size, "There is no check %d; there are %d.", check, wrn_check_count());
        return 1;
    }
    wrn_check c = {.name = catalogue[check].name,
                   .kernels = table,
                   .memory = memory,
                   .report = report,
                   .report_size = size};
    catalogue[check].run(&c);
    wrn_release_slots(&c);
    if (c.failures == 0)
        snprintf(report, size, "%d cases", c.cases);
    return c.failures;
}
