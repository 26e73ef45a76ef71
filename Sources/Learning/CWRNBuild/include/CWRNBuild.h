// SPDX-License-Identifier: Apache-2.0

#ifndef CWRN_BUILD_H
#define CWRN_BUILD_H

// The commit that whoever built the package named in the variable WRN_COMMIT, or a null pointer.
const char *_Nullable wrn_build_commit(void);

#endif
