// SPDX-License-Identifier: Apache-2.0
// The images that come with the package: gzipped IDX files, embedded when the package is built.

#ifndef CWRN_BUNDLED_IMAGES_H
#define CWRN_BUNDLED_IMAGES_H

#include <stddef.h>

/// A file: its first byte and the number of its bytes.
struct wrn_bundled_file {
    const unsigned char *bytes;
    size_t size;
};

/// The training images.
struct wrn_bundled_file wrn_bundled_train_images(void);

/// The labels of the training images.
struct wrn_bundled_file wrn_bundled_train_labels(void);

/// The test images.
struct wrn_bundled_file wrn_bundled_test_images(void);

/// The labels of the test images.
struct wrn_bundled_file wrn_bundled_test_labels(void);

#endif
