// SPDX-License-Identifier: Apache-2.0
// The list of all checks, and how one is run.

#include <stdio.h>
#include "checks.h"

// The kernels that a check runs: those on maps of float32, if on any, or of bfloat16.
enum maps { FLOAT32, BFLOAT16 };

static const struct {
    const char *name;
    void (*run)(wrn_check *);
    enum maps maps;
} catalogue[] = {
    {"table", wrn_check_table, FLOAT32},
    {"load_patch", wrn_check_load_patch, FLOAT32},
    {"load_patch, bfloat16", wrn_check_load_patch, BFLOAT16},
    {"convolution", wrn_check_convolution, FLOAT32},
    {"convolution, bfloat16", wrn_check_convolution, BFLOAT16},
    {"weight_gradient", wrn_check_weight_gradient, FLOAT32},
    {"winograd_windows", wrn_check_winograd_windows, FLOAT32},
    {"winograd_windows, bfloat16", wrn_check_winograd_windows, BFLOAT16},
    {"winograd_gradients", wrn_check_winograd_gradients, FLOAT32},
    {"winograd_gradients, bfloat16", wrn_check_winograd_gradients, BFLOAT16},
    {"winograd_products", wrn_check_winograd_products, FLOAT32},
    {"winograd_outputs", wrn_check_winograd_outputs, FLOAT32},
    {"winograd_outputs, bfloat16", wrn_check_winograd_outputs, BFLOAT16},
    {"winograd_outputs, moments", wrn_check_winograd_outputs_moments, FLOAT32},
    {"winograd_outputs, moments, bfloat16", wrn_check_winograd_outputs_moments, BFLOAT16},
    {"winograd_outputs, view gradient", wrn_check_winograd_outputs_view_gradient, FLOAT32},
    {"winograd_outputs, view gradient, bfloat16", wrn_check_winograd_outputs_view_gradient,
     BFLOAT16},
    {"winograd_weight_gradient", wrn_check_winograd_weight_gradient, FLOAT32},
    {"pack_winograd_weights", wrn_check_pack_winograd_weights, FLOAT32},
    {"moments", wrn_check_moments, FLOAT32},
    {"moments, bfloat16", wrn_check_moments, BFLOAT16},
    {"view_gradient", wrn_check_view_gradient, FLOAT32},
    {"view_gradient, bfloat16", wrn_check_view_gradient, BFLOAT16},
    {"map", wrn_check_map, FLOAT32},
    {"map, bfloat16", wrn_check_map, BFLOAT16},
    {"activation", wrn_check_activation, FLOAT32},
    {"mean_pixels", wrn_check_mean_pixels, FLOAT32},
    {"mean_pixels, bfloat16", wrn_check_mean_pixels, BFLOAT16},
    {"spread_pixels", wrn_check_spread_pixels, FLOAT32},
    {"spread_pixels, bfloat16", wrn_check_spread_pixels, BFLOAT16},
    {"max_pool", wrn_check_max_pool, FLOAT32},
    {"max_pool, bfloat16", wrn_check_max_pool, BFLOAT16},
    {"max_pool_gradient", wrn_check_max_pool_gradient, FLOAT32},
    {"max_pool_gradient, bfloat16", wrn_check_max_pool_gradient, BFLOAT16},
    {"rounding to bfloat16", wrn_check_rounding, BFLOAT16},
    {"sgd", wrn_check_sgd, FLOAT32},
    {"adamw", wrn_check_adamw, FLOAT32},
    {"dropout_mask", wrn_check_dropout_mask, FLOAT32},
    {"resample_rows", wrn_check_resample_rows, FLOAT32},
    {"resample_columns", wrn_check_resample_columns, FLOAT32},
    {"NaN through activations", wrn_check_not_a_number, FLOAT32},
    {"NaN through Winograd", wrn_check_not_a_number_winograd, FLOAT32},
    {"pack_weights", wrn_check_pack, FLOAT32},
    {"join_moments", wrn_check_join_moments, FLOAT32},
    {"sum_rows and sum_parts", wrn_check_sums, FLOAT32},
    {"softmax_cross_entropy", wrn_check_softmax, FLOAT32},
    {"tile unit", wrn_check_tile_unit, FLOAT32},
    {"pack_tile_weights", wrn_check_pack_tiles, FLOAT32},
    {"tile loads", wrn_check_tile_loads, FLOAT32},
    {"tile convolution", wrn_check_tile_convolution, FLOAT32},
    {"tile weight gradient", wrn_check_tile_weight_gradient, FLOAT32},
    {"tile convolution, bits of the unit", wrn_check_tile_unit_convolution, FLOAT32},
    {"tile weight gradient, bits of the unit", wrn_check_tile_unit_weight_gradient, FLOAT32},
    {"layer forward", wrn_check_layer_forward, FLOAT32},
    {"layer forward, bfloat16", wrn_check_layer_bfloat16, BFLOAT16},
    {"layer input gradient", wrn_check_layer_input_gradient, FLOAT32},
    {"layer weight gradient", wrn_check_layer_weight_gradient, FLOAT32},
    {"layer forward, Winograd", wrn_check_layer_winograd_forward, FLOAT32},
    {"layer input gradient, Winograd", wrn_check_layer_winograd_input_gradient, FLOAT32},
    {"layer weight gradient, Winograd", wrn_check_layer_winograd_weight_gradient, FLOAT32},
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
    const wrn_bfloat16_kernels *products = wrn_bfloat16_kernels_for(table, wrn_processor());
    c.bfloat16 = catalogue[check].maps == BFLOAT16;
    c.maps = c.bfloat16 ? table->bfloat16 : table->float32;
    catalogue[check].run(&c);
    // The same maps, rounded by the processor's instruction.
    if (c.bfloat16 && products) {
        c.maps = products->maps;
        catalogue[check].run(&c);
    }
    wrn_release_slots(&c);
    if (c.failures == 0)
        snprintf(report, size, "%d cases", c.cases);
    return c.failures;
}
