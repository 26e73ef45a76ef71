// SPDX-License-Identifier: Apache-2.0
// The bytes of the model that comes with the package: a safetensors file, embedded when the package
// is built.

#ifndef CWRN_BUNDLED_MODEL_H
#define CWRN_BUNDLED_MODEL_H

#include <stddef.h>

/// The first byte of the file.
const unsigned char *wrn_bundled_model(void);

/// The number of its bytes.
size_t wrn_bundled_model_size(void);

#endif
