// SPDX-License-Identifier: Apache-2.0
// Every check, one file each.

#ifndef WRN_CHECKS_H
#define WRN_CHECKS_H

#include "case.h"

void wrn_check_table(wrn_check *c);
void wrn_check_load_patch(wrn_check *c);
void wrn_check_convolution(wrn_check *c);
void wrn_check_weight_gradient(wrn_check *c);
void wrn_check_winograd_windows(wrn_check *c);
void wrn_check_winograd_gradients(wrn_check *c);
void wrn_check_winograd_products(wrn_check *c);
void wrn_check_winograd_outputs(wrn_check *c);
void wrn_check_winograd_outputs_moments(wrn_check *c);
void wrn_check_winograd_outputs_view_gradient(wrn_check *c);
void wrn_check_winograd_weight_gradient(wrn_check *c);
void wrn_check_pack_winograd_weights(wrn_check *c);
void wrn_check_moments(wrn_check *c);
void wrn_check_view_gradient(wrn_check *c);
void wrn_check_map(wrn_check *c);
void wrn_check_activation(wrn_check *c);
void wrn_check_mean_pixels(wrn_check *c);
void wrn_check_spread_pixels(wrn_check *c);
void wrn_check_max_pool(wrn_check *c);
void wrn_check_max_pool_gradient(wrn_check *c);
void wrn_check_sgd(wrn_check *c);
void wrn_check_adamw(wrn_check *c);
void wrn_check_dropout_mask(wrn_check *c);
void wrn_check_resample_rows(wrn_check *c);
void wrn_check_resample_columns(wrn_check *c);
void wrn_check_rounding(wrn_check *c);
void wrn_check_not_a_number(wrn_check *c);
void wrn_check_not_a_number_winograd(wrn_check *c);
void wrn_check_pack(wrn_check *c);
void wrn_check_join_moments(wrn_check *c);
void wrn_check_sums(wrn_check *c);
void wrn_check_softmax(wrn_check *c);
void wrn_check_tile_unit(wrn_check *c);
void wrn_check_pack_tiles(wrn_check *c);
void wrn_check_tile_loads(wrn_check *c);
void wrn_check_tile_convolution(wrn_check *c);
void wrn_check_tile_weight_gradient(wrn_check *c);
void wrn_check_tile_unit_convolution(wrn_check *c);
void wrn_check_tile_unit_weight_gradient(wrn_check *c);
void wrn_check_layer_forward(wrn_check *c);
void wrn_check_layer_bfloat16(wrn_check *c);
void wrn_check_layer_input_gradient(wrn_check *c);
void wrn_check_layer_weight_gradient(wrn_check *c);
void wrn_check_layer_winograd_forward(wrn_check *c);
void wrn_check_layer_winograd_input_gradient(wrn_check *c);
void wrn_check_layer_winograd_weight_gradient(wrn_check *c);

#endif
