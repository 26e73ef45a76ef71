// SPDX-License-Identifier: Apache-2.0

#include "CWRNBundledImages.h"

// #embed is of C23, which no Swift package can ask for; clang has it in all languages since its
// version 19.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char train_images[] = {
#embed "train-images-idx3-ubyte.gz"
};

static const unsigned char train_labels[] = {
#embed "train-labels-idx1-ubyte.gz"
};

static const unsigned char test_images[] = {
#embed "t10k-images-idx3-ubyte.gz"
};

static const unsigned char test_labels[] = {
#embed "t10k-labels-idx1-ubyte.gz"
};

struct wrn_bundled_file wrn_bundled_train_images(void) {
    return (struct wrn_bundled_file){train_images, sizeof train_images};
}

struct wrn_bundled_file wrn_bundled_train_labels(void) {
    return (struct wrn_bundled_file){train_labels, sizeof train_labels};
}

struct wrn_bundled_file wrn_bundled_test_images(void) {
    return (struct wrn_bundled_file){test_images, sizeof test_images};
}

struct wrn_bundled_file wrn_bundled_test_labels(void) {
    return (struct wrn_bundled_file){test_labels, sizeof test_labels};
}
