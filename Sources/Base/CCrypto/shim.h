// SPDX-License-Identifier: Apache-2.0
// The digests of the system's libcrypto (OpenSSL), as a Swift module.
#include <openssl/evp.h>
