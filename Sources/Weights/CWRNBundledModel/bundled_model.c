// SPDX-License-Identifier: Apache-2.0

#include "CWRNBundledModel.h"

// #embed is of C23, which no Swift package can ask for; clang has it in all languages since its
// version 19.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char bytes[] = {
#embed "cifar10.safetensors"
};

const unsigned char *wrn_bundled_model(void) {
    return bytes;
}

size_t wrn_bundled_model_size(void) {
    return sizeof bytes;
}
